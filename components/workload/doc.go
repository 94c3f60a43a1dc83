// Package workload runs containers on Kubernetes: a Namespace, a Service, which is a
// microservice, a Job and a CronJob.
//
// A Service is a Deployment with its Service, service account and network policy, a
// disruption budget and, where they are asked for, an autoscaler, files of configuration,
// a role in AWS and an Ingress with a canary. They promise:
//   - restricted: pods are admitted by the restricted Pod Security standard. They run as
//     nobody, on a read-only root, without capabilities and without a token of the cluster.
//   - closed: a pod reaches the names of the cluster and what Calls and Egress say, and is
//     reached by Callers and the load balancer of Routes. Nothing reaches the instance
//     metadata. An edge between two workloads is written on both ends.
//   - a role of its own: Statements become a role for one service account of one cluster,
//     by EKS Pod Identity. Pods start once they have it, and those without are replaced.
//   - no secrets in plain sight: Environment and Config refuse values that Pulumi keeps
//     secret. Secrets names Kubernetes secrets, which something else has written.
//   - a zone can be lost: pods are spread over zones as a condition, not as a wish, since
//     what is not spread before is lost with the zone. Nodes that are lost, cordoned or
//     tainted do not count, so that pods start elsewhere at once. A rollout counts its own
//     pods only. SpreadPreferred relaxes it.
//   - no request is lost: a pod that ends serves on for DrainSeconds and finishes for
//     ShutdownSeconds; a rollout starts new pods before old ones end, and an old one keeps
//     its files of configuration, whatever becomes of the new ones.
//   - nodes can be emptied: a tenth of the pods, at least one, may be away, and pods that
//     are not ready hold nothing up.
//   - numbers have one owner: with Scaling the number of pods begins with Min and is the
//     autoscaler's from then on. A deploy leaves it as it is, also on the way from Replicas
//     to Scaling, and another Min or Max is for the autoscaler alone.
//
// What breaks a circuit is plain: a pod that is not ready gets no requests, and the load
// balancer of Routes sends less to pods that fail more than others. Between services,
// Kubernetes has neither retries nor timeouts, and sends connections, not requests, to pods
// in turn: clients retry with a limit and a growing pause, and gRPC clients balance
// themselves.
//
// Objects in the cluster have the workload's own name, since it is their address; only a
// ConfigMap has a digest of its content behind it. Another name is another workload.
// Children are named `<name>-deployment`, `<name>-policy` and so on.
//
// A component uses both clouds: give it pulumi.Providers(aws, kubernetes), and what it has
// to wait for, such as nodes, with pulumi.DependsOn. The pods' needs in the cluster:
// metrics-server for CpuPercent and MemoryPercent, an adapter of custom metrics for
// RequestsPerPod, the Pod Identity agent for Statements, and a network that enforces
// policies.
//
// Cost, us-east-1: what pods ask for of their nodes. The default, 0.1 processors and 128
// MiB, is about 3 USD a month on m7g.large, and there are two. All other objects are free;
// Routes need a load balancer, from 16 USD a month.
package workload

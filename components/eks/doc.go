// Package eks builds a Kubernetes cluster, Amazon EKS, with its nodes, add-ons and access.
//
// There are two profiles, which look the same to what runs in them. With AutoMode, AWS runs
// the nodes, their network, storage and load balancers. With NodeGroups, managed nodes run the
// cluster's own pods, Karpenter on request makes further ones as pods need them, and the AWS
// Load Balancer Controller makes load balancers. Both have the same names of storage and
// ingress classes, Pod Identity, network policies and metrics.
//
// What it promises:
//   - Access: everybody is written down, in Admins or Access. The API server has a private
//     endpoint, and a public one only for the blocks of PublicAccessCidrs. The role that
//     deploys must be among the administrators: that it made the cluster gives it no rights.
//   - Encryption: secrets, volumes and logs with one key. Nodes keep their metadata to
//     themselves (IMDSv2, one hop); pods that call AWS have roles of their own.
//   - Redundancy: control plane and nodes are in all zones of the subnets, DNS is spread over
//     them, traffic leaves a zone that AWS sees impaired, and broken nodes are replaced.
//   - Order: nodes come after the network add-ons and before everything that runs on them;
//     nothing else waits. Destroying goes the other way, and leaves nothing that holds the VPC.
//   - Standard support only: at its end EKS upgrades by itself, and never charges for more.
//
// # Access from the program
//
// Kubernetes is a provider that asks the AWS CLI for a token each time (`aws eks get-token`),
// as whoever runs the program or as KubernetesRoleArn; nothing is written to a file. Its
// objects are made after the administrators' access and deleted before it. A preview works
// before there is a cluster; a deploy must reach the private endpoint, from inside the VPC or
// a network that is connected to it.
//
// EKS needs some seconds until new access holds. With node groups, objects come after the
// add-ons that nodes need, which take longer. In Auto Mode there are none: if a first deploy
// ends with "the server has asked for the client to provide credentials", repeat it.
//
// # Upgrades
//
// Raise Version by one minor and deploy. A preview prints the stages in their order: the
// control plane, the add-ons that nodes need, the nodes, the other add-ons. What Kubernetes
// does not allow is an error of the preview that says what to do first: a skipped minor, a way
// back, nodes that would be more than three minors behind.
//
// Managed nodes rise with the cluster, unless their Version says otherwise. An add-on,
// kube-proxy too, stays at the version that EKS chose when it was made, until
// AddonArgs.Version says otherwise: write versions out, or ask LookupAddonVersions.
//
// # What can change in place
//
// Everything but the name, the key, ServiceCidr and the profile: a cluster begins with Auto
// Mode or never has it. The engine refuses to replace a cluster that is protected. A node
// group is replaced, the new nodes first, when its image, architecture, capacity, subnets or
// instance types change.
//
// # Names
//
// The cluster's name in AWS is the component's with the suffix that its role `<name>-role` got
// from the engine: known before the cluster is, for the log group that must be there first.
// Children are `<name>-cluster`, `<name>-logs`, `<name>-kubernetes`, `<name>-entry-<key>` for
// Admins and Access, `<name>-addon-<name>`, `<name>-nodes-<key>` and so on.
//
// # Cost
//
// In us-east-1 a cluster is 73 USD a month, two m7g.large 119 with 8 for their volumes; Auto
// Mode adds about 12 percent to the price of an instance. The control plane's logs are 0.50 a
// GB, each load balancer 16 and more.
package eks

// Package simcloud is a simulated AWS for the real Pulumi engine: a resource provider served over gRPC in this process, strict enough that what
// it accepts AWS would very probably accept. No account, no credentials, no network.
//
//	cloud := simcloud.New()
//	server, err := cloud.Serve()
//	...                       // run the Pulumi CLI with server.Env() in its environment
//	server.Close()
//	cloud.Resources()         // what exists now
//
// The engine attaches through PULUMI_DEBUG_PROVIDERS instead of starting the AWS provider. Every provider instance of a program (another region,
// another account) has a connection of its own and keeps its region, account and default tags apart from the others'.
//
// # What is simulated
//
// The provider, from facts about 675 types (internal/facts): Check refuses missing, unknown, wrongly typed, conflicting and too many
// properties in the provider's words, fills in defaults, tags and automatic names; Diff plans an update or a replacement, also where the provider
// decides in code (facts/decisions.go): storage that grew by itself, versions that go down, a snapshot that is no longer named; a preview leaves
// unknown what AWS fills in; Read serves refreshes and imports; secrets are marked. A name that does not fit its limit is an error, as it is
// there. Unlike there, automatic names depend on the cloud's seed alone, so a preview shows the name that the update will use.
//
// AWS (internal/aws): a store of resources by account and region, with IDs, ARNs and other computed values from a table; what AWS makes by
// itself (a VPC's main route table, default group and ACL); network interfaces and addresses taken in subnets; and about 950 rules on what AWS
// refuses, with its error codes. [Rules] and RULES.md list them. They cover EC2 and VPC, Elastic Load Balancing v2, EC2 and Application Auto Scaling, IAM, S3, KMS,
// CloudWatch, its logs and their delivery, Route 53, CloudFront, certificates, WAF, EKS, ECR, Lambda, queues, topics and events, and what keeps data: RDS, Aurora and their proxies,
// DocumentDB, ElastiCache, DynamoDB, AWS Backup, Secrets Manager and parameters. Default quotas are rules too. A deletion that AWS refuses only for now, such as
// a VPC with a subnet that is being deleted, waits as the provider does.
//
// Kubernetes (internal/kube) on top of it: the API server of an EKS cluster answers as long as the cluster exists, to callers that an access
// entry lets in and an endpoint can be reached by, see [WithCallerOutside], and knows the cluster's node groups, Fargate profiles and add-ons. What its controllers make (nodes, load balancers with
// their security groups, volumes) are resources of AWS like others: they take addresses, break the same rules and hold their network. They
// belong to their objects and are not listed, until nobody is left to delete them: the deletion of a cluster ends the nodes of Auto Mode,
// and leaves everything else behind. [Cloud.Implicit] lists them. An address that is no cluster's of EKS is a cluster on its own.
//
// A setting of another resource, such as the web ACL of a load balancer, takes the place of the one that was there, and goes with whichever owner
// is deleted first (internal/aws/overwrite.go). What deletion leaves behind stays: final snapshots, the names of secrets. What is not to be
// applied immediately waits for the maintenance window, and the provider plans it again until [Cloud.Maintain] lets the window pass.
//
// Time is virtual: [Cloud.Timeline] gives the seconds that operations take on AWS (package latency, medians of real deployments). WithPace
// spends a part of them really.
//
// Any operation can fail on demand, in the ways of [FaultKind]: AWS refuses it, throttles it, carries it out and the answer is lost, or takes
// longer than the provider waits. The provider's SDK copes with two of these by itself, by sending the request again: the engine sees nothing of
// throttling unless it lasts, and nothing of lost answers of updates, deletions and those creates that AWS recognises, by a token in the request
// or by its settings (internal/aws/repeat.go, [Recognised]). What AWS does not recognise it makes twice, and the engine knows the second one only;
// or it refuses the repetition because a name or an address range is taken, and the engine knows of none: running again is refused as well until
// somebody imports the resource or deletes it. Both are AWS's behaviour, not the simulation's.
//
// # How a rule earns its place
//
// It stands in AWS's documentation (Source is the page's title) or has broken real deployments; it has the error code AWS answers with; its
// test shows a request that breaks it and the same request without the fault. A rule that might refuse what AWS takes stays out: a false alarm
// costs more trust than a gap. No rule knows what a test of this project expects, and nothing here imports components or policies.
//
// # What is not simulated
//
//   - Nothing runs: no instance boots, no user data executes, no health check is sent, no traffic flows, no alarm fires, no group scales, no backup runs.
//   - Permissions: credentials are not asked for and everything is allowed, except resource policies that a rule reads (who may write
//     load balancer logs, use a key for a log group, assume a role, be told of a bucket's objects, invoke a function as a target), and the roles of
//     clusters, nodes, controllers and functions. What AWS only finds out when a request comes is not found here: a bucket whose policy
//     does not let a distribution read it, a function URL that CloudFront may not call, a load balancer that does not listen where it is looked for.
//   - Code: a deployment package is measured, if the machine has it, and not read.
//   - Types without rules are stored as the facts allow: their references and values are not judged. A few properties are newer than the
//     facts; they count as plain optional ones, and [Cloud.Gaps] lists those that a deployment used.
//   - Values of enumerations and patterns are judged only where a rule does, or the provider is known to, and AWS's capacity never runs out.
//   - What exists outside: an ACM certificate's ARN is taken to exist if its form, region and account fit, also a web ACL's, a managed policy's
//     of AWS, a key's of another account. Everything else must be deployed or put there by WithExisting.
//   - Of the applications in the Serverless Application Repository, only AWS's own rotation functions make something.
//   - Lookups, except for the versions of add-ons and clusters: an add-on's numbers only stand for those that EKS would choose.
//   - Kubernetes objects take no time on the timeline and do not fail on demand. Who deploys is not known: it is whoever a cluster lets do most.
//   - Eventual consistency: what was made is seen at once everywhere.
//   - A fault leaves nothing half done in the cloud: an operation happens or it does not, with or without an answer. A provider that makes several
//     requests for one resource could stop between them.
package simcloud

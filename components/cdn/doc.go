// Package cdn puts a CloudFront distribution in front of buckets, load balancers, function
// URLs and other servers.
//
// It makes the distribution, and what its origins need: private buckets, origin access
// controls, ways into a VPC, permissions of functions. A bucket or log group for logs and a
// policy of security headers come with it; alias records, functions at the edge with their
// stores, keys of signers and alarms on request.
//
// It promises:
//   - a private origin: buckets and functions are signed for and let in this distribution
//     by its exact ARN, a LoadBalancer has no public address at all, and a
//     PublicLoadBalancer hears a secret.
//   - encryption: viewers are redirected to HTTPS, with TLS 1.2 for one's own names, origins
//     are asked by HTTPS with TLS 1.2, own buckets are encrypted. What gives that up is an
//     argument with plaintext in its name.
//   - the right questions: what is kept, what the origin hears and which methods it gets
//     follow from its kind, and what an origin could not answer is an error. See PathArgs.
//   - nobody's answer for another: what is kept for all viewers is asked for without cookies,
//     queries or credentials, also if only Caching is written.
//   - refusals stay refusals: SinglePageApp answers only what is missing.
//   - redundancy: CloudFront is in hundreds of places; an OriginGroup asks a second origin,
//     which may be a bucket in another region (nothing copies objects there).
//   - own buckets, which hold data, are not deleted by mistake: the engine refuses.
//
// # Order of paths
//
// CloudFront takes the first pattern that matches. Here the pattern with the longer
// beginning before any wildcard comes first, then the one that needs the longer path, then
// that with fewer "?", then fewer "*", then by alphabet. A pattern all of whose paths
// another one matches too is therefore tried before that one: "/api/health" before
// "/api/*" before "/*.json". Error pages and RootObject count for all paths.
//
// # Changes while in use
//
// Everything changes in place, save the way into a VPC. AWS changes nothing about that while
// it is in use, so that another port, protocol or load balancer makes a new one, the
// distribution moves over, and the old one goes. What a distribution uses is made before it
// and deleted after it has let go.
//
// A change takes minutes to reach every location, and a deploy waits for that unless
// WaitForDeployment is false. Its outputs are known no earlier, so that nothing else of a
// stack should wait for them: records must, and policies that name DistributionArn.
// Certificate and web ACL are made before the distribution, at the same time as its origins.
//
// # Edges
//
// The security group of a LoadBalancer must let in CloudFront's managed prefix list,
// com.amazonaws.global.cloudfront.origin-facing, on its port; the group that CloudFront makes
// in the VPC, CloudFront-VPCOrigins-Service-SG, exists after the first deploy only. That of
// a PublicLoadBalancer must let in the prefix list and nobody else.
//
// # Limits
//
// CloudWatch Logs takes ten policies of an account in a region, and no more on request. Each
// distribution with LogsToLogGroup has one in us-east-1; beyond a few, Logs.WithoutPolicy and a
// single policy with DeliveryStatement do, or logs in a bucket, as is the default.
//
// Children are named `<name>-distribution`, `<name>-access-<s3|lambda>`,
// `<name>-bucket-<origin>` with the parts of a bucket, `<name>-vpc-<origin>`,
// `<name>-url-<origin>` and `<name>-invoke-<origin>` (permissions of a function),
// `<name>-function-<key>`, `<name>-store-<key>`, `<name>-key-group-<key>`,
// `<name>-public-key-<key>-<key>`, `<name>-headers`, `<name>-logs` and
// `<name>-logs-<part>`, `<name>-<a|aaaa|https>-<alias>`, `<name>-metrics` and
// `<name>-alarm-<key>`.
//
// Cost, us-east-1: 0.085 USD a GB to viewers in North America and Europe and 0.01 for 10,000
// requests, after 1 TB and ten million requests a month for free; elsewhere up to twice that.
// A million runs of a function are 0.10 and reads of its store 0.03, a ShieldRegion is 0.0075
// for 10,000 requests, additional metrics are 2.40 a month and an alarm 0.10. Origins and
// their traffic to CloudFront are free, load balancers and functions cost what they cost.
package cdn

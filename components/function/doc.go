// Package function builds a serverless function, AWS Lambda, that is called by an alias.
//
// It makes the function with a role, a log group and, in a VPC, a security group of its
// own; versions, the alias, instances that are kept running, an HTTPS address, what calls
// it, and alarms are made as the arguments say.
//
// It promises:
//   - least privilege: the role writes to its own log group, sends traces and does what
//     arguments need, each for the resource that is named. The code cannot use the role to
//     make network interfaces, which Lambda does with it.
//   - encryption: of environment variables and logs with a key that was chosen in writing.
//     A secret's value is nowhere in the function: it holds the ARN and reads the rest.
//   - nobody calls unless it is written down: an AWS service for one source only, a
//     principal of the account by the statements of this package, the internet by a signature.
//   - every change of code or configuration is a version, and the alias `live` points to
//     the newest one, or splits calls between two (CanaryArgs). It cannot go stale.
//   - redundancy: Lambda runs in several zones, in a VPC in those of the subnets, two or more.
//   - logs are kept from the first call on, as JSON, for as long as was said, and no longer.
//
// # Who owns the number
//
// The number of provisioned instances belongs to scaling, also where it is fixed; the range of
// scaling belongs to the program, or to ProvisionedArgs.Schedules. Whoever owns the alias
// (AliasMovedElsewhere) owns its version and weights.
//
// While an alias with instances moves to a new version, Lambda keeps calls on the older one by
// a weight of its own, for some minutes, and takes no number. So change code and numbers in
// separate deployments: scaling may give up a number that comes with new code. The provider
// may record that weight; the next preview then shows an update of the alias, which takes it
// away.
//
// # A canary
//
// With version 7 in service, set Canary to {StableVersion: "7", Percent: 10} and deploy the
// new code: one call in ten goes to version 8. Leave Canary out to send all calls there; to
// go back, deploy the old code, which becomes version 9. A canary ends before Provisioned
// begins: Lambda provisions nothing for an alias that splits its calls.
//
// # In a VPC
//
// Lambda makes a network interface for each subnet and set of security groups, which all
// functions with the same set share. Every published version that is attached keeps them,
// and Lambda takes 20 to 40 minutes to delete them after the last one has gone, with the
// permissions of the role. Until then neither subnet nor group can go.
//
// A function with a group of its own is therefore slow to delete: the group waits for up
// to 45 minutes, and the role for the group. (To have the provider change the groups first does
// not help: it does so for the newest code only, not for versions.) Where functions come and
// go, make one group that the stack keeps and give it to all of them as SecurityGroupIds, with
// the same subnets in two zones or more: a function is then gone at once.
//
// But nothing holds its role back then, without which Lambda cannot delete what the last
// function has left, and subnets and group could never go. Set KeepRole before; delete the
// roles that it has left in AWS once the group has gone.
//
// To take a function out of a VPC, or out of its own group, set Detached; delete the older
// versions in AWS; an hour later leave Network out, or change the groups.
//
// # Children
//
// They are `<name>-function`, `-alias`, `-role`, `-policy`, `-network-policy`, `-logs`, `-sg`,
// `-recursion`, `-provisioned`, `-provisioned-target`, `-provisioned-use`,
// `-provisioned-schedule-<key>`, `-async`, `-url`, `-url-everybody` and `-invoke-everybody`,
// and those of Sources, Invokers and Alarms. Everything changes in place but the step between
// code and a container image.
//
// # Cost
//
// In us-east-1, with arm64: 0.20 USD a million calls and 13.33 USD a million GB-seconds, of
// which a million calls and 400,000 GB-seconds a month are free. A provisioned GB is 8.76 a
// month and its calls 7.78 a million GB-seconds; SnapStart is free for Java, for others 3.95 a GB and
// month and 0.14 a thousand starts with one GB. Logs are 0.50 a GB, traces 5.00 a million, a
// key of one's own 1.00 a month. An address is free.
package function

// Package keys builds one KMS key for each class of data.
//
// It makes a symmetric key with its policy and an alias, and on request replicas of the
// key with aliases of their own in other regions. Whoever encrypts a store with the key
// must be able to use it, so the key's policy names the AWS services that do so:
//
//	account   administers the key through IAM, and grants with UseStatement and
//	          DecryptStatement
//	services  use it on behalf of the account's own principals only; a lasting grant is
//	          for AWS resources only
//	publishers  alarms and events reach encrypted topics and queues of the account only
//	logs      CloudWatch Logs uses it for the account's log groups only
//
// It promises:
//   - a data class can be cut off from the others: one key, one policy, one audit trail.
//   - rotation once a year, without anything that has to be encrypted again.
//   - a key is not lost by mistake: the engine refuses to delete or replace it, and AWS
//     waits for 30 days, during which the deletion can be cancelled.
//   - in the recovery region a replica opens what the key has encrypted, even while the
//     key's own region is away.
//
// Alias names are unique in an account and region. The default one holds project, stack
// and class, so that two stacks in one account do not meet.
//
// Cost, us-east-1: 1 USD a month for the key and for each replica, 1 USD more after each
// of the first two rotations, and 0.03 for 10,000 requests.
package keys

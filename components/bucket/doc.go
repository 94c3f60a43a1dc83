// Package bucket builds a place for objects, Amazon S3, and what is told of them.
//
// Bucket is a private bucket with its policy, lifecycle and, on request, a copy in another
// region. Notifications tells functions, queues, topics and EventBridge what happens to a
// bucket's objects.
//
// It promises:
//   - encryption: at rest with a key that was chosen in writing, under a bucket key, which
//     asks KMS once for many objects; no access without TLS.
//   - nobody gets in unless it is written down: a principal of the account by the statements
//     of this package, anybody else by Statements. Public access is blocked whatever they
//     say, and access lists are off.
//   - nothing is lost by mistake: what is overwritten or deleted can be had back for
//     NoncurrentDays, and the engine refuses to delete the bucket.
//   - redundancy: the service keeps objects in three zones, and offers no class here that
//     keeps them in one; a Replica survives the loss of the region.
//   - nothing is paid for unseen: parts of uploads that were never finished go, and marks of
//     deletion that nothing is behind any more.
//
// A Replica gets what is written once it is there, mostly within seconds and nearly always
// within 15 minutes; older objects are copied by S3 Batch Replication, once. Deletions are
// copied as marks, so that somebody who deletes versions of the bucket does not reach
// those of the replica.
//
// Bucket's children are named `<name>-bucket`, `<name>-bucket-policy`,
// `<name>-bucket-access`, `<name>-bucket-ownership`, `<name>-bucket-encryption`,
// `<name>-bucket-versioning`, `<name>-bucket-lifecycle`, `<name>-cors`, `<name>-logging`,
// `<name>-lock`, `<name>-metrics` and `<name>-alarm-<key>`; with a replica `<name>-replica`
// and its parts, `<name>-replica-lock`, `<name>-replicator`, `<name>-replicator-policy` and
// `<name>-replication`. Everything but the replica's region can change in place.
// Notifications' child is named `<name>-notification`.
//
// Cost, us-east-1: 0.023 USD a GB and month, 0.005 for 1,000 writes and 0.0004 for 1,000
// reads; versions and replicas are objects like others. A replica costs 0.02 a GB for the
// way and 0.015 for the promise of 15 minutes, besides its storage. Alarms on requests cost
// 0.30 for each kind of request metric, about 4.80 a bucket and month, and 0.10 each.
package bucket

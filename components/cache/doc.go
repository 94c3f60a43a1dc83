// Package cache builds in-memory caches on ElastiCache: a ReplicationGroup of Valkey or
// Redis OSS nodes, a Serverless cache with caps on its use, and a Memcached cluster.
//
// Each makes its cache, a security group without a rule (open edges with
// connect.Allow), what places and configures it, and on request alarms. A replication
// group also has its own parameter group, users and log groups.
//
// They promise:
//   - encryption in transit: TLS always. TransitPreferred is a step for moving a live
//     group, and says so.
//   - encryption at rest: always, for Valkey and Redis OSS and everything serverless,
//     with a key that was chosen in writing. Memcached nodes keep data in memory only
//     and encrypt nothing at rest.
//   - access control: users with IAM authentication; passwords and a shared token are
//     written relaxations. Memcached has no access control at all.
//   - redundancy: a replica in another zone, automatic failover, a snapshot a day kept
//     for a week, and a last snapshot when the group is deleted. Memcached spreads its
//     nodes over zones, and loses the share of a node that is lost.
//   - nothing is replaced by surprise: the engine's protection is on by default, and
//     what AWS can only replace says so in its comment. Moving from Redis OSS to Valkey
//     is in place; the way back is refused.
//   - numbers have one owner: what a scaling policy or a schedule sets is left alone.
//
// Sizes are counts, so that growing from one shard to three is one number. Children are
// named `<name>-cache`, `<name>-sg`, `<name>-subnets`, `<name>-params`, `<name>-user-<key>`
// and so on. Users have names that are unique in the account, as AWS wants it; the
// output UserNames has them by key.
//
// Cost, us-east-1: a Valkey node of cache.m7g.large about 92 USD a month (Redis OSS and
// Memcached 115), of cache.t4g.micro 9; the default group has two nodes. Serverless
// Valkey is 0.084 USD a GB and hour, at least 6 a month, and 0.0023 a million units of
// processing; the default caps end at about 340 a month. Snapshots beyond one a cache
// are 0.085 a GB and month, an alarm is 0.10.
package cache

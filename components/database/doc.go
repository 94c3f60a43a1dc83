// Package database builds PostgreSQL and MySQL databases in two shapes with one
// vocabulary: an Instance of RDS with read replicas, and a Cluster of Aurora with a
// writer and readers, of a fixed size or serverless.
//
// Both promise:
//   - redundancy: a standby, or a second instance, in another zone; backups to restore any
//     second of the last 14 days. Objectives says what each failure costs.
//   - encryption at rest with the key that is chosen, backups, insights and the secret
//     included, and in transit: connections without TLS are refused.
//   - nothing public, no rule in a security group, IAM authentication switched on.
//   - nothing that is made twice: no argument replaces a database. What is fixed is
//     ignored later, or refused by the protection, which is on, as AWS's own is. A final
//     snapshot is taken even without it.
//
// # The master password
//
// AWS makes, keeps and rotates it wherever it can. It cannot for instances with replicas
// or blue/green updates. There Credentials.Password, a secret of the stack, begins: it is
// written into the database and into a secret once, and rotated at once, so that it opens
// nothing after the first deploy. The rotation function is AWS's own and runs in the
// database's subnets, which need a way to Secrets Manager.
//
// # Edges
//
// The stack opens them with connect.Allow. A proxy listens on the engine's standard port,
// which need not be the database's:
//
//	application                 -> SecurityGroupId on Port or,
//	                               with a proxy, ProxySecurityGroupId on ProxyPort
//	ProxySecurityGroupId        -> SecurityGroupId on Port
//	RotationSecurityGroupId     -> SecurityGroupId on Port, and to Secrets Manager on 443
//	application elsewhere       -> ReplicaSecurityGroupIds of the replica there on Port
//
// # Changes
//
// Class, storage, IOPS and parameters change in place. Changes that restart the database
// wait for the maintenance window, or ApplyImmediately. A larger class costs a failover,
// so for the smaller outage: give the replicas the new InstanceClass first, in a deploy of
// their own, and the primary after it; of a Cluster, give it to the readers, let AWS fail
// over to one of them, and change the last instance then. Storage only ever grows; AWS
// adds to it up to MaxAllocatedGib, which the program does not take back. With replicas,
// raise theirs no later.
//
// AWS installs minor versions of an Instance in the maintenance window. A Cluster runs the
// one that it names: raise its EngineVersion, also where AWS went ahead at the end of a
// version's support.
//
// A major upgrade needs AllowMajorVersionUpgrade and ApplyImmediately. The new parameter
// group is there before the old one goes. Replicas of MySQL are upgraded first, by
// ReplicaArgs.EngineVersion in a deploy of their own; AWS upgrades those of PostgreSQL
// with the primary, and those in other regions not at all: drop them before and add them
// after. Dropping a replica takes its DeletionProtection off first.
//
// A promoted replica is a database of its own: drop it from the program with
// `pulumi state delete`, and import it under a new name.
//
// # Restoring
//
// With Restore the database is made of a backup. What AWS does not take then, such as the
// Insights and windows of a Cluster, the second deploy sets. Restore can be dropped after
// the first: what an existing database was made of is never compared again. AllocatedGib
// of an Instance stays.
//
// # Names
//
// `<name>-instance`, `<name>-replica-<key>` or `<name>-cluster`, `<name>-instance-<key>`
// are the databases; `<name>-subnets`, `-sg`, `-params`, `-monitoring-role`, `-secret`,
// `-rotator`, `-rotation`, `-proxy` and so on are what they need; a replica in another
// region has `<name>-replica-<key>-subnets`, `-sg` and `-params` there.
//
// # Cost
//
// In us-east-1, a month: db.r7g.large about 175 USD, twice with a standby and once for
// each replica; gp3 0.115 USD a GiB, twice with a standby. Aurora: db.r7g.large about 200
// USD each, a capacity unit 88 USD while it runs, storage 0.10 USD a GiB and 0.20 USD a
// million I/O requests. The proxy 11 USD a vCPU and 18 USD at least, Aurora's reader
// endpoint an interface endpoint more; a secret 0.40 USD; Advanced insights 9 USD a vCPU;
// an alarm 0.10 USD a metric; extended support 73 USD a vCPU, and twice that from the
// third year on.
package database

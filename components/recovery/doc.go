// Package recovery builds a plan of backups with AWS Backup: what is tagged for it is
// backed up, kept out of reach, copied to a second region, and restored once a month to
// show that it can be.
//
// It makes a vault with its lock and policy, a role, the plan with its rules, a selection
// by tag, and a restore-testing plan; on request a second vault in another region to
// which every rule copies, alarms, and messages about jobs that failed.
//
// It promises:
//   - encryption at rest under a key that was chosen in writing, in both regions.
//   - recovery points that outlive a mistake: nobody may delete one or shorten its life, the
//     vault's lock refuses to keep one too briefly or for ever, and the engine refuses to
//     delete the vaults. Who may change the vaults themselves, their policies and locks, can
//     undo all of that; LockArgs.ComplianceAfterDays holds against them too.
//   - that it works: restores are tried every month, and a failed job is told.
//   - a plan that does not fight the databases: it takes snapshots next to their own
//     backups. Only a Continuous rule takes over a database's retention and window; the
//     database must then ignore changes of both. Databases other than Aurora refuse a
//     snapshot within the hour before and during their backup and maintenance windows:
//     PlanArgs.Conflicts says whether that happens.
//
// What it cannot do: an account must opt in to each type of resource in each region once
// (backup.RegionSettings), or tagged resources of that type are passed over in silence.
// A restore test of RDS, Aurora or DocumentDB goes to the account's default VPC unless an
// override names another subnet group.
//
// Objectives are computed from the rules: the longest time between two backups over all
// calendars there are, and the window in which AWS may start one.
//
// Cost, us-east-1: 0.095 USD a month for a GB of RDS or Aurora snapshots, 0.10 for
// DynamoDB, the same again in the second region, and 0.02 to 0.04 for each GB that goes
// there; a restore test is 1.50 and the restored resource while it lives; an alarm 0.10.
package recovery

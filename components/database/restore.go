package database

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// into makes an instance of the backup.
func (r *RestoreArgs) into(args *rds.InstanceArgs) {
	if r == nil {
		return
	}
	args.SnapshotIdentifier = optionalText(r.SnapshotIdentifier)
	if r.SourceIdentifier != "" {
		args.RestoreToPointInTime = rds.InstanceRestoreToPointInTimeArgs{
			SourceDbInstanceIdentifier: pulumi.String(r.SourceIdentifier), RestoreTime: optionalText(r.Time), UseLatestRestorableTime: r.latest(),
		}
	}
}

// latest is set alone: AWS takes either a moment or the latest.
func (r *RestoreArgs) latest() pulumi.BoolPtrInput {
	if r.Time != "" {
		return nil
	}
	return pulumi.Bool(true)
}

// intoCluster makes a cluster of the backup.
func (r *RestoreArgs) intoCluster(args *rds.ClusterArgs) {
	if r == nil {
		return
	}
	args.SnapshotIdentifier = optionalText(r.SnapshotIdentifier)
	if r.SourceIdentifier != "" {
		args.RestoreToPointInTime = rds.ClusterRestoreToPointInTimeArgs{
			SourceClusterIdentifier: pulumi.String(r.SourceIdentifier), RestoreToTime: optionalText(r.Time), UseLatestRestorableTime: r.latest(),
		}
	}
}

package backup

import (
	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// files is a file system, and what is beside it.
func files(inputs in, more ...r) []r {
	return append([]r{{Type: fileSystem, Name: "files", In: inputs, Provider: ireland}}, more...)
}

func policy(status any) r {
	return r{Type: filePolicy, Name: "policy", In: in{"fileSystemId": later, "backupPolicy": in{"status": status}}, Edges: to{"fileSystemId": {"files"}}}
}

// replicated is a replication of the file system of one name to that of another.
func replicated(from, dest string) r {
	return r{Type: fileReplication, Name: "replication", In: in{"sourceFileSystemId": later, "destination": in{"region": "eu-central-1", "fileSystemId": later}},
		Edges: to{"sourceFileSystemId": {from}, "destination": {dest}}}
}

func fileCases() []ruletest.Case {
	all := func(patterns ...any) r {
		return r{Type: plans.Selection, Name: "daily", In: in{"resources": patterns}, Provider: ireland, Edges: to{}}
	}
	there := r{Type: fileSystem, Name: "there", In: in{}, Provider: frankfurt}
	backup := func(name string, want rule.Outcome, says string, stack ...r) ruletest.Case {
		return check("efs-backup", name, want, says, stack...)
	}
	cases := []ruletest.Case{
		backup("automatic", rule.Pass, "", files(in{}, policy("ENABLED"))...),
		backup("switched off", rule.Fail, `has neither backups nor a replica. Fix: add a BackupPolicy with backupPolicy.status "ENABLED"`, files(in{}, policy("DISABLED"))...),
		backup("wrong type", rule.Fail, "neither backups", files(in{}, policy(true))...),
		backup("nothing said", rule.Fail, "neither backups", files(in{})...),
		backup("the policy of another", rule.Fail, "neither backups", files(in{}, r{Type: fileSystem, Name: "other", In: in{}},
			r{Type: filePolicy, Name: "policy", In: in{"fileSystemId": later, "backupPolicy": in{"status": "ENABLED"}}, Edges: to{"fileSystemId": {"other"}}})...),
		backup("of one zone by default", rule.Pass, "", files(in{"availabilityZoneName": "eu-west-1a"})...),
		backup("of one zone, switched off", rule.Fail, "neither backups", files(in{"availabilityZoneName": "eu-west-1a"}, policy("DISABLED"))...),
		backup("of who knows how many zones", rule.Unknown, "availabilityZoneName", files(in{"availabilityZoneName": later})...),
		backup("by a plan", rule.Pass, "", files(in{}, all("arn:aws:elasticfilesystem:*:*:file-system/*"))...),
		backup("a plan for others", rule.Fail, "neither backups", files(in{}, all("arn:aws:fsx:*:*:file-system/*"))...),
		backup("replicated", rule.Pass, "", files(in{}, there, replicated("files", "there"))...),
		backup("a replica", rule.NotApplicable, "", files(in{}, replicated("first", "files"))...),
		backup("computed", rule.Unknown, "backupPolicy.status: known only after creation", files(in{}, policy(later))...),
		backup("the policy of who knows what", rule.Unknown, "fileSystemId: external",
			files(in{}, r{Type: filePolicy, Name: "policy", In: in{"fileSystemId": later, "backupPolicy": in{"status": "ENABLED"}}})...),

		check("db-cross-region", "a volume", rule.NotApplicable, "", one(volume, in{})...),
		check("in-backup-plan", "automatic backups of files", rule.Pass, "", files(in{}, policy("ENABLED"))...),
		check("in-backup-plan", "a replica of files is no backup", rule.Fail, "no backup plan selects it", files(in{}, there, replicated("files", "there"))...),
		check("in-backup-plan", "the replica of files", rule.NotApplicable, "", files(in{}, replicated("first", "files"))...),
		check("in-backup-plan", "Lustre for copies", rule.NotApplicable, "", one(lustreFiles, in{})...),
		check("in-backup-plan", "Lustre for who knows what", rule.Unknown, "deploymentType", one(lustreFiles, in{"deploymentType": later})...),
		check("in-backup-plan", "an ONTAP volume that is a copy", rule.NotApplicable, "", one(ontapVolume, in{"ontapVolumeType": "DP"})...),
		check("in-backup-plan", "a bucket of less weight", rule.NotApplicable, "", one(bucket, in{})...),
		check("in-backup-plan", "a bucket of who knows what weight", rule.Unknown, "tags", one(bucket, in{"tags": later})...),
		check("in-backup-plan", "a bucket by its name", rule.Pass, "", append(one(bucket, in{"bucket": "orders", "tags": in{"tier": "0"}}), all("arn:aws:s3:::orders"))...),
		check("in-backup-plan", "a bucket of another name", rule.Fail, "no backup plan", append(one(bucket, in{"bucket": "orders", "tags": in{"tier": "0"}}), all("arn:aws:s3:::users"))...),
		check("in-backup-plan", "a bucket for logs", rule.NotApplicable, "", append(one(bucket, in{"tags": in{"tier": "1"}}),
			r{Type: "aws:lb/loadBalancer:LoadBalancer", Name: "lb", In: in{"accessLogs": in{"bucket": later}}, Edges: to{"accessLogs": {"it"}}})...),
	}
	for _, family := range []struct {
		token, all string
		inputs     in
	}{
		{bucket, "arn:aws:s3:::*", in{"tags": in{"tier": "0"}}},
		{volume, "arn:aws:ec2:*:*:volume/*", in{}},
		{fileSystem, "arn:aws:elasticfilesystem:*:*:file-system/*", in{}},
		{windowsFiles, "arn:aws:fsx:*:*:file-system/*", in{}}, {zfsFiles, "arn:aws:fsx:*:*:file-system/*", in{}},
		{lustreFiles, "arn:aws:fsx:*:*:file-system/*", in{"deploymentType": "PERSISTENT_2"}},
		{ontapVolume, "arn:aws:fsx:*:*:volume/*", in{"ontapVolumeType": "RW"}},
	} {
		stack := one(family.token, family.inputs)
		cases = append(cases,
			check("in-backup-plan", "all of "+family.token, rule.Pass, "", append(stack, all(family.all))...),
			check("in-backup-plan", "all but "+family.token, rule.Fail, "list its ARN in resources of a backup Selection", append(stack, all("arn:aws:rds:*", "arn:aws:ec2:*:*:instance/*"))...),
			check("in-backup-plan", "by an ARN of "+family.token+" that is to come", rule.Pass, "",
				append(stack, r{Type: plans.Selection, Name: "daily", In: in{"resources": list{later}}, Provider: ireland, Edges: to{"resources": {"it"}}})...))
	}
	return cases
}

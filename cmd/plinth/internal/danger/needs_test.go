package danger

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
)

func staying(token, name string, inputs has) *change.Resource {
	return step(change.Same, one(token, name, inputs), one(token, name, inputs))
}

func elsewhere(r *change.Resource) *change.Resource {
	r.Old.ProviderURN, r.New.ProviderURN = "another region", "another region"
	return r
}

func TestWhatOthersNeedIsMissed(t *testing.T) {
	role := func() *change.Resource {
		return withOutputs(deleted("aws:iam/role:Role", has{"name": "web"}), has{"arn": "arn:aws:iam::1:role/web", "name": "web"})
	}
	mount := func(namespace any, volume has) has {
		return has{"metadata": has{"name": "web", "namespace": namespace}, "spec": has{"template": has{"spec": has{"volumes": []any{with(has{"name": "settings"}, volume)}}}}}
	}
	settings := func(token string, namespace any) *change.Resource {
		return deleted(token, has{"metadata": has{"name": "settings", "namespace": namespace}})
	}
	const configMap, password = "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret"
	for name, c := range map[string]struct {
		gone, user *change.Resource
		what       string // nothing, if nobody needs it
	}{
		"a role":                  {role(), staying("aws:lambda/function:Function", "f", has{"role": "arn:aws:iam::1:role/web"}), "is deleted, and with it the permissions of what assumes it; needed by f"},
		"a role of pods":          {role(), staying("kubernetes:core/v1:ServiceAccount", "web", has{"metadata": has{"annotations": has{"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/web"}}}), "is deleted, and with it the permissions of what assumes it; needed by web"},
		"a role by its name":      {role(), staying("aws:iam/instanceProfile:InstanceProfile", "p", has{"role": "web"}), "is deleted, and with it the permissions of what assumes it; needed by p"},
		"another role":            {role(), staying("aws:lambda/function:Function", "f", has{"role": "arn:aws:iam::1:role/api", "name": "web"}), ""},
		"a policy":                {withOutputs(deleted("aws:iam/policy:Policy", has{}), has{"arn": "arn:p"}), staying("aws:iam/role:Role", "web", has{"managedPolicyArns": []any{"arn:p"}}), "is deleted, and with it what it allows; needed by web"},
		"a name of a key":         {deleted("aws:kms/alias:Alias", has{"name": "alias/data"}), staying("aws:sqs/queue:Queue", "q", has{"kmsMasterKeyId": "alias/data"}), "is deleted, and with it the name that the key is found by; needed by q"},
		"a key elsewhere":         {deleted("aws:kms/alias:Alias", has{"name": "alias/data"}), elsewhere(staying("aws:sqs/queue:Queue", "q", has{"kmsMasterKeyId": "alias/data"})), ""},
		"a key of a cluster":      {deleted("aws:kms/alias:Alias", has{"name": "alias/data"}), elsewhere(staying("kubernetes:storage.k8s.io/v1:StorageClass", "c", has{"parameters": has{"kmsKeyId": "alias/data"}})), "is deleted, and with it the name that the key is found by; needed by c"},
		"one of the same name":    {deleted("aws:kms/alias:Alias", has{"name": "alias/data"}), staying("aws:kms/alias:Alias", "far", has{"name": "alias/data"}), ""},
		"a role of another":       {role(), elsewhere(staying("aws:lambda/function:Function", "f", has{"role": "arn:aws:iam::1:role/web"})), "is deleted, and with it the permissions of what assumes it; needed by f"},
		"a secret":                {settings(password, nil), staying(pods, "web", mount("default", has{"secret": has{"secretName": "settings"}})), "is deleted, and with it what pods read from it: those that need it do not start; needed by web"},
		"settings":                {settings(configMap, "a"), staying(pods, "web", mount("a", has{"configMap": has{"name": "settings"}})), "is deleted, and with it what pods read from it: those that need it do not start; needed by web"},
		"settings of others":      {settings(configMap, "a"), staying(pods, "web", mount("b", has{"configMap": has{"name": "settings"}})), ""},
		"a secret of that name":   {settings(configMap, "a"), staying(pods, "web", mount("a", has{"secret": has{"secretName": "settings"}})), ""},
		"what does not make pods": {settings(configMap, "a"), staying("kubernetes:core/v1:Service", "web", mount("a", has{"configMap": has{"name": "settings"}})), ""},
	} {
		t.Run(name, func(t *testing.T) {
			dangers := found(c.gone, c.user)
			if c.what == "" {
				require.Empty(t, dangers)
				return
			}
			require.Len(t, dangers, 1)
			require.Equal(t, []any{Outage, c.what}, []any{dangers[0].Kind, dangers[0].What})
		})
	}
}

func TestAPartIsMissedIfWhatItIsAPartOfStays(t *testing.T) {
	for _, c := range []struct {
		of, part string
		by       string
		inputs   has
		kind     Kind
		what     string
	}{
		{"aws:s3/bucket:Bucket", versioning, "bucket", status("Enabled"), Guard, "is deleted, and with it the versioning: what is overwritten or deleted is gone"},
		{"aws:s3/bucket:Bucket", locking, "bucket", has{}, Guard, "is deleted, and with it the lock: new objects can be deleted at once"},
		{"aws:efs/fileSystem:FileSystem", "aws:efs/backupPolicy:BackupPolicy", "fileSystemId", has{"backupPolicy": has{"status": "ENABLED"}}, Guard, "is deleted, and with it the backups of its files"},
		{bucket, "aws:s3/bucketReplicationConfig:BucketReplicationConfig", "bucket", has{}, Guard, "is deleted, and with it the copies elsewhere: new objects are copied nowhere"},
		{plan, "aws:backup/selection:Selection", "planId", has{}, Guard, "is deleted, and with it the backups of what it names"},
		{"aws:backup/vault:Vault", "aws:backup/vaultLockConfiguration:VaultLockConfiguration", "backupVaultName", has{}, Guard, "is deleted, and with it the lock: its recovery points can be deleted at once"},
		{"aws:iam/role:Role", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", has{}, Outage, "is deleted, and with it what its role may do by it"},
	} {
		t.Run(c.part, func(t *testing.T) {
			part, owner := deleted(c.part, c.inputs), staying(c.of, "owner", has{})
			part.Old.Edges = map[string][]string{c.by: {owner.URN}}
			dangers := found(part, owner)
			require.Len(t, dangers, 1)
			require.Equal(t, []any{c.kind, c.what}, []any{dangers[0].Kind, dangers[0].What})
			for _, d := range found(part, deleted(c.of, has{}), step(change.Delete, owner.Old, nil)) {
				require.NotSame(t, part, d.Resource)
			}
		})
	}
	require.Empty(t, found(deleted(versioning, status("Suspended"))))
}

func TestWhatIsDeletedFirstForAnotherSaysForWhich(t *testing.T) {
	web := deletedFirst(replaced(pods, has{}, has{}))
	class := deletedFirst(replaced("kubernetes:storage.k8s.io/v1:StorageClass", has{}, has{}, "parameters"))
	claim := deletedFirst(replaced("kubernetes:core/v1:Pod", has{}, has{}))
	class.Name, claim.Name = "encrypted", "data"
	claim.Old.Edges = map[string][]string{"spec": {class.URN}}
	web.OldState = &apitype.ResourceV3{Dependencies: []resource.URN{resource.URN(claim.URN), "urn:of:nothing"}}
	what := func() string {
		for _, d := range found(class, claim, web) {
			if d.Resource == web {
				return d.What
			}
		}
		return ""
	}
	require.Equal(t, "is deleted and made again because encrypted is", what())
	class.Forced = nil
	require.Equal(t, "is deleted and made again because encrypted is", what(), "nobody knows why")
	class.DeleteFirst = false
	require.Equal(t, "is deleted and made again because data is", what())
	claim.Old.Edges = map[string][]string{"spec": {web.URN}}
	require.Equal(t, "is deleted and made again because data is", what(), "a circle ends")
	claim.Op = change.Update
	require.Equal(t, "is deleted and made again", what())
	web.Forced = []string{"spec.selector"}
	claim.Op = change.Replace
	require.Equal(t, "is deleted and made again", what())
}

func TestMachinesThatAreReplacedAreDrained(t *testing.T) {
	const nodes = "aws:eks/nodeGroup:NodeGroup"
	d := found(replaced(nodes, has{}, has{}, "instanceTypes"))[0]
	require.Equal(t, []any{Rollout, "is replaced; the old machines are drained, and the pods on them move", []string{"instanceTypes"}}, []any{d.Kind, d.What, d.Because})
	require.Equal(t, Outage, found(deletedFirst(replaced(nodes, has{}, has{}, "instanceTypes")))[0].Kind)
	require.Equal(t, Outage, found(deleted(nodes, has{}))[0].Kind)
}

package aws

import (
	"testing"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// change applies an update or a deletion through Apply, with no rule registered that would judge it.
func change(t *testing.T, w *World, res *Resource, op Op, set object) *Resource {
	t.Helper()
	typ, err := facts.Lookup(res.Token)
	require.NoError(t, err)
	r := &Request{Scope: res.Scope, Op: op, Token: res.Token, URN: res.URN, ID: res.ID, New: with(res.Props, set)}
	out, err := w.Apply(r, nil, typ.Properties)
	require.NoError(t, err)
	return out
}

// TestManagedEffects proves what AWS does along with a managed service's resource.
func TestManagedEffects(t *testing.T) {
	w, made, _ := buildManaged(t)
	find := func(kind, id string) *Resource { return w.lookup(home, kind, id) }

	group := made["cluster"].Props.Str("vpcConfig.clusterSecurityGroupId")
	require.NotNil(t, find("ec2.securityGroup", group), "the cluster has a security group")
	assert.Equal(t, made["net"].ID, made["cluster"].Props.Str("vpcConfig.vpcId"))

	scaling := collect(made["nodes"].Props, "resources.autoscalingGroups.name")
	require.Len(t, scaling, 1)
	assert.Equal(t, 2, find("autoscaling.group", scaling[0]).Props.Int("desiredCapacity"), "nodes are in a scaling group")
	change(t, w, made["nodes"], Update, object{"scalingConfig.desiredSize": 3.0})
	assert.Equal(t, 3, find("autoscaling.group", scaling[0]).Props.Int("desiredCapacity"))
	change(t, w, made["nodes"], Delete, nil)
	assert.Nil(t, find("autoscaling.group", scaling[0]), "and go with it")

	fn := made["fn"]
	require.Equal(t, "1", fn.Props.Str("version"))
	assert.Equal(t, "1", change(t, w, fn, Update, object{"tags": object{"a": "b"}}).Props.Str("version"), "tags make no version")
	second := change(t, w, fn, Update, object{"memorySize": 1024.0})
	assert.Equal(t, "2", second.Props.Str("version"))
	assert.Equal(t, fn.Props.Str("arn")+":2", second.Props.Str("qualifiedArn"))
	assert.NotNil(t, find("lambda.version", "api:1"), "the first version stays")

	options := made["cert"].Props.Objs("domainValidationOptions")
	require.Len(t, options, 2)
	assert.Equal(t, options[0].Str("resourceRecordName"), options[1].Str("resourceRecordName"), "an apex and its wildcard share a record")
	assert.Equal(t, options[0].Str("resourceRecordValue"), made["usa_cert"].Props.Objs("domainValidationOptions")[0].Str("resourceRecordValue"), "the account's next certificate too")

	assert.Contains(t, made["usa_acl"].Props.Str("arn"), ":global/webacl/cdn/")
	assert.Contains(t, made["acl"].Props.Str("arn"), ":regional/webacl/web/")
	assert.Equal(t, 703, made["acl"].Props.Int("capacity"))
	assert.Equal(t, "arn:aws:iam::111122223333:oidc-provider/"+made["oidc"].Props.Str("url")[len("https://"):], made["oidc"].ID)
}

// TestScheduleExpressions lists what EventBridge takes and refuses.
func TestScheduleExpressions(t *testing.T) {
	for text, want := range map[string]bool{
		"rate(1 minute)": true, "rate(2 minutes)": true, "rate(1 minutes)": false, "rate(0 minutes)": false, "rate(5 seconds)": false, "rate(5)": false,
		"cron(0 10 * * ? *)": true, "cron(15 12 ? * MON-FRI *)": true, "cron(0/10 * ? * 2#1 *)": true, "cron(0 0 L * ? *)": true, "cron(0 8 15W * ? 2027)": true,
		"cron(0 10 * * * *)": false, "cron(0 10 ? * ? *)": false, "cron(60 10 * * ? *)": false, "cron(0 10 * * ?)": false, "cron(0 10 * FOO ? *)": false,
		"at(2027-01-02T03:04:05)": true, "at(tomorrow)": false,
	} {
		assert.Equal(t, want, validEventSchedule(text, true), text)
	}
	assert.True(t, validEventSchedule("rate(1 minutes)", false))
}

// TestCovers proves that an asterisk in a certificate stands for one label.
func TestCovers(t *testing.T) {
	c := Obj{"domainName": "example.org", "subjectAlternativeNames": list{"*.example.org"}}
	for host, want := range map[string]bool{"example.org": true, "www.example.org": true, "WWW.example.org": true, "a.b.example.org": false, "example.com": false, "badexample.org": false} {
		assert.Equal(t, want, covers(c, host), host)
	}
}

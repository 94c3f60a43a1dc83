package simcloud

import (
	"context"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/plinth-iac/plinth/tests/simcloud/latency"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/emptypb"
)

const (
	vpcType    = "aws:ec2/vpc:Vpc"
	subnetType = "aws:ec2/subnet:Subnet"
	groupType  = "aws:ec2/securityGroup:SecurityGroup"
	bucketType = "aws:s3/bucketV2:BucketV2"
)

func TestLifeOfAResource(t *testing.T) {
	cloud, e := start(t)
	args := props{"cidrBlock": "10.0.0.0/16", "tags": props{"Name": "net"}}

	inputs, _ := e.check(vpcType, "net", args, nil)
	preview, err := e.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn(vpcType, "net"), Properties: e.wire(inputs), Preview: true})
	require.NoError(t, err)
	planned := e.plain(preview.GetProperties())
	assert.Empty(t, preview.GetId())
	assert.Equal(t, facts.Unknown{}, planned["arn"])
	assert.Equal(t, facts.Unknown{}, planned["mainRouteTableId"])
	assert.Equal(t, "10.0.0.0/16", planned["cidrBlock"])
	assert.Equal(t, props{"Name": "net", "env": "dev"}, planned["tagsAll"], "known before anything exists")
	assert.Empty(t, cloud.Resources(), "a preview makes nothing")

	m := e.must(vpcType, "net", args)
	assert.Regexp(t, `^vpc-[0-9a-f]{17}$`, m.id)
	assert.Equal(t, "arn:aws:ec2:eu-west-1:111122223333:vpc/"+m.id, m.outputs["arn"])
	assert.NotContains(t, m.outputs, facts.DefaultsKey)
	require.Len(t, cloud.Resources(), 1)
	assert.Equal(t, "111122223333", cloud.Resources()[0].Account)

	assert.Equal(t, pulumirpc.DiffResponse_DIFF_NONE, e.diff(m, args).GetChanges(), "deploying it again changes nothing")
	read := e.read(vpcType, "net", m.id, m.inputs)
	assert.Equal(t, m.inputs, e.plain(read.GetInputs()), "a refresh finds nothing")
	assert.Equal(t, m.outputs, e.plain(read.GetProperties()))

	changed := props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true}
	d := e.diff(m, changed)
	assert.Equal(t, []string{"enableDnsHostnames", "tags", "tagsAll"}, d.GetDiffs())
	assert.Empty(t, d.GetReplaces())
	m2, err := e.update(m, changed)
	require.NoError(t, err)
	assert.Equal(t, true, m2.outputs["enableDnsHostnames"])
	assert.NotContains(t, m2.outputs, "tags")

	d = e.diff(m2, props{"cidrBlock": "10.1.0.0/16"})
	assert.Equal(t, []string{"cidrBlock"}, d.GetReplaces())
	assert.False(t, d.GetDeleteBeforeReplace())
	assert.Equal(t, pulumirpc.PropertyDiff_UPDATE_REPLACE, d.GetDetailedDiff()["cidrBlock"].GetKind())

	require.NoError(t, e.delete(m2))
	assert.Empty(t, cloud.Resources())
	assert.NoError(t, e.delete(m2), "what is gone is gone")
	assert.Empty(t, e.read(vpcType, "net", m.id, m.inputs).GetId())
}

func TestDriftIsFound(t *testing.T) {
	cloud, e := start(t)
	args := props{"cidrBlock": "10.0.0.0/16", "tags": props{"Name": "net"}}
	m := e.must(vpcType, "net", args)
	require.NoError(t, cloud.Drift(m.id, func(p map[string]any) { p["tags"].(props)["by"] = "hand"; p["enableDnsSupport"] = false }))
	read := e.read(vpcType, "net", m.id, m.inputs)
	found := e.plain(read.GetInputs())
	assert.Equal(t, props{"Name": "net", "by": "hand"}, found["tags"])
	assert.Equal(t, false, found["enableDnsSupport"])
	m.outputs, m.inputs = e.plain(read.GetProperties()), found
	assert.Equal(t, []string{"enableDnsSupport", "tags"}, e.diff(m, args).GetDiffs(), "and repaired by the next update")
	assert.Equal(t, []string{"enableDnsSupport"}, e.diff(m, args, "tags").GetDiffs())

	require.NoError(t, cloud.Vanish(m.id))
	assert.Empty(t, e.read(vpcType, "net", m.id, m.inputs).GetId())
	assert.Error(t, cloud.Drift("vpc-nothing", func(map[string]any) {}))
}

// Schedules, policies, hooks and objects have IDs that are only unique within their group or bucket.
func TestSameIDInTwoParents(t *testing.T) {
	cloud, e := start(t)
	const object = "aws:s3/bucketObjectv2:BucketObjectv2"
	a, b := e.must(bucketType, "a", props{}), e.must(bucketType, "b", props{})
	one := e.must(object, "one", props{"bucket": a.id, "key": "k", "content": "1"})
	two := e.must(object, "two", props{"bucket": b.id, "key": "k", "content": "2"})
	require.Equal(t, one.id, two.id)
	require.Len(t, cloud.Resources(), 4)
	assert.Equal(t, "1", e.plain(e.read(object, "one", one.id, one.inputs).GetInputs())["content"])
	assert.Equal(t, b.id, e.plain(e.read(object, "two", b.id+"/k", nil).GetInputs())["bucket"], "an import says which")
	require.NoError(t, e.delete(one))
	assert.Equal(t, two.id, e.read(object, "two", two.id, two.inputs).GetId())
	_, err := e.create(object, "three", props{"bucket": b.id, "key": "k"})
	assert.ErrorContains(t, err, "AlreadyExists")
}

func TestImport(t *testing.T) {
	_, e := start(t, WithExisting(Resource{Type: vpcType, ID: "vpc-old", Region: "eu-west-1", Account: "111122223333", Props: props{"cidrBlock": "10.5.0.0/16", "enableDnsSupport": true, "instanceTenancy": "default"}}))
	read := e.read(vpcType, "net", "vpc-old", nil)
	assert.Equal(t, "vpc-old", read.GetId())
	inputs := e.plain(read.GetInputs())
	assert.Equal(t, "10.5.0.0/16", inputs["cidrBlock"])
	assert.NotContains(t, inputs, "arn")
	outputs := e.plain(read.GetProperties())
	assert.NotEmpty(t, outputs["mainRouteTableId"])
	m := &made{vpcType, "net", "vpc-old", inputs, outputs}
	d := e.diff(m, props{"cidrBlock": "10.5.0.0/16"})
	assert.Empty(t, d.GetReplaces())
	assert.Equal(t, []string{"tagsAll"}, d.GetDiffs(), "only the provider's tags are new")
	_, err := e.create(subnetType, "a", props{"vpcId": "vpc-old", "cidrBlock": "10.5.0.0/24"})
	assert.NoError(t, err)
}

func TestCheckSpeaksLikeTheProvider(t *testing.T) {
	_, e := start(t)
	_, failures := e.check(subnetType, "a", props{"cidr": "10.0.0.0/24"}, nil)
	require.Len(t, failures, 2)
	assert.Contains(t, failures[0].GetReason(), "Examine values at 'a.cidr'.")
	assert.Contains(t, failures[1].GetReason(), "Missing required argument")
	_, err := e.client.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn("aws:ec2/nothing:Nothing", "x"), News: e.wire(props{})})
	assert.ErrorContains(t, err, "aws:ec2/nothing:Nothing")
}

func TestRefusalsCarryTheCodeOfAWS(t *testing.T) {
	cloud, e := start(t)
	v := e.must(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	_, err := e.create(subnetType, "a", props{"vpcId": v.id, "cidrBlock": "10.9.0.0/24"})
	assert.ErrorContains(t, err, "creating ec2.subnet: api error InvalidSubnet.Range: The CIDR '10.9.0.0/24' is invalid.")
	assert.Len(t, cloud.Resources(), 1)
	_, err = e.create(subnetType, "b", props{"vpcId": "vpc-nothing", "cidrBlock": "10.0.0.0/24"})
	assert.ErrorContains(t, err, "InvalidVpcID.NotFound")
}

func TestInstancesKeepTheirRegionAndAccount(t *testing.T) {
	c := New()
	s := serve(t, c)
	ireland, virginia, wrong := dial(t, s), dial(t, s), dial(t, s)
	account := []any{"111122223333"}
	require.NoError(t, ireland.configure(props{"region": "eu-west-1", "allowedAccountIds": account}))
	require.NoError(t, virginia.configure(props{"region": "us-east-1", "allowedAccountIds": account}))
	v := ireland.must(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	_, err := virginia.create(subnetType, "a", props{"vpcId": v.id, "cidrBlock": "10.0.0.0/24"})
	assert.ErrorContains(t, err, "InvalidVpcID.NotFound", "a VPC is not seen from another region")
	u := virginia.must(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	assert.NotEqual(t, v.id, u.id)
	assert.Contains(t, u.outputs["arn"], ":us-east-1:")

	ireland.must(bucketType, "b", props{"bucket": "one-in-the-world"})
	_, err = virginia.create(bucketType, "c", props{"bucket": "one-in-the-world"})
	assert.ErrorContains(t, err, "BucketAlreadyExists", "bucket names are global")

	_, err = wrong.client.Check(context.Background(), &pulumirpc.CheckRequest{Urn: urn(vpcType, "x"), News: wrong.wire(props{})})
	assert.ErrorContains(t, err, "not configured")
}

func TestWrongAccountIsRefused(t *testing.T) {
	e := dial(t, serve(t, New(WithAccount("999988887777"))))
	assert.ErrorContains(t, e.configure(props{"region": "eu-west-1", "allowedAccountIds": `["111122223333"]`}), "AWS account ID not allowed: 999988887777")
	assert.NoError(t, e.configure(props{"region": "eu-west-1", "allowedAccountIds": `["999988887777"]`}))
}

func TestConfiguration(t *testing.T) {
	e := dial(t, serve(t, New()))
	check := func(config props) []*pulumirpc.CheckFailure {
		resp, err := e.client.CheckConfig(context.Background(), &pulumirpc.CheckRequest{Urn: urn("pulumi:providers:aws", "p"), News: e.wire(config)})
		require.NoError(t, err)
		return resp.GetFailures()
	}
	assert.Empty(t, check(props{"region": "eu-west-1"}))
	assert.Empty(t, check(props{"region": facts.Unknown{}}))
	assert.Len(t, check(props{}), 1, "no region")
	assert.Len(t, check(props{"region": "eu-west-9"}), 1)
	assert.Len(t, check(props{"region": "eu-west-1", "regoin": "x"}), 1)
	diff := func(olds, news props) *pulumirpc.DiffResponse {
		resp, err := e.client.DiffConfig(context.Background(), &pulumirpc.DiffRequest{Urn: urn("pulumi:providers:aws", "p"), OldInputs: e.wire(olds), News: e.wire(news)})
		require.NoError(t, err)
		return resp
	}
	assert.Equal(t, []string{"region"}, diff(props{"region": "eu-west-1"}, props{"region": "us-east-1"}).GetReplaces())
	assert.Empty(t, diff(props{"region": "eu-west-1"}, props{"region": "eu-west-1", "profile": "x"}).GetReplaces())
}

func TestLookupsAreRefused(t *testing.T) {
	_, e := start(t)
	_, err := e.client.Invoke(context.Background(), &pulumirpc.InvokeRequest{Tok: "aws:ec2/getAmi:getAmi"})
	assert.ErrorContains(t, err, "aws:ec2/getAmi:getAmi")
}

func TestSecretsAreMarked(t *testing.T) {
	_, e := start(t)
	inputs, _ := e.check("aws:ssm/parameter:Parameter", "p", props{"type": "SecureString", "value": "hush"}, nil)
	resp, err := e.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn("aws:ssm/parameter:Parameter", "p"), Properties: e.wire(inputs)})
	require.NoError(t, err)
	mark := resp.GetProperties().GetFields()["value"].GetStructValue().GetFields()
	assert.Equal(t, resource.SecretSig, mark[resource.SigKey].GetStringValue())
	assert.Equal(t, "hush", e.plain(resp.GetProperties())["value"])
}

func TestADeletionWaitsForOthers(t *testing.T) {
	cloud, e := start(t, WithPatience(5*time.Second))
	v := e.must(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	s := e.must(subnetType, "a", props{"vpcId": v.id, "cidrBlock": "10.0.0.0/24"})
	var wait sync.WaitGroup
	wait.Go(func() { assert.NoError(t, e.delete(v)) })
	assert.NoError(t, e.delete(s))
	wait.Wait()
	assert.Empty(t, cloud.Resources())
}

func TestADeletionThatNothingHelpsFails(t *testing.T) {
	_, e := start(t, WithPatience(0))
	v := e.must(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	e.must(subnetType, "a", props{"vpcId": v.id, "cidrBlock": "10.0.0.0/24"})
	assert.ErrorContains(t, e.delete(v), "DependencyViolation")
}

func TestPaceJudgesOnArrival(t *testing.T) {
	_, e := start(t, WithPace(time.Microsecond))
	v := e.must(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	s := e.must(subnetType, "a", props{"vpcId": v.id, "cidrBlock": "10.0.0.0/24"})
	eip := e.must("aws:ec2/eip:Eip", "nat", props{"domain": "vpc"})
	_, err := e.create("aws:ec2/natGateway:NatGateway", "nat", props{"subnetId": s.id, "allocationId": eip.id})
	require.ErrorContains(t, err, "Gateway.NotAttached")
	e.must("aws:ec2/internetGateway:InternetGateway", "igw", props{"vpcId": v.id})
	e.must("aws:ec2/natGateway:NatGateway", "nat", props{"subnetId": s.id, "allocationId": eip.id})
}

func TestGapsInTheFactsAreTold(t *testing.T) {
	cloud, e := start(t)
	e.check("aws:lb/listener:Listener", "l", props{"loadBalancerArn": "x", "port": 80.0, "defaultActions": []any{props{"type": "forward"}}, "tcpIdleTimeoutSeconds": 60.0}, nil)
	assert.Empty(t, cloud.Gaps(), "the overlay settles it")
	e.check("aws:ec2/launchTemplate:LaunchTemplate", "t", props{"blockDeviceMappings": []any{props{"ebs": props{"volumeInitializationRate": 100.0}}}}, nil)
	assert.Equal(t, []string{"aws:ec2/launchTemplate:LaunchTemplate blockDeviceMappings.ebs.volumeInitializationRate"}, cloud.Gaps())
}

func TestSameSeedSameCloud(t *testing.T) {
	run := func(seed uint64) []Resource {
		c, e := start(t, WithSeed(seed))
		v := e.must(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
		e.must(groupType, "web", props{"vpcId": v.id})
		return c.Resources()
	}
	assert.Equal(t, run(7), run(7))
	assert.NotEqual(t, run(7), run(8))
}

func TestAReplacementGetsAnotherName(t *testing.T) {
	_, e := start(t)
	v := e.must(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	before, _ := e.check(groupType, "web", props{"vpcId": v.id}, nil)
	old := e.must(groupType, "web", props{"vpcId": v.id})
	assert.Equal(t, before["name"], old.inputs["name"], "the preview showed the name")
	fresh, err := e.create(groupType, "web", props{"vpcId": v.id, "description": "other"})
	require.NoError(t, err, "old and new exist side by side")
	assert.NotEqual(t, old.inputs["name"], fresh.inputs["name"])
}

func TestTimeline(t *testing.T) {
	cloud, e := start(t)
	v := e.must(vpcType, "net", props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	g := e.must("aws:ec2/internetGateway:InternetGateway", "igw", props{"vpcId": v.id})
	eip := e.must("aws:ec2/eip:Eip", "nat", props{"domain": "vpc"})
	s := e.must(subnetType, "a", props{"vpcId": v.id, "cidrBlock": "10.0.0.0/24"})
	n := e.must("aws:ec2/natGateway:NatGateway", "nat", props{"subnetId": s.id, "allocationId": eip.id})
	_, err := e.create(subnetType, "b", props{"vpcId": v.id, "cidrBlock": "10.0.0.0/24"})
	require.Error(t, err)
	require.NoError(t, e.delete(n))
	require.NoError(t, e.delete(s))
	ops := cloud.Timeline()
	require.Len(t, ops, 8)
	span := func(i int) string {
		return ops[i].Op + " " + strconv.FormatFloat(ops[i].Start, 'f', -1, 64) + "-" + strconv.FormatFloat(ops[i].End, 'f', -1, 64)
	}
	assert.Equal(t, "create 0-11", span(0))
	assert.Equal(t, "create 11-12", span(1))
	assert.Equal(t, "create 0-2", span(2), "an address waits for nothing")
	assert.Equal(t, "create 11-13", span(3))
	assert.Equal(t, "create 13-128", span(4), "a NAT gateway takes two minutes")
	assert.Contains(t, ops[5].Err, "InvalidSubnet.Conflict")
	assert.Equal(t, "delete 128-183", span(6))
	assert.Equal(t, "delete 183-184", span(7), "a subnet waits for what was in it")
	_ = g
}

func TestDataNamesOnlyWhatExists(t *testing.T) {
	kinds := map[string]bool{}
	for _, token := range facts.Tokens() {
		kinds[aws.KindOf(token)] = true
	}
	for _, row := range latency.Default().Rows {
		for _, token := range row.Types {
			assert.True(t, kinds[aws.KindOf(token)] || !strings.HasPrefix(token, "aws:"), "latency of %s", token)
		}
	}
	for _, kind := range aws.RecognisedKinds() {
		assert.True(t, kinds[kind], "repeated create of %s", kind)
	}
	for _, rule := range Rules() {
		for _, kind := range strings.Fields(rule.Kinds) {
			assert.True(t, kinds[kind], "rule %s of %s", rule.ID, kind)
		}
	}
	timed := map[string]bool{}
	for _, row := range latency.Default().Rows {
		for _, token := range row.Types {
			timed[aws.KindOf(token)] = true
		}
	}
	stores := strings.Fields("appautoscaling backup docdb dynamodb elasticache kms rds secretsmanager serverlessrepository ssm")
	for _, rule := range Rules() {
		for _, kind := range strings.Fields(rule.Kinds) {
			service, _, _ := strings.Cut(kind, ".")
			assert.True(t, timed[kind] || !slices.Contains(stores, service), "%s of the data tier has no latency", kind)
		}
	}
	for _, kind := range aws.ComputedKinds() {
		assert.True(t, kinds[kind], "computed properties of %s", kind)
	}
}

// TestRulesAreDocumented keeps RULES.md, the list for readers, equal to the rules.
func TestRulesAreDocumented(t *testing.T) {
	var b strings.Builder
	b.WriteString("# What the simulated AWS refuses\n\nMade from the rules by `UPDATE_GOLDEN=1 go test ./tests/simcloud`. doc.go says how a rule earns its place.\n\n")
	b.WriteString("| rule | error code | judges | documentation |\n|---|---|---|---|\n")
	for _, r := range Rules() {
		b.WriteString("| " + strings.Join([]string{r.ID, r.Code, strings.ReplaceAll(r.Kinds, " ", ", "), r.Source}, " | ") + " |\n")
	}
	const file = "RULES.md"
	if os.Getenv("UPDATE_GOLDEN") == "1" {
		require.NoError(t, os.WriteFile(file, []byte(b.String()), 0o644))
		t.Errorf("%s rewritten; run again without UPDATE_GOLDEN", file)
	}
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.True(t, string(text) == b.String(), "%s is out of date: UPDATE_GOLDEN=1 go test ./tests/simcloud", file)
}

func TestPluginInfoAndCancel(t *testing.T) {
	_, e := start(t)
	info, err := e.client.GetPluginInfo(context.Background(), &emptypb.Empty{})
	require.NoError(t, err)
	assert.Equal(t, version, info.GetVersion())
	_, err = e.client.Cancel(context.Background(), &emptypb.Empty{})
	assert.NoError(t, err)
}

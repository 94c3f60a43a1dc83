package simcloud

import (
	"context"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/status"
)

var (
	anyVPC = props{"cidrBlock": "10.0.0.0/16"}
	last   = func(c *Cloud) Operation { ops := c.Timeline(); return ops[len(ops)-1] }
)

func TestARefusalHappensAsOftenAsAsked(t *testing.T) {
	called := 0
	cloud, e := start(t, WithFaults(Fault{Type: vpcType, Op: "create", Times: 1, Code: "OperationNotPermitted", Message: "no", OnStrike: func() { called++ }}))
	_, err := e.create(vpcType, "net", anyVPC)
	assert.ErrorContains(t, err, "api error OperationNotPermitted: no")
	assert.Empty(t, cloud.Resources())
	e.must(vpcType, "net", anyVPC)
	assert.Equal(t, 1, called)

	cloud.Inject(Fault{URN: "::always"})
	for range 3 {
		_, err = e.create(vpcType, "always", anyVPC)
		assert.ErrorContains(t, err, "api error InternalError")
	}
}

func TestThrottlingIsWaitedOutUpToALimit(t *testing.T) {
	cloud, e := start(t, WithFaults(Fault{Kind: Throttled, URN: "::net", Times: 3}))
	e.must(vpcType, "net", anyVPC)
	assert.Equal(t, 4, last(cloud).Attempts)
	assert.Equal(t, 1.0+2+4+2, last(cloud).End, "three pauses, each twice the one before, then the operation")

	cloud.Inject(Fault{Kind: Throttled, URN: "::busy"})
	_, err := e.create(vpcType, "busy", anyVPC)
	assert.ErrorContains(t, err, "exceeded maximum number of attempts, 25, api error RequestLimitExceeded: Rate exceeded")
	assert.Len(t, cloud.Resources(), 1)
	_, err = e.create(bucketType, "busy", props{})
	assert.ErrorContains(t, err, "ThrottlingException")

	hasty := dial(t, serve(t, cloud))
	require.NoError(t, hasty.configure(props{"region": "eu-west-1", "maxRetries": 2.0}))
	_, err = hasty.create(vpcType, "busy", anyVPC)
	assert.ErrorContains(t, err, "attempts, 2,")
}

// What the second request for a lost answer meets depends on the kind.
func TestALostAnswer(t *testing.T) {
	cloud, e := start(t)
	lose := func(name, op string) { cloud.Inject(Fault{Kind: AnswerLost, URN: "::" + name, Op: op, Times: 1}) }

	lose("table", "create")
	v := e.must(vpcType, "net", anyVPC)
	table := e.must("aws:ec2/routeTable:RouteTable", "table", props{"vpcId": v.id})
	assert.Equal(t, table.id, last(cloud).ID)
	assert.Equal(t, 2, last(cloud).Attempts)
	assert.Len(t, cloud.Resources(), 2, "AWS knows the request by its token")

	lose("a", "create")
	_, err := e.create(subnetType, "a", props{"vpcId": v.id, "cidrBlock": "10.0.0.0/24"})
	assert.ErrorContains(t, err, "InvalidSubnet.Conflict", "the range is taken by what the first request made")
	assert.Len(t, cloud.Resources(), 3)

	lose("second", "create")
	second := e.must(vpcType, "second", anyVPC)
	require.Len(t, cloud.Resources(), 5, "nothing tells AWS that both requests are one")

	lose("second", "update")
	second, err = e.update(second, props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	require.NoError(t, err, "the second request finds nothing to do")
	lose("second", "delete")
	require.NoError(t, e.delete(second), "nor does this one")
	assert.Len(t, cloud.Resources(), 4)
	assert.Empty(t, last(cloud).Err)

	cloud.Inject(Fault{Kind: AnswerLost, URN: "::never"})
	_, err = e.create("aws:cloudwatch/logGroup:LogGroup", "never", props{"name": "x"})
	assert.ErrorContains(t, err, "ResourceAlreadyExistsException")
	hasty := dial(t, serve(t, cloud))
	require.NoError(t, hasty.configure(props{"region": "eu-west-1", "allowedAccountIds": []any{"111122223333"}, "maxRetries": 2.0}))
	_, err = hasty.create(vpcType, "never", anyVPC)
	assert.ErrorContains(t, err, "attempts, 2, request send failed: read: connection reset by peer")
	assert.Len(t, cloud.Resources(), 7, "two more that nobody knows of")
}

// A request with the same settings finds in place what it asks for, a token is good for one operation only, and so is what another asks for.
func TestWhatAWSRecognisesInALaterOperation(t *testing.T) {
	cloud, e := start(t)
	v := e.must(vpcType, "net", anyVPC)
	group := props{"vpcId": v.id, "name": "fixed", "port": 80.0, "protocol": "HTTP", "targetType": "instance"}
	const groups = "aws:lb/targetGroup:TargetGroup"
	one := e.must(groups, "tg", group)
	again, err := e.create(groups, "tg", group)
	require.NoError(t, err)
	assert.Equal(t, one.id, again.id)
	group["port"] = 81.0
	_, err = e.create(groups, "tg", group)
	assert.ErrorContains(t, err, "DuplicateTargetGroupName")
	_, err = e.create(groups, "other", group)
	assert.ErrorContains(t, err, "DuplicateTargetGroupName")

	e.must("aws:ec2/routeTable:RouteTable", "table", props{"vpcId": v.id})
	e.must("aws:ec2/routeTable:RouteTable", "table", props{"vpcId": v.id})
	assert.Len(t, cloud.Resources(), 4)
}

func TestATimeoutLeavesAResourceThatIsNotInitialised(t *testing.T) {
	cloud, e := start(t, WithFaults(Fault{Kind: TimedOut}))
	inputs, _ := e.check(vpcType, "net", anyVPC, nil)
	_, err := e.client.Create(context.Background(), &pulumirpc.CreateRequest{Urn: urn(vpcType, "net"), Properties: e.wire(inputs)})
	require.ErrorContains(t, err, "timeout while waiting for state to become 'available' (last state: 'pending', timeout: 20m0s)")
	require.Len(t, cloud.Resources(), 1)
	require.Equal(t, 1200.0, last(cloud).End)
	details := status.Convert(err).Details()
	require.Len(t, details, 1)
	partial, ok := details[0].(*pulumirpc.ErrorResourceInitFailed)
	require.True(t, ok)
	assert.Equal(t, cloud.Resources()[0].ID, partial.GetId())
	assert.Equal(t, "10.0.0.0/16", e.plain(partial.GetProperties())["cidrBlock"])

	m := &made{vpcType, "net", partial.GetId(), inputs, e.plain(partial.GetProperties())}
	_, err = e.update(m, props{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true})
	require.ErrorContains(t, err, "last state: 'modifying'")
	require.Len(t, status.Convert(err).Details(), 1)
	_, err = e.client.Delete(context.Background(), &pulumirpc.DeleteRequest{Id: m.id, Urn: urn(vpcType, "net"), Properties: e.wire(m.outputs), Timeout: 90})
	require.ErrorContains(t, err, "timeout while waiting for resource to be gone (last state: 'deleting', timeout: 1m30s)")
	assert.Empty(t, cloud.Resources(), "AWS completes it")
	assert.Empty(t, status.Convert(err).Details())
}

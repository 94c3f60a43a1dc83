package alb

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/storage"
)

// LogsArgs are what is logged and where. Access logs lie under access/ and connection
// logs under connection/, each then by account, region and day.
type LogsArgs struct {
	// Access logs every request. Default: true.
	Access *bool `pulumi:"access,optional"`
	// Connection logs every connection, with its TLS version and client certificate.
	// Default: true.
	Connection *bool `pulumi:"connection,optional"`
	// Bucket is the name of an existing bucket, in the same region, under SSE-S3, whose
	// policy lets load balancers write. Default: one is made.
	Bucket pulumi.StringInput `pulumi:"bucket,optional"`
	// Prefix is put before access/ and connection/, without slashes at its ends.
	// Default: none.
	Prefix string `pulumi:"prefix,optional"`
	// RetentionDays is how long an own bucket keeps logs. Default: 90.
	RetentionDays int `pulumi:"retentionDays,optional"`
	// ForceDestroy lets an own bucket be deleted with the logs in it.
	// Default: false, a bucket with logs stays and its deletion fails.
	ForceDestroy bool `pulumi:"forceDestroy,optional"`
}

func (g *LogsArgs) withDefaults() *LogsArgs {
	g = base.CopyOf(g)
	if g.Access == nil {
		g.Access = pulumi.BoolRef(true)
	}
	if g.Connection == nil {
		g.Connection = pulumi.BoolRef(true)
	}
	if g.ownBucket() {
		base.Default(&g.RetentionDays, 90)
	}
	return g
}

func (g *LogsArgs) any() bool       { return *g.Access || *g.Connection }
func (g *LogsArgs) ownBucket() bool { return g.any() && g.Bucket == nil }

func (g *LogsArgs) validate(errs *fielderr.List) {
	if strings.HasPrefix(g.Prefix, "/") || strings.HasSuffix(g.Prefix, "/") || strings.Contains(g.Prefix, "AWSLogs") {
		errs.Invalid("prefix", g.Prefix, "must neither begin nor end with / nor hold AWSLogs")
	}
	if g.ownBucket() {
		within(errs, "retentionDays", g.RetentionDays, 1, 3650)
		return
	}
	for path, set := range map[string]bool{"retentionDays": g.RetentionDays != 0, "forceDestroy": g.ForceDestroy} {
		if set {
			errs.Add(path, "is for a bucket of the load balancer's own")
		}
	}
	if !g.any() && g.Bucket != nil {
		errs.Add("bucket", "nothing is logged into it: access and connection are both off")
	}
}

func (g *LogsArgs) prefix(kind string) string {
	return strings.TrimPrefix(g.Prefix+"/"+kind, "/")
}

// enableLogs fills in where args' load balancer logs to. It returns what must exist
// first: AWS writes a test object when logging is turned on.
func (l *LoadBalancer) enableLogs(ctx *pulumi.Context, a *LoadBalancerArgs, args *lb.LoadBalancerArgs) ([]pulumi.Resource, error) {
	if !a.Logs.any() {
		return nil, nil
	}
	var first []pulumi.Resource
	bucket := a.Logs.Bucket
	if a.Logs.ownBucket() {
		policy, err := l.makeLogBucket(ctx, a)
		if err != nil {
			return nil, err
		}
		first, bucket = []pulumi.Resource{policy}, l.LogBucket.Bucket
	}
	if *a.Logs.Access {
		args.AccessLogs = lb.LoadBalancerAccessLogsArgs{
			Bucket: bucket, Prefix: pulumi.String(a.Logs.prefix("access")), Enabled: pulumi.Bool(true),
		}
	}
	if *a.Logs.Connection {
		args.ConnectionLogs = lb.LoadBalancerConnectionLogsArgs{
			Bucket: bucket, Prefix: pulumi.String(a.Logs.prefix("connection")), Enabled: pulumi.Bool(true),
		}
	}
	return first, nil
}

// makeLogBucket makes a bucket that only load balancers of this account can write to.
// It is encrypted with SSE-S3 because load balancers cannot log into a bucket under a
// KMS key.
func (l *LoadBalancer) makeLogBucket(ctx *pulumi.Context, a *LoadBalancerArgs) (*s3.BucketPolicy, error) {
	made, err := storage.New(ctx, l.child("logs"), storage.Args{
		Statements: a.deliverLogs, ExpireDays: a.Logs.RetentionDays, ForceDestroy: a.Logs.ForceDestroy, Tags: a.Tags,
	}, pulumi.Parent(l))
	if err != nil {
		return nil, err
	}
	l.LogBucket = made.Bucket
	return made.Policy, nil
}

// deliverLogs names the log delivery service, which AWS recommends for all regions in
// place of the load balancing account of each. The path holds the account's id, so that
// no load balancer of another account can write here.
func (a *LoadBalancerArgs) deliverLogs(bucketArn pulumi.StringOutput) []iampolicy.Statement {
	deliver := iampolicy.Statement{
		Sid: "DeliverLogs", Services: []string{"logdelivery.elasticloadbalancing.amazonaws.com"}, Actions: []string{"s3:PutObject"},
	}
	kinds := map[string]bool{"access": *a.Logs.Access, "connection": *a.Logs.Connection}
	for _, kind := range base.SortedKeys(kinds) {
		if kinds[kind] {
			deliver.Resources = append(deliver.Resources, pulumi.Sprintf("%s/%s/AWSLogs/%s/*", bucketArn, a.Logs.prefix(kind), a.AccountId))
		}
	}
	return []iampolicy.Statement{deliver}
}

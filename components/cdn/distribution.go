package cdn

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the component's type token.
const Type = "plinth:cdn:Distribution"

// Distribution is a CloudFront distribution with what its origins and paths need.
type Distribution struct {
	pulumi.ResourceState

	// DistributionId is the distribution's id, for invalidations.
	DistributionId pulumi.StringOutput `pulumi:"distributionId"`
	// DistributionArn is the distribution's ARN, which policies of origins name.
	DistributionArn pulumi.StringOutput `pulumi:"distributionArn"`
	// DomainName is CloudFront's own name for the distribution.
	DomainName pulumi.StringOutput `pulumi:"domainName"`
	// HostedZoneId is the hosted zone of DomainName, for alias records.
	HostedZoneId pulumi.StringOutput `pulumi:"hostedZoneId"`
	// BucketNames are the own buckets' names, by the keys of their origins.
	BucketNames pulumi.StringMapOutput `pulumi:"bucketNames"`
	// KeyValueStoreArns are the stores' ARNs, by the keys of their functions.
	KeyValueStoreArns pulumi.StringMapOutput `pulumi:"keyValueStoreArns"`
	// KeyPairIds are what signers put into URLs and cookies, by "<signing key>/<public key>".
	KeyPairIds pulumi.StringMapOutput `pulumi:"keyPairIds"`
	// LogBucketName is the logs' own bucket, "" without one.
	LogBucketName pulumi.StringOutput `pulumi:"logBucketName"`
	// LogGroupName is the logs' own log group, "" without one.
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"`

	// Distribution is the distribution itself.
	Distribution *cloudfront.Distribution
	// Buckets are the own buckets, by the keys of their origins.
	Buckets map[string]*s3.BucketV2
	// Functions are the functions by key.
	Functions map[string]*cloudfront.Function
	// KeyValueStores are the stores, by the keys of their functions.
	KeyValueStores map[string]*cloudfront.KeyValueStore
	// PublicKeys are the public keys, by signing key and key.
	PublicKeys map[string]map[string]*cloudfront.PublicKey
	// LogBucket is the logs' own bucket, nil without one.
	LogBucket *s3.BucketV2
	// LogGroup is the logs' own log group, nil without one.
	LogGroup *cloudwatch.LogGroup
	// Alarms are the alarms by their keys.
	Alarms map[string]*cloudwatch.MetricAlarm

	name string
	args *DistributionArgs
}

// NewDistribution makes a distribution. Everything wrong with args is reported in one
// error, before anything is registered.
func NewDistribution(ctx *pulumi.Context, name string, args *DistributionArgs, opts ...pulumi.ResourceOption) (*Distribution, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	d := &Distribution{name: name, args: a, Buckets: map[string]*s3.BucketV2{}}
	if err := base.Register(ctx, Type, name, d, a, opts...); err != nil {
		return nil, err
	}
	for _, add := range []func(*pulumi.Context, string, *DistributionArgs) error{
		d.addDistribution, d.addInvokePermissions, d.addLogs, d.addRecords, d.addAlarms,
	} {
		if err := add(ctx, name, a); err != nil {
			return nil, err
		}
	}
	names := pulumi.StringMap{}
	for key, bucket := range d.Buckets {
		names[key] = bucket.Bucket
	}
	d.BucketNames = names.ToStringMapOutput()
	return d, ctx.RegisterResourceOutputs(d, pulumi.Map{
		"distributionId": d.DistributionId, "distributionArn": d.DistributionArn, "domainName": d.DomainName, "hostedZoneId": d.HostedZoneId,
		"bucketNames": d.BucketNames, "keyValueStoreArns": d.KeyValueStoreArns, "keyPairIds": d.KeyPairIds,
		"logBucketName": d.LogBucketName, "logGroupName": d.LogGroupName,
	})
}

// addDistribution makes the distribution, after all that it names. The policies of own
// buckets name it in turn, by an ARN that is promised to them.
func (d *Distribution) addDistribution(ctx *pulumi.Context, name string, a *DistributionArgs) (err error) {
	promised, keep := pulumi.DeferredOutput[string](ctx.Context())
	d.DistributionArn = pulumi.StringOutput{OutputState: promised.OutputState}
	defer func() {
		if err != nil { // what waits for the ARN must not wait for ever
			keep(failing(err))
		}
	}()
	args, err := d.distributionArgs(ctx, name, a)
	if err != nil {
		return err
	}
	child := d.child("distribution")
	args.Tags = base.Tags(child, a.Tags, nil)
	d.Distribution, err = cloudfront.NewDistribution(ctx, child, args, pulumi.Parent(d))
	if err != nil {
		return fmt.Errorf("create distribution %s: %w", child, err)
	}
	keep(d.Distribution.Arn)
	d.DistributionId, d.DomainName, d.HostedZoneId = d.Distribution.ID().ToStringOutput(), d.Distribution.DomainName, d.Distribution.HostedZoneId
	return nil
}

func (d *Distribution) distributionArgs(ctx *pulumi.Context, name string, a *DistributionArgs) (*cloudfront.DistributionArgs, error) {
	functions, err := d.newFunctions(ctx, name, a)
	if err != nil {
		return nil, err
	}
	signers, err := d.newSigningKeys(ctx, name, a)
	if err != nil {
		return nil, err
	}
	headers, err := d.newHeaders(ctx, name, a)
	if err != nil {
		return nil, err
	}
	origins, err := d.addOrigins(ctx, a)
	if err != nil {
		return nil, err
	}
	has := parts{functions, signers, headers}
	args := &cloudfront.DistributionArgs{
		Comment: pulumi.String(name), Enabled: pulumi.Bool(*a.Enabled), IsIpv6Enabled: pulumi.Bool(*a.Ipv6),
		HttpVersion: pulumi.String(a.Http), PriceClass: pulumi.String(a.PriceClass), WaitForDeployment: pulumi.Bool(*a.WaitForDeployment),
		Origins: origins, OriginGroups: originGroups(a.OriginGroups),
		DefaultCacheBehavior: asDefault(a.Default.behavior("", has)), OrderedCacheBehaviors: behaviors(a.Paths, has),
		WebAclId: base.Optional(a.WebAclArn), Restrictions: a.Geo.restrictions(), ViewerCertificate: a.viewerCertificate(),
		CustomErrorResponses: a.errorResponses(),
	}
	if len(a.Aliases) > 0 {
		args.Aliases = pulumi.ToStringArray(a.Aliases)
	}
	if a.RootObject != "" {
		args.DefaultRootObject = pulumi.String(a.RootObject)
	}
	return args, nil
}

func (a *DistributionArgs) viewerCertificate() cloudfront.DistributionViewerCertificateArgs {
	if a.CertificateArn == nil {
		return cloudfront.DistributionViewerCertificateArgs{CloudfrontDefaultCertificate: pulumi.Bool(true)}
	}
	return cloudfront.DistributionViewerCertificateArgs{
		AcmCertificateArn: base.Optional(a.CertificateArn), MinimumProtocolVersion: pulumi.String(a.MinimumTls), SslSupportMethod: pulumi.String("sni-only"),
	}
}

// restrictions are those of countries. Without a list, the provider would keep the last one,
// which AWS refuses next to "none".
func (g *GeoArgs) restrictions() cloudfront.DistributionRestrictionsArgs {
	geo := cloudfront.DistributionRestrictionsGeoRestrictionArgs{RestrictionType: pulumi.String("none"), Locations: pulumi.StringArray{}}
	if g != nil && len(g.Allow) > 0 {
		geo.RestrictionType, geo.Locations = pulumi.String("whitelist"), pulumi.ToStringArray(g.Allow)
	} else if g != nil {
		geo.RestrictionType, geo.Locations = pulumi.String("blacklist"), pulumi.ToStringArray(g.Deny)
	}
	return cloudfront.DistributionRestrictionsArgs{GeoRestriction: geo}
}

// failing is a text that fails whatever takes it.
func failing(err error) pulumi.StringOutput {
	return pulumi.String("").ToStringOutput().ApplyT(func(string) (string, error) { return "", err }).(pulumi.StringOutput)
}

// child names a child: the component's name and the parts, joined by hyphens.
func (d *Distribution) child(parts ...string) string {
	return strings.Join(append([]string{d.name}, parts...), "-")
}

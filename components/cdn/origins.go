package cdn

import (
	"crypto/sha256"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudfront"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/storage"
)

// addOrigins makes what origins need, and the origins themselves, in the order of their
// keys.
func (d *Distribution) addOrigins(ctx *pulumi.Context, a *DistributionArgs) (cloudfront.DistributionOriginArray, error) {
	access, err := d.addAccess(ctx, a)
	if err != nil {
		return nil, err
	}
	var origins cloudfront.DistributionOriginArray
	for _, key := range base.SortedKeys(a.Origins) {
		o := a.Origins[key]
		origin := cloudfront.DistributionOriginArgs{
			OriginId: pulumi.String(key), CustomHeaders: o.headers(),
			ConnectionAttempts: pulumi.Int(o.ConnectionAttempts), ConnectionTimeout: pulumi.Int(o.ConnectionSeconds),
		}
		if o.Path != "" {
			origin.OriginPath = pulumi.String(o.Path)
		}
		if o.ShieldRegion != "" {
			origin.OriginShield = cloudfront.DistributionOriginOriginShieldArgs{
				Enabled: pulumi.Bool(true), OriginShieldRegion: pulumi.String(o.ShieldRegion),
			}
		}
		switch {
		case o.Bucket.own():
			made, err := d.addBucket(ctx, key, a)
			if err != nil {
				return nil, err
			}
			origin.DomainName, origin.OriginAccessControlId = made.BucketRegionalDomainName, access[bucket]
		case o.Bucket != nil:
			origin.DomainName, origin.OriginAccessControlId = o.Bucket.DomainName, access[bucket]
		case o.LoadBalancer != nil:
			id, err := d.addVpcOrigin(ctx, key, o.LoadBalancer)
			if err != nil {
				return nil, err
			}
			origin.DomainName = o.LoadBalancer.DnsName
			origin.VpcOriginConfig = cloudfront.DistributionOriginVpcOriginConfigArgs{
				VpcOriginId: id, OriginReadTimeout: pulumi.Int(o.ReadSeconds), OriginKeepaliveTimeout: pulumi.Int(o.KeepAliveSeconds),
			}
		case o.PublicLoadBalancer != nil:
			origin.DomainName, origin.CustomOriginConfig = o.PublicLoadBalancer.DnsName, o.overHttps(o.PublicLoadBalancer.Port)
		case o.FunctionUrl != nil:
			origin.DomainName, origin.CustomOriginConfig = o.FunctionUrl.DomainName, o.overHttps(443)
			origin.OriginAccessControlId = access[functionUrl]
		default:
			origin.DomainName, origin.CustomOriginConfig = o.Custom.DomainName, o.overHttps(o.Custom.Port)
		}
		origins = append(origins, origin)
	}
	return origins, nil
}

// overHttps is a server on the internet. The port for HTTP has to be given and is not used.
func (o OriginArgs) overHttps(port int) cloudfront.DistributionOriginCustomOriginConfigArgs {
	return cloudfront.DistributionOriginCustomOriginConfigArgs{
		HttpPort: pulumi.Int(80), HttpsPort: pulumi.Int(port), OriginProtocolPolicy: pulumi.String("https-only"),
		OriginSslProtocols: pulumi.ToStringArray([]string{"TLSv1.2"}),
		OriginReadTimeout:  pulumi.Int(o.ReadSeconds), OriginKeepaliveTimeout: pulumi.Int(o.KeepAliveSeconds),
	}
}

func (o OriginArgs) headers() cloudfront.DistributionOriginCustomHeaderArrayInput {
	headers := base.Merge(o.Headers)
	if p := o.PublicLoadBalancer; p != nil {
		headers[p.SecretHeader] = pulumi.ToSecret(p.Secret.ToStringOutput()).(pulumi.StringOutput)
	}
	if len(headers) == 0 {
		return nil
	}
	var list cloudfront.DistributionOriginCustomHeaderArray
	for _, name := range base.SortedKeys(headers) {
		list = append(list, cloudfront.DistributionOriginCustomHeaderArgs{Name: pulumi.String(name), Value: headers[name]})
	}
	return list
}

// addAccess registers one origin access control for each kind of origin that CloudFront
// signs its requests for, so that adding another origin of a kind adds none.
func (d *Distribution) addAccess(ctx *pulumi.Context, a *DistributionArgs) (map[kind]pulumi.StringInput, error) {
	ids := map[kind]pulumi.StringInput{}
	for _, key := range base.SortedKeys(a.Origins) {
		of := a.Origins[key].kind()
		signed := map[kind]string{bucket: "s3", functionUrl: "lambda"}[of]
		if signed == "" || ids[of] != nil {
			continue
		}
		child := d.child("access", signed)
		control, err := cloudfront.NewOriginAccessControl(ctx, child, &cloudfront.OriginAccessControlArgs{
			Description:                   pulumi.Sprintf("Distribution %s", d.name),
			OriginAccessControlOriginType: pulumi.String(signed), SigningBehavior: pulumi.String("always"), SigningProtocol: pulumi.String("sigv4"),
		}, pulumi.Parent(d))
		if err != nil {
			return nil, fmt.Errorf("create origin access control %s: %w", child, err)
		}
		ids[of] = control.ID().ToStringOutput()
	}
	return ids, nil
}

// addBucket makes an own bucket, which nobody but this distribution reads.
func (d *Distribution) addBucket(ctx *pulumi.Context, key string, a *DistributionArgs) (*s3.BucketV2, error) {
	b, opts := a.Origins[key].Bucket, []pulumi.ResourceOption{pulumi.Parent(d)}
	if b.Provider != nil {
		opts = append(opts, pulumi.Provider(b.Provider))
	}
	made, err := storage.New(ctx, d.child("bucket", key), storage.Args{
		KmsKeyArn: b.KmsKeyArn, NoncurrentDays: b.NoncurrentDays, ForceDestroy: b.ForceDestroy, Protect: *a.DeletionProtection, Tags: a.Tags,
		Statements: func(bucketArn pulumi.StringOutput) []iampolicy.Statement {
			statements := []iampolicy.Statement{readStatement(bucketArn, "StringEquals", d.DistributionArn)}
			if a.tellsMissing() {
				statements = append(statements, listStatement(bucketArn, "StringEquals", d.DistributionArn))
			}
			return statements
		},
	}, opts...)
	if err != nil {
		return nil, err
	}
	d.Buckets[key] = made.Bucket
	return made.Bucket, nil
}

// addVpcOrigin makes CloudFront's way to a load balancer inside its VPC. AWS changes
// nothing about one that is in use, not even a tag: every change makes a new one, the
// distribution moves over, and the old one goes. The name is new with it.
func (d *Distribution) addVpcOrigin(ctx *pulumi.Context, key string, l *LoadBalancerArgs) (pulumi.StringInput, error) {
	child, protocol, ports := d.child("vpc", key), "https-only", [2]int{80, l.Port}
	if l.PlaintextHttp {
		protocol, ports = "http-only", [2]int{l.Port, 443}
	}
	name := l.Arn.ToStringOutput().ApplyT(func(arn string) string {
		digest := sha256.Sum256(fmt.Append(nil, arn, protocol, ports))
		return fmt.Sprintf("%s-%x", child, digest[:4])
	}).(pulumi.StringOutput)
	origin, err := cloudfront.NewVpcOrigin(ctx, child, &cloudfront.VpcOriginArgs{
		VpcOriginEndpointConfig: cloudfront.VpcOriginVpcOriginEndpointConfigArgs{
			Name: name, Arn: l.Arn, HttpPort: pulumi.Int(ports[0]), HttpsPort: pulumi.Int(ports[1]), OriginProtocolPolicy: pulumi.String(protocol),
			OriginSslProtocols: cloudfront.VpcOriginVpcOriginEndpointConfigOriginSslProtocolsArgs{
				Items: pulumi.ToStringArray([]string{"TLSv1.2"}), Quantity: pulumi.Int(1),
			},
		},
	}, pulumi.Parent(d), pulumi.ReplaceOnChanges([]string{"vpcOriginEndpointConfig"}), pulumi.IgnoreChanges([]string{"tags", "tagsAll"}))
	if err != nil {
		return nil, fmt.Errorf("create VPC origin %s: %w", child, err)
	}
	return origin.ID().ToStringOutput(), nil
}

func originGroups(groups map[string]OriginGroupArgs) cloudfront.DistributionOriginGroupArrayInput {
	if len(groups) == 0 {
		return nil
	}
	var list cloudfront.DistributionOriginGroupArray
	for _, key := range base.SortedKeys(groups) {
		g := groups[key]
		list = append(list, cloudfront.DistributionOriginGroupArgs{
			OriginId:         pulumi.String(key),
			FailoverCriteria: cloudfront.DistributionOriginGroupFailoverCriteriaArgs{StatusCodes: pulumi.ToIntArray(g.Statuses)},
			Members: cloudfront.DistributionOriginGroupMemberArray{
				cloudfront.DistributionOriginGroupMemberArgs{OriginId: pulumi.String(g.First)},
				cloudfront.DistributionOriginGroupMemberArgs{OriginId: pulumi.String(g.Second)},
			},
		})
	}
	return list
}

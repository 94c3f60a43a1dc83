package cdn

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// OriginArgs are where content comes from: exactly one of Bucket, LoadBalancer,
// PublicLoadBalancer, FunctionUrl and Custom.
type OriginArgs struct {
	// Bucket is a bucket that nobody but CloudFront reads, of one's own or an existing one.
	// Default: no bucket.
	Bucket *BucketArgs `pulumi:"bucket,optional"`
	// LoadBalancer is a load balancer in private subnets, reached inside its VPC.
	// Default: no load balancer.
	LoadBalancer *LoadBalancerArgs `pulumi:"loadBalancer,optional"`
	// PublicLoadBalancer is one that the internet can reach, and that takes requests with
	// a secret header only: for where LoadBalancer cannot be had. Default: none.
	PublicLoadBalancer *PublicLoadBalancerArgs `pulumi:"publicLoadBalancer,optional"`
	// FunctionUrl is a Lambda function's URL, with IAM authentication. Default: no function.
	FunctionUrl *FunctionUrlArgs `pulumi:"functionUrl,optional"`
	// Custom is any other server that speaks HTTPS on the internet. Default: no server.
	Custom *CustomArgs `pulumi:"custom,optional"`

	// Path is put before every path, such as "/v2". Default: none.
	Path string `pulumi:"path,optional"`
	// ShieldRegion is a region near the origin whose cache all others ask first, such as
	// "eu-central-1". Default: none.
	ShieldRegion string `pulumi:"shieldRegion,optional"`
	// ConnectionAttempts is how often a connection is tried, 1 to 3, before the next
	// origin of a group is asked. Default: 3.
	ConnectionAttempts int `pulumi:"connectionAttempts,optional"`
	// ConnectionSeconds is for how long each attempt waits, 1 to 10. Default: 10.
	ConnectionSeconds int `pulumi:"connectionSeconds,optional"`
	// ReadSeconds is for how long an answer is waited for, 1 to 120; above 60 the account
	// needs a higher quota. Default: 30, which cannot be changed for buckets.
	ReadSeconds int `pulumi:"readSeconds,optional"`
	// KeepAliveSeconds is for how long an idle connection is kept, 1 to 120: less than the
	// origin's own idle timeout. Default: 5, which cannot be changed for buckets.
	KeepAliveSeconds int `pulumi:"keepAliveSeconds,optional"`
	// Headers are sent to the origin over those of the viewer, by name. Default: none.
	Headers map[string]pulumi.StringInput `pulumi:"headers,optional"`
}

// BucketArgs are a bucket. Without DomainName, one is made: private, encrypted, with
// versions, and read by this distribution alone.
type BucketArgs struct {
	// DomainName is the regional domain name of an existing bucket, whose policy needs
	// ReadStatement, and ListStatement if it should tell what is missing. Default: a bucket is
	// made.
	DomainName pulumi.StringInput `pulumi:"domainName,optional"`
	// Provider is an AWS provider of another region for the own bucket, such as the second
	// of a group. Default: the component's.
	Provider pulumi.ProviderResource
	// KmsKeyArn is a key of the own bucket's region that encrypts it. Its policy must let
	// cloudfront.amazonaws.com decrypt for the account's distributions. Default: a key of S3
	// itself (SSE-S3).
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// NoncurrentDays is how long an object of the own bucket can be had back once it was
	// overwritten or deleted. Default: 30.
	NoncurrentDays int `pulumi:"noncurrentDays,optional"`
	// ForceDestroy lets the own bucket be deleted with the objects in it. Default: false.
	ForceDestroy bool `pulumi:"forceDestroy,optional"`
}

// LoadBalancerArgs are a load balancer in private subnets. Its VPC needs an internet
// gateway, which carries none of the traffic, and its security group a rule that lets in
// CloudFront's managed prefix list.
type LoadBalancerArgs struct {
	// Arn is the load balancer's ARN. One that is replaced is followed: see the package.
	Arn pulumi.StringInput `pulumi:"arn"`
	// DnsName is the load balancer's own name.
	DnsName pulumi.StringInput `pulumi:"dnsName"`
	// PlaintextHttp asks without encryption, over CloudFront's own network and the VPC.
	// Default: false; then its certificate must cover the name that viewers ask for.
	PlaintextHttp bool `pulumi:"plaintextHttp,optional"`
	// Port is the listener's port. Default: 443, or 80 with PlaintextHttp.
	Port int `pulumi:"port,optional"`
}

// PublicLoadBalancerArgs are a load balancer on the internet. Its certificate must cover
// the name that viewers ask for.
type PublicLoadBalancerArgs struct {
	// DnsName is the load balancer's own name, or one that leads to it.
	DnsName pulumi.StringInput `pulumi:"dnsName"`
	// Port is the listener's port. Default: 443.
	Port int `pulumi:"port,optional"`
	// SecretHeader is the header that the listener's rules ask for. Default: X-Origin-Secret.
	SecretHeader string `pulumi:"secretHeader,optional"`
	// Secret is the header's value, which only CloudFront and the listener know.
	Secret pulumi.StringInput `pulumi:"secret"`
}

// FunctionUrlArgs are a Lambda function's URL. A request with a body needs its SHA-256
// from the viewer, in the header x-amz-content-sha256: Lambda takes no other.
type FunctionUrlArgs struct {
	// DomainName is the host of the URL.
	DomainName pulumi.StringInput `pulumi:"domainName"`
	// FunctionName is the function's name.
	FunctionName pulumi.StringInput `pulumi:"functionName"`
	// Qualifier is the alias whose URL it is. Default: the function itself.
	Qualifier pulumi.StringInput `pulumi:"qualifier,optional"`
	// Provider is an AWS provider of the function's region. Default: the component's.
	Provider pulumi.ProviderResource
}

// CustomArgs are a server on the internet, which is asked by HTTPS under its own name unless
// Forwarding says otherwise.
type CustomArgs struct {
	// DomainName is the server's name.
	DomainName pulumi.StringInput `pulumi:"domainName"`
	// Port is the server's port. Default: 443.
	Port int `pulumi:"port,optional"`
}

// OriginGroupArgs are two origins of one kind. Only GET, HEAD and OPTIONS can fail over.
type OriginGroupArgs struct {
	// First is the key of the origin that is asked first.
	First string `pulumi:"first"`
	// Second is the key of the origin that is asked when the first fails.
	Second string `pulumi:"second"`
	// Statuses are the answers that count as failed, besides none at all: of 400, 403,
	// 404, 416, 429, 500, 502, 503 and 504. Default: 500, 502, 503 and 504.
	Statuses []int `pulumi:"statuses,optional"`
}

// secretHeader is the usual header of a PublicLoadBalancer.
const secretHeader = "X-Origin-Secret" // #nosec G101 -- a name

func (o OriginArgs) withDefaults() OriginArgs {
	base.Default(&o.ConnectionAttempts, 3)
	base.Default(&o.ConnectionSeconds, 10)
	if o.Bucket == nil {
		base.Default(&o.ReadSeconds, 30)
		base.Default(&o.KeepAliveSeconds, 5)
	} else if o.Bucket.own() {
		o.Bucket = base.CopyOf(o.Bucket)
		base.Default(&o.Bucket.NoncurrentDays, 30)
	}
	if o.LoadBalancer != nil {
		o.LoadBalancer = base.CopyOf(o.LoadBalancer)
		port := 443
		if o.LoadBalancer.PlaintextHttp {
			port = 80
		}
		base.Default(&o.LoadBalancer.Port, port)
	}
	if o.PublicLoadBalancer != nil {
		o.PublicLoadBalancer = base.CopyOf(o.PublicLoadBalancer)
		base.Default(&o.PublicLoadBalancer.Port, 443)
		base.Default(&o.PublicLoadBalancer.SecretHeader, secretHeader)
	}
	if o.Custom != nil {
		o.Custom = base.CopyOf(o.Custom)
		base.Default(&o.Custom.Port, 443)
	}
	return o
}

func (g OriginGroupArgs) withDefaults() OriginGroupArgs {
	if g.Statuses == nil {
		g.Statuses = []int{500, 502, 503, 504}
	}
	return g
}

// own reports whether the bucket is made here.
func (b *BucketArgs) own() bool { return b != nil && b.DomainName == nil }

package cdn

// kind is what an origin is, as far as it decides how it is asked.
type kind string

const (
	bucket       kind = "bucket"
	loadBalancer kind = "load balancer"
	functionUrl  kind = "function URL"
	custom       kind = "custom server"
)

// usual is how an origin is asked unless somebody says otherwise.
type usual struct {
	caching    Caching
	forwarding Forwarding
	// shared is what is forwarded where one answer is kept for many viewers: nothing that
	// tells them apart.
	shared  Forwarding
	methods Methods
}

// A load balancer hears the name that the viewer asked for, by which its rules and its
// certificate go. The others answer to their own name only; a bucket and a function's URL
// would refuse a signature made for another.
var usualOf = map[kind]usual{
	bucket:       {CachingOptimized, NoForwarding, NoForwarding, ReadMethods},
	loadBalancer: {CachingDisabled, AllViewer, HostHeaderOnly, AllMethods},
	functionUrl:  {CachingDisabled, AllViewerExceptHost, NoForwarding, AllMethods},
	custom:       {CachingDisabled, AllViewerExceptHost, NoForwarding, AllMethods},
}

// The policies that AWS manages, which have the same ids in every account.
var (
	cachePolicyIds = map[Caching]string{
		CachingOptimized:        "658327ea-f89d-4fab-a63d-7e88639e58f6",
		CachingDisabled:         "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
		CachingByOrigin:         "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
		CachingByOriginAndQuery: "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
	}
	originRequestPolicyIds = map[Forwarding]string{
		AllViewer:           "216adef6-5c7f-47e4-b989-5492eafa07d3",
		AllViewerExceptHost: "b689b0a8-53d0-40ab-baf2-68738e2966ac",
		HostHeaderOnly:      "bf0718e1-ba1e-49d1-88b1-f726733018ae",
		CorsToBucket:        "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
	}
)

var methodsOf = map[Methods][]string{
	ReadMethods:           {"GET", "HEAD"},
	ReadMethodsAndOptions: {"GET", "HEAD", "OPTIONS"},
	AllMethods:            {"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"},
}

func (o OriginArgs) kind() kind {
	switch {
	case o.Bucket != nil:
		return bucket
	case o.LoadBalancer != nil, o.PublicLoadBalancer != nil:
		return loadBalancer
	case o.FunctionUrl != nil:
		return functionUrl
	}
	return custom
}

// kindOf is the kind of an origin, or of a group's first, by key.
func (a *DistributionArgs) kindOf(key string) kind {
	if group, ok := a.OriginGroups[key]; ok {
		key = group.First
	}
	return a.Origins[key].kind()
}

// hasCertificate tells that an origin, or one of a group's, is a load balancer that is asked
// by HTTPS: CloudFront wants its certificate to be for the host that it hears.
func (a *DistributionArgs) hasCertificate(key string) bool {
	if group, ok := a.OriginGroups[key]; ok {
		return a.hasCertificate(group.First) || a.hasCertificate(group.Second)
	}
	o := a.Origins[key]
	return o.PublicLoadBalancer != nil || o.LoadBalancer != nil && !o.LoadBalancer.PlaintextHttp
}

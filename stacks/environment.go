package stacks

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
)

// ConfigKey is the stack configuration key that holds the whole environment.
const ConfigKey = "plinth:environment"

// Profile says what an environment is for. It sets defaults of size and the least that
// is accepted; it never relaxes protection by itself.
type Profile string

// The profiles.
const (
	// Development starts small and may be relaxed.
	Development Profile = "development"
	// Production starts at three zones' worth of servers and has a floor: two zones or
	// more, a NAT gateway in each, TLS on every listener, logs on.
	Production Profile = "production"
)

// Environment is the configuration of one stack.
type Environment struct {
	// Profile is development or production. Required.
	Profile Profile `json:"profile,omitzero"`
	// Region is the AWS region, such as us-east-1. Required.
	Region string `json:"region,omitzero"`
	// AccountId is the 12-digit account that the stack may be deployed to; the provider
	// refuses any other. Required.
	AccountId string `json:"accountId,omitzero"`
	// Owner is the team that answers for the stack; it becomes a tag. Required.
	Owner string `json:"owner,omitzero"`
	// Tags are put on every resource. Default: none beyond environment, owner,
	// project and managed-by.
	Tags map[string]string `json:"tags,omitzero"`
	// DeletionProtection makes AWS refuse to delete the load balancers, the database and buckets
	// with logs in them, and the engine to delete keys, data and backups. To tear a stack down,
	// turn it off and deploy first. Default: true.
	DeletionProtection *bool `json:"deletionProtection,omitzero"`
	// CustomerManagedKey encrypts volumes and logs with a key of the stack's own, at 1 USD
	// a month, and not with the keys that AWS owns. Default: true.
	CustomerManagedKey *bool `json:"customerManagedKey,omitzero"`
	// LogRetentionDays is how long flow logs and access logs are kept. Default: 365 in
	// production, 14 in development.
	LogRetentionDays int `json:"logRetentionDays,omitzero"`
	// AlertEmails are told of alarms and of what happens to the data, once they have confirmed.
	// Default: nobody.
	AlertEmails []string `json:"alertEmails,omitzero"`
	// Network is the VPC. Required.
	Network NetworkConfig `json:"network,omitzero"`
	// Web is the public tier: nginx behind the public load balancer. Required.
	Web TierConfig `json:"web,omitzero"`
	// App is the internal tier: Node.js behind the internal load balancer. Required.
	App TierConfig `json:"app,omitzero"`
	// Database is the application tier's relational database. Default: none.
	Database *DatabaseConfig `json:"database,omitzero"`
	// Cache is the application tier's Valkey cache. Default: none.
	Cache *CacheConfig `json:"cache,omitzero"`
	// Recovery backs the data up, with copies in a second region. Default: only what the
	// stores keep themselves.
	Recovery *RecoveryConfig `json:"recovery,omitzero"`
	// Edge is CloudFront in front of the web tier. Default: none; clients reach its load balancer.
	Edge *EdgeConfig `json:"edge,omitzero"`
	// Firewall is the web ACL in front of the web tier. Default: none.
	Firewall *FirewallConfig `json:"firewall,omitzero"`
	// Cluster is the Kubernetes cluster that the services run in. Default: none.
	Cluster *ClusterConfig `json:"cluster,omitzero"`
	// Services are microservices by name, each deployed and scaled by itself. Default: none.
	Services map[string]ServiceConfig `json:"services,omitzero"`
	// Queues are queues by name, for services and functions, each with one for dead letters. Default: none.
	Queues map[string]QueueConfig `json:"queues,omitzero"`
	// Topics are topics by name, whose messages reach queues. Default: none.
	Topics map[string]TopicConfig `json:"topics,omitzero"`
	// Buckets are private buckets by name. Default: none.
	Buckets map[string]BucketConfig `json:"buckets,omitzero"`
	// Functions are functions by name, each called by what happens elsewhere. Default: none.
	Functions map[string]FunctionConfig `json:"functions,omitzero"`
}

// NetworkConfig configures the VPC.
type NetworkConfig struct {
	// CidrBlock is the VPC's IPv4 block, /16 to /22. Default: 10.0.0.0/16.
	CidrBlock string `json:"cidrBlock,omitzero"`
	// Zones are the availability zones by name, one to six. Zones can be added and removed
	// later; the subnets of the others stay as they are. Required.
	Zones []string `json:"zones,omitzero"`
	// Nat is how private subnets reach the internet: PerZone, Single, Instance (one small
	// server, development only) or None. Default: PerZone.
	Nat string `json:"nat,omitzero"`
	// FlowLogs records accepted and rejected connections. Default: true.
	FlowLogs *bool `json:"flowLogs,omitzero"`
	// Endpoints are sets of interface endpoints, such as Ssm, Logs or Ecr; each service in
	// each zone costs about 7.30 USD a month. Default: none.
	Endpoints []string `json:"endpoints,omitzero"`
	// Ipv6 gives the VPC and its subnets IPv6 as well. Default: false.
	Ipv6 bool `json:"ipv6,omitzero"`
}

// TierConfig configures a tier: a load balancer and the servers behind it.
type TierConfig struct {
	// CertificateArn is the ACM certificate of the load balancer's HTTPS listener, in the
	// stack's region. Required, unless plaintext is true.
	CertificateArn string `json:"certificateArn,omitzero"`
	// Plaintext serves HTTP without TLS. Development only. Default: false.
	Plaintext bool `json:"plaintext,omitzero"`
	// DomainName is the tier's DNS name; the certificate must cover it. Required in
	// production.
	DomainName string `json:"domainName,omitzero"`
	// HostedZoneId is the Route 53 zone that gets the alias record of domainName. Default: no
	// record is made.
	HostedZoneId string `json:"hostedZoneId,omitzero"`
	// AllowedCidrs may reach the load balancer. Default: 0.0.0.0/0 for the web tier, or with
	// an edge nobody else, and nobody but the web servers for the application tier.
	AllowedCidrs []string `json:"allowedCidrs,omitzero"`
	// DeletionProtection is to be false, in a deploy of its own, before the load balancer is replaced by
	// another: before edge is given or taken away. Default: that of the stack.
	DeletionProtection *bool `json:"deletionProtection,omitzero"`
	// InstanceTypes are tried in this order of preference; all arm64. Default: m7g.large in
	// production, t4g.small in development.
	InstanceTypes []string `json:"instanceTypes,omitzero"`
	// MinSize is the least number of servers. Default: one a zone in production, 1 in
	// development.
	MinSize int `json:"minSize,omitzero"`
	// MaxSize is the greatest number of servers. Default: four times minSize.
	MaxSize int `json:"maxSize,omitzero"`
	// SpotPercentage is the share of servers above minSize that run on Spot capacity, 0 to
	// 100. Default: 0.
	SpotPercentage int `json:"spotPercentage,omitzero"`
	// CpuTarget is the average CPU load, in percent, that scaling aims for. Default: 50.
	CpuTarget int `json:"cpuTarget,omitzero"`
	// RequestsPerTarget is the number of requests a minute and server that scaling aims
	// for as well. Default: 1000.
	RequestsPerTarget int `json:"requestsPerTarget,omitzero"`
	// OffHours stops all servers outside working hours. Default: never.
	OffHours *OffHoursConfig `json:"offHours,omitzero"`
}

// OffHoursConfig is a daily pause.
type OffHoursConfig struct {
	// Stop is the cron expression at which servers stop, such as "0 20 * * MON-FRI". Required.
	Stop string `json:"stop,omitzero"`
	// Start is the cron expression at which they start again. Required.
	Start string `json:"start,omitzero"`
	// TimeZone is an IANA name, such as Europe/Berlin. Default: Etc/UTC.
	TimeZone string `json:"timeZone,omitzero"`
}

// ParseEnvironment decodes, completes and checks the configuration of a stack. Its
// error lists every problem with its path below plinth:environment.
func ParseEnvironment(text string) (*Environment, error) {
	var errs fielderr.List
	var env Environment
	decode(text, &env, &errs)
	env.setDefaults()
	env.validate(&errs)
	if err := errs.Err(ConfigKey); err != nil {
		return nil, err
	}
	return &env, nil
}

// setDefaults is the one place where profiles differ.
func (e *Environment) setDefaults() {
	production := e.Profile != Development
	instanceType, minSize, retention := "t4g.small", 1, 14
	if production {
		instanceType, minSize, retention = "m7g.large", max(len(e.Network.Zones), 1), 365
	}
	defaultTo(&e.LogRetentionDays, retention)
	defaultTo(&e.Network.CidrBlock, "10.0.0.0/16")
	defaultTo(&e.Network.Nat, "PerZone")
	for _, flag := range []**bool{&e.DeletionProtection, &e.CustomerManagedKey, &e.Network.FlowLogs} {
		refTo(flag, true)
	}
	if e.Web.AllowedCidrs == nil && e.Edge == nil {
		e.Web.AllowedCidrs = []string{"0.0.0.0/0"}
		if e.Network.Ipv6 {
			e.Web.AllowedCidrs = append(e.Web.AllowedCidrs, "::/0")
		}
	}
	for _, tier := range []*TierConfig{&e.Web, &e.App} {
		if tier.InstanceTypes == nil {
			tier.InstanceTypes = []string{instanceType}
		}
		refTo(&tier.DeletionProtection, *e.DeletionProtection)
		defaultTo(&tier.MinSize, minSize)
		defaultTo(&tier.MaxSize, 4*tier.MinSize)
		defaultTo(&tier.CpuTarget, 50)
		defaultTo(&tier.RequestsPerTarget, 1000)
		if tier.OffHours != nil {
			defaultTo(&tier.OffHours.TimeZone, "Etc/UTC")
		}
	}
	e.setDataDefaults()
	e.setClusterDefaults()
	e.setEdgeDefaults()
	e.setFunctionDefaults()
}

func defaultTo[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

var (
	regionForm      = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	accountForm     = regexp.MustCompile(`^[0-9]{12}$`)
	certificateForm = regexp.MustCompile(`^arn:aws[a-z-]*:acm:([a-z0-9-]+):([0-9]{12}):certificate/[0-9a-zA-Z-]+$`)
	emailForm       = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	domainForm      = regexp.MustCompile(`^(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	// What CloudWatch Logs accepts.
	retentions = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653}
)

func (e *Environment) validate(errs *fielderr.List) {
	oneOf(errs, "profile", string(e.Profile), string(Development), string(Production))
	matches(errs, "region", e.Region, regionForm, "a region such as us-east-1")
	matches(errs, "accountId", e.AccountId, accountForm, "12 digits")
	if e.Owner == "" {
		errs.Required("owner")
	}
	for _, key := range sortedKeys(e.Tags) {
		if key == "" || len(key) > 128 || strings.HasPrefix(strings.ToLower(key), "aws:") {
			errs.At("tags").Add(fielderr.Key(key), "a tag key has 1 to 128 characters and does not begin with aws:")
		}
	}
	for i, address := range e.AlertEmails {
		if !emailForm.MatchString(address) || slices.Contains(e.AlertEmails[:i], address) {
			errs.Invalid(fielderr.Join("alertEmails", fielderr.Index(i)), address, "must be an e-mail address, and be listed once")
		}
	}
	if !slices.Contains(retentions, e.LogRetentionDays) {
		errs.Invalid("logRetentionDays", e.LogRetentionDays, "CloudWatch Logs keeps logs for one of %s days", joinInts(retentions))
	}
	e.validateNetwork(errs.At("network"))
	e.validateTier(errs.At("web"), &e.Web)
	e.validateTier(errs.At("app"), &e.App)
	e.validateData(errs)
	e.validateCluster(errs)
	e.validateEdge(errs)
	e.validateFunctions(errs)
}

// validateNetwork checks what the stack decides; the Vpc component checks the rest.
func (e *Environment) validateNetwork(errs *fielderr.List) {
	n := e.Network
	validateCidrs(errs, "cidrBlock", []string{n.CidrBlock}, false)
	if len(n.Zones) == 0 {
		errs.Required("zones")
	}
	validateZones(errs, n.Zones, e.Region)
	oneOf(errs, "nat", n.Nat, "PerZone", "Single", "Instance", "None")
	if e.Profile == Production {
		if len(n.Zones) == 1 {
			errs.Add("zones", "production needs two zones or more, to survive the loss of one")
		}
		if n.Nat == "Single" || n.Nat == "Instance" {
			errs.Invalid("nat", n.Nat, "production needs PerZone, so that no zone depends on another, or None")
		}
		if !*n.FlowLogs {
			errs.Invalid("flowLogs", false, "production keeps flow logs")
		}
	}
}

func validateZones(errs *fielderr.List, zones []string, region string) {
	for i, zone := range zones {
		at := errs.At("zones", fielderr.Index(i))
		if region != "" && (len(zone) != len(region)+1 || !strings.HasPrefix(zone, region)) {
			at.Invalid("", zone, "is not a zone of %s, such as %sa", region, region)
		}
		if slices.Contains(zones[:i], zone) {
			at.Invalid("", zone, "is listed twice")
		}
	}
}

func (e *Environment) validateTier(errs *fielderr.List, t *TierConfig) {
	e.validateServing(errs, t.CertificateArn, t.DomainName, t.HostedZoneId, t.Plaintext)
	validateCidrs(errs, "allowedCidrs", t.AllowedCidrs, true)
	if t.MinSize < 1 || t.MaxSize < t.MinSize {
		errs.Invalid("minSize", t.MinSize, "must be 1 or more and not above maxSize (%d)", t.MaxSize)
	}
	if e.Profile == Production && t.MinSize < 2 {
		errs.Invalid("minSize", t.MinSize, "production runs two servers or more")
	}
	between(errs, "spotPercentage", t.SpotPercentage, 0, 100)
	between(errs, "cpuTarget", t.CpuTarget, 1, 100)
	if t.RequestsPerTarget < 1 {
		errs.Invalid("requestsPerTarget", t.RequestsPerTarget, "must be 1 or more")
	}
	if t.OffHours != nil {
		at := errs.At("offHours")
		if e.Profile == Production {
			at.Add("", "production does not stop")
		}
		if t.OffHours.Stop == "" {
			at.Required("stop")
		}
		if t.OffHours.Start == "" {
			at.Required("start")
		}
	}
}

// validateServing checks how a load balancer serves: by TLS under a name of its own, or in
// plain text.
func (e *Environment) validateServing(errs *fielderr.List, certificate, domain, zone string, plaintext bool) {
	switch parts := certificateForm.FindStringSubmatch(certificate); {
	case plaintext && certificate != "":
		errs.Conflict("plaintext", "certificateArn", "a load balancer has either TLS or plain HTTP")
	case plaintext && e.Profile == Production:
		errs.Invalid("plaintext", true, "production serves TLS only; set certificateArn")
	case plaintext:
	case certificate == "":
		errs.Required("certificateArn")
	case parts == nil:
		errs.Invalid("certificateArn", certificate, "is not the ARN of an ACM certificate")
	case parts[1] != e.Region || parts[2] != e.AccountId:
		errs.Invalid("certificateArn", certificate, "must be in region %s and account %s", e.Region, e.AccountId)
	}
	if domain != "" || e.Profile == Production {
		matches(errs, "domainName", domain, domainForm, "a DNS name such as www.example.com")
	}
	if zone != "" && domain == "" {
		errs.Add("hostedZoneId", "needs domainName")
	}
}

func validateCidrs(errs *fielderr.List, field string, blocks []string, list bool) {
	for i, block := range blocks {
		path := field
		if list {
			path = fielderr.Join(field, fielderr.Index(i))
		}
		prefix, err := netip.ParsePrefix(block)
		switch {
		case err != nil:
			errs.Invalid(path, block, "is not an address block such as 10.0.0.0/16")
		case prefix != prefix.Masked():
			errs.Invalid(path, block, "has host bits set; the block is %s", prefix.Masked())
		}
	}
}

// overlap reports whether two address blocks share an address.
func overlap(a, b string) bool {
	first, err := netip.ParsePrefix(a)
	second, also := netip.ParsePrefix(b)
	return err == nil && also == nil && first.Overlaps(second)
}

func matches(errs *fielderr.List, path, value string, form *regexp.Regexp, what string) {
	if value == "" {
		errs.Required(path)
	} else if !form.MatchString(value) {
		errs.Invalid(path, value, "must be %s", what)
	}
}

func oneOf(errs *fielderr.List, path, value string, allowed ...string) {
	if value == "" {
		errs.Required(path)
	} else if !slices.Contains(allowed, value) {
		errs.Unsupported(path, value, allowed...)
	}
}

func between(errs *fielderr.List, path string, value, low, high int) {
	if value < low || value > high {
		errs.Invalid(path, value, "must be %d to %d", low, high)
	}
}

func joinInts(values []int) string {
	return strings.Trim(strings.ReplaceAll(fmt.Sprint(values), " ", ", "), "[]")
}

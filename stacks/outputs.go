package stacks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/bucket"
	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/components/queue"
	"github.com/plinth-iac/plinth/components/registry"
	"github.com/plinth-iac/plinth/components/topic"
)

// Output is one exported value. Names and meanings are a contract: other projects read
// them by stack reference.
type Output struct {
	// Name is the name in the stack's outputs.
	Name string
	// Meaning says what the value is.
	Meaning string

	value func(*platform) pulumi.Input
}

// Outputs are all exported values.
var Outputs = []Output{
	{"region", "AWS region", func(p *platform) pulumi.Input { return pulumi.String(p.env.Region) }},
	{"vpcId", "Id of the VPC", func(p *platform) pulumi.Input { return p.vpc.VpcId }},
	{"publicSubnetIds", "Public subnets, in order of zone", func(p *platform) pulumi.Input { return p.vpc.PublicSubnetIds }},
	{"privateSubnetIds", "Private subnets, in order of zone", func(p *platform) pulumi.Input { return p.vpc.PrivateSubnetIds }},
	{"isolatedSubnetIds", "Isolated subnets, in order of zone", func(p *platform) pulumi.Input { return p.vpc.IsolatedSubnetIds }},
	{"subnetLayout", "IPv4 block of every subnet", func(p *platform) pulumi.Input { return p.vpc.SubnetLayout }},
	{"natPublicIps", "Addresses that private subnets come from", func(p *platform) pulumi.Input { return p.vpc.NatPublicIps }},
	{"webUrl", "Where clients reach the web tier", func(p *platform) pulumi.Input { return p.webUrl() }},
	{"webDnsName", "DNS name of the web tier's load balancer", func(p *platform) pulumi.Input { return p.web.balancer.DnsName }},
	{"webGroupName", "Auto Scaling group of the web servers", func(p *platform) pulumi.Input { return p.web.group.GroupName }},
	{"webSecurityGroupId", "Security group of the web servers", func(p *platform) pulumi.Input { return p.web.group.SecurityGroupId }},
	{"appUrl", "Where the web tier reaches the application tier", func(p *platform) pulumi.Input { return p.app.url }},
	{"appDnsName", "DNS name of the internal load balancer", func(p *platform) pulumi.Input { return p.app.balancer.DnsName }},
	{"appGroupName", "Auto Scaling group of the application servers", func(p *platform) pulumi.Input { return p.app.group.GroupName }},
	{"appSecurityGroupId", "Security group of the application servers", func(p *platform) pulumi.Input { return p.app.group.SecurityGroupId }},
	{"databaseHost", "Where the application reaches the database; empty without one", func(p *platform) pulumi.Input { return p.databaseHost() }},
	{"databaseReplicaHosts", "The database's replicas, by name", func(p *platform) pulumi.Input { return p.replicaHosts() }},
	{"databaseSecurityGroupId", "Security group of the database; empty without one", func(p *platform) pulumi.Input { return p.databaseGroup() }},
	{"cacheHost", "Where the application reaches the cache; empty without one", func(p *platform) pulumi.Input { return p.cacheHost() }},
	{"clusterName", "Name of the Kubernetes cluster; empty without one", func(p *platform) pulumi.Input { return p.clusterName() }},
	{"servicesUrl", "Where the tiers reach the services; empty if none has a path", func(p *platform) pulumi.Input { return p.servicesUrl() }},
	{"repositories", "Where images are pushed to, by service", func(p *platform) pulumi.Input {
		return byName(p.shop.repositories, func(r *registry.Repository) pulumi.StringOutput { return r.RepositoryUrl })
	}},
	{"queueUrls", "The queues by name", func(p *platform) pulumi.Input {
		return byName(p.queues, func(q *queue.Queue) pulumi.StringOutput { return q.QueueUrl })
	}},
	{"topicArns", "The topics by name", func(p *platform) pulumi.Input {
		return byName(p.topics, func(t *topic.Topic) pulumi.StringOutput { return t.TopicArn })
	}},
	{"bucketNames", "The buckets' names in AWS, by name", func(p *platform) pulumi.Input {
		return byName(p.buckets, func(b *bucket.Bucket) pulumi.StringOutput { return b.BucketName })
	}},
	{"functionNames", "The functions' names in AWS, by name", func(p *platform) pulumi.Input {
		return byName(p.functions, func(f *function.Function) pulumi.StringOutput { return f.FunctionName })
	}},
	{"edgeDnsName", "DNS name of the edge, for names outside Route 53; empty without an edge", func(p *platform) pulumi.Input { return p.edgeDnsName() }},
	{"distributionId", "Id of the edge's distribution, for invalidations; empty without an edge", func(p *platform) pulumi.Input { return p.distributionId() }},
	{"recoveryObjectives", "What each failure costs in data and time, by class of data", func(p *platform) pulumi.Input { return p.objectiveTable() }},
}

func (p *platform) databaseHost() pulumi.StringInput {
	switch db := p.data.database; {
	case db == nil:
		return pulumi.String("")
	case p.env.Database.Proxy:
		return db.ProxyEndpoint
	default:
		return db.Address
	}
}

// databasePort is where clients of databaseHost connect to.
func (p *platform) databasePort() int {
	if p.env.Database.Proxy {
		return p.data.database.ProxyPort
	}
	return p.data.database.Port
}

func (p *platform) replicaHosts() pulumi.StringMapInput {
	if p.data.database == nil {
		return pulumi.StringMap{}
	}
	return p.data.database.ReplicaAddresses
}

func (p *platform) databaseGroup() pulumi.StringInput {
	if p.data.database == nil {
		return pulumi.String("")
	}
	return p.data.database.SecurityGroupId
}

func (p *platform) cacheHost() pulumi.StringInput {
	if p.data.cache == nil {
		return pulumi.String("")
	}
	return p.data.cache.PrimaryEndpoint
}

func (p *platform) clusterName() pulumi.StringInput {
	if p.shop.cluster == nil {
		return pulumi.String("")
	}
	return p.shop.cluster.ClusterName
}

// servicesUrl is the load balancer of the services: by its name, or as AWS calls it.
func (p *platform) servicesUrl() pulumi.StringInput {
	if len(p.env.routed()) == 0 {
		return pulumi.String("")
	}
	scheme := map[bool]string{true: "http", false: "https"}[p.env.Cluster.Plaintext]
	if p.env.Cluster.DomainName != "" {
		return pulumi.String(scheme + "://" + p.env.Cluster.DomainName)
	}
	return pulumi.Sprintf("%s://%s", scheme, p.servicesHost())
}

// byName are an output of each of many things.
func byName[T any](things map[string]T, output func(T) pulumi.StringOutput) pulumi.StringMap {
	outputs := pulumi.StringMap{}
	for name, thing := range things {
		outputs[name] = output(thing)
	}
	return outputs
}

func (p *platform) distributionId() pulumi.StringInput {
	if p.distribution == nil {
		return pulumi.String("")
	}
	return p.distribution.DistributionId
}

func (p *platform) edgeDnsName() pulumi.StringInput {
	if p.distribution == nil {
		return pulumi.String("")
	}
	return p.distribution.DomainName
}

// webUrl is where clients reach the web tier: through the edge if there is one, which speaks
// TLS to them whatever the load balancer does.
func (p *platform) webUrl() pulumi.StringInput {
	switch {
	case p.distribution == nil:
		return p.web.url
	case p.env.Web.DomainName != "":
		return pulumi.String("https://" + p.env.Web.DomainName)
	}
	return pulumi.Sprintf("https://%s", p.distribution.DomainName)
}

// objectiveTable has a line for each class of data and failure.
func (p *platform) objectiveTable() pulumi.Map {
	table := pulumi.Map{}
	for class, reached := range p.env.objectives() {
		table[class] = pulumi.ToStringMap(reached.Table())
	}
	for name, bucket := range p.buckets {
		table["bucket-"+name] = pulumi.ToStringMap(bucket.Objectives.Table())
	}
	return table
}

func (p *platform) export() error {
	for _, output := range Outputs {
		value := output.value(p)
		if value == nil {
			return fmt.Errorf("output %s has no value", output.Name)
		}
		p.ctx.Export(output.Name, value)
	}
	return nil
}

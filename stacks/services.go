package stacks

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/eks"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/network"
	"github.com/plinth-iac/plinth/components/queue"
	"github.com/plinth-iac/plinth/components/registry"
	"github.com/plinth-iac/plinth/components/workload"
)

// namespace is where the services run.
const namespace = "shop"

// mostOrder is the last place in which a load balancer's rules are asked.
const mostOrder = 1000

// serviceTier is the cluster with the services in it. Without a cluster it is empty.
type serviceTier struct {
	cluster      *eks.Cluster
	services     map[string]*workload.Service
	repositories map[string]*registry.Repository
}

// newServiceTier makes what is configured.
func (p *platform) newServiceTier() error {
	if p.env.Cluster == nil {
		return nil
	}
	var err error
	if p.shop.cluster, err = p.newCluster(); err != nil {
		return underConfig(err, "cluster")
	}
	p.shop.services = map[string]*workload.Service{}
	p.shop.repositories = map[string]*registry.Repository{}
	space, err := workload.NewNamespace(p.ctx, namespace, &workload.NamespaceArgs{Cluster: p.shop.cluster.Cluster}, p.workloads())
	if err != nil {
		return err
	}
	// What runs comes after what it runs on, and goes before it.
	ready := pulumi.OutputWithDependencies(p.ctx.Context(), space.Name, p.shop.cluster.Ready...).(pulumi.StringOutput)
	for _, name := range sortedKeys(p.env.Services) {
		if p.shop.repositories[name], err = p.newRepository(name); err != nil {
			return underConfig(err, "services."+name)
		}
		if p.shop.services[name], err = p.newService(name, ready); err != nil {
			return underConfig(err, "services."+name)
		}
	}
	return p.nameServices()
}

// nameServices makes the record of the services' load balancer. The cluster made the load
// balancer, so there is nothing for an alias to refer to.
func (p *platform) nameServices() error {
	if p.env.Cluster.HostedZoneId == "" || len(p.env.routed()) == 0 {
		return nil
	}
	_, err := route53.NewRecord(p.ctx, "services", &route53.RecordArgs{
		ZoneId: pulumi.String(p.env.Cluster.HostedZoneId), Name: pulumi.String(p.env.Cluster.DomainName),
		Type: pulumi.String("CNAME"), Ttl: pulumi.Int(60), Records: pulumi.StringArray{p.servicesHost()},
	}, p.single)
	if err != nil {
		return fmt.Errorf("name the services' load balancer: %w", err)
	}
	return nil
}

// servicesHost is the load balancer that all services with a path share.
func (p *platform) servicesHost() pulumi.StringOutput {
	return p.shop.services[p.env.routed()[0]].LoadBalancerHost
}

// workloads are the providers of what runs in the cluster, and of its roles.
func (p *platform) workloads() pulumi.ResourceOption {
	return pulumi.Providers(p.provider, p.shop.cluster.Kubernetes)
}

// newRepository makes where the service's own images are pushed to.
func (p *platform) newRepository(service string) (*registry.Repository, error) {
	protected := p.env.Services[service].DeletionProtection
	return registry.NewRepository(p.ctx, service, &registry.RepositoryArgs{
		Region: p.env.Region, AccountId: p.env.AccountId, Name: fmt.Sprintf("%s-%s/%s", p.ctx.Project(), p.ctx.Stack(), service),
		KmsKeyArn: arn(p.keys.cluster), AwsManagedKey: p.keys.cluster == nil,
		DeletionProtection: protected, ForceDelete: !*protected,
	}, p.components)
}

func (p *platform) newService(name string, space pulumi.StringInput) (*workload.Service, error) {
	c := p.env.Services[name]
	args := &workload.ServiceArgs{
		Namespace: space, ClusterName: p.shop.cluster.ClusterName, Region: p.env.Region, AccountId: p.env.AccountId,
		Cluster: p.shop.cluster.Cluster,
		Image:   pulumi.String(c.Image), Port: c.Port,
		Health:      &workload.HealthArgs{LivePath: c.HealthPath, ReadyPath: c.ReadyPath},
		Resources:   &workload.ResourcesArgs{Cpu: c.Cpu, Memory: c.Memory},
		Scaling:     &workload.ScalingArgs{Min: c.MinReplicas, Max: c.MaxReplicas, CpuPercent: c.CpuTarget, MemoryPercent: c.MemoryTarget},
		Environment: map[string]pulumi.StringInput{}, Egress: map[string]workload.EgressArgs{}, Calls: map[string]workload.CallArgs{},
		Callers: p.env.callers(name),
	}
	for key, value := range c.Environment {
		args.Environment[key] = pulumi.String(value)
	}
	for _, other := range c.Calls {
		args.Calls[other] = workload.CallArgs{Port: p.env.Services[other].Port}
		args.Environment[variable(other, "URL")] = pulumi.String(fmt.Sprintf("http://%s.%s:%d", other, namespace, p.env.Services[other].Port))
	}
	p.connect(name, args)
	if c.Path != "" {
		args.Routes = &workload.RoutesArgs{
			IngressClassName: pulumi.String(servicesClass), LoadBalancerCidrs: p.cidrsOf(network.TierIsolated), PlainHttp: p.env.Cluster.Plaintext,
			Order: mostOrder - len(c.Path), // a longer path is asked first, whosever it is
			Rules: map[string]workload.RuleArgs{"main": {Host: p.env.Cluster.DomainName, Path: c.Path}},
		}
	}
	if zones := len(p.env.Network.Zones); zones > 2 && c.MinReplicas > 1 {
		args.MinZones = zones - 1 // with one zone lost, too
	}
	if c.Canary != nil {
		args.Canary = &workload.CanaryArgs{Image: pulumi.String(c.Canary.Image), Weight: c.Canary.Weight}
	}
	return workload.NewService(p.ctx, name, args, p.workloads())
}

// connect gives a service its stores and queues: where they are, that it may, and a way
// through its network policy.
func (p *platform) connect(name string, args *workload.ServiceArgs) {
	c := p.env.Services[name]
	for _, store := range c.Uses {
		switch store {
		case usesDatabase:
			port := p.databasePort()
			p.locate(args, "DATABASE", pulumi.StringMap{
				"HOST": p.databaseHost(), "PORT": pulumi.String(strconv.Itoa(port)), "NAME": pulumi.String(databaseName), "USER": pulumi.String(name),
			})
			args.Statements = append(args.Statements, p.data.database.ConnectStatement(name))
			args.Egress[store] = workload.EgressArgs{Cidrs: p.cidrsOf(network.TierIsolated), Port: port}
		case usesCache:
			c := p.data.cache
			p.locate(args, "CACHE", pulumi.StringMap{
				"HOST": c.PrimaryEndpoint, "PORT": pulumi.String(strconv.Itoa(c.Port)), "READER": c.ReaderEndpoint,
				"USER": c.UserNames.MapIndex(pulumi.String(name)),
			})
			args.Statements = append(args.Statements, c.ConnectStatement(name))
			args.Egress[store] = workload.EgressArgs{Cidrs: p.cidrsOf(network.TierIsolated), Port: c.Port}
		}
	}
	for _, list := range []struct {
		queues     []string
		statements func(*queue.Queue) []iampolicy.Statement
	}{{c.Sends, (*queue.Queue).SendStatements}, {c.Receives, (*queue.Queue).ReceiveStatements}} {
		for _, name := range list.queues {
			q := p.queues[name]
			args.Statements = append(args.Statements, list.statements(q)...)
			p.locate(args, "QUEUE", pulumi.StringMap{variable(name, "URL"): q.QueueUrl})
		}
	}
	args.Statements = append(args.Statements, p.access(c.Reads, c.Writes, c.Publishes, args.Environment)...)
	if len(c.Sends)+len(c.Receives)+len(c.Publishes)+len(c.Reads)+len(c.Writes) > 0 { // AWS's own services have no addresses in the network
		args.Egress["aws"] = workload.EgressArgs{Cidrs: pulumi.ToStringArray([]string{"0.0.0.0/0"}), Port: 443}
	}
}

// locate adds variables of a kind to a service's environment.
func (p *platform) locate(args *workload.ServiceArgs, kind string, values pulumi.StringMap) {
	for key, value := range values {
		args.Environment[kind+"_"+key] = value
	}
}

// variable is a name as environments have them.
func variable(parts ...string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.Join(parts, "_"), "-", "_"))
}

// cidrsOf are the address blocks of a tier's subnets, by zone.
func (p *platform) cidrsOf(tier string) pulumi.StringArray {
	var blocks pulumi.StringArray
	zones := slices.Sorted(slices.Values(p.env.Network.Zones))
	for _, zone := range zones {
		blocks = append(blocks, p.vpc.SubnetLayout.MapIndex(pulumi.String(tier+"-"+zone[len(zone)-1:])))
	}
	return blocks
}

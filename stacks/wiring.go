package stacks

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/connect"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/secret"
)

// edge is one way through the network.
type edge struct {
	name     string
	from, to connect.Peer
	port     connect.Port
	why      string
}

// wire opens every network edge between the parts of the stack, and grants what they may
// do to each other. The network itself opens two more edges where it has them: to its
// interface endpoints and to its NAT instance; and the cluster one: to its API server. The VPC's resolver and clock need none:
// security groups do not filter them.
//
//	clients, or the edge -> web balancer -> web servers -> app balancer -> app servers
//	                           web servers, app servers -> HTTPS: packages, Systems Manager
//	app servers -> database proxy -> database <- password rotation -> Secrets Manager
//	app servers -> cache, and the database's replicas
//	web servers, app servers -> services' balancer -> services -> database proxy, cache
//
// Which service reaches which, and which of them a store, is in the services' own network
// policies: security groups know nodes only.
func (p *platform) wire() error {
	for _, e := range slices.Concat(p.servingEdges(), p.dataEdges(), p.clusterEdges()) {
		if err := connect.Allow(p.ctx, e.name, e.from, e.to, e.port, e.why, p.single); err != nil {
			return err
		}
	}
	return p.grant()
}

func (p *platform) servingEdges() []edge {
	webBalancer := connect.SecurityGroup(p.web.balancer.SecurityGroupId)
	webServers := connect.SecurityGroup(p.web.group.SecurityGroupId)
	appBalancer := connect.SecurityGroup(p.app.balancer.SecurityGroupId)
	appServers := connect.SecurityGroup(p.app.group.SecurityGroupId)

	edges := []edge{
		{"web-balancer-to-servers", webBalancer, webServers, connect.Tcp(webPort), "Requests and health checks to the web servers"},
		{"web-to-app", webServers, appBalancer, connect.Tcp(p.app.listens()), "Web servers call the application"},
		{"app-balancer-to-servers", appBalancer, appServers, connect.Tcp(appPort), "Requests and health checks to the application servers"},
		{"web-to-https", webServers, connect.Cidr("0.0.0.0/0"), connect.Tcp(443), "Packages and Systems Manager"},
		{"app-to-https", appServers, connect.Cidr("0.0.0.0/0"), connect.Tcp(443), "Packages and Systems Manager"},
	}
	if p.env.Network.Ipv6 {
		edges = append(edges,
			edge{"web-to-https6", webServers, connect.Cidr("::/0"), connect.Tcp(443), "Packages and Systems Manager over IPv6"},
			edge{"app-to-https6", appServers, connect.Cidr("::/0"), connect.Tcp(443), "Packages and Systems Manager over IPv6"})
	}
	if p.env.Edge != nil {
		// No redirect of plain HTTP: the edge does it, and AWS counts the list as 55 rules of 60.
		edges = append(edges, edge{
			"edge-to-web", connect.PrefixList(pulumi.String(p.env.Edge.PrefixListId)), webBalancer, connect.Tcp(p.web.listens()), "CloudFront",
		})
	}
	for _, client := range []struct {
		tier     *tier
		name     string
		balancer connect.Peer
	}{{p.web, "web", webBalancer}, {p.app, "app", appBalancer}} {
		for _, cidr := range client.tier.config.AllowedCidrs {
			edges = append(edges, edge{
				fmt.Sprintf("clients-to-%s-%s", client.name, cidr), connect.Cidr(cidr), client.balancer,
				connect.Tcp(client.tier.listens()), "Clients of the " + client.name + " tier",
			})
			if !client.tier.config.Plaintext {
				edges = append(edges, edge{
					fmt.Sprintf("clients-to-%s-redirect-%s", client.name, cidr), connect.Cidr(cidr), client.balancer,
					connect.Tcp(80), "Clients that are redirected to HTTPS",
				})
			}
		}
	}
	return edges
}

func (p *platform) dataEdges() []edge {
	var edges []edge
	servers := connect.SecurityGroup(p.app.group.SecurityGroupId)
	if db := p.data.database; db != nil {
		instances, port := connect.SecurityGroup(db.SecurityGroupId), connect.Tcp(db.Port)
		if p.env.Database.Proxy {
			proxy := connect.SecurityGroup(db.ProxySecurityGroupId)
			edges = append(edges,
				edge{"app-to-database-proxy", servers, proxy, connect.Tcp(db.ProxyPort), "Queries of the application"},
				edge{"database-proxy-to-database", proxy, instances, port, "Pooled connections"})
		}
		if near := p.nearReplicas(); len(near) > 0 || !p.env.Database.Proxy {
			// Replicas have the group of the primary, and no proxy.
			edges = append(edges, edge{"app-to-database", servers, instances, port, "Queries of the application"})
		}
		if p.env.Database.Password != passwordManaged {
			rotation := connect.SecurityGroup(db.RotationSecurityGroupId)
			edges = append(edges,
				edge{"rotation-to-database", rotation, instances, port, "A new password"},
				edge{"rotation-to-secrets", rotation, connect.Cidr(p.env.Network.CidrBlock), connect.Tcp(443), "The endpoint of Secrets Manager"})
		}
	}
	if c := p.data.cache; c != nil {
		edges = append(edges, edge{"app-to-cache", servers, connect.SecurityGroup(c.SecurityGroupId), connect.Tcp(c.Port), "Cache of the application"})
	}
	return edges
}

// clusterEdges are the ways from the services to their stores, and from the tiers to the services.
func (p *platform) clusterEdges() []edge {
	if p.shop.cluster == nil {
		return nil
	}
	nodes := connect.SecurityGroup(p.shop.cluster.SecurityGroupId)
	var edges []edge
	if len(p.env.users(usesDatabase)) > 0 {
		to := connect.SecurityGroup(p.data.database.SecurityGroupId)
		if p.env.Database.Proxy {
			to = connect.SecurityGroup(p.data.database.ProxySecurityGroupId)
		}
		edges = append(edges, edge{"services-to-database", nodes, to, connect.Tcp(p.databasePort()), "Queries of the services"})
	}
	if len(p.env.users(usesCache)) > 0 {
		c := p.data.cache
		edges = append(edges, edge{"services-to-cache", nodes, connect.SecurityGroup(c.SecurityGroupId), connect.Tcp(c.Port), "Cache of the services"})
	}
	if port := p.env.Cluster.listens(); port != 443 { // every server may reach any HTTPS
		for _, client := range []struct {
			name string
			tier *tier
		}{{"web", p.web}, {"app", p.app}} {
			edges = append(edges, edge{
				client.name + "-to-services", connect.SecurityGroup(client.tier.group.SecurityGroupId), connect.Cidr(p.env.Network.CidrBlock),
				connect.Tcp(port), "The load balancer of the services",
			})
		}
	}
	return edges
}

// grant lets the application's servers log in to its stores, and tells them where those
// are: as parameters under /<project>/<stack>/app, which they read when they need them. The
// servers need not wait for a database that way.
func (p *platform) grant() error {
	places := map[string]pulumi.StringInput{}
	var statements []iampolicy.Statement
	if db := p.data.database; db != nil {
		places["database/host"], places["database/port"] = p.databaseHost(), pulumi.String(strconv.Itoa(p.databasePort()))
		places["database/name"], places["database/user"] = pulumi.String(databaseName), pulumi.String(appUser)
		statements = append(statements, db.ConnectStatement(appUser))
		for _, name := range p.nearReplicas() {
			places["database/replicas/"+name] = db.Replicas[name].Address // of all addresses, it would wait for all replicas
			connect, err := db.ReplicaConnectStatement(name, readerUser)
			if err != nil {
				return err
			}
			statements = append(statements, connect)
		}
	}
	if c := p.data.cache; c != nil {
		places["cache/host"], places["cache/port"] = c.PrimaryEndpoint, pulumi.String(strconv.Itoa(c.Port))
		places["cache/reader"], places["cache/user"] = c.ReaderEndpoint, c.UserNames.MapIndex(pulumi.String(appUser))
		statements = append(statements, c.ConnectStatement(appUser))
	}
	if len(p.env.routed()) > 0 {
		places["services/url"] = p.servicesUrl()
	}
	if len(places) == 0 {
		return nil
	}
	parameters, err := secret.NewParameters(p.ctx, "app-places", &secret.ParametersArgs{
		Region: p.env.Region, AccountId: p.env.AccountId, Path: fmt.Sprintf("/%s/%s/app", p.ctx.Project(), p.ctx.Stack()), Values: places,
	}, p.components)
	if err != nil {
		return err
	}
	_, err = iam.NewRolePolicy(p.ctx, "app-data", &iam.RolePolicyArgs{
		Role: p.app.group.RoleName, Policy: iampolicy.Document(append(statements, parameters.ReadStatement())...),
	}, p.single)
	if err != nil {
		return fmt.Errorf("grant the application its stores: %w", err)
	}
	return nil
}

// nearReplicas are the database's replicas in the stack's own region.
func (p *platform) nearReplicas() []string {
	var near []string
	for _, name := range sortedKeys(p.env.Database.Replicas) {
		if !p.env.Database.Replicas[name].InRecoveryRegion {
			near = append(near, name)
		}
	}
	return near
}

// listens is the port of the services' load balancer.
func (c *ClusterConfig) listens() int { return listener(c.Plaintext) }

// listens is the port of the tier's load balancer.
func (t *tier) listens() int { return listener(t.config.Plaintext) }

// listener is where a load balancer serves.
func listener(plaintext bool) int {
	if plaintext {
		return 80
	}
	return 443
}

package stacks

import (
	"fmt"

	"github.com/plinth-iac/plinth/components/connect"
)

// wire opens every network edge between the parts of the stack. The network itself opens
// two more where it has them: to its interface endpoints and to its NAT instance. The
// VPC's resolver and clock need none: security groups do not filter them.
//
//	clients -> web balancer -> web servers -> app balancer -> app servers
//	                           web servers, app servers -> HTTPS: packages, Systems Manager
func (p *platform) wire() error {
	webBalancer := connect.SecurityGroup(p.web.balancer.SecurityGroupId)
	webServers := connect.SecurityGroup(p.web.group.SecurityGroupId)
	appBalancer := connect.SecurityGroup(p.app.balancer.SecurityGroupId)
	appServers := connect.SecurityGroup(p.app.group.SecurityGroupId)

	type edge struct {
		name     string
		from, to connect.Peer
		port     connect.Port
		why      string
	}
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
	for _, e := range edges {
		if err := connect.Allow(p.ctx, e.name, e.from, e.to, e.port, e.why, p.single); err != nil {
			return err
		}
	}
	return nil
}

// listens is the port of the tier's load balancer.
func (t *tier) listens() int {
	if t.config.Plaintext {
		return 80
	}
	return 443
}

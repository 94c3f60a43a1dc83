package aws

import (
	"fmt"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// StandOutside puts callers of clusters outside the clusters' networks.
func (w *World) StandOutside() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.outside = true
}

// reach says why the API server of a cluster does not answer: it can be reached by its public endpoint, and by its private one from inside
// the network if one of the cluster's groups admits somebody.
func (r *Request) reach(c *Resource) error {
	if c.Props.Get("vpcConfig.endpointPublicAccess") != false {
		return nil
	}
	groups := append(c.Props.Strs("vpcConfig.securityGroupIds"), c.Props.Str("vpcConfig.clusterSecurityGroupId"))
	if !r.outside && slices.ContainsFunc(groups, func(g string) bool { return r.opens(g, 443) }) {
		return nil
	}
	address, host := c.Props.Str("endpoint"), ""
	for _, id := range c.Props.Strs("vpcConfig.subnetIds") {
		if s := r.Find("ec2.subnet", id); s != nil && host == "" {
			host = someAddress(s, address)
		}
	}
	return fmt.Errorf("unable to load schema information from the API server: Get \"%s/openapi/v2?timeout=32s\": dial tcp %s:443: %w", address, host, ground.ErrTimeout)
}

// opens says whether a security group admits TCP to a port from anywhere but itself.
func (r *Request) opens(group string, port int) bool {
	for _, rule := range r.With("vpc.securityGroupIngressRule", "securityGroupId", group) {
		if rule.Props.Str("referencedSecurityGroupId") != group && spans(rule.Props, "ipProtocol", port) {
			return true
		}
	}
	for _, rule := range r.With("ec2.securityGroupRule", "securityGroupId", group) {
		if rule.Props.Str("type") == "ingress" && !rule.Props.Bool("self") && rule.Props.Str("sourceSecurityGroupId") != group && spans(rule.Props, "protocol", port) {
			return true
		}
	}
	own := r.Find("ec2.securityGroup", group)
	return own != nil && slices.ContainsFunc(own.Props.Objs("ingress"), func(rule Obj) bool {
		return spans(rule, "protocol", port) && (rule.Has("cidrBlocks") || rule.Has("ipv6CidrBlocks") || rule.Has("prefixListIds") || rule.Has("securityGroups"))
	})
}

// spans says whether a rule is for TCP and a port, among others.
func spans(rule Obj, protocol string, port int) bool {
	switch strings.ToLower(rule.Str(protocol)) {
	case "-1", "all":
		return true
	case "tcp", "6":
		return rule.Int("fromPort") <= port && port <= rule.Int("toPort")
	}
	return false
}

package aws

import (
	"errors"
	"fmt"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

// permits are the policies of AWS that hold what controllers do, for EKS itself and for pods.
var permits = map[string]struct{ cluster, pods string }{
	"ec2:RunInstances":                        {"AmazonEKSComputePolicy", "AmazonEC2FullAccess"},
	"ec2:CreateNetworkInterface":              {"AmazonEKSNetworkingPolicy", "AmazonEC2FullAccess"},
	"ec2:CreateVolume":                        {"AmazonEKSBlockStoragePolicy", "AmazonEBSCSIDriverPolicy AmazonEBSCSIDriverEKSClusterScopedPolicy AmazonEC2FullAccess"},
	"elasticloadbalancing:CreateLoadBalancer": {"AmazonEKSLoadBalancingPolicy", "ElasticLoadBalancingFullAccess"},
}

// Permit says why a controller may not do something: its role does not allow it, or it has none.
func (w *World) Permit(address string, by ground.Agent, action string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, r, err := w.controller(address)
	if err != nil {
		return err
	}
	arn, managed := c.Props.Str("roleArn"), permits[action].cluster
	if by != (ground.Agent{}) {
		managed = permits[action].pods
		if arn, err = r.roleOf(c, by); err != nil {
			return err
		}
	}
	role, _ := r.byARN("iam.role", arn)
	if role == nil || !r.granted(role, action, managed) {
		return fmt.Errorf("api error UnauthorizedOperation: You are not authorized to perform this operation. User: %s is not authorized to perform: %s because no identity-based policy allows the %s action", arn, action, action)
	}
	return nil
}

// roleOf finds the role of pods: by the annotation of their service account, by an association, or by one that their add-on brings.
func (r *Request) roleOf(c *Resource, by ground.Agent) (arn string, err error) {
	if by.Role != "" {
		return by.Role, nil
	}
	for _, p := range r.With("eks.podIdentityAssociation", "clusterName", c.ID) {
		if p.Props.Str("namespace") == by.Namespace && p.Props.Str("serviceAccount") == by.Account {
			arn = p.Props.Str("roleArn")
		}
	}
	if a := r.Find("eks.addon", c.ID+":"+by.Addon); a != nil {
		for _, p := range a.Props.Objs("podIdentityAssociations") {
			if p.Str("serviceAccount") == by.Account {
				arn = p.Str("roleArn")
			}
		}
		if role := a.Props.Str("serviceAccountRoleArn"); arn == "" && role != "" {
			return role, nil
		}
	}
	switch {
	case arn == "":
		return "", fmt.Errorf("get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found: service account %s/%s has no role", by.Namespace, by.Account)
	case !autoMode(c.Props) && r.Find("eks.addon", c.ID+":eks-pod-identity-agent") == nil:
		return "", errors.New("get identity: get credentials: failed to refresh cached credentials, failed to load credentials, dial tcp 169.254.170.23:80: connect: connection refused: add-on eks-pod-identity-agent is missing")
	}
	return arn, nil
}

package eks

import (
	"fmt"
	"strings"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// core is what the parts of a cluster are made of, and what they leave for each other. The
// parts are registered in the order of NewCluster's steps.
type core struct {
	ctx       *pulumi.Context
	name      string
	args      *ClusterArgs
	component *Cluster
	parent    pulumi.ResourceOption
	partition string

	// clusterName is the cluster's name in AWS, known before the cluster is made. What must
	// come after the cluster takes cluster.Name instead.
	clusterName pulumi.StringOutput
	cluster     *awseks.Cluster
	// admins are the administrators' policies, and the ways to the API server: nobody gets into
	// the cluster before them.
	admins []pulumi.Resource
	// nodeRole is the role of managed nodes, or of Auto Mode's; nodeAccess is what must be
	// there before a node can join with it.
	nodeRole   *iam.Role
	nodeAccess []pulumi.Resource
	// beforeNodes are the add-ons that managed nodes need.
	beforeNodes []pulumi.Resource
	// nodes is what the cluster's own pods can run on: node groups, or node pools.
	nodes []pulumi.Resource
	// ready is what workloads come after.
	ready []pulumi.Resource
}

// subject names a cluster in errors.
func subject(name string) string { return fmt.Sprintf("eks.Cluster %q", name) }

func (c *core) child(parts ...string) string { return c.name + "-" + strings.Join(parts, "-") }

// tags are a child's tags.
func (c *core) tags(child string) pulumi.StringMap { return base.Tags(child, c.args.Tags, nil) }

// kubernetes are the options of a Kubernetes object: it is made by the cluster's own provider,
// which comes after the administrators' access and goes before it.
func (c *core) kubernetes(opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append(opts, c.parent, pulumi.Provider(c.component.Kubernetes))
}

// withCluster are the options of an object that goes with the cluster: it owns nothing outside
// and runs no pods, so that it need not be deleted on its own.
func (c *core) withCluster(opts ...pulumi.ResourceOption) []pulumi.ResourceOption {
	return append(c.kubernetes(opts...), pulumi.DeletedWith(c.cluster))
}

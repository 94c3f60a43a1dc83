package eks

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newKubernetes makes the provider of the cluster's objects. It comes after the
// administrators' access by an explicit edge and not by its settings: those must stay known
// when an administrator comes, or a preview would show every object replaced. Access holds
// some seconds after EKS says so: the add-ons that nodes wait for anyway give it that time.
func (c *core) newKubernetes() (err error) {
	child := c.child("kubernetes")
	c.component.Kubernetes, err = kubernetes.NewProvider(c.ctx, child, &kubernetes.ProviderArgs{
		Kubeconfig: c.kubeconfig(), EnableServerSideApply: pulumi.Bool(true),
		// No other cluster ever has the address, also not one of the same name.
		ClusterIdentifier: c.cluster.Endpoint,
	}, c.parent, pulumi.DependsOn(slices.Concat(c.admins, c.beforeNodes)))
	if err != nil {
		return fmt.Errorf("create provider %s: %w", child, err)
	}
	return nil
}

// kubeconfig says how to reach the cluster. It holds no secret: the AWS CLI makes a token for
// whoever runs it, each time.
func (c *core) kubeconfig() pulumi.StringOutput {
	command := pulumi.Array{
		pulumi.String("eks"), pulumi.String("get-token"), pulumi.String("--cluster-name"), c.cluster.Name,
		pulumi.String("--region"), pulumi.String(c.args.Region), pulumi.String("--output"), pulumi.String("json"),
	}
	if role := c.args.KubernetesRoleArn; role != nil {
		command = append(command, pulumi.String("--role-arn"), role)
	}
	named := func(kind string, value pulumi.Map) pulumi.Array {
		return pulumi.Array{pulumi.Map{"name": c.cluster.Name, kind: value}}
	}
	return pulumi.JSONMarshal(pulumi.Map{
		"apiVersion": pulumi.String("v1"), "kind": pulumi.String("Config"), "current-context": c.cluster.Name,
		"clusters": named("cluster", pulumi.Map{
			"server": c.cluster.Endpoint, "certificate-authority-data": c.cluster.CertificateAuthority.Data().Elem(),
		}),
		"contexts": named("context", pulumi.Map{"cluster": c.cluster.Name, "user": c.cluster.Name}),
		"users": named("user", pulumi.Map{"exec": pulumi.Map{
			"apiVersion": pulumi.String("client.authentication.k8s.io/v1beta1"), "command": pulumi.String("aws"), "args": command,
		}}),
	})
}

package eks

import (
	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// LookupAddonVersions asks AWS which version of each add-on EKS would choose for a version of
// Kubernetes, for AddonArgs.Version: such add-ons rise with the cluster, and whenever EKS
// chooses another one. A preview needs AWS for it, which is why no component calls it.
func LookupAddonVersions(
	ctx *pulumi.Context, clusterVersion string, names []string, opts ...pulumi.InvokeOption,
) map[string]pulumi.StringOutput {
	versions := make(map[string]pulumi.StringOutput, len(names))
	for _, name := range names {
		versions[name] = awseks.GetAddonVersionOutput(ctx, awseks.GetAddonVersionOutputArgs{
			AddonName: pulumi.String(name), KubernetesVersion: pulumi.String(clusterVersion),
		}, opts...).Version()
	}
	return versions
}

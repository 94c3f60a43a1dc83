package eks

import (
	"fmt"

	awseks "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/eks"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// entries are everybody's access: administrators are those who may do everything.
func (a *ClusterArgs) entries() map[string]AccessArgs {
	entries := base.Merge(a.Access)
	for key, admin := range a.Admins {
		entries[key] = AccessArgs{PrincipalArn: admin.PrincipalArn, Policy: ClusterAdmin}
	}
	return entries
}

// newAccess registers the entries `<name>-entry-<key>`. Their names do not say who is an
// administrator, so that one who no longer is keeps the entry.
func (c *core) newAccess() error {
	entries := c.args.entries()
	for _, key := range base.SortedKeys(entries) {
		access, child := entries[key], c.child("entry", key)
		entry, err := c.newAccessEntry(child, access.PrincipalArn, &awseks.AccessEntryArgs{
			Type: pulumi.String("STANDARD"), KubernetesGroups: pulumi.ToStringArray(access.Groups), // none takes those away that were
		})
		if err != nil {
			return err
		}
		if access.Policy == "" {
			continue
		}
		association, err := c.associate(child, entry, access.Policy, access.Namespaces)
		if err != nil {
			return err
		}
		if _, isAdmin := c.args.Admins[key]; isAdmin {
			c.admins = append(c.admins, association)
		}
	}
	return nil
}

func (c *core) newAccessEntry(child string, principal pulumi.StringInput, args *awseks.AccessEntryArgs) (*awseks.AccessEntry, error) {
	args.ClusterName, args.PrincipalArn, args.Tags = c.cluster.Name, principal, c.tags(child)
	entry, err := awseks.NewAccessEntry(c.ctx, child, args, c.parent)
	if err != nil {
		return nil, fmt.Errorf("create access entry %s: %w", child, err)
	}
	return entry, nil
}

// associate gives an entry one of EKS's policies, in some namespaces or everywhere.
func (c *core) associate(
	child string, entry *awseks.AccessEntry, policy AccessPolicy, namespaces []string,
) (*awseks.AccessPolicyAssociation, error) {
	child += "-policy"
	scope := &awseks.AccessPolicyAssociationAccessScopeArgs{Type: pulumi.String("cluster")}
	if len(namespaces) > 0 {
		scope.Type, scope.Namespaces = pulumi.String("namespace"), pulumi.ToStringArray(namespaces)
	}
	// EKS knows it by its policy: the old one, deleted last, would take the new scope with it.
	association, err := awseks.NewAccessPolicyAssociation(c.ctx, child, &awseks.AccessPolicyAssociationArgs{
		ClusterName: c.cluster.Name, PrincipalArn: entry.PrincipalArn, AccessScope: scope,
		PolicyArn: pulumi.String(fmt.Sprintf("arn:%s:eks::aws:cluster-access-policy/%s", c.partition, policy)),
	}, c.parent, pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("associate access policy %s: %w", child, err)
	}
	return association, nil
}

// newIdentityProvider makes what roles of service accounts trust, where they are asked for.
func (c *core) newIdentityProvider() error {
	none := pulumi.String("").ToStringOutput()
	c.component.OidcIssuer, c.component.OidcProviderArn = none, none
	if !c.args.Irsa {
		return nil
	}
	child := c.child("oidc")
	c.component.OidcIssuer = c.cluster.Identities.ApplyT(issuer).(pulumi.StringOutput)
	provider, err := iam.NewOpenIdConnectProvider(c.ctx, child, &iam.OpenIdConnectProviderArgs{
		Url: c.component.OidcIssuer, ClientIdLists: pulumi.ToStringArray([]string{"sts.amazonaws.com"}), Tags: c.tags(child),
	}, c.parent)
	if err != nil {
		return fmt.Errorf("create OIDC provider %s: %w", child, err)
	}
	c.component.OidcProviderArn = provider.Arn
	return nil
}

func issuer(identities []awseks.ClusterIdentity) string {
	for _, identity := range identities {
		for _, oidc := range identity.Oidcs {
			if oidc.Issuer != nil {
				return *oidc.Issuer
			}
		}
	}
	return ""
}

package registry_test

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/secretsmanager"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/registry"
	"github.com/plinth-iac/plinth/tests/lifetest"
)

func onNetwork(net *lifetest.Network) *registry.RepositoryArgs {
	return &registry.RepositoryArgs{Region: net.Region, AccountId: net.AccountId, Name: "shop/cart", KmsKeyArn: net.KmsKeyArn}
}

func deploy(ctx *pulumi.Context, net *lifetest.Network, a *registry.RepositoryArgs) error {
	_, err := registry.NewRepository(ctx, "cart", a, net.Opts)
	return err
}

type (
	change      = lifetest.Change[registry.RepositoryArgs]
	cacheChange = lifetest.Change[registry.PullThroughCacheArgs]
)

func unprotected(a *registry.RepositoryArgs, _ *lifetest.Network) {
	a.DeletionProtection = pulumi.BoolRef(false)
}

func TestTheLifeOfARepository(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.Changes("tags that move, and no scan", func(a *registry.RepositoryArgs, _ *lifetest.Network) {
		a.MutableTags, a.ScanOnPush = true, pulumi.BoolRef(false)
	}, "update cart-repository")
	l.Changes("fewer images", func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.KeepTagged = pulumi.IntRef(10) }, "replace cart-lifecycle")
	require.Contains(t, l.Resource("cart-lifecycle").Props["policy"], `"countNumber":10`, "the old policy does not take the new one along")
	l.Changes("another account", func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.PullAccounts = []string{partner} }, "create cart-policy")
	l.Changes("functions", func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.LambdaPull = true }, "update cart-policy")
	l.Changes("nobody", func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.PullAccounts, a.LambdaPull = nil, false }, "delete cart-policy")
	l.PlanRefused("another name", func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.Name = "shop/basket" }, "cart-repository", "protect")
	l.PlanRefused("another key", func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true }, "cart-repository", "protect")
	l.Refused("by force", func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.ForceDelete = true }, "forceDelete: conflicts with deletionProtection")
	l.Protected()
	l.Changes("unprotected", unprotected)
	l.Changes("another key, under the same name", func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"replace cart-repository", "replace cart-lifecycle")
	l.Destroy()
}

func TestNoArgumentReplacesARepository(t *testing.T) {
	l := lifetest.Start(t, onNetwork, deploy)
	l.Up()
	l.NeverReplaces([]string{"cart-repository"}, map[string]change{
		"region":    func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.Region = "eu-west-2" },
		"account":   func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.AccountId = partner },
		"name":      func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.Name = "cart" },
		"key":       func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
		"tags":      func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.Tags = map[string]string{"team": "shop"} },
		"mutable":   func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.MutableTags = true },
		"scan":      func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.ScanOnPush = pulumi.BoolRef(false) },
		"keep":      func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.KeepTagged = pulumi.IntRef(0) },
		"untagged":  func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.UntaggedDays = 1 },
		"accounts":  func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.PullAccounts = []string{partner} },
		"functions": func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.LambdaPull = true },
		"force":     func(a *registry.RepositoryArgs, _ *lifetest.Network) { a.ForceDelete = true },
		"protected": unprotected,
	})
}

func cacheOnNetwork(net *lifetest.Network) *registry.PullThroughCacheArgs {
	return &registry.PullThroughCacheArgs{
		Region: net.Region, AccountId: net.AccountId, KmsKeyArn: net.KmsKeyArn,
		Upstreams: map[string]registry.UpstreamArgs{"k8s": {Registry: registry.Kubernetes}, "public": {Registry: registry.EcrPublic}},
	}
}

func TestTheLifeOfACache(t *testing.T) {
	l := lifetest.Start(t, cacheOnNetwork, func(ctx *pulumi.Context, net *lifetest.Network, a *registry.PullThroughCacheArgs) error {
		login, err := secretsmanager.NewSecret(ctx, "ecr-pullthroughcache/hub", nil, pulumi.Provider(net.Provider))
		if err != nil {
			return err
		}
		hub := registry.UpstreamArgs{Registry: registry.DockerHub, CredentialArn: login.Arn}
		if _, wanted := a.Upstreams["hub"]; wanted {
			a.Upstreams["hub"] = hub
		}
		_, err = registry.NewPullThroughCache(ctx, "images", a, net.Opts)
		return err
	})
	l.Up()
	for _, c := range []struct {
		what   string
		change cacheChange
		steps  []string
	}{
		{"another upstream", func(a *registry.PullThroughCacheArgs, _ *lifetest.Network) {
			a.Upstreams["hub"] = registry.UpstreamArgs{} // with a secret of the program
		}, []string{"create images-template-hub", "create images-rule-hub", "update images-role-policy"}},
		{"fewer images", func(a *registry.PullThroughCacheArgs, _ *lifetest.Network) { a.KeepTagged = pulumi.IntRef(10) },
			[]string{"update images-template-hub", "update images-template-k8s", "update images-template-public"}},
		{"tags", func(a *registry.PullThroughCacheArgs, _ *lifetest.Network) {
			a.Tags = map[string]string{"team": "shop"}
		},
			[]string{"update images-role", "update images-template-hub", "update images-template-k8s", "update images-template-public"}},
		{"one less", func(a *registry.PullThroughCacheArgs, _ *lifetest.Network) { delete(a.Upstreams, "public") },
			[]string{"delete images-template-public", "delete images-rule-public", "update images-role-policy"}},
		{"another registry under a prefix", func(a *registry.PullThroughCacheArgs, _ *lifetest.Network) {
			a.Upstreams["k8s"] = registry.UpstreamArgs{Registry: registry.Quay}
		}, []string{"update images-template-k8s", "replace images-rule-k8s"}},
		{"AWS's key", func(a *registry.PullThroughCacheArgs, _ *lifetest.Network) { a.KmsKeyArn, a.AwsManagedKey = nil, true },
			[]string{"update images-role-policy", "update images-template-hub", "update images-template-k8s"}},
	} {
		l.Changes(c.what, c.change, c.steps...)
	}
	l.Refused("no login", func(a *registry.PullThroughCacheArgs, _ *lifetest.Network) {
		a.Upstreams["github"] = registry.UpstreamArgs{Registry: registry.GitHub}
	}, "upstreams.github.credentialArn: is required: GitHub wants a login")
	l.Destroy()
}

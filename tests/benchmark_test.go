package tests

import (
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// BenchmarkEngine measures what the engine takes for each resource of the production
// stack, beyond its start, and what the components cost: the same resources are
// registered again by hand, without components, in the same run. The cluster is left out, since
// a recording does not have what its objects are reached by; see BenchmarkServices.
func BenchmarkEngine(b *testing.B) {
	config := stackConfig(b, "prod")
	text, err := json.Marshal(withoutCluster(b, "prod"))
	require.NoError(b, err)
	config[stacks.ConfigKey] = string(text)
	graph := harness.Run(b, harness.Update, stacks.Deploy, append(committed(b, "prod"), harness.WithConfig(config))...)
	programs := map[string]pulumi.RunFunc{"components": stacks.Deploy, "raw": replay(graph), "empty": func(*pulumi.Context) error { return nil }}
	total := map[string]float64{} // seconds by program and phase
	for b.Loop() {
		for _, name := range []string{"components", "raw", "empty"} { // interleaved, so that all see the same machine
			previewed, deployed := engineSeconds(b, programs[name])
			total[name+" preview"] += previewed
			total[name+" up"] += deployed
		}
	}
	custom := 0
	for _, r := range graph.Resources {
		if r.Custom {
			custom++
		}
	}
	for _, phase := range []string{"preview", "up"} {
		perResource := func(name string) float64 {
			return (total[name+" "+phase] - total["empty "+phase]) * 1000 / float64(b.N*custom)
		}
		b.ReportMetric(perResource("components"), phase+"-ms/resource")
		b.ReportMetric(perResource("components")/perResource("raw"), phase+"-components/raw")
	}
	b.ReportMetric(float64(custom), "resources")
	b.ReportMetric(0, "ns/op") // of no use here
}

// BenchmarkCloudShare measures which part of a rehearsal the engine waits for the simulated
// cloud: the time in which it works on a request against that of the CLI. It is to stay under 5%.
func BenchmarkCloudShare(b *testing.B) {
	for _, stack := range environments {
		b.Run(stack, func(b *testing.B) {
			busy, wall := 0.0, 0.0
			for b.Loop() {
				ctx := context.Background()
				r, err := rehearsal.New(ctx, prerequisites.Options("..", stack))
				require.NoError(b, err)
				_, previewed := r.Preview(ctx)
				_, deployed := r.Up(ctx)
				_, again := r.Up(ctx, rehearsal.ExpectNoChanges())
				_, refreshed := r.Refresh(ctx)
				require.NoError(b, errors.Join(previewed, deployed, again, refreshed, r.Close()))
				busy += r.Cloud().Busy().Seconds()
				for _, phase := range r.Phases() {
					wall += phase.Seconds
				}
			}
			b.ReportMetric(100*busy/wall, "cloud-%")
			b.ReportMetric(wall/float64(b.N), "s/rehearsal")
			b.ReportMetric(0, "ns/op") // of no use here
		})
	}
}

func engineSeconds(b *testing.B, program pulumi.RunFunc) (preview, up float64) {
	b.Helper()
	ctx := context.Background()
	opts := prerequisites.Options("..", "prod")
	opts.Program, opts.Config = program, map[string]any{stacks.ConfigKey: withoutCluster(b, "prod")}
	r, err := rehearsal.New(ctx, opts)
	require.NoError(b, err)
	defer func() { require.NoError(b, r.Close()) }()
	previewed, err := r.Preview(ctx)
	require.NoError(b, err)
	deployed, err := r.Up(ctx)
	require.NoError(b, err)
	return previewed.Seconds, deployed.Seconds
}

// anything is a resource of any type, with the outputs that others take from it.
type anything struct {
	pulumi.CustomResourceState

	Arn                       pulumi.StringOutput `pulumi:"arn"`
	ArnSuffix                 pulumi.StringOutput `pulumi:"arnSuffix"`
	Bucket                    pulumi.StringOutput `pulumi:"bucket"`
	DnsName                   pulumi.StringOutput `pulumi:"dnsName"`
	ZoneId                    pulumi.StringOutput `pulumi:"zoneId"`
	KeyId                     pulumi.StringOutput `pulumi:"keyId"`
	Name                      pulumi.StringOutput `pulumi:"name"`
	LatestVersion             pulumi.IntOutput    `pulumi:"latestVersion"`
	PrimaryNetworkInterfaceId pulumi.StringOutput `pulumi:"primaryNetworkInterfaceId"`
	Identifier                pulumi.StringOutput `pulumi:"identifier"`
	ReplicationGroupId        pulumi.StringOutput `pulumi:"replicationGroupId"`
	UserGroupId               pulumi.StringOutput `pulumi:"userGroupId"`
	UserId                    pulumi.StringOutput `pulumi:"userId"`
}

// named is the output that other resources know this one by.
func (a *anything) named(token string) pulumi.StringOutput {
	switch token {
	case "aws:rds/instance:Instance":
		return a.Identifier
	case "aws:elasticache/replicationGroup:ReplicationGroup":
		return a.ReplicationGroupId
	case "aws:elasticache/userGroup:UserGroup":
		return a.UserGroupId
	case "aws:elasticache/user:User":
		return a.UserId
	}
	if strings.HasPrefix(token, "aws:s3/") {
		return a.Bucket
	}
	return a.Name
}

// replay is a program that registers a recorded graph resource by resource, with the
// same properties and the same edges. Where a property holds the recording's stand-in
// for an output of another resource, it takes the output itself.
func replay(g *harness.Graph) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		made := map[string]*anything{}
		byURN := map[string]harness.Resource{}
		for _, r := range g.Resources {
			byURN[r.URN] = r
		}
		providers := map[string]*anythingProvider{}
		var register func(r harness.Resource) error
		register = func(r harness.Resource) error {
			// What rotates a secret takes the function from a map that no recording has.
			if made[r.URN] != nil || !r.Custom || r.Type == "aws:secretsmanager/secretRotation:SecretRotation" {
				return nil
			}
			opts := []pulumi.ResourceOption{pulumi.IgnoreChanges(r.IgnoreChanges)}
			var waits []pulumi.Resource
			for _, dependency := range r.Dependencies {
				if other := byURN[dependency]; other.Custom {
					if err := register(other); err != nil {
						return err
					}
					waits = append(waits, made[dependency])
				}
			}
			if r.Type == "pulumi:providers:aws" {
				providers[r.URN] = &anythingProvider{}
				return ctx.RegisterResource(r.Type, r.Name, properties(r, made, byURN), providers[r.URN])
			}
			opts = append(opts, pulumi.DependsOn(waits), pulumi.Provider(providers[r.Provider]))
			res := &anything{}
			made[r.URN] = res
			return ctx.RegisterResource(r.Type, r.Name, properties(r, made, byURN), res, opts...)
		}
		for _, first := range []bool{true, false} {
			for _, r := range g.Resources {
				if (r.Type == "pulumi:providers:aws") == first {
					if err := register(r); err != nil {
						return err
					}
				}
			}
		}
		return nil
	}
}

type anythingProvider struct{ pulumi.ProviderResourceState }

func properties(r harness.Resource, made map[string]*anything, byURN map[string]harness.Resource) pulumi.Map {
	out := pulumi.Map{}
	for key, value := range r.Inputs {
		out[string(key)] = live(value, r.PropertyDependencies[string(key)], made, byURN)
	}
	return out
}

// live turns a recorded value into an input. Strings that contain a stand-in become
// outputs; the stand-ins are those of the harness's answers.
func live(v resource.PropertyValue, dependencies []string, made map[string]*anything, byURN map[string]harness.Resource) pulumi.Input {
	switch {
	case v.IsSecret():
		return pulumi.ToSecret(live(v.SecretValue().Element, dependencies, made, byURN))
	case v.IsArray():
		list := pulumi.Array{}
		for _, e := range v.ArrayValue() {
			list = append(list, live(e, dependencies, made, byURN))
		}
		return list
	case v.IsObject():
		m := pulumi.Map{}
		for k, e := range v.ObjectValue() {
			m[string(k)] = live(e, dependencies, made, byURN)
		}
		return m
	case v.IsString():
		return liveString(v.StringValue(), dependencies, made, byURN)
	}
	return pulumi.Any(v.V)
}

func liveString(text string, dependencies []string, made map[string]*anything, byURN map[string]harness.Resource) pulumi.Input {
	standIns := map[string]pulumi.StringOutput{}
	pattern := ""
	for _, urn := range throughOthers(dependencies, byURN) {
		res, name := made[urn], byURN[urn].Name
		if res == nil {
			continue
		}
		for standIn, output := range map[string]pulumi.StringOutput{
			name + "-id": res.ID().ToStringOutput(), "arn:aws:mock:us-east-1:111122223333:" + name: res.Arn,
			"mock/" + name + "/0123456789abcdef": res.ArnSuffix, name + ".mock.example.com": res.DnsName, "eni-" + name: res.PrimaryNetworkInterfaceId,
		} {
			standIns[standIn] = output
			pattern += "|" + regexp.QuoteMeta(standIn)
		}
		switch text {
		case name:
			return res.named(byURN[urn].Type)
		case "Z0123456789MOCK":
			return res.ZoneId
		}
	}
	if pattern == "" {
		return pulumi.String(text)
	}
	found := regexp.MustCompile(pattern[1:])
	found.Longest()
	parts, at := pulumi.Array{}, 0
	for _, span := range found.FindAllStringIndex(text, -1) {
		parts = append(parts, pulumi.String(text[at:span[0]]), standIns[text[span[0]:span[1]]])
		at = span[1]
	}
	if len(parts) == 0 {
		return pulumi.String(text)
	}
	parts = append(parts, pulumi.String(text[at:]))
	return parts.ToArrayOutput().ApplyT(func(parts []any) string {
		joined := ""
		for _, part := range parts {
			joined += part.(string)
		}
		return joined
	})
}

// throughOthers adds what the dependencies depend on: a name may be passed on.
func throughOthers(dependencies []string, byURN map[string]harness.Resource) []string {
	all := slices.Clone(dependencies)
	for _, urn := range dependencies {
		all = append(all, byURN[urn].Dependencies...)
	}
	return all
}

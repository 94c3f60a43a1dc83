package tests

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/stacks"
	"github.com/plinth-iac/plinth/tests/harness"
	"github.com/plinth-iac/plinth/tests/prerequisites"
	"github.com/plinth-iac/plinth/tests/rehearsal"
)

var environments = []string{"dev", "prod"}

// stackConfig is the configuration of a committed stack file, as the engine gives it to
// the program.
func stackConfig(t testing.TB, stack string) map[string]string {
	t.Helper()
	values, err := rehearsal.StackConfig("..", stack)
	require.NoError(t, err)
	config := map[string]string{}
	for key, value := range values {
		if s, ok := value.(string); ok {
			config[key] = s
			continue
		}
		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		config[key] = string(encoded)
	}
	return config
}

// committed runs a program as a committed stack.
func committed(t testing.TB, stack string) []harness.Option {
	t.Helper()
	return []harness.Option{
		harness.WithConfig(stackConfig(t, stack)), harness.WithSecrets(prerequisites.Secrets("..", stack)), harness.WithStack(stack),
	}
}

// eachStack runs both committed stacks in both modes.
func eachStack(t *testing.T, body func(t *testing.T, stack string, g *harness.Graph)) {
	t.Helper()
	for _, stack := range environments {
		t.Run(stack, func(t *testing.T) {
			harness.Both(t, stacks.Deploy, func(t *testing.T, g *harness.Graph) { body(t, stack, g) },
				committed(t, stack)...)
		})
	}
}

func TestTheWholeGraphOfEachStackIsAsReviewed(t *testing.T) {
	eachStack(t, func(t *testing.T, stack string, g *harness.Graph) { g.Golden(t, stack) })
}

func TestPreviewAndUpdateRegisterTheSameResources(t *testing.T) {
	for _, stack := range environments {
		require.Equal(t, harness.Run(t, harness.Update, stacks.Deploy, committed(t, stack)...).Names(),
			harness.Run(t, harness.Preview, stacks.Deploy, committed(t, stack)...).Names(), stack)
	}
}

// An invoke would need AWS at preview, and could answer differently tomorrow.
func TestTheProgramMakesNoInvoke(t *testing.T) {
	eachStack(t, func(t *testing.T, _ string, g *harness.Graph) { require.Empty(t, g.Invokes) })
}

func TestEveryResourceBelongsToAComponentOrIsOnTheStacksOwnPage(t *testing.T) {
	own := []string{ // what stacks/*.go registers directly: the providers, the topic of alerts with what it does not take, the wiring and the services' name
		"pulumi:providers:aws", "aws:sns/topic:Topic", "aws:sns/topicPolicy:TopicPolicy", "aws:iam/rolePolicy:RolePolicy",
		"aws:sqs/queue:Queue", "aws:sqs/queuePolicy:QueuePolicy", "aws:cloudwatch/metricAlarm:MetricAlarm",
		"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
		"aws:route53/record:Record",
	}
	eachStack(t, func(t *testing.T, _ string, g *harness.Graph) {
		components := map[string]string{}
		for _, r := range g.Resources {
			if !r.Custom {
				components[r.URN] = r.Name
				require.True(t, strings.HasPrefix(r.Type, "plinth:"), r.Type)
			}
		}
		for _, r := range g.Resources {
			switch {
			case !r.Custom:
			case r.Parent == "":
				require.Contains(t, own, r.Type, r.Name)
			default:
				require.Contains(t, components, r.Parent, "the parent of %s is a component", r.Name)
				require.True(t, strings.HasPrefix(r.Name, components[r.Parent]+"-"), "%s begins with its component's name", r.Name)
			}
		}
	})
}

// What is in the recovery region says so in its name.
func TestEveryResourceUsesTheProviderOfItsPlace(t *testing.T) {
	away := regexp.MustCompile(`^(recovery-(network|key|alias|copy|alerts).*|database-(replica|events|alarm-replica-lag)-far.*|(database|content)-(replica|alias)-us-west-2|(archive|assets)-(replica(-.*)?|alarm-replication-lag))$`)
	eachStack(t, func(t *testing.T, stack string, g *harness.Graph) {
		for _, r := range g.Resources {
			provider := "pulumi:providers:aws::aws"
			switch {
			case away.MatchString(r.Name):
				provider = "pulumi:providers:aws::aws-recovery"
			case strings.HasPrefix(r.Type, "kubernetes:"):
				provider = "plinth:eks:Cluster$pulumi:providers:kubernetes::cluster-kubernetes"
			}
			if r.Custom && !strings.HasPrefix(r.Type, "pulumi:providers:") {
				require.Equal(t, "urn:pulumi:"+stack+"::plinth::"+provider, r.Provider, r.Name)
			}
		}
	})
}

func TestAZoneMoreChangesNoOtherSubnet(t *testing.T) {
	config := stackConfig(t, "dev")
	before := harness.Run(t, harness.Update, stacks.Deploy, harness.WithConfig(config))
	config[stacks.ConfigKey] = strings.Replace(config[stacks.ConfigKey], `"us-east-1b"`, `"us-east-1b","us-east-1f"`, 1)
	after := harness.Run(t, harness.Update, stacks.Deploy, harness.WithConfig(config))
	const subnet = "aws:ec2/subnet:Subnet"
	require.Greater(t, len(after.OfType(subnet)), len(before.OfType(subnet)))
	for _, r := range before.OfType(subnet) {
		require.Equal(t, r, after.Named(t, r.Name))
	}
}

func TestAStackWithoutConfigurationSaysWhichFileNeedsIt(t *testing.T) {
	g, err := harness.Try(harness.Preview, stacks.Deploy, harness.WithStack("qa"))
	require.ErrorContains(t, err, `the stack "qa" has no plinth:environment in Pulumi.qa.yaml`)
	require.Empty(t, g.Resources)
}

// What the stacks make in Kubernetes is kept as manifests: tests/kubeapi shows them to real
// API servers.
func TestTheManifestsOfEachStackAreAsReviewed(t *testing.T) {
	for _, stack := range environments {
		harness.Run(t, harness.Update, stacks.Deploy, committed(t, stack)...).ManifestsGolden(t, stack)
	}
	config := stackConfig(t, "prod")
	config[stacks.ConfigKey] = strings.Replace(config[stacks.ConfigKey], `"cluster":{`, `"cluster":{"compute":"Karpenter",`, 1)
	harness.Run(t, harness.Update, stacks.Deploy, append(committed(t, "prod"), harness.WithConfig(config))...).ManifestsGolden(t, "prod-karpenter")
}

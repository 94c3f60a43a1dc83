package stacks

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// committed is the environment of a stack file in the repository, as JSON.
func committed(t testing.TB, stack string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "Pulumi."+stack+".yaml"))
	require.NoError(t, err)
	var file struct {
		Config map[string]any `yaml:"config"`
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	environment, err := json.Marshal(file.Config[ConfigKey])
	require.NoError(t, err)
	return string(environment)
}

// with is the production environment with a few values changed; nil removes one.
func with(t testing.TB, changes map[string]any) string {
	t.Helper()
	var tree map[string]any
	require.NoError(t, json.Unmarshal([]byte(committed(t, "prod")), &tree))
	for path, value := range changes {
		node, keys := tree, strings.Split(path, ".")
		for _, key := range keys[:len(keys)-1] {
			node = node[key].(map[string]any)
		}
		if value == nil {
			delete(node, keys[len(keys)-1])
		} else {
			node[keys[len(keys)-1]] = value
		}
	}
	text, err := json.Marshal(tree)
	require.NoError(t, err)
	return string(text)
}

func TestTheCommittedStackFilesAreValid(t *testing.T) {
	for _, stack := range []string{"dev", "prod"} {
		_, err := ParseEnvironment(committed(t, stack))
		require.NoError(t, err, stack)
	}
}

func TestProfilesSetSizesAndNeverRelaxProtection(t *testing.T) {
	prod, err := ParseEnvironment(committed(t, "prod"))
	require.NoError(t, err)
	require.Equal(t, []any{3, []string{"m7g.large"}, 365}, []any{prod.Web.MinSize, prod.Web.InstanceTypes, prod.LogRetentionDays})

	dev, err := ParseEnvironment(with(t, map[string]any{"profile": "development"}))
	require.NoError(t, err)
	require.Equal(t, []any{1, []string{"t4g.small"}, 14}, []any{dev.Web.MinSize, dev.Web.InstanceTypes, dev.LogRetentionDays})
	require.Equal(t, []any{true, true, true, "PerZone"},
		[]any{*dev.DeletionProtection, *dev.CustomerManagedKey, *dev.Network.FlowLogs, dev.Network.Nat})
}

func TestEveryProblemIsReportedWithItsPath(t *testing.T) {
	_, err := ParseEnvironment(`{
		"profile": "prod", "region": "us-east-1", "accountId": 111122223333, "onwer": "me", "logRetentionDays": 10,
		"network": {"cidrBlock": "10.0.0.1/16", "zones": ["us-east-1a", "eu-west-1a", "us-east-1a"], "nat": "perZone", "flowlogs": null, "ipv6": "yes"},
		"web": {"plaintext": true, "minSize": 2.5, "instanceTypes": "m7g.large", "spotPercentage": 101, "domainName": "a b", "offHours": {"stops": "x"}},
		"app": {"certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/1", "minSize": 9, "maxSize": 3, "allowedCidrs": ["10.0.0.0"]},
		"extra": 1
	}`)
	require.EqualError(t, err, `plinth:environment: 22 problems
  accountId: "111122223333": must be text; put it in quotes
  app.allowedCidrs[0]: "10.0.0.0": is not an address block such as 10.0.0.0/16
  app.certificateArn: "arn:aws:acm:eu-west-1:111122223333:certificate/1": must be in region us-east-1 and account 111122223333
  app.minSize: 9: must be 1 or more and not above maxSize (3)
  extra: is not a known key; known: accountId, alertEmails, app, buckets, cache, cluster, customerManagedKey, database, deletionProtection, edge, firewall, functions, logRetentionDays, network, owner, profile, queues, recovery, region, services, tags, topics, web
  logRetentionDays: 10: CloudWatch Logs keeps logs for one of 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653 days
  network.cidrBlock: "10.0.0.1/16": has host bits set; the block is 10.0.0.0/16
  network.flowlogs: is not a known key; did you mean "flowLogs"?
  network.ipv6: "yes": must be true or false
  network.nat: "perZone" is not supported; allowed: PerZone, Single, Instance, None
  network.zones[1]: "eu-west-1a": is not a zone of us-east-1, such as us-east-1a
  network.zones[2]: "us-east-1a": is listed twice
  onwer: is not a known key; did you mean "owner"?
  owner: is required
  profile: "prod" is not supported; allowed: development, production
  web.domainName: "a b": must be a DNS name such as www.example.com
  web.instanceTypes: "m7g.large": must be a list
  web.minSize: 2.5: must be a whole number
  web.offHours.start: is required
  web.offHours.stop: is required
  web.offHours.stops: is not a known key; did you mean "stop"?
  web.spotPercentage: 101: must be 0 to 100`)
}

func TestProductionHasAFloor(t *testing.T) {
	_, err := ParseEnvironment(with(t, map[string]any{
		"network.zones": []string{"us-east-1a"}, "network.nat": "Single", "network.flowLogs": false, "cluster": nil, "services": nil,
		"web.plaintext": true, "web.certificateArn": nil, "web.minSize": 1, "app.domainName": nil, "app.hostedZoneId": nil,
		"app.offHours": map[string]any{"stop": "0 20 * * *", "start": "0 7 * * *"},
	}))
	require.EqualError(t, err, `plinth:environment: 8 problems
  app.domainName: is required
  app.minSize: 1: production runs two servers or more
  app.offHours: production does not stop
  network.flowLogs: false: production keeps flow logs
  network.nat: "Single": production needs PerZone, so that no zone depends on another, or None
  network.zones: production needs two zones or more, to survive the loss of one
  web.minSize: 1: production runs two servers or more
  web.plaintext: true: production serves TLS only; set certificateArn`)
}

func TestWhatIsNotAnEnvironmentIsOneProblem(t *testing.T) {
	for text, want := range map[string]string{
		"":      "is not JSON: EOF",
		"[]":    "[]: must be an object",
		"{} {}": "has text after the JSON value",
		"null":  "is null; leave it out to get the default",
	} {
		_, err := ParseEnvironment(text)
		require.ErrorContains(t, err, want, text)
	}
}

func TestEditsIsTheLevenshteinDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"abc", "", 3}, {"kitten", "sitting", 3}, {"onwer", "owner", 2}, {"flaw", "lawn", 2}} {
		require.Equal(t, c.want, edits(c.a, c.b), "%s %s", c.a, c.b)
	}
}

// Whatever the text: no panic, and either an environment or problems with paths.
func FuzzParseEnvironment(f *testing.F) {
	f.Add(committed(f, "dev"))
	f.Add(committed(f, "prod"))
	f.Add(`{"network":{"zones":[1,null,{}]},"web":[],"tags":{"":""}}`)
	f.Fuzz(func(t *testing.T, text string) {
		env, err := ParseEnvironment(text)
		if (env == nil) == (err == nil) {
			t.Fatalf("environment %v, error %v", env, err)
		}
		if err == nil {
			again, err := json.Marshal(env)
			require.NoError(t, err)
			second, err := ParseEnvironment(string(again))
			require.NoError(t, err, "an accepted environment is accepted again with its defaults written out")
			require.Equal(t, env, second)
		}
	})
}

package report

import (
	"testing"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
)

func provider(op change.Op, properties ...diff.Property) *change.Resource {
	r := touched("pulumi:providers:aws", "main", op)
	r.Properties = properties
	return r
}

func TestAProviderThatChangesIsNeverNothing(t *testing.T) {
	region := becomes("region", "eu-west-1", "us-east-1")
	for name, test := range map[string]struct {
		of   *change.Resource
		want Verdict
	}{
		"kept":                    {provider(change.Same), Verdict{Safe, "nothing changes"}},
		"another account":         {provider(change.Update, becomes("assumeRole.roleArn", "1", "9")), Verdict{Look, "provider main is updated (assumeRole)"}},
		"what nobody tells":       {provider(change.Update), Verdict{Look, "provider main is updated"}},
		"another region":          {provider(change.Replace, region, becomes("profile", "a", "b")), Verdict{Look, "provider main is replaced (profile, region), so that everything of it may be replaced"}},
		"none any more":           {provider(change.Delete), Verdict{Look, "provider main is deleted"}},
		"a new one":               {provider(change.Create, added("region", "eu-west-1")), Verdict{Safe, "provider main is created"}},
		"other tags on all of it": {provider(change.Update, tagged("shop")), Verdict{Safe, "provider main is updated (tags)"}},
	} {
		s := touchedStack("prod", test.of)
		s.judge()
		if s.Verdict != test.want || len(s.Counts) > 0 {
			t.Errorf("%s: %+v, want %+v; counts %v", name, s.Verdict, test.want, s.Counts)
		}
	}
}

func TestWhatNobodyJudgesIsNotSafe(t *testing.T) {
	firewall := func(op change.Op) *change.Resource { return touched("gcp:compute/firewall:Firewall", "fw", op) }
	for want, resources := range map[string][]*change.Resource{
		"": {firewall(change.Same), firewall(change.Read), touched("aws:sns/topic:Topic", "news", change.Create), touched("kubernetes:core/v1:Secret", "key", change.Update),
			touched("tls:index/privateKey:PrivateKey", "key", change.Create), touched("pulumi:providers:gcp", "main", change.Create), {Type: "gcp:shop:Desk", Op: change.Create}},
		"1 resource is of a provider that is not judged (compute/firewall fw)": {firewall(change.Create)},
		"3 resources are of providers that are not judged (compute/firewall fw, index/command run and 1 more)": {
			firewall(change.Update), touched("command:index/command:command", "run", change.Create), touched("aws-native:s3:Bucket", "b", change.Create)},
	} {
		if got := unjudged(touchedStack("prod", resources...)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

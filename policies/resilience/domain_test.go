package resilience

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestDomainsAreReadAsTheyAreWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := Domain{rapid.SampledFrom(kinds).Draw(t, "kind"), rapid.StringMatching(`[a-z0-9:-]{1,20}`).Draw(t, "name")}
		got, err := ParseDomain(d.String())
		require.NoError(t, err)
		require.Equal(t, d, got)
	})
	for _, wrong := range []string{"", "zone", "zone:", ":us-east-1a", "zones:us-east-1a", "Zone:us-east-1a"} {
		_, err := ParseDomain(wrong)
		require.ErrorContains(t, err, "want zone:, region:, nat:, key: or node: and a name", wrong)
	}
}

func FuzzParseDomain(f *testing.F) {
	f.Add("zone:us-east-1a")
	f.Add("node:urn:pulumi:test::plinth::aws:rds/instance:Instance::db")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := ParseDomain(text); err == nil {
			require.Equal(t, text, d.String())
		} else {
			require.NotContains(t, err.Error(), "\n")
		}
	})
}

func TestDomainsAreAllThatCanBeLost(t *testing.T) {
	far := of(bucket, "far", nil)
	far.Provider = west
	g := graphOf(twoZones(far, of(natGateway, "nat", nil, "subnetId:subnet-a"), of(key, "key", nil), of(database, "db", nil),
		of(group, "web", map[string]any{"availabilityZones": []any{"c"}}), of(broker, "web", nil), of(distribution, "d", nil)))
	var all []string
	for _, d := range Domains(g) {
		all = append(all, d.String())
	}
	require.Equal(t, []string{
		"zone:a", "zone:b", "zone:c", "region:us-east-1", "region:us-west-2", "nat:nat", "key:key", "node:db",
		"node:urn:pulumi:test::plinth::aws:autoscaling/group:Group::web", "node:urn:pulumi:test::plinth::aws:mq/broker:Broker::web",
	}, all, "two of one name are told apart by their URNs")
	for _, d := range Domains(g) {
		_, err := Lose(g, d)
		require.NoError(t, err)
	}
}

func TestAnUnknownDomainIsAnErrorThatNamesTheOthers(t *testing.T) {
	g := graphOf(twoZones(of(key, "data-key", nil)))
	for domain, says := range map[string]string{
		"key:data-kye": `did you mean "key:data-key"? There are: key:data-key`, "zone:us-east-1a": "there are: zone:a, zone:b",
		"nat:x": "nothing else of the kind nat",
	} {
		d, err := ParseDomain(domain)
		require.NoError(t, err)
		_, err = Lose(g, d)
		require.ErrorContains(t, err, says)
		require.False(t, strings.Contains(err.Error(), "\n"))
	}
}

// A type may be known under several names; the table has the one that rules use.
func TestTheTableIsOfCanonicalTypesAndCompletePlaces(t *testing.T) {
	for _, token := range Types() {
		spec := types[token]
		require.NotEqual(t, link, spec.role, token)
		require.False(t, passive(token), token)
	}
	require.Contains(t, Types(), bucket)
	require.NotContains(t, Types(), subnet)
}

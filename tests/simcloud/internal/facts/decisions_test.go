package facts

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestACertificateNamesItself proves that the provider takes the other names of a certificate with and without its first one for the same, in a
// plan, an update for another reason and a refresh, and no other names.
func TestACertificateNamesItself(t *testing.T) {
	typ, err := Lookup("aws:acm/certificate:Certificate")
	require.NoError(t, err)
	names := func(names ...any) map[string]any {
		if names == nil {
			names = []any{}
		}
		return map[string]any{"domainName": "a", "validationMethod": "DNS", "subjectAlternativeNames": names}
	}
	for what, c := range map[string]struct {
		state, news map[string]any
		same        bool
	}{
		"none":              {names("a"), names(), true},
		"left out":          {names("a"), map[string]any{"domainName": "a", "validationMethod": "DNS"}, true},
		"one":               {names("a", "b"), names("b"), true},
		"with itself":       {names("a", "b"), names("b", "a"), true},
		"another one":       {names("a", "b"), names("c"), false},
		"one more":          {names("a"), names("b"), false},
		"one less":          {names("a", "b"), names(), false},
		"one not known yet": {names("a", "b"), names(Unknown{}), false},
	} {
		t.Run(what, func(t *testing.T) {
			assert.Equal(t, c.same, typ.Diff(c.state, c.news, nil).Empty())
			assert.Equal(t, !c.same, typ.Diff(c.state, c.news, nil).Replaces())
			if !c.same {
				return
			}
			tagged := merged(c.news, "tags", map[string]any{"team": "shop"})
			assert.Equal(t, merged(c.state, "tags", tagged["tags"]), typ.Merge(c.state, tagged, nil))
			assert.Equal(t, merged(c.news, DefaultsKey, []any{}), typ.Inputs(c.state, c.news))
		})
	}
	refreshed := typ.Inputs(names("a", "b", "c"), names("b"))
	assert.Equal(t, []any{"a", "b", "c"}, refreshed["subjectAlternativeNames"], "what somebody added is shown")
}

// TestAnotherServiceIsAnotherDestination proves that logs go to another bucket in place, and elsewhere by replacement.
func TestAnotherServiceIsAnotherDestination(t *testing.T) {
	typ, err := Lookup("aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination")
	require.NoError(t, err)
	to := func(arn any) map[string]any {
		return map[string]any{"name": "logs", "deliveryDestinationConfiguration": map[string]any{"destinationResourceArn": arn}}
	}
	for arn, replaces := range map[any]bool{"arn:aws:s3:::other": false, "arn:aws:logs:us-east-1:111122223333:log-group:site": true, Unknown{}: true} {
		delta := typ.Diff(to("arn:aws:s3:::logs"), to(arn), nil)
		assert.Equal(t, map[string]Change{"deliveryDestinationConfiguration.destinationResourceArn": Modify}, delta.Changes)
		assert.Equal(t, replaces, delta.Replaces(), arn)
	}
}

// TestTheProviderKnowsFewerValues proves that Check refuses what the provider's SDK does not list, also where AWS takes it.
func TestTheProviderKnowsFewerValues(t *testing.T) {
	typ, err := Lookup("aws:cloudfront/distribution:Distribution")
	require.NoError(t, err)
	const floor = "viewerCertificate.minimumProtocolVersion"
	for value, reason := range map[any]string{
		"TLSv1.2_2021": "", Unknown{}: "",
		"TLSv1.3_2025": `expected minimum_protocol_version to be one of ["SSLv3" "TLSv1" "TLSv1_2016" "TLSv1.1_2016" "TLSv1.2_2018" "TLSv1.2_2019" "TLSv1.2_2021"], got TLSv1.3_2025`,
	} {
		found := ""
		for _, f := range typ.Check(map[string]any{"viewerCertificate": map[string]any{"minimumProtocolVersion": value}}) {
			if f.Property == floor {
				found = f.Reason
			}
		}
		assert.Equal(t, reason, found)
	}
}

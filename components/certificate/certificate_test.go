package certificate_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/components/certificate"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestGraph(t *testing.T) {
	for name, args := range map[string]*certificate.CertificateArgs{"smallest": smallest(), "full": full()} {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program(args, "shop"), func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, certificate.Type+"::shop", "shop-")
			})
		})
	}
}

func TestTwoCertificatesInOneProgram(t *testing.T) {
	harness.Both(t, program(full(), "shop", "site"), func(t *testing.T, g *harness.Graph) {
		require.Len(t, g.OfType("aws:acm/certificate:Certificate"), 2)
	})
}

func TestArgsAreNotChanged(t *testing.T) {
	args := &certificate.CertificateArgs{DomainName: "example.com", AlternativeNames: []string{"b.example.com", "a.example.com"}, ZoneId: zone, Alarm: &certificate.AlarmArgs{}}
	harness.Run(t, harness.Preview, program(args, "shop"))
	require.Equal(t, &certificate.CertificateArgs{
		DomainName: "example.com", AlternativeNames: []string{"b.example.com", "a.example.com"}, ZoneId: zone, Alarm: &certificate.AlarmArgs{},
	}, args)
}

// Whatever the names and their order, there is one record for a domain and its wildcard,
// under the domain's name, in the longest zone that holds it.
func TestEachDomainIsProvedOnce(t *testing.T) {
	zoneOf := map[string]string{
		"example.com": "example.com", "shop.example.com": "shop.example.com", "a.shop.example.com": "shop.example.com",
		"myexample.com": "myexample.com", "example.org": "example.org",
	}
	var all []string
	for domain := range zoneOf {
		all = append(all, domain, "*."+domain)
	}
	slices.Sort(all)
	rapid.Check(t, func(t *rapid.T) {
		names := rapid.Permutation(all).Draw(t, "names")[:rapid.IntRange(1, len(all)).Draw(t, "count")]
		want, zones := map[string]bool{}, map[string]pulumi.StringInput{}
		for _, name := range names {
			domain := strings.TrimPrefix(name, "*.")
			want[domain], zones[zoneOf[domain]] = true, pulumi.String(zoneOf[domain])
		}
		g, err := harness.Try(harness.Preview, program(&certificate.CertificateArgs{
			DomainName: names[0], AlternativeNames: names[1:], Zones: zones,
		}, "shop"))
		require.NoError(t, err)
		records := g.OfType(recordToken)
		require.Len(t, records, len(want))
		for _, r := range records {
			domain := strings.TrimPrefix(r.Name, "shop-record-")
			require.True(t, want[domain], domain)
			require.Equal(t, zoneOf[domain], r.Value("zoneId"), domain)
		}
	})
}

func TestUsersWaitForTheCertificateToBeIssued(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		shop, err := certificate.NewCertificate(ctx, "shop", full())
		if err != nil {
			return err
		}
		var r struct{ pulumi.CustomResourceState }
		return ctx.RegisterResource("test:index:Listener", "listener", pulumi.Map{"certificate": shop.CertificateArn}, &r)
	}, func(t *testing.T, g *harness.Graph) {
		require.Equal(t, []string{g.Named(t, "shop-validation").URN}, g.Named(t, "listener").PropertyDependencies["certificate"])
		require.Equal(t, []string{g.Named(t, "shop-validation").URN}, g.Named(t, "shop-alarm-expiry").PropertyDependencies["dimensions"])
		require.ElementsMatch(t, []string{
			g.Named(t, "shop-record-example.com").URN, g.Named(t, "shop-record-shop.example.com").URN, g.Named(t, "shop-record-example.org").URN,
		}, g.Named(t, "shop-validation").PropertyDependencies["validationRecordFqdns"])
	})
}

// AWS issues as soon as it is asked if the proofs are in DNS already, so that even the
// request comes after what says who may issue.
func TestWhoMayIssueIsSaidFirst(t *testing.T) {
	harness.Both(t, program(full(), "shop"), func(t *testing.T, g *harness.Graph) {
		require.ElementsMatch(t, []string{g.Named(t, "shop-caa-example.com").URN, g.Named(t, "shop-caa-example.org").URN},
			g.Named(t, "shop-certificate").Dependencies)
		require.Contains(t, g.Named(t, "shop-record-example.com").Dependencies, g.Named(t, "shop-certificate").URN)
	})
}

func TestExistingRecordsAreNotMade(t *testing.T) {
	harness.Both(t, program(&certificate.CertificateArgs{DomainName: "example.com", ExistingRecords: true}, "shop"), func(t *testing.T, g *harness.Graph) {
		require.Empty(t, g.OfType(recordToken))
		require.Nil(t, g.Named(t, "shop-validation").Value("validationRecordFqdns"))
	})
}

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	long := strings.Repeat("a", 61) + ".example.com"
	longest := strings.Repeat(strings.Repeat("a", 60)+".", 4) + "example.com"
	crowd := make([]string, 10)
	for i := range crowd {
		crowd[i] = fmt.Sprintf("%d.example.com", i)
	}
	const form = " or fewer characters in small letters, with at most one wildcard, in front"
	for name, c := range map[string]struct {
		args *certificate.CertificateArgs
		want string
	}{
		"nothing given": {nil, `certificate.Certificate "shop": 2 problems
  domainName: is required
  zoneId: is required, unless zones or existingRecords is set`},
		"names": {&certificate.CertificateArgs{
			DomainName: long, AlternativeNames: []string{"*.*.example.com", "Example.com", "a.example.com", "a.example.com", longest, "com", "a..b", "x.*.example.com"}, ZoneId: zone,
		}, `certificate.Certificate "shop": 8 problems
  alternativeNames[0]: "*.*.example.com": must be a domain name of 253` + form + `
  alternativeNames[1]: "Example.com": must be a domain name of 253` + form + `
  alternativeNames[3]: "a.example.com": is there already
  alternativeNames[4]: "` + longest + `": must be a domain name of 253` + form + `
  alternativeNames[5]: "com": must be a domain name of 253` + form + `
  alternativeNames[6]: "a..b": must be a domain name of 253` + form + `
  alternativeNames[7]: "x.*.example.com": must be a domain name of 253` + form + `
  domainName: "` + long + `": must be a domain name of 64` + form},
		"a crowd": {&certificate.CertificateArgs{DomainName: "example.com", AlternativeNames: crowd, ZoneId: zone}, `certificate.Certificate "shop": 1 problem
  alternativeNames: 10: with domainName there must be 10 names or fewer, the account's namesQuota`},
		"zones": {&certificate.CertificateArgs{
			DomainName: "www.example.net", AlternativeNames: []string{"a.example.com", "myexample.org"},
			Zones: map[string]pulumi.StringInput{"example.com": nil, "example.org": other},
			Caa:   map[string]certificate.CaaArgs{"example.net": {}},
		}, `certificate.Certificate "shop": 5 problems
  caa["example.net"]: none of zones holds it
  zones: none of them holds myexample.org
  zones: none of them holds www.example.net
  zones["example.com"]: is required
  zones["example.org"]: no name of the certificate is in it`},
		"too many zones": {&certificate.CertificateArgs{
			DomainName: "example.com", ZoneId: zone, Zones: map[string]pulumi.StringInput{"example.com": zone},
		}, `certificate.Certificate "shop": 1 problem
  zoneId: conflicts with zones: a name is proved in one zone`},
		"zones for nothing": {&certificate.CertificateArgs{
			DomainName: "example.com", ExistingRecords: true, DeleteRecords: true, ZoneId: zone, Zones: map[string]pulumi.StringInput{"example.com": zone},
			Caa: map[string]certificate.CaaArgs{"example.com": {}},
		}, `certificate.Certificate "shop": 4 problems
  existingRecords: conflicts with caa: no records are made
  existingRecords: conflicts with deleteRecords: no records are made
  existingRecords: conflicts with zoneId: no records are made
  existingRecords: conflicts with zones: no records are made`},
		"the rest": {&certificate.CertificateArgs{
			DomainName: "example.com", ZoneId: zone, KeyAlgorithm: "Rsa4096", NamesQuota: 101, ValidationMinutes: 4, Alarm: &certificate.AlarmArgs{DaysLeft: 45},
			Caa: map[string]certificate.CaaArgs{
				"*.example.com": {}, "example.com": {Issuers: []string{"letsencrypt.org", "amazon.com", "Let's Encrypt"}, Contact: "security@example.com"},
			},
		}, `certificate.Certificate "shop": 8 problems
  alarm.daysLeft: 45: must be 1 to 44
  caa["*.example.com"]: must be for a domain such as example.com
  caa["example.com"].contact: "security@example.com": must be such as mailto:security@example.com or https://example.com/report
  caa["example.com"].issuers[1]: "amazon.com": must be an authority other than amazon.com, such as letsencrypt.org
  caa["example.com"].issuers[2]: "Let's Encrypt": must be an authority other than amazon.com, such as letsencrypt.org
  keyAlgorithm: "Rsa4096" is not supported; allowed: Rsa2048, EcP256, EcP384
  namesQuota: 101: must be 1 to 100
  validationMinutes: 4: must be 5 to 720`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program(c.args, "shop"))
			require.ErrorContains(t, err, c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}

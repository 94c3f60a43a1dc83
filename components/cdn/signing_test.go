package cdn_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/cdn"
	"github.com/plinth-iac/plinth/tests/harness"
)

func withKeys(keys map[string]string) func(*cdn.DistributionArgs) {
	return func(a *cdn.DistributionArgs) {
		a.SigningKeys = map[string]cdn.SigningKeyArgs{"invoices": {PublicKeys: keys}}
	}
}

// CloudFront gives a key back with one newline at its end; what differs from that would
// be another key in every deploy.
func TestAPublicKeyIsWrittenAsCloudFrontGivesItBack(t *testing.T) {
	text := pemOf("rsa-1")
	for name, other := range map[string]string{
		"as it is": text, "no newline": strings.TrimSpace(text), "more newlines": text + "\n\n", "Windows": strings.ReplaceAll(text, "\n", "\r\n"),
		"said before": "the key of the billing service\n" + text,
	} {
		t.Run(name, func(t *testing.T) {
			g := harness.Run(t, harness.Update, atTheEdge(bare(withKeys(map[string]string{"2025": other})), "shop"))
			require.Equal(t, text, g.Named(t, "shop-public-key-invoices-2025").Value("encodedKey"))
		})
	}
}

func TestAGroupHasItsOwnKeys(t *testing.T) {
	args := bare(withKeys(map[string]string{"2026": pemOf("rsa-2"), "2025": pemOf("rsa-1")}))
	args.SigningKeys["films"] = cdn.SigningKeyArgs{PublicKeys: map[string]string{"2025": pemOf("ecdsa-1")}}
	harness.Both(t, atTheEdge(args, "shop"), func(t *testing.T, g *harness.Graph) {
		require.ElementsMatch(t, []string{g.Named(t, "shop-public-key-invoices-2025").URN, g.Named(t, "shop-public-key-invoices-2026").URN},
			g.Named(t, "shop-key-group-invoices").PropertyDependencies["items"])
		require.Equal(t, []string{g.Named(t, "shop-public-key-films-2025").URN}, g.Named(t, "shop-key-group-films").PropertyDependencies["items"])
	})
}

func TestWrongSigningKeysAreAllReported(t *testing.T) {
	private := strings.ReplaceAll(pemOf("rsa-1"), "PUBLIC", "PRIVATE")
	wrong(t, `cdn.Distribution "shop": 13 problems
  signingKeys.a b: "a b": its key must be lower-case letters, digits and hyphens
  signingKeys.crowd.publicKeys: 6: must be 5 or fewer
  signingKeys.none.comment: "`+strings.Repeat("c", 129)+`": must be 128 characters or fewer
  signingKeys.none.publicKeys: is required
  signingKeys.odd.publicKeys.copy: is the same key as a
  signingKeys.odd.publicKeys.ed25519: must be an RSA key of 2048 bits or an ECDSA key on P-256
  signingKeys.odd.publicKeys.large: is an RSA key of 4096 bits: must be 2048
  signingKeys.odd.publicKeys.p384: is an ECDSA key on P-384: must be P-256
  signingKeys.odder.publicKeys.2-5: "2-5": its name must be letters, digits and underscores
  signingKeys.odder.publicKeys.broken: has no public key that can be read in its PEM text
  signingKeys.odder.publicKeys.private: is a PEM text with a PRIVATE KEY: must be a PUBLIC KEY, as `+"`openssl pkey -pubout`"+` writes it
  signingKeys.odder.publicKeys.text: must be a PEM text, which begins with "-----BEGIN PUBLIC KEY-----"
  signingKeys.odder.publicKeys.two: must be one PEM text, with nothing after it`, func(a *cdn.DistributionArgs) {
		a.SigningKeys = map[string]cdn.SigningKeyArgs{
			"a b": {PublicKeys: map[string]string{"k": pemOf("rsa-1")}}, "none": {Comment: strings.Repeat("c", 129)},
			"odd": {PublicKeys: map[string]string{
				"a": pemOf("rsa-1"), "copy": pemOf("rsa-1"), "ed25519": pemOf("ed25519"), "large": pemOf("rsa-4096"), "p384": pemOf("p384"),
			}},
			"odder": {PublicKeys: map[string]string{
				"2-5": pemOf("rsa-1"), "broken": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", "private": private, "text": "key",
				"two": pemOf("rsa-2") + pemOf("rsa-1"),
			}},
			"crowd": {PublicKeys: map[string]string{
				"a": pemOf("rsa-1"), "b": pemOf("rsa-2"), "c": pemOf("ecdsa-1"), "d": pemOf("ecdsa-2"), "e": pemOf("ecdsa-3"), "f": pemOf("ecdsa-4"),
			}},
		}
	})
}

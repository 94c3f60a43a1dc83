package aws

import (
	"net/netip"
	"testing"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// TestSubnetsNeverOverlap proves for any order of requests that the subnets AWS accepted lie inside their VPC, apart from each other, and that
// everything can be deleted again.
func TestSubnetsNeverOverlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := NewWorld(1)
		apply := func(op Op, token, id string, props Obj) (*Resource, error) {
			typ, err := facts.Lookup(token)
			if err != nil {
				t.Fatal(err)
			}
			return w.Apply(&Request{Scope: home, Op: op, Token: token, ID: id, URN: token + rapid.StringMatching("[a-z]{8}").Draw(t, "urn"), New: props}, nil, typ.Properties)
		}
		vpc, err := apply(Create, "aws:ec2/vpc:Vpc", "", Obj{"cidrBlock": "10.0.0.0/20"})
		if err != nil {
			t.Fatal(err)
		}
		const subnet = "aws:ec2/subnet:Subnet"
		var ids []string
		for range 12 {
			bits := rapid.IntRange(14, 30).Draw(t, "bits")
			addr := netip.AddrFrom4([4]byte{10, 0, byte(rapid.IntRange(0, 31).Draw(t, "third")), byte(rapid.IntRange(0, 15).Draw(t, "fourth") * 16)})
			s, err := apply(Create, subnet, "", Obj{"vpcId": vpc.ID, "cidrBlock": netip.PrefixFrom(addr, bits).Masked().String(), "availabilityZone": "eu-west-1a"})
			if err == nil {
				ids = append(ids, s.ID)
			}
		}
		whole := netip.MustParsePrefix("10.0.0.0/20")
		for i, a := range ids {
			pa := netip.MustParsePrefix(w.Read(home, subnet, a, nil).Props.Str("cidrBlock"))
			if !inside(pa, whole) || pa.Bits() > 28 {
				t.Fatalf("%s is outside %s or too small", pa, whole)
			}
			for _, b := range ids[:i] {
				if pb := netip.MustParsePrefix(w.Read(home, subnet, b, nil).Props.Str("cidrBlock")); pa.Overlaps(pb) {
					t.Fatalf("%s overlaps %s", pa, pb)
				}
			}
		}
		if _, err := apply(Delete, "aws:ec2/vpc:Vpc", vpc.ID, nil); len(ids) > 0 && err == nil {
			t.Fatal("a VPC with subnets was deleted")
		}
		for _, id := range ids {
			if _, err := apply(Delete, subnet, id, nil); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := apply(Delete, "aws:ec2/vpc:Vpc", vpc.ID, nil); len(ids) > 0 && err != nil {
			t.Fatal(err)
		}
		if left := w.List(true); len(left) > 0 {
			t.Fatalf("left behind: %v", left)
		}
	})
}

// TestLandscapeCanBeDeleted proves that the deletion order a program's dependencies give passes the rules, and leaves nothing.
func TestLandscapeCanBeDeleted(t *testing.T) {
	w, made := build(t, landscape)
	for i := len(landscape) - 1; i >= 0; i-- {
		r := made[landscape[i].name]
		_, err := w.Apply(&Request{Scope: home, Op: Delete, Token: r.Token, ID: r.ID, Known: r.Props}, nil, nil)
		require.NoError(t, err, landscape[i].name)
	}
	require.Empty(t, w.List(true))
}

func FuzzPolicy(f *testing.F) {
	for _, text := range []string{trustEC2, mayRead, logPolicy, userPol, `{"Statement":{}}`, `[]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, kind := range []policyKind{identityPolicy, resourcePolicy, trustPolicy, keyPolicy} {
			policyProblem(text, kind)
		}
		allows(text, "s3:GetObject", "arn:aws:s3:::b/k", "AWS:1")
	})
}

func FuzzCron(f *testing.F) {
	f.Add("0 20 * * MON-FRI")
	f.Add("*/5 1,2 1-3 JAN *")
	f.Fuzz(func(t *testing.T, text string) { validCron(text) })
}

func TestCron(t *testing.T) {
	for text, want := range map[string]bool{
		"0 20 * * MON-FRI": true, "*/5 * * * *": true, "0 0 1 JAN *": true, "30 6,18 * * 0": true,
		"0 24 * * *": false, "60 * * * *": false, "* * * *": false, "0 0 0 * *": false, "0 8 * * FRI-MON": false, "@daily": false,
	} {
		require.Equal(t, want, validCron(text), text)
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{{"*", "x", true}, {"a*c", "abbc", true}, {"a*c", "abb", false}, {"a?c", "abc", true}, {"abc", "ab", false}, {"ab", "abc", false}, {"a*b*c", "a1b2c", true}, {"", "", true}, {"*", "", true}} {
		require.Equal(t, c.want, glob(c.pattern, c.text), c.pattern+" "+c.text)
	}
}

package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/policies/resilience"
	"github.com/plinth-iac/plinth/policies/rule"
	"github.com/plinth-iac/plinth/tests/harness"
)

func thing(token, name string) *rule.Resource {
	return &rule.Resource{URN: "urn:pulumi:prod::shop::" + token + "::" + name, Type: token, Name: name}
}

// shop is a drill of a stack whose database is in one zone.
func shop() drill {
	subnet := thing("aws:ec2/subnet:Subnet", "data-a")
	group := thing("aws:rds/subnetGroup:SubnetGroup", "orders-subnets")
	orders := thing("aws:rds/instance:Instance", "orders")
	checkout := thing("kubernetes:apps/v1:Deployment", "checkout")
	web := thing("aws:autoscaling/group:Group", "web")
	cache := thing("aws:elasticache/replicationGroup:ReplicationGroup", "<sessions> & \"carts\"\x1b[31m")
	pictures := thing("aws:s3/bucket:Bucket", "pictures")

	machine := thing("aws:ec2/instance:Instance", "web-1")

	restore := &resilience.Recovery{
		Rto: 45 * time.Minute, Rpo: 5 * time.Minute, By: "restoring the last backup into another zone",
		Assumptions: []string{"a restore: 45 min", "transaction logs are saved every 5 min"},
	}
	inZone := []resilience.Step{{Resource: subnet, Property: "availabilityZone"}, {Resource: group, Property: "subnetIds"}, {Resource: orders, Property: "dbSubnetGroupName"}}
	fine := func(of ...*rule.Resource) []resilience.Effect {
		var effects []resilience.Effect
		for _, r := range of {
			effects = append(effects, resilience.Effect{Resource: r, Left: 1})
		}
		return effects
	}
	replaced := &resilience.Recovery{Rto: 3*time.Minute + 30*time.Second, By: "new machines in the other zones", Assumptions: []string{"a machine is ready after 3 min 30 s"}}
	a := resilience.Loss{Domain: resilience.Domain{Kind: resilience.Zone, Name: "us-east-1a"}, Effects: append([]resilience.Effect{
		{Resource: orders, State: resilience.Lost, Because: "it is in this zone only", Path: inZone, Recovery: restore},
		{Resource: checkout, State: resilience.Lost, Because: "orders is lost", Path: append(slices.Clip(inZone), resilience.Step{Resource: checkout, Property: "spec"}), Recovery: restore},
		{Resource: cache, State: resilience.Unknown, Left: 1, Because: "its subnets are of another stack"},
		{
			Resource: web, State: resilience.Degraded, Left: 2. / 3, Because: "one of three zones", Recovery: replaced,
			Path: []resilience.Step{{Resource: machine}, {Resource: web, Property: "attachedTo", Back: true}},
		},
	}, fine(pictures)...)}
	b := resilience.Loss{Domain: resilience.Domain{Kind: resilience.Zone, Name: "us-east-1b"}, Effects: append([]resilience.Effect{
		{Resource: web, State: resilience.Degraded, Left: 2. / 3, Because: "one of three zones", Recovery: replaced},
	}, fine(cache, orders, pictures, checkout)...)}
	west := resilience.Loss{Domain: resilience.Domain{Kind: resilience.Zone, Name: "us-west-2a"}, Effects: fine(orders, cache, pictures, checkout, web)}
	region := resilience.Loss{Domain: resilience.Domain{Kind: resilience.Region, Name: "us-east-1"}, Effects: []resilience.Effect{
		{Resource: orders, State: resilience.Lost, Because: "it is in this region only", Path: inZone, Recovery: &resilience.Recovery{Rto: 26 * time.Hour, Rpo: 24 * time.Hour, By: "restoring the copy in us-west-2"}},
		{Resource: checkout, State: resilience.Lost, Recovery: &resilience.Recovery{Rto: time.Hour, By: "deploying the stack there"}},
		{Resource: cache, State: resilience.Lost, Because: "it is not copied", Recovery: &resilience.Recovery{Rto: resilience.Never, Rpo: resilience.Never}},
		{Resource: web, State: resilience.Lost, Because: "it is in this region only"},
		{Resource: pictures, State: resilience.Degraded, Left: 1, Because: "read from its copy", Recovery: &resilience.Recovery{Rpo: 500 * time.Millisecond}},
	}}
	nat := resilience.Loss{Domain: resilience.Domain{Kind: resilience.Nat, Name: "egress-a"}, Effects: fine(orders, cache, pictures, checkout, web)}
	return drill{stack: "prod", resources: 12, losses: []resilience.Loss{a, b, west, region, nat}, zones: []resilience.Loss{a, b, west}}
}

// only is a drill of some of the losses.
func (d drill) only(domains ...string) drill {
	d.chosen = true
	d.losses = slices.DeleteFunc(slices.Clone(d.losses), func(l resilience.Loss) bool { return !slices.Contains(domains, l.Domain.String()) })
	return d
}

func printed(d drill, picture string) string {
	var text bytes.Buffer
	printer{to: &text}.drill(d, picture)
	return text.String()
}

func TestADrillIsPrinted(t *testing.T) {
	harness.Golden(t, "drill.txt", printed(shop(), "losses.svg"))
	harness.Golden(t, "drill-chosen.txt", printed(shop().only("zone:us-east-1b", "nat:egress-a"), ""))
	require.Equal(t, "\nnothing to lose: no zone, region, NAT gateway, key or machine is known\n", printed(drill{stack: "empty"}, ""))

	var colored bytes.Buffer
	printer{to: &colored, color: true}.drill(shop(), "")
	require.Contains(t, colored.String(), "\x1b[31mlost    \x1b[0m")
	require.Equal(t, printed(shop(), ""), regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(colored.String(), ""))
}

func TestADrillIsOneJSONDocument(t *testing.T) {
	text, err := json.MarshalIndent(shop().document(errors.New("it went wrong")), "", "  ")
	require.NoError(t, err)
	harness.Golden(t, "drill.json", string(text)+"\n")
}

func TestADrillIsDrawn(t *testing.T) {
	harness.Golden(t, "drill.svg", string(shop().svg()))
	harness.Golden(t, "drill-chosen.svg", string(shop().only("zone:us-east-1a").svg()))
}

// element is what matters of an SVG element.
type element struct {
	XMLName  xml.Name
	X        float64   `xml:"x,attr"`
	Y        float64   `xml:"y,attr"`
	Width    float64   `xml:"width,attr"`
	Height   float64   `xml:"height,attr"`
	Class    string    `xml:"class,attr"`
	Text     string    `xml:",chardata"`
	Span     string    `xml:"tspan"`
	Children []element `xml:",any"`
}

func TestNoTextOfAPictureTouchesAnother(t *testing.T) {
	for _, d := range []drill{shop(), shop().only("region:us-east-1"), shop().only("nat:egress-a"), {stack: "empty"}} {
		var root element
		require.NoError(t, xml.Unmarshal(d.svg(), &root))
		type box struct {
			left, right, y float64
			text           string
		}
		var boxes []box
		var walk func(element)
		walk = func(e element) {
			require.LessOrEqual(t, e.X+e.Width, root.Width)
			require.LessOrEqual(t, e.Y+e.Height, root.Height)
			if e.XMLName.Local == "text" {
				text := strings.TrimSpace(e.Text + e.Span)
				width := 6 * float64(len([]rune(text)))
				left := e.X
				if strings.Contains(e.Class, "mid") {
					left -= width / 2
				}
				require.GreaterOrEqual(t, left, 0.0, text)
				require.LessOrEqual(t, left+width, root.Width, text)
				boxes = append(boxes, box{left, left + width, e.Y, text})
			}
			for _, c := range e.Children {
				walk(c)
			}
		}
		walk(root)
		for i, a := range boxes {
			for _, b := range boxes[i+1:] {
				near := max(a.y-b.y, b.y-a.y) < 11
				require.False(t, near && a.left < b.right && b.left < a.right, "%q touches %q", a.text, b.text)
			}
		}
	}
}

func TestWhatMustSurviveIsNamed(t *testing.T) {
	require.NoError(t, shop().only("zone:us-east-1b", "region:us-east-1", "nat:egress-a").survived(), "a region is lost with all that is in it")
	d := shop()
	const unknown = "\n  zone:us-east-1a, perhaps: <sessions> & \"carts\"?[31m (its subnets are of another stack)"
	require.EqualError(t, d.survived(), "drill: what must survive is lost:\n  zone:us-east-1a: orders, checkout"+unknown)
	unsure := shop().only("zone:us-east-1a")
	unsure.losses[0].Effects = unsure.losses[0].Effects[2:]
	require.EqualError(t, unsure.survived(), "drill: what must survive may be lost, since not all is known:"+unknown, "what is not known is not survived")
	for range 2 * mostLost {
		d.losses[0].Effects = append(d.losses[0].Effects, d.losses[0].Effects[1])
	}
	require.ErrorContains(t, d.survived(), "zone:us-east-1a: orders, checkout, checkout, checkout, checkout, and 7 more")
}

func TestNothingThatIsLookedAtIsNoProofOfSurvival(t *testing.T) {
	require.EqualError(t, drill{}.survived(), "drill: no zone, NAT gateway or machine is known, so that nothing shows what survives")
	region := shop().only("region:us-east-1")
	region.overlooked = map[string]int{"aws-native:rds:DbInstance": 2, "gcp:sql:Instance": 1}
	require.ErrorContains(t, region.survived(), "; not looked at: aws-native:rds:DbInstance (2), gcp:sql:Instance (1)")
	require.Contains(t, printed(region, ""), "\nnot looked at: aws-native:rds:DbInstance (2), gcp:sql:Instance (1)\n")
	text, err := json.Marshal(region.document(nil))
	require.NoError(t, err)
	require.Contains(t, string(text), `"notLookedAt":{"aws-native:rds:DbInstance":2,"gcp:sql:Instance":1}`)
}

func TestAZoneWithoutANameIsARowIfItMayTakeSomethingAlong(t *testing.T) {
	at := func(zone string) *rule.Resource {
		r := thing("aws:rds/instance:Instance", "orders")
		r.Inputs = rule.FieldsOf(map[string]any{"availabilityZone": zone, "multiAz": false})
		return r
	}
	hidden := at("us-east-1a")
	hidden.Inputs["multiAz"] = rule.Of(rule.Computed{})
	hidden.Inputs["availabilityZone"] = rule.Of(rule.Computed{})
	hidden.URN += "-2"
	var d drill
	require.NoError(t, d.lose(rule.NewGraph([]*rule.Resource{at("us-east-1a"), hidden}), nil))
	require.Regexp(t, `\na zone that is not named +0 +1 `, printed(d, ""))
	require.ErrorContains(t, d.survived(), "a zone that is not named, perhaps: orders (multiAz is not known)")
	d = drill{}
	require.NoError(t, d.lose(rule.NewGraph([]*rule.Resource{at("us-east-1a")}), nil))
	require.NotContains(t, printed(d, ""), "not named")
}

func TestAWorstCaseSaysWhatIsNotKnown(t *testing.T) {
	e := resilience.Effect{Resource: thing("aws:dynamodb/table:Table", "t"), State: resilience.Lost, Recovery: &resilience.Recovery{
		Rto: resilience.Never, Rpo: resilience.Never, By: "the return of region:us-east-1", Missing: rule.Undecided("conditions of plan", rule.NotYet)}}
	require.Equal(t, "at worst no way back but the return of region:us-east-1, all data lost, since conditions of plan is not known", consequence(e))
	d := drill{losses: []resilience.Loss{{Effects: []resilience.Effect{e}}}}
	require.Equal(t, "conditions of plan", d.document(nil).Losses[0].Effects[0].Recovery.Missing)
}

func TestADistributionWithoutOriginsAnswersFromItsCaches(t *testing.T) {
	e := resilience.Effect{Resource: thing("aws:cloudfront/distribution:Distribution", "site"), State: resilience.Degraded, Because: "pages: it is in us-east-1",
		Recovery: &resilience.Recovery{Rto: time.Hour, By: "pages: this program, in another region"}}
	require.Equal(t, "only what its caches hold, goes on after 1 h (pages: this program, in another region); pages: it is in us-east-1", consequence(e))
}

func TestThePictureOfEverythingShowsWhatIsLost(t *testing.T) {
	d := shop()
	for i := range 3 {
		like := d.losses[3].Effects[2]
		like.Resource = thing("aws:sqs/queue:Queue", fmt.Sprint("queue-", i))
		d.losses[3].Effects = append(d.losses[3].Effects, like)
	}
	all, one := string(d.svg()), string(shop().only("zone:us-east-1b").svg())
	require.Contains(t, all, "and 3 more", "the same becomes of them")
	require.Contains(t, all, "\nsqs/queue queue-2\n")
	require.NotContains(t, all, ">web-1 <", "what is behind it goes on")
	require.NotContains(t, all, "unaffected:")
	require.Contains(t, string(shop().only("zone:us-east-1a").svg()), ">web-1 <")
	require.Contains(t, one, "unaffected:")
}

func TestSpansAreReadable(t *testing.T) {
	for want, d := range map[string]time.Duration{
		"less than 1 s": 10 * time.Millisecond, "35 s": 35 * time.Second, "1 min": time.Minute, "1 min 1 s": 61 * time.Second,
		"1 h 5 min": 65*time.Minute + 59*time.Second, "1 h": time.Hour + time.Second, "1 d 2 h": 26 * time.Hour, "7 d": 7 * 24 * time.Hour,
	} {
		require.Equal(t, want, span(d))
	}
}

func TestFlagsOfADrillAreChecked(t *testing.T) {
	dir := project(t, map[string]string{"test": region})
	none := filepath.Join(dir, "none.json")
	broken := filepath.Join(dir, "broken.json")
	require.NoError(t, os.WriteFile(broken, []byte("{}"), 0o600))
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no stack":            {[]string{"--dir", dir}, "drill takes the name of one stack; there are: test"},
		"a stack and a file":  {[]string{"test", "--from", broken}, "drill takes a stack or --from, not both"},
		"no such stack":       {[]string{"prod", "--dir", dir}, `no stack "prod" in ` + dir},
		"no such file":        {[]string{"--from", none}, "--from: open " + none + ": no such file"},
		"no export":           {[]string{"--from", broken}, broken + ": read an exported stack: want version 3"},
		"no domain":           {[]string{"test", "--dir", dir, "--lose", "us-east-1a"}, `--lose: "us-east-1a" is no failure domain`},
		"nothing can survive": {[]string{"test", "--dir", dir, "--lose", "region:us-east-1", "--must-survive"}, "--must-survive is about zones"},
		"flag of another":     {[]string{"test", "--no-policies"}, "unknown flag: --no-policies"},
	} {
		t.Run(name, func(t *testing.T) {
			got := run(t, t.Context(), vpc, append([]string{"drill"}, test.args...)...)
			require.Equal(t, exitFailed, got.code)
			require.Contains(t, got.stderr, "plinth: "+test.want)
			require.Equal(t, 1, strings.Count(got.stderr, "plinth: "), got.stderr)
			require.Empty(t, got.stdout)
		})
	}
}

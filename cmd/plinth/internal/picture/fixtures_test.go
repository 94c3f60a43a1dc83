package picture

import (
	"fmt"
	"slices"

	"pgregory.net/rapid"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
)

// stack is a change that a test makes.
type stack struct{ change.Change }

func newStack() *stack {
	return &stack{change.Change{Project: "shop", Stack: "dev"}}
}

func urn(name string) string { return "urn:pulumi:dev::shop::t:t:T::" + name }

func (s *stack) component(name, token string) {
	s.Resources = append(s.Resources, &change.Resource{URN: urn(name), Name: name, Type: token, Op: change.Same})
}

// add adds a resource to a component, or to none, that is computed from others.
func (s *stack) add(op change.Op, component, name, token string, from ...string) *change.Resource {
	r := &change.Resource{URN: urn(name), Name: name, Type: token, Custom: true, Op: op}
	if component != "" {
		r.Component = urn(component)
	}
	side := &rule.Resource{URN: r.URN, Name: name, Type: token, Edges: map[string][]string{}}
	for at, of := range from {
		property := fmt.Sprint("p", at%3)
		side.Edges[property] = append(side.Edges[property], urn(of))
	}
	if op != change.Create && op != change.Import {
		r.Old = side
	}
	if op != change.Delete && op != change.Forget {
		r.New = side
	}
	s.Resources = append(s.Resources, r)
	return r
}

// tags makes an update one of tags only.
func tags(r *change.Resource) {
	r.Op, r.Properties = change.Update, []diff.Property{{Path: "tags.owner", Noise: true}}
}

// small has every operation, names that are hostile, and more of what pictures tell apart.
func small() *change.Change {
	s := newStack()
	s.component("network", "plinth:network:Vpc")
	s.component("database", "plinth:database:Instance")
	s.component("store", "plinth:bucket:Bucket")
	s.Resources = append(s.Resources, &change.Resource{URN: urn("aws"), Name: "aws", Type: "pulumi:providers:aws", Custom: true, Op: change.Update})
	s.add(change.Same, "network", "network-vpc", "aws:ec2/vpc:Vpc")
	s.add(change.Same, "network", "network-flow-log", "aws:ec2/flowLog:FlowLog", "network-vpc")
	s.add(change.Delete, "network", "network-old", "aws:ec2/subnet:Subnet", "network-vpc")
	s.add(change.Create, "network", "network-new", "aws:ec2/subnet:Subnet", "network-vpc")
	s.add(change.Replace, "database", "database-instance", "aws:rds/instance:Instance", "network-new", "database-key")
	tags(s.add(change.Update, "database", "database-key", "aws:kms/key:Key"))
	s.add(change.Update, "database", "database-\"<b>&`*_\x1b[31m\xff", "aws:rds/proxy:Proxy", "database-instance")
	moved := s.add(change.Update, "", "app", "kubernetes:apps/v1:Deployment", "network-new", "database-instance")
	moved.Old = &rule.Resource{Edges: map[string][]string{"subnet": {urn("network-old"), urn("nowhere")}}}
	s.add(change.Same, "", "page", "aws:cloudwatch/dashboard:Dashboard", "app")
	s.add(change.Import, "", "a-name-that-is-much-too-long-to-be-shown-as-a-whole-anywhere", "aws:sqs/queue:Queue")
	s.add(change.Forget, "", "legacy", "custom-type")
	s.add("transmute", "", "odd", "aws:sns/topic:Topic")
	s.add(change.Same, "store", "store-bucket", "aws:s3/bucket:Bucket")
	s.add(change.Read, "store", "store-policy", "aws:s3/bucketPolicy:BucketPolicy", "store-bucket")
	return &s.Change
}

// some draws any stack, small ones more often than large ones.
func some(t *rapid.T) *change.Change {
	s := newStack()
	components := rapid.IntRange(0, rapid.SampledFrom([]int{3, 60}).Draw(t, "most components")).Draw(t, "components")
	for i := range components {
		s.component(fmt.Sprint("c", i), "plinth:app:App")
		s.Resources[i].Name = rapid.String().Draw(t, "component")
	}
	n := rapid.IntRange(0, rapid.SampledFrom([]int{6, 30, 150}).Draw(t, "most resources")).Draw(t, "resources")
	ops := rapid.SampledFrom([]change.Op{change.Same, change.Same, change.Create, change.Update, change.Replace, change.Delete, change.Import, change.Forget, change.Read, "x"})
	types := rapid.SampledFrom([]string{"aws:rds/instance:Instance", "aws:ec2/vpc:Vpc", "kubernetes:networking.k8s.io/v1:Ingress", "\"]", "a:b", "x:<y>/z:" + fmt.Sprint(n)})
	for i := range n {
		component := ""
		if components > 0 && rapid.IntRange(0, 4).Draw(t, "in one") > 0 {
			component = fmt.Sprint("c", rapid.IntRange(0, components-1).Draw(t, "which"))
		}
		var from []string
		for range rapid.IntRange(0, 4).Draw(t, "edges") {
			from = append(from, fmt.Sprint(rapid.IntRange(0, n).Draw(t, "to"))) // also to itself, in circles, and to nowhere
		}
		r := s.add(ops.Draw(t, "op"), component, fmt.Sprint(i), types.Draw(t, "type"), from...)
		r.Name = rapid.OneOf(rapid.StringN(0, 60, -1), rapid.StringMatching(`[a-z"<&\]]{1,50}`)).Draw(t, "name")
		if r.Op == change.Update && rapid.Bool().Draw(t, "tags") {
			tags(r)
		}
	}
	return &s.Change
}

// shuffled is the same change in another order.
func shuffled(t *rapid.T, c *change.Change) *change.Change {
	other := *c
	other.Resources = rapid.Permutation(slices.Clone(c.Resources)).Draw(t, "order")
	return &other
}

// shown are the resources that a picture can show.
func shown(c *change.Change, such func(*change.Resource) bool) int {
	n := 0
	for _, r := range c.Resources {
		if r.Custom && !r.IsProvider() && such(r) {
			n++
		}
	}
	return n
}

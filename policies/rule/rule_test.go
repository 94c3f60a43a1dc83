package rule

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestValueTellsStatesApart(t *testing.T) {
	v := Of(map[string]any{
		"null": nil, "unknown": Computed{}, "secret": Secret{Of: map[string]any{"key": "hunter22"}}, "list": []any{"a", Computed{}},
	})
	assert.True(t, v.Get("absent").IsAbsent())
	assert.False(t, v.Get("absent").IsNull())
	assert.True(t, v.Get("null").IsAbsent() && v.Get("null").IsNull())
	assert.True(t, v.Get("unknown").IsUnknown())
	assert.False(t, v.Get("unknown").IsAbsent())
	assert.True(t, v.Get("unknown.below").IsUnknown(), "what is below an unknown value is unknown")
	assert.True(t, v.Get("secret.key").IsSecret(), "what is in a secret is secret")
	assert.True(t, v.Get("absent.below").IsAbsent())
	assert.Equal(t, "[secret]", v.Get("secret.key").String())
	assert.Equal(t, "[secret]", v.Get("secret").String())
	assert.Equal(t, []string{"hunter22"}, v.Secrets(nil))

	items := v.Select("list[]")
	assert.Len(t, items, 2)
	assert.Equal(t, "list[1]", items[1].Path())
	assert.True(t, items[1].IsUnknown())
	assert.Empty(t, v.Select("absent[].x"))
	assert.Len(t, v.Select("unknown[].x"), 1)
}

func TestAllPrefersFailureToUnknown(t *testing.T) {
	unknown := Undecided("a", NotYet)
	advisory := Failed("p1", "f1")
	advisory.AtMostAdvisory = true
	for name, c := range map[string]struct {
		in   []Verdict
		want Verdict
	}{
		"none":                  {nil, Verdict{}},
		"not applicable":        {[]Verdict{Skipped(), Passed()}, Passed()},
		"unknown":               {[]Verdict{Passed(), unknown, Skipped()}, unknown},
		"failure":               {[]Verdict{unknown, Failed("p", "f"), Passed()}, Failed("p", "f")},
		"both failures, once":   {[]Verdict{Failed("p", "f"), Failed("q", "f")}, Failed("p; q", "f")},
		"advisory and ordinary": {[]Verdict{advisory, Failed("p1", "f1")}, Failed("p1", "f1")},
		"advisory only":         {[]Verdict{advisory, Passed()}, advisory},
	} {
		assert.Equal(t, c.want, All(c.in...), name)
	}
}

func TestAnyPrefersUnknownToFailure(t *testing.T) {
	unknown, failed := Undecided("a", NotYet), Failed("p", "f")
	for name, c := range map[string]struct {
		in   []Verdict
		want Verdict
	}{
		"none":            {nil, Verdict{}},
		"not applicable":  {[]Verdict{Skipped(), Skipped()}, Verdict{}},
		"pass":            {[]Verdict{failed, unknown, Skipped(), Passed()}, Passed()},
		"unknown":         {[]Verdict{failed, unknown, Undecided("b", External), failed}, unknown},
		"first failure":   {[]Verdict{Skipped(), failed, Failed("q", "g")}, failed},
		"nothing decides": {[]Verdict{Skipped(), unknown}, unknown},
	} {
		assert.Equal(t, c.want, Any(c.in...), name)
	}
}

func TestAFailureUnlessSomethingMakesUpForIt(t *testing.T) {
	unknown, failed := Undecided("a", NotYet), Failed("p", "f")
	for _, c := range []struct{ in, want Verdict }{
		{Passed(), Passed()}, {unknown, unknown}, {Failed("", ""), failed}, {Skipped(), failed},
	} {
		assert.Equal(t, c.want, FailedUnless(c.in, "p", "f"))
	}
}

func TestCanonicalSpelling(t *testing.T) {
	for token, want := range map[string]string{
		"aws:alb/loadBalancer:LoadBalancer":                  "aws:lb/loadBalancer:LoadBalancer",
		"aws:lb/loadBalancer:LoadBalancer":                   "aws:lb/loadBalancer:LoadBalancer",
		"aws:elasticloadbalancingv2/targetGroup:TargetGroup": "aws:lb/targetGroup:TargetGroup",
		"aws:elasticloadbalancing/loadBalancer:LoadBalancer": "aws:elb/loadBalancer:LoadBalancer",
		"aws:s3/bucketV2:BucketV2":                           "aws:s3/bucket:Bucket",
		"aws:s3/bucketVersioningV2:BucketVersioningV2":       "aws:s3/bucketVersioning:BucketVersioning",
		"aws:s3/bucketObjectv2:BucketObjectv2":               "aws:s3/bucketObjectv2:BucketObjectv2",
		"kubernetes:apps/v1:Deployment":                      "kubernetes:apps/v1:Deployment",
		"kubernetes:apps/v1beta2:DeploymentPatch":            "kubernetes:apps/v1:Deployment",
		"kubernetes:extensions/v1beta1:DaemonSet":            "kubernetes:apps/v1:DaemonSet",
		"kubernetes:extensions/v1beta1:Ingress":              "kubernetes:networking.k8s.io/v1:Ingress",
		"kubernetes:extensions/v1beta1:NetworkPolicyPatch":   "kubernetes:networking.k8s.io/v1:NetworkPolicy",
		"kubernetes:networking.k8s.io/v1beta1:IngressClass":  "kubernetes:networking.k8s.io/v1:IngressClass",
		"kubernetes:autoscaling/v1:HorizontalPodAutoscaler":  "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
		"kubernetes:batch/v2alpha1:CronJob":                  "kubernetes:batch/v1:CronJob",
		"kubernetes:policy/v1beta1:PodDisruptionBudget":      "kubernetes:policy/v1:PodDisruptionBudget",
		"kubernetes:storage.k8s.io/v1beta1:StorageClass":     "kubernetes:storage.k8s.io/v1:StorageClass",
		"kubernetes:eks.amazonaws.com/v1:IngressClassParams": "kubernetes:eks.amazonaws.com/v1:IngressClassParams",
		"other:index:Patch":                                  "other:index:Patch",
	} {
		assert.Equal(t, want, Canonical(token))
	}
}

func TestAPatchIsToldByItsURN(t *testing.T) {
	for token, want := range map[string]bool{
		"kubernetes:apps/v1:DeploymentPatch": true, "plinth:workload:Service$kubernetes:apps/v1:DeploymentPatch": true,
		"kubernetes:apps/v1:Deployment": false, "other:index:Patch": false,
	} {
		_, own, nested := strings.Cut(token, "$")
		if !nested {
			own = token
		}
		r := &Resource{URN: "urn:pulumi:dev::shop::" + token + "::a::Patch", Type: Canonical(own)}
		assert.Equal(t, want, r.IsPatch(), token)
	}
	assert.False(t, (&Resource{URN: "urn:1", Type: "kubernetes:apps/v1:Deployment"}).IsPatch())
}

func TestFieldsMayHaveDotsInTheirKeys(t *testing.T) {
	v := Of(map[string]any{"labels": map[string]any{"a.b/c": "d"}, "later": Computed{}, "secret": Secret{Of: map[string]any{"k": "v"}}})
	assert.Equal(t, `"d"`, v.Get("labels").Field("a.b/c").String())
	assert.Equal(t, "labels[a.b/c]", v.Get("labels").Field("a.b/c").Path())
	assert.True(t, v.Get("labels").Field("a").IsAbsent())
	assert.True(t, v.Get("later").Field("a.b").IsUnknown())
	assert.True(t, v.Get("secret").Field("k").IsSecret())
}

func TestWhatIsDerivedIsMadeOncePerType(t *testing.T) {
	g, made := NewGraph(nil), 0
	count := func(*Graph) *int { made++; return &made }
	assert.Same(t, Derived(g, count), Derived(g, count))
	assert.Equal(t, 1, made)
	assert.Equal(t, "other", Derived(g, func(*Graph) string { return "other" }))
	Derived(NewGraph(nil), count)
	assert.Equal(t, 2, made, "each graph has its own")
}

func TestPanicIsAnErrorThatSaysWhere(t *testing.T) {
	broken := &Rule{ID: "broken", Check: func(r *Resource, _ Settings) Verdict {
		var list []int
		return Failed(r.Name, string(rune(list[len(r.Name)])))
	}}
	_, err := Run(broken, nil, &Resource{URN: "urn:x", Name: "it"}, nil)
	assert.ErrorContains(t, err, "broken on urn:x")
	assert.ErrorContains(t, err, "index out of range")
	assert.ErrorContains(t, err, "rule_test.go:")
}

func TestGraphOrderIsByURN(t *testing.T) {
	a, b := &Resource{URN: "a", Type: "t"}, &Resource{URN: "b", Type: "t"}
	assert.Equal(t, []*Resource{a, b}, NewGraph([]*Resource{b, a}).Of("t"))
}

func TestBehindOneValue(t *testing.T) {
	key := &Resource{URN: "key", Type: "k", Outputs: FieldsOf(map[string]any{"arn": "arn:1"})}
	alias := &Resource{URN: "alias", Type: "a"}
	store := &Resource{
		URN: "store", Type: "s", Edges: map[string][]string{"replicas": {"key", "alias", "gone"}},
		Inputs: FieldsOf(map[string]any{"replicas": []any{map[string]any{"key": "arn:1"}, map[string]any{"key": Computed{}}, map[string]any{"key": "arn:2"}}, "lone": Computed{}}),
	}
	g := NewGraph([]*Resource{key, alias, store})
	keys := store.Select("replicas[].key")
	assert.Equal(t, []*Resource{key}, g.Behind(store, keys[0], "k", "a"))
	assert.Equal(t, []*Resource{key, alias}, g.Behind(store, keys[1], "k", "a"), "all that the property is computed from")
	assert.Equal(t, []*Resource{alias}, g.Behind(store, keys[1], "a"))
	assert.Empty(t, g.Behind(store, keys[2], "k", "a"))
	assert.Empty(t, g.Behind(store, store.Get("none"), "k", "a"))

	assert.Equal(t, Undecided("replicas[1].key", NotYet), store.Elsewhere(keys[1]))
	assert.Equal(t, Undecided("replicas[2].key", External), store.Elsewhere(keys[2]))
	assert.Equal(t, Undecided("lone", External), store.Elsewhere(store.Get("lone")))
}

func TestRegion(t *testing.T) {
	in := func(region string) Fields { return FieldsOf(map[string]any{"region": region}) }
	arn := FieldsOf(map[string]any{"arn": "arn:aws:rds:us-east-1:123456789012:db:shop"})
	for want, r := range map[string]Resource{
		"eu-west-1":    {Provider: in("eu-west-1"), Outputs: arn},
		"eu-central-1": {Inputs: in("eu-central-1"), Provider: in("eu-west-1")},
		"us-east-1":    {Outputs: arn},
		"us-west-2":    {Outputs: FieldsOf(map[string]any{"arn": Computed{}, "id": "arn:aws:sns:us-west-2:123456789012:alarms"})},
		"":             {Outputs: FieldsOf(map[string]any{"arn": "alias/shop", "id": "arn:aws:iam::123456789012:role/shop"})},
	} {
		assert.Equal(t, want, r.Region())
	}
}

func TestLevels(t *testing.T) {
	for severity, want := range map[Severity][2]Level{
		Low: {Advisory, Advisory}, Medium: {Advisory, Advisory}, High: {Advisory, Mandatory}, Critical: {Mandatory, Mandatory},
	} {
		r := &Rule{Severity: severity}
		assert.Equal(t, want, [2]Level{r.Level(Development), r.Level(Production)}, severity.String())
	}
	assert.Equal(t, Disabled, (&Rule{Severity: High, Development: At(Disabled)}).Level(Development))
}

func TestMessageIsOneLine(t *testing.T) {
	f := Finding{Resource: &Resource{Type: "aws:ec2/vpc:Vpc", Name: "main"}, Verdict: Failed("has\nno log", "add one")}
	assert.Equal(t, "Vpc main: has no log. Fix: add one.", f.Message())
	assert.False(t, strings.Contains(f.Message(), "\n"))
}

// A choice is made by what is known, and by what comes of it either way if it is not.
func TestChoose(t *testing.T) {
	unknown, later := Undecided("mode", NotYet), Undecided("key", NotYet)
	bad, worse := Failed("is bad", "mend it"), Failed("is worse", "mend that")
	hint := bad
	hint.AtMostAdvisory = true
	hinted := worse
	hinted.AtMostAdvisory = true
	for _, c := range []struct{ condition, then, otherwise, want Verdict }{
		{Passed(), bad, Passed(), bad}, {No(), bad, Passed(), Passed()}, {Skipped(), bad, Skipped(), Skipped()},
		{unknown, bad, Passed(), unknown}, {unknown, Passed(), bad, unknown}, {unknown, Skipped(), later, unknown}, {unknown, bad, later, unknown},
		{unknown, Passed(), Skipped(), Passed()}, {unknown, Skipped(), Skipped(), Skipped()},
		{unknown, bad, worse, worse}, {unknown, hint, worse, hinted},
	} {
		assert.Equal(t, c.want, Choose(c.condition, c.then, c.otherwise), "%v", c)
	}
}

func TestWhatIsThere(t *testing.T) {
	v := Of(map[string]any{"text": "a", "empty": "", "number": 7, "list": []any{"a"}, "object": map[string]any{}, "block": map[string]any{"a": 1, "b": nil},
		"hollow": map[string]any{"a": nil}, "unknown": Computed{}, "null": nil, "off": "false"})
	for name, c := range map[string]struct {
		ok   func(Value) bool
		want string
	}{
		"IsSet": {IsSet, "off text unknown"}, "IsObject": {IsObject, "block hollow object unknown"}, "IsBlock": {IsBlock, "block unknown"}, "IsFalse": {IsFalse, "off"},
	} {
		var accepted []string
		for _, key := range append(v.Keys(), "null", "absent") {
			if c.ok(v.Get(key)) {
				accepted = append(accepted, key)
			}
		}
		assert.Equal(t, c.want, strings.Join(accepted, " "), name)
	}
	for path, want := range map[string][2]Outcome{ // Named, Given
		"text": {Pass, Pass}, "unknown": {Pass, Pass}, "unknown.key": {Unknown, Unknown}, "number": {Fail, Pass}, "null": {Fail, Fail}, "absent.key": {Fail, Fail},
	} {
		assert.Equal(t, want, [2]Outcome{v.Get(path).Named().Outcome, v.Get(path).Given().Outcome}, path)
	}
}

// What is null in an object is not in it.
func TestNullIsNotSet(t *testing.T) {
	v := Of(map[string]any{"a": nil, "b": map[string]any{"c": nil}, "d": []any{nil}})
	assert.Equal(t, []string{"b", "d"}, v.Keys())
	plain, known := Plain(v)
	assert.True(t, known)
	assert.Equal(t, map[string]any{"b": map[string]any{}, "d": []any{nil}}, plain)
	assert.Equal(t, "not set", v.Get("a").String())
}

// Rules may say what they like: no secret of the stack leaves them, be it in a verdict or
// in a panic.
func TestWhatRulesSayShowsNoSecret(t *testing.T) {
	stack := []*Resource{
		{URN: "a", Type: "t:t:T", Inputs: FieldsOf(map[string]any{"key": Secret{Of: "hunter22"}, "part": Secret{Of: "hunter22-and-more"}, "short": Secret{Of: "of"}})},
		{URN: "b", Type: "t:t:T", Outputs: FieldsOf(map[string]any{"zone": Secret{Of: "nowhere-1a"}})},
	}
	says := func(v Verdict) *Rule {
		return &Rule{ID: "r", CheckGraph: func(*Graph, *Resource, Settings) Verdict {
			if v.Outcome == Pass {
				panic("of hunter22")
			}
			return v
		}}
	}
	f, err := Run(says(Failed("is hunter22-and-more of nowhere-1a", "not hunter22")), NewGraph(stack), stack[0], nil)
	assert.NoError(t, err)
	assert.Equal(t, "is [secret] of [secret]", f.Problem)
	assert.Equal(t, "not [secret]", f.Fix)
	f, _ = Run(says(Undecided("tags[hunter22]", NotYet)), NewGraph(stack), stack[1], nil)
	assert.Equal(t, "tags[[secret]]", f.Property)
	_, err = Run(says(Passed()), NewGraph(stack), stack[1], nil)
	assert.ErrorContains(t, err, "r on b: of [secret] at ")
	alone := &Rule{ID: "r", Check: func(*Resource, Settings) Verdict { return Failed("is hunter22", "of") }}
	f, _ = Run(alone, nil, stack[0], nil)
	assert.Equal(t, "is [secret]", f.Problem)
}

package exposure

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
)

type has = map[string]any

// at is a stack on one side of a change.
type at []*rule.Resource

const account1 = "111122223333"

// one is a resource, of which the id is its name.
func one(token, name string, inputs has) *rule.Resource {
	return &rule.Resource{
		URN: "urn:pulumi:test::shop::" + token + "::" + name, Type: token, Name: name,
		Inputs: rule.FieldsOf(inputs), Outputs: rule.FieldsOf(has{"id": name, "arn": arnOf(name)}), Edges: map[string][]string{},
	}
}

func arnOf(name string) string { return "arn:aws:thing:us-east-1:" + account1 + ":" + name }

// from says what a property of a resource is computed from.
func from(r *rule.Resource, property string, others ...*rule.Resource) *rule.Resource {
	for _, o := range others {
		r.Edges[property] = append(r.Edges[property], o.URN)
	}
	return r
}

// coming is a resource that is not there yet.
func coming(r *rule.Resource) *rule.Resource {
	r.Outputs = nil
	return r
}

// between is the change from one stack to another.
func between(old, renewed at) *change.Change {
	c := &change.Change{Project: "shop", Stack: "test", Before: rule.NewGraph(old), After: rule.NewGraph(renewed)}
	found := map[string]*change.Resource{}
	add := func(r *rule.Resource) *change.Resource {
		if found[r.URN] == nil {
			found[r.URN] = &change.Resource{URN: r.URN, Name: r.Name, Type: r.Type, Custom: true}
			c.Resources = append(c.Resources, found[r.URN])
		}
		return found[r.URN]
	}
	for _, r := range old {
		add(r).Old = r
		found[r.URN].Op = change.Delete
	}
	for _, r := range renewed {
		to := add(r)
		to.New = r
		switch {
		case to.Old == nil:
			to.Op = change.Create
		case reflect.DeepEqual(to.Old.Inputs, r.Inputs):
			to.Op = change.Same
		default:
			to.Op = change.Update
		}
	}
	return c
}

// opened is what is told of a change, one line each: a star marks the wide, a question mark
// the unknown.
func opened(old, renewed at) []string {
	var lines []string
	for _, e := range Find(between(old, renewed)) {
		line := fmt.Sprintf("%s %s: %s", e.Kind, e.Resource.Name, e.What)
		if e.Was != "" {
			line += " (was " + e.Was + ")"
		}
		if e.Wide {
			line = "* " + line
		}
		if e.Unknown {
			line = "? " + line
		}
		lines = append(lines, line)
	}
	return lines
}

// changed is one case of what a change is to be told as.
type changed struct {
	old, renewed at
	want         []string
}

func (c changed) check(t *testing.T) {
	t.Helper()
	require.Equal(t, c.want, opened(c.old, c.renewed))
	require.Empty(t, opened(c.old, c.old), "a change of nothing")
	require.Empty(t, opened(c.renewed, c.renewed), "a change of nothing")
	slices.Reverse(c.old)
	slices.Reverse(c.renewed)
	require.Equal(t, c.want, opened(c.old, c.renewed), "in another order")
}

func run(t *testing.T, cases map[string]changed) {
	t.Helper()
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { c.check(t) })
	}
}

// policy is a policy document of some statements.
func policy(statements ...has) string {
	text, _ := json.Marshal(has{"Version": "2012-10-17", "Statement": statements})
	return string(text)
}

func allow(action, resource any) has {
	return has{"Effect": "Allow", "Action": action, "Resource": resource}
}

func with(statement has, key string, v any) has {
	statement[key] = v
	return statement
}

func TestTheWideComesFirst(t *testing.T) {
	kinds := []string{}
	for _, e := range Find(between(nil, at{
		one(user, "ann", nil),
		one("aws:iam/rolePolicy:RolePolicy", "b", has{"role": "r", "policy": policy(allow("s3:GetObject", "arn:aws:s3:::x/*"))}),
		one("aws:iam/rolePolicy:RolePolicy", "c", has{"role": "s", "policy": policy(allow("*", "*"))}),
		coming(one("aws:iam/rolePolicy:RolePolicy", "d", has{"role": "t", "policy": rule.Computed{}})),
		one("aws:ec2/subnet:Subnet", "a", has{"mapPublicIpOnLaunch": true}),
		one("aws:rds/instance:Instance", "z", has{"publiclyAccessible": true}),
		one(securityGroup, "sg", has{"ingress": []any{has{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": []any{"10.0.0.0/8"}}}}),
	})) {
		kinds = append(kinds, e.Resource.Name)
	}
	require.Equal(t, []string{"z", "c", "sg", "a", "b", "ann", "d"}, kinds)
}

func TestASecretIsNeverShown(t *testing.T) {
	hiddenPolicy := rule.Secret{Of: policy(allow("s3:*", "arn:aws:s3:::vault/*"))}
	lines := opened(at{one(role, "r", nil)}, at{one(role, "r", nil), one("aws:iam/rolePolicy:RolePolicy", "p", has{"role": "r", "policy": hiddenPolicy})})
	require.Equal(t, []string{"? permission p: what r may do by it cannot be told: policy is secret"}, lines)
	secretRule := func(block string) at {
		return at{one("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "p", has{
			"securityGroupId": "sg", "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "cidrIpv4": rule.Secret{Of: block},
		})}
	}
	for _, line := range opened(secretRule("198.51.100.0/24"), secretRule("203.0.113.0/24")) {
		require.NotContains(t, line, ".0/24")
	}
	require.Empty(t, strings.Join(opened(secretRule("198.51.100.0/24"), secretRule("198.51.100.0/24")), "\n"))
}

func TestWhatWasNotKnownBeforeIsNotTold(t *testing.T) {
	of := func(path string) at {
		return at{one(role, "r", has{"path": path, "assumeRolePolicy": rule.Secret{Of: rule.Computed{}}, "inlinePolicies": []any{has{"policy": rule.Secret{Of: rule.Computed{}}}}})}
	}
	require.Empty(t, opened(of("/a"), of("/b")))
}

// The engine knows that a secret differs, and nobody can see how.
func TestASecretDocumentThatDiffersIsNotKnown(t *testing.T) {
	document := at{one("aws:iam/rolePolicy:RolePolicy", "p", has{"role": "r", "policy": rule.Secret{Of: rule.Computed{}}})}
	c := between(document, document)
	c.Resources[0].Op = change.Update
	require.Empty(t, Find(c))
	c.Resources[0].Properties = []diff.Property{{Path: "policy"}}
	told := Find(c)
	require.Len(t, told, 1)
	require.True(t, told[0].Unknown)
}

func TestWhatTheStackLetsGoOfGoesOnGuarding(t *testing.T) {
	c := between(at{one(bucket, "b", nil), one(bucketBlock, "block", has{"bucket": "b", "blockPublicAcls": true})}, at{one(bucket, "b", nil)})
	require.Len(t, Find(c), 1)
	c.Find("urn:pulumi:test::shop::" + bucketBlock + "::block").Op = change.Forget
	require.Empty(t, Find(c))
}

func TestAResourceMayHaveHadAnotherURN(t *testing.T) {
	group := func(name, block string) *rule.Resource {
		return one(securityGroup, name, has{"ingress": []any{has{"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": []any{block}}}})
	}
	renamed := func(block string) []Exposure {
		r := &change.Resource{Op: change.Update, Old: group("before", "10.0.0.0/8"), New: group("after", block)}
		r.URN, r.Name, r.Type = r.New.URN, "after", securityGroup
		return Find(&change.Change{Resources: []*change.Resource{r}})
	}
	require.Empty(t, renamed("10.1.0.0/16"))
	require.Len(t, renamed("0.0.0.0/0"), 1)
}

// Several resources have the id of a bucket: it is the one that the others are parts of.
func TestAPartOfABucketIsNotTheBucket(t *testing.T) {
	block := func(on bool) *rule.Resource {
		r := one(bucketBlock, "access", has{"bucket": "b", "blockPublicAcls": on})
		r.Outputs = rule.FieldsOf(has{"id": "b"})
		return from(r, "bucket", one(bucket, "b", nil))
	}
	rules := one("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "rules", has{"bucket": "b"})
	rules.Outputs = rule.FieldsOf(has{"id": "b"})
	from(rules, "bucket", one(bucket, "b", nil))
	require.Equal(t, []string{"endpoint access: b: public ACLs are no longer blocked (blockPublicAcls)"}, opened(at{rules, block(true), one(bucket, "b", nil)}, at{rules, block(false), one(bucket, "b", nil)}))
}

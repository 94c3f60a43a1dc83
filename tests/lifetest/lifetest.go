// Package lifetest takes a component through its life on the real Pulumi engine and the
// simulated AWS: deployed, changed in place, refused what would harm it, protected and
// destroyed.
//
//	l := lifetest.Start(t, args, func(ctx *pulumi.Context, net *lifetest.Network, a *cache.ServerlessArgs) error {
//		_, err := cache.NewServerless(ctx, "shop", a, net.Opts)
//		return err
//	})
//	l.Up()
//	l.Changes("more storage", func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.MaxStorageGb = 20 }, "update shop-cache")
//	l.Refused("no storage", func(a *cache.ServerlessArgs, _ *lifetest.Network) { a.MaxStorageGb = -1 }, "maxStorageGb: -1")
//
// The args are made anew for every run of the program, so that a change for one run
// leaves nothing behind.
package lifetest

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/rehearsal"
	"github.com/plinth-iac/plinth/tests/simcloud"
)

// Change is something that is done to args.
type Change[A any] func(a *A, net *Network)

// Life is one component on a network of its own, in a cloud of its own.
type Life[A any] struct {
	t       testing.TB
	args    func(net *Network) *A
	deploy  func(ctx *pulumi.Context, net *Network, a *A) error
	changes []Change[A] // those that stay
	touched map[string]bool
	printed bytes.Buffer
	r       *rehearsal.Rehearsal
}

// Start opens a rehearsal; nothing is deployed yet. args makes the args on a network,
// deploy makes the component of them.
func Start[A any](
	t testing.TB, args func(net *Network) *A, deploy func(ctx *pulumi.Context, net *Network, a *A) error,
) *Life[A] {
	t.Helper()
	l := &Life[A]{t: t, args: args, deploy: deploy, touched: map[string]bool{}}
	r, err := rehearsal.New(t.Context(), rehearsal.Options{
		Program: l.program, Output: &l.printed,
		Config: map[string]any{"pulumi:disable-default-providers": []any{"*"}},
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, r.Close()) })
	l.r = r
	return l
}

func (l *Life[A]) program(ctx *pulumi.Context) error {
	net, err := newNetworks(ctx)
	if err != nil {
		return err
	}
	a := l.args(net)
	for _, change := range l.changes {
		before := *a
		change(a, net)
		l.touch(reflect.ValueOf(before), reflect.ValueOf(*a))
	}
	return l.deploy(ctx, net, a)
}

// touch notes which fields a change has set. One that writes into a map or a struct
// behind a pointer is not seen: changes replace them.
func (l *Life[A]) touch(before, after reflect.Value) {
	for i := range before.NumField() {
		if tag := fieldName(before.Type().Field(i)); tag != "" && !reflect.DeepEqual(before.Field(i).Interface(), after.Field(i).Interface()) {
			l.touched[tag] = true
		}
	}
}

func fieldName(f reflect.StructField) string {
	tag, _, _ := strings.Cut(f.Tag.Get("pulumi"), ",")
	return tag
}

// Rehearsal is the rehearsal itself.
func (l *Life[A]) Rehearsal() *rehearsal.Rehearsal { return l.r }

// Cloud is the simulated AWS.
func (l *Life[A]) Cloud() *simcloud.Cloud { return l.r.Cloud() }

// Printed is everything that the engine has printed.
func (l *Life[A]) Printed() string { return l.printed.String() }

// Up deploys, and sees that a second deploy changes nothing and that nothing drifts.
func (l *Life[A]) Up() {
	l.t.Helper()
	l.up("deploy")
	_, err := l.r.Refresh(l.t.Context())
	require.NoError(l.t, err, "after the deploy")
}

// NoChanges sees that a deploy changes nothing.
func (l *Life[A]) NoChanges(what string) {
	l.t.Helper()
	_, err := l.r.Up(l.t.Context(), rehearsal.ExpectNoChanges())
	require.NoError(l.t, err, what)
}

// Changes makes a change that stays, and sees that a deploy takes exactly these steps on
// resources, each an operation and a name, such as "update shop-instance", in any order.
// Components themselves do not count.
func (l *Life[A]) Changes(what string, change Change[A], steps ...string) {
	l.t.Helper()
	l.changes = append(l.changes, change)
	require.ElementsMatch(l.t, steps, Steps(l.up(what)), what)
}

// Plans previews a change, and sees exactly these steps in the plan.
func (l *Life[A]) Plans(what string, change Change[A], steps ...string) {
	l.t.Helper()
	planned, err := l.Plan(change)
	require.NoError(l.t, err, what)
	require.ElementsMatch(l.t, steps, planned, what)
}

// Plan previews a change and gives the steps of the plan.
func (l *Life[A]) Plan(change Change[A]) ([]string, error) {
	var phase rehearsal.Phase
	err := l.with(change, func() (err error) {
		phase, err = l.r.Preview(l.t.Context())
		return err
	})
	return Steps(phase), err
}

// Refused sees that a deploy with a change fails with an error that has all of the texts
// in it, and that the next one without it changes nothing in AWS.
func (l *Life[A]) Refused(what string, change Change[A], texts ...string) {
	l.t.Helper()
	err := l.with(change, func() error { _, err := l.r.Up(l.t.Context()); return err })
	l.requireRefusal(what, err, texts)
	require.Empty(l.t, Steps(l.up(what+", undone")), "%s, undone", what)
}

// PlanRefused sees the same of a preview, as when the engine's protection is in the way.
func (l *Life[A]) PlanRefused(what string, change Change[A], texts ...string) {
	l.t.Helper()
	_, err := l.Plan(change)
	l.requireRefusal(what, err, texts)
}

func (l *Life[A]) requireRefusal(what string, err error, texts []string) {
	l.t.Helper()
	require.Error(l.t, err, what)
	for _, text := range texts {
		require.ErrorContains(l.t, err, text, what)
	}
}

// NeverReplaces previews every change, one at a time, and fails if it would replace or
// delete one of the stores, by name, without being refused. The first store, which holds
// the data, must be protected itself: what protects another would hide that it is not. The
// changes must touch every field of the args between them.
func (l *Life[A]) NeverReplaces(stores []string, changes map[string]Change[A]) {
	l.t.Helper()
	require.Contains(l.t, l.protected(), stores[0], "what is protected")
	l.touched = map[string]bool{}
	for what, change := range changes {
		steps, err := l.Plan(change)
		if err != nil {
			require.Regexp(l.t, `\d problems?\n|protect`, err.Error(), "%s is refused by neither the component nor the engine", what)
			continue
		}
		for _, step := range steps {
			op, name, _ := strings.Cut(step, " ")
			harmless := op == "create" || op == "update"
			require.False(l.t, !harmless && slices.Contains(stores, name), "%s: %s", what, step)
		}
	}
	args := reflect.TypeFor[A]()
	for i := range args.NumField() {
		if name := fieldName(args.Field(i)); name != "" {
			require.True(l.t, l.touched[name], "no change sets %s", name)
		}
	}
}

// Protected sees that the engine refuses to destroy the stack.
func (l *Life[A]) Protected() {
	l.t.Helper()
	require.NotEmpty(l.t, l.protected(), "nothing is protected")
	require.NoError(l.t, l.r.Protection(l.t.Context()))
}

// protected are the names of what the engine protects.
func (l *Life[A]) protected() []string {
	l.t.Helper()
	state, err := l.r.Export(l.t.Context())
	require.NoError(l.t, err)
	var names []string
	for _, r := range state.Resources {
		if r.Protect {
			names = append(names, r.URN.Name())
		}
	}
	return names
}

// DestroyRefused lifts the engine's protection and sees that AWS refuses as well, and
// that the next deploy brings back what went before that.
func (l *Life[A]) DestroyRefused(texts ...string) {
	l.t.Helper()
	_, err := l.r.Destroy(l.t.Context())
	for _, text := range texts {
		require.ErrorContains(l.t, err, text)
	}
	require.Error(l.t, err)
	l.up("deploy again")
}

// Destroy destroys everything and sees that nothing is left in the cloud.
func (l *Life[A]) Destroy() {
	l.t.Helper()
	_, err := l.r.Destroy(l.t.Context())
	require.NoError(l.t, err)
}

// Resource is what the cloud has under a name, or a failure.
func (l *Life[A]) Resource(name string) simcloud.Resource {
	l.t.Helper()
	for _, r := range l.Cloud().Resources() {
		if strings.HasSuffix(r.URN, "::"+name) {
			return r
		}
	}
	require.Fail(l.t, "not in the cloud", name)
	return simcloud.Resource{}
}

// Steps are what a phase does to resources other than components, as "update shop-cache".
func Steps(p rehearsal.Phase) []string {
	steps := []string{}
	for _, s := range p.Steps {
		urn := resource.URN(s.URN)
		if !strings.HasPrefix(string(urn.Type()), "plinth:") && urn.Type() != resource.RootStackType {
			steps = append(steps, fmt.Sprintf("%s %s", s.Op, urn.Name()))
		}
	}
	return steps
}

func (l *Life[A]) up(what string) rehearsal.Phase {
	l.t.Helper()
	phase, err := l.r.Up(l.t.Context())
	require.NoError(l.t, err, what)
	l.NoChanges(what + ", again")
	return phase
}

// with runs something while one more change is made.
func (l *Life[A]) with(change Change[A], run func() error) error {
	kept := l.changes
	l.changes = append(slices.Clone(kept), change)
	defer func() { l.changes = kept }()
	return run()
}

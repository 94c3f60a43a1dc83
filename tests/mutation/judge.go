package mutation

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/plinth-iac/plinth/policies/rule"
)

// judge asks questions about resources that may have changed.
func (s *Stack) judge(resources []*rule.Resource, asked []question) (said verdicts, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("a policy panics: %v\n%s", p, debug.Stack())
		}
	}()
	said = make(verdicts, len(asked))
	if len(asked) == 0 {
		return said, nil
	}
	var g *rule.Graph
	byURN := make(map[string]*rule.Resource, len(resources))
	for _, r := range resources {
		byURN[r.URN] = r
	}
	for _, q := range asked {
		r, p := byURN[q.urn], s.policies[q.policy]
		if r == nil {
			continue
		}
		if g == nil && p.CheckGraph != nil {
			g = rule.NewGraph(resources)
		}
		said[q] = p.outcome(g, r)
	}
	return said, nil
}

// after is the resources of the stack when one of them has become others.
func (s *Stack) after(r *rule.Resource, becomes []*rule.Resource) []*rule.Resource {
	i, _ := slices.BinarySearchFunc(s.resources, r.URN, func(at *rule.Resource, urn string) int { return cmp.Compare(at.URN, urn) })
	return slices.Concat(s.resources[:i], becomes, s.resources[i+1:])
}

// Notice is what is said of a flip and was not said before.
type Notice struct {
	Flip
	// Red are the policies that fail, Unknown those that cannot be decided any more.
	Red, Unknown []string
}

// Notices flips everything in one resource of each role, and says what the policies say. They
// are not asked what they cannot say otherwise than before.
func (s *Stack) Notices() ([]Notice, error) { return s.flipped(false) }

// NoticesOfAll is the same, with all policies asked about every resource after every flip.
func (s *Stack) NoticesOfAll() ([]Notice, error) { return s.flipped(true) }

func (s *Stack) flipped(all bool) ([]Notice, error) {
	var roles []*rule.Resource
	seen := map[string]bool{}
	for _, r := range s.resources {
		if role := s.role[r.URN]; r.ProviderURN != "" && !seen[role] { // a component is its children
			seen[role] = true
			roles = append(roles, r)
		}
	}
	found := make([][]Notice, len(roles))
	errs := make([]error, len(roles))
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				found[i], errs[i] = s.notices(roles[i], all)
			}
		})
	}
	for i := range roles {
		next <- i
	}
	close(next)
	wait.Wait()
	return slices.Concat(found...), errors.Join(errs...)
}

func (s *Stack) notices(r *rule.Resource, all bool) ([]Notice, error) {
	var notices []Notice
	ask := s.asker(r)
	if all {
		ask = func(f Flip) ([]question, error) { return s.questions(f), nil }
	}
	for _, f := range s.Flips(r) {
		asked, err := ask(f)
		if err != nil {
			return nil, err
		}
		said, err := s.judge(s.after(r, f.becomes), asked)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", f.Path, f.Kind, err)
		}
		notices = append(notices, s.notice(f, said))
	}
	return notices, nil
}

// asker gives the questions that a flip of r may be the answer to.
func (s *Stack) asker(r *rule.Resource) func(Flip) ([]question, error) {
	decided := map[string][]question{}
	return func(f Flip) ([]question, error) {
		own, err := s.about[r.URN]()
		switch {
		case err != nil:
			return nil, err
		case f.Kind == added:
			return s.questions(f), nil
		case !f.values() || f.Path == Protect:
			return own.options, nil
		case f.property == "":
			return append(s.twins(f), own.values...), nil
		}
		asked := own.values
		for _, part := range parts(f.Path) {
			inside, known := decided[part]
			if !known {
				if inside, err = s.decided(r, part, asked); err != nil {
					return nil, err
				}
				decided[part] = inside
			}
			asked = inside
		}
		asked = slices.Clone(asked)
		touches := f.touches
		if f.refersTo != nil {
			asked, touches = append(asked, s.around(f.refersTo)...), append(touches, f.refersTo)
		}
		for _, target := range touches {
			theirs, err := s.about[target.URN]()
			if err != nil {
				return nil, err
			}
			asked = append(asked, theirs.values...)
		}
		return asked, nil
	}
}

// parts are the paths of the objects and the list that a path goes through, from outside.
func parts(path string) []string {
	whole := path
	if i := strings.IndexAny(path, "[{"); i >= 0 {
		whole = path[:i]
	}
	var all []string
	for i, char := range whole {
		if char == '.' {
			all = append(all, whole[:i])
		}
	}
	if len(all) == 0 || whole != path {
		all = append(all, whole)
	}
	return all
}

// around are the questions about a resource and those that refer to it.
func (s *Stack) around(r *rule.Resource) []question {
	var asked []question
	for q := range s.before {
		for _, urns := range s.byURN[q.urn].Edges {
			if slices.Contains(urns, r.URN) {
				asked = append(asked, q)
				break
			}
		}
		if q.urn == r.URN {
			asked = append(asked, q)
		}
	}
	return asked
}

// notice is what is new in the verdicts after a flip.
func (s *Stack) notice(f Flip, said verdicts) Notice {
	n := Notice{Flip: f}
	for q, outcome := range said {
		id := s.policies[q.policy].ID
		switch before := s.before[q]; {
		case outcome == rule.Fail && before != rule.Fail:
			n.Red = append(n.Red, id)
		case outcome == rule.Unknown && before < rule.Unknown:
			n.Unknown = append(n.Unknown, id)
		}
	}
	slices.Sort(n.Red)
	slices.Sort(n.Unknown)
	n.Red, n.Unknown = slices.Compact(n.Red), slices.Compact(n.Unknown)
	return n
}

// questions are all that a flip may be the answer to: what looks at one resource alone is
// not asked about others, and what failed before has been said.
func (s *Stack) questions(f Flip) []question {
	asked := s.twins(f)
	for q, before := range s.before {
		if before != rule.Fail && (q.urn == f.Of.URN || s.policies[q.policy].CheckGraph != nil) {
			asked = append(asked, q)
		}
	}
	return asked
}

// twins are the questions about what a flip adds.
func (s *Stack) twins(f Flip) []question {
	var asked []question
	for _, r := range f.becomes {
		for q := range s.before {
			if q.urn == f.Of.URN && r.URN != q.urn {
				asked = append(asked, question{q.policy, r.URN})
			}
		}
	}
	return asked
}

// about is the questions that a resource has a say in.
type about struct {
	// values can be answered otherwise when its values change, or it goes; options when its
	// options do.
	values, options []question
}

// concerned are the questions that have another answer when none of a resource's values is
// known, when none is there, or when it is not there itself; and of these, and those about
// itself, the ones that have another when all is secret and its options are others. A verdict that holds for every value
// that an unknown may take holds for every flip.
func (s *Stack) concerned(r *rule.Resource) (about, error) {
	hidden, bare, other := *r, *r, *r
	hidden.Inputs, hidden.Outputs, hidden.Provider = unknown(r.Inputs), unknown(r.Outputs), unknown(r.Provider)
	bare.Inputs, bare.Outputs, bare.Provider, bare.Edges = rule.Fields{}, rule.Fields{}, rule.Fields{}, nil
	other.Inputs, other.Protect, other.IgnoreChanges = rule.Fields{}, !r.Protect, []string{"*"}
	for key, v := range r.Inputs {
		other.Inputs[key] = v.AsSecret()
	}
	all := s.questions(Flip{Of: r})
	values, err := s.changing(r, all, []*rule.Resource{&hidden}, []*rule.Resource{&bare}, nil)
	if err != nil {
		return about{}, err
	}
	own := slices.DeleteFunc(all, func(q question) bool { return q.urn != r.URN })
	options, err := s.changing(r, append(own, values...), []*rule.Resource{&other})
	return about{values, options}, err
}

// decided are those of the questions that the value at a path can change.
func (s *Stack) decided(r *rule.Resource, path string, asked []question) ([]question, error) {
	property, _, _ := strings.Cut(path, ".")
	hidden := *r
	hidden.Inputs = with(r.Inputs, property, variant{value: put(rule.Of(r.Inputs), path, variant{value: rule.Of(rule.Computed{})}).Field(property)})
	hidden.Outputs = unknown(r.Outputs) // they may follow from it
	for _, known := range [...]string{"id", "arn"} {
		if v, has := r.Outputs[known]; has {
			hidden.Outputs[known] = v
		}
	}
	loose := hidden
	loose.Edges = maps.Clone(r.Edges)
	delete(loose.Edges, property)
	without := variant{gone: path == property}
	if !without.gone {
		without.value = put(rule.Of(r.Inputs), path, variant{gone: true}).Field(property)
	}
	return s.changing(r, asked, []*rule.Resource{&hidden}, []*rule.Resource{&loose}, []*rule.Resource{s.changed(r, property, without)})
}

// changing are those of the questions that have another answer when r becomes one of others,
// and those about r alone, which cost nothing.
func (s *Stack) changing(r *rule.Resource, asked []question, others ...[]*rule.Resource) ([]question, error) {
	changing := map[question]bool{}
	for _, other := range others {
		said, err := s.judge(s.after(r, other), asked)
		if err != nil {
			return nil, err
		}
		for q, outcome := range said {
			alone := q.urn == r.URN && s.policies[q.policy].Check != nil
			if alone || outcome != s.before[q] || outcome == rule.Unknown {
				changing[q] = true
			}
		}
	}
	return slices.Collect(maps.Keys(changing)), nil
}

func unknown(fields rule.Fields) rule.Fields {
	hidden := make(rule.Fields, len(fields))
	for key := range fields {
		hidden[key] = rule.Of(rule.Computed{})
	}
	return hidden
}

package mutation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Policy is a rule with the settings that hold for the stack.
type Policy struct {
	*rule.Rule
	Settings rule.Settings
}

// outcome is what rule.Run gives, without the words of a message.
func (p Policy) outcome(g *rule.Graph, r *rule.Resource) rule.Outcome {
	if p.Check != nil {
		return p.Check(r, p.Settings).Outcome
	}
	return p.CheckGraph(g, r, p.Settings).Outcome
}

// Stack is a stack and the policies that judge it.
type Stack struct {
	resources []*rule.Resource // by URN
	policies  []Policy
	byURN     map[string]*rule.Resource
	byType    map[string][]*rule.Resource
	// role tells apart what is not alike, by URN.
	role map[string]string
	// names are the outputs that only one resource of a type has, by URN and output: what
	// others can name it by.
	names map[string]map[string]string
	// before is what the policies say of the stack as it is.
	before verdicts
	// about are the questions that a resource has a say in, by URN.
	about map[string]func() (about, error)
}

// question is a policy about a resource.
type question struct {
	policy int
	urn    string
}

type verdicts map[question]rule.Outcome

// NewStack is a stack as its policies see it.
func NewStack(resources []*rule.Resource, policies []Policy) (*Stack, error) {
	s := &Stack{
		resources: slices.SortedFunc(slices.Values(resources), func(a, b *rule.Resource) int { return cmp.Compare(a.URN, b.URN) }),
		policies:  policies, byURN: map[string]*rule.Resource{}, byType: map[string][]*rule.Resource{},
		about: map[string]func() (about, error){},
	}
	for _, r := range s.resources {
		s.byURN[r.URN] = r
		s.byType[r.Type] = append(s.byType[r.Type], r)
		s.about[r.URN] = sync.OnceValues(func() (about, error) { return s.concerned(r) })
	}
	s.names = s.namesOf()
	var asked []question
	for i, p := range policies {
		for _, token := range p.Types {
			for _, r := range s.byType[token] {
				asked = append(asked, question{i, r.URN})
			}
		}
	}
	var err error
	s.before, err = s.judge(s.resources, asked)
	s.role = s.roles()
	return s, err
}

func (s *Stack) namesOf() map[string]map[string]string {
	type known struct{ token, output, text string }
	count, names := map[known]int{}, map[string]map[string]string{}
	for _, r := range s.resources {
		names[r.URN] = map[string]string{}
		for _, output := range append(sortedKeys(r.Outputs), "metadata.name") {
			if text, ok := r.Out(output).Text(); ok && len(text) > 2 && !strings.HasPrefix(text, "{") {
				names[r.URN][output] = text
				count[known{r.Type, output, text}]++
			}
		}
	}
	for urn, outputs := range names {
		maps.DeleteFunc(outputs, func(output, text string) bool { return count[known{s.byURN[urn].Type, output, text}] > 1 })
	}
	return names
}

// Findings are the policies that fail or cannot be decided before anything is changed, each
// with its resource.
func (s *Stack) Findings(outcome rule.Outcome) []string {
	var found []string
	for q, o := range s.before {
		if o == outcome {
			found = append(found, s.policies[q.policy].ID+" "+s.byURN[q.urn].Name)
		}
	}
	slices.Sort(found)
	return found
}

// roles are the shapes of resources, by URN: two of one type with the same properties and
// verdicts, among resources of which the same is true, have one role.
func (s *Stack) roles() map[string]string {
	said := map[string][]string{}
	for q, outcome := range s.before {
		said[q.urn] = append(said[q.urn], fmt.Sprint(q.policy, outcome))
	}
	alone, among, roles := map[string]string{}, map[string][]string{}, map[string]string{}
	for _, r := range s.resources {
		alone[r.URN] = join(append(append(shape(nil, "", rule.Of(r.Inputs)), said[r.URN]...), r.Type, fmt.Sprint(r.Protect)))
	}
	for _, r := range s.resources {
		for property, urns := range r.Edges {
			for _, urn := range urns {
				among[r.URN] = append(among[r.URN], property+" to "+alone[urn])
				among[urn] = append(among[urn], property+" of "+alone[r.URN])
			}
		}
	}
	for urn, own := range alone {
		roles[urn] = own + "\n\n" + join(among[urn])
	}
	return roles
}

// join is a set of texts as one.
func join(texts []string) string {
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), "\n")
}

// shape is the paths in a value, with the words that are no names: a condition of a policy
// makes another shape, a name does not.
func shape(paths []string, path string, v rule.Value) []string {
	if text, ok := v.Text(); ok {
		if document, ok := parse(text); ok {
			return shape(paths, path+"{}", document)
		}
	}
	if _, isText := v.Text(); !isText {
		if flag, ok := v.Bool(); ok {
			return append(paths, fmt.Sprint(path, "=", flag))
		}
	}
	for _, item := range v.Items() {
		paths = shape(paths, path+"[]", item)
	}
	for _, key := range v.Keys() {
		paths = shape(paths, path+"."+key, v.Field(key))
	}
	return append(paths, path)
}

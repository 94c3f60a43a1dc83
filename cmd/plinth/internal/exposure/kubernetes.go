package exposure

import (
	"cmp"
	"encoding/json"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// Type tokens of Kubernetes.
const (
	namespace     = "kubernetes:core/v1:Namespace"
	networkPolicy = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
	clusterRole   = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
	podRole       = "kubernetes:rbac.authorization.k8s.io/v1:Role"
)

var kubernetesReaders = map[string]func(*side, *rule.Resource){
	clusterRole: (*side).readRole,
	podRole:     (*side).readRole,
	"kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding": (*side).readBinding,
	"kubernetes:rbac.authorization.k8s.io/v1:RoleBinding":        (*side).readBinding,
}

// called is the namespace and name of an object: in the program if that is all there is.
func (s *side) called(r *rule.Resource) string {
	name, _ := readable(r.Get("metadata.name"))
	if name == "" {
		name = r.Name
	}
	if of := s.of(r, r.Get("metadata.namespace"), namespace); of != "" {
		return s.name(of) + "/" + name
	}
	return name
}

// readRole reads what a role allows: verbs on kinds of objects, and on paths of the API.
func (s *side) readRole(r *rule.Resource) {
	if whole := r.Get("rules"); hidden(whole) {
		s.notKnown(r, Permission, "rules", "what it allows")
	}
	for _, one := range r.Select("rules[]") {
		said := statement{principals: []pattern{{}}, resources: patterns(texts(one.Select("nonResourceURLs[]")), nil), actions: patterns(texts(one.Select("verbs[]")), nil)}
		named := texts(one.Select("resourceNames[]"))
		if len(named) == 0 {
			named = []string{"*"}
		}
		for _, group := range texts(one.Select("apiGroups[]")) {
			for _, kind := range texts(one.Select("resources[]")) {
				for _, name := range named {
					said.resources = append(said.resources, pattern{text: group + "/" + kind + " " + name})
				}
			}
		}
		c := claim{by: r, kind: Permission, property: "rules", on: s.self(r), right: said, frame: "who has it may now: %s"}
		c.each = func(c *claim, g grant) {
			objects := g.resource.text
			if _, kind, isKind := strings.Cut(objects, "/"); isKind && strings.Contains(objects, " ") {
				objects = strings.TrimSuffix(kind, " *")
			}
			c.item, c.tail, c.wide = g.action.text, "on "+objects, g.action.text == "*" && objects == "*"
		}
		s.add(c)
	}
}

func texts(values []rule.Value) []string {
	var all []string
	for _, v := range values {
		if text, ok := readable(v); ok {
			all = append(all, text)
		}
	}
	return all
}

// readBinding reads who has a role: in a namespace, or in the whole cluster.
func (s *side) readBinding(r *rule.Resource) {
	of, known := readable(r.Get("roleRef.name"))
	if !known {
		s.notKnown(r, Permission, "roleRef", "which role it binds")
		return
	}
	where := cmp.Or(s.name(s.of(r, r.Get("metadata.namespace"), namespace)), "default")
	in := "in the namespace " + where
	if strings.HasSuffix(r.Type, ":ClusterRoleBinding") {
		where, in = "", "in the whole cluster"
	}
	for _, subject := range r.Select("subjects[]") {
		kind, _ := readable(subject.Get("kind"))
		name, known := readable(subject.Get("name"))
		if !known {
			s.notKnown(r, Permission, "subjects", "who has the role "+of)
			continue
		}
		from, _ := readable(subject.Get("namespace"))
		s.add(claim{
			by: r, kind: Permission, property: "subjects", on: strings.Join([]string{r.ProviderURN, where, kind, from, name}, "|"), right: token(of),
			frame: kind + " " + name + " may now do " + in + " what %s allows", item: "the role " + of, wide: of == "cluster-admin",
		})
	}
}

// canonical is a value as JSON, for comparing.
func canonical(v rule.Value) string {
	plain, _ := rule.Plain(v)
	text, _ := json.Marshal(plain)
	if v.IsAbsent() {
		return "{}"
	}
	return string(text)
}

package exposure

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/change"
	"github.com/plinth-iac/plinth/policies/rule"
)

// names tell what a value refers to, by the same name before and after the change: the URN if
// it is a resource of the stack, be its id known or not, and otherwise the value.
type names struct {
	resources map[string]*change.Resource // by the URNs that they have, and had
	ids       map[string][]string         // URNs by id or ARN
	accounts  map[string]bool             // own accounts
}

func namesOf(c *change.Change) *names {
	n := &names{resources: map[string]*change.Resource{}, ids: map[string][]string{}, accounts: map[string]bool{}}
	for _, r := range c.Resources {
		n.resources[r.URN] = r
		for _, state := range [...]*apitype.ResourceV3{r.OldState, r.NewState} {
			if state != nil && state.ID != "" {
				n.know(string(state.ID), r.URN)
			}
			if state != nil && r.IsProvider() { // a list, or its text
				for _, own := range accountId.FindAllString(fmt.Sprint(state.Inputs["allowedAccountIds"]), -1) {
					n.accounts[own] = true
				}
			}
		}
		for _, side := range [...]*rule.Resource{r.Old, r.New} {
			if side == nil {
				continue
			}
			n.resources[side.URN] = r
			for _, path := range idPaths {
				if id, ok := readable(side.Out(path)); ok {
					n.know(id, r.URN)
				}
			}
			if arn, ok := readable(side.Out("arn")); ok {
				n.accounts[account(arn)] = true
			}
		}
	}
	delete(n.accounts, "")
	for _, urns := range n.ids { // first what the others are parts of
		slices.SortStableFunc(urns, func(a, b string) int { return cmp.Compare(n.refers(a, urns), n.refers(b, urns)) })
	}
	return n
}

// refers is how many times a resource refers to some.
func (n *names) refers(urn string, to []string) int {
	times := 0
	for _, side := range [...]*rule.Resource{n.resources[urn].Old, n.resources[urn].New} {
		if side == nil {
			continue
		}
		for _, urns := range side.Edges {
			for _, other := range urns {
				if slices.Contains(to, other) {
					times++
				}
			}
		}
	}
	return times
}

// idPaths are the outputs by which others name a resource, or what it makes besides itself.
var idPaths = []string{
	"id", "arn", "vpcConfig.clusterSecurityGroupId", "defaultSecurityGroupId", "defaultRouteTableId", "mainRouteTableId", "defaultNetworkAclId",
}

var accountId = regexp.MustCompile(`\b[0-9]{12}\b`)

func (n *names) know(id, urn string) {
	if id != "" && !slices.Contains(n.ids[id], urn) {
		n.ids[id] = append(n.ids[id], urn)
	}
}

// account is the account that an ARN, or a bare id, names, or empty.
func account(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		arn = parts[4]
	}
	if len(arn) != 12 {
		return ""
	}
	return accountId.FindString(arn)
}

// of is what a value of r refers to. It is empty if that cannot be told.
func (n *names) of(r *rule.Resource, v rule.Value, types ...string) string {
	fits := func(urn string) bool {
		found := n.resources[urn]
		return found != nil && (len(types) == 0 || slices.Contains(types, found.Type))
	}
	id, known := readable(v)
	for _, urn := range n.ids[id] {
		if known && fits(urn) {
			return urn
		}
	}
	property := top(v)
	if known && (len(types) == 0 || strings.Contains(v.Path(), "[")) {
		return id // the edges of the property may be of something else
	}
	edges := slices.DeleteFunc(slices.Clone(r.Edges[property]), func(urn string) bool { return !fits(urn) })
	switch {
	case len(edges) == 1:
		return n.resources[edges[0]].URN
	case known:
		return id
	}
	return ""
}

// self is what of says of a resource itself.
func (n *names) self(r *rule.Resource) string { return n.resources[r.URN].URN }

// name is what people call what of has found.
func (n *names) name(of string) string {
	if r := n.resources[of]; r != nil {
		return r.Name
	}
	return of
}

// arn is what people call what an ARN, or a pattern of some, is of.
func (n *names) arn(arn string) string {
	for end := len(arn); end > 0; end = strings.LastIndexAny(arn[:end], "/:") { // it may be of an object in a bucket
		if urns := n.ids[arn[:end]]; len(urns) > 0 && strings.HasPrefix(arn, "arn:") {
			return n.resources[urns[0]].Name + arn[end:]
		}
	}
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 && parts[0] == "arn" {
		if of := account(arn); of != "" && !n.accounts[of] {
			return parts[5] + n.foreign(of)
		}
		return parts[5]
	}
	return arn
}

// foreign says of which account something is that is not of the own one.
func (n *names) foreign(account string) string {
	if len(n.accounts) == 0 {
		return " of account " + account
	}
	return " of another account (" + account + ")"
}

// stays says that what a claim is on is still there after the change.
func (n *names) stays(on string) bool {
	urn, _, _ := strings.Cut(on, "|")
	r := n.resources[urn]
	return r == nil || remains(r) != nil
}

// remains is what there is of a resource after the change: what a stack lets go of stays.
func remains(r *change.Resource) *rule.Resource {
	if r.Op == change.Forget {
		return r.Old
	}
	return r.New
}

// isNew says that there was no such resource before the change.
func (n *names) isNew(on string) bool {
	r := n.resources[on]
	return r != nil && r.Old == nil
}

// hidden accepts values that cannot be read: not known yet, or secret.
func hidden(v rule.Value) bool { return v.IsUnknown() || v.IsSecret() }

// readable is a text that is known, and no secret.
func readable(v rule.Value) (string, bool) {
	if v.IsSecret() {
		return "", false
	}
	return v.Text()
}

// some tells a few of several, and how many more there are.
func some(items []string, most int) string {
	if len(items) > most {
		return strings.Join(items[:most], ", ") + andMore(len(items)-most)
	}
	return strings.Join(items, ", ")
}

func andMore(n int) string { return fmt.Sprintf(" and %d more", n) }

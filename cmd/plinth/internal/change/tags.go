package change

import (
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/cmd/plinth/internal/diff"
	"github.com/plinth-iac/plinth/policies/rule"
)

// selecting are where a backup selection has the keys of the tags of what it backs up.
var selecting = []string{
	"selectionTags[].key",
	"conditions[].stringEquals[].key", "conditions[].stringLikes[].key",
	"conditions[].stringNotEquals[].key", "conditions[].stringNotLikes[].key",
}

// heed takes it back that tags are noise if they say what is backed up, before or after.
func (c *Change) heed() {
	selects := c.selects()
	for _, r := range c.Resources {
		for i := range r.Properties {
			p := &r.Properties[i]
			if key, isTag := diff.Tag(p.Path); p.Noise && isTag && selects(key) {
				p.Noise = false
			}
		}
	}
}

// selects says whether a backup selection looks at a tag, or at any if the key is empty. What
// is not known may be any key.
func (c *Change) selects() func(key string) bool {
	any, keys := false, []string{""}
	for _, g := range []*rule.Graph{c.Before, c.After} {
		for _, selection := range g.Of("aws:backup/selection:Selection") {
			for _, path := range selecting {
				for _, v := range selection.Select(path) {
					key, known := v.Text()
					any = any || !known
					keys = append(keys, strings.TrimPrefix(key, "aws:ResourceTag/"))
				}
			}
		}
	}
	return func(key string) bool { return len(keys) > 1 && (any || slices.Contains(keys, key)) }
}

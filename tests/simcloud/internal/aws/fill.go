package aws

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/big"
	"sort"
	"strconv"
	"strings"
	"sync"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
)

// data/computed.json says, per kind, what AWS fills in. Values are templates: {id}, {account}, {region}, {partition}, {name} or any other
// property of the resource, {hexN} and {numN} (N digits that belong to the resource), {hexN:salt} for further ones; text after "=" is taken as it is. Objects fill the gaps of an
// object that the program gave in part.
//
//go:embed data/computed.json
var computedText []byte

var computedTable = sync.OnceValue(func() map[string]map[string]any {
	var out map[string]map[string]any
	if err := json.Unmarshal(computedText, &out); err != nil {
		panic(fmt.Sprintf("data/computed.json: %v", err)) // embedded data, held by a test
	}
	return out
})

type filler struct {
	*Request
	digest [32]byte
	types  map[string]*facts.Property
	table  map[string]any
	busy   map[string]bool
}

// fill gives every computed property of r.New a value and returns the ID of the resource.
func (w *World) fill(r *Request, types map[string]*facts.Property) string {
	f := &filler{Request: r, types: types, table: computedTable()[r.Kind], busy: map[string]bool{}}
	if r.Op == Create && r.ID == "" {
		name := fmt.Sprintf("%d|%s|%s|%s|%s", w.seed, r.Account, r.Region, r.Token, r.URN)
		f.digest = sha256.Sum256([]byte(fmt.Sprintf("%s|%d", name, w.births[r.URN])))
	} else {
		f.digest = sha256.Sum256([]byte(r.Token + r.ID))
	}
	for _, hooks := range []map[string]func(*Request){fillHooks, dataHooks, serviceHooks} {
		if hook := hooks[r.Kind]; hook != nil {
			hook(r)
		}
	}
	if r.ID == "" {
		r.ID = f.id()
	}
	names := make([]string, 0, len(types))
	for name := range types {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		f.property(name)
	}
	return r.ID
}

func (f *filler) id() string {
	if template, ok := f.table["id"].(string); ok {
		return f.expand(template)
	}
	if p := f.types["name"]; p != nil && p.Input {
		if name := f.New.Str("name"); name != "" {
			return name
		}
	}
	return strings.ReplaceAll(f.Kind, ".", "-") + "-" + f.hex(17, "")
}

func (f *filler) property(name string) any {
	p := f.types[name]
	have := f.New[name]
	entry, listed := f.table[name]
	switch {
	case p == nil:
		return have
	case have != nil:
		if listed {
			f.gaps(p, have, entry)
		}
		return have
	case !p.Computed || f.busy[name]:
		return nil
	}
	f.busy[name] = true
	defer delete(f.busy, name)
	v := any(nil)
	if listed {
		v = f.literal(entry)
	} else {
		v = f.generic(name, p)
	}
	if v != nil {
		f.New[name] = v
	}
	return v
}

// gaps completes a block the program gave in part with what AWS assumes for the rest.
func (f *filler) gaps(p *facts.Property, have, entry any) {
	switch have := have.(type) {
	case map[string]any:
		values, ok := entry.(map[string]any)
		for key := range p.Nested {
			if !ok || have[key] != nil {
				if ok && have[key] != nil && values[key] != nil {
					f.gaps(p.Nested[key], have[key], values[key])
				}
				continue
			}
			if v, listed := values[key]; listed && p.Nested[key].Computed {
				have[key] = f.literal(v)
			}
		}
	case []any:
		if list, ok := entry.([]any); ok && len(list) == 1 {
			for _, e := range have {
				f.gaps(p, e, list[0])
			}
		}
	}
}

func (f *filler) literal(entry any) any {
	switch entry := entry.(type) {
	case string:
		if text, verbatim := strings.CutPrefix(entry, "="); verbatim {
			return text
		}
		return f.expand(entry)
	case []any:
		out := make([]any, len(entry))
		for i, e := range entry {
			out[i] = f.literal(e)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(entry))
		for k, e := range entry {
			out[k] = f.literal(e)
		}
		return out
	}
	return entry
}

// generic makes a value for a computed property that the table does not list.
func (f *filler) generic(name string, p *facts.Property) any {
	global := globalServices[service(f.Kind)]
	switch {
	case name == "tagsAll":
		if tags := f.New.Obj("tags"); tags != nil {
			return facts.Clone(map[string]any(tags))
		}
		return map[string]any{}
	case name == "arn" && p.Kind == facts.String:
		where := f.Region
		if global {
			where = ""
		}
		_, short, _ := strings.Cut(f.Kind, ".")
		return say("arn:%s:%s:%s:%s:%s/%s", f.Partition(), service(f.Kind), where, f.Account, strings.ToLower(short), f.ID)
	case name == "ownerId" || name == "accountId":
		return f.Account
	case name == "region":
		return f.Region
	}
	switch p.Kind {
	case facts.String:
		if p.Input {
			return ""
		}
		return name + "-" + f.hex(12, name)
	case facts.Int, facts.Float:
		return 0.0
	case facts.Bool:
		return false
	case facts.List:
		return []any{}
	case facts.Map:
		return map[string]any{}
	}
	return nil
}

func (f *filler) expand(template string) string {
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(template, "{")
		b.WriteString(before)
		if !ok {
			return b.String()
		}
		word, after, _ := strings.Cut(rest, "}")
		b.WriteString(f.word(word))
		template = after
	}
}

func (f *filler) word(word string) string {
	word, salt, _ := strings.Cut(word, ":")
	switch word {
	case "id":
		return f.ID
	case "account":
		return f.Account
	case "region":
		return f.Region
	case "partition":
		return f.Partition()
	case "dns":
		if f.Partition() == "aws-cn" {
			return "amazonaws.com.cn"
		}
		return "amazonaws.com"
	case "lbSuffix": // the middle of the ARN of a load balancer's or listener's part
		parent := f.New.Str("loadBalancerArn") + f.New.Str("listenerArn")
		_, suffix, _ := strings.Cut(parent, "/")
		return suffix
	case "lbKind":
		kind, ok := map[string]string{"network": "net", "gateway": "gwy"}[f.New.Str("loadBalancerType")]
		if !ok {
			kind = "app"
		}
		return kind
	case "lbzone":
		return regions()[f.Region].LoadBalancerZone
	case "ip":
		return say("52.%d.%d.%d", f.digest[1], f.digest[2], f.digest[3])
	case "ipdash":
		return say("52-%d-%d-%d", f.digest[1], f.digest[2], f.digest[3])
	case "uuid":
		h := f.hex(32, salt)
		return h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
	}
	for _, kind := range []string{"hex", "num", "HEX"} {
		if digits, ok := strings.CutPrefix(word, kind); ok {
			n, err := strconv.Atoi(digits)
			if err != nil {
				break
			}
			switch kind {
			case "num":
				return f.num(n, salt)
			case "HEX":
				return strings.ToUpper(f.hex(n, salt))
			}
			return f.hex(n, salt)
		}
	}
	switch v := f.property(word).(type) {
	case string:
		return v
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (f *filler) salted(salt string) []byte {
	if salt == "" {
		return f.digest[:]
	}
	d := sha256.Sum256(append(f.digest[:], salt...))
	return d[:]
}

func (f *filler) hex(n int, salt string) string { return hex.EncodeToString(f.salted(salt))[:n] }

func (f *filler) num(n int, salt string) string {
	s := new(big.Int).SetBytes(f.salted(salt)).String()
	return s[len(s)-n:]
}

// ComputedKinds lists the kinds that the table of computed properties knows.
func ComputedKinds() []string {
	var out []string
	for kind := range computedTable() {
		out = append(out, kind)
	}
	return out
}

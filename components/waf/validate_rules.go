package waf

import (
	"net/netip"
	"reflect"
	"regexp"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const (
	mostAddresses = 10000
	mostOverrides = 100
)

var (
	labelForm   = regexp.MustCompile(`^[0-9A-Za-z_:-]+$`)
	pathForm    = regexp.MustCompile(`^/[A-Za-z0-9._~!$&'()+,;=:@/-]*\*?$`)
	ruleForm    = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)
	versionForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
)

func (a *WebAclArgs) validateRules(errs *fielderr.List) {
	a.validateLists(errs)
	if a.Geo != nil {
		a.Geo.validate(errs.At("geo"))
	}
	if len(a.RateLimits) > mostRateLimits {
		errs.Invalid("rateLimits", len(a.RateLimits), "must be %d or fewer: AWS allows no more in a web ACL", mostRateLimits)
	}
	checkPlaces(errs.At("rateLimits"), a.RateLimits)
	for key, l := range a.RateLimits {
		l.validate(errs.At("rateLimits", fielderr.Key(key)))
	}
	if a.Body != nil {
		a.Body.validate(errs.At("body"), a.Scope)
	}
	for name, g := range a.Groups {
		at := errs.At("groups", fielderr.Key(string(name)))
		known, found := managedGroups[name]
		switch {
		case !found && name == groupBots:
			at.Add("", "is what botControl is for")
		case !found:
			at.Unsupported("", name, groupNames()...)
		case g.Off && !reflect.DeepEqual(g, GroupArgs{Off: true, Mode: g.Mode}):
			at.Add("off", "leaves the group out, so that nothing else can be said of it")
		case g.Version != "" && known.unversioned:
			at.Invalid("version", g.Version, "AWS keeps no versions of this group")
		}
		g.validate(at)
	}
	if b := a.BotControl; b != nil {
		at := errs.At("botControl")
		fielderr.OneOf(at, "level", b.Level, BotsCommon, BotsTargeted)
		if b.MachineLearning != nil && b.Level != BotsTargeted {
			at.Add("machineLearning", "is for the level %s", BotsTargeted)
		}
		b.group().validate(at)
	}
	checkPlaces(errs.At("labelled"), a.Labelled)
	for key, l := range a.Labelled {
		at := errs.At("labelled", fielderr.Key(key))
		if !labelForm.MatchString(l.Label) || len(l.Label) > 1024 {
			at.Invalid("label", l.Label, "must be a label, of 1 to 1024 letters, digits, hyphens, underscores and colons")
		}
		l.Mode.check(at)
		checkPaths(at, l.OnlyPaths, l.ExceptPaths)
	}
}

func (a *WebAclArgs) validateLists(errs *fielderr.List) {
	checkPlaces(errs.At("allow"), a.Allow)
	checkPlaces(errs.At("block"), a.Block)
	sets := 0
	for _, list := range a.lists() {
		at := errs.At(list.field(), fielderr.Key(list.key))
		if list.ipv4 == nil && list.ipv6 == nil {
			at.Add("", "needs ipv4 or ipv6")
		}
		checkAddresses(at, "ipv4", list.ipv4, netip.Addr.Is4)
		checkAddresses(at, "ipv6", list.ipv6, netip.Addr.Is6)
		if !list.allow {
			list.mode.check(at)
		}
		sets += len(list.sets(""))
	}
	if sets > mostSets {
		errs.Invalid("block", sets, "lists have %d sets of addresses or fewer, one for each family: AWS allows no more in a web ACL", mostSets)
	}
}

// checkAddresses checks blocks of addresses as far as they are known.
func checkAddresses(errs *fielderr.List, path string, addresses pulumi.StringArrayInput, family func(netip.Addr) bool) {
	list, known := addresses.(pulumi.StringArray)
	if !known {
		return
	}
	if len(list) > mostAddresses {
		errs.Invalid(path, len(list), "must be %d or fewer", mostAddresses)
	}
	for i, input := range list {
		text, plain := input.(pulumi.String)
		if !plain {
			continue
		}
		block, err := netip.ParsePrefix(string(text))
		switch at := path + fielderr.Index(i); {
		case err != nil || !family(block.Addr()):
			errs.Invalid(at, string(text), "must be a block of %s addresses, such as %s", path, map[string]string{"ipv4": "192.0.2.0/24", "ipv6": "2001:db8::/48"}[path])
		case block.Bits() == 0:
			errs.Invalid(at, string(text), "AWS takes no block of all addresses")
		case block.Masked() != block:
			errs.Invalid(at, string(text), "does not begin a block; the one that it is in is %s", block.Masked())
		}
	}
}

func (g *GeoArgs) validate(errs *fielderr.List) {
	base.CheckCountries(errs, base.Countries{Field: "only", Codes: g.Only}, base.Countries{Field: "except", Codes: g.Except})
	g.Mode.check(errs)
}

func (l RateLimitArgs) validate(errs *fielderr.List) {
	datastore.Between(errs, "limit", l.Limit, 10, 2_000_000_000)
	if windows := []int{60, 120, 300, 600}; !slices.Contains(windows, l.WindowSeconds) {
		errs.Invalid("windowSeconds", l.WindowSeconds, "must be 60, 120, 300 or 600")
	}
	if l.Header != "" {
		checkHeader(errs, "header", l.Header)
	}
	l.Mode.check(errs)
	checkPaths(errs, l.OnlyPaths, l.ExceptPaths)
}

func (b *BodyArgs) validate(errs *fielderr.List, scope Scope) {
	seen := 8 * 1024
	if scope == CloudFront {
		seen = 16 * 1024
	}
	switch {
	case b.InspectKb == 0:
	case scope == Regional:
		errs.Invalid("inspectKb", b.InspectKb, "is for CloudFront: of what load balancers get, 8 KB are seen")
	case !slices.Contains([]int{16, 32, 48, 64}, b.InspectKb):
		errs.Invalid("inspectKb", b.InspectKb, "must be 16, 32, 48 or 64")
	default:
		seen = b.InspectKb * 1024
	}
	if b.MaxBytes == 0 && b.InspectKb == 0 {
		errs.Add("", "needs maxBytes or inspectKb")
	}
	if b.MaxBytes < 0 || b.MaxBytes > seen {
		errs.Invalid("maxBytes", b.MaxBytes, "must be 1 to %d, which is what is seen of a body", seen)
	}
	if b.MaxBytes == 0 && len(b.ExceptPaths) > 0 {
		errs.Add("exceptPaths", "is for maxBytes")
	}
	b.Mode.check(errs)
	checkPaths(errs, nil, b.ExceptPaths)
}

func (g GroupArgs) validate(errs *fielderr.List) {
	g.Mode.check(errs)
	if len(g.Rules) > mostOverrides {
		errs.Invalid("rules", len(g.Rules), "must be %d or fewer", mostOverrides)
	}
	for name, action := range g.Rules {
		if !ruleForm.MatchString(name) {
			errs.At("rules").Add(fielderr.Key(name), "is not the name of a rule")
		}
		fielderr.OneOf(errs.At("rules"), fielderr.Key(name), action, ActionAllow, ActionBlock, ActionCount, ActionCaptcha, ActionChallenge)
	}
	if g.Version != "" && !versionForm.MatchString(g.Version) {
		errs.Invalid("version", g.Version, "must be a version such as Version_1.0")
	}
	checkPaths(errs, g.OnlyPaths, g.ExceptPaths)
}

// checkPaths checks the paths that narrow a rule; they become one regular expression.
func checkPaths(errs *fielderr.List, only, except []string) {
	for field, paths := range map[string][]string{"onlyPaths": only, "exceptPaths": except} {
		for i, path := range paths {
			if !pathForm.MatchString(path) {
				errs.Invalid(field+fielderr.Index(i), path, "must be a path such as /login or /api/*, with a star at its end only")
			}
		}
		if length := len(pathRegex(paths)); length > longestRegex {
			errs.Invalid(field, length, "characters are too many in one expression, of which AWS takes %d: fewer or shorter paths, or a rule more", longestRegex)
		}
	}
}

// checkPlaces checks keys, and that each has a priority of its own.
func checkPlaces[V any](errs *fielderr.List, m map[string]V) {
	holder := map[int]string{}
	for _, key := range base.SortedKeys(m) {
		checkKey(errs, key)
		if other, taken := holder[place(key)]; taken {
			errs.Add(fielderr.Key(key), "has the same priority as %s: another key would have another", other)
		}
		holder[place(key)] = key
	}
}

func groupNames() []string {
	var names []string
	for _, g := range base.SortedKeys(managedGroups) {
		names = append(names, string(g))
	}
	return names
}

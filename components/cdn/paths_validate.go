package cdn

import (
	"regexp"
	"strings"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

const longestPattern = 255

var patternForm = regexp.MustCompile(`^/[A-Za-z0-9_.*$/~"'@:+&?-]*$`)

// validatePaths allows one spelling of a pattern only, so that no two mean the same.
func (a *DistributionArgs) validatePaths(errs *fielderr.List) {
	switch {
	case a.DefaultOrigin == "":
		errs.Required("defaultOrigin")
	case a.Default.Origin != a.DefaultOrigin:
		errs.Invalid("default.origin", a.Default.Origin, "must be left out: it is defaultOrigin")
	case !a.hasOrigin(a.DefaultOrigin):
		errs.Unsupported("defaultOrigin", a.DefaultOrigin, a.originKeys()...)
	}
	a.Default.validate(errs.At("default"), a)
	if len(a.Paths) >= mostPaths {
		errs.Invalid("paths", len(a.Paths), "must be %d or fewer", mostPaths-1)
	}
	for pattern, p := range a.Paths {
		at := errs.At("paths", fielderr.Key(pattern))
		switch {
		case !patternForm.MatchString(pattern) || len(pattern) > longestPattern:
			at.Invalid("", pattern, "must begin with / and have %d characters or fewer, all of which may be in a path", longestPattern)
		case strings.Contains(pattern, "**") || strings.Contains(pattern, "*?"):
			at.Invalid("", pattern, `must not have "*" before another wildcard: write "?*" for "*?" and "*" for "**"`)
		case pattern == "/*":
			at.Invalid("", pattern, "is every path, which is what default is for")
		}
		if p.Origin != "" && !a.hasOrigin(p.Origin) {
			at.Unsupported("origin", p.Origin, a.originKeys()...)
		}
		p.validate(at, a)
	}
}

func (p PathArgs) validate(errs *fielderr.List, a *DistributionArgs) {
	if p.CachePolicyId == nil {
		fielderr.OneOf(errs, "caching", p.Caching, CachingOptimized, CachingDisabled, CachingByOrigin, CachingByOriginAndQuery)
	} else if p.Caching != "" {
		errs.Conflict("caching", "cachePolicyId", "a path has one cache policy")
	}
	if p.OriginRequestPolicyId == nil {
		fielderr.OneOf(errs, "forwarding", p.Forwarding, AllViewer, AllViewerExceptHost, HostHeaderOnly, CorsToBucket, NoForwarding)
	} else if p.Forwarding != "" {
		errs.Conflict("forwarding", "originRequestPolicyId", "a path has one origin request policy")
	}
	fielderr.OneOf(errs, "methods", p.Methods, ReadMethods, ReadMethodsAndOptions, AllMethods)
	fielderr.OneOf(errs, "protocol", p.Protocol, RedirectToHttps, HttpsOnly, PlaintextToo)
	if a.hasOrigin(p.Origin) {
		p.suits(errs, a)
	}
	for path, key := range map[string]string{"viewerRequest": p.ViewerRequest, "viewerResponse": p.ViewerResponse} {
		if key != "" && !has(a.Functions, key) {
			errs.Unsupported(path, key, keysOf(a.Functions)...)
		}
	}
	if len(p.Signers) > mostSigners {
		errs.Invalid("signers", len(p.Signers), "must be %d or fewer", mostSigners)
	}
	seen := map[string]bool{}
	for i, key := range p.Signers {
		if !has(a.SigningKeys, key) {
			errs.Unsupported("signers"+fielderr.Index(i), key, keysOf(a.SigningKeys)...)
		} else if seen[key] {
			errs.Invalid("signers"+fielderr.Index(i), key, "is there twice")
		}
		seen[key] = true
	}
}

// suits sees that an origin understands what it is asked, and that viewers get no answer
// that was meant for another.
func (p PathArgs) suits(errs *fielderr.List, a *DistributionArgs) {
	of := a.kindOf(p.Origin)
	p.suitsHost(errs, a, of)
	switch {
	case of != bucket && p.Forwarding == CorsToBucket:
		errs.Invalid("forwarding", p.Forwarding, "a %s is no bucket", of)
	case of != bucket && p.Caching == CachingOptimized && (p.Forwarding == AllViewer || p.Forwarding == AllViewerExceptHost):
		errs.Invalid("forwarding", p.Forwarding, "%s keeps one answer for all viewers, and a %s would hear which one asks: see %s",
			p.Caching, of, usualOf[of].shared)
	}
	switch {
	case p.Methods != AllMethods:
	case of == bucket:
		errs.Invalid("methods", p.Methods, "CloudFront may only read a bucket")
	case has(a.OriginGroups, p.Origin):
		errs.Invalid("methods", p.Methods, "only GET, HEAD and OPTIONS can fail over, and a group takes no others")
	}
}

// suitsHost is about whose name an origin hears: the viewers' or its own.
func (p PathArgs) suitsHost(errs *fielderr.List, a *DistributionArgs, of kind) {
	told := p.Forwarding == AllViewer || p.Forwarding == HostHeaderOnly
	kept := p.Caching == CachingByOrigin || p.Caching == CachingByOriginAndQuery
	switch of {
	case bucket, functionUrl:
		if told {
			errs.Invalid("forwarding", p.Forwarding, "a %s answers to its own name only: see AllViewerExceptHost", of)
		}
		if kept {
			errs.Invalid("caching", p.Caching, "it forwards the viewer's host, and a %s answers to its own name only", of)
		}
	case custom:
		if kept && !told {
			errs.Invalid("caching", p.Caching, "it forwards the viewer's host: a %s that answers to it needs forwarding %s", of, AllViewer)
		}
	case loadBalancer:
		silent := p.Forwarding == NoForwarding || p.Forwarding == AllViewerExceptHost
		if silent && !kept && p.CachePolicyId == nil && a.hasCertificate(p.Origin) {
			errs.Invalid("forwarding", p.Forwarding, "the certificate of a %s is for the viewer's host, which must be forwarded: see %s", of, HostHeaderOnly)
		}
	}
}

func (a *DistributionArgs) hasOrigin(key string) bool {
	return has(a.Origins, key) || has(a.OriginGroups, key)
}

func (a *DistributionArgs) originKeys() []string {
	return append(base.SortedKeys(a.Origins), base.SortedKeys(a.OriginGroups)...)
}

func has[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

// keysOf are the keys that may be referred to.
func keysOf[V any](m map[string]V) []string {
	if len(m) == 0 {
		return []string{"none"}
	}
	return base.SortedKeys(m)
}

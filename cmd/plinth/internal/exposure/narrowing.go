package exposure

import (
	"regexp"
	"slices"
	"strings"
)

// narrowing are the keys of conditions that can keep a statement from being for everybody, in
// lower case, with what says that a value is a limit. What has no wildcard is one.
var narrowing = func() map[string]func(string) bool {
	all := map[string]func(string) bool{}
	for _, of := range []struct {
		limits func(string) bool
		keys   []string
	}{
		{ofOneAccount, []string{"aws:sourcearn", "aws:principalarn", "s3:dataaccesspointarn", "sourcearn"}},
		{func(block string) bool { return plain(block) && !isOpen(block) }, []string{"aws:sourceip", "aws:vpcsourceip"}},
		{func(id string) bool { return plain(before(id, ":")) }, []string{"aws:userid"}},
		{func(path string) bool { return plain(before(path, "/")) }, []string{"aws:sourceorgpaths", "aws:principalorgpaths"}},
		{func(is string) bool { return is == "true" }, []string{"elasticfilesystem:accessedviamounttarget"}},
		{plain, []string{
			"aws:sourceaccount", "aws:sourceowner", "aws:sourceorgid", "aws:sourcevpc", "aws:sourcevpce", "aws:principalaccount", "aws:principalorgid",
			"s3:dataaccesspointaccount", "kms:calleraccount", "sourceaccount", "principalorgid", "eventsourcetoken", "organizationid",
			"cognito-identity.amazonaws.com:aud", "accounts.google.com:aud", "graph.facebook.com:app_id", "www.amazon.com:app_id",
		}},
	} {
		for _, key := range of.keys {
			all[key] = of.limits
		}
	}
	return all
}()

// narrows says that a condition keeps a statement to some callers.
func (c condition) narrows() bool {
	key := strings.ToLower(c.key)
	limits := narrowing[key]
	if strings.HasSuffix(key, ":sub") {
		limits = ofOneOwner
	}
	if limits == nil || c.ifExists || strings.Contains(c.operator, "not") || c.operator == "null" || c.quantifier == "forallvalues" {
		return false
	}
	return len(c.values) > 0 && !slices.ContainsFunc(c.values, func(value string) bool { return !limits(value) })
}

// plain says that a value is given, and given in full.
func plain(value string) bool { return value != "" && !isWild(value) }

func before(value, sep string) string {
	head, _, _ := strings.Cut(value, sep)
	return head
}

var fullAccount = regexp.MustCompile(`^[0-9]{12}$`)

// ofOneAccount says that a pattern of ARNs is of one account, or of a bucket, whose ARN has none.
func ofOneAccount(value string) bool {
	parts := strings.SplitN(value, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return plain(value)
	}
	return fullAccount.MatchString(parts[4]) || parts[2] == "s3" && parts[4] == "" && plain(before(parts[5], "/"))
}

// ofOneOwner says that the subject of an identity provider names whose it is in full, as
// "repo:owner/" does: what else is there is for others too.
func ofOneOwner(subject string) bool {
	kind, owner, ok := strings.Cut(subject, ":")
	return plain(kind) && (!ok || plain(before(before(owner, "/"), ":")))
}

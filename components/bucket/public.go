package bucket

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

var (
	// sourceKeys are the conditions that say for whom a service acts.
	sourceKeys = []string{"aws:sourcearn", "aws:sourceaccount", "aws:sourceorgid", "aws:sourceorgpaths"}
	// callerKeys are the conditions, on who asks or from where, that S3 does not call public.
	callerKeys = []string{
		"aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths", "aws:userid",
		"aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", sourceIp, "aws:sourcevpc", "aws:sourcevpce",
		"s3:dataaccesspointaccount", accessPoint,
	}
	// operators let in only what has one of the values. Others let in the rest of the world
	// as well, or whoever comes without the key.
	operators = []string{
		"StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike", "IpAddress",
		"ForAnyValue:StringEquals", "ForAnyValue:StringLike",
	}
)

const (
	sourceIp    = "aws:sourceip"
	accessPoint = "s3:dataaccesspointarn"
)

// narrowed says whether a condition lets in only who has one of the keys, with values that
// are all narrow enough. The value of another resource is.
func (s StatementArgs) narrowed(keys []string, narrow func(key, value string) bool) bool {
	for operator, conditions := range s.Conditions {
		for key, values := range conditions {
			key = strings.ToLower(key)
			wide := slices.ContainsFunc(values, func(value pulumi.StringInput) bool {
				text, plain := value.(pulumi.String)
				return plain && !narrow(key, string(text))
			})
			if slices.Contains(operators, operator) && slices.Contains(keys, key) && len(values) > 0 && !wide {
				return true
			}
		}
	}
	return false
}

func isNamed(_, value string) bool { return strings.Trim(value, "*?") != "" }

// isFixed says whether S3 takes a value for a fixed one: no pattern, unless it is of access
// points' names, and no range of addresses that holds much of the internet.
func isFixed(key, value string) bool {
	switch key {
	case sourceIp:
		addresses, err := netip.ParsePrefix(value)
		if err != nil {
			_, err = netip.ParseAddr(value)
			return err == nil
		}
		return addresses.Bits() >= 32 || addresses.Addr().Is4() && addresses.Bits() >= 8
	case accessPoint:
		value, _, _ = strings.Cut(value, ":accesspoint/")
	}
	return isNamed(key, value) && !strings.ContainsAny(value, "*?$")
}

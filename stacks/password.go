package stacks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// PasswordKey is the secret configuration value with the database's first password. It is
// needed where AWS cannot manage the password itself, and good until the first rotation,
// which happens right after the deploy that uses it.
const PasswordKey = "plinth:databasePassword"

// password reads the first password; nil if AWS manages it. What is wrong with it is said
// without showing it.
func password(ctx *pulumi.Context, env *Environment) (pulumi.StringInput, error) {
	if env.Database == nil || env.Database.Password == passwordManaged {
		return nil, nil
	}
	value, ok := ctx.GetConfig(PasswordKey)
	problem := ""
	switch {
	case !ok:
		problem = "is required: the database's password is the stack's own, as replicas need it"
	case !ctx.IsConfigSecret(PasswordKey):
		problem = "is in plain text in the stack file"
	case len(value) < 16 || len(value) > 41 || strings.ContainsFunc(value, unusable):
		problem = `must be 16 to 41 printable characters, without spaces and without / @ " ' \`
	default:
		return pulumi.ToSecret(pulumi.String(value)).(pulumi.StringOutput), nil
	}
	return nil, fmt.Errorf("%s %s; set it with: pulumi config set --secret %[1]s", PasswordKey, problem)
}

// unusable reports whether one of the databases refuses a character in a password.
func unusable(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`/@"'\`, c) }

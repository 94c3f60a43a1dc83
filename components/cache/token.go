package cache

import (
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// TokenStrategy is what happens to the token that a group has when it is given one.
type TokenStrategy string

// The strategies.
const (
	// TokenSet makes the token the only one.
	TokenSet TokenStrategy = "Set"
	// TokenRotate adds the token: the one before it is good too, and so is none at all if
	// there was none.
	TokenRotate TokenStrategy = "Rotate"
	// TokenDelete makes the users that replace the token, and leaves the group alone.
	TokenDelete TokenStrategy = "Delete"
)

// AuthTokenArgs are one secret that all clients share, with full access: for software
// that knows neither IAM nor user names.
//
// A new group is closed from the start. To rotate, in this order, an update each:
//
//  1. the new Token with TokenRotate: both are good;
//  2. give clients the new token;
//  3. the same Token with TokenSet: the old one is good no more.
//
// An existing group that has no access control goes the same way: after step 1 it still
// admits clients without a token, and only step 3 closes it.
//
// To move on to users, an update each:
//
//  1. the same Token with TokenDelete, and Users: they are made, nothing else changes;
//  2. AWS takes the token away only together with giving the users, which this version of
//     the provider cannot ask for: `aws elasticache modify-replication-group
//     --replication-group-id <id> --auth-token-update-strategy DELETE
//     --user-group-ids-to-add <userGroupId> --apply-immediately`, with both ids from the
//     outputs. Connections that exist go on; new ones need a user;
//  3. refresh the stack and leave AuthToken out: nothing changes.
type AuthTokenArgs struct {
	// Token is the secret: 16 to 128 letters, digits and !&#$^<>-.
	Token pulumi.StringInput `pulumi:"token"`
	// Strategy is TokenSet, TokenRotate or TokenDelete. Default: TokenSet.
	Strategy TokenStrategy `pulumi:"strategy,optional"`
}

func (t *AuthTokenArgs) withDefaults() *AuthTokenArgs {
	if t == nil {
		return nil
	}
	t = base.CopyOf(t)
	base.Default(&t.Strategy, TokenSet)
	return t
}

var tokenForm = regexp.MustCompile(`^[A-Za-z0-9!&#$^<>-]{16,128}$`)

func (t *AuthTokenArgs) validate(errs *fielderr.List) {
	if t.Token == nil {
		errs.Required("token")
	} else if token, plain := t.Token.(pulumi.String); plain && !tokenForm.MatchString(string(token)) {
		errs.Add("token", "must be 16 to 128 letters, digits and !&#$^<>-")
	}
	fielderr.OneOf(errs, "strategy", t.Strategy, TokenSet, TokenRotate, TokenDelete)
}

func (t *AuthTokenArgs) apply(args *elasticache.ReplicationGroupArgs) {
	if t == nil {
		return
	}
	args.AuthToken = pulumi.ToSecret(t.Token.ToStringOutput().ToStringPtrOutput()).(pulumi.StringPtrOutput)
	if t.Strategy != TokenDelete {
		args.AuthTokenUpdateStrategy = pulumi.String(strings.ToUpper(string(t.Strategy)))
	}
}

// ignored are the properties that tokens do not own. The strategy means nothing without
// a token, and to the provider its default is a wish for one.
func (t *AuthTokenArgs) ignored() []string {
	switch {
	case t == nil:
		return []string{"authTokenUpdateStrategy"}
	case t.Strategy == TokenDelete:
		return []string{"authToken", "authTokenUpdateStrategy", "userGroupIds"}
	}
	return nil
}

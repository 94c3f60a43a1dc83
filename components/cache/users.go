package cache

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// UserArgs are one user of a cache. A user without passwords connects with IAM: with a
// token that is good for 15 minutes, over a connection that is good for 12 hours, and a
// grant by ConnectStatement. The name to connect with is in the output UserNames. Moving
// between IAM and passwords keeps the user.
type UserArgs struct {
	// AccessString says which keys, channels and commands the user may use. Default:
	// "on ~* &* +@all -@dangerous +info", everything but commands that stop or empty the
	// cache or see all of it.
	AccessString string `pulumi:"accessString,optional"`
	// Passwords are one password, or two while clients move from one to the other; 16 to
	// 128 characters. Default: none, the user connects with IAM.
	Passwords pulumi.StringArrayInput `pulumi:"passwords,optional"`
}

const (
	defaultAccess = "on ~* &* +@all -@dangerous +info"
	// What a client gets that says no name: nothing.
	noAccess = "off ~* -@all"
	// AWS wants a user with the name default to exist; its key here is none.
	defaultUser    = "default"
	defaultUserKey = "none"
	// Users and groups of this engine serve both engines, so that a cache that moves to
	// Valkey keeps them.
	userEngine = "redis"
)

func usersWithDefaults(users map[string]UserArgs) map[string]UserArgs {
	filled := base.Merge(users)
	for key, user := range filled {
		base.Default(&user.AccessString, defaultAccess)
		filled[key] = user
	}
	return filled
}

var userKeyForm = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)

func validateUsers(errs *fielderr.List, name string, users map[string]UserArgs) {
	for _, key := range base.SortedKeys(users) {
		user, at := users[key], errs.At(fielderr.Key(key))
		if most := longestId - len(name+"--0123456"); !userKeyForm.MatchString(key) || key == defaultUserKey || len(key) > most {
			at.Add("", "the key must be 1 to %d small letters, digits and single hyphens, and not %s", most, defaultUserKey)
		}
		if first, _, _ := strings.Cut(user.AccessString, " "); first != "on" && first != "off" {
			at.Invalid("accessString", user.AccessString, "must begin with on or off")
		}
		if list, plain := user.Passwords.(pulumi.StringArray); plain && (len(list) < 1 || len(list) > 2) {
			at.Add("passwords", "must be one or two, and are %d", len(list))
		}
	}
}

// users are the users of one cache and the group that holds them.
type users struct {
	args    map[string]UserArgs
	byKey   map[string]*elasticache.User
	groupId pulumi.StringOutput
}

// newUsers registers `<name>-user-<key>` for each user, `<name>-user-none`, who may do
// nothing, and `<name>-users`, their group. Without users there is none of them.
func newUsers(
	ctx *pulumi.Context, name string, sg *ec2.SecurityGroup, args map[string]UserArgs, tags map[string]string, parent pulumi.ResourceOption,
) (users, error) {
	u := users{args: args, byKey: map[string]*elasticache.User{}, groupId: pulumi.String("").ToStringOutput()}
	if len(args) == 0 {
		return u, nil
	}
	add := func(key, access string, user *elasticache.UserArgs, opts ...pulumi.ResourceOption) (*elasticache.User, error) {
		child := name + "-user-" + key
		user.Engine, user.AccessString, user.Tags = pulumi.String(userEngine), pulumi.String(access), base.Tags(child, tags, nil)
		made, err := elasticache.NewUser(ctx, child, user, append(opts, parent)...)
		if err != nil {
			return nil, fmt.Errorf("create user %s: %w", child, err)
		}
		return made, nil
	}
	nobody, err := add(defaultUserKey, noAccess, &elasticache.UserArgs{
		UserId: unique(sg, name, defaultUserKey), UserName: pulumi.String(defaultUser), NoPasswordRequired: pulumi.Bool(true),
	})
	if err != nil {
		return u, err
	}
	ids := pulumi.StringArray{nobody.UserId}
	for _, key := range base.SortedKeys(args) {
		// IAM wants id and name to be equal, and neither can be changed.
		id := unique(sg, name, key)
		user := &elasticache.UserArgs{UserId: id, UserName: id}
		var opts []pulumi.ResourceOption
		if passwords := args[key].Passwords; passwords == nil {
			user.AuthenticationMode = elasticache.UserAuthenticationModeArgs{Type: pulumi.String("iam")}
		} else {
			user.AuthenticationMode = elasticache.UserAuthenticationModeArgs{
				Type: pulumi.String("password"), Passwords: pulumi.ToSecret(passwords).(pulumi.StringArrayOutput),
			}
			opts = append(opts, pulumi.AdditionalSecretOutputs([]string{"authenticationMode"}))
		}
		if u.byKey[key], err = add(key, args[key].AccessString, user, opts...); err != nil {
			return u, err
		}
		ids = append(ids, u.byKey[key].UserId)
	}
	child := name + "-users"
	group, err := elasticache.NewUserGroup(ctx, child, &elasticache.UserGroupArgs{
		Engine: pulumi.String(userEngine), UserGroupId: unique(sg, name, "users"), UserIds: ids, Tags: base.Tags(child, tags, nil),
	}, parent)
	if err != nil {
		return u, fmt.Errorf("create user group %s: %w", child, err)
	}
	u.groupId = group.UserGroupId
	return u, nil
}

func (u users) names() pulumi.StringMapOutput {
	names := pulumi.StringMap{}
	for key, user := range u.byKey {
		names[key] = user.UserName
	}
	return names.ToStringMapOutput()
}

func (u users) connect(token, name, key string, cacheArn pulumi.StringOutput) iampolicy.Statement {
	statement := iampolicy.Statement{Actions: []string{"elasticache:Connect"}}
	user, ok := u.byKey[key]
	if !ok || u.args[key].Passwords != nil {
		// An output that fails whatever takes it, with the reason.
		statement.Resources = []pulumi.StringInput{pulumi.String(key).ToStringOutput().ApplyT(func(string) (string, error) {
			return "", fmt.Errorf("%s %q has no user %q that connects with IAM", token, name, key)
		}).(pulumi.StringOutput)}
		return statement
	}
	statement.Resources = []pulumi.StringInput{cacheArn, user.Arn}
	return statement
}

package alb

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// Unauthenticated is what happens to a request of a user who has not logged in.
type Unauthenticated string

// What may happen.
const (
	// Authenticate sends the user to the log-in page.
	Authenticate Unauthenticated = "Authenticate"
	// DenyUnauthenticated answers 401, as suits calls by scripts.
	DenyUnauthenticated Unauthenticated = "Deny"
	// AllowUnauthenticated lets the request through without user claims.
	AllowUnauthenticated Unauthenticated = "Allow"
)

// SessionArgs are how a log-in is kept.
type SessionArgs struct {
	// OnUnauthenticated is Authenticate, Deny or Allow. Default: Authenticate.
	OnUnauthenticated Unauthenticated `pulumi:"onUnauthenticated,optional"`
	// Scope is what is asked of the provider. Default: "openid".
	Scope string `pulumi:"scope,optional"`
	// SessionTimeout is for how many seconds a log-in lasts, 1 to 604800.
	// Default: 43200, twelve hours.
	SessionTimeout int `pulumi:"sessionTimeout,optional"`
	// SessionCookie is the cookie's name. Default: AWS's own.
	SessionCookie string `pulumi:"sessionCookie,optional"`
}

// OidcArgs are an OpenID Connect provider. The load balancer calls its token and
// user-info endpoints itself: its security group needs an edge to them on port 443.
type OidcArgs struct {
	// Issuer identifies the provider, such as "https://login.example.com".
	Issuer pulumi.StringInput `pulumi:"issuer"`
	// AuthorizationEndpoint is a URL of the provider.
	AuthorizationEndpoint pulumi.StringInput `pulumi:"authorizationEndpoint"`
	// TokenEndpoint is a URL of the provider.
	TokenEndpoint pulumi.StringInput `pulumi:"tokenEndpoint"`
	// UserInfoEndpoint is a URL of the provider.
	UserInfoEndpoint pulumi.StringInput `pulumi:"userInfoEndpoint"`
	// ClientId is this application's id at the provider.
	ClientId pulumi.StringInput `pulumi:"clientId"`
	// ClientSecret is its secret. It is kept as a secret whether it was one or not.
	ClientSecret pulumi.StringInput `pulumi:"clientSecret" provider:"secret"`
	// Session is how the log-in is kept. Default: see SessionArgs.
	Session *SessionArgs `pulumi:"session,optional"`
}

// CognitoArgs are a Cognito user pool.
type CognitoArgs struct {
	// UserPoolArn is the pool's ARN.
	UserPoolArn pulumi.StringInput `pulumi:"userPoolArn"`
	// UserPoolClientId is this application's client; it must have a secret.
	UserPoolClientId pulumi.StringInput `pulumi:"userPoolClientId"`
	// UserPoolDomain is the pool's domain prefix, or its full own domain.
	UserPoolDomain pulumi.StringInput `pulumi:"userPoolDomain"`
	// Session is how the log-in is kept. Default: see SessionArgs.
	Session *SessionArgs `pulumi:"session,optional"`
}

func (s *SessionArgs) withDefaults() *SessionArgs {
	s = base.CopyOf(s)
	base.Default(&s.OnUnauthenticated, Authenticate)
	base.Default(&s.Scope, "openid")
	base.Default(&s.SessionTimeout, 43200)
	return s
}

func (s *SessionArgs) validate(errs *fielderr.List) {
	fielderr.OneOf(errs, "onUnauthenticated", s.OnUnauthenticated, Authenticate, DenyUnauthenticated, AllowUnauthenticated)
	within(errs, "sessionTimeout", s.SessionTimeout, 1, 604800)
}

func (s *SessionArgs) onUnauthenticated() pulumi.String {
	return pulumi.String(map[Unauthenticated]string{
		Authenticate: "authenticate", DenyUnauthenticated: "deny", AllowUnauthenticated: "allow",
	}[s.OnUnauthenticated])
}

func (o *OidcArgs) withDefaults() *OidcArgs {
	if o == nil {
		return nil
	}
	o = base.CopyOf(o)
	o.Session = o.Session.withDefaults()
	return o
}

func (o *OidcArgs) validate(errs *fielderr.List) {
	if o == nil {
		return
	}
	required(errs, map[string]pulumi.StringInput{
		"issuer": o.Issuer, "authorizationEndpoint": o.AuthorizationEndpoint, "tokenEndpoint": o.TokenEndpoint,
		"userInfoEndpoint": o.UserInfoEndpoint, "clientId": o.ClientId, "clientSecret": o.ClientSecret,
	})
	o.Session.validate(errs.At("session"))
}

func (o *OidcArgs) action() lb.ListenerRuleActionArgs {
	return lb.ListenerRuleActionArgs{
		Type: pulumi.String("authenticate-oidc"), Order: pulumi.Int(1),
		AuthenticateOidc: lb.ListenerRuleActionAuthenticateOidcArgs{
			Issuer: o.Issuer, AuthorizationEndpoint: o.AuthorizationEndpoint, TokenEndpoint: o.TokenEndpoint,
			UserInfoEndpoint: o.UserInfoEndpoint, ClientId: o.ClientId,
			ClientSecret:             pulumi.ToSecret(o.ClientSecret.ToStringOutput()).(pulumi.StringOutput),
			OnUnauthenticatedRequest: o.Session.onUnauthenticated(), Scope: pulumi.String(o.Session.Scope),
			SessionTimeout: pulumi.Int(o.Session.SessionTimeout), SessionCookieName: text(o.Session.SessionCookie),
		},
	}
}

func (c *CognitoArgs) withDefaults() *CognitoArgs {
	if c == nil {
		return nil
	}
	c = base.CopyOf(c)
	c.Session = c.Session.withDefaults()
	return c
}

func (c *CognitoArgs) validate(errs *fielderr.List) {
	if c == nil {
		return
	}
	required(errs, map[string]pulumi.StringInput{
		"userPoolArn": c.UserPoolArn, "userPoolClientId": c.UserPoolClientId, "userPoolDomain": c.UserPoolDomain,
	})
	c.Session.validate(errs.At("session"))
}

func (c *CognitoArgs) action() lb.ListenerRuleActionArgs {
	return lb.ListenerRuleActionArgs{
		Type: pulumi.String("authenticate-cognito"), Order: pulumi.Int(1),
		AuthenticateCognito: lb.ListenerRuleActionAuthenticateCognitoArgs{
			UserPoolArn: c.UserPoolArn, UserPoolClientId: c.UserPoolClientId, UserPoolDomain: c.UserPoolDomain,
			OnUnauthenticatedRequest: c.Session.onUnauthenticated(), Scope: pulumi.String(c.Session.Scope),
			SessionTimeout: pulumi.Int(c.Session.SessionTimeout), SessionCookieName: text(c.Session.SessionCookie),
		},
	}
}

func required(errs *fielderr.List, fields map[string]pulumi.StringInput) {
	for _, path := range base.SortedKeys(fields) {
		if fields[path] == nil {
			errs.Required(path)
		}
	}
}

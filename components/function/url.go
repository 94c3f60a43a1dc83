package function

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lambda"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// UrlArgs are an HTTPS address of a function. Callers sign their requests as AWS wants it
// (UrlStatements let them), unless it is Public. CloudFront signs too: a distribution with
// the address as an origin makes its own permission.
type UrlArgs struct {
	// Public lets everybody call without a signature, who then, with an account of AWS, can
	// also call past the address with any event. Default: false.
	Public bool `pulumi:"public,optional"`
	// Streaming sends an answer while the code still writes it. Default: false.
	Streaming bool `pulumi:"streaming,optional"`
	// Cors lets pages of other origins call. Default: none may.
	Cors *CorsArgs `pulumi:"cors,optional"`
}

// CorsArgs say which pages may call, and how.
type CorsArgs struct {
	// Origins are the pages' origins, such as "https://shop.example.com", or "*".
	Origins []string `pulumi:"origins"`
	// Methods are HTTP methods, or "*". Default: GET.
	Methods []string `pulumi:"methods,optional"`
	// Headers are request headers. Default: none.
	Headers []string `pulumi:"headers,optional"`
	// ExposeHeaders are headers of answers that pages may read. Default: none.
	ExposeHeaders []string `pulumi:"exposeHeaders,optional"`
	// Credentials lets pages send cookies. Default: false.
	Credentials bool `pulumi:"credentials,optional"`
	// MaxAgeSeconds is how long a browser remembers this, 0 to 86400. Default: 0.
	MaxAgeSeconds int `pulumi:"maxAgeSeconds,optional"`
}

func (u *UrlArgs) withDefaults() *UrlArgs {
	if u == nil || u.Cors == nil {
		return u
	}
	u = base.CopyOf(u)
	u.Cors = base.CopyOf(u.Cors)
	if len(u.Cors.Methods) == 0 {
		u.Cors.Methods = []string{"GET"}
	}
	return u
}

func (u *UrlArgs) validate(errs *fielderr.List) {
	if u != nil && u.Cors != nil {
		u.Cors.validate(errs.At("cors"))
	}
}

func (c *CorsArgs) validate(errs *fielderr.List) {
	if len(c.Origins) == 0 {
		errs.Required("origins")
	}
	for i, origin := range c.Origins {
		if origin == "*" && c.Credentials {
			errs.Conflict("credentials", "origins", "cookies are not sent to everybody")
		} else if origin != "*" && !strings.HasPrefix(origin, "https://") && !strings.HasPrefix(origin, "http://") {
			errs.Invalid("origins"+fielderr.Index(i), origin, "must be an origin such as https://shop.example.com, or *")
		}
	}
	for i, method := range c.Methods {
		fielderr.OneOf(errs, "methods"+fielderr.Index(i), method, "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "*")
	}
	datastore.Between(errs, "maxAgeSeconds", c.MaxAgeSeconds, 0, 86400)
}

func (f *Function) addUrl(ctx *pulumi.Context, _ string, a *FunctionArgs) (err error) {
	f.Url, f.UrlDomainName = pulumi.String("").ToStringOutput(), pulumi.String("").ToStringOutput()
	if a.Url == nil {
		return nil
	}
	child, args := f.child("url"), &lambda.FunctionUrlArgs{
		FunctionName: f.Function.Name, Qualifier: f.Alias.Name, AuthorizationType: pulumi.String("AWS_IAM"), InvokeMode: pulumi.String("BUFFERED"),
	}
	if a.Url.Public {
		args.AuthorizationType = pulumi.String("NONE")
	}
	if a.Url.Streaming {
		args.InvokeMode = pulumi.String("RESPONSE_STREAM")
	}
	if c := a.Url.Cors; c != nil {
		args.Cors = lambda.FunctionUrlCorsArgs{
			AllowOrigins: pulumi.ToStringArray(c.Origins), AllowMethods: pulumi.ToStringArray(c.Methods), AllowHeaders: pulumi.ToStringArray(c.Headers),
			ExposeHeaders: pulumi.ToStringArray(c.ExposeHeaders), AllowCredentials: pulumi.Bool(c.Credentials), MaxAge: pulumi.Int(c.MaxAgeSeconds),
		}
	}
	if f.FunctionUrl, err = lambda.NewFunctionUrl(ctx, child, args, f.parent); err != nil {
		return fmt.Errorf("create url %s: %w", child, err)
	}
	f.Url = f.FunctionUrl.FunctionUrl
	f.UrlDomainName = f.Url.ApplyT(func(url string) string {
		return strings.TrimSuffix(strings.TrimPrefix(url, "https://"), "/")
	}).(pulumi.StringOutput)
	if !a.Url.Public {
		return nil
	}
	return f.admitEverybody(ctx)
}

// admitEverybody needs two permissions. Since October 2025 a call by the address is both an
// action of the address and one of the function.
func (f *Function) admitEverybody(ctx *pulumi.Context) error {
	for _, p := range []struct {
		role, action string
		auth         pulumi.StringPtrInput
	}{{"url", "lambda:InvokeFunctionUrl", pulumi.String("NONE")}, {"invoke", "lambda:InvokeFunction", nil}} {
		child := f.child(p.role, "everybody")
		_, err := lambda.NewPermission(ctx, child, &lambda.PermissionArgs{
			Function: f.Function.Name, Qualifier: f.Alias.Name, Principal: pulumi.String("*"), Action: pulumi.String(p.action), FunctionUrlAuthType: p.auth,
		}, f.parent)
		if err != nil {
			return fmt.Errorf("create permission %s: %w", child, err)
		}
	}
	return nil
}

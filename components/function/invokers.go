package function

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/caller"
)

// InvokerArgs are an AWS service that may call the alias, on behalf of what is named here
// only. Its child is `<name>-invoker-<key>`; a changed one is another permission.
type InvokerArgs struct {
	// Service is the service, such as "s3.amazonaws.com",
	// "elasticloadbalancing.amazonaws.com" or "apigateway.amazonaws.com".
	Service string `pulumi:"service"`
	// SourceArn is the bucket, target group or API that the service calls for; it may have
	// wildcards. Required unless SourceAccountId is set.
	SourceArn pulumi.StringInput `pulumi:"sourceArn,optional"`
	// SourceAccountId is the account that the source must be in, twelve digits. Required
	// without SourceArn. Default: the function's account for S3, any for others, whose ARNs
	// say it.
	SourceAccountId string `pulumi:"sourceAccountId,optional"`
}

func (i InvokerArgs) validate(errs *fielderr.List, _ *FunctionArgs) {
	caller.Caller{
		Service: i.Service, SourceArn: i.SourceArn, SourceAccountId: i.SourceAccountId, OwnBuckets: true,
	}.Check(errs, caller.S3, "calls")
}

func (f *Function) addInvokers(ctx *pulumi.Context, _ string, a *FunctionArgs) (err error) {
	for _, key := range base.SortedKeys(a.Invokers) {
		i := a.Invokers[key]
		if i.Service == caller.S3 { // the ARN of a bucket does not say whose it is
			base.Default(&i.SourceAccountId, a.AccountId)
		}
		if f.Permissions[key], _, err = f.addPermission(ctx, f.child("invoker", key), i.Service, i.SourceArn, i.SourceAccountId); err != nil {
			return err
		}
	}
	return nil
}

// PermittedArn is AliasArn, but only once one of Invokers may call: what a service needs
// that tries at once, such as a bucket's notification or a target group.
func (f *Function) PermittedArn(key string) pulumi.StringOutput {
	permission, found := f.Permissions[key]
	if !found {
		return pulumi.String(key).ToStringOutput().ApplyT(func(string) (string, error) {
			return "", fmt.Errorf("%s %q has no invoker %q; it has %s", Type, f.name, key, strings.Join(base.SortedKeys(f.Permissions), ", "))
		}).(pulumi.StringOutput)
	}
	return pulumi.All(f.AliasArn, permission.ID()).ApplyT(func(v []any) string { return v[0].(string) }).(pulumi.StringOutput)
}

package waf

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the component's type token.
const Type = "plinth:waf:WebAcl"

// WebAcl is a web ACL with its IP sets, log and alarms.
type WebAcl struct {
	pulumi.ResourceState

	// WebAclArn is what a distribution, a load balancer or an association takes.
	WebAclArn pulumi.StringOutput `pulumi:"webAclArn"`
	// WebAclId is the web ACL's id.
	WebAclId pulumi.StringOutput `pulumi:"webAclId"`
	// WebAclName is its name in AWS, and the dimension WebACL of its metrics.
	WebAclName pulumi.StringOutput `pulumi:"webAclName"`
	// Capacity is how many capacity units AWS says that its rules take.
	Capacity pulumi.IntOutput `pulumi:"capacity"`
	// LogGroupName is the name of its own log group, or "".
	LogGroupName pulumi.StringOutput `pulumi:"logGroupName"`

	// LogGroup is its own log group, or nil.
	LogGroup *cloudwatch.LogGroup
	// Alarms are the alarms by their keys.
	Alarms map[string]*cloudwatch.MetricAlarm
}

// resource is a resource of AWS WAF with the outputs that are of use here.
type resource struct {
	pulumi.CustomResourceState

	Arn      pulumi.StringOutput `pulumi:"arn"`
	Name     pulumi.StringOutput `pulumi:"name"`
	Capacity pulumi.IntOutput    `pulumi:"capacity"`
}

// NewWebAcl makes a web ACL. Everything wrong with args is reported in one error, before
// anything is registered.
func NewWebAcl(ctx *pulumi.Context, name string, args *WebAclArgs, opts ...pulumi.ResourceOption) (*WebAcl, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	w := &WebAcl{LogGroupName: pulumi.String("").ToStringOutput()}
	if err := base.Register(ctx, Type, name, w, a, opts...); err != nil {
		return nil, err
	}
	for _, add := range []func(*pulumi.Context, string, *WebAclArgs) error{
		w.addAcl, w.addLogs, w.addAssociations, w.addAlarms,
	} {
		if err := add(ctx, name, a); err != nil {
			return nil, err
		}
	}
	return w, ctx.RegisterResourceOutputs(w, pulumi.Map{
		"webAclArn": w.WebAclArn, "webAclId": w.WebAclId, "webAclName": w.WebAclName,
		"capacity": w.Capacity, "logGroupName": w.LogGroupName,
	})
}

func (s Scope) word() pulumi.String {
	return pulumi.String(map[Scope]string{CloudFront: "CLOUDFRONT", Regional: "REGIONAL"}[s])
}

func (w *WebAcl) addAcl(ctx *pulumi.Context, name string, a *WebAclArgs) error {
	arns, err := w.addSets(ctx, name, a)
	if err != nil {
		return err
	}
	rules := pulumi.Array{}
	for _, r := range a.rules(name, arns) {
		rules = append(rules, a.render(r))
	}
	child := name + "-acl"
	props := pulumi.Map{
		"scope": a.Scope.word(), "rules": rules, "defaultAction": pulumi.Map{"allow": pulumi.Map{}},
		"visibilityConfig": a.visibility(child), "tags": base.Tags(child, a.Tags, nil),
	}
	if a.Response != nil && a.Response.Text != "" {
		props["customResponseBodies"] = pulumi.Array{pulumi.Map{
			"key": pulumi.String(responseKey), "content": pulumi.String(a.Response.Text), "contentType": pulumi.String(contentTypes[a.Response.ContentType]),
		}}
	}
	if a.Body != nil && a.Body.InspectKb > 0 {
		props["associationConfig"] = pulumi.Map{"requestBodies": pulumi.Array{pulumi.Map{"cloudfronts": pulumi.Array{
			pulumi.Map{"defaultSizeInspectionLimit": pulumi.String(fmt.Sprintf("KB_%d", a.Body.InspectKb))},
		}}}}
	}
	var acl resource
	if err := base.Untyped(ctx, "aws:wafv2/webAcl:WebAcl", child, props, &acl, pulumi.Parent(w)); err != nil {
		return err
	}
	w.WebAclArn, w.WebAclId, w.WebAclName, w.Capacity = acl.Arn, acl.ID().ToStringOutput(), acl.Name, acl.Capacity
	return nil
}

var contentTypes = map[ContentType]string{TextPlain: "TEXT_PLAIN", TextHtml: "TEXT_HTML", Json: "APPLICATION_JSON"}

// addAssociations attaches the web ACL. AWS takes an association away by its resource
// alone: the old one must go first, or it would take the new one with it.
func (w *WebAcl) addAssociations(ctx *pulumi.Context, name string, a *WebAclArgs) error {
	for _, key := range base.SortedKeys(a.Associations) {
		err := base.Untyped(ctx, "aws:wafv2/webAclAssociation:WebAclAssociation", name+"-association-"+key, pulumi.Map{
			"resourceArn": a.Associations[key], "webAclArn": w.WebAclArn,
		}, &resource{}, pulumi.Parent(w), pulumi.DeleteBeforeReplace(true))
		if err != nil {
			return err
		}
	}
	return nil
}

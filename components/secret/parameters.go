package secret

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// ParametersType is the token of the Parameters component.
const ParametersType = "plinth:secret:Parameters"

// ParametersArgs are the arguments of Parameters.
type ParametersArgs struct {
	// Region is the parameters' region.
	Region string `pulumi:"region"`
	// AccountId is the AWS account, twelve digits; it is part of the ARNs in grants.
	AccountId string `pulumi:"accountId"`
	// Path is where the tree begins, such as "/shop/prod/app". Changing it makes all
	// parameters anew.
	Path string `pulumi:"path"`
	// Values are plain parameters, by their names below Path, such as "host" or
	// "database/host". Default: none.
	Values map[string]pulumi.StringInput `pulumi:"values,optional"`
	// Secrets are encrypted parameters, by their names below Path. Default: none.
	Secrets map[string]pulumi.StringInput `pulumi:"secrets,optional"`
	// KmsKeyArn is the key that encrypts Secrets. Required with Secrets, unless
	// AwsManagedKey is set.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with the key aws/ssm. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`
	// Tags are put on every parameter. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// Parameters is a tree of SSM parameters.
type Parameters struct {
	pulumi.ResourceState

	// Path is where the tree begins.
	Path pulumi.StringOutput `pulumi:"path"`
	// Arns are the parameters' ARNs, by their names below Path.
	Arns pulumi.StringMapOutput `pulumi:"arns"`

	// Parameters are the parameters, by their names below Path.
	Parameters map[string]*ssm.Parameter

	treeArn   string
	kmsKeyArn pulumi.StringInput
}

const (
	deepest     = 15
	longestName = 1011 // together with the ARN in front of it
)

var parameterForm = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`)

// NewParameters makes parameters. Children are named `<name>-parameter-<key>`, be they
// plain or encrypted.
func NewParameters(ctx *pulumi.Context, name string, args *ParametersArgs, opts ...pulumi.ResourceOption) (*Parameters, error) {
	a := base.CopyOf(args)
	if err := a.validate(name); err != nil {
		return nil, err
	}
	p := &Parameters{Parameters: map[string]*ssm.Parameter{}, treeArn: a.treeArn()}
	if len(a.Secrets) > 0 {
		p.kmsKeyArn = a.KmsKeyArn
	}
	if err := base.Register(ctx, ParametersType, name, p, a, opts...); err != nil {
		return nil, err
	}
	for _, key := range base.SortedKeys(base.Merge(a.Values, a.Secrets)) {
		if err := p.add(ctx, name, key, a); err != nil {
			return nil, err
		}
	}
	arns := pulumi.StringMap{}
	for key, parameter := range p.Parameters {
		arns[key] = parameter.Arn
	}
	p.Path, p.Arns = pulumi.String(a.Path).ToStringOutput(), arns.ToStringMapOutput()
	return p, ctx.RegisterResourceOutputs(p, pulumi.Map{"path": p.Path, "arns": p.Arns})
}

func (p *Parameters) add(ctx *pulumi.Context, name, key string, a *ParametersArgs) error {
	child := name + "-parameter-" + key
	args := &ssm.ParameterArgs{Name: pulumi.String(a.Path + "/" + key), Tags: base.Tags(child, a.Tags, nil)}
	if value, plain := a.Values[key]; plain {
		args.Type, args.InsecureValue = pulumi.String("String"), base.Optional(value)
	} else {
		args.Type, args.KeyId = pulumi.String("SecureString"), base.Optional(a.KmsKeyArn)
		args.Value = pulumi.ToSecret(a.Secrets[key]).(pulumi.StringOutput).ToStringPtrOutput()
	}
	// AWS cannot turn a plain parameter into an encrypted one, and a name exists once.
	parameter, err := ssm.NewParameter(ctx, child, args, pulumi.Parent(p),
		pulumi.ReplaceOnChanges([]string{"type"}), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("create parameter %s: %w", child, err)
	}
	p.Parameters[key] = parameter
	return nil
}

// ReadStatement lets a principal read the whole tree, and decrypt its secrets. IAM takes
// each action for the resources that it fits.
func (p *Parameters) ReadStatement() iampolicy.Statement {
	return readStatement([]string{"ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"},
		[]pulumi.StringInput{pulumi.String(p.treeArn), pulumi.String(p.treeArn + "/*")}, p.kmsKeyArn)
}

func (a *ParametersArgs) treeArn() string {
	return fmt.Sprintf("arn:%s:ssm:%s:%s:parameter%s", iampolicy.Partition(a.Region), a.Region, a.AccountId, a.Path)
}

func (a *ParametersArgs) validate(name string) error {
	var errs fielderr.List
	datastore.CheckRegion(&errs, a.Region)
	datastore.CheckAccount(&errs, a.AccountId)
	a.checkPath(&errs)
	for key, value := range a.Values {
		a.checkParameter(errs.At("values", fielderr.Key(key)), key, value)
		if _, both := a.Secrets[key]; both {
			errs.At("secrets", fielderr.Key(key)).Add("", "is in values, too")
		}
	}
	for key, value := range a.Secrets {
		a.checkParameter(errs.At("secrets", fielderr.Key(key)), key, value)
	}
	if len(a.Values)+len(a.Secrets) == 0 {
		errs.Add("values", "are needed, or secrets: there is nothing to keep")
	}
	if len(a.Secrets) > 0 || a.KmsKeyArn != nil && a.AwsManagedKey {
		datastore.CheckKey(&errs, a.KmsKeyArn, a.AwsManagedKey)
	}
	return errs.Err(fmt.Sprintf("secret.Parameters %q", name))
}

func (a *ParametersArgs) checkPath(errs *fielderr.List) {
	path, rooted := strings.CutPrefix(a.Path, "/")
	switch first := strings.ToLower(path); {
	case a.Path == "":
		errs.Required("path")
	case !rooted || !parameterForm.MatchString(path):
		errs.Invalid("path", a.Path, "must be a path such as /shop/prod/app, of letters, digits, dots, hyphens and underscores")
	case strings.HasPrefix(first, "aws") || strings.HasPrefix(first, "ssm"):
		errs.Invalid("path", a.Path, "must begin with neither aws nor ssm, which AWS keeps for itself")
	}
}

func (a *ParametersArgs) checkParameter(errs *fielderr.List, key string, value pulumi.StringInput) {
	if value == nil {
		errs.Required("")
	}
	full := a.Path + "/" + key
	if !parameterForm.MatchString(key) {
		errs.Add("", "the name must be letters, digits, dots, hyphens and underscores, with slashes between levels")
	}
	if depth := strings.Count(full, "/"); depth > deepest {
		errs.Add("", "is %d levels deep with its path; AWS allows %d", depth, deepest)
	}
	if length := len(a.treeArn()) + len("/"+key); length > longestName {
		errs.Add("", "has %d characters with its ARN; AWS allows %d", length, longestName)
	}
}

package certificate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// Type is the component's type token.
const Type = "plinth:certificate:Certificate"

// amazon is how CAA records call AWS's authority.
const amazon = "amazon.com"

// Certificate is a public certificate with the records that prove its names.
type Certificate struct {
	pulumi.ResourceState

	// CertificateArn is the certificate's ARN, known once it is issued.
	CertificateArn pulumi.StringOutput `pulumi:"certificateArn"`
	// DomainNames are all of its names, the first one first.
	DomainNames pulumi.StringArrayOutput `pulumi:"domainNames"`
	// ValidationRecords are the CNAME records that prove the names, name to value. They are
	// known before the certificate is issued.
	ValidationRecords pulumi.StringMapOutput `pulumi:"validationRecords"`

	// Certificate is the certificate itself, issued or not.
	Certificate *acm.Certificate
	// Records are the records by the domains that they prove, none with ExistingRecords.
	Records map[string]*route53.Record
	// Alarm is the alarm, nil without one.
	Alarm *cloudwatch.MetricAlarm

	caa []pulumi.Resource
}

// NewCertificate makes a certificate. Everything wrong with args is reported in one error,
// before anything is registered.
func NewCertificate(ctx *pulumi.Context, name string, args *CertificateArgs, opts ...pulumi.ResourceOption) (*Certificate, error) {
	a := base.CopyOf(args).withDefaults()
	if err := a.validate(name); err != nil {
		return nil, err
	}
	c := &Certificate{Records: map[string]*route53.Record{}}
	if err := base.Register(ctx, Type, name, c, a, opts...); err != nil {
		return nil, err
	}
	for _, add := range []func(*pulumi.Context, string, *CertificateArgs) error{
		c.addCaa, c.addCertificate, c.addRecords, c.addValidation, c.addAlarm,
	} {
		if err := add(ctx, name, a); err != nil {
			return nil, err
		}
	}
	return c, ctx.RegisterResourceOutputs(c, pulumi.Map{
		"certificateArn": c.CertificateArn, "domainNames": c.DomainNames, "validationRecords": c.ValidationRecords,
	})
}

// addCertificate lists the first name among the others, as AWS does. The list is never left
// out: AWS's provider would then keep the further names that were dropped. It comes after
// the CAA records: where the proofs are there already, AWS issues as soon as it is asked.
func (c *Certificate) addCertificate(ctx *pulumi.Context, name string, a *CertificateArgs) (err error) {
	logging := "ENABLED"
	if !*a.TransparencyLogging {
		logging = "DISABLED"
	}
	child := name + "-certificate"
	c.Certificate, err = acm.NewCertificate(ctx, child, &acm.CertificateArgs{
		DomainName: pulumi.String(a.DomainName), SubjectAlternativeNames: pulumi.ToStringArray(slices.Sorted(slices.Values(a.names()))),
		ValidationMethod: pulumi.String("DNS"), KeyAlgorithm: pulumi.String(algorithms[a.KeyAlgorithm]),
		Options: acm.CertificateOptionsArgs{CertificateTransparencyLoggingPreference: pulumi.String(logging)},
		Tags:    base.Tags(child, a.Tags, nil),
	}, pulumi.Parent(c), pulumi.DependsOn(c.caa))
	if err != nil {
		return fmt.Errorf("create certificate %s: %w", child, err)
	}
	c.DomainNames = pulumi.ToStringArray(a.names()).ToStringArrayOutput()
	c.ValidationRecords = c.Certificate.DomainValidationOptions.ApplyT(recordsOf).(pulumi.StringMapOutput)
	return nil
}

func recordsOf(options []acm.CertificateDomainValidationOption) map[string]string {
	records := map[string]string{}
	for _, option := range options {
		records[nameOf(option)] = valueOf(option)
	}
	return records
}

func nameOf(o acm.CertificateDomainValidationOption) string  { return deref(o.ResourceRecordName) }
func typeOf(o acm.CertificateDomainValidationOption) string  { return deref(o.ResourceRecordType) }
func valueOf(o acm.CertificateDomainValidationOption) string { return deref(o.ResourceRecordValue) }

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// addRecords makes a record for each domain that has to be proved. A record may be there
// already, of another certificate for the same name: it is the same one, so that it stays
// when this certificate goes.
func (c *Certificate) addRecords(ctx *pulumi.Context, name string, a *CertificateArgs) error {
	if a.ExistingRecords {
		return nil
	}
	for _, domain := range a.domains() {
		child := name + "-record-" + domain
		made, err := route53.NewRecord(ctx, child, &route53.RecordArgs{
			ZoneId: a.zoneId(domain), Name: c.asked(domain, nameOf), Type: c.asked(domain, typeOf),
			Records: pulumi.StringArray{c.asked(domain, valueOf)}, Ttl: pulumi.Int(300), AllowOverwrite: pulumi.Bool(true),
		}, pulumi.Parent(c), pulumi.RetainOnDelete(!a.DeleteRecords))
		if err != nil {
			return fmt.Errorf("create record %s: %w", child, err)
		}
		c.Records[domain] = made
	}
	return nil
}

// asked is a part of the record that AWS asks for as the proof of a domain. It is looked up
// by the domain, because the order in which AWS lists them is its own.
func (c *Certificate) asked(domain string, part func(acm.CertificateDomainValidationOption) string) pulumi.StringOutput {
	return c.Certificate.DomainValidationOptions.ApplyT(func(options []acm.CertificateDomainValidationOption) string {
		return part(optionOf(options, domain))
	}).(pulumi.StringOutput)
}

// optionOf is what AWS asks for a domain, either by its own name or by its wildcard. AWS
// asks for every domain of a certificate.
func optionOf(options []acm.CertificateDomainValidationOption, domain string) (asked acm.CertificateDomainValidationOption) {
	for _, option := range options {
		if strings.TrimPrefix(deref(option.DomainName), "*.") == domain {
			return option
		}
	}
	return asked
}

func (c *Certificate) addCaa(ctx *pulumi.Context, name string, a *CertificateArgs) error {
	for _, domain := range base.SortedKeys(a.Caa) {
		child := name + "-caa-" + domain
		made, err := route53.NewRecord(ctx, child, &route53.RecordArgs{
			ZoneId: a.zoneId(domain), Name: pulumi.String(domain), Type: pulumi.String("CAA"), Ttl: pulumi.Int(3600),
			Records: pulumi.ToStringArray(a.Caa[domain].values()),
		}, pulumi.Parent(c))
		if err != nil {
			return fmt.Errorf("create CAA record %s: %w", child, err)
		}
		c.caa = append(c.caa, made)
	}
	return nil
}

// values are for wildcards too: they follow "issue" where there is no "issuewild".
func (c CaaArgs) values() []string {
	values := []string{fmt.Sprintf("0 issue %q", amazon)}
	for _, issuer := range slices.Sorted(slices.Values(c.Issuers)) {
		values = append(values, fmt.Sprintf("0 issue %q", issuer))
	}
	if c.Contact != "" {
		values = append(values, fmt.Sprintf("0 iodef %q", c.Contact))
	}
	return values
}

// addValidation waits until the certificate is issued.
func (c *Certificate) addValidation(ctx *pulumi.Context, name string, a *CertificateArgs) error {
	args := &acm.CertificateValidationArgs{CertificateArn: c.Certificate.Arn}
	if !a.ExistingRecords {
		var names pulumi.StringArray
		for _, domain := range base.SortedKeys(c.Records) {
			names = append(names, c.Records[domain].Fqdn)
		}
		args.ValidationRecordFqdns = names
	}
	child := name + "-validation"
	issued, err := acm.NewCertificateValidation(ctx, child, args, pulumi.Parent(c),
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: fmt.Sprintf("%dm", a.ValidationMinutes)}))
	if err != nil {
		return fmt.Errorf("create validation %s: %w", child, err)
	}
	c.CertificateArn = issued.CertificateArn
	return nil
}

// addAlarm keeps its state where there is no data: a certificate that has expired is not
// measured any more.
func (c *Certificate) addAlarm(ctx *pulumi.Context, name string, a *CertificateArgs) (err error) {
	if a.Alarm == nil {
		return nil
	}
	child := name + "-alarm-expiry"
	args := &cloudwatch.MetricAlarmArgs{
		AlarmDescription: pulumi.Sprintf("Days that are left of the certificate of %s, which AWS should have renewed", a.DomainName),
		Namespace:        pulumi.String("AWS/CertificateManager"), MetricName: pulumi.String("DaysToExpiry"),
		Dimensions: pulumi.StringMap{"CertificateArn": c.CertificateArn}, Statistic: pulumi.String("Minimum"),
		Period: pulumi.Int(24 * 3600), EvaluationPeriods: pulumi.Int(1), DatapointsToAlarm: pulumi.Int(1),
		ComparisonOperator: pulumi.String("LessThanThreshold"), Threshold: pulumi.Float64(float64(a.Alarm.DaysLeft)),
		TreatMissingData: pulumi.String("ignore"), Tags: base.Tags(child, a.Tags, nil),
	}
	if a.Alarm.ActionArns != nil {
		actions := base.Actions(a.Alarm.ActionArns)
		args.AlarmActions, args.OkActions = actions, actions
	}
	c.Alarm, err = cloudwatch.NewMetricAlarm(ctx, child, args, pulumi.Parent(c))
	if err != nil {
		return fmt.Errorf("create alarm %s: %w", child, err)
	}
	return nil
}

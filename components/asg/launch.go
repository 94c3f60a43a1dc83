package asg

import (
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/components/internal/base"
)

// VolumeArgs are the instances' disk: gp3, encrypted, gone with the instance.
type VolumeArgs struct {
	// SizeGib is the size in GiB, 8 to 16384. Default: 20.
	SizeGib int `pulumi:"sizeGib,optional"`
	// Iops are the input and output operations a second, 3000 to 16000 and at most 500
	// per GiB. Default: 3000, which is in the price of the size.
	Iops int `pulumi:"iops,optional"`
	// ThroughputMibps is the throughput in MiB a second, 125 to 1000 and at most a
	// quarter of Iops. Default: 125, which is in the price of the size.
	ThroughputMibps int `pulumi:"throughputMibps,optional"`
	// KmsKeyArn is the key to encrypt with. Its policy must let the service-linked role
	// AWSServiceRoleForAutoScaling use it, or no instance starts. Default: the account's
	// default key for volumes.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// DeviceName is the image's root device. Default: "/dev/xvda", as in Amazon Linux.
	DeviceName string `pulumi:"deviceName,optional"`
}

// AWS publishes its newest image under a parameter, read when an instance starts.
const newestAmazonLinux = "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"

// maxUserData is AWS's limit on user data before it is encoded.
const maxUserData = 16 * 1024

func (v *VolumeArgs) withDefaults() *VolumeArgs {
	c := VolumeArgs{}
	if v != nil {
		c = *v
	}
	base.Default(&c.SizeGib, 20)
	base.Default(&c.Iops, 3000)
	base.Default(&c.ThroughputMibps, 125)
	base.Default(&c.DeviceName, "/dev/xvda")
	return &c
}

func (args *GroupArgs) validateLaunch(errs *fielderr.List) {
	between(errs, "metadataHopLimit", args.MetadataHopLimit, 1, 64)
	if script, plain := args.UserData.(pulumi.String); plain {
		if err := checkUserData(string(script)); err != nil {
			errs.Add("userData", "%v", err)
		}
	}
	for k, arn := range args.ManagedPolicyArns {
		checkKey(errs.At("managedPolicyArns"), k)
		if arn == nil {
			errs.At("managedPolicyArns").Required(fielderr.Key(k))
		}
		if k == sessionManager {
			errs.At("managedPolicyArns").Add(fielderr.Key(k), "the key is taken by the policy for Session Manager")
		}
	}
	at, v := errs.At("rootVolume"), args.RootVolume
	between(at, "sizeGib", v.SizeGib, 8, 16384)
	between(at, "iops", v.Iops, 3000, 16000)
	between(at, "throughputMibps", v.ThroughputMibps, 125, 1000)
	if v.Iops > 3000 && v.Iops > 500*v.SizeGib {
		at.Invalid("iops", v.Iops, "is more than 500 per GiB of sizeGib (%d)", v.SizeGib)
	}
	if 4*v.ThroughputMibps > v.Iops {
		at.Invalid("throughputMibps", v.ThroughputMibps, "needs iops of %d", 4*v.ThroughputMibps)
	}
}

func checkUserData(script string) error {
	if len(script) > maxUserData {
		return fmt.Errorf("is %d bytes, but AWS takes %d at most", len(script), maxUserData)
	}
	return nil
}

// imageIsParameter is whether the image is known to be given by a parameter.
func (args *GroupArgs) imageIsParameter() bool {
	if args.ImageId == nil {
		return true
	}
	id, plain := args.ImageId.(pulumi.String)
	return plain && strings.HasPrefix(string(id), "resolve:ssm:")
}

func (b *builder) securityGroup() error {
	var err error
	childName := b.name + "-sg"
	b.group.SecurityGroup, err = ec2.NewSecurityGroup(b.ctx, childName, &ec2.SecurityGroupArgs{
		VpcId: base.Optional(b.args.VpcId),
		// A description cannot be changed in place, so nothing that may change is in it.
		Description: pulumi.String("Instances of the Auto Scaling group " + b.name),
		Tags:        base.Tags(childName, b.args.Tags, nil),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create security group %s: %w", childName, err)
	}
	return nil
}

// sessionManager is the key of the policy that lets Session Manager in.
const sessionManager = "ssm"

func (b *builder) role() error {
	role, err := iam.NewRole(b.ctx, b.name+"-role", &iam.RoleArgs{
		AssumeRolePolicy:    pulumi.String(iampolicy.ServiceTrust("ec2.amazonaws.com")),
		Description:         pulumi.String("Instances of the Auto Scaling group " + b.name),
		PermissionsBoundary: base.Optional(b.args.PermissionsBoundaryArn),
		Tags:                base.Tags(b.name+"-role", b.args.Tags, nil),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create role of %s: %w", b.name, err)
	}
	b.group.Role = role

	core := "arn:" + iampolicy.Partition(b.args.Region) + ":iam::aws:policy/AmazonSSMManagedInstanceCore"
	policies := base.Merge(b.args.ManagedPolicyArns, map[string]pulumi.StringInput{sessionManager: pulumi.String(core)})
	for _, k := range base.SortedKeys(policies) {
		childName := b.name + "-policy-" + k
		attachment, err := iam.NewRolePolicyAttachment(b.ctx, childName,
			&iam.RolePolicyAttachmentArgs{Role: role.Name, PolicyArn: policies[k]}, b.parent)
		if err != nil {
			return fmt.Errorf("attach policy %s: %w", childName, err)
		}
		b.grants = append(b.grants, attachment)
	}
	if len(b.args.Statements) > 0 {
		inline, err := iam.NewRolePolicy(b.ctx, b.name+"-statements",
			&iam.RolePolicyArgs{Role: role.Name, Policy: iampolicy.Document(b.args.Statements...)}, b.parent)
		if err != nil {
			return fmt.Errorf("create statements of %s: %w", b.name, err)
		}
		b.grants = append(b.grants, inline)
	}
	return nil
}

func (b *builder) launchTemplate() error {
	a := b.args
	profile, err := iam.NewInstanceProfile(b.ctx, b.name+"-profile", &iam.InstanceProfileArgs{
		Role: b.group.Role.Name, Tags: base.Tags(b.name+"-profile", a.Tags, nil),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create instance profile of %s: %w", b.name, err)
	}

	template := &ec2.LaunchTemplateArgs{
		Description:          pulumi.String("Instances of the Auto Scaling group " + b.name),
		UpdateDefaultVersion: pulumi.Bool(true),
		ImageId:              pulumi.String(newestAmazonLinux + string(a.Arch)),
		IamInstanceProfile:   &ec2.LaunchTemplateIamInstanceProfileArgs{Arn: profile.Arn},
		MetadataOptions: &ec2.LaunchTemplateMetadataOptionsArgs{
			HttpEndpoint: pulumi.String("enabled"), HttpTokens: pulumi.String("required"),
			HttpPutResponseHopLimit: pulumi.Int(a.MetadataHopLimit), InstanceMetadataTags: pulumi.String(enabled(a.MetadataTags)),
		},
		Monitoring: &ec2.LaunchTemplateMonitoringArgs{Enabled: pulumi.Bool(*a.DetailedMonitoring)},
		NetworkInterfaces: ec2.LaunchTemplateNetworkInterfaceArray{&ec2.LaunchTemplateNetworkInterfaceArgs{
			DeviceIndex: pulumi.Int(0), DeleteOnTermination: pulumi.String("true"),
			// Said outright, so that a subnet's own setting does not decide.
			AssociatePublicIpAddress: pulumi.String("false"),
			SecurityGroups:           pulumi.StringArray{b.group.SecurityGroup.ID()},
		}},
		BlockDeviceMappings:               ec2.LaunchTemplateBlockDeviceMappingArray{a.RootVolume.render()},
		InstanceInitiatedShutdownBehavior: pulumi.String("terminate"),
		TagSpecifications:                 b.tagSpecifications(),
		Tags:                              base.Tags(b.name+"-template", a.Tags, nil),
	}
	if a.ImageId != nil {
		template.ImageId = base.Optional(a.ImageId)
	}
	if len(a.InstanceTypes) > 0 {
		template.InstanceType = pulumi.String(a.InstanceTypes[0])
	}
	if a.UserData != nil {
		template.UserData = encodeUserData(a.UserData)
	}
	if b.group.LaunchTemplate, err = ec2.NewLaunchTemplate(b.ctx, b.name+"-template", template, b.parent); err != nil {
		return fmt.Errorf("create launch template of %s: %w", b.name, err)
	}
	return nil
}

func (v *VolumeArgs) render() *ec2.LaunchTemplateBlockDeviceMappingArgs {
	return &ec2.LaunchTemplateBlockDeviceMappingArgs{
		DeviceName: pulumi.String(v.DeviceName),
		Ebs: &ec2.LaunchTemplateBlockDeviceMappingEbsArgs{
			VolumeType: pulumi.String("gp3"), VolumeSize: pulumi.Int(v.SizeGib), Iops: pulumi.Int(v.Iops), Throughput: pulumi.Int(v.ThroughputMibps),
			Encrypted: pulumi.String("true"), KmsKeyId: base.Optional(v.KmsKeyArn), DeleteOnTermination: pulumi.String("true"),
		},
	}
}

// What the group launches gets its tags here: neither the group's own tags nor the
// provider's default tags reach volumes.
func (b *builder) tagSpecifications() ec2.LaunchTemplateTagSpecificationArray {
	specifications := ec2.LaunchTemplateTagSpecificationArray{}
	for _, launched := range []string{"instance", "network-interface", "volume"} {
		specifications = append(specifications, &ec2.LaunchTemplateTagSpecificationArgs{
			ResourceType: pulumi.String(launched), Tags: base.Tags(b.name, b.args.Tags, nil),
		})
	}
	return specifications
}

func encodeUserData(script pulumi.StringInput) pulumi.StringPtrInput {
	return script.ToStringOutput().ApplyT(func(text string) (string, error) {
		if err := checkUserData(text); err != nil {
			return "", fmt.Errorf("userData %w", err)
		}
		return base64.StdEncoding.EncodeToString([]byte(text)), nil
	}).(pulumi.StringOutput).ToStringPtrOutput()
}

func enabled(on bool) string {
	if on {
		return "enabled"
	}
	return "disabled"
}

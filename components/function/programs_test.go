package function_test

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/components/iampolicy"
)

const (
	home    = "eu-west-1"
	account = "111122223333"
	key     = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/1")

	image         = "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:1"
	functionToken = "aws:lambda/function:Function"
)

// handler is a package with one file, which does not depend on where the test runs.
func handler(text string) pulumi.Archive {
	return pulumi.NewAssetArchive(map[string]any{"index.mjs": pulumi.NewStringAsset(text)})
}

func smallest() *function.FunctionArgs {
	return &function.FunctionArgs{
		Region: home, AccountId: account, AwsManagedKey: true, Runtime: function.Nodejs22, Handler: "index.handler",
		Code: handler("export const handler = async () => 'done'"),
	}
}

func network() *function.NetworkArgs {
	return &function.NetworkArgs{VpcId: pulumi.String("vpc-1"), SubnetIds: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"})}
}

// full uses every argument of the core that does not exclude another.
func full() *function.FunctionArgs {
	a := smallest()
	a.AwsManagedKey, a.KmsKeyArn, a.Architecture = false, key, function.X86
	a.LayerArns = pulumi.ToStringArray([]string{"arn:aws:lambda:eu-west-1:111122223333:layer:shared:3"})
	a.MemoryMb, a.TimeoutSeconds, a.StorageMb, a.ReservedConcurrency, a.AllowRecursion = 1769, 60, 1024, pulumi.IntRef(50), true
	a.Network = network()
	a.Network.DualStack = true
	a.FileSystem = &function.FileSystemArgs{
		AccessPointArn: pulumi.String("arn:aws:elasticfilesystem:eu-west-1:111122223333:access-point/fsap-1"), MountPath: "/mnt/models",
	}
	a.Environment = map[string]pulumi.StringInput{"TABLE": pulumi.String("orders"), "STAGE": pulumi.String("test")}
	a.Secrets = map[string]function.SecretArgs{
		"DATABASE_SECRET": {Arn: pulumi.String("arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop-1"), KmsKeyArn: key},
	}
	a.Statements = []iampolicy.Statement{{
		Actions: []string{"dynamodb:PutItem"}, Resources: []pulumi.StringInput{pulumi.String("arn:aws:dynamodb:eu-west-1:111122223333:table/orders")},
	}}
	a.PermissionsBoundaryArn = pulumi.String("arn:aws:iam::111122223333:policy/boundary")
	a.Logs = &function.LogsArgs{RetentionDays: 90, ApplicationLevel: "WARN", SystemLevel: "DEBUG", Retain: true}
	a.Tracing = function.TracingPassThrough
	a.Provisioned = &function.ProvisionedArgs{
		Min: 2, Max: 20, UsePercent: 60,
		Schedules: map[string]function.ProvisionedScheduleArgs{
			"morning": {When: "cron(0 7 ? * MON-FRI *)", TimeZone: "Europe/Berlin", Min: 10, Max: 40}, "night": {When: "cron(0 20 * * ? *)", Min: 1, Max: 2},
		},
	}
	a.OnFailure = &function.DestinationArgs{BucketArn: pulumi.String("arn:aws:s3:::failures"), KmsKeyArn: key}
	a.Async = &function.AsyncArgs{
		Retries: pulumi.IntRef(0), MaxAgeSeconds: 3600,
		OnSuccess: &function.DestinationArgs{EventBusArn: pulumi.String("arn:aws:events:eu-west-1:111122223333:event-bus/shop")},
	}
	a.Url = &function.UrlArgs{
		Streaming: true,
		Cors: &function.CorsArgs{
			Origins: []string{"https://shop.example.com"}, Methods: []string{"GET", "POST"}, Headers: []string{"content-type"}, ExposeHeaders: []string{"etag"},
			Credentials: true, MaxAgeSeconds: 600,
		},
	}
	a.Tags = map[string]string{"team": "shop"}
	return a
}

func program(args *function.FunctionArgs, names ...string) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		for _, name := range names {
			if _, err := function.NewFunction(ctx, name, args); err != nil {
				return err
			}
		}
		return nil
	}
}

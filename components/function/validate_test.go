package function_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/function"
	"github.com/plinth-iac/plinth/tests/harness"
)

func TestEveryProblemIsReportedAtOnceBeforeAnythingExists(t *testing.T) {
	long := strings.Repeat("a", 41)
	with := func(set func(a *function.FunctionArgs)) *function.FunctionArgs {
		a := smallest()
		set(a)
		return a
	}
	anImage := func(set func(a *function.FunctionArgs)) *function.FunctionArgs {
		return with(func(a *function.FunctionArgs) {
			a.Code, a.Runtime, a.Handler, a.ImageUri = nil, "", "", pulumi.String(image)
			set(a)
		})
	}
	for name, c := range map[string]struct {
		component string
		args      *function.FunctionArgs
		want      string
	}{
		"nothing given": {"orders", nil, `function.Function "orders": 6 problems
  accountId: is required
  code: needs exactly one of code, inline and imageUri; 0 are set
  handler: is required
  kmsKeyArn: is required, unless awsManagedKey is true
  region: is required
  runtime: is required`},
		"a name": {"new orders", smallest(), `function.Function "new orders": 1 problem
  name: "new orders": must be 1 to 40 letters, digits, hyphens and underscores`},
		"a long name": {long, smallest(), `function.Function "` + long + `": 1 problem
  name: "` + long + `": must be 1 to 40 letters, digits, hyphens and underscores`},
		"too little": {"orders", with(func(a *function.FunctionArgs) {
			a.Region, a.AccountId, a.MemoryMb, a.TimeoutSeconds, a.StorageMb, a.ReservedConcurrency = "Ireland", "1", 127, -1, 511, pulumi.IntRef(-1)
			a.KmsKeyArn, a.Architecture, a.Tracing = key, "arm", "Never"
			a.Logs = &function.LogsArgs{RetentionDays: 31, Format: "XML", ApplicationLevel: "INFO"}
		}), `function.Function "orders": 12 problems
  accountId: "1": must be twelve digits
  architecture: "arm" is not supported; allowed: arm64, x86_64
  awsManagedKey: conflicts with kmsKeyArn: data is encrypted with one key
  logs.applicationLevel: conflicts with logs.format: a line of text has no level
  logs.format: "XML" is not supported; allowed: JSON, Text
  logs.retentionDays: 31: must be one of 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653
  memoryMb: 127: must be 128 to 10240
  region: "Ireland": must be a region such as eu-central-1
  reservedConcurrency: -1: must be 0 or more; leave it out for no limit
  storageMb: 511: must be 512 to 10240
  timeoutSeconds: -1: must be 1 to 900
  tracing: "Never" is not supported; allowed: Active, PassThrough`},
		"too much": {"orders", with(func(a *function.FunctionArgs) {
			a.MemoryMb, a.TimeoutSeconds, a.StorageMb, a.Handler = 10241, 901, 10241, "not one"
			a.LayerArns = pulumi.ToStringArray(make([]string, 6))
			a.Logs = &function.LogsArgs{ApplicationLevel: "LOUD", SystemLevel: "ERROR"}
		}), `function.Function "orders": 7 problems
  handler: "not one": must be 1 to 128 characters without spaces
  layerArns: 6: must be 5 or fewer
  logs.applicationLevel: "LOUD" is not supported; allowed: TRACE, DEBUG, INFO, WARN, ERROR, FATAL
  logs.systemLevel: "ERROR" is not supported; allowed: DEBUG, INFO, WARN
  memoryMb: 10241: must be 128 to 10240
  storageMb: 10241: must be 512 to 10240
  timeoutSeconds: 901: must be 1 to 900`},
		"two packages": {"orders", with(func(a *function.FunctionArgs) {
			a.Inline, a.Runtime, a.Image = "text", function.Java21, &function.ImageArgs{}
		}),
			`function.Function "orders": 3 problems
  code: needs exactly one of code, inline and imageUri; 2 are set
  image: is about container images; it needs imageUri
  inline: conflicts with runtime: only Node.js, Python and Ruby run a text as it is`},
		"an old runtime": {"orders", with(func(a *function.FunctionArgs) { a.Runtime = "nodejs20.x" }), `function.Function "orders": 1 problem
  runtime: "nodejs20.x": is not supported by AWS since 2026-04-30`},
		"a runtime that has just ended": {"orders", with(func(a *function.FunctionArgs) { a.Runtime = "dotnet8" }), `function.Function "orders": 1 problem
  runtime: "dotnet8": is not supported by AWS since 2026-11-10`},
		"a new runtime": {"orders", with(func(a *function.FunctionArgs) { a.Runtime = "nodejs24.x" }), `function.Function "orders": 1 problem
  runtime: "nodejs24.x": is not known to the AWS provider; use imageUri, or one of java11, java17, java21, java8.al2, nodejs22.x, provided.al2023, python3.11, python3.12, python3.13, ruby3.3, ruby3.4`},
		"an image with a runtime": {"orders", anImage(func(a *function.FunctionArgs) {
			a.Runtime, a.Handler, a.LayerArns, a.ImageUri = function.Nodejs22, "index.handler", pulumi.StringArray{}, pulumi.String("orders:1")
		}), `function.Function "orders": 4 problems
  handler: conflicts with imageUri: the image has its own
  imageUri: "orders:1": must be an image of ECR with a tag or digest, such as 111122223333.dkr.ecr.eu-central-1.amazonaws.com/shop@sha256:...
  layerArns: conflicts with imageUri: the image has its own
  runtime: conflicts with imageUri: the image has its own`},
		"an image elsewhere": {"orders", anImage(func(a *function.FunctionArgs) {
			a.ImageUri = pulumi.String("111122223333.dkr.ecr.us-east-1.amazonaws.com/orders:1")
		}), `function.Function "orders": 1 problem
  imageUri: "111122223333.dkr.ecr.us-east-1.amazonaws.com/orders:1": must be in the region of the function, eu-west-1`},
		"an image that moves": {"orders", anImage(func(a *function.FunctionArgs) {
			a.ImageUri = pulumi.String("111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:latest")
		}), `function.Function "orders": 1 problem
  imageUri: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/orders:latest": must not be the tag latest: it moves, and the function would not notice`},
		"a snapshot of Node.js": {"orders", with(func(a *function.FunctionArgs) {
			a.SnapStart, a.StorageMb, a.Network = true, 513, network()
			a.Provisioned = &function.ProvisionedArgs{Min: 1}
			a.FileSystem = &function.FileSystemArgs{AccessPointArn: pulumi.String("arn"), MountPath: "/mnt/a"}
		}), `function.Function "orders": 4 problems
  snapStart: conflicts with fileSystem: Lambda takes no snapshot of such a function
  snapStart: conflicts with provisioned: Lambda takes no snapshot of such a function
  snapStart: conflicts with storageMb: Lambda takes no snapshot of such a function
  snapStart: is for java11, java17, java21, python3.12, python3.13, not "nodejs22.x"`},
		"a snapshot of an image": {"orders", anImage(func(a *function.FunctionArgs) { a.SnapStart = true }), `function.Function "orders": 1 problem
  snapStart: conflicts with imageUri: Lambda takes no snapshot of such a function`},
		"variables": {"orders", with(func(a *function.FunctionArgs) {
			a.Environment = map[string]pulumi.StringInput{"AWS_REGION": pulumi.String("x"), "MY-VAR": pulumi.String("x"), "A": pulumi.String("x"), "TWICE": nil}
			a.Secrets = map[string]function.SecretArgs{"TWICE": {}, "2ND": {Arn: pulumi.String("arn")}}
		}), `function.Function "orders": 7 problems
  environment.A: must be two or more letters, digits and underscores, and begin with a letter
  environment.AWS_REGION: is a variable that Lambda sets itself
  environment.MY-VAR: must be two or more letters, digits and underscores, and begin with a letter
  environment.TWICE: conflicts with secrets.TWICE: a variable has one value
  environment.TWICE: is required
  secrets.2ND: must be two or more letters, digits and underscores, and begin with a letter
  secrets.TWICE.arn: is required`},
		"one zone": {"orders", with(func(a *function.FunctionArgs) {
			a.Network = &function.NetworkArgs{
				SubnetIds: pulumi.ToStringArray([]string{"subnet-a"}), SecurityGroupIds: pulumi.StringArray{},
			}
		}), `function.Function "orders": 3 problems
  network.securityGroupIds: 0: must be 1 to 5 groups, or left out
  network.subnetIds: 1: must be two subnets or more, in different zones
  network.vpcId: is required`},
		"a file system": {"orders", with(func(a *function.FunctionArgs) {
			a.FileSystem, a.Network = &function.FileSystemArgs{MountPath: "/data"}, network()
			a.Network.Detached = true
		}),
			`function.Function "orders": 3 problems
  fileSystem: needs network: EFS is reached through a VPC
  fileSystem.accessPointArn: is required
  fileSystem.mountPath: "/data": must be a directory right under /mnt, such as /mnt/models`},
		"a canary": {"orders", with(func(a *function.FunctionArgs) {
			a.Canary, a.AliasMovedElsewhere = &function.CanaryArgs{StableVersion: "$LATEST", Percent: 100}, true
			a.Provisioned = &function.ProvisionedArgs{Min: 1}
		}), `function.Function "orders": 4 problems
  canary: conflicts with aliasMovedElsewhere: calls are split by one of the two
  canary: conflicts with provisioned: Lambda provisions nothing for an alias that splits its calls; remove one of the two
  canary.percent: 100: must be 1 to 99
  canary.stableVersion: "$LATEST": must be the number of a version, such as "7"`},
		"provisioned": {"orders", with(func(a *function.FunctionArgs) {
			a.ReservedConcurrency = pulumi.IntRef(10)
			a.Provisioned = &function.ProvisionedArgs{UsePercent: 5, Schedules: map[string]function.ProvisionedScheduleArgs{
				"night": {Min: 3, Max: 2}, "noon": {When: "rate(1 day)", Min: 1, Max: 11}, "7:00": {When: "cron(0 7 * * ? *)", Min: 1, Max: 1},
			}}
		}), `function.Function "orders": 6 problems
  provisioned.min: 0: must be 1 or more
  provisioned.schedules.7:00: has a name that is not 1 to 40 letters, digits, hyphens and underscores
  provisioned.schedules.night.max: 2: must not be below min, 3
  provisioned.schedules.night.when: is required
  provisioned.schedules.noon.max: 11: must not be above reservedConcurrency, 10
  provisioned.usePercent: 5: must be 10 to 90`},
		"asynchronous": {"orders", with(func(a *function.FunctionArgs) {
			a.OnFailure = &function.DestinationArgs{QueueArn: pulumi.String("failed"), TopicArn: pulumi.String("arn:aws:sns:eu-west-1:111122223333:failed.fifo")}
			a.Async = &function.AsyncArgs{
				Retries: pulumi.IntRef(3), MaxAgeSeconds: 59, OnSuccess: &function.DestinationArgs{BucketArn: pulumi.String("arn:aws:s3:::done")},
				DeadLetters: &function.DestinationArgs{FunctionArn: pulumi.String("arn:aws:lambda:eu-west-1:111122223333:function:f"), KmsKeyArn: key},
			}
		}), `function.Function "orders": 9 problems
  async.deadLetters.functionArn: cannot be used here; allowed: queueArn, topicArn
  async.deadLetters.kmsKeyArn: is the key of a queue, topic or bucket
  async.maxAgeSeconds: 59: must be 60 to 21600
  async.onSuccess.bucketArn: cannot be used here; allowed: queueArn, topicArn, eventBusArn, functionArn
  async.retries: 3: must be 0 to 2
  onFailure: conflicts with async.deadLetters: a failed call would be reported twice
  onFailure: needs exactly one of queueArn, topicArn, bucketArn, eventBusArn, functionArn; 2 are set
  onFailure.queueArn: "failed": must be an ARN
  onFailure.topicArn: "arn:aws:sns:eu-west-1:111122223333:failed.fifo": must not be a FIFO one: Lambda sends without a group`},
		"an address": {"orders", with(func(a *function.FunctionArgs) {
			a.Url = &function.UrlArgs{
				Cors: &function.CorsArgs{Origins: []string{"*", "shop"}, Methods: []string{"OPTIONS"}, Credentials: true, MaxAgeSeconds: 86401},
			}
		}), `function.Function "orders": 4 problems
  url.cors.credentials: conflicts with url.cors.origins: cookies are not sent to everybody
  url.cors.maxAgeSeconds: 86401: must be 0 to 86400
  url.cors.methods[0]: "OPTIONS" is not supported; allowed: GET, HEAD, POST, PUT, PATCH, DELETE, *
  url.cors.origins[1]: "shop": must be an origin such as https://shop.example.com, or *`},
		"no origins": {"orders", with(func(a *function.FunctionArgs) { a.Url = &function.UrlArgs{Cors: &function.CorsArgs{}} }), `function.Function "orders": 1 problem
  url.cors.origins: is required`},
	} {
		t.Run(name, func(t *testing.T) {
			g, err := harness.Try(harness.Preview, program(c.args, c.component))
			require.ErrorContains(t, err, c.want+"\n")
			require.Empty(t, g.Resources)
		})
	}
}

package database_test

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/database"
)

const (
	key       = pulumi.String("arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d")
	topic     = pulumi.String("arn:aws:sns:eu-central-1:111122223333:alerts")
	farKey    = pulumi.String("arn:aws:kms:eu-west-1:111122223333:key/4e5f6a7b")
	farTopic  = pulumi.String("arn:aws:sns:eu-west-1:111122223333:alerts")
	bootstrap = "first-and-only-once"
)

// minimalInstance is the least that is accepted.
func minimalInstance() *database.InstanceArgs {
	return &database.InstanceArgs{
		Region: "eu-central-1", VpcId: pulumi.String("vpc-1"), SubnetIds: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
		Engine: database.Postgres, InstanceClass: "db.r7g.large", KmsKeyArn: key,
	}
}

// fullInstance uses every field that does not exclude another.
func fullInstance(far pulumi.ProviderResource) *database.InstanceArgs {
	a := minimalInstance()
	a.EngineVersion, a.DatabaseName, a.Port = "17.4", "shop", 5433
	a.Parameters = map[string]string{"work_mem": "65536", "max_connections": "500"}
	a.CaCertificate = "rds-ca-ecc384-g1"
	a.StorageType, a.AllocatedGib, a.Iops = database.Io2, 500, 20000
	a.MaxAllocatedGib = pulumi.IntRef(2000)
	a.Replicas = map[string]database.ReplicaArgs{
		"reports": {
			InstanceClass: "db.r7g.xlarge", Zone: "eu-central-1b", StorageType: database.Gp3, ThroughputMibps: 1000,
			MaxAllocatedGib: pulumi.IntRef(3000), DeletionProtection: pulumi.BoolRef(false),
		},
		"far": {
			Region: "eu-west-1", Provider: far, VpcId: pulumi.String("vpc-2"), SubnetIds: pulumi.ToStringArray([]string{"subnet-x", "subnet-y"}),
			KmsKeyArn: farKey, TopicArn: farTopic, DeadLetterArn: pulumi.String("arn:aws:sqs:eu-west-1:111122223333:undelivered"), MultiAz: true,
		},
	}
	a.Credentials = &database.CredentialsArgs{Username: "owner", Password: pulumi.String(bootstrap), Rotation: &database.RotationArgs{Days: 7}}
	a.Proxy = &database.ProxyArgs{
		SecretArns:    map[string]pulumi.StringInput{"app": pulumi.String("arn:aws:secretsmanager:eu-central-1:111122223333:secret:app")},
		InitQuery:     "SET TIME ZONE 'UTC'",
		IamAuth:       pulumi.BoolRef(false),
		BorrowSeconds: pulumi.IntRef(30), MaxConnectionsPercent: 60, IdleClientSeconds: 600,
	}
	a.BackupRetentionDays, a.BackupWindow, a.MaintenanceWindow = pulumi.IntRef(35), "23:30-00:30", "mon:01:00-mon:02:00"
	a.CrossRegionBackups = &database.CrossRegionBackupsArgs{Region: "eu-west-1", Provider: far, KmsKeyArn: farKey, RetentionDays: 7}
	a.AllowMajorVersionUpgrade, a.ApplyImmediately, a.ExtendedSupport = true, true, true
	a.Monitoring = &database.MonitoringArgs{IntervalSeconds: pulumi.IntRef(15), Insights: database.InsightsAdvanced, Logs: []string{"postgresql", "iam-db-auth-error"}}
	a.Alarms = &database.AlarmsArgs{ActionArns: pulumi.StringArray{topic}, Connections: 400}
	a.Events = &database.EventsArgs{TopicArn: topic, DeadLetterArn: pulumi.String("arn:aws:sqs:eu-central-1:111122223333:undelivered")}
	a.Tags = map[string]string{"team": "shop"}
	return a
}

func instance(name string, args func(far pulumi.ProviderResource) *database.InstanceArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		far, err := aws.NewProvider(ctx, "far", &aws.ProviderArgs{Region: pulumi.String("eu-west-1")})
		if err != nil {
			return err
		}
		_, err = database.NewInstance(ctx, name, args(far))
		return err
	}
}

func near(args func() *database.InstanceArgs) func(pulumi.ProviderResource) *database.InstanceArgs {
	return func(pulumi.ProviderResource) *database.InstanceArgs { return args() }
}

// minimalCluster is the least that is accepted.
func minimalCluster() *database.ClusterArgs {
	return &database.ClusterArgs{
		Region: "eu-central-1", VpcId: pulumi.String("vpc-1"), SubnetIds: pulumi.ToStringArray([]string{"subnet-a", "subnet-b", "subnet-c"}),
		Engine: database.Postgres, InstanceClass: "db.r7g.large", KmsKeyArn: key,
	}
}

// fullCluster uses every field that does not exclude another.
func fullCluster() *database.ClusterArgs {
	a := minimalCluster()
	a.Engine, a.EngineVersion, a.DatabaseName, a.Port = database.Mysql, "8.0.mysql_aurora.3.08.2", "shop", 3307
	a.Serverless = &database.ServerlessArgs{MaxAcu: 32}
	a.Instances = map[string]database.ClusterInstanceArgs{
		"a": {PromotionTier: pulumi.IntRef(0), Zone: "eu-central-1a"}, "b": {InstanceClass: "db.serverless"}, "reports": {PromotionTier: pulumi.IntRef(15)},
	}
	a.ReaderScaling = &database.ReaderScalingArgs{Max: 8, Connections: 500, OutCooldownSeconds: pulumi.IntRef(60)}
	a.Parameters = map[string]string{"binlog_format": "ROW", "long_query_time": "2", "slow_query_log": "0"}
	a.IoOptimized, a.CaCertificate = true, "rds-ca-rsa4096-g1"
	a.Credentials = &database.CredentialsArgs{
		Password: pulumi.String(bootstrap), Rotation: &database.RotationArgs{LambdaArn: pulumi.String("arn:aws:lambda:eu-central-1:111122223333:function:rotate")},
	}
	a.Proxy = &database.ProxyArgs{PinOnSet: pulumi.BoolRef(false)}
	a.BackupRetentionDays, a.BackupWindow, a.MaintenanceWindow, a.ByAwsBackup = 35, "23:30-00:30", "mon:01:00-mon:02:00", true
	a.AllowMajorVersionUpgrade, a.ApplyImmediately, a.ExtendedSupport = true, true, true
	a.Monitoring = &database.MonitoringArgs{IntervalSeconds: pulumi.IntRef(0), Insights: database.InsightsOff, Logs: []string{"audit"}}
	a.Alarms = &database.AlarmsArgs{ActionArns: pulumi.StringArray{topic}, Connections: 400}
	a.Events = &database.EventsArgs{TopicArn: topic, Categories: []string{"failover"}}
	a.Tags = map[string]string{"team": "shop"}
	return a
}

func cluster(name string, args func() *database.ClusterArgs) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		_, err := database.NewCluster(ctx, name, args())
		return err
	}
}

package database_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/components/database"
	"github.com/plinth-iac/plinth/components/iampolicy"
	"github.com/plinth-iac/plinth/tests/harness"
)

const (
	instanceToken = "aws:rds/instance:Instance"
	memberToken   = "aws:rds/clusterInstance:ClusterInstance"
)

var programs = map[string]pulumi.RunFunc{
	"instance-minimal": instance("shop", near(minimalInstance)), "instance-full": instance("shop", fullInstance),
	"cluster-minimal": cluster("shop", minimalCluster), "cluster-full": cluster("shop", fullCluster),
}

func TestGraph(t *testing.T) {
	for name, program := range programs {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program, func(t *testing.T, g *harness.Graph) {
				g.Golden(t, name)
				g.Owned(t, "plinth:database:", "shop-", "far")
			})
		})
	}
}

func TestNothingIsOpenAndNothingIsPlain(t *testing.T) {
	for name, program := range programs {
		t.Run(name, func(t *testing.T) {
			harness.Both(t, program, func(t *testing.T, g *harness.Graph) {
				require.NotContains(t, g.Text(), bootstrap)
				for _, r := range g.Resources {
					require.NotRegexp(t, "(?i)securityGroup.*rule", r.Type)
					switch r.Type {
					case instanceToken:
						require.Equal(t, true, r.Value("storageEncrypted"), r.Name)
						require.Equal(t, true, r.Value("iamDatabaseAuthenticationEnabled"), r.Name)
						require.Equal(t, false, r.Value("publiclyAccessible"), r.Name)
					case memberToken:
						require.Equal(t, false, r.Value("publiclyAccessible"), r.Name)
					case "aws:rds/cluster:Cluster":
						require.Equal(t, true, r.Value("storageEncrypted"))
						require.Equal(t, true, r.Value("iamDatabaseAuthenticationEnabled"))
					case "aws:rds/proxy:Proxy":
						require.Equal(t, true, r.Value("requireTls"))
					case "aws:ec2/securityGroup:SecurityGroup":
						require.Nil(t, r.Value("ingress"), r.Name)
						require.Nil(t, r.Value("egress"), r.Name)
					}
				}
			})
		})
	}
}

func TestTheMasterPasswordIsWrittenOnce(t *testing.T) {
	harness.Both(t, instance("shop", fullInstance), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, bootstrap, g.Named(t, "shop-instance").Value("password"))
		require.Contains(t, g.Named(t, "shop-instance").IgnoreChanges, "password")
		require.Nil(t, g.Named(t, "shop-instance").Value("manageMasterUserPassword"))
		value := g.Named(t, "shop-secret-value")
		require.Equal(t, []string{"secretString"}, value.IgnoreChanges)
		require.True(t, value.Inputs["secretString"].ContainsSecrets())
		if g.Mode == harness.Update {
			var login map[string]any
			require.NoError(t, json.Unmarshal([]byte(value.Value("secretString").(string)), &login))
			require.Equal(t, map[string]any{
				"engine": "postgres", "host": "shop-instance.mock.example.com", "port": 5433.0, "username": "owner", "password": bootstrap, "dbname": "shop",
				"dbInstanceIdentifier": "shop-instance",
			}, login)
		}
		require.Contains(t, g.Named(t, "shop-rotation").Dependencies, value.URN, "what is rotated must be there")
	})
	reset := func() *database.ClusterArgs {
		a := fullCluster()
		a.Credentials.Reset = true
		return a
	}
	harness.Both(t, cluster("shop", reset), func(t *testing.T, g *harness.Graph) {
		require.NotContains(t, g.Named(t, "shop-cluster").IgnoreChanges, "masterPassword")
		require.Empty(t, g.Named(t, "shop-secret-value").IgnoreChanges)
	})
}

func TestAwsManagesThePasswordUnlessItCannot(t *testing.T) {
	for _, program := range []string{"instance-minimal", "cluster-minimal"} {
		harness.Both(t, programs[program], func(t *testing.T, g *harness.Graph) {
			require.Empty(t, g.OfType("aws:secretsmanager/secret:Secret"))
			for _, r := range append(g.OfType(instanceToken), g.OfType("aws:rds/cluster:Cluster")...) {
				require.Equal(t, true, r.Value("manageMasterUserPassword"))
				require.Equal(t, string(key), r.Value("masterUserSecretKmsKeyId"))
				require.NotContains(t, r.IgnoreChanges, "password", "or a password could never be taken back")
			}
		})
	}
}

func TestParametersAreAppliedAsAwsAllows(t *testing.T) {
	harness.Both(t, instance("shop", fullInstance), func(t *testing.T, g *harness.Graph) {
		want := map[string]string{"max_connections": "500 pending-reboot", "rds.force_ssl": "1 immediate", "work_mem": "65536 immediate"}
		require.Equal(t, want, parameters(g.Named(t, "shop-params")))
		require.Equal(t, want, parameters(g.Named(t, "shop-replica-far-params")))
		require.Nil(t, g.Named(t, "shop-params").Value("name"), "the next version's group is made before this one goes")
	})
	harness.Both(t, cluster("shop", fullCluster), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, map[string]string{
			"require_secure_transport": "ON immediate", "log_output": "FILE immediate", "slow_query_log": "0 immediate",
			"long_query_time": "2 immediate", "binlog_format": "ROW pending-reboot",
		}, parameters(g.Named(t, "shop-params")))
	})
}

func parameters(group harness.Resource) map[string]string {
	found := map[string]string{}
	for _, p := range group.Value("parameters").([]any) {
		p := p.(map[string]any)
		found[p["name"].(string)] = p["value"].(string) + " " + p["applyMethod"].(string)
	}
	return found
}

// AWS switches Advanced insights off only where they become Standard with that.
func TestInsightsThatAreOffAreStandard(t *testing.T) {
	off := func() *database.InstanceArgs {
		a := minimalInstance()
		a.Monitoring = noInsights()
		return a
	}
	harness.Both(t, instance("shop", near(off)), func(t *testing.T, g *harness.Graph) {
		requireInsightsOff(t, g.Named(t, "shop-instance"))
	})
	harness.Both(t, cluster("shop", fullCluster), func(t *testing.T, g *harness.Graph) {
		requireInsightsOff(t, g.Named(t, "shop-cluster"))
	})
}

func requireInsightsOff(t *testing.T, r harness.Resource) {
	t.Helper()
	require.Equal(t, false, r.Value("performanceInsightsEnabled"))
	require.Equal(t, "standard", r.Value("databaseInsightsMode"))
	require.Nil(t, r.Value("performanceInsightsRetentionPeriod"))
}

// A cluster runs the version that the program names: AWS must not move on from it.
func TestAClusterStaysAtItsMinorVersion(t *testing.T) {
	mysql := func() *database.ClusterArgs {
		a := minimalCluster()
		a.Engine = database.Mysql
		return a
	}
	for version, args := range map[string]func() *database.ClusterArgs{"17.7": minimalCluster, "8.0.mysql_aurora.3.10.3": mysql} {
		harness.Both(t, cluster("shop", args), func(t *testing.T, g *harness.Graph) {
			require.Equal(t, version, g.Named(t, "shop-cluster").Value("engineVersion"))
			require.Equal(t, false, g.Named(t, "shop-instance-a").Value("autoMinorVersionUpgrade"))
		})
	}
}

func TestAReplicaInAnotherRegionHasEverythingThere(t *testing.T) {
	harness.Both(t, instance("shop", fullInstance), func(t *testing.T, g *harness.Graph) {
		provider := g.Named(t, "far").URN
		var there []string
		for _, r := range g.Resources {
			if r.Provider == provider {
				there = append(there, r.Name)
			}
		}
		require.ElementsMatch(t, []string{
			"shop-replica-far", "shop-replica-far-subnets", "shop-replica-far-sg", "shop-replica-far-params",
			"shop-events-far", "shop-events-far-target", "shop-alarm-replica-lag-far", "shop-backups-eu-west-1",
		}, there)
		replica := g.Named(t, "shop-replica-far")
		require.Equal(t, string(farKey), replica.Value("kmsKeyId"))
		require.Equal(t, string(farKey), replica.Value("performanceInsightsKmsKeyId"))
		require.Equal(t, []any{string(farTopic)}, g.Named(t, "shop-alarm-replica-lag-far").Value("alarmActions"))
		require.Equal(t, string(farTopic), g.Named(t, "shop-events-far-target").Value("arn"))
		require.Equal(t, []any{map[string]any{"region": "eu-west-1", "kmsKeyId": string(farKey)}}, g.Named(t, "shop-secret").Value("replicas"),
			"who takes over knows the password")

		same := g.Named(t, "shop-replica-reports")
		for _, path := range []string{"dbSubnetGroupName", "kmsKeyId", "username", "password", "dbName", "manageMasterUserPassword", "finalSnapshotIdentifier"} {
			require.Nil(t, same.Value(path), path)
		}
	})
}

func TestAPlanOfBackupsFindsThePrimaryAlone(t *testing.T) {
	selected := func(provider pulumi.ProviderResource) *database.InstanceArgs {
		a := fullInstance(provider)
		a.BackupTags = map[string]string{"backup": "shop"}
		return a
	}
	harness.Both(t, instance("shop", selected), func(t *testing.T, g *harness.Graph) {
		for _, r := range g.Resources {
			if r.Custom {
				require.Equal(t, r.Name == "shop-instance", r.Value("tags.backup") == "shop", r.Name)
			}
		}
	})
}

func TestAddingAReplicaTouchesNothingElse(t *testing.T) {
	more := func(provider pulumi.ProviderResource) *database.InstanceArgs {
		a := fullInstance(provider)
		a.Replicas["search"] = database.ReplicaArgs{}
		return a
	}
	for _, mode := range harness.Modes {
		before, after := harness.Run(t, mode, instance("shop", fullInstance)), blocks(harness.Run(t, mode, instance("shop", more)))
		for heading, block := range blocks(before) {
			if !strings.HasPrefix(heading, database.InstanceType) { // the component shows its own args
				require.Equal(t, block, after[heading])
			}
			delete(after, heading)
		}
		require.ElementsMatch(t, []string{
			instanceToken + " shop-replica-search", "aws:cloudwatch/metricAlarm:MetricAlarm shop-alarm-replica-lag-search",
			"aws:cloudwatch/eventRule:EventRule shop-events-search", "aws:cloudwatch/eventTarget:EventTarget shop-events-search-target",
		}, slices.Collect(maps.Keys(after)))
	}
}

func blocks(g *harness.Graph) map[string]string {
	out := map[string]string{}
	for block := range strings.SplitSeq(strings.TrimSpace(g.Text()), "\n\n") {
		heading, _, _ := strings.Cut(block, "\n")
		out[heading] = block
	}
	return out
}

// While replicas of MySQL are a version ahead, they need parameters of that version.
func TestReplicasOfMysqlCanGoAhead(t *testing.T) {
	ahead := func() *database.InstanceArgs {
		a := minimalInstance()
		a.Engine, a.EngineVersion, a.ExtendedSupport = database.Mysql, "8.0", true
		a.Credentials = &database.CredentialsArgs{Password: pulumi.String(bootstrap)}
		a.Replicas = map[string]database.ReplicaArgs{"ahead": {EngineVersion: "8.4"}, "behind": {}}
		return a
	}
	harness.Both(t, instance("shop", near(ahead)), func(t *testing.T, g *harness.Graph) {
		require.Equal(t, "mysql8.0", g.Named(t, "shop-params").Value("family"))
		require.Equal(t, "mysql8.4", g.Named(t, "shop-params-8-4").Value("family"))
		require.Contains(t, g.Named(t, "shop-replica-ahead").PropertyDependencies["parameterGroupName"], g.Named(t, "shop-params-8-4").URN)
		require.Contains(t, g.Named(t, "shop-replica-behind").PropertyDependencies["parameterGroupName"], g.Named(t, "shop-params").URN)
	})
}

func TestGrantsNameTheUserAndTheDatabaseAlone(t *testing.T) {
	var instancePolicy, clusterPolicy, replicaPolicy, secretPolicy string
	keep := func(document pulumi.StringOutput, into *string) {
		document.ApplyT(func(text string) string { *into = text; return text })
	}
	_, err := harness.Try(harness.Update, func(ctx *pulumi.Context) error {
		a := minimalInstance()
		a.Credentials = &database.CredentialsArgs{Password: pulumi.String(bootstrap)}
		a.Replicas, a.Proxy = map[string]database.ReplicaArgs{"reports": {}}, &database.ProxyArgs{}
		i, err := database.NewInstance(ctx, "shop", a)
		if err != nil {
			return err
		}
		reports, err := i.ReplicaConnectStatement("reports", "app")
		require.NoError(t, err)
		_, err = i.ReplicaConnectStatement("report", "app")
		require.EqualError(t, err, `plinth:database:Instance "shop" has no replica "report"; there are: reports`)
		keep(iampolicy.Document(i.ConnectStatement("app")), &instancePolicy)
		keep(iampolicy.Document(reports), &replicaPolicy)
		keep(iampolicy.Document(i.SecretStatements()...), &secretPolicy)
		l, err := database.NewCluster(ctx, "wide", minimalCluster())
		if err != nil {
			return err
		}
		keep(iampolicy.Document(l.ConnectStatement("app")), &clusterPolicy)
		return nil
	})
	require.NoError(t, err)
	const users = "arn:aws:rds-db:us-east-1:111122223333:dbuser:"
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":["`+users+`/app","`+users+`shop-proxy/app"]}]}`, instancePolicy)
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"`+users+`/app"}]}`, replicaPolicy)
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"rds-db:connect","Resource":"`+users+`/app"}]}`, clusterPolicy)
	require.JSONEq(t, `{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":["secretsmanager:DescribeSecret","secretsmanager:GetSecretValue"],"Resource":"arn:aws:mock:us-east-1:111122223333:shop-secret"},
		{"Effect":"Allow","Action":"kms:Decrypt","Resource":"`+string(key)+`","Condition":{"StringEquals":{"kms:ViaService":"secretsmanager.eu-central-1.amazonaws.com"}}}
	]}`, secretPolicy)
}

func TestTwoDatabasesInOneProgram(t *testing.T) {
	harness.Both(t, func(ctx *pulumi.Context) error {
		for _, name := range []string{"shop", "stock"} {
			if _, err := database.NewInstance(ctx, name, minimalInstance()); err != nil {
				return err
			}
			if _, err := database.NewCluster(ctx, name+"-wide", fullCluster()); err != nil {
				return err
			}
		}
		return nil
	}, func(t *testing.T, g *harness.Graph) { require.Len(t, g.OfType(instanceToken), 2) })
}

func TestArgsAreNotChanged(t *testing.T) {
	i, c := fullInstance(nil), fullCluster()
	i.CrossRegionBackups = nil
	delete(i.Replicas, "far")
	same, alike := *i, *c
	harness.Run(t, harness.Preview, instance("shop", near(func() *database.InstanceArgs { return i })))
	harness.Run(t, harness.Preview, cluster("shop", func() *database.ClusterArgs { return c }))
	fresh := fullInstance(nil)
	fresh.CrossRegionBackups = nil
	delete(fresh.Replicas, "far")
	require.Equal(t, fresh, &same)
	require.Equal(t, fullCluster(), &alike)
}

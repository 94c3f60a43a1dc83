// Package upgrade tells whether a program may follow an earlier version of itself: what a
// preview over a stack that the earlier one deployed would replace or delete, and whether
// that is allowed.
//
//	from, err := rehearsal.LoadSnapshot("testdata/releases/v1.2.0/prod.json.gz")
//	...
//	r, err := rehearsal.New(ctx, rehearsal.Options{Program: deploy, Dir: ".", From: from})
//	...
//	plan, err := r.Preview(ctx)
//	...
//	err = upgrade.Check(plan, "v1.2.0", changelog)
//
// What holds data, or an address that others have written down, must not be replaced or
// deleted at all. Anything else must be named in the changelog.
package upgrade

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"github.com/plinth-iac/plinth/tests/rehearsal"
)

// Loss is a resource that an upgrade would replace or delete.
type Loss struct {
	// Replaced says that another one takes its place.
	Replaced bool
	// Type and Name are the resource's type token and logical name.
	Type, Name string
	// Properties are those that make a replacement necessary, if the engine says.
	Properties []string
}

// String is the line that names the loss in a changelog, without its dash.
func (l Loss) String() string {
	if l.Replaced {
		return "replaces: " + l.Type + " " + l.Name
	}
	return "deletes: " + l.Type + " " + l.Name
}

// Stateful says that the resource holds data or an address that cannot be had again.
func (l Loss) Stateful() bool { return Stateful(l.Type) }

// Losses are what a phase replaces or deletes, in the engine's order.
func Losses(p rehearsal.Phase) []Loss {
	var losses []Loss
	for _, step := range p.Steps {
		switch step.Op {
		case "create", "update", "import":
			continue
		}
		urn := resource.URN(step.URN)
		losses = append(losses, Loss{
			Replaced: strings.Contains(step.Op, "replace"), Type: string(urn.Type()), Name: urn.Name(), Properties: step.Properties,
		})
	}
	return losses
}

// Check refuses every loss of something stateful, and every other one that the changelog
// does not name under a version after the one that the stack was deployed with.
func Check(plan rehearsal.Phase, from string, log Changelog) error {
	named, err := log.since(from)
	if err != nil {
		return err
	}
	var refused []error
	for _, loss := range Losses(plan) {
		why := ""
		switch {
		case loss.Stateful():
			why = "it is stateful"
		case !slices.Contains(named, loss.String()):
			why = "the changelog does not name it"
		default:
			continue
		}
		if len(loss.Properties) > 0 {
			why = "because of " + strings.Join(loss.Properties, ", ") + "; " + why
		}
		refused = append(refused, fmt.Errorf("  %s (%s)", loss, why))
	}
	if len(refused) == 0 {
		return nil
	}
	return fmt.Errorf("an upgrade from %s must not do this:\n%w", from, errors.Join(refused...))
}

// Stateful says of a type token whether its resources hold data, or an address or
// identity that others have written down, so that a new one is no substitute.
func Stateful(token string) bool { return stateful[token] }

var stateful = func() map[string]bool {
	tokens := map[string]bool{}
	for _, token := range strings.Fields(`
		aws:acmpca/certificateAuthority:CertificateAuthority
		aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault aws:backup/vault:Vault
		aws:cloudtrail/eventDataStore:EventDataStore
		aws:cloudwatch/logGroup:LogGroup aws:cloudwatch/logStream:LogStream
		aws:cognito/identityPool:IdentityPool aws:cognito/userPool:UserPool
		aws:docdb/cluster:Cluster aws:docdb/clusterInstance:ClusterInstance aws:docdb/elasticCluster:ElasticCluster
		aws:docdb/globalCluster:GlobalCluster
		aws:dynamodb/globalTable:GlobalTable aws:dynamodb/table:Table aws:dynamodb/tableReplica:TableReplica
		aws:ebs/snapshot:Snapshot aws:ebs/volume:Volume
		aws:ec2/eip:Eip aws:ec2/keyPair:KeyPair
		aws:ecr/repository:Repository aws:ecrpublic/repository:Repository
		aws:efs/accessPoint:AccessPoint aws:efs/fileSystem:FileSystem
		aws:eks/cluster:Cluster
		aws:elasticache/cluster:Cluster aws:elasticache/globalReplicationGroup:GlobalReplicationGroup
		aws:elasticache/replicationGroup:ReplicationGroup aws:elasticache/serverlessCache:ServerlessCache
		aws:elasticsearch/domain:Domain aws:opensearch/domain:Domain aws:opensearch/serverlessCollection:ServerlessCollection
		aws:fsx/lustreFileSystem:LustreFileSystem aws:fsx/ontapFileSystem:OntapFileSystem aws:fsx/ontapVolume:OntapVolume
		aws:fsx/openZfsFileSystem:OpenZfsFileSystem aws:fsx/openZfsVolume:OpenZfsVolume aws:fsx/windowsFileSystem:WindowsFileSystem
		aws:glacier/vault:Vault
		aws:globalaccelerator/accelerator:Accelerator
		aws:keyspaces/keyspace:Keyspace aws:keyspaces/table:Table
		aws:kinesis/stream:Stream
		aws:kms/externalKey:ExternalKey aws:kms/key:Key aws:kms/replicaKey:ReplicaKey
		aws:memorydb/cluster:Cluster
		aws:mq/broker:Broker
		aws:msk/cluster:Cluster aws:msk/serverlessCluster:ServerlessCluster
		aws:neptune/cluster:Cluster aws:neptune/clusterInstance:ClusterInstance aws:neptune/globalCluster:GlobalCluster
		aws:rds/cluster:Cluster aws:rds/clusterInstance:ClusterInstance aws:rds/globalCluster:GlobalCluster
		aws:rds/instance:Instance aws:rds/snapshot:Snapshot aws:rds/clusterSnapshot:ClusterSnapshot
		aws:redshift/cluster:Cluster aws:redshiftserverless/namespace:Namespace
		aws:route53/delegationSet:DelegationSet aws:route53/hostedZoneDnsSec:HostedZoneDnsSec aws:route53/zone:Zone
		aws:s3/bucket:Bucket aws:s3/bucketV2:BucketV2 aws:s3/directoryBucket:DirectoryBucket aws:s3tables/tableBucket:TableBucket
		aws:secretsmanager/secret:Secret
		aws:sns/topic:Topic aws:sqs/queue:Queue
		aws:ssm/parameter:Parameter
		aws:timestreamwrite/database:Database aws:timestreamwrite/table:Table
		aws:transfer/server:Server
		kubernetes:core/v1:PersistentVolume kubernetes:core/v1:PersistentVolumeClaim kubernetes:core/v1:Namespace
		kubernetes:apps/v1:StatefulSet
	`) {
		tokens[token] = true
	}
	return tokens
}()

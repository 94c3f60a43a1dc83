// Package table builds a key-value table, Amazon DynamoDB.
//
// It makes the table, the scaling of its capacity, and on request replicas in other
// regions, alarms and contributor insights.
//
// What it promises:
//   - Redundancy: the service keeps three copies in three zones. Nothing is lost with a
//     zone. Replicas in other regions take reads and writes too, and are about a second
//     behind; the later of two writes to one item wins.
//   - Encryption: with the key given; each replica has one of its own region.
//   - Nothing goes by accident: deletion protection of table and replicas, the engine's own
//     protection, and any second of the last 35 days can be restored.
//
// A table is in no VPC and has no security group. Reach it from private subnets through
// the VPC's gateway endpoint for DynamoDB, which is free.
//
// # What can change in place
//
// Capacity, global indexes, the key, the class, recovery, streams, expiry, replicas and
// tags. The name, HashKey, RangeKey and LocalIndexes cannot: the engine refuses to replace
// what is protected. The type of a key attribute is refused by AWS.
//
// AWS itself wants some changes in steps: expiry is turned off by Ttl.Disabled, with the
// attribute still named, and Ttl can be left out or name another attribute an hour later;
// to leave it out at once is refused. A KmsKeyArn cannot be dropped for AwsManagedKey, only
// changed for another key; a limit of OnDemand is lifted by -1, not by leaving it out. The
// last replica goes before the stream: write StreamNewAndOld when dropping it, and drop
// that later.
//
// # A beginning
//
// What Restore or Import begins with, AWS makes with its keys, indexes, capacity, expiry,
// recovery and encryption, but without AWS's deletion protection, class, tags and, after a
// restore, limits. Deploy a second time: the update shows and sets them. Until then only
// the engine refuses to delete the table. Stream and Replicas are refused together with
// Restore and Import: take those out, and add them, in a second update.
//
// # Who owns the capacity
//
// A capacity with a Max above its Min belongs to a scaling policy: Min is its first value,
// and the program ignores what it is later. One without a Max belongs to the program.
//
// The indexes of a table are one list to AWS's provider, in an order of its own, so that
// the program can ignore the capacities of all or none: either all indexes scale, or none.
// When an index is added to or removed from a table whose indexes scale, or after a
// refresh of one with several, an index may for minutes have the capacity of another one,
// until its policy sets it again. A table with many indexes is better off on demand.
//
// A table on demand becomes a scaling one in two updates: first Provisioned without a Max,
// then with it. What the program ignores cannot get a first value later.
//
// # Cost
//
// In us-east-1 on demand 0.625 USD a million writes and 0.125 a million reads, storage
// 0.25 a GB and month (0.10 with InfrequentAccess, where requests cost a quarter more),
// recovery 0.20 a GB; provisioned 0.47 a write unit and 0.09 a read unit a month. A replica
// costs its storage, its writes and the traffic between the regions. An alarm costs 0.10 a
// metric, and a key its requests.
package table

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/internal/base"
)

// AttributeType is what a key attribute holds.
type AttributeType string

// The types of key attributes.
const (
	String AttributeType = "String"
	Number AttributeType = "Number"
	Binary AttributeType = "Binary"
)

// Projection is what an index holds of an item.
type Projection string

// The projections.
const (
	// AllAttributes copies the whole item.
	AllAttributes Projection = "AllAttributes"
	// KeysOnly has the keys of table and index.
	KeysOnly Projection = "KeysOnly"
	// Include has the keys and the attributes that are named.
	Include Projection = "Include"
)

// Stream is what a table's stream has of a change.
type Stream string

// The streams.
const (
	StreamKeys      Stream = "StreamKeys"
	StreamNew       Stream = "StreamNew"
	StreamOld       Stream = "StreamOld"
	StreamNewAndOld Stream = "StreamNewAndOld"
)

// Class is how storage is weighed against requests in the price.
type Class string

// The table classes.
const (
	StandardClass Class = "StandardClass"
	// InfrequentAccess is cheaper where storage is more than half of the bill.
	InfrequentAccess Class = "InfrequentAccess"
)

// TableArgs are the arguments of NewTable.
type TableArgs struct { //nolint:revive // named after NewTable, as the arguments of every component are
	// Region is the AWS region of the table, such as "eu-central-1".
	Region string `pulumi:"region"`
	// Name is the table's name in AWS. Default: the component's, and random characters.
	Name string `pulumi:"name,optional"`
	// HashKey is the attribute that says in which part of the table an item lies.
	HashKey string `pulumi:"hashKey"`
	// RangeKey is the attribute that orders items of one hash key. Default: none, one item.
	RangeKey string `pulumi:"rangeKey,optional"`
	// Attributes are the types of the attributes that are keys, of table or index, and of
	// no others. Default: String for those that are left out.
	Attributes map[string]AttributeType `pulumi:"attributes,optional"`
	// GlobalIndexes are other keys to find items by, under the names that the indexes have
	// in AWS; at most 20. AWS adds and removes one at a time. Default: none.
	GlobalIndexes map[string]GlobalIndexArgs `pulumi:"globalIndexes,optional"`
	// LocalIndexes are other orders of the items of one hash key, under the names that the
	// indexes have in AWS; at most 5. Default: none.
	LocalIndexes map[string]LocalIndexArgs `pulumi:"localIndexes,optional"`

	// OnDemand limits what requests may cost. Default: on demand without a limit, unless
	// Provisioned.
	OnDemand *OnDemandArgs `pulumi:"onDemand,optional"`
	// Provisioned pays for capacity, used or not. Default: on demand.
	Provisioned *ProvisionedArgs `pulumi:"provisioned,optional"`
	// Class is StandardClass or InfrequentAccess. Default: StandardClass.
	Class Class `pulumi:"class,optional"`

	// KmsKeyArn is the table's key. Required unless AwsManagedKey.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// AwsManagedKey encrypts with the account's key for DynamoDB, which other accounts
	// cannot use. Default: false.
	AwsManagedKey bool `pulumi:"awsManagedKey,optional"`

	// RecoveryDays is for how long one can go back in time, 1 to 35; 0 turns it off.
	// Default: 35.
	RecoveryDays *int `pulumi:"recoveryDays,optional"`
	// DeletionProtection makes AWS and the engine refuse to delete the table and its
	// replicas. Default: true.
	DeletionProtection *bool `pulumi:"deletionProtection,optional"`
	// Restore is what a new table begins with: the past of another one. It is looked at
	// when the table is made, and never again; a second deploy sets what AWS leaves out.
	// Default: nothing, an empty table.
	Restore *RestoreArgs `pulumi:"restore,optional"`
	// Import is what a new table begins with: files in S3. It is looked at when the table
	// is made, and never again; a second deploy sets what AWS leaves out. It makes no
	// LocalIndexes. Default: nothing, an empty table.
	Import *ImportArgs `pulumi:"import,optional"`

	// Ttl lets items expire. Default: items stay.
	Ttl *TtlArgs `pulumi:"ttl,optional"`
	// Stream is what the stream of changes has of each. Default: no stream, or
	// StreamNewAndOld with Replicas, which need it.
	Stream Stream `pulumi:"stream,optional"`
	// Replicas are copies that take reads and writes, by their regions. Default: none.
	Replicas map[string]ReplicaArgs `pulumi:"replicas,optional"`

	// ContributorInsights shows the keys in most demand, of the table and its global
	// indexes, at 0.50 USD a month for each of two to four rules, and 0.03 for a million
	// requests. Default: false.
	ContributorInsights bool `pulumi:"contributorInsights,optional"`
	// Alarms watches throttling, errors and replication. Default: no alarms.
	Alarms *AlarmsArgs `pulumi:"alarms,optional"`
	// Tags are put on every resource that can have them. Default: none.
	Tags map[string]string `pulumi:"tags,optional"`
}

// GlobalIndexArgs are an index over all items that have its keys.
type GlobalIndexArgs struct {
	// HashKey is the attribute that items are found by.
	HashKey string `pulumi:"hashKey"`
	// RangeKey is the attribute that orders them. Default: none.
	RangeKey string `pulumi:"rangeKey,optional"`
	// Projection is what the index holds. Changing it builds the index anew.
	// Default: AllAttributes.
	Projection Projection `pulumi:"projection,optional"`
	// Attributes are what Include adds to the keys. Default: none.
	Attributes []string `pulumi:"attributes,optional"`
	// OnDemand limits what requests to the index may cost. Default: no limit.
	OnDemand *OnDemandArgs `pulumi:"onDemand,optional"`
	// Provisioned is the index's capacity. Default: the same as the table's.
	Provisioned *ProvisionedArgs `pulumi:"provisioned,optional"`
}

// LocalIndexArgs are an index over the items of one hash key.
type LocalIndexArgs struct {
	// RangeKey is the attribute that orders the items.
	RangeKey string `pulumi:"rangeKey"`
	// Projection is what the index holds. Default: AllAttributes.
	Projection Projection `pulumi:"projection,optional"`
	// Attributes are what Include adds to the keys. Default: none.
	Attributes []string `pulumi:"attributes,optional"`
}

// OnDemandArgs are the most request units a second, beyond which requests are throttled.
type OnDemandArgs struct {
	// MaxRead is the most read units, 1 or more; -1 is no limit. Default: -1.
	MaxRead int `pulumi:"maxRead,optional"`
	// MaxWrite is the most write units, 1 or more; -1 is no limit. Default: -1.
	MaxWrite int `pulumi:"maxWrite,optional"`
}

// ProvisionedArgs are capacities for reads and writes.
type ProvisionedArgs struct {
	// Read is the capacity for reads.
	Read CapacityArgs `pulumi:"read"`
	// Write is the capacity for writes.
	Write CapacityArgs `pulumi:"write"`
}

// CapacityArgs are units a second.
type CapacityArgs struct {
	// Min is the least capacity, and the first one; 1 or more.
	Min int `pulumi:"min"`
	// Max is the most that the capacity is scaled to. Default: Min, nothing is scaled.
	Max int `pulumi:"max,optional"`
	// UsePercent is which share of the capacity is to be in use, 20 to 90. Default: 70.
	UsePercent int `pulumi:"usePercent,optional"`
}

func (c CapacityArgs) scales() bool { return c.Max > c.Min }

// RestoreArgs are the table whose past to restore: by name within the region and account,
// by ARN from elsewhere.
type RestoreArgs struct {
	// SourceTableName is the table's name. Default: none.
	SourceTableName pulumi.StringInput `pulumi:"sourceTableName,optional"`
	// SourceTableArn is the table's ARN. Default: none.
	SourceTableArn pulumi.StringInput `pulumi:"sourceTableArn,optional"`
	// Time is the point in time, such as "2025-06-01T12:00:00Z". Default: the latest.
	Time string `pulumi:"time,optional"`
}

// TtlArgs let items expire.
type TtlArgs struct {
	// Attribute is the attribute with the second of 1970 after which an item expires.
	Attribute string `pulumi:"attribute"`
	// Disabled turns expiry off. AWS wants to be told which attribute it was, so that this
	// goes before Ttl can be left out or have another Attribute. Default: false.
	Disabled bool `pulumi:"disabled,optional"`
}

// Format is what the files of an import are written in.
type Format string

// The formats.
const (
	DynamoDbJson Format = "DynamoDbJson"
	Ion          Format = "Ion"
	Csv          Format = "Csv"
)

// Compression is how the files of an import are compressed.
type Compression string

// The compressions.
const (
	NoCompression Compression = "NoCompression"
	Gzip          Compression = "Gzip"
	Zstd          Compression = "Zstd"
)

// ImportArgs are files in S3.
type ImportArgs struct {
	// Bucket is the bucket's name.
	Bucket pulumi.StringInput `pulumi:"bucket"`
	// BucketOwner is the bucket's account. Default: this one.
	BucketOwner string `pulumi:"bucketOwner,optional"`
	// KeyPrefix is what the keys of the files begin with. Default: all files.
	KeyPrefix string `pulumi:"keyPrefix,optional"`
	// Format is DynamoDbJson, Ion or Csv. Default: DynamoDbJson, what an export writes.
	Format Format `pulumi:"format,optional"`
	// Compression is NoCompression, Gzip or Zstd. Default: Gzip, what an export writes.
	Compression Compression `pulumi:"compression,optional"`
	// CsvDelimiter stands between the columns of Csv. Default: a comma.
	CsvDelimiter string `pulumi:"csvDelimiter,optional"`
	// CsvHeaders are the columns of Csv. Default: the first line of each file.
	CsvHeaders []string `pulumi:"csvHeaders,optional"`
}

// ReplicaArgs are a copy in another region. Its indexes, class and capacity are those of
// the table.
type ReplicaArgs struct {
	// Provider is an AWS provider of the replica's region.
	Provider pulumi.ProviderResource
	// KmsKeyArn is a key of the replica's region. Another key builds the replica anew.
	// Required if the table has one; Default: the account's key for DynamoDB.
	KmsKeyArn pulumi.StringInput `pulumi:"kmsKeyArn,optional"`
	// Recovery keeps the replica's own past of 35 days. Default: true.
	Recovery *bool `pulumi:"recovery,optional"`
}

// withDefaults returns a deep enough copy, with everything that was left out filled in.
func (a *TableArgs) withDefaults() *TableArgs {
	a = base.CopyOf(a)
	base.Default(&a.Class, StandardClass)
	base.DefaultRef(&a.RecoveryDays, 35)
	base.DefaultRef(&a.DeletionProtection, true)
	if len(a.Replicas) > 0 {
		base.Default(&a.Stream, StreamNewAndOld)
	}
	a.OnDemand, a.Provisioned = a.OnDemand.withDefaults(), a.Provisioned.withDefaults()
	a.GlobalIndexes = base.Merge(a.GlobalIndexes)
	for name, index := range a.GlobalIndexes {
		base.Default(&index.Projection, AllAttributes)
		index.OnDemand = index.OnDemand.withDefaults()
		if index.Provisioned == nil {
			index.Provisioned = a.Provisioned
		}
		index.Provisioned = index.Provisioned.withDefaults()
		a.GlobalIndexes[name] = index
	}
	a.LocalIndexes = base.Merge(a.LocalIndexes)
	for name, index := range a.LocalIndexes {
		base.Default(&index.Projection, AllAttributes)
		a.LocalIndexes[name] = index
	}
	a.Attributes = base.Merge(a.Attributes)
	for key := range a.keys() {
		if a.Attributes[key] == "" {
			a.Attributes[key] = String
		}
	}
	if a.Import != nil {
		a.Import = base.CopyOf(a.Import)
		base.Default(&a.Import.Format, DynamoDbJson)
		base.Default(&a.Import.Compression, Gzip)
	}
	a.Replicas = base.Merge(a.Replicas)
	for region, replica := range a.Replicas {
		base.DefaultRef(&replica.Recovery, true)
		a.Replicas[region] = replica
	}
	a.Alarms = a.Alarms.withDefaults()
	return a
}

func (o *OnDemandArgs) withDefaults() *OnDemandArgs {
	if o == nil {
		return nil
	}
	o = base.CopyOf(o)
	base.Default(&o.MaxRead, -1)
	base.Default(&o.MaxWrite, -1)
	return o
}

func (p *ProvisionedArgs) withDefaults() *ProvisionedArgs {
	if p == nil {
		return nil
	}
	p = base.CopyOf(p)
	for _, c := range []*CapacityArgs{&p.Read, &p.Write} {
		base.Default(&c.Max, c.Min)
		base.Default(&c.UsePercent, 70)
	}
	return p
}

// keys are the attributes that are a key of the table or of an index.
func (a *TableArgs) keys() map[string]bool {
	keys := map[string]bool{a.HashKey: true, a.RangeKey: true}
	for _, index := range a.GlobalIndexes {
		keys[index.HashKey], keys[index.RangeKey] = true, true
	}
	for _, index := range a.LocalIndexes {
		keys[index.RangeKey] = true
	}
	delete(keys, "")
	return keys
}

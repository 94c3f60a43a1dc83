package stacks

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/keys"
)

// keyring has a key for each class of data that the stack keeps. A nil key leaves
// encryption to the keys that AWS owns.
type keyring struct {
	// data is for volumes, logs and messages.
	data *keys.Key
	// database and cache are for what their names say, and for its backups and secrets.
	database, cache *keys.Key
	// cluster is for what the cluster keeps, its nodes' volumes and images.
	cluster *keys.Key
	// content is for buckets, and messages for queues and topics.
	content, messages *keys.Key
	// edge is for logs and messages in the region of CloudFront, if that is not the stack's own.
	edge *keys.Key
	// recovery is in the recovery region, for the backups' copies, logs and messages.
	recovery *keys.Key
}

func (p *platform) newKeys() (err error) {
	if !*p.env.CustomerManagedKey {
		return nil
	}
	// Releases up to 0.1 had this key outside a component.
	formerly := pulumi.Transformations([]pulumi.ResourceTransformation{func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		if args.Type == keys.Type {
			return nil
		}
		alias := pulumi.Alias{Name: pulumi.String("data"), NoParent: pulumi.Bool(true)}
		return &pulumi.ResourceTransformationResult{Props: args.Props, Opts: append(args.Opts, pulumi.Aliases([]pulumi.Alias{alias}))}
	}})
	p.keys.data, err = p.newKey("data", p.env.Region, []string{"ec2", "logs", "sns", "cloudwatch", "events", "rds-events", "backup", "lambda"}, p.components, formerly)
	if err == nil && p.env.Database != nil {
		p.keys.database, err = p.newKey("database", p.env.Region, []string{"rds", "secretsmanager", "backup"}, p.components)
	}
	if err == nil && p.env.Cache != nil {
		p.keys.cache, err = p.newKey("cache", p.env.Region, []string{"elasticache", "logs"}, p.components)
	}
	if err == nil && p.env.Cluster != nil {
		p.keys.cluster, err = p.newKey("cluster", p.env.Region, []string{"eks", "ec2", "ecr", "logs"}, p.components)
	}
	if err == nil && len(p.env.Buckets) > 0 {
		p.keys.content, err = p.newKey("content", p.env.Region, []string{"s3", "cloudfront"}, p.components)
	}
	if err == nil && len(p.env.Queues)+len(p.env.Topics)+len(p.env.Functions) > 0 {
		p.keys.messages, err = p.newKey("messages", p.env.Region, []string{"sns", "sqs"}, p.components)
	}
	if p.keys.edge = p.keys.data; err == nil && p.edge != nil && p.edge.region != p.region {
		p.keys.edge, err = p.newKey("edge", p.edge.region, []string{"logs", "sns", "cloudwatch"}, p.edge.components)
	}
	if err == nil && p.env.Recovery != nil {
		p.keys.recovery, err = p.newKey("recovery", p.env.Recovery.Region, []string{"backup", "rds", "logs", "sns", "cloudwatch", "events"}, p.recovery.components)
	}
	return err
}

func (p *platform) newKey(class, region string, services []string, opts ...pulumi.ResourceOption) (*keys.Key, error) {
	args := &keys.KeyArgs{
		Region: region, AccountId: p.env.AccountId, Class: class, Services: services, DeletionProtection: p.env.DeletionProtection,
	}
	if class == "database" || class == "content" {
		// Replicas of the data take theirs of the key along. Being able to have some costs
		// nothing, and cannot be decided later.
		args.MultiRegion = true
		if r := p.recovery; r != nil && (class == "database" || p.env.apart()) {
			args.Replicas = map[string]keys.ReplicaArgs{p.env.Recovery.Region: {Provider: r.provider}}
		}
	}
	return keys.NewKey(p.ctx, class, args, opts...)
}

// arn is a key's ARN where one may be given: nil without a key.
func arn(key *keys.Key) pulumi.StringInput {
	if key == nil {
		return nil
	}
	return key.KeyArn
}

// Package buckets knows what a bucket is for.
package buckets

import (
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

// logWriters are the properties that say which bucket a service writes its logs to.
var logWriters = map[string][]string{
	"aws:lb/loadBalancer:LoadBalancer":                                {"accessLogs.bucket", "connectionLogs.bucket"},
	"aws:elb/loadBalancer:LoadBalancer":                               {"accessLogs.bucket"},
	"aws:cloudfront/distribution:Distribution":                        {"loggingConfig.bucket"},
	"aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination":    {"deliveryDestinationConfiguration.destinationResourceArn"},
	"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": {"logDestinationConfigs[]"},
	"aws:ec2/flowLog:FlowLog":                                         {"logDestination"},
	"aws:s3/bucketLogging:BucketLogging":                              {"targetBucket"},
	"aws:s3/bucket:Bucket":                                            {"loggings[].targetBucket"},
	"aws:cloudtrail/trail:Trail":                                      {"s3BucketName"},
}

// logs are the buckets that logs are written to.
type logs struct {
	// buckets are those of the graph.
	buckets map[*rule.Resource]bool
	// names are those that are only named.
	names map[string]bool
	// maybe is Unknown if there are others, of which nothing is known.
	maybe rule.Verdict
}

// HoldLogs is the condition that a service writes its logs to a bucket, for rule.Choose.
func HoldLogs(g *rule.Graph, bucket *rule.Resource) rule.Verdict {
	written := rule.Derived(g, logsOf)
	if written.buckets[bucket] {
		return rule.Passed()
	}
	for _, v := range [...]rule.Value{bucket.Get("bucket"), bucket.Out("bucket"), bucket.Out("id")} {
		if name, ok := v.Text(); ok && written.names[name] {
			return rule.Passed()
		}
	}
	if name := bucket.Get("bucket"); name.IsUnknown() && len(written.names) > 0 {
		return rule.NotKnown(name)
	}
	return written.maybe
}

func logsOf(g *rule.Graph) logs {
	found := logs{buckets: map[*rule.Resource]bool{}, names: map[string]bool{}}
	for token, paths := range logWriters {
		for _, writer := range g.Of(token) {
			for _, path := range paths {
				for _, v := range writer.Select(path) {
					if name, ok := v.Text(); ok {
						found.names[bucketName(name)] = true
					}
					for _, b := range g.Behind(writer, v, "aws:s3/bucket:Bucket") {
						found.buckets[b] = true
					}
					if why := writer.Elsewhere(v); v.IsUnknown() && why.Why == rule.External {
						found.maybe = why
					}
				}
			}
		}
	}
	delete(found.names, "")
	return found
}

// bucketName is the name in an ARN or a domain name of a bucket; any other text is a name.
func bucketName(text string) string {
	if arn, ok := strings.CutPrefix(text, "arn:"); ok {
		parts := strings.SplitN(arn, ":", 5)
		if len(parts) < 5 || parts[1] != "s3" {
			return ""
		}
		text = parts[4]
	}
	name, _, _ := strings.Cut(text, "/")
	name, _, _ = strings.Cut(name, ".s3.")
	return name
}

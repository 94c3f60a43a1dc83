package operations

import (
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// notifies is the notification configuration of the bucket with this name, or of what its
// name is computed from.
func notifies(name string, bucket any, behind ...string) r {
	return r{Type: bucketNotification, Name: name, In: in{"bucket": bucket}, Edges: to{"bucket": behind}}
}

// uploads and assets are two buckets, one with a name of its own.
var (
	uploads = r{Type: "aws:s3/bucketV2:BucketV2", Name: "uploads", In: in{}}
	assets  = r{Type: "aws:s3/bucketV2:BucketV2", Name: "assets", In: in{"bucket": "shop-assets"}}
)

var bucketCases = []ruletest.Case{
	check("s3-lifecycle", "on", rule.Pass, "", expiring("Enabled", "Disabled")),
	check("s3-lifecycle", "off", rule.Fail, "has no lifecycle rule that is on", expiring("Disabled")),
	check("s3-lifecycle", "none", rule.Fail, "has no lifecycle rule", one("aws:s3/bucketV2:BucketV2", in{})),
	check("s3-lifecycle", "inline", rule.Pass, "", one(bucket, in{"lifecycleRules": list{in{"enabled": true}}})),
	check("s3-lifecycle", "computed", rule.Unknown, "rules[0].status", expiring(later)),
	check("s3-lifecycle", "who knows whose", rule.Unknown, "bucket", append(one(bucket, in{}), r{Type: bucketLifecycle, Name: "l", In: in{"bucket": later}})),

	check("s3-one-notification", "one each", rule.Pass, "", []r{notifies("thumbs", later, "uploads"), notifies("scans", later, "assets"), uploads, assets}),
	check("s3-one-notification", "one each, by name", rule.Pass, "", []r{notifies("thumbs", "shop"), notifies("scans", "shopx")}),
	check("s3-one-notification", "one, of who knows what", rule.Pass, "", []r{notifies("thumbs", later)}),
	check("s3-one-notification", "two", rule.Fail, "BucketNotification thumbs: is for the bucket of scans as well",
		[]r{notifies("thumbs", later, "uploads"), notifies("scans", later, "uploads"), uploads}),
	check("s3-one-notification", "two of a bucket of elsewhere", rule.Fail, "in one BucketNotification", []r{notifies("thumbs", "incoming"), notifies("scans", "incoming")}),
	check("s3-one-notification", "two, one by name", rule.Fail, "is for the bucket of scans", []r{notifies("thumbs", later, "assets"), notifies("scans", "shop-assets"), assets}),
	check("s3-one-notification", "two, one by the name that it was given", rule.Fail, "is for the bucket of scans", []r{notifies("thumbs", later, "uploads"),
		notifies("scans", "uploads-1a2b3c4"), {Type: "aws:s3/bucketV2:BucketV2", Name: "uploads", In: in{}, Out: in{"bucket": "uploads-1a2b3c4", "id": "uploads-1a2b3c4"}}}),
	check("s3-one-notification", "two, and one of who knows what", rule.Fail, "is for the bucket of scans",
		[]r{notifies("thumbs", "incoming"), notifies("scans", "incoming"), notifies("a", later)}),
	check("s3-one-notification", "who knows what", rule.Unknown, "bucket: external", []r{notifies("thumbs", later), notifies("scans", "incoming")}),
	check("s3-one-notification", "one of two buckets", rule.Unknown, "bucket: known only after creation",
		[]r{notifies("thumbs", later, "uploads", "assets"), notifies("scans", later, "assets"), uploads, assets}),
	check("s3-one-notification", "beside who knows what", rule.Unknown, "bucket: external", []r{notifies("thumbs", later, "uploads"), notifies("scans", later), uploads}),
}

// expiring is a bucket with lifecycle rules of these statuses.
func expiring(statuses ...any) []r {
	rules := list{}
	for _, status := range statuses {
		rules = append(rules, in{"id": "old", "status": status})
	}
	return []r{{Type: "aws:s3/bucketV2:BucketV2", Name: "images", In: in{}},
		{Type: "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", Name: "images-lifecycle",
			In: in{"bucket": later, "rules": rules}, Edges: to{"bucket": {"images"}}}}
}

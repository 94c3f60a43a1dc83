package bucket

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// RuleArgs are what becomes of some of the objects with time.
type RuleArgs struct {
	// Prefix is what the objects' keys begin with. Default: all objects.
	Prefix string `pulumi:"prefix,optional"`
	// Transitions are the classes that objects move to, with their age in days then.
	// Default: they stay where they are.
	Transitions map[StorageClass]int `pulumi:"transitions,optional"`
	// ExpireDays is the age in days at which objects are deleted, after all transitions and
	// at most 36500; they can then be had back like others. Default: never.
	ExpireDays int `pulumi:"expireDays,optional"`
	// NoncurrentDays is for how long they can be had back, if shorter than the bucket's.
	// Default: the bucket's.
	NoncurrentDays int `pulumi:"noncurrentDays,optional"`
	// AbortUploadDays is the age in days at which unfinished uploads go, 1 to 6.
	// Default: 7, as in the whole bucket.
	AbortUploadDays int `pulumi:"abortUploadDays,optional"`
}

// StorageClass is what an object's storage and its reading cost.
type StorageClass string

// The classes that keep objects in several zones, in the order in which they can follow
// each other.
const (
	// StandardIa is for what is seldom read, after 30 days or later.
	StandardIa StorageClass = "StandardIa"
	// IntelligentTiering moves an object by itself when nobody reads it.
	IntelligentTiering StorageClass = "IntelligentTiering"
	// GlacierInstant is for archives that are read at once.
	GlacierInstant StorageClass = "GlacierInstant"
	// GlacierFlexible is for archives that can wait for minutes to hours.
	GlacierFlexible StorageClass = "GlacierFlexible"
	// DeepArchive is for archives that can wait for 12 hours or more.
	DeepArchive StorageClass = "DeepArchive"
)

var (
	classOrder = []StorageClass{StandardIa, IntelligentTiering, GlacierInstant, GlacierFlexible, DeepArchive}
	classNames = map[StorageClass]string{
		StandardIa: "STANDARD_IA", IntelligentTiering: "INTELLIGENT_TIERING", GlacierInstant: "GLACIER_IR",
		GlacierFlexible: "GLACIER", DeepArchive: "DEEP_ARCHIVE",
	}
)

const (
	// longestDays is the most days of anything that S3 counts in days.
	longestDays = 36500
	// ownRule is the id of the rule for the whole bucket.
	ownRule = "expire"
	// iaDays is how long S3 keeps an object before StandardIa, and in it.
	iaDays = 30
)

func (r RuleArgs) validate(errs *fielderr.List, key string, bucketDays int) {
	if key == "" || key == ownRule || len(key) > 255 {
		errs.Add("", "a rule's name must be 1 to 255 characters, other than %q, which is the bucket's own", ownRule)
	}
	if len(r.Transitions) == 0 && r.ExpireDays == 0 && r.NoncurrentDays == 0 && r.AbortUploadDays == 0 {
		errs.Add("", "does nothing: needs transitions, expireDays, noncurrentDays or abortUploadDays")
	}
	r.validateTransitions(errs.At("transitions"))
	if r.ExpireDays != 0 {
		earliest := 1
		for _, days := range r.Transitions {
			earliest = max(earliest, days+1)
		}
		datastore.Between(errs, "expireDays", r.ExpireDays, earliest, longestDays)
	}
	if r.NoncurrentDays != 0 && (r.NoncurrentDays < 1 || r.NoncurrentDays >= bucketDays) {
		errs.Invalid("noncurrentDays", r.NoncurrentDays, "must be 1 or more, and less than the bucket's %d: S3 takes the shorter one", bucketDays)
	}
	if r.AbortUploadDays != 0 {
		datastore.Between(errs, "abortUploadDays", r.AbortUploadDays, 1, 6)
	}
}

// validateTransitions checks that an object moves down only, and stays in StandardIa for
// as long as S3 wants.
func (r RuleArgs) validateTransitions(errs *fielderr.List) {
	for class := range r.Transitions {
		fielderr.OneOf(errs, fielderr.Key(string(class)), class, classOrder...)
	}
	var before StorageClass
	earliest := 0
	for _, class := range classOrder {
		days, moves := r.Transitions[class]
		if !moves {
			continue
		}
		if class == StandardIa {
			earliest = iaDays
		}
		switch {
		case days > longestDays:
			errs.Invalid(string(class), days, "must be at most %d", longestDays)
		case days < earliest && before == "":
			errs.Invalid(string(class), days, "must be %d or more", earliest)
		case days < earliest:
			errs.Invalid(string(class), days, "must be %d or more: objects come from %s", earliest, before)
		}
		before, earliest = class, days+1
		if class == StandardIa {
			earliest = days + iaDays
		}
	}
}

// rules are the user's rules as S3 takes them.
func (a *BucketArgs) rules() s3.BucketLifecycleConfigurationV2RuleArray {
	var rules s3.BucketLifecycleConfigurationV2RuleArray
	for _, key := range base.SortedKeys(a.Lifecycle) {
		rules = append(rules, a.Lifecycle[key].rule(key))
	}
	return rules
}

func (r RuleArgs) rule(key string) s3.BucketLifecycleConfigurationV2RuleArgs {
	rule := s3.BucketLifecycleConfigurationV2RuleArgs{
		Id: pulumi.String(key), Status: pulumi.String("Enabled"),
		Filter: s3.BucketLifecycleConfigurationV2RuleFilterArgs{Prefix: pulumi.String(r.Prefix)},
	}
	var transitions s3.BucketLifecycleConfigurationV2RuleTransitionArray
	for _, class := range classOrder {
		if days, moves := r.Transitions[class]; moves {
			transitions = append(transitions, s3.BucketLifecycleConfigurationV2RuleTransitionArgs{
				StorageClass: pulumi.String(classNames[class]), Days: pulumi.Int(days),
			})
		}
	}
	if len(transitions) > 0 {
		rule.Transitions = transitions
	}
	if r.ExpireDays > 0 {
		rule.Expiration = s3.BucketLifecycleConfigurationV2RuleExpirationArgs{Days: pulumi.Int(r.ExpireDays)}
	}
	if r.NoncurrentDays > 0 {
		rule.NoncurrentVersionExpiration = s3.BucketLifecycleConfigurationV2RuleNoncurrentVersionExpirationArgs{NoncurrentDays: pulumi.Int(r.NoncurrentDays)}
	}
	if r.AbortUploadDays > 0 {
		rule.AbortIncompleteMultipartUpload = s3.BucketLifecycleConfigurationV2RuleAbortIncompleteMultipartUploadArgs{
			DaysAfterInitiation: pulumi.Int(r.AbortUploadDays),
		}
	}
	return rule
}

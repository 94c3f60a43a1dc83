package operations

import (
	"maps"
	"testing"

	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// trailing is a trail with what it says besides what it has to.
func trailing(inputs in) []r {
	all := in{"isMultiRegionTrail": true, "enableLogFileValidation": true, "s3BucketName": "logs"}
	maps.Copy(all, inputs)
	return one(trail, all)
}

// beside is a trail of one region, and another one.
func beside(inputs in) []r {
	data := trailing(in{"isMultiRegionTrail": nil, "includeGlobalServiceEvents": false})
	return append(data, r{Type: trail, Name: "other", In: inputs})
}

// copied is a repository and what its region's registry says of copies.
func copied(region string, rules any) []r {
	return []r{{Type: repository, Name: "web", In: in{"name": "shop/web"}, Provider: in{"region": "eu-west-1"}},
		{Type: registryReplication, Name: "registry", Provider: in{"region": region}, In: in{"replicationConfiguration": in{"rules": rules}}}}
}

// copies is a rule of a registry to a region, with the prefixes of the repositories.
func copies(to any, prefixes ...any) list {
	one := in{"destinations": list{in{"region": to, "registryId": "123456789012"}}}
	var filters list
	for _, prefix := range prefixes {
		filters = append(filters, in{"filter": prefix, "filterType": "PREFIX_MATCH"})
	}
	if filters != nil {
		one["repositoryFilters"] = filters
	}
	return list{one}
}

// told is a budget with one notification.
func told(subscribers in) []r {
	all := in{"comparisonOperator": "GREATER_THAN", "threshold": 80, "thresholdType": "PERCENTAGE", "notificationType": "FORECASTED"}
	maps.Copy(all, subscribers)
	return one(budget, in{"budgetType": "COST", "notifications": list{all}})
}

// disk is a launch template of one volume.
func disk(ebs any) []r {
	return one(launchTemplate, in{"blockDeviceMappings": list{in{"deviceName": "/dev/xvda", "ebs": ebs}}})
}

var trailCases = []ruletest.Case{
	check("trail-complete", "all", rule.Pass, "", trailing(nil)),
	check("trail-complete", "one region", rule.Fail, "records its own region only. Fix: set isMultiRegionTrail to true", trailing(in{"isMultiRegionTrail": nil})),
	check("trail-complete", "not validated", rule.Fail, "set enableLogFileValidation to true", trailing(in{"enableLogFileValidation": false})),
	check("trail-complete", "off", rule.Fail, "set enableLogging to true", trailing(in{"enableLogging": false})),
	check("trail-complete", "without global services", rule.Fail, "set includeGlobalServiceEvents to true", trailing(in{"includeGlobalServiceEvents": false})),
	check("trail-complete", "said twice", rule.Pass, "", trailing(in{"enableLogging": true, "includeGlobalServiceEvents": true})),
	check("trail-complete", "computed", rule.Unknown, "enableLogging", trailing(in{"enableLogging": later})),
	check("trail-complete", "computed, and in one region", rule.Fail, "records its own region only", trailing(in{"enableLogging": later, "isMultiRegionTrail": false})),

	check("trail-complete", "beside one of all regions", rule.Pass, "", beside(in{"isMultiRegionTrail": true})),
	check("trail-complete", "beside another of one region", rule.Fail, "records its own region only", beside(in{"isMultiRegionTrail": false})),
	check("trail-complete", "beside one of all regions that is off", rule.Fail, "records its own region only", beside(in{"isMultiRegionTrail": true, "enableLogging": false})),
	check("trail-complete", "beside one without global services", rule.Fail, "does not record what IAM",
		beside(in{"isMultiRegionTrail": true, "includeGlobalServiceEvents": false})),
	check("trail-complete", "beside who knows which", rule.Unknown, "isMultiRegionTrail", beside(in{"isMultiRegionTrail": later})),
	check("trail-complete", "not validated beside one that is", rule.Fail, "cannot show that nobody has changed its files",
		append(trailing(in{"enableLogFileValidation": false}), r{Type: trail, Name: "other", In: in{"enableLogFileValidation": true}})),

	check("image-replication", "all", rule.Pass, "", copied("eu-west-1", copies("eu-central-1"))),
	check("image-replication", "by prefix", rule.Pass, "", copied("eu-west-1", copies("eu-central-1", "tools/", "shop/"))),
	check("image-replication", "others", rule.Fail, "its images are not copied to another region", copied("eu-west-1", copies("eu-central-1", "tools/"))),
	check("image-replication", "none", rule.Fail, "add a ReplicationConfiguration of its region", one(repository, in{})),
	check("image-replication", "to another account of the region", rule.Fail, "another region as its destination", copied("eu-west-1", copies("eu-west-1"))),
	check("image-replication", "another region's registry", rule.Fail, "not copied to another region", copied("us-east-1", copies("eu-central-1"))),
	{Rule: "image-replication", Name: "to the recovery region", Settings: rule.Settings{"region": "eu-central-1"}, Want: rule.Pass, Stack: copied("eu-west-1", copies("eu-central-1"))},
	{Rule: "image-replication", Name: "to another one", Settings: rule.Settings{"region": "eu-north-1"}, Want: rule.Fail, Says: "not copied to eu-north-1",
		Stack: copied("eu-west-1", copies("eu-central-1"))},
	check("image-replication", "where to is computed", rule.Unknown, "replicationConfiguration.rules[0].destinations[0].region", copied("eu-west-1", copies(later))),
	check("image-replication", "what is computed", rule.Unknown, "filter", copied("eu-west-1", copies("eu-central-1", later))),
	check("image-replication", "rules to come", rule.Unknown, "replicationConfiguration.rules", copied("eu-west-1", later)),
	check("image-replication", "a name to come", rule.Unknown, "name", append(copied("eu-west-1", copies("eu-central-1", "shop/"))[1:],
		r{Type: repository, Name: "web", In: in{"name": later}, Provider: in{"region": "eu-west-1"}})),
	check("image-replication", "from who knows where", rule.Unknown, "region of the provider", []r{{Type: repository, Name: "web", In: in{}},
		{Type: registryReplication, Name: "registry", In: in{"replicationConfiguration": in{"rules": copies("eu-central-1")}}}}),
}

var costCases = []ruletest.Case{
	check("budget-present", "by mail", rule.Pass, "", told(in{"subscriberEmailAddresses": list{"ops@example.com"}})),
	check("budget-present", "by a topic", rule.Pass, "", told(in{"subscriberSnsTopicArns": list{later}})),
	check("budget-present", "silent", rule.Fail, "tells nobody. Fix: add notifications", one(budget, in{"budgetType": "COST"})),
	check("budget-present", "nobody to tell", rule.Fail, "tells nobody", told(in{"subscriberEmailAddresses": list{}})),
	check("budget-present", "computed", rule.Unknown, "notifications", one(budget, in{"notifications": later})),
	check("budget-present", "who knows whom", rule.Unknown, "subscriberEmailAddresses", told(in{"subscriberEmailAddresses": later})),
	{Rule: "budget-present", Name: "the stack of an account", Subject: "trail", Want: rule.Fail, Says: "the stack has no budget",
		Stack: []r{{Type: trail, Name: "trail", In: in{}}, {Type: accountBlock, Name: "block", In: in{}}}},
	{Rule: "budget-present", Name: "is told once", Subject: "block", Want: rule.NotApplicable,
		Stack: []r{{Type: trail, Name: "trail", In: in{}}, {Type: accountBlock, Name: "block", In: in{}}}},
	{Rule: "budget-present", Name: "the stack of an account with one", Subject: "trail", Want: rule.Pass,
		Stack: []r{{Type: trail, Name: "trail", In: in{}}, {Type: budget, Name: "budget", In: in{}}}},

	check("no-previous-generation-volume", "gp3", rule.Pass, "", one(volume, in{"type": "gp3"})),
	check("no-previous-generation-volume", "gp2", rule.Fail, `type is "gp2". Fix: set type to gp3`, one(volume, in{"type": "gp2"})),
	check("no-previous-generation-volume", "AWS's default", rule.Fail, "type is not set. Fix: set type to gp3", one(volume, in{})),
	check("no-previous-generation-volume", "io1", rule.Fail, "set type to io2", one(volume, in{"type": "io1"})),
	check("no-previous-generation-volume", "computed", rule.Unknown, "type", one(volume, in{"type": later})),
	check("no-previous-generation-volume", "of a template", rule.Fail, "set blockDeviceMappings[0].ebs.volumeType to gp3", disk(in{"volumeType": "gp2"})),
	check("no-previous-generation-volume", "of a template, new", rule.Pass, "", disk(in{"volumeType": "gp3"})),
	check("no-previous-generation-volume", "as the image has it", rule.NotApplicable, "", disk(in{"encrypted": true})),
	check("no-previous-generation-volume", "root as the image has it", rule.NotApplicable, "", one(instance, in{"rootBlockDevice": in{"encrypted": true}})),
	check("no-previous-generation-volume", "of a template, computed", rule.Unknown, "blockDeviceMappings[0].ebs.volumeType", disk(in{"volumeType": later})),
	check("no-previous-generation-volume", "not a volume", rule.NotApplicable, "", one(launchTemplate, in{"blockDeviceMappings": list{in{"virtualName": "ephemeral0"}}})),
	check("no-previous-generation-volume", "of an instance", rule.Fail, "set ebsBlockDevices[0].volumeType to gp3",
		one(instance, in{"rootBlockDevice": in{"volumeType": "gp3"}, "ebsBlockDevices": list{in{"deviceName": "/dev/sdf"}}})),
	check("no-previous-generation-volume", "root of an instance", rule.Fail, "set rootBlockDevice.volumeType to gp3", one(launchConfig, in{"rootBlockDevice": in{"volumeType": "standard"}})),
	check("no-previous-generation-volume", "nothing said of an instance", rule.NotApplicable, "", one(instance, in{})),
}

// A volume that would get slower is left to people.
func TestVolumeRemedy(t *testing.T) {
	for name, c := range map[string]struct {
		inputs in
		want   any
	}{
		"small": {in{"type": "gp2", "size": 100}, "gp3"}, "by default": {in{"size": 100}, "gp3"}, "io1": {in{"type": "io1", "size": 50}, "io2"},
		"magnetic, which may be cheaper": {in{"type": "standard", "size": 50}, nil},
		"large":                          {in{"type": "gp2", "size": 500}, nil}, "who knows how large": {in{"type": "gp2"}, nil},
	} {
		res := ruletest.Resources(one(volume, c.inputs))[0]
		var got any
		for _, patch := range noPreviousGenerationVolume().Remedy(res, nil) {
			got = patch.Value
			res.Inputs[patch.Path] = rule.Of(patch.Value)
		}
		if after := noPreviousGenerationVolume().Check(res, nil); got != c.want || (c.want != nil && after.Outcome != rule.Pass) {
			t.Errorf("%s: %v, and then %v", name, got, after.Outcome)
		}
	}
}

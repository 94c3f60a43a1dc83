package encryption

import (
	"fmt"
	"maps"
	"slices"

	"github.com/plinth-iac/plinth/policies/rule"
)

// keyUse is a property that names a key.
type keyUse struct {
	// list is the property with the elements that have a key each; empty for the resource.
	list string
	key  string
	// region is the property that says where the key is used; empty for where the resource is.
	region string
}

// keyUses are the properties that name keys, of stores and of copies.
var keyUses = map[string][]keyUse{
	database:        {{key: "kmsKeyId"}, {key: "masterUserSecretKmsKeyId"}, {key: "performanceInsightsKmsKeyId"}},
	dbCluster:       {{key: "kmsKeyId"}, {key: "masterUserSecretKmsKeyId"}, {key: "performanceInsightsKmsKeyId"}},
	dbMember:        {{key: "performanceInsightsKmsKeyId"}},
	backupsCopy:     {{key: "kmsKeyId"}},
	dbSnapshotCopy:  {{key: "kmsKeyId", region: "destinationRegion"}},
	clusterSnapCopy: {{key: "kmsKeyId", region: "destinationRegion"}},
	docdbCluster:    {{key: "kmsKeyId"}},
	neptuneCluster:  {{key: "kmsKeyArn"}},
	cacheGroup:      {{key: "kmsKeyId"}},
	memoryDb:        {{key: "kmsKeyArn"}},
	table:           {{key: "serverSideEncryption.kmsKeyArn"}, {list: "replicas[]", key: "kmsKeyArn", region: "regionName"}},
	tableReplica:    {{key: "kmsKeyArn"}},
	vault:           {{key: "kmsKeyArn"}},
	secret:          {{key: "kmsKeyId"}, {list: "replicas[]", key: "kmsKeyId", region: "region"}},
	logGroup:        {{key: "kmsKeyId"}},
	topic:           {{key: "kmsMasterKeyId"}},
	queue:           {{key: "kmsMasterKeyId"}},
	stream:          {{key: "kmsKeyId"}},
	function:        {{key: "kmsKeyArn"}},
	volume:          {{key: "kmsKeyId"}},
	fileSystem:      {{key: "kmsKeyId"}},
	windowsFiles:    {{key: "kmsKeyId"}},
	ontapFiles:      {{key: "kmsKeyId"}},
	zfsFiles:        {{key: "kmsKeyId"}},
	lustreFiles:     {{key: "kmsKeyId"}},
	searchDomain:    {{key: "encryptAtRest.kmsKeyId"}},
	elasticDomain:   {{key: "encryptAtRest.kmsKeyId"}},
	warehouse:       {{key: "kmsKeyId"}, {key: "masterPasswordSecretKmsKeyId"}},
	kafkaCluster:    {{key: "encryptionInfo.encryptionAtRestKmsKeyArn"}},
}

func kmsCrossRegionKey() *rule.Rule {
	return &rule.Rule{
		ID: "kms-cross-region-key", Title: "Stores, copies and replicas use a key of the region that they are in",
		Severity: rule.High, Category: rule.Encryption,
		Why:   "AWS refuses a key of another region; and a copy that could use one would be unreadable when that region is lost.",
		Fix:   "make a Key, or a ReplicaKey of a multi-region key, with a provider of the copy's region, and name that one",
		Types: slices.Sorted(maps.Keys(keyUses)),
		CheckGraph: func(g *rule.Graph, r *rule.Resource, _ rule.Settings) rule.Verdict {
			var verdicts []rule.Verdict
			for _, use := range keyUses[r.Type] {
				users := []rule.Value{r.Get("")}
				if use.list != "" {
					users = r.Select(use.list)
				}
				for _, user := range users {
					verdicts = append(verdicts, keyRegion(g, r, user, use))
				}
			}
			return rule.All(verdicts...)
		},
	}
}

// keyRegion judges one use of a key.
func keyRegion(g *rule.Graph, r *rule.Resource, user rule.Value, use keyUse) rule.Verdict {
	key, region := user.Get(use.key), r.Region()
	if !rule.IsSet(key) {
		return rule.Skipped()
	}
	if where := user.Get(use.region); use.region != "" && rule.IsSet(where) {
		if where.IsUnknown() {
			return rule.NotKnown(where)
		}
		region, _ = where.Text()
	}
	name, known := key.Text()
	if in := rule.ArnRegion(name); in != "" {
		return sameRegion(key, []string{in}, region)
	}
	candidates := g.Behind(r, key, keyTypes...)
	if len(candidates) == 0 {
		if known {
			return rule.Passed() // AWS looks for an id or alias where it is used
		}
		return r.Elsewhere(key)
	}
	regions := make([]string, len(candidates))
	for i, candidate := range candidates {
		regions[i] = candidate.Region()
	}
	return sameRegion(key, regions, region)
}

// sameRegion compares the regions that a key may be in with the one it is used in. An
// empty one is that of the environment.
func sameRegion(key rule.Value, regions []string, used string) rule.Verdict {
	here := 0
	for _, region := range regions {
		if region == used {
			here++
		} else if region == "" || used == "" {
			return rule.Undecided("region of the provider", rule.NotYet)
		}
	}
	switch here {
	case len(regions):
		return rule.Passed()
	case 0:
		return rule.Failed(fmt.Sprintf("%s is a key of %s, but is used in %s", key.Path(), regions[0], used),
			fmt.Sprintf("name a key of %s: a Key or a ReplicaKey with a provider of that region", used))
	}
	return rule.NotKnown(key) // one of several
}

package aws

const (
	docReplicaKeys = "AWS KMS API Reference: ReplicateKey"
	replicaKey     = "kms.replicaKey"
)

// replicaKeyRules are those of replicas of multi-region keys, in the region where they are.
var replicaKeyRules = []Rule{
	{ID: "replica-key-primary", Code: "NotFoundException", Source: docReplicaKeys, Kinds: replicaKey, On: Create, Check: func(r *Request) string {
		if primary, foreign := r.byARN("kms.key", r.New.Str("primaryKeyArn")); primary == nil && !foreign {
			return say("Key '%s' does not exist", r.New.Str("primaryKeyArn"))
		}
		return ""
	}},
	{ID: "replica-key-multi-region", Code: "UnsupportedOperationException", Source: docReplicaKeys, Kinds: replicaKey, On: Create, Check: func(r *Request) string {
		if primary, _ := r.byARN("kms.key", r.New.Str("primaryKeyArn")); primary != nil && !primary.Props.Bool("multiRegion") {
			return say("%s is not a multi-Region primary key.", primary.Props.Str("arn"))
		}
		return ""
	}},
	{ID: "replica-key-region", Code: "AlreadyExistsException", Source: docReplicaKeys, Kinds: replicaKey, On: Create, Check: func(r *Request) string {
		primary, _ := r.byARN("kms.key", r.New.Str("primaryKeyArn"))
		if primary != nil && (primary.Region == r.Region || r.Find(replicaKey, primary.ID) != nil) {
			return say("The multi-Region key %s has a key in %s already.", primary.ID, r.Region)
		}
		return ""
	}},
}

// fillReplicaKey gives a replica what it shares with its primary key: the ID first of all.
func fillReplicaKey(r *Request) {
	primary, _ := r.byARN("kms.key", r.New.Str("primaryKeyArn"))
	if primary == nil {
		return
	}
	if r.Op == Create {
		r.ID = primary.ID
	}
	r.New["keySpec"], r.New["keyUsage"] = "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"
	for to, from := range map[string]string{"keySpec": "customerMasterKeySpec", "keyUsage": "keyUsage"} {
		if primary.Props.Has(from) {
			r.New[to] = primary.Props[from]
		}
	}
	r.New["keyRotationEnabled"] = primary.Props.Bool("enableKeyRotation")
	fillKeyPolicy(r)
}

package aws

import "slices"

const tableReplica = "dynamodb.tableReplica"

// tableReplicaRules are those of replicas that are resources of their own, in the region where they are.
var tableReplicaRules = []Rule{
	{ID: "replica-table", Code: "ResourceNotFoundException", Source: docTables, Kinds: tableReplica, On: Create, Check: func(r *Request) string {
		if r.globalTable(r.New) == nil {
			return say("Requested resource not found: %s", r.New.Str("globalTableArn"))
		}
		return ""
	}},
	{ID: "replica-table-region", Code: dynamoInvalid, Source: docTables, Kinds: tableReplica, On: Create, Check: func(r *Request) string {
		t := r.globalTable(r.New)
		if t != nil && (t.Region == r.Region || replicaIn(t, r.Region)) {
			return say("Failed to create a the new replica of table with name: '%s' because one or more replicas already existed as tables. (%s)", t.ID, r.Region)
		}
		return ""
	}},
	{ID: "replica-table-stream", Code: dynamoInvalid, Source: docTables, Kinds: tableReplica, On: Create, Check: func(r *Request) string {
		if t := r.globalTable(r.New).props(); t != nil && t.Str("streamViewType") != "NEW_AND_OLD_IMAGES" {
			return "Table must have streams enabled with StreamViewType NEW_AND_OLD_IMAGES to have replicas."
		}
		return ""
	}},
	{ID: "replica-table-capacity", Code: dynamoInvalid, Source: docTables, Kinds: tableReplica, On: Create, Check: func(r *Request) string {
		t := r.globalTable(r.New)
		if t != nil && t.Props.Str("billingMode") != "PAY_PER_REQUEST" && r.in(t.Region).By("appautoscaling.target", "resourceId", "table/"+t.ID) == nil {
			return "Table write capacity should either be Pay-Per-Request or AutoScaled."
		}
		return ""
	}},
	{ID: "replica-table-settings", Code: dynamoInvalid, Source: docTables, Kinds: tableReplica, On: Write, Check: func(r *Request) string {
		if class := r.New.Str("tableClassOverride"); class != "" && !oneOf(class, "STANDARD STANDARD_INFREQUENT_ACCESS") {
			return say("Invalid table class: %s", class)
		}
		return r.keyMissing(r.New.Str("kmsKeyArn"))
	}},
	{ID: "replica-table-protected", Code: dynamoInvalid, Source: "Amazon DynamoDB Developer Guide: Using deletion protection to protect your table", Kinds: tableReplica, On: Delete, Check: func(r *Request) string {
		if r.Old.Bool("deletionProtectionEnabled") {
			return "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
		}
		return ""
	}},
}

// globalTable finds the table that a replica is of.
func (r *Request) globalTable(replica Obj) *Resource {
	table, _ := r.byARN(dynamoTable, replica.Str("globalTableArn"))
	return table
}

func replicaIn(table *Resource, region string) bool {
	return slices.ContainsFunc(table.Props.Objs("replicas"), func(o Obj) bool { return o.Str("regionName") == region })
}

// tableHere finds a table by name, or the one that has a replica here.
func (r *Request) tableHere(name string) *Resource {
	if t := r.By(dynamoTable, "name", name); t != nil {
		return t
	}
	for _, t := range r.kinds[dynamoTable] {
		if t.Account == r.Account && t.Props.Str("name") == name && replicaIn(t, r.Region) {
			return t
		}
	}
	return nil
}

// fillTableReplica names the replica after its table. AWS tells of it where the table is described as well.
func fillTableReplica(r *Request) {
	t := r.globalTable(r.New)
	if t == nil {
		return
	}
	r.New["arn"] = say("arn:%s:dynamodb:%s:%s:table/%s", r.Partition(), r.Region, r.Account, t.ID)
	if r.Op == Create {
		r.ID = t.ID + ":" + t.Region
	}
	dropReplica(t, r.Region)
	list, _ := t.Props["replicas"].([]any)
	t.Props["replicas"] = append(list, map[string]any{"regionName": r.Region, "arn": r.New["arn"], "kmsKeyArn": r.New.Str("kmsKeyArn"), "pointInTimeRecovery": r.New.Bool("pointInTimeRecovery"),
		"propagateTags": false, "streamArn": "", "streamLabel": ""})
}

func dropReplica(t *Resource, region string) {
	list, _ := t.Props["replicas"].([]any)
	t.Props["replicas"] = slices.DeleteFunc(slices.Clone(list), func(v any) bool { return sub(v).Str("regionName") == region })
}

// removeReplica takes a replica that goes out of the description of its table.
func removeReplica(r *Request) {
	if t := r.globalTable(r.Old); t != nil {
		dropReplica(t, r.Region)
	}
}

// followReplicas removes the replicas that a table no longer has: a program that lists a table's replicas takes away those it does not list.
func (w *World) followReplicas(t *Resource) {
	for key, replica := range w.kinds[tableReplica] {
		if replica.Props.Str("globalTableArn") == t.Props.Str("arn") && !replicaIn(t, replica.Region) {
			delete(w.kinds[tableReplica], key)
		}
	}
}

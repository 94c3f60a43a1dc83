package aws

import "testing"

var soundTables = map[string]Obj{
	"dynamodb.table":          {"name": "new", "billingMode": "PAY_PER_REQUEST", "hashKey": "pk", "rangeKey": "sk", "attributes": []Obj{{"name": "pk", "type": "S"}, {"name": "sk", "type": "N"}}},
	tableReplica:              {"globalTableArn": "arn:aws:dynamodb:us-east-1:111122223333:table/world"},
	"dynamodb.tableItem":      {"tableName": "items", "hashKey": "pk", "item": `{"pk":{"S":"a"}}`},
	"dynamodb.resourcePolicy": {"resourceArn": "arn:aws:dynamodb:eu-west-1:111122223333:table/items", "policy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"dynamodb:GetItem","Resource":"*"}]}`},
}

func TestDynamoDBRules(t *testing.T) {
	index := func(changes Obj) []Obj {
		return []Obj{altered(Obj{"name": "by-sk", "hashKey": "sk", "projectionType": "ALL"}, changes)}
	}
	streaming := Obj{"streamEnabled": true, "streamViewType": "NEW_AND_OLD_IMAGES", "replicas": []Obj{{"regionName": "us-east-1"}}}
	items := []*Resource{existing(dynamoTable, "items", Obj{"name": "items", "hashKey": "pk", "attributes": []Obj{{"name": "pk", "type": "S"}}})}
	judgeCases(t, dynamodbRules, soundTables, []ruleCase{
		{rule: "table-name", kind: dynamoTable, bad: Obj{"name": "t"}, good: Obj{"name": "t.1"}},
		{rule: "table-taken", kind: dynamoTable, bad: Obj{"name": "items"}, with: items},
		{rule: "table-attributes", kind: dynamoTable, bad: Obj{"rangeKey": nil}},
		{rule: "table-attributes", kind: dynamoTable, bad: Obj{"globalSecondaryIndexes": index(Obj{"hashKey": "other"})}, good: Obj{"globalSecondaryIndexes": index(nil)}},
		{rule: "table-keys", kind: dynamoTable, bad: Obj{"hashKey": nil}},
		{rule: "table-keys", kind: dynamoTable, bad: Obj{"rangeKey": nil, "localSecondaryIndexes": []Obj{{"name": "local", "rangeKey": "sk", "projectionType": "ALL"}}}, good: Obj{"localSecondaryIndexes": []Obj{{"name": "local", "rangeKey": "sk", "projectionType": "ALL"}}}},
		{rule: "table-index-count", kind: dynamoTable, bad: Obj{"globalSecondaryIndexes": make([]Obj, 21)}},
		{rule: "table-projection", kind: dynamoTable, bad: Obj{"globalSecondaryIndexes": index(Obj{"projectionType": "INCLUDE"})}, good: Obj{"globalSecondaryIndexes": index(Obj{"projectionType": "INCLUDE", "nonKeyAttributes": []string{"x"}})}},
		{rule: "table-billing", kind: dynamoTable, bad: Obj{"billingMode": "PROVISIONED"}, good: Obj{"billingMode": "PROVISIONED", "readCapacity": 1, "writeCapacity": 1}},
		{rule: "table-billing", kind: dynamoTable, bad: Obj{"readCapacity": 1, "writeCapacity": 1}},
		{rule: "table-stream", kind: dynamoTable, bad: Obj{"streamEnabled": true}, good: Obj{"streamEnabled": true, "streamViewType": "NEW_IMAGE"}},
		{rule: "table-ttl", kind: dynamoTable, bad: Obj{"ttl": Obj{"enabled": true}}, good: Obj{"ttl": Obj{"enabled": true, "attributeName": "expires"}}},
		{rule: "table-ttl", kind: dynamoTable, op: Update, old: Obj{"ttl": Obj{"enabled": true, "attributeName": "expires"}}, bad: Obj{"ttl": Obj{"enabled": false}}, good: Obj{"ttl": Obj{"enabled": false, "attributeName": "expires"}}},
		{rule: "table-class", kind: dynamoTable, bad: Obj{"tableClass": "IA"}, good: Obj{"tableClass": "STANDARD_INFREQUENT_ACCESS"}},
		{rule: "table-recovery", kind: dynamoTable, bad: Obj{"pointInTimeRecovery": Obj{"enabled": true, "recoveryPeriodInDays": 36}}, good: Obj{"pointInTimeRecovery": Obj{"enabled": true, "recoveryPeriodInDays": 35}}},
		{rule: "table-key", kind: dynamoTable, bad: Obj{"serverSideEncryption": Obj{"enabled": true, "kmsKeyArn": dataKeyARN + "x"}}, good: Obj{"serverSideEncryption": Obj{"enabled": true, "kmsKeyArn": dataKeyARN}}},
		{rule: "table-replica-region", kind: dynamoTable, bad: altered(streaming, Obj{"replicas": []Obj{{"regionName": "eu-west-1"}}}), good: streaming},
		{rule: "table-replica-stream", kind: dynamoTable, bad: Obj{"replicas": []Obj{{"regionName": "us-east-1"}}}, good: streaming},
		{rule: "table-replica-capacity", kind: dynamoTable, bad: altered(streaming, Obj{"billingMode": "PROVISIONED", "readCapacity": 1, "writeCapacity": 1}), good: streaming},
		{rule: "table-protected", kind: dynamoTable, op: Delete, bad: Obj{"deletionProtectionEnabled": true}},
		{rule: "table-missing", kind: "dynamodb.tableItem", bad: Obj{"tableName": "none"}, with: items},
		{rule: "item-keys", kind: "dynamodb.tableItem", bad: Obj{"item": `{"pk":{"N":"1"}}`}, with: items},
		{rule: "table-policy", kind: "dynamodb.resourcePolicy", bad: Obj{"policy": `{"Version":"2012-10-17","Statement":[]}`}},
	})
}

func TestTableReplicaRules(t *testing.T) {
	world := func(changes Obj) []*Resource {
		return []*Resource{away(existing(dynamoTable, "world", altered(Obj{"name": "world", "arn": "arn:aws:dynamodb:us-east-1:111122223333:table/world", "billingMode": "PAY_PER_REQUEST", "streamEnabled": true, "streamViewType": "NEW_AND_OLD_IMAGES"}, changes)))}
	}
	judgeCases(t, tableReplicaRules, soundTables, []ruleCase{
		{rule: "replica-table", kind: tableReplica, bad: Obj{"globalTableArn": "arn:aws:dynamodb:us-east-1:111122223333:table/none"}, with: world(nil)},
		{rule: "replica-table-region", kind: tableReplica, with: append(world(nil), existing(dynamoTable, "here", Obj{"name": "here", "arn": "arn:aws:dynamodb:eu-west-1:111122223333:table/here"})), bad: Obj{"globalTableArn": "arn:aws:dynamodb:eu-west-1:111122223333:table/here"}},
		{rule: "replica-table-stream", kind: tableReplica, bad: Obj{"globalTableArn": "arn:aws:dynamodb:us-east-1:111122223333:table/still"}, with: append(world(nil), away(existing(dynamoTable, "still", Obj{"name": "still", "arn": "arn:aws:dynamodb:us-east-1:111122223333:table/still"})))},
		{rule: "replica-table-capacity", kind: tableReplica, bad: Obj{"globalTableArn": "arn:aws:dynamodb:us-east-1:111122223333:table/still"}, with: append(world(nil), away(existing(dynamoTable, "still", Obj{"name": "still", "arn": "arn:aws:dynamodb:us-east-1:111122223333:table/still"})))},
		{rule: "replica-table-settings", kind: tableReplica, bad: Obj{"kmsKeyArn": dataKeyARN + "x"}, good: Obj{"kmsKeyArn": dataKeyARN}, with: world(nil)},
		{rule: "replica-table-protected", kind: tableReplica, op: Delete, bad: Obj{"deletionProtectionEnabled": true}},
	})
}

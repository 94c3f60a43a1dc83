package aws

import (
	"strings"
	"testing"
)

const rotatorARN = "arn:aws:lambda:eu-west-1:111122223333:function:rotator"

var soundSecrets = map[string]Obj{
	"secretsmanager.secret":         {"name": "new", "recoveryWindowInDays": 30},
	"secretsmanager.secretVersion":  {"secretId": dataSecretARN, "secretString": "value"},
	"secretsmanager.secretPolicy":   {"secretArn": dataSecretARN, "blockPublicPolicy": true, "policy": secretPolicy(`{"AWS":"arn:aws:iam::111122223333:root"}`)},
	"secretsmanager.secretRotation": {"secretId": dataSecretARN, "rotationLambdaArn": rotatorARN, "rotationRules": Obj{"automaticallyAfterDays": 30}},
}

func secretPolicy(principal string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":` + principal + `,"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}`
}

func TestSecretsRules(t *testing.T) {
	rotator := existing("lambda.function", "rotator", Obj{"name": "rotator", "arn": rotatorARN})
	permission := existing("lambda.permission", "p", Obj{"function": "rotator", "principal": "secretsmanager.amazonaws.com"})
	both := []*Resource{rotator, permission}
	judgeCases(t, secretsRules, soundSecrets, []ruleCase{
		{rule: "secret-name", kind: secretKind, bad: Obj{"name": "my secret"}, good: Obj{"name": "app/db@1"}},
		{rule: "secret-taken", kind: secretKind, bad: Obj{"name": "app/db"}},
		{rule: "secret-pending-deletion", kind: secretKind, worse: many(1, buriedSecret, Obj{"name": "new"})},
		{rule: "secret-recovery", kind: secretKind, bad: Obj{"recoveryWindowInDays": 6}, good: Obj{"recoveryWindowInDays": 0}},
		{rule: "secret-key", kind: secretKind, bad: Obj{"kmsKeyId": dataKeyARN + "x"}, good: Obj{"kmsKeyId": dataKeyARN}},
		{rule: "secret-replicas", kind: secretKind, bad: Obj{"replicas": []Obj{{"region": "eu-west-1"}}}, good: Obj{"replicas": []Obj{{"region": "us-east-1"}}}},
		{rule: "secret-policy", kind: "secretsmanager.secretPolicy", bad: Obj{"policy": "{"}},
		{rule: "secret-public", kind: "secretsmanager.secretPolicy", bad: Obj{"policy": secretPolicy(`"*"`)}},
		{rule: "secret-missing", kind: "secretsmanager.secretRotation", bad: Obj{"secretId": dataSecretARN + "x"}, with: both},
		{rule: "secret-value", kind: "secretsmanager.secretVersion", bad: Obj{"secretString": strings.Repeat("a", 65537)}, good: Obj{"secretString": strings.Repeat("a", 65536)}},
		{rule: "rotation-lambda", kind: "secretsmanager.secretRotation", bad: Obj{"rotationLambdaArn": rotatorARN + "x"}, with: both},
		{rule: "rotation-permission", kind: "secretsmanager.secretRotation", with: both, worse: []*Resource{existing("lambda.function", "other", Obj{"name": "other", "arn": rotatorARN + "2"})}, bad: Obj{"rotationLambdaArn": rotatorARN + "2"}},
		{rule: "rotation-schedule", kind: "secretsmanager.secretRotation", bad: Obj{"rotationRules": Obj{"scheduleExpression": "rate(2 hours)"}}, good: Obj{"rotationRules": Obj{"scheduleExpression": "rate(4 hours)"}}, with: both},
		{rule: "rotation-schedule", kind: "secretsmanager.secretRotation", bad: Obj{"rotationRules": Obj{}}, good: Obj{"rotationRules": Obj{"scheduleExpression": "cron(0 8 1 * ? *)", "duration": "2h"}}, with: both},
	})
}

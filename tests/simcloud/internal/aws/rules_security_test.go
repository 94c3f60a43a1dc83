package aws

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const abroadKeyARN = "arn:aws:kms:us-east-1:111122223333:key/mrk-1"

var soundSecurity = map[string]Obj{
	replicaKey:   {"primaryKeyArn": abroadKeyARN},
	ssmParameter: {"name": "/shop/prod/password", "type": "SecureString", "value": "secret", "keyId": dataKeyARN},
}

func TestReplicaKeyRules(t *testing.T) {
	keys := []*Resource{away(existing("kms.key", "mrk-1", Obj{"arn": abroadKeyARN, "multiRegion": true})), existing("kms.key", "k1", Obj{"arn": dataKeyARN, "multiRegion": true}),
		away(existing("kms.key", "k2", Obj{"arn": "arn:aws:kms:us-east-1:111122223333:key/k2", "multiRegion": false}))}
	judgeCases(t, replicaKeyRules, soundSecurity, []ruleCase{
		{rule: "replica-key-primary", kind: replicaKey, bad: Obj{"primaryKeyArn": abroadKeyARN + "x"}, with: keys},
		{rule: "replica-key-multi-region", kind: replicaKey, bad: Obj{"primaryKeyArn": "arn:aws:kms:us-east-1:111122223333:key/k2"}, with: keys},
		{rule: "replica-key-region", kind: replicaKey, bad: Obj{"primaryKeyArn": dataKeyARN}, with: keys},
		{rule: "replica-key-region", kind: replicaKey, with: keys, worse: []*Resource{existing(replicaKey, "mrk-1", nil)}},
	})
}

func TestReplicaKeyIsTheSameKey(t *testing.T) {
	s := stage{t, dataGround()}
	primary := s.apply(home, Create, "aws:kms/key:Key", "", Obj{"multiRegion": true, "enableKeyRotation": true})
	require.Regexp(t, `^mrk-[0-9a-f]{32}$`, primary.ID)
	replica := s.apply(abroad, Create, "aws:kms/replicaKey:ReplicaKey", "", Obj{"primaryKeyArn": primary.Props["arn"]})
	require.Equal(t, primary.ID, replica.ID)
	require.Equal(t, "arn:aws:kms:us-east-1:111122223333:key/"+primary.ID, replica.Props["arn"])
	require.Equal(t, true, replica.Props["keyRotationEnabled"])
	require.Empty(t, (&Request{Scope: abroad, World: s.World}).keyMissing(replica.Props.Str("arn")), "it encrypts there")
}

func TestParameterRules(t *testing.T) {
	plain := Obj{"type": "String", "keyId": nil}
	judgeCases(t, ssmRules, soundSecurity, []ruleCase{
		{rule: "parameter-name", kind: ssmParameter, bad: Obj{"name": "shop/password"}, good: Obj{"name": "password"}},
		{rule: "parameter-name", kind: ssmParameter, bad: Obj{"name": "/aws/password"}},
		{rule: "parameter-name", kind: ssmParameter, bad: Obj{"name": "/shop//password"}},
		{rule: "parameter-name", kind: ssmParameter, bad: Obj{"name": strings.Repeat("/a", 16)}, good: Obj{"name": strings.Repeat("/a", 15)}},
		{rule: "parameter-taken", kind: ssmParameter, worse: many(1, ssmParameter, Obj{"name": "/shop/prod/password"})},
		{rule: "parameter-type", kind: ssmParameter, bad: Obj{"type": "Secure"}, good: plain},
		{rule: "parameter-type", kind: ssmParameter, bad: Obj{"dataType": "json"}, good: Obj{"dataType": "text"}},
		{rule: "parameter-tier", kind: ssmParameter, bad: Obj{"value": strings.Repeat("x", 4097)}, good: Obj{"value": strings.Repeat("x", 8192), "tier": "Intelligent-Tiering"}},
		{rule: "parameter-tier", kind: ssmParameter, bad: Obj{"tier": "Large"}, good: Obj{"tier": "Advanced"}},
		{rule: "parameter-key", kind: ssmParameter, bad: Obj{"keyId": dataKeyARN + "x"}},
		{rule: "parameter-key", kind: ssmParameter, bad: Obj{"type": "String"}, good: plain},
		{rule: "parameter-pattern", kind: ssmParameter, bad: Obj{"allowedPattern": `^\d+$`}, good: Obj{"allowedPattern": `^\w+$`}},
	})
}

func TestParameterVersions(t *testing.T) {
	s := stage{t, dataGround()}
	const token = "aws:ssm/parameter:Parameter"
	p := s.apply(home, Create, token, "", soundSecurity[ssmParameter])
	require.Equal(t, "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/prod/password", p.Props["arn"])
	require.Equal(t, "Standard", p.Props["tier"])
	p = s.apply(home, Update, token, p.ID, altered(soundSecurity[ssmParameter], Obj{"tags": map[string]any{"a": "b"}}))
	require.Equal(t, 1.0, p.Props["version"], "tags make no version")
	p = s.apply(home, Update, token, p.ID, altered(soundSecurity[ssmParameter], Obj{"value": "other"}))
	require.Equal(t, 2.0, p.Props["version"])
}

// Package changetest makes previews for tests.
package changetest

import (
	"encoding/json"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
)

type object = map[string]any

// Preview is what `pulumi preview --json --show-sames` prints of a stack of n resources, and
// the provider and components besides. Of each twenty one is created, one replaced, one
// deleted and three are updated.
func Preview(n int) []byte {
	const stack, provider = "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", "urn:pulumi:dev::shop::pulumi:providers:aws::aws"
	summary := map[string]int{}
	var steps []object
	add := func(op string, step, old, renewed object) {
		summary[op]++
		step["op"] = op
		if op != "create" {
			step["oldState"] = old
		}
		if op != "delete" {
			step["newState"] = renewed
		}
		steps = append(steps, step)
	}
	same := func(urn, token string, rest object) {
		state := object{"urn": urn, "type": token}
		for key, v := range rest {
			state[key] = v
		}
		add("same", object{"urn": urn}, state, state)
	}
	same(stack, "pulumi:pulumi:Stack", nil)
	same(provider, "pulumi:providers:aws", object{"custom": true, "id": "p", "parent": stack, "inputs": object{"region": "us-east-1"}})
	var component string
	for i := range n {
		if i%10 == 0 {
			component = fmt.Sprintf("urn:pulumi:dev::shop::shop:index:Service::service-%d", i/10)
			same(component, "shop:index:Service", object{"parent": stack, "inputs": object{"name": fmt.Sprint("service-", i/10)}})
		}
		kind := kinds[i%len(kinds)]
		urn := fmt.Sprintf("urn:pulumi:dev::shop::shop:index:Service$%s::thing-%d", kind.token, i)
		state := func(old bool) object {
			inputs := kind.inputs(i, old)
			inputs["tags"] = object{"Name": fmt.Sprint("thing-", i), "owner": "shop"}
			s := object{
				"urn": urn, "custom": true, "type": kind.token, "parent": component, "provider": provider + "::p",
				"inputs": inputs, "dependencies": []string{component},
			}
			if old {
				s["id"] = fmt.Sprintf("id-%d", i)
				s["outputs"] = object{"arn": fmt.Sprintf("arn:aws:thing:us-east-1:111122223333:thing/%d", i), "id": s["id"], "secret": "[secret]"}
			}
			return s
		}
		step := object{"urn": urn, "provider": provider + "::p"}
		switch at := i % 20; {
		case at < 14:
			add("same", step, state(true), state(true))
		case at < 17:
			step["diffReasons"] = []string{kind.changes}
			add("update", step, state(true), state(false))
		case at == 17:
			step["diffReasons"], step["replaceReasons"] = []string{kind.changes}, []string{kind.changes}
			step["detailedDiff"] = object{kind.changes: object{"kind": "update-replace", "inputDiff": false}}
			add("replace", step, state(true), state(false))
		case at == 18:
			add("create", step, nil, state(false))
		default:
			add("delete", step, state(true), nil)
		}
	}
	digest, err := json.MarshalIndent(object{"config": object{}, "steps": steps, "duration": 1, "changeSummary": summary}, "", "    ")
	if err != nil {
		panic(err) // it is made of nothing but JSON
	}
	return digest
}

// kinds are resources, and the property in which their new inputs differ from the old ones.
var kinds = []struct {
	token, changes string
	inputs         func(i int, old bool) object
}{
	{"aws:iam/role:Role", "assumeRolePolicy", func(i int, old bool) object {
		service := "ec2"
		if !old {
			service = "lambda"
		}
		return object{"name": fmt.Sprint("role-", i), "assumeRolePolicy": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Principal":{"Service":"` + service + `.amazonaws.com"}}]}`}
	}},
	{"aws:ec2/instance:Instance", "subnetId", func(i int, old bool) object {
		subnet := fmt.Sprint("subnet-", i)
		if !old {
			subnet = plugin.UnknownStringValue
		}
		return object{"ami": "ami-1", "instanceType": "t4g.small", "subnetId": subnet, "vpcSecurityGroupIds": []string{"sg-1", "sg-2"}}
	}},
	{"aws:rds/instance:Instance", "instanceClass", func(i int, old bool) object {
		class := "db.t4g.small"
		if !old {
			class = "db.m7g.large"
		}
		return object{"engine": "postgres", "instanceClass": class, "identifier": fmt.Sprint("db-", i), "password": "[secret]", "allocatedStorage": 20}
	}},
	{"aws:lambda/function:Function", "environment", func(i int, old bool) object {
		level := "info"
		if !old {
			level = "debug"
		}
		return object{"runtime": "python3.13", "name": fmt.Sprint("function-", i), "environment": object{"variables": object{"LEVEL": level, "TOKEN": "[secret]"}}}
	}},
	{"kubernetes:apps/v1:Deployment", "spec", func(i int, old bool) object {
		replicas := 2
		if !old {
			replicas = 3
		}
		container := object{"name": "web", "image": "web:1", "env": []object{{"name": "PORT", "value": "80"}, {"name": "HOST", "value": "0.0.0.0"}}}
		return object{"metadata": object{"name": fmt.Sprint("web-", i)}, "spec": object{"replicas": replicas, "template": object{"spec": object{"containers": []object{container}}}}}
	}},
}

package backup

import (
	"github.com/plinth-iac/plinth/policies/internal/plans"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// selected is a database and a selection with these inputs.
func selected(db, by in) []r {
	return []r{
		{Type: database, Name: "orders", In: db, Provider: ireland},
		{Type: plans.Selection, Name: "daily", In: by, Provider: ireland, Edges: to{}},
	}
}

func tag(key, value any) in { return in{"type": "STRINGEQUALS", "key": key, "value": value} }

func conditions(operator string, wants ...any) in {
	return in{"conditions": list{in{operator: wants}}}
}

func selectionCases() []ruletest.Case {
	daily := in{"tags": in{"backup": "daily"}}
	byEdge := func(resources any, edges ...string) []r {
		stack := selected(in{}, in{"resources": resources})
		stack[1].Edges["resources"] = edges
		return append(stack, r{Type: table, Name: "sessions", In: in{}, Provider: ireland}, r{Type: database, Name: "other", In: in{}, Provider: ireland})
	}
	byTag := in{"selectionTags": list{tag("backup", "daily"), tag("backup", "hourly")}}
	under := func(provider in, db in) []r {
		stack := selected(db, byTag)
		stack[0].Provider = provider
		return stack
	}
	made := func(by in) []r {
		stack := selected(in{}, by)
		stack[0].Out = in{"arn": "arn:aws:rds:eu-west-1:111122223333:db:orders-1"}
		return stack
	}
	cases := []ruletest.Case{
		check("in-backup-plan", "named before it exists", rule.Pass, "", byEdge(list{later}, "orders")...),
		check("in-backup-plan", "named among others", rule.Pass, "", byEdge(list{later, later}, "orders", "sessions")...),
		check("in-backup-plan", "a list that is not known", rule.Pass, "", byEdge(later, "orders", "other")...),
		check("in-backup-plan", "one of two, not known which", rule.Unknown, "resources[0]", byEdge(list{later}, "orders", "other")...),
		check("in-backup-plan", "another is named", rule.Fail, "no backup plan selects it", byEdge(list{later}, "sessions")...),
		check("in-backup-plan", "who knows what is named", rule.Unknown, "resources[0]: external", byEdge(list{later})...),
		check("in-backup-plan", "named by its ARN", rule.Pass, "", made(in{"resources": list{"arn:aws:rds:eu-west-1:111122223333:db:orders-1"}})...),
		check("in-backup-plan", "another ARN", rule.Fail, "list its ARN", made(in{"resources": list{"arn:aws:rds:eu-west-1:111122223333:db:other"}})...),
		check("in-backup-plan", "everything", rule.Pass, "", selected(in{}, in{"resources": list{"*"}})...),
		check("in-backup-plan", "everything without a word", rule.Pass, "", selected(in{}, in{})...),
		check("in-backup-plan", "all databases", rule.Pass, "", selected(in{}, in{"resources": list{"arn:aws:rds:*:*:db:*"}})...),
		check("in-backup-plan", "all clusters", rule.Fail, "no backup plan", selected(in{}, in{"resources": list{"arn:aws:rds:*:*:cluster:*"}})...),
		check("in-backup-plan", "all of another region", rule.Fail, "no backup plan", selected(in{}, in{"resources": list{"arn:aws:rds:us-east-1:*:db:*"}})...),
		check("in-backup-plan", "all of an account", rule.Unknown, "resources[0]", selected(in{}, in{"resources": list{"arn:aws:rds:*:111122223333:db:*"}})...),
		check("in-backup-plan", "all of its own account", rule.Pass, "", made(in{"resources": list{"arn:aws:rds:*:111122223333:db:*"}})...),
		check("in-backup-plan", "by a name to come", rule.Pass, "", selected(in{"identifier": "orders-1"}, in{"resources": list{"arn:aws:rds:*:*:db:orders*"}})...),
		check("in-backup-plan", "by another name", rule.Fail, "no backup plan", selected(in{"identifier": "orders-1"}, in{"resources": list{"arn:aws:rds:*:*:db:users*"}})...),
		check("in-backup-plan", "left out", rule.Fail, "no backup plan", selected(in{}, in{"resources": list{"*"}, "notResources": list{"arn:aws:rds:*"}})...),
		check("in-backup-plan", "perhaps left out", rule.Unknown, "notResources[0]",
			selected(in{}, in{"resources": list{"*"}, "notResources": list{"arn:aws:rds:*:*:db:orders-1"}})...),
		check("in-backup-plan", "no selection", rule.Fail, "list its ARN in resources of a backup Selection", one(documentCluster, in{})...),
		check("in-backup-plan", "a selection of another region", rule.Fail, "no backup plan", under(frankfurt, daily)...),

		check("in-backup-plan", "by tag", rule.Pass, "", selected(daily, byTag)...),
		check("in-backup-plan", "by a secret tag", rule.Pass, "", selected(in{"tags": rule.Secret{Of: in{"backup": "daily"}}}, byTag)...),
		check("in-backup-plan", "not tagged", rule.Fail, `set the tag backup to "daily", which selection daily asks for`, selected(in{}, byTag)...),
		check("in-backup-plan", "tagged otherwise", rule.Fail, "set the tag backup", selected(in{"tags": in{"backup": "never"}}, byTag)...),
		check("in-backup-plan", "a tag that is no text", rule.Fail, "set the tag backup", selected(in{"tags": in{"backup": 1}}, byTag)...),
		check("in-backup-plan", "a secret in the selection", rule.Fail, "set the tag backup to [secret]",
			selected(in{}, in{"selectionTags": list{tag("backup", rule.Secret{Of: "daily"})}})...),
		check("in-backup-plan", "by the provider's tag", rule.Pass, "",
			under(in{"region": "eu-west-1", "defaultTags": `{"tags":{"backup":"daily"}}`}, in{})...),
		check("in-backup-plan", "its own tag undoes the provider's", rule.Fail, "set the tag backup",
			under(in{"region": "eu-west-1", "defaultTags": `{"tags":{"backup":"daily"}}`}, in{"tags": in{"backup": "never"}})...),
		check("in-backup-plan", "the provider's tags computed", rule.Unknown, "defaultTags", under(in{"region": "eu-west-1", "defaultTags": later}, in{})...),
		check("in-backup-plan", "tags computed", rule.Unknown, "tags", selected(in{"tags": later}, byTag)...),
		check("in-backup-plan", "a tag computed", rule.Unknown, "tags", selected(in{"tags": in{"backup": later}}, byTag)...),
		check("in-backup-plan", "the selection's tag computed", rule.Unknown, "selectionTags[0].value", selected(daily, in{"selectionTags": list{tag("backup", later)}})...),
		check("in-backup-plan", "by type and tag", rule.Pass, "",
			selected(daily, in{"resources": list{"arn:aws:rds:*"}, "selectionTags": list{tag("backup", "daily")}})...),
		check("in-backup-plan", "by tag, and another type", rule.Fail, "no backup plan",
			selected(daily, in{"resources": list{"arn:aws:dynamodb:*"}, "selectionTags": list{tag("backup", "daily")}})...),

		check("in-backup-plan", "a replica", rule.NotApplicable, "", selected(in{"replicateSourceDb": later}, byTag)...),
		check("in-backup-plan", "a table", rule.Pass, "", r{Type: table, Name: "t", In: in{}, Provider: ireland},
			r{Type: plans.Selection, Name: "s", In: in{"resources": list{"arn:aws:dynamodb:*:*:table/*"}}, Provider: ireland}),
	}
	for region, partition := range map[string]string{"cn-north-1": "aws-cn", "us-gov-west-1": "aws-us-gov", "eu-west-1": "aws"} {
		for _, all := range []string{"aws", "aws-cn", "aws-us-gov"} {
			want := rule.Fail
			if all == partition {
				want = rule.Pass
			}
			stack := selected(in{}, in{"resources": list{"arn:" + all + ":rds:*"}})
			stack[0].Provider, stack[1].Provider = in{"region": region}, in{"region": region}
			cases = append(cases, check("in-backup-plan", "all of "+all+" in "+region, want, "", stack...))
		}
	}
	shop := tag("aws:ResourceTag/app", "shop*")
	for _, c := range []struct {
		name, operator string
		tags           in
		want           rule.Outcome
	}{
		{"like", "stringLikes", in{"app": "shop-web"}, rule.Pass},
		{"not like", "stringLikes", in{"app": "blog"}, rule.Fail},
		{"unlike", "stringNotLikes", in{"app": "blog"}, rule.Pass},
		{"not unlike", "stringNotLikes", in{"app": "shop-web"}, rule.Fail},
		{"unlike without the tag", "stringNotLikes", in{}, rule.Pass},
		{"equal", "stringEquals", in{"app": "shop*"}, rule.Pass},
		{"not equal", "stringEquals", in{"app": "shop-web"}, rule.Fail},
		{"unequal", "stringNotEquals", in{"app": "shop-web"}, rule.Pass},
		{"not unequal", "stringNotEquals", in{"app": "shop*"}, rule.Fail},
	} {
		cases = append(cases, check("in-backup-plan", "condition "+c.name, c.want, "", selected(in{"tags": c.tags}, conditions(c.operator, shop))...))
	}
	return append(cases,
		check("in-backup-plan", "all conditions", rule.Fail, "set the tag app", selected(in{"tags": in{"app": "shop"}},
			conditions("stringEquals", tag("aws:ResourceTag/app", "shop"), tag("aws:ResourceTag/tier", "data")))...),
		check("in-backup-plan", "conditions computed", rule.Unknown, "conditions", selected(in{"tags": in{"app": "shop"}}, in{"conditions": later})...))
}

package aws

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSettingsOverwriteEachOther proves of the settings of which there is one at a time that a second one takes the place of the first, that both
// owners see it then, and that either of them removes it.
func TestSettingsOverwriteEachOther(t *testing.T) {
	const one, two = "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/one/1", "arn:aws:wafv2:eu-west-1:111122223333:regional/webacl/two/2"
	logs := func(group string) Obj {
		return Obj{"resourceArn": one, "logDestinationConfigs": []string{"arn:aws:logs:eu-west-1:111122223333:log-group:aws-waf-logs-" + group}}
	}
	record := func(name, address string) Obj {
		return Obj{"zoneId": "Z1", "name": name, "type": "A", "ttl": 60, "records": []string{address}, "allowOverwrite": true}
	}
	for what, c := range map[string]struct {
		token, property string
		first, second   Obj
	}{
		"the web ACL of a load balancer": {"aws:wafv2/webAclAssociation:WebAclAssociation", "webAclArn", Obj{"resourceArn": balancerARN, "webAclArn": one}, Obj{"resourceArn": balancerARN, "webAclArn": two}},
		"the logs of a web ACL":          {"aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration", "logDestinationConfigs", logs("one"), logs("two")},
		"a record set by either name":    {"aws:route53/record:Record", "records", record("www", "192.0.2.1"), record("www.example.org", "192.0.2.2")},
		"asynchronous invocations of a function": {
			"aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", "maximumRetryAttempts",
			Obj{"functionName": "fn", "maximumRetryAttempts": 1}, Obj{"functionName": "arn:aws:lambda:eu-west-1:111122223333:function:fn", "maximumRetryAttempts": 2},
		},
	} {
		t.Run(what, func(t *testing.T) {
			s := stage{t, overwriteGround(one, two)}
			first, second := s.apply(home, Create, c.token, "", c.first), s.apply(home, Create, c.token, "", c.second)
			for _, owner := range []*Resource{first, second} {
				now := s.Read(home, c.token, owner.ID, owner.Props)
				require.Equal(t, second.Props[c.property], now.Props[c.property])
			}
			_, err := s.Apply(&Request{Scope: home, Op: Delete, Token: c.token, ID: first.ID, Known: first.Props}, nil, nil)
			require.NoError(t, err)
			require.Nil(t, s.Read(home, c.token, second.ID, second.Props), "what the second one made is gone")
			_, err = s.Apply(&Request{Scope: home, Op: Delete, Token: c.token, ID: second.ID, Known: second.Props}, nil, nil)
			require.ErrorIs(t, err, ErrNotFound)
		})
	}
}

// TestARecordChangesItsType proves that a record set is found, and goes, under what it has become.
func TestARecordChangesItsType(t *testing.T) {
	const token = "aws:route53/record:Record"
	s := stage{t, overwriteGround()}
	made := s.apply(home, Create, token, "", Obj{"zoneId": "Z1", "name": "www", "type": "A", "ttl": 60, "records": []string{"192.0.2.1"}})
	changed := s.apply(home, Update, token, made.ID, Obj{"zoneId": "Z1", "name": "www", "type": "AAAA", "ttl": 60, "records": []string{"2001:db8::1"}})
	require.Equal(t, "AAAA", s.Read(home, token, made.ID, changed.Props).Props["type"])
	_, err := s.Apply(&Request{Scope: home, Op: Delete, Token: token, ID: made.ID, Known: changed.Props}, nil, nil)
	require.NoError(t, err)
	require.Empty(t, (&Request{World: s.World, Scope: home}).All("route53.record"))
}

// TestWhatIsNotASettingIsTaken proves that AWS refuses a second one of what looks like a setting and is not.
func TestWhatIsNotASettingIsTaken(t *testing.T) {
	mapping := func(function string) Obj {
		return Obj{"functionName": function, "eventSourceArn": "arn:aws:sqs:eu-west-1:111122223333:work"}
	}
	record := Obj{"zoneId": "Z1", "name": "www", "type": "A", "ttl": 60, "records": []string{"192.0.2.1"}}
	for what, c := range map[string]struct {
		token, rule string
		first       Obj
		second      Obj
		accepted    Obj
	}{
		"a function URL": {"aws:lambda/functionUrl:FunctionUrl", "function-url-taken", Obj{"functionName": "fn", "authorizationType": "AWS_IAM"},
			Obj{"functionName": "arn:aws:lambda:eu-west-1:111122223333:function:fn", "authorizationType": "NONE"}, Obj{"functionName": "fn", "qualifier": "live", "authorizationType": "AWS_IAM"}},
		"an event source":              {"aws:lambda/eventSourceMapping:EventSourceMapping", "source-taken", mapping("fn"), mapping("fn"), mapping("fn:live")},
		"a record without overwriting": {"aws:route53/record:Record", "record-duplicate", record, record, altered(record, Obj{"type": "AAAA", "records": []string{"2001:db8::1"}})},
	} {
		t.Run(what, func(t *testing.T) {
			s := stage{t, overwriteGround()}
			s.apply(home, Create, c.token, "", c.first)
			_, err := s.Apply(&Request{Scope: home, Op: Create, Token: c.token, URN: "urn:second", New: altered(c.second, nil)}, nil, lookupType(t, c.token).Properties)
			var refusal *Error
			require.True(t, errors.As(err, &refusal), "accepted")
			require.Equal(t, c.rule, refusal.Rule)
			s.apply(home, Create, c.token, "", c.accepted)
		})
	}
}

// overwriteGround is what the settings are of.
func overwriteGround(acls ...string) *World {
	w := dataGround()
	for _, r := range []*Resource{
		existing("lb.loadBalancer", balancerARN, Obj{"arn": balancerARN}), existing("route53.zone", "Z1", Obj{"name": "example.org"}),
		existing("lambda.function", "fn", Obj{"name": "fn", "role": "arn:aws:iam::999988887777:role/fn"}), existing("lambda.alias", "live", Obj{"functionName": "fn", "name": "live"}),
		existing("sqs.queue", "work", Obj{"arn": "arn:aws:sqs:eu-west-1:111122223333:work"}),
	} {
		w.put(r)
	}
	for _, group := range []string{"one", "two"} {
		name := "aws-waf-logs-" + group
		w.put(existing("cloudwatch.logGroup", name, Obj{"name": name, "arn": "arn:aws:logs:eu-west-1:111122223333:log-group:" + name}))
	}
	for _, arn := range acls {
		w.put(existing("wafv2.webAcl", arn, Obj{"arn": arn}))
	}
	return w
}

// TestNamesAreCompleted proves that a prefix becomes a name, which the rules judge, and that what has a name keeps it.
func TestNamesAreCompleted(t *testing.T) {
	const group, rule, queue = "aws:cloudwatch/logGroup:LogGroup", "aws:cloudwatch/eventRule:EventRule", "aws:sqs/queue:Queue"
	s := stage{t, dataGround()}
	for _, c := range []struct {
		token string
		props Obj
		want  string
	}{
		{group, Obj{"namePrefix": "/shop/"}, `^/shop/[0-9a-f]{26}$`}, {group, Obj{"name": "/shop", "namePrefix": "/shop/"}, `^/shop$`},
		{rule, Obj{"namePrefix": "nightly-", "scheduleExpression": "rate(1 day)"}, `^nightly-[0-9a-f]{26}$`},
		{"aws:scheduler/scheduleGroup:ScheduleGroup", Obj{"namePrefix": "shop-"}, `^shop-[0-9a-f]{26}$`},
		{queue, Obj{"namePrefix": "orders-", "fifoQueue": true}, `^orders-[0-9a-f]{26}\.fifo$`},
	} {
		made := s.apply(home, Create, c.token, "", c.props)
		require.Regexp(t, c.want, made.Props.Str("name"))
		require.Contains(t, made.Props.Str("arn"), made.Props.Str("name"))
	}
	asked := func(prefix string) *Request {
		return &Request{Scope: home, Op: Create, Token: rule, New: Obj{"namePrefix": prefix, "scheduleExpression": "rate(1 day)"}}
	}
	require.NoError(t, s.Judge(asked(strings.Repeat("a", 38))))
	for _, prefix := range []string{"every night", strings.Repeat("a", 39)} {
		r := asked(prefix)
		var refusal *Error
		require.True(t, errors.As(s.Judge(r), &refusal), prefix)
		require.Equal(t, "event-rule-name", refusal.Rule)
		require.NotContains(t, r.New, "name", "judging alters nothing")
	}
}

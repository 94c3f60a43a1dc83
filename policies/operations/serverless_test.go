package operations

import (
	"github.com/plinth-iac/plinth/policies/internal/lambda"
	"github.com/plinth-iac/plinth/policies/internal/ruletest"
	"github.com/plinth-iac/plinth/policies/rule"
)

// logged is a function with what it says of its logs, and a log group.
func logged(inputs in, edges to, group r) []r {
	return []r{{Type: function, Name: "thumbs", In: inputs, Edges: edges}, group}
}

// provides is provisioned concurrency for a qualifier.
func provides(qualifier any, behind ...string) []r {
	return []r{{Type: provisioned, Name: "p", In: in{"qualifier": qualifier}, Edges: to{"qualifier": behind}},
		{Type: lambda.Alias, Name: "live", In: in{}}, {Type: function, Name: "thumbs", In: in{}}}
}

// watches is an alarm on what its dimensions are computed from.
func watches(inputs in, edges to) r {
	return r{Type: metricAlarm, Name: "alarm", In: inputs, Edges: edges}
}

var serverlessCases = []ruletest.Case{
	check("lambda-runtime-supported", "a new one", rule.Pass, "", one(function, in{"runtime": "provided.al2023"})),
	check("lambda-runtime-supported", "an old one", rule.Fail, `runtime "python3.8" is deprecated`, one(function, in{"runtime": "python3.8"})),
	check("lambda-runtime-supported", "one of an old system", rule.Fail, `runtime "provided.al2" is deprecated`, one(function, in{"runtime": "provided.al2"})),
	check("lambda-runtime-supported", "the last ones to end", rule.Fail, `runtime "dotnet8" is deprecated`, one(function, in{"runtime": "dotnet8"})),
	check("lambda-runtime-supported", "an image", rule.NotApplicable, "", one(function, in{"packageType": "Image"})),
	check("lambda-runtime-supported", "computed", rule.Unknown, "runtime", one(function, in{"runtime": later})),
	{Rule: "lambda-runtime-supported", Name: "one that is not wanted", Want: rule.Fail, Says: `"java11"`, Stack: one(function, in{"runtime": "java11"}),
		Settings: rule.Settings{"deprecated": []string{"java11"}}},
	{Rule: "lambda-runtime-supported", Name: "one that is wanted", Want: rule.Pass, Stack: one(function, in{"runtime": "python3.13"}),
		Settings: rule.Settings{"deprecated": []string{"python3.13x"}}},

	check("lambda-tracing", "on", rule.Pass, "", one(function, in{"tracingConfig": in{"mode": "Active"}})),
	check("lambda-tracing", "as the caller", rule.Fail, `tracingConfig.mode is "PassThrough"`, one(function, in{"tracingConfig": in{"mode": "PassThrough"}})),
	check("lambda-tracing", "computed", rule.Unknown, "tracingConfig.mode", one(function, in{"tracingConfig": later})),

	check("lambda-reserved-concurrency", "some", rule.Pass, "", one(function, in{"reservedConcurrentExecutions": 5})),
	check("lambda-reserved-concurrency", "any", rule.Fail, "reservedConcurrentExecutions is -1", one(function, in{"reservedConcurrentExecutions": -1})),
	check("lambda-reserved-concurrency", "not said", rule.Fail, "reservedConcurrentExecutions is not set", one(function, in{})),
	check("lambda-reserved-concurrency", "computed", rule.Unknown, "reservedConcurrentExecutions", one(function, in{"reservedConcurrentExecutions": later})),

	check("lambda-log-group", "named", rule.Pass, "", logged(in{"loggingConfig": in{"logGroup": later}}, to{"loggingConfig": {"logs"}}, r{Type: logGroup, Name: "logs", In: in{}})),
	check("lambda-log-group", "by name", rule.Pass, "", logged(in{"loggingConfig": in{"logGroup": "thumbs"}}, nil, r{Type: logGroup, Name: "logs", In: in{"name": "thumbs"}})),
	check("lambda-log-group", "with the function's name", rule.Pass, "", logged(in{"name": "thumbs"}, nil, r{Type: logGroup, Name: "logs", In: in{"name": "/aws/lambda/thumbs"}})),
	check("lambda-log-group", "with the function's name to come", rule.Pass, "", logged(in{}, nil, r{Type: logGroup, Name: "logs", In: in{"name": later}, Edges: to{"name": {"thumbs"}}})),
	check("lambda-log-group", "none", rule.Fail, "its log group is made by its first call", one(function, in{"name": "thumbs"})),
	check("lambda-log-group", "another one's", rule.Fail, "its log group is made", logged(in{"name": "thumbs"}, nil, r{Type: logGroup, Name: "logs", In: in{"name": "/aws/lambda/other"}})),
	check("lambda-log-group", "one of elsewhere", rule.Unknown, "loggingConfig.logGroup: external", one(function, in{"loggingConfig": in{"logGroup": "shared"}})),
	check("lambda-log-group", "who knows which", rule.Unknown, "loggingConfig.logGroup: external", one(function, in{"loggingConfig": later})),

	check("lambda-provisioned-alias", "an alias", rule.Pass, "", provides(later, "live")),
	check("lambda-provisioned-alias", "an alias by name", rule.Pass, "", provides("live")),
	check("lambda-provisioned-alias", "a version", rule.Fail, "is provisioned for a version", provides("7")),
	check("lambda-provisioned-alias", "the latest version", rule.Fail, "is provisioned for a version", provides(later, "thumbs")),
	check("lambda-provisioned-alias", "nothing", rule.Fail, "names no alias", one(provisioned, in{})),
	check("lambda-provisioned-alias", "who knows", rule.Unknown, "qualifier", provides(later)),
}

var edgeCases = []ruletest.Case{
	check("cloudfront-access-logs", "to a bucket", rule.Pass, "", one(distribution, in{"loggingConfig": in{"bucket": later}})),
	check("cloudfront-access-logs", "as they come", rule.Pass, "", one(distribution, in{"defaultCacheBehavior": in{"realtimeLogConfigArn": later}})),
	check("cloudfront-access-logs", "delivered", rule.Pass, "", append(one(distribution, in{}),
		r{Type: logDeliverySource, Name: "source", In: in{"resourceArn": later}, Edges: to{"resourceArn": {"it"}}},
		r{Type: logDelivery, Name: "delivery", In: in{"deliverySourceName": later}, Edges: to{"deliverySourceName": {"source"}}})),
	check("cloudfront-access-logs", "not delivered", rule.Fail, "nothing delivers the logs of source", append(one(distribution, in{}),
		r{Type: logDeliverySource, Name: "source", In: in{"resourceArn": later}, Edges: to{"resourceArn": {"it"}}})),
	check("cloudfront-access-logs", "none", rule.Fail, "writes no access logs", one(distribution, in{})),
	check("cloudfront-access-logs", "who knows whose", rule.Unknown, "resourceArn", append(one(distribution, in{}),
		r{Type: logDeliverySource, Name: "source", In: in{"resourceArn": later}})),

	check("waf-logging", "logs", rule.Pass, "", append(one(webAcl, in{}), r{Type: webAclLogging, Name: "l", In: in{"resourceArn": later}, Edges: to{"resourceArn": {"it"}}})),
	check("waf-logging", "logs nothing", rule.Fail, "add a WebAclLoggingConfiguration", one(webAcl, in{})),
	check("waf-logging", "who knows whose", rule.Unknown, "resourceArn", append(one(webAcl, in{}), r{Type: webAclLogging, Name: "l", In: in{"resourceArn": later}})),

	check("redundancy-alarms", "one", rule.Pass, "", append(one(queue, in{}),
		watches(in{"dimensions": in{"QueueName": later}, "alarmActions": list{later}}, to{"dimensions": {"it"}}))),
	check("redundancy-alarms", "by name", rule.Pass, "", append(one(function, in{"name": "thumbs"}),
		watches(in{"dimensions": in{"FunctionName": "thumbs"}, "alarmActions": list{later}}, nil))),
	check("redundancy-alarms", "of metrics", rule.Pass, "", append(one("aws:alb/loadBalancer:LoadBalancer", in{}),
		watches(in{"metricQueries": list{in{"metric": in{"dimensions": in{"LoadBalancer": later}}}}, "alarmActions": list{later}}, to{"metricQueries": {"it"}}))),
	check("redundancy-alarms", "part of another", rule.Pass, "", append(one(queue, in{}),
		watches(in{"dimensions": in{"QueueName": later}}, to{"dimensions": {"it"}}),
		r{Type: compositeAlarm, Name: "all", In: in{"alarmRule": later, "alarmActions": list{later}}, Edges: to{"alarmRule": {"alarm"}}})),
	check("redundancy-alarms", "of its targets", rule.Pass, "", []r{
		{Type: scalingGroup, Name: "web", In: in{"targetGroupArns": later}, Edges: to{"targetGroupArns": {"tg"}}}, {Type: "aws:lb/targetGroup:TargetGroup", Name: "tg"},
		watches(in{"dimensions": in{"TargetGroup": later}, "alarmActions": list{later}}, to{"dimensions": {"tg"}})}),
	check("redundancy-alarms", "of a member of a cache", rule.Pass, "", append([]r{{Type: cacheGroup, Name: "it", In: in{"replicationGroupId": "shop"},
		Out: in{"memberClusters": list{"shop-001", "shop-002"}}}}, watches(in{"dimensions": in{"CacheClusterId": "shop-002"}, "alarmActions": list{later}}, nil))),
	check("redundancy-alarms", "a cache without", rule.Fail, "has no alarm", one(cacheGroup, in{})),
	check("redundancy-alarms", "tasks", rule.Pass, "", append(one(ecsService, in{"name": "web"}),
		watches(in{"dimensions": in{"ClusterName": "shop", "ServiceName": "web"}, "alarmActions": list{later}}, nil))),
	check("redundancy-alarms", "a search domain of another name", rule.Fail, "has no alarm", append(one(searchDomain, in{"domainName": "logs"}),
		watches(in{"dimensions": in{"DomainName": "shop"}, "alarmActions": list{later}}, nil))),
	check("redundancy-alarms", "none", rule.Fail, "has no alarm", one(distribution, in{})),
	check("redundancy-alarms", "a silent one", rule.Fail, "its alarms tell nobody", append(one(queue, in{}),
		watches(in{"dimensions": in{"QueueName": later}}, to{"dimensions": {"it"}}))),
	check("redundancy-alarms", "one that is off", rule.Fail, "its alarms tell nobody", append(one(queue, in{}),
		watches(in{"dimensions": in{"QueueName": later}, "alarmActions": list{later}, "actionsEnabled": false}, to{"dimensions": {"it"}}))),
	check("redundancy-alarms", "one that tells who knows whom", rule.Unknown, "alarmActions: external", append(one(queue, in{}),
		watches(in{"dimensions": in{"QueueName": later}, "alarmActions": later}, to{"dimensions": {"it"}}))),
	check("redundancy-alarms", "who knows what's", rule.Unknown, "dimensions: external", append(one(scalingGroup, in{}), watches(in{"dimensions": later}, nil))),
}

// Package waf builds a web ACL, AWS WAF: the rules that decide which requests get through
// to a CloudFront distribution or to load balancers of a region.
//
// The rules are the same arguments for both scopes; the only difference is Scope, Region
// and what the ACL is attached to. Requests are looked at where they arrive first: behind
// CloudFront a regional ACL sees CloudFront's addresses, not those of the clients.
//
// It promises:
//   - what attacks most sites is kept out without a word: AWS's own rule groups against
//     known bad addresses, anonymous addresses, known bad inputs, the common attacks and SQL
//     injection are on.
//   - the order is that of the fields of WebAclArgs: who is always let in, who never, where
//     from, how fast, how much, what AWS knows, who is a bot, and what labels say. Each kind
//     of rule has a million priorities of its own, and within it a key always gets the same
//     one. So no rule is renumbered because another one comes or goes.
//   - a rule has an action and a rule group an override of its actions: one cannot be
//     taken for the other, which AWS refuses.
//   - the capacity units of all rules are added up before anything is deployed.
//   - what is blocked or counted is logged, without credentials as far as AWS can leave them
//     out: no query, no cookie, no authorization, and no header that a rate limit counts by.
//   - an IP set, which AWS does not delete while a rule uses it, is made before the rules and
//     deleted after them.
//
// Mode is Block unless Count is written. A web ACL that only counts looks like one that
// protects: nobody notices that the line is missing. One that blocks too much is noticed at
// once. So the way to begin is to write Mode: Count, to read for some weeks in the logs
// what would have been blocked, to relax those rules, and to take the line out again;
// both are changes in place. A single rule or group can be counted by its own Mode, for as
// long as it is new.
//
// What a managed group blocks wrongly on a few paths is put right in two steps: the one
// rule is set to Count under Rules, which still labels the request, and Labelled blocks
// what has the label on all other paths.
//
// # Limits
//
// CloudWatch Logs takes ten policies of an account in a region, and no more on request. Each
// web ACL with a log group of its own has one; beyond a few, Logs.WithoutPolicy and a single
// policy with DeliveryStatement do, or logs in a bucket.
//
// Children are named `<name>-acl`, `<name>-<allow or block>-<key>-<ipv4 or ipv6>`,
// `<name>-logs`, `<name>-logs-policy`, `<name>-logging`, `<name>-association-<key>` and
// `<name>-alarm-<key>`. Everything but Scope and Region can change in place.
//
// Cost, us-east-1: 5 USD a month, 1 for each rule or group, 10 with the defaults, and 0.60
// a million requests. Above 1500 capacity units each 500 add 0.20 a million requests, and
// each 16 KB of body that InspectKb adds 0.30. BotControl is 10 a month and 1 a million
// requests after ten million, or 10 a million after one million if it is Targeted. A log group is
// 0.50 a gigabyte, and an alarm 0.10. IP sets are free.
package waf

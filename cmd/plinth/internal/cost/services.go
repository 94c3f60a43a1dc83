package cost

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/plinth-iac/plinth/policies/rule"
)

const (
	webAcl   = "aws:wafv2/webAcl:WebAcl"
	logGroup = "aws:cloudwatch/logGroup:LogGroup"
	alarm    = "aws:cloudwatch/metricAlarm:MetricAlarm"
)

var serviceMeters = map[string]meter{
	distribution: func(e *estimator, r *rule.Resource) {
		if e.text(r, "viewerCertificate.sslSupportMethod") == "vip" {
			e.notPriced(r, "no price of addresses of its own")
		}
		e.pay(r, Line{Region: global, Item: "cdn-gb", What: "answers", Quantity: e.use(cdnGB), Assumed: []string{cdnGB}})
		e.pay(r, Line{Region: global, Item: "cdn-requests", What: "requests", Quantity: e.use(requests), Assumed: []string{requests}})
	},
	webAcl: func(e *estimator, r *rule.Resource) {
		rules := len(e.get(r, "rules").Items())
		if written := e.text(r, "ruleJson"); written != "" {
			var list []any
			if json.Unmarshal([]byte(written), &list) != nil {
				e.notPriced(r, "its rules: ruleJson is no list")
			}
			rules = len(list)
		}
		e.pay(r, Line{Item: "waf-acl", What: "web ACL", Quantity: 1})
		if rules > 0 {
			e.pay(r, Line{Item: "waf-rule", What: "rules and groups of rules", Quantity: float64(rules)})
		}
		const managed = "rules[].statement.managedRuleGroupStatement."
		for _, v := range append(e.each(r, managed+"name"), e.get(r, "ruleJson")) {
			text, _ := v.Text()
			if slices.ContainsFunc(paidRules, func(name string) bool { return strings.Contains(text, name) }) {
				e.notPriced(r, "no price of rules that AWS takes more for")
			}
		}
		for _, v := range e.each(r, managed+"vendorName") {
			if vendor, known := v.Text(); known && vendor != "AWS" {
				e.notPriced(r, "no price of the rules of "+vendor)
			}
		}
		e.metered(r, "waf-requests", "requests", requests)
	},
	"aws:kms/key:Key":               key,
	"aws:kms/replicaKey:ReplicaKey": key,
	"aws:secretsmanager/secret:Secret": func(e *estimator, r *rule.Resource) {
		e.pay(r, Line{Item: "secret", What: "secret", Quantity: float64(1 + len(e.get(r, "replicas").Items()))})
		e.metered(r, "secret-requests", "reads", secretRequests)
	},
	"aws:ssm/parameter:Parameter": func(e *estimator, r *rule.Resource) {
		switch tier := e.text(r, "tier"); tier {
		case "", "Standard":
			e.isFree(r, "standard parameters are free")
		case "Advanced":
			e.pay(r, Line{Item: "parameter", What: "advanced parameter", Quantity: 1})
		default:
			e.notPriced(r, "whether it is an advanced one: its tier is "+tier)
		}
	},
	logGroup: func(e *estimator, r *rule.Resource) {
		item := "log-gb"
		switch e.text(r, "logGroupClass") {
		case "INFREQUENT_ACCESS":
			item = "log-gb-infrequent"
		case "DELIVERY":
			e.notPriced(r, "no price of the log class DELIVERY")
			return
		}
		e.metered(r, item, "what is written to it", logGB)
		months, assumed := e.number(r, "retentionInDays", 0)*24/e.use(hours), []string{logGB, logShare, hours}
		if months == 0 {
			months, assumed = e.use(logMonths), []string{logGB, logShare, logMonths}
		}
		e.pay(r, Line{Item: "log-kept", What: "what it keeps", Quantity: e.use(logGB) * e.use(logShare) * months, Assumed: assumed})
	},
	"aws:ec2/flowLog:FlowLog": func(e *estimator, r *rule.Resource) {
		if kind := e.text(r, "logDestinationType"); kind != "" && kind != "cloud-watch-logs" {
			e.notPriced(r, "no price of flow logs to "+kind)
			return
		}
		e.isFree(r, "its log group is paid for")
	},
	alarm: func(e *estimator, r *rule.Resource) {
		metrics, period, anomaly := 0, 60.0, false
		if n, known := e.get(r, "period").Number(); known {
			period = n
		}
		for _, query := range e.get(r, "metricQueries").Items() {
			if metric := e.read(query.Get("metric")); !metric.IsAbsent() {
				metrics++
				if n, known := e.read(metric.Get("period")).Number(); known {
					period = min(period, n)
				}
			}
			expression, _ := e.read(query.Get("expression")).Text()
			anomaly = anomaly || strings.Contains(expression, "ANOMALY_DETECTION_BAND")
		}
		item, count := "alarm", float64(max(1, metrics))
		if period < 60 {
			item = "alarm-fast"
		}
		if anomaly {
			count *= 3 // the band has two edges
		}
		e.pay(r, Line{Item: item, What: "alarm, by the metrics in it", Quantity: count})
	},
	"aws:cloudwatch/dashboard:Dashboard": func(e *estimator, r *rule.Resource) {
		e.pay(r, Line{Item: "dashboard", What: "dashboard", Quantity: 1})
	},
	"aws:lambda/function:Function": func(e *estimator, r *rule.Resource) {
		cpu := "x86_64" // what AWS takes
		if named := e.each(r, "architectures[]"); len(named) > 0 {
			cpu, _ = named[0].Text()
		}
		e.metered(r, "lambda-requests", "calls", lambdaRequests)
		gib := e.number(r, "memorySize", 128) / 1024
		if e.number(r, "ephemeralStorage.size", freeScratch) > freeScratch {
			e.notPriced(r, "no price of its disk beyond what is free")
		}
		e.pay(r, Line{
			Item: "lambda/" + cpu, What: "running", Assumed: []string{lambdaRequests, lambdaSeconds},
			Quantity: e.use(lambdaRequests) * 1e6 * e.use(lambdaSeconds) * gib,
		})
	},
	"aws:sqs/queue:Queue": func(e *estimator, r *rule.Resource) {
		kind := "standard"
		if e.is(r, "fifoQueue") {
			kind = "fifo"
		}
		e.metered(r, "sqs/"+kind, "requests", sqsRequests)
	},
	"aws:sns/topic:Topic": func(e *estimator, r *rule.Resource) {
		if e.is(r, "fifoTopic") {
			e.notPriced(r, "no price of a FIFO topic")
			return
		}
		e.metered(r, "sns", "what is published", snsRequests)
	},
	"aws:acm/certificate:Certificate": func(e *estimator, r *rule.Resource) {
		if e.text(r, "certificateAuthorityArn") != "" {
			e.notPriced(r, "no price of certificates of an authority of one's own")
			return
		}
		e.isFree(r, "public certificates are free")
	},
	"aws:route53/zone:Zone": func(e *estimator, r *rule.Resource) {
		e.pay(r, Line{Region: global, Item: "zone", What: "hosted zone", Quantity: 1})
	},
}

// paidRules are the groups of rules that AWS takes more for than for others.
var paidRules = []string{"AWSManagedRulesBotControlRuleSet", "AWSManagedRulesATPRuleSet", "AWSManagedRulesACFPRuleSet", "AWSManagedRulesAntiDDoSRuleSet"}

// freeScratch is the disk of a function, in MB, that nothing is paid for.
const freeScratch = 512

// key is a key of one's own; its first two rotations add one each to what it costs.
func key(e *estimator, r *rule.Resource) {
	most, of := 1.0, r
	if primary, _ := e.g.Target(r, "aws:kms/key:Key", "primaryKeyArn"); primary != nil {
		of = primary
	}
	if e.is(of, "enableKeyRotation") {
		most = 3
	}
	e.pay(r, Line{Item: "kms", What: "key, before its first rotation", Quantity: 1, Most: most})
	e.metered(r, "kms-requests", "calls", kmsRequests)
}

package aws

import (
	"crypto/sha256"
	"encoding/hex"
	"reflect"
	"strings"
)

// serviceHooks are the fillHooks of the managed services.
var serviceHooks = map[string]func(r *Request){
	"acm.certificate":                   fillCertificate,
	"cloudfront.distribution":           fillDistribution,
	"cloudfront.function":               fillEdgeFunction,
	"cloudwatch.logDelivery":            fillDelivery,
	"cloudwatch.logDeliveryDestination": fillDeliveryDestination,
	"cloudwatch.logDeliverySource":      fillDeliverySource,
	"eks.addon":                         fillAddon,
	"eks.cluster":                       fillCluster,
	"eks.nodeGroup":                     fillNodeGroup,
	"iam.openIdConnectProvider":         fillOIDCProvider,
	"lambda.alias":                      fillQualified,
	"lambda.eventSourceMapping":         fillQualified,
	"lambda.function":                   fillFunction,
	"lambda.functionEventInvokeConfig":  fillAsync,
	"lambda.functionUrl":                fillFunctionURL,
	"lambda.layerVersion":               fillLayer,
	"sns.topicSubscription":             fillSubscription,
	"sqs.queue":                         fillQueue,
	"wafv2.ipSet":                       fillWAF("ipset"),
	"wafv2.regexPatternSet":             fillWAF("regexpatternset"),
	"wafv2.ruleGroup":                   fillWAF("rulegroup"),
	"wafv2.webAcl":                      fillWAF("webacl"),
}

// token gives letters and digits that belong to the resource of a request.
func (r *Request) token(length int, salt string) string {
	sum := sha256.Sum256([]byte(say("%d|%s|%s|%s|%s|%d|%s", r.seed, r.Account, r.Region, r.Kind, r.URN+r.New.Str("name"), r.births[r.URN], salt)))
	return hex.EncodeToString(sum[:])[:length]
}

// implicit stores what AWS makes along with the resource of a request.
func (r *Request) implicit(kind, pulumi, id, owner string, props Obj) {
	r.put(&Resource{Scope: r.Scope, Kind: kind, Token: pulumi, ID: id, Props: props, Implicit: true, OwnerKind: r.Kind, Owner: owner})
}

// fillCertificate gives the records that prove a domain is one's own: the same for an apex and its wildcard, and the same again for the next
// certificate of the account.
func fillCertificate(r *Request) {
	if r.Op != Create {
		return
	}
	switch {
	case imported(r.New):
		r.New["status"], r.New["type"] = "ISSUED", "IMPORTED"
	case r.New.Has("certificateAuthorityArn"):
		r.New["status"], r.New["type"] = "ISSUED", "PRIVATE"
	}
	names := certified(r.New)
	var sans, options []any
	for _, n := range names {
		sans = append(sans, n)
		base := dnsName(strings.TrimPrefix(n, "*."))
		sum := sha256.Sum256([]byte(r.Account + base))
		digest := hex.EncodeToString(sum[:])
		options = append(options, map[string]any{"domainName": n, "resourceRecordName": "_" + digest[:32] + "." + base + ".",
			"resourceRecordType": "CNAME", "resourceRecordValue": "_" + digest[32:] + ".acm-validations.aws."})
	}
	if len(sans) > 0 {
		r.New["subjectAlternativeNames"] = sans
	}
	if r.New.Str("validationMethod") != "DNS" {
		options = []any{}
	}
	if !r.New.Has("domainValidationOptions") {
		r.New["domainValidationOptions"] = options
	}
}

// fillCluster makes the security group that EKS gives to the control plane and the nodes.
func fillCluster(r *Request) {
	vpc := r.New.Obj("vpcConfig")
	if vpc == nil {
		return
	}
	if r.Op == Create {
		name := r.New.Str("name")
		own := r.clusterVpc(r.New)
		group := "sg-0" + r.token(16, "group")
		vpc["vpcId"], vpc["clusterSecurityGroupId"] = own, group
		r.implicit("ec2.securityGroup", "aws:ec2/securityGroup:SecurityGroup", group, name, Obj{"name": "eks-cluster-sg-" + name + "-" + r.token(9, "name"), "vpcId": own,
			"tags": map[string]any{"Name": "eks-cluster-sg-" + name, "aws:eks:cluster-name": name, "kubernetes.io/cluster/" + name: "owned"}})
	}
	if !vpc.Has("publicAccessCidrs") {
		vpc["publicAccessCidrs"] = []any{"0.0.0.0/0"}
		if vpc.Get("endpointPublicAccess") == false {
			vpc["publicAccessCidrs"] = []any{}
		}
	}
}

// fillAddon chooses the version of an add-on that came without one.
func fillAddon(r *Request) {
	if c := r.Find("eks.cluster", r.New.Str("clusterName")); c != nil && !r.New.Has("addonVersion") {
		r.New["addonVersion"] = defaultAddonVersion(r.New.Str("addonName"), c.Props.Str("version"))
	}
}

// fillNodeGroup makes the scaling group that holds the nodes, so that they take addresses.
func fillNodeGroup(r *Request) {
	id := r.New.Str("clusterName") + ":" + r.New.Str("nodeGroupName")
	group := "eks-" + r.New.Str("nodeGroupName") + "-" + shortHash(id)
	if r.Op == Create {
		if c := r.Find("eks.cluster", r.New.Str("clusterName")); c != nil && !r.New.Has("version") && r.nodeImage(r.New) == "" {
			r.New["version"] = c.Props.Str("version")
		}
		template := r.nodeTemplate(r.New)
		if !r.New.Has("instanceTypes") {
			r.New["instanceTypes"] = []any{"t3.medium"}
			if template != nil && template.Props.Has("instanceType") {
				r.New["instanceTypes"] = []any{}
			}
		}
		if r.New.Get("diskSize") == nil {
			r.New["diskSize"] = 20.0
			if template != nil {
				r.New["diskSize"] = 0.0
			}
		}
		if !r.New.Has("amiType") && r.nodeImage(r.New) != "" {
			r.New["amiType"] = "CUSTOM"
		}
		r.New["resources"] = []any{map[string]any{"autoscalingGroups": []any{map[string]any{"name": group}}, "remoteAccessSecurityGroupId": ""}}
	}
	if lt := r.New.Obj("launchTemplate"); lt != nil {
		if t := r.nodeTemplate(r.New); t != nil {
			lt["id"], lt["name"] = t.ID, t.Props.Str("name")
		}
	}
	s := r.New.Obj("scalingConfig")
	r.implicit("autoscaling.group", "aws:autoscaling/group:Group", group, id, Obj{"name": group, "minSize": s.Get("minSize"), "maxSize": s.Get("maxSize"),
		"desiredCapacity": s.Get("desiredSize"), "vpcZoneIdentifiers": r.New.Get("subnetIds")})
}

func fillOIDCProvider(r *Request) {
	if r.Op == Create {
		r.New["arn"] = say("arn:%s:iam::%s:oidc-provider/%s", r.Partition(), r.Account, strings.TrimPrefix(r.New.Str("url"), "https://"))
	}
}

// unpublished are the settings of a function that make no new version.
var unpublished = set("tags tagsAll publish reservedConcurrentExecutions skipDestroy replaceSecurityGroupsOnDestroy replacementSecurityGroupIds lastModified version qualifiedArn qualifiedInvokeArn codeSigningConfigArn")

// fillFunction numbers the versions of a function that publishes them.
func fillFunction(r *Request) {
	name := r.New.Str("name")
	version := "$LATEST"
	if r.Op == Update {
		version = r.Old.Str("version")
	}
	if r.New.Bool("publish") && (r.Op == Create || !r.Old.Bool("publish") || functionChanged(r)) {
		last := 0
		for _, v := range r.All("lambda.version") {
			if v.Owner == name {
				last = max(last, v.Props.Int("number"))
			}
		}
		version = say("%d", last+1)
		r.implicit("lambda.version", "aws:lambda/version:Version", name+":"+version, name, Obj{"number": float64(last + 1)})
	}
	arn := r.functionARN(name)
	r.New["version"], r.New["qualifiedArn"] = version, arn+":"+version
	r.New["qualifiedInvokeArn"] = say("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s:%s/invocations", r.Partition(), r.Region, arn, version)
	if r.New.Has("vpcConfig.subnetIds") {
		r.New.Obj("vpcConfig")["vpcId"] = r.vpcOfSubnet(r.New.Strs("vpcConfig.subnetIds")[0])
	}
	if l := r.New.Obj("loggingConfig"); l != nil && !l.Has("logGroup") {
		l["logGroup"] = "/aws/lambda/" + name
	}
}

func functionChanged(r *Request) bool {
	for _, props := range []Obj{r.New, r.Old} {
		for key := range props {
			if !unpublished[key] && !reflect.DeepEqual(r.New[key], r.Old[key]) {
				return true
			}
		}
	}
	return false
}

// fillWAF writes the ARN, which says the scope, and the capacity that rules take.
func fillWAF(what string) func(r *Request) {
	return func(r *Request) {
		if what == "webacl" {
			r.New["capacity"] = float64(r.capacity(r.New))
		}
		if r.Op != Create || r.ID != "" {
			return
		}
		h := r.token(32, "id")
		r.ID = h[:8] + "-" + h[8:12] + "-4" + h[13:16] + "-a" + h[17:20] + "-" + h[20:]
		where := "regional"
		if r.New.Str("scope") == "CLOUDFRONT" {
			where = "global"
		}
		r.New["arn"] = say("arn:%s:wafv2:%s:%s:%s/%s/%s/%s", r.Partition(), r.Region, r.Account, where, what, r.New.Str("name"), r.ID)
	}
}

// fillQualified writes the ARN of the function that something of it belongs to, however the program named the function.
func fillQualified(r *Request) {
	name, _ := lambdaName(r.New.Str("functionName"))
	arn := r.functionARN(name)
	if r.Kind == "lambda.alias" {
		arn += ":" + r.New.Str("name")
		r.New["arn"], r.New["invokeArn"] = arn, say("arn:%s:apigateway:%s:lambda:path/2015-03-31/functions/%s/invocations", r.Partition(), r.Region, arn)
		return
	}
	r.New["functionArn"] = arn
}

// fillFunctionURL tells the URL of an alias from that of the function itself.
func fillFunctionURL(r *Request) {
	fillQualified(r)
	if q := r.New.Str("qualifier"); q != "" {
		adopt(r, r.New.Str("functionName")+"/"+q)
	}
}

// fillAsync does the same for asynchronous invocations.
func fillAsync(r *Request) {
	if q := r.New.Str("qualifier"); q != "" {
		adopt(r, r.New.Str("functionName")+":"+q)
	}
}

// fillLayer numbers the versions of a layer.
func fillLayer(r *Request) {
	if r.Op == Create {
		r.New["version"] = say("%d", r.countWith("lambda.layerVersion", "layerName", r.New.Str("layerName"))+1)
	}
}

// fillSubscription leaves only those to be confirmed that go to somebody outside.
func fillSubscription(r *Request) {
	if r.Op == Create {
		r.New["pendingConfirmation"] = !oneOf(r.New.Str("protocol"), "sqs lambda firehose application sms")
	}
}

// fillQueue turns off SQS's own encryption for a queue with a key.
func fillQueue(r *Request) {
	if r.New.Has("kmsMasterKeyId") && r.New.Get("sqsManagedSseEnabled") == nil {
		r.New["sqsManagedSseEnabled"] = false
	}
}

func (r *Request) functionARN(name string) string {
	return say("arn:%s:lambda:%s:%s:function:%s", r.Partition(), r.Region, r.Account, name)
}

// fillAppStack tells what the stack made.
func fillAppStack(r *Request) {
	outputs := map[string]any{}
	if name := rotationName(r.New); name != "" {
		outputs["RotationLambdaARN"] = r.functionARN(name)
	}
	r.New["outputs"] = outputs
}

// makeRotator makes the rotation function of a stack, which Secrets Manager may call.
func makeRotator(r *Request, stack *Resource) {
	r.removeOwned(stack.Scope, stack.Kind, stack.ID)
	name := rotationName(stack.Props)
	if name == "" {
		return
	}
	network := map[string]any{}
	for to, from := range map[string]string{"subnetIds": "vpcSubnetIds", "securityGroupIds": "vpcSecurityGroupIds"} {
		network[to] = anys(commaList(stack.Props.Str("parameters." + from)))
	}
	r.implicit("lambda.function", "aws:lambda/function:Function", name, stack.ID, Obj{"name": name, "arn": r.functionARN(name), "handler": "lambda_function.lambda_handler", "timeout": 30.0, "vpcConfig": network})
	r.implicit("lambda.permission", "aws:lambda/permission:Permission", "SecretsManagerAccess", stack.ID, Obj{"function": name, "action": "lambda:InvokeFunction", "principal": "secretsmanager.amazonaws.com"})
}

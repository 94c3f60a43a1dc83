package aws

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/facts"
	"github.com/stretchr/testify/require"
)

type object = map[string]any

type list = []any

// thing is a resource of the fixture. Text of the form "$name.property" is replaced by what another thing has.
type thing struct {
	name, token string
	props       object
}

var home = Scope{Account: "111122223333", Region: "eu-west-1"}

const (
	trustEC2  = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	trustLogs = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"vpc-flow-logs.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	mayRead   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject"],"Resource":"arn:aws:s3:::plinth-logs/*"}]}`
	logPolicy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::156460612806:root"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::plinth-logs/*"}]}`
	userPol   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"},` +
		`{"Effect":"Allow","Principal":{"Service":"logs.eu-west-1.amazonaws.com"},"Action":["kms:Encrypt*","kms:Decrypt*"],"Resource":"*"}]}`
)

// landscape is a small deployment that uses most kinds and that every rule accepts.
var landscape = []thing{
	{"vpc", "aws:ec2/vpc:Vpc", object{"cidrBlock": "10.0.0.0/16", "enableDnsHostnames": true, "enableDnsSupport": true, "assignGeneratedIpv6CidrBlock": true}},
	{"empty", "aws:ec2/vpc:Vpc", object{"cidrBlock": "10.9.0.0/16"}},
	{"lone", "aws:ec2/vpc:Vpc", object{"cidrBlock": "10.8.0.0/16"}},
	{"second", "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation", object{"vpcId": "$vpc.id", "cidrBlock": "10.1.0.0/16"}},
	{"six", "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation", object{"vpcId": "$empty.id", "assignGeneratedIpv6CidrBlock": true}},
	{"a", "aws:ec2/subnet:Subnet", object{"vpcId": "$vpc.id", "cidrBlock": "10.0.0.0/20", "availabilityZone": "eu-west-1a", "ipv6CidrBlock": "2600:1f16:a0b::/64"}},
	{"b", "aws:ec2/subnet:Subnet", object{"vpcId": "$vpc.id", "cidrBlock": "10.0.16.0/20", "availabilityZone": "eu-west-1b"}},
	{"b2", "aws:ec2/subnet:Subnet", object{"vpcId": "$vpc.id", "cidrBlock": "10.0.32.0/28", "availabilityZone": "eu-west-1b"}},
	{"other", "aws:ec2/subnet:Subnet", object{"vpcId": "$empty.id", "cidrBlock": "10.9.0.0/24", "availabilityZone": "eu-west-1a"}},
	{"igw", "aws:ec2/internetGateway:InternetGateway", object{"vpcId": "$vpc.id"}},
	{"loose", "aws:ec2/internetGateway:InternetGateway", object{}},
	{"eigw", "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway", object{"vpcId": "$vpc.id"}},
	{"eip", "aws:ec2/eip:Eip", object{"domain": "vpc"}},
	{"spare", "aws:ec2/eip:Eip", object{"domain": "vpc"}},
	{"nat", "aws:ec2/natGateway:NatGateway", object{"subnetId": "$a.id", "allocationId": "$eip.id", "connectivityType": "public"}},
	{"table", "aws:ec2/routeTable:RouteTable", object{"vpcId": "$vpc.id"}},
	{"foreign", "aws:ec2/routeTable:RouteTable", object{"vpcId": "$empty.id"}},
	{"route", "aws:ec2/route:Route", object{"routeTableId": "$table.id", "destinationCidrBlock": "0.0.0.0/0", "gatewayId": "$igw.id"}},
	{"natroute", "aws:ec2/route:Route", object{"routeTableId": "$table.id", "destinationCidrBlock": "172.20.0.0/16", "natGatewayId": "$nat.id"}},
	{"sixroute", "aws:ec2/route:Route", object{"routeTableId": "$table.id", "destinationIpv6CidrBlock": "::/0", "egressOnlyGatewayId": "$eigw.id"}},
	{"assoc", "aws:ec2/routeTableAssociation:RouteTableAssociation", object{"routeTableId": "$table.id", "subnetId": "$a.id"}},
	{"sg", "aws:ec2/securityGroup:SecurityGroup", object{"vpcId": "$vpc.id", "name": "web", "description": "Managed by Pulumi"}},
	{"peer", "aws:ec2/securityGroup:SecurityGroup", object{"vpcId": "$vpc.id", "name": "app", "description": "Managed by Pulumi"}},
	{"farsg", "aws:ec2/securityGroup:SecurityGroup", object{"vpcId": "$empty.id", "name": "far", "description": "Managed by Pulumi"}},
	{"default", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", object{"vpcId": "$vpc.id"}},
	{"edge", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", object{"securityGroupId": "$sg.id", "ipProtocol": "tcp", "fromPort": 443.0, "toPort": 443.0, "cidrIpv4": "0.0.0.0/0", "description": "https"}},
	{"edge2", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", object{"securityGroupId": "$sg.id", "ipProtocol": "tcp", "fromPort": 80.0, "toPort": 80.0, "referencedSecurityGroupId": "$peer.id"}},
	{"gateway", "aws:ec2/vpcEndpoint:VpcEndpoint", object{"vpcId": "$vpc.id", "serviceName": "com.amazonaws.eu-west-1.s3", "vpcEndpointType": "Gateway", "routeTableIds": list{"$table.id"}}},
	{"side", "aws:ec2/routeTable:RouteTable", object{"vpcId": "$vpc.id"}},
	{"endassoc", "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation", object{"vpcEndpointId": "$gateway.id", "routeTableId": "$side.id"}},
	{"interface", "aws:ec2/vpcEndpoint:VpcEndpoint", object{"vpcId": "$vpc.id", "serviceName": "com.amazonaws.eu-west-1.ssm", "vpcEndpointType": "Interface", "subnetIds": list{"$a.id", "$b.id"}, "securityGroupIds": list{"$sg.id"}, "privateDnsEnabled": true}},
	{"logs", "aws:s3/bucketV2:BucketV2", object{"bucket": "plinth-logs", "forceDestroy": false}},
	{"logsecond", "aws:s3/bucketV2:BucketV2", object{"bucket": "plinth-more-logs"}},
	{"versions", "aws:s3/bucketVersioningV2:BucketVersioningV2", object{"bucket": "$logs.id", "versioningConfiguration": object{"status": "Enabled"}}},
	{"owners", "aws:s3/bucketOwnershipControls:BucketOwnershipControls", object{"bucket": "$logs.id", "rule": object{"objectOwnership": "BucketOwnerPreferred"}}},
	{"acl", "aws:s3/bucketAclV2:BucketAclV2", object{"bucket": "$logs.id", "acl": "private"}},
	{"block", "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", object{"bucket": "$logs.id", "blockPublicPolicy": true}},
	{"sse", "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2", object{"bucket": "$logs.id", "rules": list{object{"applyServerSideEncryptionByDefault": object{"sseAlgorithm": "AES256"}}}}},
	{"lifecycle", "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2", object{"bucket": "$logs.id", "rules": list{object{"id": "old", "status": "Enabled", "expiration": object{"days": 90.0}}}}},
	{"target", "aws:s3/bucketLoggingV2:BucketLoggingV2", object{"bucket": "$logsecond.id", "targetBucket": "$logs.id", "targetPrefix": "x/"}},
	{"policy", "aws:s3/bucketPolicy:BucketPolicy", object{"bucket": "$logs.id", "policy": logPolicy}},
	{"file", "aws:s3/bucketObjectv2:BucketObjectv2", object{"bucket": "$logsecond.id", "key": "x"}},
	{"key", "aws:kms/key:Key", object{"policy": userPol, "deletionWindowInDays": 7.0, "enableKeyRotation": true}},
	{"alias", "aws:kms/alias:Alias", object{"name": "alias/logs", "targetKeyId": "$key.id"}},
	{"group", "aws:cloudwatch/logGroup:LogGroup", object{"name": "/plinth/flow", "retentionInDays": 30.0, "kmsKeyId": "$key.arn"}},
	{"logrole", "aws:iam/role:Role", object{"name": "flow", "path": "/", "assumeRolePolicy": trustLogs}},
	{"role", "aws:iam/role:Role", object{"name": "web", "path": "/", "assumeRolePolicy": trustEC2, "maxSessionDuration": 3600.0}},
	{"lonely", "aws:iam/role:Role", object{"name": "lonely", "path": "/", "assumeRolePolicy": trustEC2}},
	{"iampolicy", "aws:iam/policy:Policy", object{"name": "read", "path": "/", "policy": mayRead}},
	{"unused", "aws:iam/policy:Policy", object{"name": "unused", "path": "/", "policy": mayRead}},
	{"inline", "aws:iam/rolePolicy:RolePolicy", object{"role": "$role.name", "name": "inline", "policy": mayRead}},
	{"attach", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", object{"role": "$role.name", "policyArn": "$iampolicy.arn"}},
	{"attach2", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", object{"role": "$role.name", "policyArn": "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"}},
	{"profile", "aws:iam/instanceProfile:InstanceProfile", object{"name": "web", "path": "/", "role": "$role.name"}},
	{"flow", "aws:ec2/flowLog:FlowLog", object{"vpcId": "$vpc.id", "trafficType": "ALL", "logDestinationType": "cloud-watch-logs", "logDestination": "$group.arn", "iamRoleArn": "$logrole.arn", "maxAggregationInterval": 60.0}},
	{"template", "aws:ec2/launchTemplate:LaunchTemplate", object{"name": "web", "imageId": "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64", "instanceType": "t4g.small", "vpcSecurityGroupIds": list{"$peer.id"},
		"userData": "IyEvYmluL2Jhc2gK", "iamInstanceProfile": object{"arn": "$profile.arn"}, "metadataOptions": object{"httpTokens": "required", "httpPutResponseHopLimit": 2.0},
		"blockDeviceMappings": list{object{"deviceName": "/dev/xvda", "ebs": object{"encrypted": "true", "volumeType": "gp3", "volumeSize": 20.0, "kmsKeyId": "$key.arn"}}},
		"tagSpecifications":   list{object{"resourceType": "instance", "tags": object{"Name": "web"}}}}},
	{"instance", "aws:ec2/instance:Instance", object{"subnetId": "$b.id", "vpcSecurityGroupIds": list{"$peer.id"}, "ami": "ami-0123456789abcdef0", "instanceType": "t4g.nano"}},
	{"lb", "aws:lb/loadBalancer:LoadBalancer", object{"name": "web", "internal": false, "loadBalancerType": "application", "subnets": list{"$a.id", "$b.id"}, "securityGroups": list{"$sg.id"}, "idleTimeout": 60.0, "ipAddressType": "ipv4",
		"accessLogs": object{"bucket": "$logs.id", "enabled": true}}},
	{"lb2", "aws:lb/loadBalancer:LoadBalancer", object{"name": "app", "internal": true, "loadBalancerType": "application", "subnets": list{"$a.id", "$b.id"}, "securityGroups": list{"$sg.id"}, "idleTimeout": 60.0}},
	{"tg", "aws:lb/targetGroup:TargetGroup", object{"name": "web", "vpcId": "$vpc.id", "port": 80.0, "protocol": "HTTP", "targetType": "instance", "healthCheck": object{"path": "/", "interval": 30.0, "timeout": 5.0, "healthyThreshold": 3.0, "matcher": "200-399"}}},
	{"idle", "aws:lb/targetGroup:TargetGroup", object{"name": "idle", "vpcId": "$vpc.id", "port": 80.0, "protocol": "HTTP", "targetType": "instance"}},
	{"iptg", "aws:lb/targetGroup:TargetGroup", object{"name": "ip", "vpcId": "$vpc.id", "port": 80.0, "protocol": "HTTP", "targetType": "ip"}},
	{"fartg", "aws:lb/targetGroup:TargetGroup", object{"name": "far", "vpcId": "$empty.id", "port": 80.0, "protocol": "HTTP", "targetType": "instance"}},
	{"tgattach", "aws:lb/targetGroupAttachment:TargetGroupAttachment", object{"targetGroupArn": "$tg.arn", "targetId": "$instance.id"}},
	{"http", "aws:lb/listener:Listener", object{"loadBalancerArn": "$lb.arn", "port": 80.0, "protocol": "HTTP", "defaultActions": list{object{"type": "redirect", "redirect": object{"statusCode": "HTTP_301"}}}}},
	{"https", "aws:lb/listener:Listener", object{"loadBalancerArn": "$lb.arn", "port": 443.0, "protocol": "HTTPS", "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06", "certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/outside",
		"defaultActions": list{object{"type": "forward", "targetGroupArn": "$tg.arn"}}}},
	{"apphttp", "aws:lb/listener:Listener", object{"loadBalancerArn": "$lb2.arn", "port": 80.0, "protocol": "HTTP", "defaultActions": list{object{"type": "fixed-response", "fixedResponse": object{"contentType": "text/plain"}}}}},
	{"lbrule", "aws:lb/listenerRule:ListenerRule", object{"listenerArn": "$https.arn", "priority": 10.0, "actions": list{object{"type": "forward", "targetGroupArn": "$tg.arn"}}, "conditions": list{object{"pathPattern": object{"values": list{"/x/*"}}}}}},
	{"sni", "aws:lb/listenerCertificate:ListenerCertificate", object{"listenerArn": "$https.arn", "certificateArn": "arn:aws:acm:eu-west-1:111122223333:certificate/outside2"}},
	{"asg", "aws:autoscaling/group:Group", object{"name": "web", "minSize": 1.0, "maxSize": 4.0, "desiredCapacity": 2.0, "vpcZoneIdentifiers": list{"$a.id", "$b.id"}, "targetGroupArns": list{"$tg.arn"}, "healthCheckType": "ELB",
		"launchTemplate": object{"id": "$template.id", "version": "1"}, "instanceRefresh": object{"strategy": "Rolling", "preferences": object{"minHealthyPercentage": 90.0, "maxHealthyPercentage": 100.0, "autoRollback": true}},
		"terminationPolicies": list{"Default"}, "tags": list{object{"key": "Name", "value": "web", "propagateAtLaunch": true}}}},
	{"hook", "aws:autoscaling/lifecycleHook:LifecycleHook", object{"name": "drain", "autoscalingGroupName": "$asg.name", "lifecycleTransition": "autoscaling:EC2_INSTANCE_TERMINATING", "heartbeatTimeout": 120.0, "defaultResult": "CONTINUE"}},
	{"requests", "aws:autoscaling/policy:Policy", object{"name": "requests", "autoscalingGroupName": "$asg.name", "policyType": "TargetTrackingScaling",
		"targetTrackingConfiguration": object{"targetValue": 500.0, "predefinedMetricSpecification": object{"predefinedMetricType": "ALBRequestCountPerTarget", "resourceLabel": "$lb.arnSuffix/$tg.arnSuffix"}}}},
	{"forecast", "aws:autoscaling/policy:Policy", object{"name": "forecast", "autoscalingGroupName": "$asg.name", "policyType": "PredictiveScaling",
		"predictiveScalingConfiguration": object{"mode": "ForecastOnly", "metricSpecification": object{"targetValue": 50.0, "predefinedMetricPairSpecification": object{"predefinedMetricType": "ASGCPUUtilization"}}}}},
	{"night", "aws:autoscaling/schedule:Schedule", object{"scheduledActionName": "night", "autoscalingGroupName": "$asg.name", "recurrence": "0 20 * * MON-FRI", "timeZone": "Europe/Berlin", "minSize": 0.0, "maxSize": 4.0, "desiredCapacity": 0.0}},
	{"alarm", "aws:cloudwatch/metricAlarm:MetricAlarm", object{"name": "cpu", "comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 2.0, "metricName": "CPUUtilization", "namespace": "AWS/EC2", "period": 60.0, "statistic": "Average", "threshold": 80.0, "alarmActions": list{"$requests.arn"}}},
	{"logpolicy", "aws:cloudwatch/logResourcePolicy:LogResourcePolicy", object{"policyName": "x", "policyDocument": `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"es.amazonaws.com"},"Action":"logs:PutLogEvents","Resource":"arn:aws:logs:*"}]}`}},
	{"zone", "aws:route53/zone:Zone", object{"name": "example.org"}},
	{"private", "aws:route53/zone:Zone", object{"name": "corp.internal", "vpcs": list{object{"vpcId": "$vpc.id"}}}},
	{"record", "aws:route53/record:Record", object{"zoneId": "$zone.id", "name": "www", "type": "A", "aliases": list{object{"name": "$lb.dnsName", "zoneId": "$lb.zoneId", "evaluateTargetHealth": true}}}},
	{"plainrecord", "aws:route53/record:Record", object{"zoneId": "$zone.id", "name": "ip", "type": "A", "ttl": 60.0, "records": list{"192.0.2.1"}}},
	{"cert", "aws:acm/certificate:Certificate", object{"domainName": "www.example.org", "validationMethod": "DNS"}},
	{"certrecord", "aws:route53/record:Record", object{"zoneId": "$zone.id", "name": "$cert.domainValidationOptions.resourceRecordName", "type": "CNAME", "ttl": 60.0, "records": list{"$cert.domainValidationOptions.resourceRecordValue"}}},
	{"certvalid", "aws:acm/certificateValidation:CertificateValidation", object{"certificateArn": "$cert.arn"}},
	{"waf", "aws:wafv2/webAcl:WebAcl", object{"name": "web", "scope": "REGIONAL", "defaultAction": allowAll, "visibilityConfig": visible}},
	{"freewaf", "aws:wafv2/webAcl:WebAcl", object{"name": "free", "scope": "REGIONAL", "defaultAction": allowAll, "visibilityConfig": visible}},
	{"wafassoc", "aws:wafv2/webAclAssociation:WebAclAssociation", object{"webAclArn": "$waf.arn", "resourceArn": "$lb.arn"}},
}

// build deploys things through the rules and returns the cloud and what each became.
func build(t testing.TB, things []thing) (*World, map[string]*Resource) {
	t.Helper()
	w, made := NewWorld(1), map[string]*Resource{}
	for _, th := range things {
		made[th.name] = deploy(t, w, made, th)
	}
	return w, made
}

func deploy(t testing.TB, w *World, made map[string]*Resource, th thing) *Resource {
	t.Helper()
	typ, err := facts.Lookup(th.token)
	require.NoError(t, err, th.name)
	props := fillIn(th.props, made).(map[string]any)
	r := &Request{Scope: home, Op: Create, Token: th.token, URN: "urn:pulumi:s::p::" + th.token + "::" + th.name, New: props}
	_, err = w.Apply(r, typ.Recompute, typ.Properties)
	require.NoError(t, err, th.name)
	return w.lookup(home, r.Kind, identity(r.Kind, r.ID, r.New))
}

// fillIn copies a value with "$name.property" replaced; several may stand in a text, separated by "/".
func fillIn(v any, made map[string]*Resource) any {
	switch v := v.(type) {
	case object:
		out := object{}
		for k, e := range v {
			out[k] = fillIn(e, made)
		}
		return out
	case list:
		out := list{}
		for _, e := range v {
			out = append(out, fillIn(e, made))
		}
		return out
	case string:
		if !strings.Contains(v, "$") || strings.HasPrefix(v, "{") {
			return v
		}
		parts := strings.Split(v, "/")
		for i, p := range parts {
			name, property, ok := strings.Cut(strings.TrimPrefix(p, "$"), ".")
			if r := made[name]; ok && r != nil && strings.HasPrefix(p, "$") {
				parts[i] = r.Props.Str(property)
				if property == "id" {
					parts[i] = r.ID
				}
			}
		}
		return strings.Join(parts, "/")
	}
	return v
}

// with returns props with the paths of set changed; a step may be a list index, and nil takes a property away.
func with(props Obj, set object) Obj {
	var out any = facts.Clone(map[string]any(props))
	for _, path := range slices.Sorted(maps.Keys(set)) {
		out = put(out, strings.Split(path, "."), set[path])
	}
	return out.(map[string]any)
}

func put(v any, path []string, value any) any {
	if len(path) == 0 {
		return value
	}
	if i, err := strconv.Atoi(path[0]); err == nil {
		l, _ := v.(list)
		for len(l) <= i {
			l = append(l, object{})
		}
		l[i] = put(l[i], path[1:], value)
		return l
	}
	m, _ := v.(object)
	if m == nil {
		m = object{}
	}
	if len(path) == 1 && value == nil {
		delete(m, path[0])
		return m
	}
	m[path[0]] = put(m[path[0]], path[1:], value)
	return m
}

var (
	allowAll = object{"allow": object{}}
	visible  = object{"metricName": "web", "cloudwatchMetricsEnabled": true, "sampledRequestsEnabled": true}
)

package kube

import "strings"

// What is known of the fields of custom kinds, by group and kind. Of a kind whose definition is public all fields are; an open type has
// others too, but not those that belong to the other controller's kind of the same purpose.

var (
	aText      = &field{Is: "string"}
	aNumber    = &field{Is: "integer"}
	aFlag      = &field{Is: "boolean"}
	anAmount   = &field{Is: "intOrString"}
	someTexts  = &field{Is: "list", Elem: aText}
	someLabels = &field{Is: "map", Elem: aText}
)

// objectOf is the type of a custom kind's objects.
func objectOf(spec *structType) *structType {
	return &structType{Fields: map[string]*field{"apiVersion": aText, "kind": aText, "metadata": {Is: "struct", Type: metaType}, "status": anything, "spec": {Is: "struct", Of: spec}}}
}

// known is a type with these fields only.
func known(fields map[string]*field) *field {
	return &field{Is: "struct", Of: &structType{Fields: fields}}
}

// open is a type with these fields and others, but not with those named.
func open(not string, fields map[string]*field) *structType {
	return &structType{Fields: fields, Open: true, Not: strings.Fields(not)}
}

func listOf(elem *field) *field { return &field{Is: "list", Elem: elem} }

var aTaint = known(map[string]*field{"key": aText, "value": aText, "effect": aText, "timeAdded": aText})

var customTypes = map[string]*structType{
	"karpenter.sh/NodePool": objectOf(&structType{Fields: map[string]*field{
		"replicas": aNumber, "weight": aNumber, "limits": {Is: "map", Elem: anAmount},
		"disruption": known(map[string]*field{"consolidationPolicy": aText, "consolidateAfter": aText, "budgets": listOf(known(map[string]*field{
			"nodes": aText, "schedule": aText, "duration": aText, "reasons": {Is: "list", Elem: aText, Set: true}}))}),
		"template": known(map[string]*field{
			"metadata": known(map[string]*field{"labels": someLabels, "annotations": someLabels}),
			"spec": known(map[string]*field{
				"expireAfter": aText, "terminationGracePeriod": aText, "taints": listOf(aTaint), "startupTaints": listOf(aTaint),
				"nodeClassRef": known(map[string]*field{"group": aText, "kind": aText, "name": aText}),
				"requirements": listOf(known(map[string]*field{"key": aText, "operator": aText, "values": someTexts, "minValues": aNumber})),
			}),
		}),
	}}),
	"karpenter.k8s.aws/EC2NodeClass": objectOf(open("ephemeralStorage networkPolicy networkPolicyEventLogs snatPolicy", map[string]*field{
		"role": aText, "instanceProfile": aText, "amiFamily": aText, "userData": aText, "tags": someLabels, "detailedMonitoring": aFlag, "associatePublicIPAddress": aFlag,
		"amiSelectorTerms": listOf(anything), "subnetSelectorTerms": listOf(anything), "securityGroupSelectorTerms": listOf(anything),
	})),
	"eks.amazonaws.com/NodeClass": objectOf(open("amiFamily amiSelectorTerms userData blockDeviceMappings metadataOptions kubelet detailedMonitoring associatePublicIPAddress instanceStorePolicy", map[string]*field{
		"role": aText, "networkPolicy": aText, "networkPolicyEventLogs": aText, "snatPolicy": aText, "tags": someLabels,
		"subnetSelectorTerms": listOf(anything), "securityGroupSelectorTerms": listOf(anything),
	})),
	"elbv2.k8s.aws/IngressClassParams":     objectOf(balancerParams("certificateARNs", "matchTags")),
	"eks.amazonaws.com/IngressClassParams": objectOf(balancerParams("certificateArn", "tags", "listenerAttributes")),
}

// balancerParams are the parameters of ingress classes, which the two controllers call by other names here and there.
func balancerParams(certificates, subnets string, listeners ...string) *structType {
	return open(certificates, map[string]*field{
		"scheme": aText, "ipAddressType": aText, "inboundCIDRs": someTexts, "sslPolicy": aText, "group": known(map[string]*field{"name": aText}),
		"subnets":   {Is: "struct", Of: open(subnets, map[string]*field{"ids": someTexts})},
		"listeners": listOf(&field{Is: "struct", Of: open(strings.Join(listeners, " "), map[string]*field{"port": aNumber, "protocol": aText})}),
	})
}

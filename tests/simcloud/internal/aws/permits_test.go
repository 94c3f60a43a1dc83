package aws

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/ground"
)

func TestControllersNeedPermission(t *testing.T) {
	const launch, store = "ec2:RunInstances", "ec2:CreateVolume"
	karpenter := ground.Agent{Namespace: "kube-system", Account: "karpenter"}
	driver := ground.Agent{Namespace: "kube-system", Account: "ebs-csi-controller-sa", Addon: "aws-ebs-csi-driver"}
	agent := thing{"agent", "aws:eks/addon:Addon", object{"clusterName": "main", "addonName": "eks-pod-identity-agent"}}
	identity := func(account string) thing {
		return thing{account, "aws:eks/podIdentityAssociation:PodIdentityAssociation", object{"clusterName": "main", "namespace": "kube-system", "serviceAccount": account, "roleArn": "$pods.arn"}}
	}
	may := func(action string) thing {
		return thing{"may" + action, "aws:iam/rolePolicy:RolePolicy", object{"role": "pods", "name": "x", "policy": `{"Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`}}
	}
	for name, c := range map[string]struct {
		by     ground.Agent
		action string
		more   []thing
		wrong  string
	}{
		"EKS without the policy":     {action: launch, wrong: "not authorized to perform: ec2:RunInstances"},
		"EKS with another's policy":  {action: launch, more: []thing{granting("eks", "AmazonEKSNetworkingPolicy")}, wrong: "not authorized to perform: ec2:RunInstances"},
		"EKS":                        {action: launch, more: []thing{granting("eks", "AmazonEKSComputePolicy")}},
		"pods of no role":            {by: karpenter, action: launch, more: []thing{agent}, wrong: "no EC2 IMDS role found: service account kube-system/karpenter has no role"},
		"pods of another namespace":  {by: ground.Agent{Namespace: "karpenter", Account: "karpenter"}, action: launch, more: []thing{agent, identity("karpenter"), may("ec2:Run*")}, wrong: "service account karpenter/karpenter has no role"},
		"pods without the agent":     {by: karpenter, action: launch, more: []thing{identity("karpenter"), may("ec2:Run*")}, wrong: "add-on eks-pod-identity-agent is missing"},
		"pods of a weak role":        {by: karpenter, action: launch, more: []thing{agent, identity("karpenter"), may("ec2:Describe*")}, wrong: "role/pods is not authorized to perform: ec2:RunInstances"},
		"pods":                       {by: karpenter, action: launch, more: []thing{agent, identity("karpenter"), may("ec2:Run*")}},
		"an annotation":              {by: ground.Agent{Role: "arn:aws:iam::111122223333:role/pods"}, action: launch, more: []thing{may("ec2:*")}},
		"an annotation for nobody":   {by: ground.Agent{Role: "arn:aws:iam::111122223333:role/none"}, action: launch, wrong: "role/none is not authorized"},
		"an add-on of no role":       {by: driver, action: store, more: []thing{agent}, wrong: "has no role"},
		"an add-on's association":    {by: driver, action: store, more: []thing{agent, granting("pods", "service-role/AmazonEBSCSIDriverPolicy"), {"csi", "aws:eks/addon:Addon", object{"clusterName": "main", "addonName": "aws-ebs-csi-driver", "podIdentityAssociations": list{object{"serviceAccount": "ebs-csi-controller-sa", "roleArn": "$pods.arn"}}}}}},
		"an association for another": {by: driver, action: store, more: []thing{agent, {"csi", "aws:eks/addon:Addon", object{"clusterName": "main", "addonName": "aws-ebs-csi-driver", "podIdentityAssociations": list{object{"serviceAccount": "ebs-csi-node-sa", "roleArn": "$pods.arn"}}}}}, wrong: "has no role"},
		"an add-on's role":           {by: driver, action: store, more: []thing{granting("pods", "service-role/AmazonEBSCSIDriverPolicy"), {"csi", "aws:eks/addon:Addon", object{"clusterName": "main", "addonName": "aws-ebs-csi-driver", "serviceAccountRoleArn": "$pods.arn"}}}},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, address := besideClusters(t, c.more...)
			err := w.Permit(address, c.by, c.action)
			if c.wrong == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.wrong)
		})
	}
	w, _, _ := besideClusters(t)
	require.ErrorIs(t, w.Permit("https://gone", karpenter, launch), ErrNotFound)
}

func TestListenersOfControllersNeedCertificates(t *testing.T) {
	const missing = "arn:aws:acm:eu-west-1:111122223333:certificate/none"
	for name, c := range map[string]struct {
		certificate string
		host        string
		bare        bool
		told        bool // of all certificates, before the program began
		wrong       string
	}{
		"a certificate":        {certificate: "cert"},
		"one that waits":       {certificate: "lonecert", wrong: "PENDING_VALIDATION"},
		"another account's":    {certificate: "arn:aws:acm:eu-west-1:222222222222:certificate/x", wrong: "not found"},
		"none":                 {certificate: missing, told: true, wrong: "CertificateNotFound: Certificate '" + missing + "' not found"},
		"where nobody knows":   {certificate: missing, bare: true},
		"beside the program's": {certificate: missing},
		"found by its host":    {host: "shop.example.org"},
		"of another host":      {host: "shop.example.com", told: true, wrong: "no certificate found for host: shop.example.com"},
		"a host unknown here":  {host: "shop.example.com", bare: true},
		"no host at all":       {host: " ", bare: true, wrong: "no certificate found for host: "},
		"no host to look for":  {host: " ", wrong: "no certificate found for host: "},
	} {
		t.Run(name, func(t *testing.T) {
			w, made, address := besideClusters(t)
			if known := made[c.certificate]; known != nil {
				c.certificate = known.Props.Str("arn")
			}
			want := ground.Balancer{Type: "application", Name: "k8s-web", Subnets: byID(made, "a", "b")}
			if c.certificate != "" {
				want.Certificates = []string{c.certificate}
			}
			if c.host != "" {
				want.Hosts = []string{strings.TrimSpace(c.host)}
			}
			if c.bare {
				for _, res := range (&Request{World: w, Scope: home}).All("acm.certificate") {
					require.NoError(t, w.Change(res.ID, func(map[string]any) bool { return true }))
				}
			}
			for _, res := range (&Request{World: w, Scope: home}).All("acm.certificate") {
				if c.told {
					res.URN = ""
				}
			}
			_, err := w.Balance(address, "Ingress/default/web", want)
			if c.wrong == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.wrong)
		})
	}
}

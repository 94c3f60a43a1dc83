package simcloud

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// ways is what lets callers in to port 443 of the cluster's own group, or does not.
var ways = map[string]struct {
	rule  props
	wrong bool
}{
	"nothing":       {wrong: true},
	"another port":  {rule: props{"cidrIpv4": "10.0.0.0/16", "ipProtocol": "tcp", "fromPort": 80.0, "toPort": 80.0}, wrong: true},
	"over UDP":      {rule: props{"cidrIpv4": "10.0.0.0/16", "ipProtocol": "udp", "fromPort": 443.0, "toPort": 443.0}, wrong: true},
	"a range":       {rule: props{"cidrIpv4": "10.0.0.0/16", "ipProtocol": "tcp", "fromPort": 400.0, "toPort": 500.0}},
	"all protocols": {rule: props{"cidrIpv4": "10.0.0.0/16", "ipProtocol": "-1"}},
}

const config = `{metadata: {name: app}}`

func privateShop(t *testing.T, opts ...Option) *shop {
	s := buildShopIn(t, New(append(opts, WithPatience(50*time.Millisecond))...), nil, props{"endpointPublicAccess": false, "endpointPrivateAccess": true})
	s.access("AmazonEKSClusterAdminPolicy", props{"type": "cluster"})
	return s
}

// admit lets somebody in to the cluster's own group.
func (s *shop) admit(name string, rule props) {
	s.t.Helper()
	args := props{"securityGroupId": s.made["main"].outputs["vpcConfig"].(props)["clusterSecurityGroupId"]}
	for k, v := range rule {
		args[k] = v
	}
	s.add("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", name, args)
}

func TestAPrivateEndpointAnswersWhomAGroupAdmits(t *testing.T) {
	for name, c := range ways {
		t.Run(name, func(t *testing.T) {
			s := privateShop(t)
			if c.rule != nil {
				s.admit("way", c.rule)
			}
			_, err := s.apply("core/v1:ConfigMap", config)
			if !c.wrong {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, "configured Kubernetes cluster is unreachable: unable to load schema information from the API server: Get ")
			require.ErrorContains(t, err, "/openapi/v2?timeout=32s\": dial tcp 10.0.0.")
			require.ErrorContains(t, err, ":443: i/o timeout")
		})
	}
}

func TestTheWayToAPrivateEndpointIsWaitedFor(t *testing.T) {
	s := privateShop(t)
	s.cloud.pulse.Beat()
	done := make(chan error)
	go func() {
		_, err := s.apply("core/v1:ConfigMap", config)
		done <- err
	}()
	time.Sleep(20 * time.Millisecond)
	s.admit("way", ways["a range"].rule)
	require.NoError(t, <-done)
}

func TestNobodyOutsideReachesAPrivateEndpoint(t *testing.T) {
	s := privateShop(t, WithCallerOutside())
	s.admit("way", ways["a range"].rule)
	_, err := s.apply("core/v1:ConfigMap", config)
	require.ErrorContains(t, err, "i/o timeout")

	s = buildShopIn(t, New(WithCallerOutside(), WithPatience(50*time.Millisecond)), nil, props{"endpointPublicAccess": true})
	s.access("AmazonEKSClusterAdminPolicy", props{"type": "cluster"})
	s.mustApply("core/v1:ConfigMap", config)
}

package workload

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

const startupPeriod = 2

func (h *HealthArgs) withDefaults(port int) *HealthArgs {
	h = base.CopyOf(h)
	base.Default(&h.Protocol, ProtocolHttp)
	if h.Protocol == ProtocolHttp {
		base.Default(&h.ReadyPath, "/ready")
		base.Default(&h.LivePath, "/live")
	}
	base.Default(&h.Port, port)
	base.Default(&h.StartupSeconds, 60)
	return h
}

func (h *HealthArgs) validate(errs *fielderr.List) {
	switch h.Protocol {
	case ProtocolHttp:
		checkUrlPath(errs, "readyPath", h.ReadyPath)
		checkUrlPath(errs, "livePath", h.LivePath)
		if h.ReadyPath == h.LivePath {
			errs.Conflict("livePath", "readyPath", "a pod that waits for something else must not be started again")
		}
	case ProtocolGrpc, ProtocolTcp:
		if h.ReadyPath != "" || h.LivePath != "" {
			errs.Add("protocol", "%s has no readyPath and no livePath", h.Protocol)
		}
	default:
		errs.Unsupported("protocol", h.Protocol, string(ProtocolHttp), string(ProtocolGrpc), string(ProtocolTcp))
	}
	checkPort(errs, h.Port)
	datastore.Between(errs, "startupSeconds", h.StartupSeconds, startupPeriod, 3600)
}

// probes take a pod out of service within 15 seconds, and start it again only after a
// minute: an overload must not become a round of restarts.
func (h *HealthArgs) probes(tls bool) (startup, ready, live corev1.ProbeArgs) {
	startup = h.probe(tls, h.LivePath, startupPeriod, (h.StartupSeconds+startupPeriod-1)/startupPeriod)
	return startup, h.probe(tls, h.ReadyPath, 5, 3), h.probe(tls, h.LivePath, 10, 6)
}

func (h *HealthArgs) probe(tls bool, path string, period, failures int) corev1.ProbeArgs {
	probe := corev1.ProbeArgs{PeriodSeconds: pulumi.Int(period), TimeoutSeconds: pulumi.Int(2), FailureThreshold: pulumi.Int(failures)}
	switch h.Protocol {
	case ProtocolGrpc:
		probe.Grpc = corev1.GRPCActionArgs{Port: pulumi.Int(h.Port)}
	case ProtocolTcp:
		probe.TcpSocket = corev1.TCPSocketActionArgs{Port: pulumi.Int(h.Port)}
	default:
		get := corev1.HTTPGetActionArgs{Path: pulumi.String(path), Port: pulumi.Int(h.Port)}
		if tls {
			get.Scheme = pulumi.String("HTTPS")
		}
		probe.HttpGet = get
	}
	return probe
}

package kube

// adapterChart serves the metrics that programs and clouds measure, for those autoscalers that want them.
const adapterChart = "prometheus-adapter"

// measures are the reason of an autoscaler that lacks a sort of metric, and the API that nobody serves.
var measures = map[string][2]string{
	"Pods": {"FailedGetPodsMetric", "custom.metrics.k8s.io"}, "Object": {"FailedGetObjectMetric", "custom.metrics.k8s.io"},
	"External": {"FailedGetExternalMetric", "external.metrics.k8s.io"},
}

// unmeasured says which metric an autoscaler asks for in vain.
func (c *cluster) unmeasured(spec tree) (reason, message string) {
	if c.ground == nil {
		return "", ""
	}
	for _, m := range trees(spec.list("metrics")) {
		if lack, custom := measures[m.str("type")]; custom && !c.chart(adapterChart) {
			return lack[0], "unable to fetch metrics: no known available versions of " + lack[1] + " found"
		}
	}
	if c.ground.Addons[metricsChart] || c.chart(metricsChart) {
		return "", ""
	}
	return "FailedGetResourceMetric", "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)"
}

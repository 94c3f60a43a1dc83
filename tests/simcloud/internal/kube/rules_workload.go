package kube

import (
	"strconv"
	"strings"
)

const podOwners = "Deployment ReplicaSet StatefulSet DaemonSet"

// ofSpec makes a check of an object's specification.
func ofSpec(check func(r *request, spec tree)) func(*request) {
	return func(r *request) {
		if spec := r.new.sub("spec"); spec != nil {
			check(r, spec)
		}
	}
}

// percentOrCount reads 25% or 3; ok is false for anything else.
func percentOrCount(v any) (n float64, percent, ok bool) {
	switch v := v.(type) {
	case float64:
		return v, false, true
	case string:
		number, isPercent := strings.CutSuffix(v, "%")
		parsed, err := strconv.Atoi(number)
		return float64(parsed), true, isPercent && err == nil
	}
	return 0, false, false
}

// share reports what is neither a count nor a percentage.
func (r *request) share(t tree, at, name string, capped bool) {
	v := t.get(name)
	if v == nil || v == (Unknown{}) {
		return
	}
	n, percent, ok := percentOrCount(v)
	switch {
	case !ok:
		r.invalid(at+"."+name, v, "a valid percent string must be a numeric string followed by an ending '%%' (e.g. '1%%',  or '93%%', regex used for validation is '[0-9]+%%')")
	case n < 0:
		r.invalid(at+"."+name, v, "must be greater than or equal to 0")
	case percent && n > 100 && capped:
		r.invalid(at+"."+name, v, "must not be greater than 100%%")
	}
}

var workloadRules = []Rule{
	{ID: "selector-empty", Source: "Deployments: Selector", Kinds: podOwners, Check: ofSpec(func(r *request, s tree) {
		selector := s.sub("selector")
		if selector != nil && len(selector.sub("matchLabels")) == 0 && len(selector.list("matchExpressions")) == 0 && !hasUnknown(map[string]any(selector)) {
			detail := "empty selector is invalid for " + strings.ToLower(r.kind.Kind)
			r.invalid("spec.selector", map[string]any(selector), "%s", detail)
		}
	})},
	{ID: "selector-malformed", Source: "Labels and Selectors", Kinds: podOwners, Check: ofSpec(func(r *request, s tree) {
		r.selector(s.sub("selector"), "spec.selector")
	})},
	{ID: "selector-mismatch", Source: "Deployments: Selector", Kinds: podOwners, Check: ofSpec(func(r *request, s tree) {
		labels := s.sub("template.metadata.labels")
		if s.sub("selector") != nil && s.get("template.metadata.labels") != (Unknown{}) && s["template"] != nil && !matches(s.sub("selector"), labels) {
			r.invalid("spec.template.metadata.labels", map[string]any(labels), "`selector` does not match template `labels`")
		}
	})},
	{ID: "replicas-negative", Source: "Deployments: Replicas", Kinds: podOwners, Check: ofSpec(func(r *request, s tree) {
		r.notNegative(s, "spec", "replicas", "minReadySeconds", "revisionHistoryLimit")
	})},
	{ID: "deployment-strategy", Source: "Deployments: Strategy", Kinds: "Deployment", Check: ofSpec(func(r *request, s tree) {
		if kind, ok := s.get("strategy.type").(string); ok && kind != "Recreate" && kind != "RollingUpdate" {
			r.fail("spec.strategy", unsupportedValue, s["strategy"], `supported values: "Recreate", "RollingUpdate"`)
		}
		if s.str("strategy.type") == "Recreate" && s.has("strategy.rollingUpdate") {
			r.fail("spec.strategy.rollingUpdate", forbiddenValue, nil, "may not be specified when strategy `type` is 'Recreate'")
		}
	})},
	{ID: "deployment-rolling-numbers", Source: "Deployments: Rolling Update Deployment", Kinds: "Deployment", Check: ofSpec(func(r *request, s tree) {
		at := "spec.strategy.rollingUpdate"
		u := s.sub("strategy.rollingUpdate")
		r.share(u, at, "maxUnavailable", true)
		r.share(u, at, "maxSurge", false)
		unavailable, _, ok1 := percentOrCount(u["maxUnavailable"])
		surge, _, ok2 := percentOrCount(u["maxSurge"])
		if ok1 && ok2 && unavailable == 0 && surge == 0 {
			r.invalid(at+".maxUnavailable", u["maxUnavailable"], "may not be 0 when `maxSurge` is 0")
		}
	})},
	{ID: "deployment-progress-deadline", Source: "Deployments: Progress Deadline Seconds", Kinds: "Deployment", Check: ofSpec(func(r *request, s tree) {
		deadline, ok := s.num("progressDeadlineSeconds")
		ready, _ := s.num("minReadySeconds")
		r.notNegative(s, "spec", "progressDeadlineSeconds")
		if ok && deadline <= ready {
			r.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
		}
	})},
	{ID: "statefulset-policy", Source: "StatefulSets", Kinds: "StatefulSet", Check: ofSpec(func(r *request, s tree) {
		r.oneOf(s, "spec", "podManagementPolicy", "OrderedReady", "Parallel")
		r.form(s, "spec", "serviceName", dnsLabel)
		if t := s.str("updateStrategy.type"); t != "" && t != "RollingUpdate" && t != "OnDelete" {
			r.invalid("spec.updateStrategy", s["updateStrategy"], "must be 'RollingUpdate' or 'OnDelete'")
		}
		if s.str("updateStrategy.type") == "OnDelete" && s.has("updateStrategy.rollingUpdate") {
			r.invalid("spec.updateStrategy.rollingUpdate", s.get("updateStrategy.rollingUpdate"), "only allowed for updateStrategy 'RollingUpdate'")
		}
		r.notNegative(s, "spec", "updateStrategy.rollingUpdate.partition")
	})},
	{ID: "daemonset-rolling-numbers", Source: "Perform a Rolling Update on a DaemonSet", Kinds: "DaemonSet", Check: ofSpec(func(r *request, s tree) {
		at := "spec.updateStrategy.rollingUpdate"
		u := s.sub("updateStrategy.rollingUpdate")
		r.share(u, at, "maxUnavailable", true)
		r.share(u, at, "maxSurge", true)
		unavailable, _, ok1 := percentOrCount(u["maxUnavailable"])
		surge, _, ok2 := percentOrCount(u["maxSurge"])
		switch {
		case ok1 && ok2 && unavailable == 0 && surge == 0:
			r.fail(at+".maxUnavailable", requiredValue, nil, "cannot be 0 when maxSurge is 0")
		case ok1 && ok2 && unavailable != 0 && surge != 0:
			r.invalid(at+".maxSurge", u["maxSurge"], "may not be set when maxUnavailable is non-zero")
		}
	})},
}

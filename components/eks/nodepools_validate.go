package eks

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

var (
	objectName   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)
	categoryForm = regexp.MustCompile(`^[a-z]+$`)
	familyForm   = regexp.MustCompile(`^[a-z]+[0-9]+[a-z0-9-]*$`)
	typeForm     = regexp.MustCompile(`^[a-z]+[0-9]+[a-z0-9-]*\.[a-z0-9-]+$`)
	labelKey     = regexp.MustCompile(`^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$`)
	labelValue   = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$`)
	durationForm = regexp.MustCompile(`^([0-9]+(s|m|h))+$`)
	budgetForm   = regexp.MustCompile(`^((100|[0-9]{1,2})%|[0-9]+)$`)
	budgetLength = regexp.MustCompile(`^([0-9]+h|[0-9]+m|[0-9]+h[0-9]+m)$`)
	cronForm     = regexp.MustCompile(`^(@(annually|yearly|monthly|weekly|daily|midnight|hourly)|\S+( \S+){4})$`)
)

const never = "Never"

// validatePools checks pools; their field is nodePools.
func validatePools(errs *fielderr.List, pools map[string]NodePoolArgs, region string, longest time.Duration) {
	for _, key := range base.SortedKeys(pools) {
		at := errs.At("nodePools", fielderr.Key(key))
		checkObjectName(at, key)
		pools[key].validate(at, region, longest)
	}
}

func checkObjectName(errs *fielderr.List, key string) {
	if !objectName.MatchString(key) || len(key) > 63 {
		errs.Invalid("", key, "the key is a name in Kubernetes: must be 1 to 63 lower-case letters, digits and hyphens, with none at the ends")
	}
}

func (p NodePoolArgs) validate(errs *fielderr.List, region string, longest time.Duration) {
	each(errs, "instanceCategories", p.InstanceCategories, categoryForm, "must be the letters before the generation, such as m")
	each(errs, "instanceFamilies", p.InstanceFamilies, familyForm, "must be a family such as m7g")
	each(errs, "instanceTypes", p.InstanceTypes, typeForm, "must be an instance type such as m7g.large")
	datastore.Between(errs, "minGeneration", p.MinGeneration, 1, 99)
	eachOf(errs, "architectures", p.Architectures, Arm64, Amd64)
	eachOf(errs, "capacity", p.Capacity, OnDemand, Spot)
	for i, zone := range p.Zones {
		if !strings.HasPrefix(zone, region) || len(zone) <= len(region) {
			errs.Invalid("zones"+fielderr.Index(i), zone, "must be a zone of %s, such as %sa", region, region)
		}
	}
	validateLabels(errs, p.Labels)
	validateTaints(errs, p.Taints)
	datastore.Between(errs, "maxCpu", p.MaxCpu, 1, 100_000)
	datastore.Between(errs, "maxMemoryGib", p.MaxMemoryGib, 1, 1_000_000)
	fielderr.OneOf(errs, "consolidation", p.Consolidation, WhenEmptyOrUnderutilized, WhenEmpty)
	checkDuration(errs, "consolidateAfter", p.ConsolidateAfter, true)
	checkDuration(errs, "terminationGracePeriod", p.TerminationGracePeriod, false)
	p.validateExpiry(errs, longest)
	for _, key := range base.SortedKeys(p.Budgets) {
		p.Budgets[key].validate(errs.At("budgets", fielderr.Key(key)))
	}
	if p.Weight != 0 {
		datastore.Between(errs, "weight", p.Weight, 1, 100)
	}
}

// validateExpiry holds a node's age to the longest that the profile allows; zero is any.
func (p NodePoolArgs) validateExpiry(errs *fielderr.List, longest time.Duration) {
	checkDuration(errs, "expireAfter", p.ExpireAfter, longest == 0)
	if age, err := time.ParseDuration(p.ExpireAfter); err == nil && longest > 0 && (age <= 0 || age > longest) {
		errs.Invalid("expireAfter", p.ExpireAfter, "must be 1s to %dh: AWS replaces nodes of Auto Mode at that age", int(longest.Hours()))
	}
}

func checkDuration(errs *fielderr.List, path, value string, orNever bool) {
	switch {
	case durationForm.MatchString(value), orNever && value == never:
	case orNever:
		errs.Invalid(path, value, "must be a duration such as 90s, 5m or 1h30m, or Never")
	default:
		errs.Invalid(path, value, "must be a duration such as 90s, 5m or 1h30m")
	}
}

func (b BudgetArgs) validate(errs *fielderr.List) {
	if !budgetForm.MatchString(b.Nodes) {
		errs.Invalid("nodes", b.Nodes, "must be a number of nodes or a percentage up to 100%%")
	}
	eachOf(errs, "reasons", b.Reasons, "Underutilized", "Empty", "Drifted")
	if b.Schedule != "" && !cronForm.MatchString(b.Schedule) {
		errs.Invalid("schedule", b.Schedule, "must be five fields of cron, such as 0 9 * * 1-5, or a name such as @daily")
	}
	if b.Duration != "" && !budgetLength.MatchString(b.Duration) {
		errs.Invalid("duration", b.Duration, "must be in hours and minutes, such as 8h or 1h30m")
	}
	if (b.Schedule == "") != (b.Duration == "") {
		errs.Add("duration", "must be given together with schedule")
	}
}

// reservedLabels are written by Karpenter or the kubelet itself.
var reservedLabels = []string{"karpenter.sh", "karpenter.k8s.aws", "eks.amazonaws.com", "kubernetes.io", "k8s.io"}

func validateLabels(errs *fielderr.List, labels map[string]string) {
	for _, key := range base.SortedKeys(labels) {
		at := errs.At("labels", fielderr.Key(key))
		domain, _, _ := strings.Cut(key, "/")
		switch {
		case !labelKey.MatchString(key):
			at.Invalid("", key, "must be a label such as team or example.com/team")
		case slices.ContainsFunc(reservedLabels, func(d string) bool { return domain == d || strings.HasSuffix(domain, "."+d) }):
			at.Invalid("", key, "labels of %s are set by the cluster itself", domain)
		}
		if !labelValue.MatchString(labels[key]) {
			at.Invalid("", labels[key], "must be at most 63 letters, digits, hyphens, dots and underscores")
		}
	}
}

func validateTaints(errs *fielderr.List, taints map[string]TaintArgs) {
	for _, key := range base.SortedKeys(taints) {
		at := errs.At("taints", fielderr.Key(key))
		if !labelKey.MatchString(key) {
			at.Invalid("", key, "must be a key such as dedicated or example.com/dedicated")
		}
		if !labelValue.MatchString(taints[key].Value) {
			at.Invalid("value", taints[key].Value, "must be at most 63 letters, digits, hyphens, dots and underscores")
		}
		fielderr.OneOf(at, "effect", taints[key].Effect, NoSchedule, PreferNoSchedule, NoExecute)
	}
}

func each(errs *fielderr.List, path string, values []string, form *regexp.Regexp, why string) {
	for i, value := range values {
		if !form.MatchString(value) {
			errs.Invalid(path+fielderr.Index(i), value, "%s", why)
		}
	}
}

func eachOf[T ~string](errs *fielderr.List, path string, values []T, allowed ...T) {
	for i, value := range values {
		fielderr.OneOf(errs, path+fielderr.Index(i), value, allowed...)
	}
}

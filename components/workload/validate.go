package workload

import (
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

// withDefaults gives the args and the part of them that jobs share, complete.
func (a ServiceArgs) withDefaults(name string) (*ServiceArgs, *podSpec) {
	p := a.pod(name).withDefaults()
	a.Name, a.ConfigPath, a.RunAsUser = p.name, p.configPath, p.runAsUser
	a.Resources, a.Scratch, a.Placement, a.Calls = p.resources, p.scratch, p.placement, p.calls
	base.Default(&a.Port, defaultPort)
	a.Health = a.Health.withDefaults(a.Port)
	a.Scaling = a.Scaling.withDefaults()
	if a.Scaling == nil {
		base.Default(&a.Replicas, 2)
	}
	base.Default(&a.Spread, SpreadRequired)
	base.Default(&a.DrainSeconds, 20)
	base.Default(&a.ShutdownSeconds, 30)
	if a.Routes != nil {
		a.Routes = a.Routes.withDefaults(&a)
	}
	if a.Canary != nil {
		a.Canary = a.Canary.withDefaults()
	}
	return &a, p
}

func (a *ServiceArgs) validate(name string, p *podSpec) error {
	var errs fielderr.List
	p.validate(&errs)
	checkPort(&errs, a.Port)
	a.Health.validate(errs.At("health"))
	if a.Health.Protocol == ProtocolGrpc && a.speaksTls(a.Health.Port) {
		errs.Conflict("health.protocol", "routes.backendTls", "Kubernetes asks for gRPC health without TLS: health.port must be another port")
	}
	switch {
	case a.Scaling == nil && a.Replicas < 1:
		errs.Invalid("replicas", a.Replicas, "must be 1 or more")
	case a.Scaling != nil && a.Replicas != 0:
		errs.Conflict("replicas", "scaling", "the number of pods has one owner")
	case a.Scaling != nil:
		a.Scaling.validate(errs.At("scaling"))
	}
	fielderr.OneOf(&errs, "spread", a.Spread, SpreadRequired, SpreadPreferred)
	switch {
	case a.MinZones < 0:
		errs.Invalid("minZones", a.MinZones, "must be 1 or more")
	case a.MinZones > 0 && a.Spread == SpreadPreferred:
		errs.Conflict("minZones", "spread", "pods that only prefer to be spread start in one zone too")
	}
	seen := map[string]bool{}
	for i, caller := range a.Callers {
		at := errs.At("callers", fielderr.Index(i))
		checkPeer(at, caller)
		if seen[caller] {
			at.Invalid("", caller, "is there twice")
		}
		seen[caller] = true
	}
	datastore.Between(&errs, "drainSeconds", a.DrainSeconds, 1, 300)
	datastore.Between(&errs, "shutdownSeconds", a.ShutdownSeconds, 1, 3600)
	validateRoutes(&errs, a)
	return errs.Err(fmt.Sprintf("workload.Service %q", name))
}

// longestWorkload leaves room for what Kubernetes and IAM add to it.
const longestWorkload = 50

var (
	nameForm = regexp.MustCompile(`^[a-z]([a-z0-9-]*[a-z0-9])?$`)
	peerForm = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?/)?[a-z]([a-z0-9-]*[a-z0-9])?$`)
	envForm  = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	fileForm = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)
)

// validate checks what a workload's pods are made of, under its args' own names.
func (p *podSpec) validate(errs *fielderr.List) {
	if !nameForm.MatchString(p.name) || len(p.name) > longestWorkload {
		errs.Invalid("name", p.name, "must be 1 to %d small letters, digits and hyphens, begin with a letter and not end with a hyphen", longestWorkload)
	}
	if p.namespace == nil {
		errs.Required("namespace")
	}
	if p.image == nil {
		errs.Required("image")
	} else if image, ok := p.image.(pulumi.String); ok {
		if reason := imageProblem(string(image)); reason != "" {
			errs.Invalid("image", string(image), "%s", reason)
		}
	}
	p.validateIdentity(errs)
	p.validateFiles(errs)
	p.validateEnvironment(errs)
	p.validateResources(errs)
	if p.runAsUser < 1 {
		errs.Invalid("runAsUser", p.runAsUser, "must be above 0: containers do not run as root")
	}
	p.placement.validate(errs.At("placement"))
	for _, key := range base.SortedKeys(p.calls) {
		at := errs.At("calls", fielderr.Key(key))
		checkPeer(at, key)
		checkPort(at, p.calls[key].Port)
	}
	for _, key := range base.SortedKeys(p.egress) {
		at, e := errs.At("egress", fielderr.Key(key)), p.egress[key]
		checkCidrs(at, "cidrs", e.Cidrs)
		checkPort(at, e.Port)
	}
}

func (p *podSpec) validateIdentity(errs *fielderr.List) {
	if len(p.statements) == 0 {
		return
	}
	if p.clusterName == nil {
		errs.Required("clusterName")
	}
	datastore.CheckRegion(errs, p.region)
	datastore.CheckAccount(errs, p.accountId)
	for i, s := range p.statements {
		at := errs.At("statements", fielderr.Index(i))
		if len(s.Actions) == 0 {
			at.Required("actions")
		}
		if len(s.Resources) == 0 {
			at.Required("resources")
		}
		if len(s.Services)+len(s.AwsPrincipals) > 0 {
			at.Add("", "is about the pods' own role: it has no services or awsPrincipals")
		}
	}
}

func (p *podSpec) validateEnvironment(errs *fielderr.List) {
	for _, name := range base.SortedKeys(p.environment) {
		at := errs.At("environment", fielderr.Key(name))
		checkEnv(at, name)
		if p.environment[name] == nil {
			at.Required("")
		}
	}
	for _, name := range base.SortedKeys(p.secrets) {
		at, s := errs.At("secrets", fielderr.Key(name)), p.secrets[name]
		checkEnv(at, name)
		if s.Secret == nil {
			at.Required("secret")
		}
		if !fileForm.MatchString(s.Key) {
			at.Invalid("key", s.Key, "must be letters, digits, dots, hyphens and underscores")
		}
		if _, both := p.environment[name]; both {
			at.Add("", "is in environment too")
		}
	}
}

// validateFiles checks what is mounted, and that nothing is mounted over another.
func (p *podSpec) validateFiles(errs *fielderr.List) {
	for _, name := range base.SortedKeys(p.config) {
		at := errs.At("config", fielderr.Key(name))
		if !fileForm.MatchString(name) || len(name) > 253 {
			at.Add("", "must be a file name of letters, digits, dots, hyphens and underscores, and begin with no dot")
		}
		if p.config[name] == nil {
			at.Required("")
		}
	}
	mounted := map[string]string{}
	mount := func(errs *fielderr.List, field, where, what string) {
		if !path.IsAbs(where) || path.Clean(where) != where || where == "/" || strings.Contains(where, ":") {
			errs.Invalid(field, where, "must be an absolute path such as /tmp, and not the root")
		} else if mounted[where] != "" {
			errs.Invalid(field, where, "is the path of %s too", mounted[where])
		}
		mounted[where] = what
	}
	mount(errs, "configPath", p.configPath, "config")
	for _, key := range base.SortedKeys(p.scratch) {
		at := errs.At("scratch", fielderr.Key(key))
		if !dnsLabel.MatchString(key) || len(key) > longestWorkload {
			at.Add("", "must be 1 to %d small letters, digits and hyphens", longestWorkload)
		}
		mount(at, "path", p.scratch[key].Path, "scratch "+key)
	}
}

// validateResources checks amounts, and that what is written fits in.
func (p *podSpec) validateResources(errs *fielderr.List) {
	r, at := p.resources, errs.At("resources")
	if _, ok := parseCpu(r.Cpu); !ok {
		at.Invalid("cpu", r.Cpu, `must be a share of processors such as "250m" or "2"`)
	}
	memory, limit, storage := checkBytes(at, "memory", r.Memory), checkBytes(at, "memoryLimit", r.MemoryLimit), checkBytes(at, "ephemeralStorage", r.EphemeralStorage)
	if limit > 0 && limit < memory {
		at.Invalid("memoryLimit", r.MemoryLimit, "must be memory, which is %s, or more", r.Memory)
	}
	var onDisk, inMemory int64
	for _, key := range base.SortedKeys(p.scratch) {
		if bytes := checkBytes(errs.At("scratch", fielderr.Key(key)), "size", p.scratch[key].Size); p.scratch[key].InMemory {
			inMemory += bytes
		} else {
			onDisk += bytes
		}
	}
	if storage > 0 && onDisk > storage {
		at.Invalid("ephemeralStorage", r.EphemeralStorage, "is less than scratch takes together")
	}
	if limit > 0 && inMemory >= limit {
		at.Invalid("memoryLimit", r.MemoryLimit, "is no more than scratch takes in memory")
	}
}

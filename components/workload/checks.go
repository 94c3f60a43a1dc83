package workload

import (
	"path"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"github.com/plinth-iac/plinth/components/fielderr"
	"github.com/plinth-iac/plinth/components/internal/base"
	"github.com/plinth-iac/plinth/components/internal/datastore"
)

var imageForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]*$`)

var (
	digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	tagForm    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$`)
)

// imageProblem says why an image cannot be used, or "".
func imageProblem(image string) string {
	rest, digest, pinned := strings.Cut(image, "@")
	switch {
	case !imageForm.MatchString(rest):
		return "must be an image such as registry.example.com/shop/cart:1.4.2"
	case pinned && !digestForm.MatchString(digest):
		return "must have a digest of sha256: and 64 hexadecimal digits after the @"
	case pinned:
		return ""
	}
	tag := ""
	if colon := strings.LastIndex(rest, ":"); colon > strings.LastIndex(rest, "/") {
		tag = rest[colon+1:]
	}
	switch {
	case tag == "" || tag == "latest":
		return "needs a digest or a tag other than latest: what runs must not change by itself"
	case !tagForm.MatchString(tag):
		return "must have a tag of at most 128 letters, digits, dots, hyphens and underscores"
	}
	return ""
}

func checkPort(errs *fielderr.List, port int) {
	datastore.Between(errs, "port", port, 1, 65535)
}

func checkPeer(errs *fielderr.List, peer string) {
	if !peerForm.MatchString(peer) {
		errs.Invalid("", peer, "must be a workload's name, or namespace/name")
	}
}

func checkEnv(errs *fielderr.List, name string) {
	if !envForm.MatchString(name) {
		errs.Add("", "must be a variable's name of letters, digits and underscores, and begin with no digit")
	}
}

func checkUrlPath(errs *fielderr.List, field, value string) {
	if !path.IsAbs(value) || strings.ContainsAny(value, " \t\r\n") {
		errs.Invalid(field, value, "must be a path such as /ready")
	}
}

// checkCidrs checks blocks as far as they are known; blocks checks the others.
func checkCidrs(errs *fielderr.List, field string, cidrs pulumi.StringArrayInput) {
	if cidrs == nil {
		errs.Required(field)
		return
	}
	plain, ok := cidrs.(pulumi.StringArray)
	if !ok {
		return
	}
	if len(plain) == 0 {
		errs.Required(field)
	}
	for i, cidr := range plain {
		if text, ok := cidr.(pulumi.String); ok {
			if _, err := checkBlock(string(text)); err != nil {
				errs.Add(field+fielderr.Index(i), "%s", err)
			}
		}
	}
}

func (p *PlacementArgs) validate(errs *fielderr.List) {
	fielderr.OneOf(errs, "architecture", p.Architecture, ArchitectureArm64, ArchitectureAmd64, ArchitectureAny)
	for _, key := range base.SortedKeys(p.NodeSelector) {
		at := errs.At("nodeSelector", fielderr.Key(key))
		if key == archLabel {
			at.Add("", "is what architecture says")
		} else if !labelKey.MatchString(key) || !labelValue.MatchString(p.NodeSelector[key]) {
			at.Invalid("", p.NodeSelector[key], "must be a Kubernetes label, such as node.example.com/pool with the value batch")
		}
	}
	for _, key := range base.SortedKeys(p.Tolerations) {
		at, t := errs.At("tolerations", fielderr.Key(key)), p.Tolerations[key]
		if !labelKey.MatchString(key) {
			at.Add("", "must be a taint's key")
		}
		if !labelValue.MatchString(t.Value) {
			at.Invalid("value", t.Value, "must be at most 63 letters, digits, dots, hyphens and underscores")
		}
		if t.Effect != "" {
			fielderr.OneOf(at, "effect", t.Effect, "NoSchedule", "PreferNoSchedule", "NoExecute")
		}
	}
	if p.PriorityClass != "" && !dnsLabel.MatchString(p.PriorityClass) {
		errs.Invalid("priorityClass", p.PriorityClass, "must be a priority class's name")
	}
}

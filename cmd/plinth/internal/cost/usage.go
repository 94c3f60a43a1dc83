package cost

import (
	_ "embed"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

//go:embed usage.yaml
var committedUsage []byte

// Assumption is one thing that an estimate takes for granted.
type Assumption struct {
	// Is is the number; Machine the class of machines, for those that are about one.
	Is      float64
	Machine string
	// Unit is what the number counts.
	Unit string
	// Why says where it is from.
	Why string
}

// given is an assumption as a file gives it.
type given struct {
	Is                 *float64
	Machine, Unit, Why string
}

func (g given) assumption() Assumption {
	a := Assumption{Machine: g.Machine, Unit: g.Unit, Why: g.Why}
	if g.Is != nil {
		a.Is = *g.Is
	}
	return a
}

// usageFile is a file of assumptions.
type usageFile struct {
	Usage  map[string]given
	Stacks map[string]map[string]given
}

// Usage is what estimates take for granted.
type Usage struct {
	all    map[string]Assumption
	stacks map[string]map[string]Assumption
}

// The assumptions there are.
const (
	hours          = "hours"
	natGB          = "nat-gb"
	serviceGB      = "service-gb"
	lcus           = "lcu"
	outGB          = "out-gb"
	zoneGB         = "zone-gb"
	regionGB       = "region-gb"
	requests       = "requests"
	cdnGB          = "cdn-gb"
	logGB          = "log-gb"
	logShare       = "log-share"
	logMonths      = "log-months"
	lambdaRequests = "lambda-requests"
	lambdaSeconds  = "lambda-seconds"
	s3GB           = "s3-gb"
	s3Writes       = "s3-writes"
	s3Reads        = "s3-reads"
	sqsRequests    = "sqs-requests"
	snsRequests    = "sns-requests"
	kmsRequests    = "kms-requests"
	secretRequests = "secret-requests"
	ecrGB          = "ecr-gb"
	backupGB       = "backup-gb"
	vaultGB        = "vault-gb"
	snapshotGB     = "snapshot-gb"
	auroraGB       = "aurora-gb"
	auroraIO       = "aurora-io"
	spotDiscount   = "spot-discount"
	spotShare      = "spot-share"
	nodeUse        = "node-use"
	nodeArm        = "node-arm64"
	nodeIntel      = "node-amd64"
)

// numbers are the assumptions that are numbers, with the most that each may be; 0 is no
// limit.
var numbers = map[string]float64{
	hours: 744, natGB: 0, serviceGB: 0, lcus: 0, outGB: 0, zoneGB: 0, regionGB: 0, requests: 0, cdnGB: 0, logGB: 0, logShare: 1,
	logMonths: 0, lambdaRequests: 0, lambdaSeconds: 900, s3GB: 0, s3Writes: 0, s3Reads: 0, sqsRequests: 0, snsRequests: 0,
	kmsRequests: 0, secretRequests: 0, ecrGB: 0, backupGB: 0, vaultGB: 0, snapshotGB: 0, auroraGB: 0, auroraIO: 0,
	spotDiscount: 1, spotShare: 1, nodeUse: 1,
}

// machines are the assumptions that name one.
var machines = []string{nodeArm, nodeIntel}

// CommittedUsage is what this package takes for granted by itself.
func CommittedUsage() (Usage, error) { return ReadUsage(committedUsage) }

// ReadUsage reads assumptions in YAML, and reports all that is wrong with them.
func ReadUsage(text []byte) (Usage, error) {
	var file, committed usageFile
	if err := errors.Join(decode(text, &file), decode(committedUsage, &committed)); err != nil {
		return Usage{}, fmt.Errorf("usage: %w", err)
	}
	var wrong problems
	check := func(at string, assumptions map[string]given) map[string]Assumption {
		checked := map[string]Assumption{}
		for name, g := range assumptions {
			a, unit := g.assumption(), committed.Usage[name].Unit
			a.Unit = unit
			checked[name] = a
			most, isNumber := numbers[name]
			at := at + "." + name
			wrong.unless(strings.TrimSpace(a.Why) != "", at+".why", "must say where it is from")
			switch {
			case isNumber:
				wrong.unless(a.Machine == "", at+".machine", "does not belong to a number")
				wrong.unless(g.Is != nil, at+".is", "must be set")
				wrong.unless(a.Is >= 0 && !math.IsInf(a.Is, 0) && (most == 0 || a.Is <= most), at+".is", fmt.Sprintf("must be from 0 to %s", limit(most)))
				wrong.unless(g.Is == nil || name != nodeUse && name != hours || a.Is > 0, at+".is", "must be more than 0")
				wrong.unless(g.Unit == "" || g.Unit == unit, at+".unit", fmt.Sprintf("must be %q, or be left out", unit))
			case slices.Contains(machines, name):
				wrong.unless(a.Machine != "" && g.Is == nil && g.Unit == "", at, "must have the class of a machine, such as m7g.large, and no number")
			default:
				wrong.unless(false, at, "is no assumption; there are: "+strings.Join(names(), ", "))
			}
		}
		return checked
	}
	usage := Usage{all: check("usage", file.Usage), stacks: map[string]map[string]Assumption{}}
	for stack, assumptions := range file.Stacks {
		usage.stacks[stack] = check("stacks."+stack, assumptions)
	}
	if err := wrong.err(); err != nil {
		return Usage{}, fmt.Errorf("usage: %w", err)
	}
	return usage, nil
}

func limit(most float64) string {
	if most == 0 {
		return "any number"
	}
	return fmt.Sprint(most)
}

func names() []string {
	return slices.Sorted(slices.Values(append(slices.Collect(maps.Keys(numbers)), machines...)))
}

// Stacks are the names of the stacks of which something is said.
func (u Usage) Stacks() []string { return slices.Sorted(maps.Keys(u.stacks)) }

// With is the assumptions with others instead of some. What others say of all stacks is
// said of each.
func (u Usage) With(others Usage) Usage {
	merged := Usage{all: merge(u.all, others.all), stacks: map[string]map[string]Assumption{}}
	for stack, own := range u.stacks {
		merged.stacks[stack] = merge(own, others.all)
	}
	for stack, own := range others.stacks {
		merged.stacks[stack] = merge(merged.stacks[stack], own)
	}
	return merged
}

// For is the assumptions about one stack.
func (u Usage) For(stack string) Usage { return Usage{all: merge(u.all, u.stacks[stack])} }

func merge(of, with map[string]Assumption) map[string]Assumption {
	merged := maps.Clone(of)
	if merged == nil {
		merged = map[string]Assumption{}
	}
	maps.Copy(merged, with)
	return merged
}

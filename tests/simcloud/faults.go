package simcloud

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
	"github.com/plinth-iac/plinth/tests/simcloud/latency"
)

// Fault makes matching operations fail with an error that looks like AWS's.
type Fault struct {
	// Type and URN select resources: an exact type token, a part of the URN; empty matches all.
	Type, URN string
	// Op is "create", "update", "delete" or empty for all.
	Op string
	// Kind is the way to fail. Default: Refused.
	Kind FaultKind
	// Times is how often it strikes; 0 is always. What the SDK sends again by itself counts again.
	Times int
	// Code is AWS's error code if the kind is Refused or Throttled. Default: InternalError, or what the service says when it throttles.
	Code string
	// Message explains. Default: "An internal error has occurred", or "Rate exceeded".
	Message string
	// OnStrike is called each time it strikes, with the operation under way: before AWS has done anything if the kind is Refused or
	// Throttled, else when AWS has done it and nobody knows. Default: none.
	OnStrike func()
}

// FaultKind is a way in which an operation fails.
type FaultKind int

const (
	// Refused is that AWS does nothing and says why, and the provider passes that on.
	Refused FaultKind = iota
	// Throttled is that AWS does nothing and says that there are too many requests. The SDK tries again, later and later, up to its limit:
	// 25 times, or the provider's maxRetries. Only then the provider reports it.
	Throttled
	// AnswerLost is that AWS does it, but the answer gets lost on its way. The SDK tries again like after Throttled. An update or a deletion
	// then succeeds. So does a create that AWS recognises (see Recognised); another is refused if a name or an address range is taken, by
	// what the first request made; else it makes a second resource, and the first is nobody's.
	AnswerLost
	// TimedOut is that AWS accepts it, but takes longer than the provider waits. The resource exists, the engine records it as not
	// initialised, and the next update tries again. A deletion completes after the provider has given up.
	TimedOut
)

type activeFault struct {
	Fault
	struck int
}

// Inject adds a fault to a running cloud.
func (c *Cloud) Inject(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, &activeFault{Fault: f})
}

// Recognised says whether AWS recognises a request to create a resource of this type that it has carried out before, and answers with the
// resource it made then.
func Recognised(typ string) bool { return aws.Recognised(aws.KindOf(typ)) }

// strike finds the first fault that matches a request and counts it; nil if there is none.
func (c *Cloud) strike(r *aws.Request) *Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	op := string(opName(r.Op))
	for _, f := range c.faults {
		if f.Times > 0 && f.struck >= f.Times || f.Type != "" && f.Type != r.Token || !strings.Contains(r.URN, f.URN) || f.Op != "" && f.Op != op {
			continue
		}
		f.struck++
		return &f.Fault
	}
	return nil
}

// before says whether it strikes before AWS does anything.
func (f *Fault) before() bool { return f != nil && (f.Kind == Refused || f.Kind == Throttled) }

// retried says whether the SDK tries again by itself.
func (f *Fault) retried() bool { return f.Kind == Throttled || f.Kind == AnswerLost }

// hit calls the hook and gives the error that the provider reports: the last one of so many attempts.
func (f *Fault) hit(r *aws.Request, attempts int) error {
	if f.OnStrike != nil {
		f.OnStrike()
	}
	kind := aws.KindOf(r.Token)
	code, message := f.Code, f.Message
	say := func(usualCode, usualMessage string) string {
		if code == "" {
			code = usualCode
		}
		if message == "" {
			message = usualMessage
		}
		return fmt.Sprintf("api error %s: %s", code, message)
	}
	tried := fmt.Sprintf("%s %s: exceeded maximum number of attempts, %d, ", opName(r.Op), kind, attempts)
	switch f.Kind {
	case Throttled:
		usualCode := "ThrottlingException"
		if strings.HasPrefix(kind, "ec2.") || strings.HasPrefix(kind, "vpc.") {
			usualCode = "RequestLimitExceeded"
		}
		return fmt.Errorf("%s%s", tried, say(usualCode, "Rate exceeded"))
	case AnswerLost:
		return fmt.Errorf("%srequest send failed: read: connection reset by peer", tried)
	case TimedOut:
		waited := map[latency.Op]string{
			latency.Create: "state to become 'available' (last state: 'pending'", latency.Update: "state to become 'available' (last state: 'modifying'",
			latency.Delete: "resource to be gone (last state: 'deleting'",
		}[opName(r.Op)]
		return fmt.Errorf("waiting for %s (%s) %s: timeout while waiting for %s, timeout: %s)", kind, r.ID, opName(r.Op), waited, patience(r))
	default:
		return fmt.Errorf("%s %s: %s", opName(r.Op), kind, say("InternalError", "An internal error has occurred"))
	}
}

// patience is how long the provider waits for AWS: what the program says, else twice the longest seen, and 20 minutes at least.
func patience(r *aws.Request) time.Duration {
	if r.Timeout > 0 {
		return r.Timeout
	}
	return max(20*time.Minute, time.Duration(2*usual(r).High)*time.Second)
}

// The AWS provider's own settings for the SDK.
const (
	usualAttempts = 25
	longestPause  = 300 // seconds
)

// pause is how long the SDK waits after an attempt that failed, in seconds. It chooses at random between nothing and 2 to the power of the
// number of attempts; this is the middle.
func pause(attempts int) float64 {
	if longest := math.Pow(2, float64(attempts)); longest <= longestPause {
		return longest / 2
	}
	return longestPause
}

func opName(op aws.Op) latency.Op {
	return map[aws.Op]latency.Op{aws.Create: latency.Create, aws.Update: latency.Update, aws.Delete: latency.Delete}[op]
}

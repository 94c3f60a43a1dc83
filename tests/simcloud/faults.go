package simcloud

import (
	"fmt"
	"strings"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
)

// Fault makes matching operations fail with an error that looks like AWS's.
type Fault struct {
	// Type and URN select resources: an exact type token, a part of the URN; empty matches all.
	Type, URN string
	// Op is "create", "update", "delete" or empty for all.
	Op string
	// Times is how often it strikes; 0 is always.
	Times int
	// Code is AWS's error code. Default: InternalError.
	Code string
	// Message explains. Default: "An internal error has occurred".
	Message string
	// After strikes only once the operation is done: AWS carried it out but the answer was lost.
	After bool
}

type activeFault struct {
	Fault
	struck int
}

type strike struct {
	err   error
	after bool
}

// Inject adds a fault to a running cloud.
func (c *Cloud) Inject(f Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, &activeFault{Fault: f})
}

// strike returns what the first matching fault does to the request, nil if none matches. The caller holds c.mu.
func (c *Cloud) strike(r *aws.Request) *strike {
	op := opName(r.Op)
	for _, f := range c.faults {
		if f.Times > 0 && f.struck >= f.Times || f.Type != "" && f.Type != r.Token || !strings.Contains(r.URN, f.URN) || f.Op != "" && f.Op != op {
			continue
		}
		f.struck++
		code, message := f.Code, f.Message
		if code == "" {
			code = "InternalError"
		}
		if message == "" {
			message = "An internal error has occurred"
		}
		return &strike{after: f.After, err: fmt.Errorf("%s %s: api error %s: %s", op, aws.KindOf(r.Token), code, message)}
	}
	return nil
}

func opName(op aws.Op) string {
	return map[aws.Op]string{aws.Create: "create", aws.Update: "update", aws.Delete: "delete"}[op]
}

package simcloud

import (
	"context"
	"errors"
	"time"

	"github.com/plinth-iac/plinth/tests/simcloud/internal/aws"
)

// outcome is what became of an operation.
type outcome struct {
	// made is the resource as it is now; nil if there is none. With an error, it exists but did not get ready.
	made *aws.Resource
	err  error
	// attempts is how often the request was sent, seconds how long all of it took on the real AWS.
	attempts int
	seconds  float64
}

// apply carries out an operation as the provider and its SDK do: it sends the request again if AWS throttles or an answer is lost, at most
// so many times in all, and waits where AWS refuses for now only.
func (c *Cloud) apply(r *aws.Request, attempts int, do func(*aws.Request) (*aws.Resource, error)) outcome {
	o, pauses := outcome{}, 0.0
	for {
		o.attempts++
		sent := r.Copy()
		sent.Repeat = o.attempts > 1
		fault := c.strike(sent)
		if fault.before() {
			o.made, o.err = nil, fault.hit(sent, o.attempts)
		} else if o.made, o.err = c.send(sent, do); o.err != nil {
			fault = nil // AWS was faster
		}
		o.seconds = pauses + usual(sent).P50
		if r.Op == aws.Delete && errors.Is(o.err, aws.ErrNotFound) {
			o.err = nil // what is gone is gone
		}
		if fault != nil && !fault.before() {
			o.err = fault.hit(sent, o.attempts)
			if fault.Kind == TimedOut {
				o.seconds = pauses + patience(sent).Seconds()
			} else {
				o.made = nil
			}
		}
		if fault == nil || !fault.retried() || o.attempts >= attempts {
			c.finish(sent, o)
			return o
		}
		pauses += pause(o.attempts)
	}
}

// send lets AWS do it.
func (c *Cloud) send(r *aws.Request, do func(*aws.Request) (*aws.Resource, error)) (*aws.Resource, error) {
	if c.pace > 0 {
		if err := c.world.Judge(r); err != nil && r.Op != aws.Delete {
			return nil, err
		}
		c.sleep(time.Duration(usual(r).P50 * float64(c.pace)))
	}
	var made *aws.Resource
	var err error
	c.pulse.Until(context.Background(), func() bool {
		made, err = do(r)
		var refused *aws.Error
		return !errors.As(err, &refused) || !aws.Waits(refused)
	})
	return made, err
}

// sleep lets time pass, in which those that wait for something see that the world moves.
func (c *Cloud) sleep(left time.Duration) {
	for step := c.patience / 2; left > step; left -= step {
		time.Sleep(step)
		c.pulse.Beat()
	}
	time.Sleep(left)
}

// finish records an operation and wakes those that wait for a change.
func (c *Cloud) finish(r *aws.Request, o outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.clock.record(r, o)
	c.pulse.Beat()
}

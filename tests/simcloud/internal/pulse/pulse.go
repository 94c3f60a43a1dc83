// Package pulse lets those that wait for something in a simulated world see that it still moves.
package pulse

import (
	"context"
	"sync"
	"time"
)

// Pulse beats whenever something has changed.
type Pulse struct {
	mu   sync.Mutex
	beat chan struct{}
	// patience is how long it is waited, in real time, without a beat.
	patience time.Duration
}

// New makes a pulse for those with so much patience.
func New(patience time.Duration) *Pulse {
	return &Pulse{beat: make(chan struct{}), patience: patience}
}

// Beat wakes those that wait.
func (p *Pulse) Beat() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.beat)
	p.beat = make(chan struct{})
}

// Until asks whether it is done, again after every beat, and gives up if the world stands still or the context ends.
func (p *Pulse) Until(ctx context.Context, done func() bool) bool {
	for {
		p.mu.Lock()
		beat := p.beat
		p.mu.Unlock()
		if done() {
			return true
		}
		select {
		case <-beat:
		case <-time.After(p.patience):
			return false
		case <-ctx.Done():
			return false
		}
	}
}

package rehearsal

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"
)

// A reporter says what a long build is doing: on a terminal in one line that is written
// over every second, elsewhere in a line from time to time.
type reporter struct {
	to  io.Writer // may be nil
	why string    // there is no CLI to use without building one

	mu       sync.Mutex
	started  time.Time
	activity string
	shown    bool // a line stands on the terminal
}

const (
	terminalInterval = time.Second
	logInterval      = 20 * time.Second
)

// start repeats the current activity until the function that it returns is called.
func (r *reporter) start() (stop func()) {
	r.started = time.Now()
	if r.to == nil {
		return func() {}
	}
	interval := logInterval
	if isTerminal(r.to) {
		interval = terminalInterval
	}
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		ticker := time.NewTicker(interval)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				r.tick()
			case <-quit:
				return
			}
		}
	}()
	return func() {
		close(quit)
		<-done
		r.mu.Lock()
		defer r.mu.Unlock()
		r.clear()
	}
}

// say sets the current activity.
func (r *reporter) say(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.activity = fmt.Sprintf(format, args...)
}

// begin prints a line at once and starts the clock again: waiting is over.
func (r *reporter) begin(format string, args ...any) {
	r.line(format+"\n", args...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.started, r.activity = time.Now(), "reading the module"
}

// end prints a last line with the time it took.
func (r *reporter) end(format string, args ...any) {
	r.line("  %s in %s\n", fmt.Sprintf(format, args...), r.elapsed())
}

func (r *reporter) tick() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.activity == "" {
		return
	}
	r.clear()
	end := "\n"
	if r.shown = isTerminal(r.to); r.shown {
		end = ""
	}
	_, _ = fmt.Fprintf(r.to, "  %s, %s%s", r.activity, r.elapsed(), end)
}

func (r *reporter) line(format string, args ...any) {
	if r.to == nil {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear()
	_, _ = fmt.Fprintf(r.to, format, args...)
}

func (r *reporter) clear() {
	if r.shown {
		_, _ = fmt.Fprint(r.to, "\r\x1b[K")
		r.shown = false
	}
}

func (r *reporter) elapsed() time.Duration { return time.Since(r.started).Round(time.Second) }

func isTerminal(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

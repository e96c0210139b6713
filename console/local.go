package console

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"
)

// local is the server in this process.
type local struct {
	server Server
	out    io.Writer
	shown  func(ctx context.Context) // waits until what was written to out is seen
	paint  func(text []byte, failed bool) []byte

	mu      sync.Mutex
	pressed time.Time // when Ctrl-C was pressed last, with no command since
}

// again is how soon a second Ctrl-C has to follow the first.
const again = 5 * time.Second

// What the server's own console says to keys that would end it.
const (
	textInterrupt = "Quit ends the server, and so does Ctrl-C if it is pressed again within 5 seconds."
	textLeft      = "This console is detached and the server runs on; Ctrl-C now ends it."
	textGuarded   = "This server requires a console password, so Ctrl-C and Ctrl-D do not end anything here; Quit asks for it."
)

// interrupt has the server end at the second Ctrl-C, for the first is a habit of
// those who want to be rid of a line. What takes a password otherwise does not
// happen without one.
func (l *local) interrupt() (text string, leave bool) {
	if passwordState(l.server) == passwordSet {
		return textGuarded, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.pressed.IsZero() && time.Since(l.pressed) <= again {
		return "", true
	}
	l.pressed = time.Now()
	return textInterrupt, false
}

// end detaches the console, but for one with a password: the terminal would be
// the system's again, where Ctrl-C is a signal.
func (l *local) end() (text string, leave bool) {
	if passwordState(l.server) == passwordSet {
		return textGuarded, false
	}
	return textLeft, true
}

func (l *local) run(ctx context.Context, line string) error {
	l.mu.Lock()
	l.pressed = time.Time{}
	l.mu.Unlock()
	output, failure := execute(ctx, l.server, line)
	if len(output) == 0 {
		return nil
	}
	if _, err := l.out.Write(l.paint(output, failure != nil)); err != nil {
		return fmt.Errorf("write output of console command: %w", err)
	}
	l.shown(ctx)
	return nil
}

func (l *local) own(string) (known, done bool) { return false, false }

func (l *local) completions(ctx context.Context, line string) []string {
	return completions(ctx, l.server, table(), line)
}

func (l *local) secured(context.Context) (bool, error) {
	return passwordState(l.server) == passwordSet, nil
}

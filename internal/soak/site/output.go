package site

import (
	"bytes"
	"io"
	"strings"
	"sync"
)

// output takes what a process prints: it passes it on to a file, and looks at
// each line for what matters here.
type output struct {
	mu         sync.Mutex
	file       io.Writer
	rest       []byte
	ready      chan struct{} // closed at the line that says the listener runs
	started    bool
	goroutines int // of a dump
	bad        []string
}

// readyLine is Domino's line that says the listener has started.
const readyLine = "SMTP Server: Started"

func newOutput(file io.Writer) *output { return &output{file: file, ready: make(chan struct{})} }

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if _, err := o.file.Write(p); err != nil {
		return 0, err
	}
	o.rest = append(o.rest, p...)
	for {
		line, rest, ok := bytes.Cut(o.rest, []byte("\n"))
		if !ok {
			return len(p), nil
		}
		o.look(string(line))
		o.rest = rest
	}
}

func (o *output) look(line string) {
	if !o.started && strings.HasSuffix(line, readyLine) {
		o.started = true
		close(o.ready)
	}
	if strings.HasPrefix(line, "goroutine ") && strings.HasSuffix(line, ":") && !strings.HasPrefix(line, "goroutine 0 ") {
		o.goroutines++
	}
	for _, word := range []string{"DATA RACE", "panic: ", "fatal error: "} {
		if strings.Contains(line, word) {
			o.bad = append(o.bad, line)
		}
	}
}

// isReady reports whether the line of readyLine has come.
func (o *output) isReady() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.started
}

// found gives the lines that no server may print, and the number of goroutines
// of a dump.
func (o *output) found() (bad []string, goroutines int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.bad, o.goroutines
}

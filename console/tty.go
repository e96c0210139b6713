package console

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/term"
)

// fileTTY is a terminal that the process was started on.
type fileTTY struct {
	in, out *os.File
}

// OpenTTY gives the terminal that a line editor can be run on; false where in
// or out is none, or termType, the TERM of the environment, is of one that does
// not know control sequences.
func OpenTTY(in, out *os.File, termType string) (TTY, bool) {
	if termType == "" || termType == "dumb" || !term.IsTerminal(int(in.Fd())) || !term.IsTerminal(int(out.Fd())) {
		return nil, false
	}
	return &fileTTY{in, out}, true
}

// Read gives what is typed.
func (f *fileTTY) Read(b []byte) (int, error) { return f.in.Read(b) }

// Write shows b.
func (f *fileTTY) Write(b []byte) (int, error) { return f.out.Write(b) }

// Raw switches the terminal over.
func (f *fileTTY) Raw() (restore func() error, err error) {
	fd := int(f.in.Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return nil, fmt.Errorf("switch the terminal to single keys: %w", err)
	}
	return func() error {
		if err := term.Restore(fd, before); err != nil {
			return fmt.Errorf("restore the terminal: %w", err)
		}
		return nil
	}, nil
}

// Size asks the terminal for its size.
func (f *fileTTY) Size() (columns, rows int) {
	columns, rows, err := term.GetSize(int(f.out.Fd()))
	if err != nil {
		return 0, 0
	}
	return columns, rows
}

// Changed waits for the signals of a change.
func (f *fileTTY) Changed(call func()) (stop func()) {
	signals, unsubscribe := changeSignals()
	quit, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-signals:
				call()
			case <-quit:
				return
			}
		}
	}()
	return func() {
		unsubscribe()
		close(quit)
		<-ended
	}
}

// Color tells whether a terminal is to have colours: what a -color flag says,
// and for "auto" whether NO_COLOR, the variable of that name, is empty.
func Color(choice, noColor string) (bool, error) {
	switch choice {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return noColor == "", nil
	}
	return false, errors.New("colours are auto, always or never")
}

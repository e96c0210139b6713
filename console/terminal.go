package console

import (
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"golang.org/x/term"
)

// TTY is a terminal as the line editor needs it. What is typed is read from it;
// control sequences of a VT100 written to it do what they say.
type TTY interface {
	io.ReadWriter
	// Raw has the terminal pass on each key as it is pressed and show none by
	// itself, and gives what ends that. A second call before that end changes
	// nothing but what others have changed in between.
	Raw() (restore func() error, err error)
	// Size gives the columns and rows, 0 where they are not known.
	Size() (columns, rows int)
	// Changed has f called when the size may have changed, or the terminal's
	// mode by others, until stop is called.
	Changed(f func()) (stop func())
}

// The size of a terminal that does not tell it.
const (
	defaultColumns = 80
	defaultRows    = 24
)

const prompt = "> "

// Terminal is a line editor on a terminal: the input and the output of
// Interactive or of Client.Attach. While they use it, lines that are written to
// it appear above the prompt, and what is half typed stays whole; at all other
// times they are written as they are.
//
// The arrow keys bring back earlier lines, TAB completes, Ctrl-C clears the line.
// On an empty line Ctrl-C and Ctrl-D end the input: an attached console at once.
// On the server's own console a second Ctrl-C has to follow the first, and while
// a console password is set neither key does it, for without the console Ctrl-C
// is a signal that ends the server. Characters are taken to be one column wide.
type Terminal struct {
	tty       TTY
	color     bool
	interrupt func() // what Ctrl-C does when it has ended the input

	mu      sync.Mutex // before that of editor
	editor  *term.Terminal
	screen  *screen
	typed   *typeahead
	restore func() error
}

// NewTerminal makes the line editor of a terminal. With color the prompt is
// bold and errors are red. interrupt, if it is not nil, is called when Ctrl-C
// has ended the input and the terminal is as it was before; it must not wait
// for whoever uses the Terminal.
func NewTerminal(tty TTY, color bool, interrupt func()) *Terminal {
	return &Terminal{tty: tty, color: color, interrupt: interrupt}
}

// Read gives io.EOF: lines are edited only by those who know a Terminal,
// Interactive and Client.Attach.
func (t *Terminal) Read([]byte) (int, error) { return 0, io.EOF }

// Write shows whole lines.
func (t *Terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.editor == nil {
		return t.tty.Write(b)
	}
	n, err := t.above(b)
	return n, errors.Join(err, t.screen.flush())
}

// above has the editor show b above the prompt, which it shows anew. The editor
// itself would leave what it has written below the cursor, and on the left
// where characters are wider than it believes. The caller holds t.mu.
func (t *Terminal) above(b []byte) (int, error) {
	if err := t.screen.hold([]byte("\r\x1b[J")); err != nil {
		return 0, err
	}
	return t.editor.Write(b)
}

// begin takes the terminal over. interrupted is called at a Ctrl-C while nobody
// reads a line.
func (t *Terminal) begin(history *history, interrupted func()) (*term.Terminal, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	restore, err := t.tty.Raw()
	if err != nil {
		return nil, fmt.Errorf("terminal: %w", err)
	}
	t.restore = restore
	t.typed = newTypeahead()
	t.screen = &screen{tty: t.tty, keys: t.typed}
	t.editor = term.NewTerminal(t.screen, t.style(styleBold, prompt))
	t.editor.History = history
	t.resize()
	t.editor.SetBracketedPasteMode(true)
	typed := t.typed
	go guarded(t, func() { t.pump(typed, interrupted) })
	return t.editor, t.screen.flush()
}

// pump reads keys until the terminal ends, or the use of it. A read that waits
// cannot always be interrupted; that one then ends with the next key.
func (t *Terminal) pump(typed *typeahead, interrupted func()) {
	defer close(typed.pumped)
	defer typed.finish()
	filter := newKeyFilter()
	buf := make([]byte, 256)
	for {
		n, err := t.tty.Read(buf)
		if typed.over() {
			return
		}
		for in, more := buf[:n], true; more; {
			var keys []byte
			keys, in, more = filter.add(nil, in)
			if !typed.add(keys) {
				return
			}
			if more && !typed.interrupt() {
				interrupted()
			}
		}
		if err != nil {
			return
		}
	}
}

// Restore gives the terminal back as it was, at once, and ends the input; it
// does nothing where nobody uses it. It may be called at any time, by a handler
// of signals, say.
func (t *Terminal) Restore() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.editor == nil {
		return
	}
	t.typed.end()
	t.editor.SetPrompt("")
	// What fails here has failed on a terminal that is gone.
	_, _ = t.above(nil)
	t.editor.SetBracketedPasteMode(false)
	_ = t.screen.hold([]byte("\r\x1b[K"))
	_ = t.screen.end()
	_ = t.restore()
	t.editor = nil
}

// stop waits for the reading of keys to end, where it can be interrupted.
func (t *Terminal) stop() {
	t.Restore()
	d, ok := t.tty.(interface{ SetReadDeadline(time.Time) error })
	if !ok || t.typed == nil || d.SetReadDeadline(time.Unix(1, 0)) != nil {
		return
	}
	<-t.typed.pumped
	_ = d.SetReadDeadline(time.Time{})
}

// changed takes the terminal over again and shows the line in its new width.
func (t *Terminal) changed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.editor == nil {
		return
	}
	// A terminal that cannot be asked any more ends the reading of it.
	_, _ = t.tty.Raw()
	t.resize()
	_, _ = t.above(nil)
	_ = t.screen.flush()
}

// resize tells the editor the size. Without columns it would wrap each
// character.
func (t *Terminal) resize() {
	columns, rows := t.columns()
	_ = t.editor.SetSize(columns, rows) // its errors are those of writing, and come again
}

func (t *Terminal) columns() (columns, rows int) {
	columns, rows = t.tty.Size()
	if columns <= 0 || rows <= 0 {
		return defaultColumns, defaultRows
	}
	return columns, rows
}

// guarded runs f and restores the terminal, if there is one, before a panic in
// f ends the process. It does not recover, so that the panic shows as it is.
func guarded(t *Terminal, f func()) {
	returned := false
	defer func() {
		if !returned && t != nil {
			t.Restore()
		}
	}()
	f()
	returned = true
}

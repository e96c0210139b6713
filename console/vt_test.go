package console

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"
)

// vt is a VT100 of unlimited height, as far as the line editor writes to it. It
// wraps as terminals do: behind the last column only with the next character.
type vt struct {
	width    int
	rows     [][]rune
	row, col int
	red      map[int]bool // rows on which something was written in red
	color    string
	partial  []byte
	unknown  []string // sequences that it does not know
}

func newVT(width int) *vt { return &vt{width: width, rows: [][]rune{nil}, red: map[int]bool{}} }

func (v *vt) Write(b []byte) (int, error) {
	data := append(v.partial, b...)
	for len(data) > 0 {
		n := v.step(data)
		if n == 0 {
			break
		}
		data = data[n:]
	}
	v.partial = append([]byte(nil), data...)
	return len(b), nil
}

// step takes one character or sequence; 0 if it is not complete.
func (v *vt) step(data []byte) int {
	switch c := data[0]; {
	case c == '\r':
		v.col = 0
		return 1
	case c == '\n':
		v.down(1)
		return 1
	case c == keyEscape:
		return v.sequence(data)
	}
	if !utf8.FullRune(data) {
		return 0
	}
	r, n := utf8.DecodeRune(data)
	v.put(r)
	return n
}

func (v *vt) sequence(data []byte) int {
	end := 2
	for end < len(data) && (data[end] < '@' || data[end] > '~') {
		end++
	}
	if end >= len(data) {
		return 0
	}
	params, n := string(data[2:end]), 0
	for _, c := range params {
		n = n*10 + int(c-'0')
	}
	n = max(n, 1)
	switch data[end] {
	case 'A':
		v.row = max(0, v.row-n)
	case 'B':
		v.down(n)
	case 'C':
		v.col = min(v.width-1, v.col+n)
	case 'D':
		v.col = max(0, min(v.col, v.width-1)-n)
	case 'K':
		v.rows[v.row] = v.rows[v.row][:min(v.col, len(v.rows[v.row]))]
	case 'J':
		v.rows[v.row] = v.rows[v.row][:min(v.col, len(v.rows[v.row]))]
		v.rows = v.rows[:v.row+1]
	case 'm':
		v.color = params
	case 'h', 'l': // bracketed paste
	default:
		v.unknown = append(v.unknown, string(data[:end+1]))
	}
	return end + 1
}

func (v *vt) put(r rune) {
	if v.col == v.width {
		v.col = 0
		v.down(1)
	}
	line := v.rows[v.row]
	for len(line) <= v.col {
		line = append(line, ' ')
	}
	line[v.col] = r
	v.rows[v.row] = line
	v.red[v.row] = v.red[v.row] || v.color == "31"
	v.col++
}

func (v *vt) down(n int) {
	v.row += n
	for len(v.rows) <= v.row {
		v.rows = append(v.rows, nil)
	}
}

// text gives the rows, without blanks at their ends and empty rows at the end.
func (v *vt) text() string {
	var b strings.Builder
	for _, row := range v.rows {
		b.WriteString(strings.TrimRight(string(row), " ") + "\n")
	}
	return strings.TrimRight(b.String(), "\n")
}

// fakeTTY is a terminal in memory.
type fakeTTY struct {
	net.Conn // what is typed comes from here

	mu      sync.Mutex
	vt      *vt
	written chan struct{} // closed and replaced at each write
	all     strings.Builder
	raw     int
	changed func()
	stuck   chan struct{} // if not nil, writes wait for its end
}

// newTTY gives a terminal and what types on it.
func newTTY(t *testing.T, width int) (*fakeTTY, net.Conn) {
	t.Helper()
	terminal, keyboard := net.Pipe()
	f := &fakeTTY{Conn: terminal, vt: newVT(width), written: make(chan struct{})}
	t.Cleanup(func() {
		if err := errors.Join(terminal.Close(), keyboard.Close()); err != nil {
			t.Error(err)
		}
		if len(f.vt.unknown) > 0 {
			t.Errorf("the terminal got sequences that it does not know: %q", f.vt.unknown)
		}
	})
	return f, keyboard
}

func (f *fakeTTY) Write(b []byte) (int, error) {
	if f.stuck != nil {
		<-f.stuck
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all.Write(b)
	if f.raw == 0 { // the system's own: a line feed goes to the first column
		b = []byte(strings.ReplaceAll(string(b), "\n", "\r\n"))
	}
	_, _ = f.vt.Write(b)
	close(f.written)
	f.written = make(chan struct{})
	return len(b), nil
}

func (f *fakeTTY) Raw() (func() error, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.raw = 1
	return func() error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.raw = 0
		return nil
	}, nil
}

func (f *fakeTTY) Size() (int, int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.vt.width == defaultColumns { // that of a terminal that tells none
		return 0, 0
	}
	return f.vt.width, 50
}

func (f *fakeTTY) Changed(call func()) func() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed = call
	return func() {}
}

func (f *fakeTTY) text() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.vt.text()
}

func (f *fakeTTY) inRawMode() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.raw == 1
}

// output gives all that was written.
func (f *fakeTTY) output() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.all.String()
}

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// await waits until the screen ends in want.
func (f *fakeTTY) await(t *testing.T, want string) {
	t.Helper()
	want = trimRows(want)
	f.awaitThat(t, "the screen ends not in\n"+want, func() bool {
		text := f.vt.text()
		return text == want || strings.HasSuffix(text, "\n"+want)
	})
}

// awaitWritten waits until part is in what was written last.
func (f *fakeTTY) awaitWritten(t *testing.T, part string) {
	t.Helper()
	f.awaitThat(t, "nothing written has "+part, func() bool {
		all := f.all.String()
		return strings.Contains(all[max(0, len(all)-1<<16):], part)
	})
}

func (f *fakeTTY) awaitThat(t *testing.T, failure string, happened func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for {
		f.mu.Lock()
		ok, text, written := happened(), "", f.written
		if !ok && ctx.Err() != nil {
			text = f.vt.text()
		}
		f.mu.Unlock()
		switch {
		case ok:
			return
		case ctx.Err() != nil:
			t.Fatalf("%s\nbut the screen ends in\n%s", failure, text[max(0, len(text)-2000):])
		}
		select {
		case <-written:
		case <-ctx.Done():
		}
	}
}

// typeOn types on a keyboard.
func typeOn(t *testing.T, keyboard net.Conn, keys string) {
	t.Helper()
	if err := keyboard.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	if _, err := keyboard.Write([]byte(keys)); err != nil {
		t.Fatalf("typing %q: %v", keys, err)
	}
}

package console

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/term"
	"pgregory.net/rapid"
)

// TestScreenStaysWhole: whatever is typed, moved and deleted, and whenever lines
// arrive, the screen shows the lines whole and in order, below them the prompt
// and what the line editor holds.
func TestScreenStaysWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(12, 60).Draw(t, "width")
		tty := &fakeTTY{vt: newVT(width), written: make(chan struct{}), raw: 1}
		terminal := NewTerminal(tty, rapid.Bool().Draw(t, "color"), nil)
		terminal.typed = newTypeahead()
		terminal.screen = &screen{tty: tty, keys: terminal.typed}
		terminal.editor = term.NewTerminal(terminal.screen, terminal.style(styleBold, prompt))
		terminal.resize()
		typed, pos := []rune(nil), 0
		var keys, shown strings.Builder
		drain := func() {
			for {
				// The end of the keys is where the editor waits for more.
				if _, err := terminal.editor.ReadLine(); err != nil {
					return
				}
			}
		}
		for i := range rapid.IntRange(1, 25).Draw(t, "steps") {
			keys.Reset()
			switch rapid.IntRange(0, 5).Draw(t, "step") {
			case 0, 1:
				text := []rune(rapid.StringMatching(`[a-zA-Z0-9 =."äé]{1,40}`).Draw(t, "text"))
				keys.WriteString(string(text))
				typed = append(typed[:pos:pos], append(text, typed[pos:]...)...)
				pos += len(text)
			case 2:
				for range min(pos, rapid.IntRange(1, 30).Draw(t, "left")) {
					keys.WriteString("\x1b[D")
					pos--
				}
			case 3:
				for range min(pos, rapid.IntRange(1, 30).Draw(t, "deleted")) {
					keys.WriteString("\x7f")
					typed = append(typed[:pos-1:pos-1], typed[pos:]...)
					pos--
				}
			default:
				line := fmt.Sprintf("%d:%s", i, rapid.StringMatching(`[a-z]{0,100}`).Draw(t, "line"))
				if _, err := terminal.Write([]byte(line + "\n")); err != nil {
					t.Fatal(err)
				}
				shown.WriteString(wrapped(line, width))
			}
			terminal.typed.feed(keys.String())
			drain()
			want := strings.TrimRight(shown.String()+wrapped(strings.TrimRight(prompt+string(typed), " "), width), "\n")
			if got := tty.text(); trimRows(got) != trimRows(want) {
				t.Fatalf("a terminal of %d columns shows\n%s\nwant\n%s", width, got, want)
			}
			if at := len([]rune(prompt)) + pos; tty.vt.col != at%width {
				t.Fatalf("the cursor is in column %d, want %d", tty.vt.col, at%width)
			}
		}
	})
}

// feed gives keys and then one end, for a test that is the editor itself.
func (k *typeahead) feed(keys string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys, k.last = append(k.keys, keys...), true
}

// wrapped gives a line in rows of a terminal.
func wrapped(line string, width int) string {
	var b strings.Builder
	runes := []rune(line)
	for len(runes) > width {
		b.WriteString(string(runes[:width]) + "\n")
		runes = runes[width:]
	}
	return b.String() + string(runes) + "\n"
}

func trimRows(text string) string {
	rows := strings.Split(text, "\n")
	for i := range rows {
		rows[i] = strings.TrimRight(rows[i], " ")
	}
	return strings.TrimRight(strings.Join(rows, "\n"), "\n")
}

// TestThreeConsoles: three consoles at once each see all lines and their own
// answers. One that is stuck holds up neither the server nor the others, costs
// it no more than its backlog, and is told what it has missed.
func TestThreeConsoles(t *testing.T) {
	sv := serve(t, &fakeServer{})
	first, second := sv.attend(t, t.Context(), 300, false), sv.attend(t, t.Context(), 300, false)
	tty, keyboard := newTTY(t, 300)
	stuck := &attended{tty: tty, keyboard: keyboard, terminal: NewTerminal(tty, false, nil), done: make(chan error, 1)}
	tty.stuck = make(chan struct{})
	c := sv.dial(t)
	go func() { stuck.done <- c.Attach(t.Context(), stuck.terminal, stuck.terminal) }()
	sv.awaitAttached(t, 3)

	typeOn(t, first.keyboard, "half")
	typeOn(t, second.keyboard, "show config A\r")
	second.tty.await(t, "  A is not set\n>")
	const lines, batch = 4000, 40
	long := strings.Repeat("x", 240)
	for i := range lines {
		sv.printer.Printf("%05d %s", i, long)
		if i%batch != batch-1 {
			continue
		}
		for _, a := range []*attended{first, second} { // they keep up
			a.tty.awaitWritten(t, fmt.Sprintf("%05d ", i))
		}
	}
	for o := range sv.printer.attached() {
		o.mu.Lock()
		if kept := cap(o.pending); kept > 4*remoteBacklog {
			t.Errorf("%d bytes are kept for a console, the backlog is %d", kept, remoteBacklog)
		}
		o.mu.Unlock()
	}
	first.tty.await(t, "> half")
	for name, a := range map[string]*attended{"first": first, "second": second} {
		if got := strings.Count(a.tty.text(), long); got != lines {
			t.Errorf("the %s console has %d lines of %d", name, got, lines)
		}
		if got := strings.Contains(a.tty.text(), "A is not set"); got != (a == second) {
			t.Errorf("the %s console has the second's answer: %v", name, got)
		}
	}
	close(tty.stuck)
	stuck.tty.awaitWritten(t, "lines were lost because this console could not take them")
	if got := strings.Count(stuck.tty.text(), long); got == 0 || got >= lines {
		t.Errorf("the stuck console has %d lines of %d, want some", got, lines)
	}
	for _, a := range []*attended{first, second, stuck} {
		typeOn(t, a.keyboard, "\x03\x03")
		a.ends(t)
	}
}

// attached gives the outputs on the socket.
func (p *Printer) attached() map[*Output]bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[*Output]bool{}
	for o := range p.outputs {
		if o.remote() {
			out[o] = true
		}
	}
	return out
}

// awaitAttached waits until so many consoles are attached: each answer of a
// session that is not says that the server has served a request more.
func (sv *served) awaitAttached(t *testing.T, n int) {
	t.Helper()
	c := sv.dial(t)
	for range 10_000 {
		if len(sv.printer.attached()) == n {
			return
		}
		if _, _, err := c.Run(t.Context(), "help"); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatalf("%d consoles are attached, want %d", len(sv.printer.attached()), n)
}

// BenchmarkTerminalWrite: a batch of lines above a command that is half typed.
func BenchmarkTerminalWrite(b *testing.B) {
	tty := &fakeTTY{vt: newVT(100), written: make(chan struct{}), raw: 1}
	terminal := NewTerminal(discardTTY{tty}, true, nil)
	terminal.typed = newTypeahead()
	terminal.screen = &screen{tty: discardTTY{tty}, keys: terminal.typed}
	terminal.editor = term.NewTerminal(terminal.screen, prompt)
	terminal.typed.feed("show config SMTPGreeting")
	if _, err := terminal.editor.ReadLine(); err == nil {
		b.Fatal("the keys have no end")
	}
	batch := []byte(strings.Repeat("07/26/2009 07:26:37 PM  SMTP Server: 10.10.1.8 connected\n", 100))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := terminal.Write(batch); err != nil {
			b.Fatal(err)
		}
	}
}

// discardTTY shows nothing.
type discardTTY struct{ *fakeTTY }

func (discardTTY) Write(b []byte) (int, error) { return len(b), nil }

func BenchmarkCompletions(b *testing.B) {
	s := &manyNames{}
	b.ReportAllocs()
	for b.Loop() {
		completions(b.Context(), s, table(), "show config Vxx")
	}
}

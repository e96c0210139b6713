package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func fixedClock() time.Time { return time.Date(2009, time.July, 26, 19, 26, 37, 0, time.UTC) }

// safeBuffer is a strings.Builder for several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *safeBuffer) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(b)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

func TestPrefix(t *testing.T) {
	at := func(h int) time.Time { return time.Date(2008, time.February, 8, h, 4, 6, 999, time.UTC) }
	tests := []struct {
		name   string
		format Format
		time   time.Time
		want   string
	}{
		{"US afternoon", USFormat(), fixedClock(), "07/26/2009 07:26:37 PM  x\n"},
		{"US midnight", USFormat(), at(0), "02/08/2008 12:04:06 AM  x\n"},
		{"US noon", USFormat(), at(12), "02/08/2008 12:04:06 PM  x\n"},
		{"day first", dayFirst(), at(15), "08.02.2008 15:04:06   x\n"},
		{"day first, midnight", dayFirst(), at(0), "08.02.2008 00:04:06   x\n"},
		{"year first", Format{DateOrder: YMD, DateSeparator: "-", Clock24: true}, at(22), "2008-02-08 22:04:06   x\n"},
		{"separators", Format{DateSeparator: "-", TimeSeparator: "."}, at(9), "02-08-2008 09.04.06 AM  x\n"},
		{"thread id", Format{ProcessID: 582}, at(16), "[000582:000002-0000000000000000] 02/08/2008 04:04:06 PM  x\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out safeBuffer
			p := NewPrinter(&out, func() time.Time { return tt.time }, tt.format)
			p.Print("x")
			if err := p.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := out.String(); got != tt.want {
				t.Errorf("%+v at %v: %q, want %q", tt.format, tt.time, got, tt.want)
			}
			if got := tt.format.Time(tt.time); !strings.Contains(tt.want, got+"  ") {
				t.Errorf("Time gives %q, which is not in %q", got, tt.want)
			}
		})
	}
}

func TestPrintEscapes(t *testing.T) {
	tests := []struct{ text, want string }{
		{"SMTP Server: Started", "SMTP Server: Started"},
		{"Grüße 漢字 \u00e9", "Grüße 漢字 é"},
		{`C:\Lotus\Domino`, `C:\Lotus\Domino`},
		{"a\r\nb\tc", `a\r\nb\tc`},
		{"\x1b[31m\x00\x7f", `\x1b[31m\x00\x7f`},
		{"\u0085\u2028\u202e\ufeff\u00a0", `\u0085\u2028\u202e\ufeff\u00a0`},
		{"bad \xff\xc3", `bad \xff\xc3`},
		{"\ufffd", "\ufffd"},
		{strings.Repeat("a", maxText), strings.Repeat("a", maxText)},
		{strings.Repeat("a", maxText+1), strings.Repeat("a", maxText-3) + "..."},
		{strings.Repeat("a", maxText-5) + "漢字漢字", strings.Repeat("a", maxText-5) + "..."},
	}
	for _, tt := range tests {
		var out safeBuffer
		p := NewPrinter(&out, fixedClock, USFormat())
		p.Printf("%s", tt.text)
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got, want := out.String(), "07/26/2009 07:26:37 PM  "+tt.want+"\n"; got != want {
			t.Errorf("Print(%.40q) gives %.80q, want %.80q", tt.text, got, want)
		}
	}
}

func TestAttachAndDetach(t *testing.T) {
	var out, log safeBuffer
	p := NewPrinter(&out, fixedClock, USFormat())
	p.Print("one")
	o := p.Attach(&log, "log")
	p.Print("two")
	if _, err := p.Console().Write([]byte("a\nblock\n")); err != nil {
		t.Fatal(err)
	}
	p.Print("three")
	if err := o.Detach(); err != nil {
		t.Fatal(err)
	}
	p.Print("four")
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	p.Print("five")
	prefix := "07/26/2009 07:26:37 PM  "
	if got, want := strings.ReplaceAll(out.String(), prefix, ""), "one\ntwo\na\nblock\nthree\nfour\n"; got != want {
		t.Errorf("console has %q, want %q", got, want)
	}
	if got, want := strings.ReplaceAll(log.String(), prefix, ""), "two\nthree\n"; got != want {
		t.Errorf("log has %q, want %q", got, want)
	}
	if _, err := o.Write([]byte("x")); !errors.Is(err, ErrDetached) {
		t.Errorf("Write after Detach gives %v, want %v", err, ErrDetached)
	}
	late := p.Attach(&log, "log")
	if _, err := late.Write([]byte("x")); !errors.Is(err, ErrDetached) {
		t.Errorf("Write to an output attached after Close gives %v, want %v", err, ErrDetached)
	}
	if err := late.Detach(); err != nil {
		t.Error(err)
	}
}

// gate is a writer that waits until it is opened.
type gate struct {
	safeBuffer
	opened chan struct{}
}

func (g *gate) Write(b []byte) (int, error) {
	<-g.opened
	return g.safeBuffer.Write(b)
}

func TestSlowOutputLosesLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out safeBuffer
		p := NewPrinter(&out, time.Now, USFormat())
		slow := &gate{opened: make(chan struct{})}
		o := p.Attach(slow, "log")
		const lines = 20_000
		for i := range lines {
			p.Printf("line %d %*s", i, 10+i%2*3000, "end") // a short one may fit where a long one did not
			if i%500 == 0 {
				synctest.Wait() // lets the console keep up; the slow one cannot
			}
		}
		synctest.Wait()
		if got := strings.Count(out.String(), "\n"); got != lines {
			t.Errorf("the console has %d lines, want all %d", got, lines)
		}
		written := make(chan error, 1)
		go func() { // a command's output waits for its turn, it is not lost
			_, err := o.Write([]byte("output\n"))
			written <- err
		}()
		synctest.Wait()
		close(slow.opened)
		synctest.Wait()
		p.Print("after")
		if err := o.Detach(); err != nil {
			t.Error(err)
		}
		if err := <-written; err != nil {
			t.Errorf("Write to the slow output: %v", err)
		}
		got := slow.String()
		m := regexp.MustCompile(`(?m)^.*  Console: (\d+) lines were lost because this console could not take them\noutput\n.*  after\n\z`).FindStringSubmatch(got)
		if m == nil {
			t.Fatalf("no note before the output and the next line: %q", got[max(0, len(got)-300):])
		}
		kept := strings.Count(got, "  line ")
		last := got[strings.LastIndex(got, "  line "):]
		if want := fmt.Sprintf("  line %d ", kept-1); !strings.HasPrefix(last, want) {
			t.Errorf("%d lines kept, the last is %.20q, want %q: lines after a loss belong behind the note", kept, last, want)
		}
		if want := fmt.Sprint(lines - kept); m[1] != want || kept == 0 {
			t.Errorf("%d of %d lines kept, the note says %s lost, want %s", kept, lines, m[1], want)
		}
		if len(got) > 2*mainBacklog+4096 {
			t.Errorf("%d bytes were kept for a slow output, more than twice %d", len(got), mainBacklog)
		}
		if err := p.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestCloseGivesUpOnStuckOutput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stuck := &gate{opened: make(chan struct{})}
		p := NewPrinter(stuck, time.Now, USFormat())
		p.Print("one")
		synctest.Wait()
		p.Print("two")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := p.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Close of a stuck output gives %v, want %v", err, context.DeadlineExceeded)
		}
		close(stuck.opened)
		synctest.Wait()
		if got := stuck.String(); !strings.HasSuffix(got, "  one\n") {
			t.Errorf("the stuck output has %q, want line one only", got)
		}
	})
}

// flaky fails while broken is set.
type flaky struct {
	safeBuffer
	mu     sync.Mutex
	broken error
}

func (f *flaky) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.broken = err
}

func (f *flaky) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.broken != nil {
		return 0, f.broken
	}
	return f.safeBuffer.Write(b)
}

func TestFailingOutputRecovers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("disk full")
		log := &flaky{broken: full}
		p := NewPrinter(log, fixedClock, USFormat())
		for i := range 3 {
			p.Printf("%d", i)
			synctest.Wait()
		}
		log.set(nil)
		p.Print("again")
		synctest.Wait()
		p.Print("and again")
		if err := p.Close(t.Context()); err != nil {
			t.Errorf("Close gives %v after the disk had room again", err)
		}
		want := "again\nConsole: 4 lines were lost because this console could not take them\n" +
			"Console: the server's own console is written again\nand again\n"
		if got := strings.ReplaceAll(log.String(), "07/26/2009 07:26:37 PM  ", ""); got != want {
			t.Errorf("log has %q, want %q", got, want)
		}
	})
}

// TestFailingLogIsTold: a log that cannot be written is told of on the console, in
// one line, and so is its end; neither fills the console when they come by turns.
func TestFailingLogIsTold(t *testing.T) {
	full := errors.New("no space left on device")
	const fails, works = "Console: console.log cannot be written: no space left on device; its lines are lost until it can", "Console: console.log is written again"
	for _, c := range []struct {
		name  string
		steps string // a line each: f while the disk is full, w while it is not; m: minutes pass
		want  []string
		err   error // of Close
	}{
		{"never", "www", nil, nil},
		{"to the end", "wfff", []string{fails}, full},
		{"for a time", "fffww", []string{fails, works}, nil},
		{"from the start", "f", []string{fails}, full},
		{"by turns", "fwfwfwf", []string{fails, works}, full},
		{"again after five minutes", "fwmfw", []string{fails, works, fails, works}, nil},
		{"told late, when it lasts", "fwfmf", []string{fails, works, fails}, full},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out safeBuffer
				log := &flaky{}
				p := NewPrinter(&out, time.Now, USFormat())
				p.Attach(log, "console.log")
				for _, step := range c.steps {
					switch step {
					case 'm':
						time.Sleep(troublePause)
						continue
					case 'f':
						log.set(full)
					case 'w':
						log.set(nil)
					}
					p.Print("line")
					synctest.Wait()
				}
				if err := p.Close(t.Context()); !errors.Is(err, c.err) {
					t.Errorf("Close gives %v, want %v", err, c.err)
				}
				var got []string
				for line := range strings.Lines(out.String()) {
					if _, text, _ := strings.Cut(line, "M  "); text != "line\n" {
						got = append(got, strings.TrimSuffix(text, "\n"))
					}
				}
				if !slices.Equal(got, c.want) {
					t.Errorf("%s: got %q, want %q", c.steps, got, c.want)
				}
			})
		})
	}
}

func TestPrintConcurrently(t *testing.T) {
	var a, b safeBuffer
	p := NewPrinter(&a, fixedClock, USFormat())
	p.Attach(&b, "log")
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for i := range 200 {
				p.Printf("line %d", i)
			}
		})
	}
	writers.Wait()
	if err := p.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if a.String() != b.String() || strings.Count(a.String(), "\n") != 1600 {
		t.Errorf("outputs differ or lack lines: %d and %d bytes", len(a.String()), len(b.String()))
	}
}

func BenchmarkPrint(b *testing.B) {
	for _, outputs := range []int{1, 3} {
		b.Run(fmt.Sprintf("outputs=%d", outputs), func(b *testing.B) {
			p := NewPrinter(io.Discard, fixedClock, USFormat())
			for range outputs - 1 {
				p.Attach(io.Discard, "log")
			}
			b.ReportAllocs()
			for b.Loop() {
				p.Print("SMTP Server: 10.10.1.8 connected")
			}
			if err := p.Close(b.Context()); err != nil {
				b.Fatal(err)
			}
		})
	}
}

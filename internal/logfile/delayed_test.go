package logfile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

func openLog(t *testing.T) (*Delayed, func() string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "log")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	return NewDelayed(f, func(err error) {
			if err != nil {
				t.Error(err)
			}
		}), func() string {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
}

// TestDelayed: a line is in the file after delay, at a warning, when much
// waits, and when the file is closed.
func TestDelayed(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(l *Delayed, log *zerolog.Logger)
		want bool
	}{
		{"a line waits", func(*Delayed, *zerolog.Logger) {}, false},
		{"not for ever", func(*Delayed, *zerolog.Logger) { time.Sleep(delay); synctest.Wait() }, true},
		{"a warning does not wait", func(_ *Delayed, log *zerolog.Logger) { log.Warn().Msg("trouble") }, true},
		{"nor does much", func(_ *Delayed, log *zerolog.Logger) { log.Info().Msg(strings.Repeat("x", most)) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l, read := openLog(t)
				log := zerolog.New(l)
				log.Info().Msg("first")
				c.do(l, &log)
				if got := strings.Contains(read(), `"first"`); got != c.want {
					t.Errorf("the line is in the file: %v, want %v", got, c.want)
				}
				log.Info().Msg("last")
				if err := l.Close(); err != nil {
					t.Fatal(err)
				}
				if got := read(); strings.Count(got, `"first"`) != 1 || !strings.HasSuffix(got, "\"last\"}\n") {
					t.Errorf("after Close: %q", got)
				}
			})
		})
	}
}

// TestDelayedFails: how each write ended is reported, whoever writes a line is not
// bothered with it, and Close gives an error only if the last one failed.
func TestDelayedFails(t *testing.T) {
	for _, c := range []struct {
		name   string
		mended bool // Reopen gives a file that can be written
		want   string
	}{
		{"to the end", false, "[failed failed]"},
		{"for a time", true, "[failed failed well]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := os.Create(filepath.Join(t.TempDir(), "log"))
			if err != nil {
				t.Fatal(err)
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			var told []string
			l := NewDelayed(f, func(err error) {
				switch {
				case errors.Is(err, os.ErrClosed):
					told = append(told, "failed")
				case err == nil:
					told = append(told, "well")
				default:
					t.Error(err)
				}
			})
			for range 2 {
				if n, err := l.WriteLevel(zerolog.ErrorLevel, []byte("a\n")); n != 2 || err != nil {
					t.Errorf("a line gives %d, %v", n, err)
				}
			}
			if c.mended {
				l.file, err = Open(f.Name())
				if err != nil {
					t.Fatal(err)
				}
				if _, err := l.Write([]byte("b\n")); err != nil {
					t.Error(err)
				}
			}
			if err := l.Close(); (err == nil) != c.mended {
				t.Errorf("Close gives %v", err)
			}
			if got := fmt.Sprint(told); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestReopenLosesNothing: lines that are written while files are moved away again
// and again are all there, once, and whole.
func TestReopenLosesNothing(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "domigo.log")
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	l := NewDelayed(f, func(error) {})
	log := zerolog.New(l)
	const writers, each, turns = 4, 500, 20
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				log.Info().Msg(fmt.Sprintf("line %d-%d.", w, i))
			}
		})
	}
	for i := range turns {
		if err := os.Rename(path, fmt.Sprintf("%s.%d", path, i)); err != nil {
			t.Fatal(err)
		}
		if err := l.Reopen(); err != nil {
			t.Fatal(err)
		}
	}
	wg.Wait()
	l.Flush()
	text := textOf(t, path)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if got := textOf(t, path); got != text {
		t.Errorf("after Flush something was left for Close")
	}
	for i := range turns {
		text += textOf(t, fmt.Sprintf("%s.%d", path, i))
	}
	for w := range writers {
		for i := range each {
			if n := strings.Count(text, fmt.Sprintf("\"line %d-%d.\"}\n", w, i)); n != 1 {
				t.Fatalf("line %d-%d is there %d times", w, i, n)
			}
		}
	}
}

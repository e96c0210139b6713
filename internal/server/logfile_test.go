package server

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

func openLog(t *testing.T) (*logFile, func() string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "log")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	return newLogFile(f), func() string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
}

// TestLogFile: a line is in the file after logDelay, at a warning, when much
// waits, and when the file is closed.
func TestLogFile(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(l *logFile, log *zerolog.Logger)
		want bool
	}{
		{"a line waits", func(*logFile, *zerolog.Logger) {}, false},
		{"not for ever", func(*logFile, *zerolog.Logger) { time.Sleep(logDelay); synctest.Wait() }, true},
		{"a warning does not wait", func(_ *logFile, log *zerolog.Logger) { log.Warn().Msg("trouble") }, true},
		{"nor does much", func(_ *logFile, log *zerolog.Logger) { log.Info().Msg(strings.Repeat("x", logBuffer)) }, true},
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

// TestLogFileFails: the error of a write is told, once.
func TestLogFileFails(t *testing.T) {
	l, _ := openLog(t)
	if err := l.file.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := l.WriteLevel(zerolog.ErrorLevel, []byte("a\n")); !errors.Is(err, os.ErrClosed) {
		t.Errorf("got %v, want %v", err, os.ErrClosed)
	}
	if _, err := l.WriteLevel(zerolog.InfoLevel, []byte("b\n")); err != nil {
		t.Errorf("told again: %v", err)
	}
	if err := l.Close(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("close: got %v, want %v", err, os.ErrClosed)
	}
}

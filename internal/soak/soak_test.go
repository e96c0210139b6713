package main

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// full is the value of SOAK with which the faults run that need root, strace
// and mount.
const full = "full"

// TestMain runs the sink of a soak, which is the command that runs itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == sinkCommand {
		main()
		return
	}
	os.Exit(m.Run())
}

// buildDomigo builds the command under test.
func buildDomigo(t *testing.T) string {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "domigo")
	if out, err := exec.Command("go", "build", "-o", bin, "domigo/cmd/domigo").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	return bin
}

// TestSoak runs the command: short, or with SOAK=full with all faults.
func TestSoak(t *testing.T) {
	bin := buildDomigo(t)
	common := []string{"-domigo", bin, "-sites", "../../testdata", "-json"}
	t.Run("kills", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "run")
		rep := soakReport(t, append(common, "-messages", "600", "-seconds", "5", "-kills", "4", "-reload", "-dns-outage", "-hold", "500ms", "-seed", "7", "-log", "0", "-keep", dir))
		for _, s := range rep.Servers {
			if info, err := os.Stat(filepath.Join(dir, s.Server, "domigo.log.1")); err != nil || info.Size() == 0 {
				t.Errorf("%s: no log was moved away: %v", s.Server, err)
			}
		}
		kinds, sites, waited := map[string]int{}, 0, 0
		for _, e := range rep.Events {
			kind := e.Kind
			if e.Drain {
				kind += " in the drain"
				waited = max(waited, e.Pending)
			}
			kinds[kind]++
			if e.Kind == killed && e.Server != sinkName {
				sites++
			}
		}
		if want := map[string]int{killed: 4, killed + " in the drain": 6, noDNS: 1}; !maps.Equal(kinds, want) || waited == 0 {
			t.Errorf("got the faults %v, at most %d messages pending; want %v, and mail that waits", kinds, waited, want)
		}
		if n := rep.Servers[0].Starts + rep.Servers[1].Starts; n != 2+sites {
			t.Errorf("the servers were started %d times, want 2 and once for each of %d kills", n, sites)
		}
	})
	t.Run("interrupted", func(t *testing.T) { interrupt(t, common) })
	if os.Getenv("SOAK") != full {
		return
	}
	t.Run(full, func(t *testing.T) {
		rep := soakReport(t, append(common, "-messages", "6000", "-kills", "10", "-reload", "-dns-outage", "-fsync", "-full", "-disk", "512", "-seed", "8"))
		for _, e := range rep.Events {
			if (e.Kind == badSync || e.Kind == diskFull) && (e.Refused == 0 || e.Recovered == 0) {
				t.Errorf("%s of %s: %d refused, recovered after %v s", e.Kind, e.Server, e.Refused, e.Recovered)
			}
		}
	})
}

func soakReport(t *testing.T, args []string) report {
	t.Helper()
	var out, log bytes.Buffer
	if err := command(t.Context(), args, &out, &log); err != nil {
		t.Fatalf("%v\n%s", err, &log)
	}
	var rep report
	if err := json.Unmarshal(out.Bytes(), &rep); err != nil {
		t.Fatalf("%v in %s", err, &out)
	}
	if rep.Acknowledged < 600 || rep.Lost > 0 || len(rep.Violations) > 0 || len(rep.Boxes) != 6 {
		t.Errorf("got %d acknowledged, %d lost, %d Maildirs, %q", rep.Acknowledged, rep.Lost, len(rep.Boxes), rep.Violations)
	}
	for _, f := range rep.Servers {
		if f.Goroutines == 0 {
			t.Errorf("%s: no goroutines in the dump", f.Server)
		}
	}
	t.Logf("%d acknowledged, %d duplicates, %.0f per second", rep.Acknowledged, rep.Duplicates.Count, rep.PerSecond)
	return rep
}

// interrupt ends a run in its midst: nothing of it may stay.
func interrupt(t *testing.T, common []string) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	log := &trigger{word: "kill ", do: cancel}
	err := command(ctx, append(common, "-messages", "100000", "-kills", "1000"), &bytes.Buffer{}, log)
	if err == nil || !strings.Contains(err.Error(), context.Canceled.Error()) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) > 0 {
		t.Errorf("%v and %v are left", left, err)
	}
	if out, err := exec.Command("pgrep", "-f", tmp).Output(); err == nil {
		t.Errorf("processes are left: %s", out)
	}
}

// trigger does something when a word is written.
type trigger struct {
	word string
	do   func()
}

func (g *trigger) Write(p []byte) (int, error) {
	if bytes.Contains(p, []byte(g.word)) {
		g.do()
	}
	return len(p), nil
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{
		{"-messages", "0"}, {"-messages", "-1"}, {"-kills", "-1"}, {"-c", "0"}, {"more"}, {"-seconds", "-1"}, {"-nonsense"}, {"-log", "-1"}, {"-space", "0"},
	} {
		if err := command(t.Context(), args, &bytes.Buffer{}, &bytes.Buffer{}); err == nil {
			t.Errorf("%q: no error", args)
		}
	}
	if err := command(t.Context(), []string{"-h"}, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Errorf("-h: %v", err)
	}
}

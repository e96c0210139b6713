package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"domigo/internal/soak/site"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// put writes a message as a server would have delivered it.
func put(t *testing.T, box, name, id string, at time.Time) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(box, "new"), 0o700); err != nil {
		t.Fatal(err)
	}
	body := id + "\r\n"
	sum := sha256.Sum256([]byte(strings.ReplaceAll(body, "\r\n", "\n")))
	text := fmt.Sprintf("Return-Path: <a@b>\r\nReceived: from x\r\n\tby y with ESMTP id 1; %s\r\nX-Load-Id: %s\r\nX-Load-Sum: %s\r\n\r\n%s",
		at.Format(time.RFC1123Z), id, hex.EncodeToString(sum[:]), body)
	if err := os.WriteFile(filepath.Join(box, "new", name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestAuditFinds: a message that is in one of its two Maildirs only is lost; one
// that is there twice without a reason, and one of nobody, are found.
func TestAuditFinds(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	s := &stream{name: "s", boxes: []string{one, two}}
	if err := s.open(dir); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b"} {
		if err := s.ledger.Add(id); err != nil {
			t.Fatal(err)
		}
		s.acknowledged++
		put(t, one, id, id, noon)
	}
	if err := s.ledger.Close(); err != nil {
		t.Fatal(err)
	}
	put(t, two, "1", "a", noon)
	put(t, two, "2", "a", noon.Add(time.Minute))
	if err := os.WriteFile(filepath.Join(two, "new", "3"), []byte("Subject: report\r\n\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := &run{o: &options{}, log: &bytes.Buffer{}, begun: time.Now(), all: []*stream{s}, house: &house{dir: dir}}
	rep, err := r.report(time.Second, time.Second, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rep.Lost != 1 || !slices.Equal(rep.Boxes[1].Lost, []string{"b"}) || rep.Foreign != 1 || !slices.Equal(rep.Duplicates.Unexplained, []string{"a"}) {
		t.Errorf("got %+v", rep)
	}
	if len(rep.Violations) != 3 {
		t.Errorf("got %q, want three violations", rep.Violations)
	}
	s.acknowledged++
	if _, err := r.report(time.Second, time.Second, nil); err == nil {
		t.Error("no error for a ledger that is shorter than what was acknowledged")
	}
}

// TestWindow holds which faults explain a duplicate.
func TestWindow(t *testing.T) {
	at := func(s float64) time.Time { return noon.Add(time.Duration(s * float64(time.Second))) }
	kill := event{Kind: killed, Begin: at(100.5), End: at(100.6)}
	long := event{Kind: badSync, Begin: at(200.5), End: at(208)}
	dns := event{Kind: noDNS, Begin: at(300), End: at(308)}
	for _, c := range []struct {
		name   string
		copies []float64
		want   string // kinds
		left   int
	}{
		{"in the second of the kill", []float64{100, 101}, "map[kill:1]", 0},
		{"a little before", []float64{97, 130}, "map[kill:1]", 0},
		{"long before", []float64{90, 130}, "map[]", 1},
		{"both before", []float64{97, 98}, "map[]", 1},
		{"after", []float64{102, 130}, "map[]", 1},
		{"in the midst of failing syncs", []float64{204, 220}, "map[fsync:1]", 0},
		{"three copies, two faults", []float64{99, 204, 230}, "map[fsync:1 kill:1]", 0},
		{"three copies, one fault", []float64{99, 103, 150}, "map[kill:1]", 1},
		{"an outage of DNS cuts nothing off", []float64{301, 309}, "map[]", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			var times []time.Time
			for _, s := range c.copies {
				times = append(times, at(s))
			}
			d := duplicates{ByKind: map[string]int{}}
			d.explain(copies{"id": times}, []event{kill, long, dns})
			if got := fmt.Sprint(d.ByKind); got != c.want || len(d.Unexplained) != c.left || d.Count != len(times)-1 {
				t.Errorf("got %s, %d unexplained, %d in all; want %s, %d, %d", got, len(d.Unexplained), d.Count, c.want, c.left, len(times)-1)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	servers := []*site.Server{{Name: "acme"}, {Name: "isp"}}
	names := func(seed uint64) (out []string) {
		o := &options{kills: 20, fsync: true, full: true, dns: true}
		for _, s := range plan(o, servers, rand.New(rand.NewPCG(seed, 0))) {
			name := s.kind
			if s.server != nil {
				name += " " + s.server.Name
			}
			out = append(out, name)
		}
		return out
	}
	one := names(1)
	if !slices.Equal(one, names(1)) {
		t.Error("the same seed gives another plan")
	}
	if slices.Equal(one, names(2)) {
		t.Error("another seed gives the same plan")
	}
	count := map[string]int{}
	for _, n := range one {
		count[n]++
	}
	if len(one) != 24 || count["kill acme"] == 0 || count["kill isp"] == 0 || count["fsync acme"] != 1 || count["fsync isp"] != 1 || count["full acme"] != 1 || count["dns-outage"] != 1 {
		t.Errorf("got %v", count)
	}
}

func TestQuarters(t *testing.T) {
	if got := quarters([]int{1, 2, 3, 9, 8, 7, 4, 4, 4, 5, 6, 7}); !slices.Equal(got, []int{2, 8, 4, 6}) {
		t.Errorf("got %v", got)
	}
	if got := quarters([]int{1, 2, 3}); got != nil {
		t.Errorf("too few: got %v", got)
	}
}

func TestCounter(t *testing.T) {
	var c counter
	done := make(chan error)
	go func() { done <- c.reach(t.Context(), 100) }()
	for range 100 {
		c.add()
	}
	if err := <-done; err != nil || c.get() != 100 {
		t.Errorf("got %v, %d", err, c.get())
	}
	if err := c.reach(t.Context(), 50); err != nil {
		t.Errorf("reached before: %v", err)
	}
}

package console

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestSetFormat: lines take a new form from the next one on, and commands on
// the server's own console print the thread id without a time.
func TestSetFormat(t *testing.T) {
	var out strings.Builder
	now := time.Date(2009, 7, 26, 19, 26, 37, 0, time.UTC)
	p := NewPrinter(&out, func() time.Time { return now }, USFormat())
	p.Print("one")
	f := dayFirst()
	f.TimeSeparator, f.ProcessID = ".", 582
	p.SetFormat(f)
	p.Print("two")
	if err := Interactive(t.Context(), strings.NewReader("show allports\n"), p.Console(), &fakeServer{}); err != nil {
		t.Fatal(err)
	}
	p.SetFormat(Format{DateOrder: YMD, DateSeparator: "-"})
	p.Print("three")
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	const thread = "[000582:000002-0000000000000000] "
	want := "07/26/2009 07:26:37 PM  one\n" +
		thread + "26.07.2009 19.26.37   two\n" +
		thread + "Enabled Ports:\n" + thread + "TCPIP=TCP, 0, 15, 0\n" + thread + "Disabled Ports:\n" + thread + "LAN0=NETBIOS, 0, 15, 0\n" +
		"2009-07-26 07:26:37 PM  three\n"
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 12345: "12,345", 7516192768: "7,516,192,768"} {
		if got := grouped(n); got != want {
			t.Errorf("grouped(%d) = %s, want %s", n, got, want)
		}
	}
}

// TestShowScheduleEmpty: nothing is scheduled, or nothing that was asked for.
func TestShowScheduleEmpty(t *testing.T) {
	const want = "No events are scheduled at this time.\n\n"
	for line, s := range map[string]*fakeServer{
		"show schedule":                 {vars: map[string]string{"schedule": "none"}},
		"show schedule Hub/Acme Backup": {},
	} {
		if got, err := runLine(t, s, line); got != want || err != nil {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
}

// TestBroadcast: a broadcast is for attached consoles, not for the server's own
// nor the log.
func TestBroadcast(t *testing.T) {
	var own, log, far strings.Builder
	p := NewPrinter(&own, time.Now, USFormat())
	p.Attach(&log, "log")
	p.add(p.newOutput(&far, remoteBacklog, "", appendLineFrame))
	if n := p.Broadcast("going\x1bdown"); n != 1 {
		t.Errorf("sent to %d consoles, want 1", n)
	}
	if err := p.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if own.Len()+log.Len() != 0 || !strings.Contains(far.String(), `going\x1bdown`) {
		t.Errorf("own %q, log %q, attached %q", own.String(), log.String(), far.String())
	}
}

// dayFirst is the form with a 24 hour clock that is common in Europe.
func dayFirst() Format { return Format{DateOrder: DMY, DateSeparator: ".", Clock24: true} }

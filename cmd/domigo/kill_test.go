package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"domigo/console"
	"domigo/internal/loadtest/load"
)

// TestKillNine kills the server several times while clients send, by the
// number of messages acknowledged, and starts it again: every message that
// got 250 is delivered, whole. There is one copy of each, also where a crash
// fell between a delivery and its record: the second attempt finds the file.
func TestKillNine(t *testing.T) {
	total, kills := 2000, []int{150, 500, 900, 1400, 1800}
	if testing.Short() {
		total, kills = 300, []int{80, 200}
	}
	free := newPorts()
	acme := newSite(t, "acme", freePort(t, free), freePort(t, free))
	acme.start()
	ids := loadAndKill(t, acme, "john.doe@acme.com", total, kills)
	auditMail(t, filepath.Join(acme.dir, "mail", "jdoe"), ids, total, 0)
}

// transfersAtOnce is how many messages of acme can be on their way to its
// relay host at a time.
const transfersAtOnce = 12

// TestKillNineRelay does the same with mail for the next hop. There, a message
// arrives twice if a crash fell between its transfer and the record of it.
func TestKillNineRelay(t *testing.T) {
	total, kills := 400, []int{60, 150, 300}
	free := newPorts()
	acme := newSite(t, "acme", freePort(t, free), freePort(t, free))
	isp := newSite(t, "isp", acme.next, acme.port)
	acme.item("SMTPRlyExcpts", "[127.0.0.1]")
	isp.start()
	acme.start()
	ids := loadAndKill(t, acme, "john.doe@ibm.com", total, kills)
	waitEmpty(t, isp)
	auditMail(t, filepath.Join(isp.dir, "mail", "jdoe"), ids, total, transfersAtOnce*len(kills))
}

// loadAndKill sends messages and kills the server when so many are
// acknowledged. It returns the acknowledged ids when nothing is pending.
func loadAndKill(t *testing.T, acme *testSite, to string, total int, kills []int) []string {
	t.Helper()
	ledgerFile := filepath.Join(t.TempDir(), "ledger")
	ledger, err := load.OpenLedger(ledgerFile)
	if err != nil {
		t.Fatal(err)
	}
	kill := make(chan struct{}, len(kills))
	o := load.Options{Addr: acme.addr(), From: "a@abc.com", To: to, N: total, Conns: 16, Size: 4096, Run: "kill",
		Retry: 2 * patience, Ledger: ledger, OnAck: func(n int) {
			if slices.Contains(kills, n) {
				kill <- struct{}{}
			}
		}}
	ctx, cancel := context.WithTimeout(context.Background(), 3*patience)
	defer cancel()
	var result load.Result
	finished := make(chan error, 1)
	go func() {
		var err error
		result, err = load.Run(ctx, o)
		finished <- err
	}()
	killed := 0
	for running := true; running; {
		select {
		case <-kill:
			acme.run.kill()
			killed++
			acme.start()
		case err := <-finished:
			if err != nil {
				t.Fatalf("load: %v", err)
			}
			running = false
		}
	}
	if err := ledger.Close(); err != nil {
		t.Fatal(err)
	}
	if killed != len(kills) || result.Failed > 0 || result.Acknowledged != total {
		t.Fatalf("%d kills, want %d; %d of %d acknowledged, %d given up: %s", killed, len(kills), result.Acknowledged, total, result.Failed, result.FirstError)
	}
	waitEmpty(t, acme)
	ids, err := load.ReadLedger(ledgerFile)
	if err != nil {
		t.Fatal(err)
	}
	return ids
}

func auditMail(t *testing.T, box string, ids []string, total, duplicates int) {
	t.Helper()
	a, err := load.Verify(box, ids)
	if err != nil {
		t.Fatal(err)
	}
	if !a.OK() || a.Acknowledged != total {
		t.Errorf("%d acknowledged, want %d; lost %q, damaged %q", a.Acknowledged, total, a.Lost, a.Damaged)
	}
	if a.Duplicates > duplicates {
		t.Errorf("%d duplicates, want at most %d", a.Duplicates, duplicates)
	}
	t.Logf("%d acknowledged, %d duplicates, %d delivered whose reply was lost", a.Acknowledged, a.Duplicates, a.Unconfirmed)
}

// waitEmpty waits until nothing is pending in the mail.box.
func waitEmpty(t *testing.T, s *testSite) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*patience)
	defer cancel()
	c, err := console.Dial(ctx, filepath.Join(s.dir, "domigo.sock"))
	if err != nil {
		t.Fatalf("console: %v", err)
	}
	defer c.Close()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		out, failed, err := c.Run(ctx, "show stat Mail.TotalPending")
		if err != nil || failed {
			t.Fatalf("console: %q, %v", out, err)
		}
		if strings.HasPrefix(out, "  Mail.TotalPending = 0\n") {
			return
		}
		<-tick.C
	}
}

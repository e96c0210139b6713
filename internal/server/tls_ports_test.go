package server

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"domigo/console"
	"domigo/settings"
)

// TestCertificatesTended: with nobody who connects, a certificate that was renewed
// is read within half a minute, and one that ends is told of every day.
func TestCertificatesTended(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		s := &Server{now: time.Now, printer: console.NewPrinter(&out, time.Now, console.USFormat())}
		snap := &settings.Snapshot{Own: settings.Own{TLSCert: "a.pem"}}
		pemFile(t, dir, "a.pem", "old.acme.com", ago, time.Now().AddDate(0, 0, 5))
		task := &smtpTask{certs: newCertificates(snap, dir, time.Now, s.line, nil), look: make(chan struct{}, 1)}
		first := task.certs.current()
		ctx, cancel := context.WithCancel(t.Context())
		s.begin(&task.wg, func() { s.tend(ctx, task) })
		time.Sleep(72*time.Hour + time.Second) // behind the look of that moment
		pemFile(t, dir, "a.pem", "new.acme.com", ago, later)
		time.Sleep(lookEvery)
		synctest.Wait()
		if got := task.certs.current(); got == first || shown(t, got, "") != "new.acme.com" {
			t.Error("the new certificate is not served")
		}
		time.Sleep(72 * time.Hour)
		cancel()
		task.wg.Wait()
		if err := s.printer.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if text := out.String(); strings.Count(text, "a.pem expires on 2000-01-06 00:00:00 UTC") != 4 || strings.Count(text, "certificate loaded") != 1 {
			t.Errorf("want four warnings in three days, and none after the renewal:\n%s", text)
		}
	})
}

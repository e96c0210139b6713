package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"domigo/console"
)

// failing runs a command that must fail, and gives what it prints.
func (s *site) failing(t *testing.T, line string) string {
	t.Helper()
	var out strings.Builder
	err := console.Run(t.Context(), s.Server, line, &out)
	var failure *console.CommandError
	if !errors.As(err, &failure) {
		t.Fatalf("%s: got %v and %q, want a failure", line, err, out.String())
	}
	return out.String()
}

// answers tries whether somebody listens.
func answers(addr string) bool {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		return false
	}
	c.Close()
	return true
}

// secureSite is a running site with a certificate in live.crt and live.key, and a
// TLS port; edit may spoil the files before the start.
func secureSite(t *testing.T, edit func(dir string)) (s *site, secure string) {
	secure = fmt.Sprintf("127.0.0.1:%d", freePort(t))
	s = start(t, func(dir string) {
		pemFile(t, dir, "a.pem", "a.acme.com", ago, later)
		pemFile(t, dir, "b.pem", "b.acme.com", ago, later)
		copyTo(t, dir, "a.pem", "live.crt")
		copyTo(t, dir, "a.pem", "live.key")
		replace(t, filepath.Join(dir, "notes.ini"), "Domain=ACME", "Domain=ACME\nDomigo_TLSCert=live.crt\nDomigo_TLSKey=live.key")
		dxl := filepath.Join(dir, "names", "configuration.dxl")
		_, port, err := net.SplitHostPort(secure)
		if err != nil {
			t.Fatal(err)
		}
		replace(t, dxl, "<item name='SMTP_SSLStatus'><text>0", "<item name='SMTP_SSLStatus'><text>1")
		replace(t, dxl, "</document>", "<item name='SMTP_SSLPort'><number>"+port+"</number></item></document>")
		if edit != nil {
			edit(dir)
		}
	})
	return s, secure
}

func copyTo(t *testing.T, dir, from, to string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, from))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, to), string(data))
}

// certificateAt gives the common name that a TLS port shows.
func certificateAt(t *testing.T, addr string) string {
	t.Helper()
	c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0].Subject.CommonName
}

// TestRestartKeepsCertificate: a restart in the midst of a renewal, when the
// files do not belong together or are away, goes on with the pair that was served.
func TestRestartKeepsCertificate(t *testing.T) {
	for _, c := range []struct {
		name    string
		spoil   func(t *testing.T, dir string)
		command string
		says    string
	}{
		{"only the certificate is new", func(t *testing.T, dir string) { copyTo(t, dir, "b.pem", "live.crt") }, "restart task smtp", "private key does not match public key"},
		{"restart server", func(t *testing.T, dir string) { copyTo(t, dir, "b.pem", "live.crt") }, "restart server", "private key does not match public key"},
		{"the key is gone", func(t *testing.T, dir string) {
			if err := os.Remove(filepath.Join(dir, "live.key")); err != nil {
				t.Fatal(err)
			}
		}, "restart task smtp", "live.key: no such file or directory"},
		{"the settings name another file", func(t *testing.T, dir string) {
			replace(t, filepath.Join(dir, "notes.ini"), "Domigo_TLSCert=live.crt", "Domigo_TLSCert=new.crt")
		}, "restart task smtp", "new.crt: no such file or directory"},
		{"the settings name two certificates and one key", func(t *testing.T, dir string) {
			replace(t, filepath.Join(dir, "notes.ini"), "Domigo_TLSCert=live.crt", "Domigo_TLSCert=live.crt,b.pem")
		}, "restart task smtp", "Domigo_TLSCert names 2 files and Domigo_TLSKey 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, secure := secureSite(t, nil)
			if got := certificateAt(t, secure); got != "a.acme.com" {
				t.Fatalf("before: %s", got)
			}
			c.spoil(t, s.dir)
			s.command(t, c.command)
			s.out.wait(t, "SMTP Server: Started", 2)
			if !answers(secure) {
				t.Fatalf("%s has the TLS port closed:\n%s", c.command, s.out)
			}
			if got := certificateAt(t, secure); got != "a.acme.com" {
				t.Errorf("after: %s", got)
			}
			s.out.wait(t, "SMTP Server: the certificate is not changed: ", 1)
			if text := s.out.String(); !strings.Contains(text, c.says) || strings.Contains(text, "TLS is off") {
				t.Errorf("want %q and no \"TLS is off\":\n%s", c.says, text)
			}
			copyTo(t, s.dir, "b.pem", "live.crt")
			copyTo(t, s.dir, "b.pem", "live.key")
			copyTo(t, s.dir, "b.pem", "new.crt")
			s.reloads <- syscall.SIGHUP
			s.out.wait(t, "Configuration: reload complete", 1)
			if c.says == "Domigo_TLSCert names 2 files and Domigo_TLSKey 1" {
				return // the files of before are looked at, which TestCertificateReload holds
			}
			if got := certificateAt(t, secure); got != "b.acme.com" {
				t.Errorf("when the files are whole: %s", got)
			}
		})
	}
}

// TestTLSPortOpensLater: a TLS port that was not bound for want of a certificate
// opens when there is one, whatever has the files looked at.
func TestTLSPortOpensLater(t *testing.T) {
	for _, c := range []struct {
		name string
		look func(t *testing.T, s *site)
	}{
		{"the files' event", func(*testing.T, *site) {}},
		{"SIGHUP", func(t *testing.T, s *site) { s.reloads <- syscall.SIGHUP }},
		{"tell smtp update config", func(t *testing.T, s *site) { s.command(t, "tell smtp update config") }},
		{"restart task smtp", func(t *testing.T, s *site) { s.command(t, "restart task smtp") }},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, secure := secureSite(t, func(dir string) { copyTo(t, dir, "b.pem", "live.key") })
			s.out.wait(t, "SMTP Server: TLS is off: certificate ", 1)
			s.out.wait(t, "SMTP Server: port "+secure+" is not served: no certificate; it opens when one is loaded", 1)
			if answers(secure) {
				t.Fatal("the TLS port is open without a certificate")
			}
			copyTo(t, s.dir, "a.pem", "live.key")
			c.look(t, s)
			if c.name != "restart task smtp" {
				s.out.wait(t, "SMTP Server: port "+secure+" is served", 1)
			}
			if got := certificateAt(t, secure); got != "a.acme.com" {
				t.Errorf("got %s", got)
			}
			if got := s.command(t, "show tasks"); !strings.Contains(got, "on TLS Port:"+portOf(secure)) {
				t.Errorf("show tasks: %s", got)
			}
			s.command(t, "tell smtp quit")
			if answers(secure) {
				t.Error("the TLS port is open after tell smtp quit")
			}
		})
	}
}

// TestTLSPortTaken: a port that another process has taken meanwhile is told
// once, and opens when it is free.
func TestTLSPortTaken(t *testing.T) {
	s, secure := secureSite(t, func(dir string) { copyTo(t, dir, "b.pem", "live.key") })
	other, err := net.Listen("tcp", secure)
	if err != nil {
		t.Fatal(err)
	}
	copyTo(t, s.dir, "a.pem", "live.key")
	s.out.wait(t, "SMTP Server: Listener failure: port "+secure+" is taken by another process", 1)
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	s.command(t, "tell smtp update config")
	s.out.wait(t, "SMTP Server: port "+secure+" is served", 1)
	if n := strings.Count(s.out.String(), "is taken by another process"); n != 1 {
		t.Errorf("told %d times", n)
	}
}

// TestRestartFallsBack: with addresses that cannot be bound, a restart leaves the
// listener where it was.
func TestRestartFallsBack(t *testing.T) {
	for _, command := range []string{"restart task smtp", "restart server"} {
		t.Run(command, func(t *testing.T) {
			s := start(t, nil)
			s.command(t, "set config Domigo_Listen=203.0.113.9:2525")
			got := s.failing(t, command)
			if !strings.Contains(got, "cannot assign requested address; it listens where it did before, on "+s.addr) {
				t.Errorf("%s: got %q", command, got)
			}
			s.out.wait(t, "SMTP Server: Listening where it did before, on "+s.addr+": ", 1)
			if got := s.greeting(t); !strings.HasPrefix(got, "220 ") {
				t.Errorf("greeting %q", got)
			}
			fresh := fmt.Sprintf("127.0.0.1:%d", freePort(t))
			s.command(t, "set config Domigo_Listen="+fresh)
			s.command(t, "restart task smtp")
			if answers(s.addr) {
				t.Error("the old port answers still")
			}
			s.addr = fresh
			s.greeting(t)
		})
	}
}

// TestNoFallBack: what may be served on the new addresses only, or has no port
// any more, is not served on the old ones, and that is said.
func TestNoFallBack(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(t *testing.T, s *site) (undo func())
		want string
	}{
		{"an open relay for loopback addresses", func(t *testing.T, s *site) func() {
			names := filepath.Join(s.dir, "names", "configuration.dxl")
			replace(t, names, "'SMTPRlyDenyDoms'><text>*</text>", "'SMTPRlyDenyDoms'><text/>")
			replace(t, names, "'SMTPRlyDenyHosts'><text>*</text>", "'SMTPRlyDenyHosts'><text/>")
			taken, err := net.Listen("tcp", "127.0.0.2:0")
			if err != nil {
				t.Fatal(err)
			}
			s.command(t, "set config Domigo_Listen="+taken.Addr().String())
			return func() { taken.Close() }
		}, "is taken by another process"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, func(dir string) {
				replace(t, filepath.Join(dir, "notes.ini"), "Domigo_Listen=127.0.0.1:", "Domigo_Listen=0.0.0.0:")
			})
			defer c.make(t, s)()
			got := s.failing(t, "restart task smtp")
			if !strings.Contains(got, c.want) || !strings.Contains(got, "the SMTP Server is stopped: correct Domigo_Listen or the port, then load smtp") {
				t.Errorf("got %q", got)
			}
			if answers(s.addr) {
				t.Errorf("the old port answers")
			}
		})
	}
}

// TestRestartsCross: restarts at one time, and one that the end overtakes, print
// nothing that is not so.
func TestRestartsCross(t *testing.T) {
	s := start(t, nil)
	var both sync.WaitGroup
	for range 4 {
		both.Go(func() {
			if err := s.RestartServer(context.Background()); err != nil {
				t.Errorf("restart server: %v", err)
			}
		})
	}
	both.Wait()
	s.greeting(t)
	both.Go(func() {
		if err := s.RestartServer(context.Background()); err != nil && !errors.Is(err, errEnded) {
			t.Errorf("restart server at the end: %v", err)
		}
	})
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	both.Wait()
	for _, bad := range []string{"Listener failure", "not updated", "canceled"} {
		if strings.Contains(s.out.String(), bad) {
			t.Errorf("%q is in:\n%s", bad, s.out)
		}
	}
}

// TestRestartAtTheEnd: a task that is being stopped for a restart when the end
// is asked for is not started again, and nothing is said of a configuration.
func TestRestartAtTheEnd(t *testing.T) {
	s := start(t, nil)
	c := s.talk(t, "127.0.0.1")
	for _, line := range []string{"", "ehlo a", "mail from:<>", "rcpt to:<john.doe@acme.com>", "data"} {
		if reply := c.say(t, line); reply[0] > '3' {
			t.Fatalf("%s: %s", line, reply)
		}
	}
	restarted := make(chan error, 1)
	go func() {
		waited, err := s.RestartTask(context.Background(), taskSMTP)
		if waited != 0 {
			err = errors.Join(err, fmt.Errorf("it says that it waited %v to restart", waited))
		}
		restarted <- err
	}()
	for deadline := time.Now().Add(20 * time.Second); s.smtp.Load() != nil; { // until it stops the listener
		if time.Now().After(deadline) {
			t.Fatal("the restart never began")
		}
	}
	ended := make(chan error, 1)
	go func() { ended <- s.stop() }()
	<-s.base.Done()
	if _, err := c.Write([]byte("\r\n.\r\n")); err != nil {
		t.Fatal(err)
	}
	if err := <-restarted; !errors.Is(err, errEnded) || strings.Contains(err.Error(), "waited") {
		t.Errorf("the restart gives %v, want %v", err, errEnded)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	text := s.out.String()
	if n := strings.Count(text, "SMTP Server: Starting..."); n != 1 || strings.Contains(text, "not updated") {
		t.Errorf("%d starts, want 1, and nothing of a configuration:\n%s", n, text)
	}
}

// TestTasksLoadedMeanwhile: a task that somebody loads while the server restarts
// keeps the other one from nothing.
func TestTasksLoadedMeanwhile(t *testing.T) {
	for _, task := range []string{taskRouter, taskSMTP} {
		s := start(t, nil)
		s.stopTasks()
		if err := s.Load(t.Context(), task); err != nil {
			t.Fatal(err)
		}
		if err := s.startTasks(s.base, nil); err != nil || s.smtp.Load() == nil || s.router.Load() == nil {
			t.Errorf("%s loaded meanwhile: %v, listener %t, Router %t", task, err, s.smtp.Load() != nil, s.router.Load() != nil)
		}
	}
}

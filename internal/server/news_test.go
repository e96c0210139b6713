package server

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// people gives an export of so many persons.
func people(n int) string {
	var b strings.Builder
	b.WriteString("<?xml version='1.0' encoding='utf-8'?>\n<database xmlns='http://www.lotus.com/dxl'>\n")
	for i := range n {
		fmt.Fprintf(&b, "<document form='Person'><item name='FullName'><text>CN=P%d/O=Acme</text></item></document>\n", i)
	}
	return b.String() + "</database>\n"
}

// logged waits until domigo.log has a line with all of these texts, and gives it.
func (s *site) logged(t *testing.T, texts ...string) string {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		data, err := os.ReadFile(filepath.Join(s.dir, "domigo.log"))
		if err != nil {
			t.Fatal(err)
		}
	lines:
		for line := range strings.Lines(string(data)) {
			for _, text := range texts {
				if !strings.Contains(line, text) {
					continue lines
				}
			}
			return line
		}
	}
	t.Fatalf("domigo.log never had a line with %q", texts)
	return ""
}

// TestFewerPersonsAreTold: an administrator sees that persons are gone, which
// export had them, and what to do; whether the files' events, a task's restart or
// the server's restart finds it.
func TestBrokenExportIsTold(t *testing.T) {
	whole := people(20)
	s := start(t, func(dir string) { writeFile(t, filepath.Join(dir, "names", "more.dxl"), whole) })
	file := filepath.Join(s.dir, "names", "more.dxl")
	writeFile(t, file, whole[:len(whole)/2])
	s.out.wait(t, "Configuration file error: "+file, 1)
	if persons, _, _ := s.directory().Len(); persons != 23 {
		t.Errorf("%d persons behind a broken export, want the 23 of before", persons)
	}
	writeFile(t, file, whole)
	s.out.wait(t, "Configuration file error: mended", 1)
	if n := strings.Count(s.out.String(), "Configuration file error: "+file); n != 1 {
		t.Errorf("told %d times, want once:\n%s", n, s.out.String())
	}

	// A server that is restarted begins with the error, which nobody has mended then.
	ini := filepath.Join(s.dir, "notes.ini")
	good, err := os.ReadFile(ini)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, ini, string(good)+"SMTPMaxSessions=lots\n")
	s.out.wait(t, "Configuration file error: "+ini, 1)
	s.command(t, "restart server")
	s.out.wait(t, "SMTPMaxSessions: \"lots\" is not a number; in effect is ", 1)
	writeFile(t, ini, string(good)+"SMTPMaxSessions=lots\n; looked at\n")
	writeFile(t, file, whole[:len(whole)/2])
	s.out.wait(t, "Configuration file error: "+file, 2)
	if n := strings.Count(s.out.String(), "mended"); n != 1 {
		t.Errorf("%d errors mended, want 1:\n%s", n, s.out.String())
	}
}

// TestStartTellsWhatHolds: where a value cannot be used, the line of the start
// says what holds in its place.
func TestStartTellsWhatHolds(t *testing.T) {
	s := start(t, func(dir string) {
		ini := filepath.Join(dir, "notes.ini")
		b, err := os.ReadFile(ini)
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, ini, strings.Replace(string(b), "SMTPMaxRecipientCount=100", "SMTPMaxRecipientCount=abc", 1))
	})
	s.out.wait(t, `SMTPMaxRecipientCount: "abc" is not a number; in effect is 5000 (default`, 1)
}

func TestFewerPersonsAreTold(t *testing.T) {
	file := func(dir string) string { return filepath.Join(dir, "names", "more.dxl") }
	put := func(t *testing.T, dir string, n int) {
		t.Helper()
		temp := file(dir) + ".tmp"
		if err := os.WriteFile(temp, []byte(people(n)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(temp, file(dir)); err != nil {
			t.Fatal(err)
		}
	}
	s := start(t, func(dir string) { put(t, dir, 100) })
	told := func(before, now int) string {
		return fmt.Sprintf("persons: %d, and %d before; gone are %d of %s", now+3, before+3, before-now, file(s.dir)) // 3 of the site's own
	}
	const remedy = ". If it was not meant, put the last whole export back"

	put(t, s.dir, 99) // the event finds it
	s.logged(t, told(100, 99), `"level":"info"`, `"code":"documents-fewer"`, `"file":"`+file(s.dir)+`"`)
	put(t, s.dir, 40)
	s.out.wait(t, "Configuration: "+file(s.dir)+": warning: "+told(99, 40)+remedy, 1)
	s.logged(t, told(99, 40), `"level":"warn"`, `"code":"documents-lost"`)
	if strings.Contains(s.out.String(), told(100, 99)) {
		t.Error("one person of a hundred is a line of the console")
	}

	put(t, s.dir, 20)
	s.command(t, "restart task router")
	s.out.wait(t, told(40, 20)+remedy, 1)

	if err := os.Remove(file(s.dir)); err != nil {
		t.Fatal(err)
	}
	s.command(t, "restart task router")
	s.out.wait(t, "Router: Configuration not updated: "+file(s.dir)+": the file is gone; 20 of its 20 documents", 1)
	if persons, _, _ := s.directory().Len(); persons != 23 {
		t.Errorf("%d persons after a restart of a task, want the 23 that nobody deleted", persons)
	}
	s.command(t, "restart server")
	s.out.wait(t, told(20, 0)+remedy, 1)
	if n := strings.Count(s.out.String(), remedy); n != 3 {
		t.Errorf("%d warnings, want 3:\n%s", n, s.out.String())
	}
}

// TestSetConfigRemarks: set config answers as Domino does, and then says what is
// wrong with the value and what becomes of it; so does the log.
func TestSetConfigRemarks(t *testing.T) {
	s := start(t, nil)
	ini := filepath.Join(s.dir, "notes.ini")
	for _, tt := range []struct{ line, answer, remark string }{
		{"set config SMTPMaxSessions=12", "  SMTPMaxSessions changed to 12.\n", ""},
		{"set config SMTPMaxSessions=lots", "  SMTPMaxSessions changed to lots.\n",
			`error: SMTPMaxSessions: "lots" is not a number; configuration updates are refused until it is corrected; a start of the server takes what the process's descriptors and memory allow (default) [value-bad]`},
		{"set config SMTPMaxSessions=", "  SMTPMaxSessions removed.\n", ""},
		{"set config Domigo_Listen=here", "  Domigo_Listen changed to here.\n", "error: Domigo_Listen"},
	} {
		got := s.command(t, tt.line)
		rest, ok := strings.CutPrefix(got, tt.answer)
		if !ok || (rest == "") != (tt.remark == "") || !strings.Contains(rest, tt.remark) || rest != "" && !strings.HasPrefix(rest, "  "+ini+":") {
			t.Errorf("%s: got %q, want %q and %q", tt.line, got, tt.answer, tt.remark)
		}
	}
	s.logged(t, `"level":"warn"`, `"code":"value-bad"`, `"setting":"SMTPMaxSessions"`, `"becomes":"configuration updates are refused`, `\"lots\" is not a number`)
}

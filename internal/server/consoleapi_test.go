package server

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"domigo/console"
	"domigo/settings"
)

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// TestLineForm: the form of the lines follows the settings at a configuration
// update, in what commands print, too.
func TestLineForm(t *testing.T) {
	s := start(t, nil)
	for i, c := range []struct{ set, update, want string }{
		{"ClockType=24_Hour", "smtp", `(?m)^\d\d/\d\d/\d{4} \d\d:\d\d:\d\d   SMTP Server: Shutdown complete$`},
		{"DateOrder=YMD", "router", `(?m)^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d   SMTP Server: Shutdown complete$`},
		{"DateSeparator=-", "router", `(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d   SMTP Server: Shutdown complete$`},
		{"TimeSeparator=.", "smtp", `(?m)^\d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d   SMTP Server: Shutdown complete$`},
		{"DEBUG_THREADID=1", "smtp", `(?m)^\[\d{6,}:000002-0{16}\] \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d   SMTP Server: Shutdown complete$`},
	} {
		s.command(t, "set config "+c.set)
		s.command(t, "tell "+c.update+" update config")
		s.command(t, "restart task smtp")
		s.command(t, "show tasks")
		s.out.wait(t, "SMTP Server: Started", i+2) // that of the start, and one for each restart
		if text := s.out.String(); !regexp.MustCompile(c.want).MatchString(text) {
			t.Errorf("%s: no line like %s in\n%s", c.set, c.want, text)
		}
	}
	if got := s.command(t, "show server"); !regexp.MustCompile(`\) \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\n`).MatchString(got) {
		t.Errorf("show server: %s", got)
	}
}

// TestSetSecure: the password keeps commands from those who do not know it,
// over a restart of the process, until it is cleared.
func TestSetSecure(t *testing.T) {
	s := start(t, nil)
	refused := func(line, want string) {
		t.Helper()
		if got, err := s.ask(t, line); err == nil || got != want+"\n" {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
	}
	const incorrect, secured = "Incorrect console security password", "This command is not permitted when console security is in effect"
	refused("set secure one two", incorrect)
	s.command(t, "set secure one")
	refused("tell smtp quit", secured)
	refused("set secure two", incorrect)
	refused("set secure two three", incorrect)
	s.command(t, "set secure one two")
	refused("quit one", incorrect)
	text := textOf(t, filepath.Join(s.dir, secureFile))
	if info, err := os.Stat(filepath.Join(s.dir, secureFile)); err != nil || info.Mode().Perm() != 0o600 || strings.Contains(text, "two") {
		t.Errorf("the file: %v, %v, %q", info, err, text)
	}
	fresh, err := openSecure(s.dir)
	if err != nil || fresh.unlocked("") || fresh.unlocked("one") || !fresh.unlocked("two") {
		t.Errorf("read again: %v", err)
	}
	s.command(t, "set secure two")
	s.command(t, "tell router update config")
	if fresh, err = openSecure(s.dir); err != nil || !fresh.unlocked("") {
		t.Errorf("cleared, and read again: %v", err)
	}
}

// TestDamagedPassword: a file that cannot be understood does not open the
// console, and the server says so and does not start.
func TestDamagedPassword(t *testing.T) {
	for _, text := range []string{"", "\n", "secret\n", "pbkdf2-sha256 0 00 00\n", "pbkdf2-sha256 99999999999 00 00\n",
		"pbkdf2-sha256 1 00 " + strings.Repeat("0", 62) + "\n"} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, secureFile), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := openSecure(dir); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestListings: ports, files, disk space and schedule of a running site.
func TestListings(t *testing.T) {
	s := start(t, func(dir string) {
		replace(t, filepath.Join(dir, "notes.ini"), "Ports=TCPIP\n", "Ports=TCPIP\nDisabledPorts=LAN0, LAN1\nLAN0=NETBIOS, 0, 15, 0\n")
		for _, d := range []string{"mail/jdoe/cur", "mail/jdoe/new", "mail/emea/anna/cur", "mail/empty"} {
			if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
				t.Fatal(err)
			}
		}
	})
	if got, want := s.command(t, "show allports"), "Enabled Ports:\nTCPIP=TCP, 0, 15, 0,,12320\nDisabled Ports:\nLAN0=NETBIOS, 0, 15, 0\nLAN1=\n"; got != want {
		t.Errorf("show allports: %q, want %q", got, want)
	}
	if got := s.command(t, "show port tcpip"); !strings.Contains(got, "  SMTP Server: "+s.addr+", plain\n  Sessions: ") {
		t.Errorf("show port: %q", got)
	}
	if got := s.command(t, "show port LAN0"); !strings.HasSuffix(got, "  No sessions\n") {
		t.Errorf("show port of one that is off: %q", got)
	}
	files, err := s.Files()
	var names []string
	for _, f := range files {
		rel, relErr := filepath.Rel(s.dir, f.Path)
		err = errors.Join(err, relErr)
		names = append(names, rel)
	}
	if got := strings.Join(names, " "); err != nil || got != "mail.box mail/emea/anna mail/jdoe" {
		t.Errorf("files %s, %v", got, err)
	}
	for _, path := range []string{"", "names", s.dir} {
		if free, err := s.DiskSpace(path); err != nil || free == 0 {
			t.Errorf("disk space of %q: %d, %v", path, free, err)
		}
	}
	if _, err := s.DiskSpace("nowhere"); !errors.Is(err, console.ErrNoPath) {
		t.Errorf("disk space of nowhere: %v", err)
	}
	if got := s.command(t, "show schedule"); got != "No events are scheduled at this time.\n\n" {
		t.Errorf("show schedule: %q", got)
	}
}

// TestSetStat: a counter begins anew, and goes on from there; a gauge does not.
func TestSetStat(t *testing.T) {
	s := start(t, nil)
	s.greeting(t)
	s.greeting(t)
	const name = "SMTP.Sessions.Inbound.Total"
	if got := s.command(t, "show stat "+name); !strings.Contains(got, name+" = 2\n") {
		t.Errorf("before: %s", got)
	}
	s.command(t, "set stat smtp sessions.inbound.total")
	if got := s.command(t, "show stat "+name); !strings.Contains(got, name+" = 0\n") {
		t.Errorf("reset: %s", got)
	}
	s.greeting(t)
	if got := s.command(t, "show stat "+name); !strings.Contains(got, name+" = 1\n") {
		t.Errorf("after: %s", got)
	}
	for line, want := range map[string]error{"set stat Mail.Dead": console.ErrGauge, "set stat Mail.Nothing": console.ErrNoStatistic} {
		if _, err := s.ask(t, line); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", line, err, want)
		}
	}
	b := baselines{}
	b.reset(statistic{"x", 7})
	if a, c := b.since(statistic{"x", 9}), b.since(statistic{"x", 3}); a != 2 || c != 3 {
		t.Errorf("since a reset at 7: of 9 %d, of 3 %d; want 2, 3", a, c)
	}
}

// TestExplainConfig: every source of a value, the one that won, and no
// password.
func TestExplainConfig(t *testing.T) {
	s := start(t, nil)
	got := s.command(t, "show config SMTPMaxRecipientCount why")
	for _, want := range []string{"  SMTPMaxRecipientCount=100\n", "    default: ", "  * notes.ini ", "notes.ini:13: 100\n", "  rule: notes.ini sets it\n", "  a change takes effect at the next configuration update\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("show config why: no %q in\n%s", want, got)
		}
	}
	names := filepath.Join(s.dir, "names", "configuration.dxl")
	replace(t, names, `<document form='ServerConfig'>`, `<document form='ServerConfig'><item name='MailRelayPassword'><text>sesame</text></item>`)
	s.command(t, "tell router update config")
	if got := s.command(t, "show config MailRelayPassword why"); strings.Contains(got, "sesame") || !strings.Contains(got, "in effect: MailRelayPassword=********") {
		t.Errorf("show config of a password: %s", got)
	}
}

// TestOutOfOffice: the Router knows the command, and no mail file to list.
func TestOutOfOffice(t *testing.T) {
	s := start(t, nil)
	if got, want := s.command(t, "tell router o"), "Out of office service is activated in the following databases:\nCompleted scan for active Out of office service.\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if _, err := s.Tell(t.Context(), "smtp", []string{"o"}); !errors.Is(err, console.ErrNoSuchTell) {
		t.Errorf("tell smtp o: %v", err)
	}
}

// TestBroadcastCommand: nobody is attached.
func TestBroadcastCommand(t *testing.T) {
	s := start(t, nil)
	if got := s.command(t, `broadcast "going down"`); got != "  Message sent to 0 consoles\n" {
		t.Errorf("broadcast: %q", got)
	}
	if strings.Contains(s.out.String(), "going down") {
		t.Error("the server's own console prints a broadcast")
	}
}

// TestConsoleLogSettings: the log follows Console_Log_Enabled, and the watcher
// knows its files.
func TestConsoleLogSettings(t *testing.T) {
	s := start(t, func(dir string) {
		replace(t, filepath.Join(dir, "notes.ini"), "Domain=ACME", "Domain=ACME\nConsole_Log_Enabled=0")
	})
	s.out.wait(t, "Console Logging is DISABLED ", 1)
	log := filepath.Join(s.dir, "console.log")
	if _, err := os.Stat(log); !os.IsNotExist(err) {
		t.Errorf("console.log is there: %v", err)
	}
	if got := s.command(t, "show server"); !strings.Contains(got, "Console Logging:        Not Enabled\n") {
		t.Errorf("show server: %s", got)
	}
	s.command(t, "start consolelog")
	s.out.wait(t, "Console Logging is ENABLED ", 1)
	s.command(t, "stop consolelog")
	if got := textOf(t, log); !strings.Contains(got, "Console Logging is ENABLED \n") || !strings.HasSuffix(got, "Console Logging is DISABLED \n") {
		t.Errorf("the log: %q", got)
	}
	for _, name := range []string{"console.log", "console.log.1", secureFile, "." + secureFile + "123"} {
		if !s.ours(filepath.Join(s.dir, name)) {
			t.Errorf("a change of %s has the files read again", name)
		}
	}
	if s.ours(filepath.Join(s.dir, "names", "console.dxl")) {
		t.Error("a file of the directory is taken for the server's own")
	}
}

func TestLineFormat(t *testing.T) {
	got := lineFormat(settings.Console{DateOrder: settings.DateDMY, DateSeparator: "\x1b", TimeSeparator: "h", ClockType: settings.Clock24, ThreadID: true})
	want := console.Format{DateOrder: console.DMY, Clock24: true, ProcessID: os.Getpid()}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

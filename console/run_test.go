package console

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domigo/internal/golden"
)

var update = flag.Bool("update", false, "write the golden files anew")

// runLine runs a command on s and gives its output and error.
func runLine(t *testing.T, s Server, line string) (string, error) {
	t.Helper()
	var out strings.Builder
	err := Run(t.Context(), s, line, &out)
	return out.String(), err
}

func TestRunAsksServer(t *testing.T) {
	tests := []struct{ line, want, output string }{
		{"", "", ""},
		{" \t \r\n", "", ""},
		{"quit", "quit", ""},
		{"q", "quit", ""},
		{"QUIT secret", "quit", ""},
		{"exit", "quit", ""},
		{"e", "quit", ""},
		{"ex secret", "quit", ""},
		{"load smtp", "load smtp", ""},
		{"l SMTP", "load smtp", ""},
		{"load router", "load router", ""},
		{"restart server", "restart server", ""},
		{"res s", "restart server", ""},
		{"restart server secret", "restart server", ""},
		{"restart task smtp", "restart task smtp", ""},
		{"RES T Smtp", "restart task smtp", ""},
		{"route *", "route *", ""},
		{"ro *", "route *", ""},
		{"route Hub/Acme", "route Hub/Acme", ""},
		{`route "Mail Hub/Acme"`, "route Mail Hub/Acme", ""},
		{"tell smtp update config", "tell smtp update config", ""},
		{"Tell SMTP update config", "tell smtp update config", ""},
		{"te smtp upd conf", "tell smtp update config", ""},
		{"tell smtp quit", "tell smtp quit", ""},
		{"te smtp q", "tell smtp quit", ""},
		{"tell router update config", "tell router update config", ""},
		{"te ROUTER u c", "tell router update config", ""},
		{"tell router quit", "tell router quit", ""},
		{"tell router exit", "tell router quit", ""},
		{"tell router del st", "tell router delivery stats", ""},
		{"te router e", "tell router quit", ""},
		{"te router O", "tell router o", ""},
		{"tell http Restart", "tell http restart", ""},
		{"show config SMTPGreeting", "show config SMTPGreeting", "  SMTPGreeting=hello\\x1b %s\n"},
		{"sh co smtpgreeting", "show config smtpgreeting", "  SMTPGreeting=hello\\x1b %s\n"},
		{"show configuration SMTPErrorLimit", "show config SMTPErrorLimit", "  SMTPErrorLimit is not set\n"},
		{"show config MailTimeout", "show config MailTimeout", "  MailTimeout is not set\n  pending until restart task router\n"},
		{"set config SMTPErrorLimit=5", "set SMTPErrorLimit=5", "  SMTPErrorLimit changed to 5.\n"},
		{"set config SMTPErrorLimit=lots", "set SMTPErrorLimit=lots", "  SMTPErrorLimit changed to lots.\n  notes.ini:5: error: not a\\a number\n  a second\n"},
		{`SET CONFIGURATION "SMTPErrorLimit=5"`, "set SMTPErrorLimit=5", "  SMTPErrorLimit changed to 5.\n"},
		{`set c "A=b" noupdate`, "set A=b", "  A changed to b.\n"},
		{`set config A=b noupdate`, "set A=b", "  A changed to b.\n"},
		{`set config "A=b noupdate"`, "set A=b noupdate", "  A changed to b noupdate.\n"},
		{`set config A=update`, "set A=update", "  A changed to update.\n"},
		{`set config SMTPGreeting=mail  of "Acme"; %s`, `set SMTPGreeting=mail  of "Acme"; %s`, "  SMTPGreeting changed to mail  of \"Acme\"; %s.\n"},
		{`set config "SMTPGreeting=mail of "Acme" %s"`, `set SMTPGreeting=mail of "Acme" %s`, "  SMTPGreeting changed to mail of \"Acme\" %s.\n"},
		{"set config $A = b=c", "set $A=b=c", "  $A changed to b=c.\n"},
		{"set config SMTPErrorLimit=", "unset SMTPErrorLimit", "  SMTPErrorLimit removed.\n"},
		{`set config "SMTPErrorLimit="`, "unset SMTPErrorLimit", "  SMTPErrorLimit removed.\n"},
		{"show config SMTPGreeting why", "show config SMTPGreeting", "  SMTPGreeting=hello\\x1b %s\n    default: blank\n  * notes.ini notes.ini:7: hello %s\n  rule: notes.ini sets it\n"},
		{"sh co A WHY", "show config A", "  A is not set\n  A is no setting of this server\n"},
		{`broadcast "going down"`, "broadcast going down", "  Message sent to 2 consoles\n"},
		{"drop all", "drop 4A6AE25B-1; drop 4A6AE25B-12; drop 4A6AE25B-13", "  3 sessions dropped\n"},
		{"dr 4a6ae25b-12", "drop 4A6AE25B-12", "  1 session dropped\n"},
		{"drop [10.10.1.8]", "drop 4A6AE25B-1; drop 4A6AE25B-12", "  2 sessions dropped\n"},
		{`drop "john doe/acme"`, "drop 4A6AE25B-13", "  1 session dropped\n"},
		{"drop 2001:DB8:0::25 ALL", "drop 4A6AE25B-13", "  1 session dropped\n"},
		{"tell smtp drop 4A6AE25B-1", "drop 4A6AE25B-1", "  1 session dropped\n"},
		{"tell smtp trace on", "tell smtp trace on", ""},
		{"te SMTP trace OFF [10.10.1.8]", "tell smtp trace off [10.10.1.8]", ""},
		{"set stat Mail Dead", "reset Mail.Dead", ""},
		{"se st smtp.messagesprocessed", "reset smtp.messagesprocessed", ""},
		{"start c", "log true", ""},
		{"sto consolelog", "log false", ""},
		{"set secure a", `secure "a" ""`, ""},
		{"se sec a b", `secure "a" "b"`, ""},
		{"set rules", "set rules", ""},
		{"SE RU", "set rules", ""},
		{"set config Gruß=Ä", "set Gruß=Ä", "  Gruß changed to Ä.\n"},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			s := &fakeServer{}
			output, err := runLine(t, s, tt.line)
			if err != nil || output != tt.output || s.asked() != tt.want {
				t.Errorf("Run(%q) = %q, %v, asked %q; want %q, asked %q", tt.line, output, err, s.asked(), tt.output, tt.want)
			}
		})
	}
}

func TestRunRefusesLine(t *testing.T) {
	tests := []struct{ line, want string }{
		{"xyzzy", textUnknown},
		{"helpme", textUnknown},
		{"show nothing", textUnknown},
		{`""`, textUnknown},
		{"sh mem", textUnknown},
		{"tell smtp dance", textUnknown},
		{"t", textAmbiguous},
		{"s", textAmbiguous},
		{"st", textAmbiguous},
		{"r", textAmbiguous},
		{"re", textAmbiguous},
		{"p", textAmbiguous},
		{"pu", textAmbiguous},
		{"d", textAmbiguous},
		{"sh s", textAmbiguous},
		{"sh c", textAmbiguous},
		{"show d", textAmbiguous},
		{"set s", textAmbiguous},
		{"sh", textInsufficient},
		{"l", textInsufficient},
		{"te", textInsufficient},
		{"tell smtp", textInsufficient},
		{"tell smtp update", textInsufficient},
		{"route", textInsufficient},
		{"restart", textInsufficient},
		{"restart task", textInsufficient},
		{"show config", textInsufficient},
		{"set config", textInsufficient},
		{"set config SMTPGreeting", textInsufficient},
		{"pull", textInsufficient},
		{"help me", textTooMany},
		{"quit a b", textTooMany},
		{"load smtp now", textTooMany},
		{"show server a", textTooMany},
		{"show config a b", textTooMany},
		{"show config a why b", textTooMany},
		{"show directory x", textTooMany},
		{"drop", textInsufficient},
		{"drop a b", textValue},
		{"set secure", textInsufficient},
		{`set secure ""`, textValue},
		{"set stat", textInsufficient},
		{"set stat Mail", "Mail was not reset, please use complete statistic name (Facility.Statname)."},
		{"set stat Mail.", "Mail. was not reset, please use complete statistic name (Facility.Statname)."},
		{"set stat Mail.*", "Mail.* was not reset, please use complete statistic name (Facility.Statname)."},
		{"broadcast", textInsufficient},
		{`broadcast ""`, textValue},
		{`broadcast "going down" "John Doe/Acme"`, textNotConfigured},
		{"show port LAN7", "Unable to find port LAN7"},
		{"tell smtp drop", textInsufficient},
		{"tell smtp trace", textInsufficient},
		{"tell smtp trace perhaps", textUnknown},
		{"tell smtp trace on a b", textTooMany},
		{"tell smtp sh", textUnknown},
		{"tell smtp quit now", textTooMany},
		{"route a b", textTooMany},
		{"show tasks none", textValue},
		{"set config =x", textValue},
		{"set config a b=x", textValue},
		{`set config "a=x`, textValue},
		{`set config "a=x" perhaps`, textValue},
		{"set config a=\x1b[2J", textValue},
		{"quit\x00", textValue},
		{"set config a=b update", textNotConfigured},
		{"dbc flush", textNotConfigured},
		{"push Hub", textNotConfigured},
		{"rep Hub names.nsf", textNotConfigured},
		{"sto p TCPIP", textNotConfigured},
		{"tr Hub", textNotConfigured},
		{"set rules now", textTooMany},
		{"restart port TCPIP", textNotConfigured},
		{"tell router compact", textNotConfigured},
		{strings.Repeat("a", maxLine), textUnknown},
		{strings.Repeat("a", maxLine+1), textTooLong},
		{"set config a=" + strings.Repeat("b", maxLine), textTooLong},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%.40s", tt.line), func(t *testing.T) {
			s := &fakeServer{}
			output, err := runLine(t, s, tt.line)
			var failure *CommandError
			if !errors.As(err, &failure) || failure.Text != tt.want || output != tt.want+"\n" {
				t.Errorf("Run(%.60q) = %q, %v; want %q", tt.line, output, err, tt.want)
			}
			if s.asked() != "" {
				t.Errorf("Run(%.60q) asked the server: %s", tt.line, s.asked())
			}
		})
	}
}

// TestErrorTexts holds the texts of Domino to the letter.
func TestErrorTexts(t *testing.T) {
	tests := []struct {
		name, line string
		err        error
		want       string
	}{
		{"unknown", "xyzzy", nil, "Command or option is not recognized\n"},
		{"ambiguous", "t", nil, "Command or option is ambiguous\n"},
		{"insufficient", "sh", nil, "Insufficient arguments.  Enter 'HELP' for the correct syntax.\n"},
		{"too many", "help me", nil, "Too many arguments.  Enter 'HELP' for the correct syntax.\n"},
		{"value", "set config =", nil, "Invalid value for command option\n"},
		{"too long", strings.Repeat(" ", 1025), nil, "The command line is too long\n"},
		{"not configured", "trace Hub", nil, "This server is not configured for that function\n"},
		{"no task", "tell Xyz quit", ErrNoTask, "The Xyz task either does not exist or does not accept \"Tell\" commands.\n"},
		{"smtp down", "tell smtp quit", ErrTaskDown, "The smtp task either does not exist or does not accept \"Tell\" commands.\n"},
		{"router down", "tell router quit", ErrTaskDown, "Router task not running\n"},
		{"router down, queues", "tell Router sh q", ErrTaskDown, "Router task not running\n"},
		{"router down, route", "route *", ErrTaskDown, "Router task not running\n"},
		{"tell unknown to the task", "tell http dance", ErrNoSuchTell, "Command or option is not recognized\n"},
		{"no program", "load NoSuch", ErrNoProgram, "Error attempting to load or run NoSuch:\n    Server Task executable file was not found.  Check that it exists in your program directory.\n"},
		{"second load", "load smtp", ErrRunning, "Task is already running\n"},
		{"load failed", "load smtp", errors.New("port 25 is in use"), "Error attempting to load or run smtp:\n    port 25 is in use\n"},
		{"restart unknown", "restart task x", ErrNoProgram, "Unable to restart x\n"},
		{"restart failed", "restart task smtp", errors.New("port 25 is in use"), "Unable to restart smtp\n    port 25 is in use\n"},
		{"no session", "drop 1", nil, "No session 1\n"},
		{"no session told", "tell smtp drop 1", ErrNoSession, "No session 1\n"},
		{"no sessions to show", "tell smtp show sessions", ErrTaskDown, "The smtp task either does not exist or does not accept \"Tell\" commands.\n"},
		{"no statistic", "set stat Mail.Nothing", ErrNoStatistic, "Mail.Nothing not found in server statistics table\n"},
		{"a gauge", "set stat Mail Dead", ErrGauge, "Mail.Dead was not reset, it shows what is now.\n"},
		{"log already on", "start consolelog", ErrAlready, "Console Logging is already ENABLED\n"},
		{"log already off", "stop consolelog", ErrAlready, "Console Logging is already DISABLED\n"},
		{"password", "set secure a b", ErrPassword, "Incorrect console security password\n"},
		{"no file system", "show diskspace /nowhere", ErrNoPath, "The system cannot find the file system /nowhere\n"},
		{"protected", "set config ServerName=x", ErrProtected, "This system variable cannot be set via the server console. You must edit NOTES.INI to set this variable.\n"},
		{"protected, remove", "set config ServerName=", ErrProtected, "This system variable cannot be set via the server console. You must edit NOTES.INI to set this variable.\n"},
		{"other error", "set config A=b", errors.New("notes.ini changed\x07 on disk"), "notes.ini changed\\a on disk\n"},
		{"statistics", "show stat", errors.New("store is closed"), "store is closed\n"},
		{"server", "show server", errors.New("store is closed"), "store is closed\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &fakeServer{}
			if tt.err != nil {
				s.err = fmt.Errorf("wrapped: %w", tt.err)
				if !strings.Contains(tt.err.Error(), "console:") {
					s.err = tt.err
				}
			}
			output, err := runLine(t, s, tt.line)
			if output != tt.want {
				t.Errorf("Run(%.60q) with %v printed %q, want %q", tt.line, tt.err, output, tt.want)
			}
			var failure *CommandError
			if !errors.As(err, &failure) || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("Run(%.60q) gives error %v, want a CommandError of %v", tt.line, err, tt.err)
			}
		})
	}
}

func TestRestartTaskWaits(t *testing.T) {
	s := &fakeServer{waited: 2500 * time.Millisecond}
	output, err := runLine(t, s, "restart task smtp")
	want := "Waiting 2 seconds to restart smtp...\n"
	if output != want || err != nil {
		t.Errorf("restart task: %q, %v; want %q", output, err, want)
	}
}

func TestTellOutput(t *testing.T) {
	s := &fakeServer{tells: []string{"one", "two\nthree"}}
	output, err := runLine(t, s, "tell smtp update config")
	if want := "one\ntwo\\nthree\n"; output != want || err != nil {
		t.Errorf("tell: %q, %v; want %q", output, err, want)
	}
}

func TestGoldenOutput(t *testing.T) {
	tests := []struct{ name, line string }{
		{"help", "h"},
		{"show-tasks", "sh ta"},
		{"show-tasks", "show tasks ONLY"},
		{"show-server", "sh se"},
		{"show-stat", "show stat"},
		{"show-stat-mail", "show statistic mail"},
		{"show-stat-one", "sh stat mail.totalpending"},
		{"show-stat-pattern", "show stat smtp.*.Total*"},
		{"show-config-pattern", "show config SMTP*"},
		{"show-config-pattern", "show config smtp*G"},
		{"show-config-pattern-why", "show config SMTP* why"},
		{"show-queues", "te router sh q"},
		{"show-users", "show users"},
		{"show-sessions", "tell smtp show sessions"},
		{"show-allports", "show allports"},
		{"show-port", "sh p tcpip"},
		{"show-directory", "show directory"},
		{"show-diskspace", "show diskspace"},
		{"show-schedule", "sh sc"},
		{"show-schedule-mail", "show schedule Hub/Acme Mail"},
	}
	for _, tt := range tests {
		t.Run(tt.line, func(t *testing.T) {
			got, err := runLine(t, &fakeServer{}, tt.line)
			if err != nil {
				t.Fatalf("Run(%q): %v", tt.line, err)
			}
			golden.File(t, filepath.Join("testdata", tt.name+".txt"), *update, got)
		})
	}
}

func TestShowStatNotFound(t *testing.T) {
	output, err := runLine(t, &fakeServer{}, "show stat Mail.Nothing")
	if want := "Mail.Nothing not found in server statistics table\n"; output != want || err == nil {
		t.Errorf("got %q, %v; want %q and an error", output, err, want)
	}
}

func TestShowConfigNotFound(t *testing.T) {
	for _, pattern := range []string{"Nothing*", "SMTPE*"} { // SMTPErrorLimit is not set
		output, err := runLine(t, &fakeServer{}, "show config "+pattern)
		if want := pattern + " not found among the variables that are set\n"; output != want || err == nil {
			t.Errorf("%s: got %q, %v; want %q and an error", pattern, output, err, want)
		}
	}
}

func TestStatMatches(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"*", "mail.dead", true},
		{"mail", "mail.dead", true},
		{"mail", "mailbox.count", false},
		{"mail.*", "mail.dead", true},
		{"*dead", "mail.dead", true},
		{"*.d*d", "mail.dead", true},
		{"ma*ail", "mail", false},
		{"mail.dead", "mail.dead", true},
		{"mail.de", "mail.dead", false},
		{"a*b*c", "a.b", false},
		{"", "mail", false},
	}
	for _, tt := range tests {
		if got := statMatches(tt.pattern, tt.name); got != tt.want {
			t.Errorf("statMatches(%q, %q) = %v, want %v", tt.pattern, tt.name, got, tt.want)
		}
	}
}

func TestElapsed(t *testing.T) {
	tests := map[time.Duration]string{
		-time.Second:                           "00:00:00",
		27*time.Minute + 11*time.Second:        "00:27:11",
		24*time.Hour - time.Nanosecond:         "23:59:59",
		24 * time.Hour:                         "1 day 00:00:00",
		1000*24*time.Hour + 61*time.Minute + 1: "1000 days 01:01:00",
	}
	for d, want := range tests {
		if got := elapsed(d); got != want {
			t.Errorf("elapsed(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestPartition(t *testing.T) {
	if got, want := partition(`C:\Program Files\IBM\data`), "C.Program Files.IBM.data"; got != want {
		t.Errorf("partition = %q, want %q", got, want)
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

func TestRunWriterFails(t *testing.T) {
	broken := errors.New("broken")
	err := Run(t.Context(), &fakeServer{}, "help", failingWriter{broken})
	var failure *CommandError
	if !errors.Is(err, broken) || errors.As(err, &failure) {
		t.Errorf("Run on a broken writer gives %v, want %v and no CommandError", err, broken)
	}
}

// TestKeywordsAreUnambiguous keeps the table usable: a full keyword means its
// own command, and the documented short forms stay.
func TestKeywordsAreUnambiguous(t *testing.T) {
	check := func(name string, commands []command) {
		for i := range commands {
			got, err := match(commands, strings.ToLower(commands[i].keyword()))
			if err != nil || got != &commands[i] {
				t.Errorf("%s: %q does not mean itself: %v", name, commands[i].keyword(), err)
			}
		}
	}
	top := table()
	check("top", top)
	for i := range top {
		check(top[i].keyword(), top[i].sub)
	}
	check("tell router", tellTable("router"))
	check("tell smtp", tellTable("smtp"))
	for short, want := range map[string]string{"sh": "SHOW", "q": "QUIT", "e": "EXIT", "l": "LOAD", "te": "TELL", "h": "HELP"} {
		got, err := match(top, short)
		if err != nil || got.keyword() != want {
			t.Errorf("match(%q) = %v, %v; want %s", short, got, err, want)
		}
	}
}

func FuzzRun(f *testing.F) {
	for _, line := range []string{
		"sh ta", "t", `SET CONFIGURATION "A=b" noupdate`, "set config A=", `set config "`, `tell smtp "update" config`,
		"tell router sh q", "route *", "\x00", `""""`, "set config a=\xff", strings.Repeat("s", 1025),
	} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var out bytes.Buffer
		err := Run(context.Background(), &fakeServer{}, line, &out)
		var failure *CommandError
		if err != nil && !errors.As(err, &failure) {
			t.Fatalf("Run(%q) = %v, want a CommandError", line, err)
		}
		if out.Len() > 0 && !bytes.HasSuffix(out.Bytes(), []byte("\n")) {
			t.Fatalf("Run(%q) printed %q without a line end", line, out.String())
		}
		for _, b := range out.Bytes() {
			if b < ' ' && b != '\n' || b == 0x7f {
				t.Fatalf("Run(%q) printed a control character: %q", line, out.String())
			}
		}
	})
}

package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what the scripts compare with")

func TestMain(m *testing.M) {
	// The race detector has every process sleep a second at its end, which
	// these tests would pay for each command.
	if err := os.Setenv("GORACE", "atexit_sleep_ms=0 "+os.Getenv("GORACE")); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){"domigo": main})
}

// TestScripts runs the scripts of testdata/script with the built command and
// the commands below. Every server that a script starts ends with it.
func TestScripts(t *testing.T) {
	free := newPorts()
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		Deadline:      time.Now().Add(3 * patience),
		UpdateScripts: *update,
		Setup: func(e *testscript.Env) error {
			b := &bench{ports: free, servers: map[string]*process{}, sessions: map[string]*session{}}
			e.Values[benchKey{}] = b
			e.Defer(func() { b.close(t) })
			e.Setenv("GORACE", os.Getenv("GORACE"))
			return os.CopyFS(filepath.Join(e.WorkDir, "data"), os.DirFS("testdata/data"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"port": cmdPort, "site": cmdSite, "item": cmdItem, "nodoc": cmdNoDoc, "ini": cmdINI,
			"serve": cmdServe, "stop": cmdStop, "ended": cmdEnded, "kill9": cmdKill9, "line": cmdLine,
			"dial": cmdDial, "smtp": cmdSMTP, "console": cmdConsole, "code": cmdCode,
			"mailcount": cmdMailCount, "plain": cmdPlain, "stat": cmdStat,
			"signal": cmdSignal, "logged": cmdLogged, "exitcode": cmdExitCode, "refused": cmdRefused,
		},
	})
}

// bench is what one script works with.
type bench struct {
	ports    *ports
	servers  map[string]*process // by name, the last of that name
	all      []*process
	sessions map[string]*session
}

type benchKey struct{}

func benchOf(ts *testscript.TestScript) *bench { return ts.Value(benchKey{}).(*bench) }

func (b *bench) close(t *testing.T) {
	for _, s := range b.sessions {
		s.conn.Close() // a test's own connection: what it had to say is said
	}
	for _, p := range b.all {
		p.end(t)
	}
}

func (b *bench) server(ts *testscript.TestScript, name string) *process {
	p := b.servers[name]
	if p == nil {
		ts.Fatalf("no server is named %s", name)
	}
	return p
}

func need(ts *testscript.TestScript, neg bool, args []string, least, most int, usage string) {
	if neg || len(args) < least || len(args) > most {
		ts.Fatalf("usage: %s", usage)
	}
}

// cmdPort puts free ports into variables.
func cmdPort(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, 9, "port VARIABLE...")
	for _, v := range args {
		p, err := benchOf(ts).ports.free()
		ts.Check(err)
		ts.Setenv(v, p)
	}
}

// cmdSite copies a site of the repository.
func cmdSite(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 4, 4, "site NAME DIR PORT NEXTPORT")
	ts.Check(copySite(args[0], ts.MkAbs(args[1]), args[2], args[3]))
}

// cmdItem changes an item of a DXL file; with a form it adds one.
func cmdItem(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, 5, "item [-add FORM] FILE ITEM VALUE")
	if args[0] == "-add" {
		ts.Check(addItem(ts.MkAbs(args[2]), args[1], args[3], args[4]))
		return
	}
	ts.Check(setItem(ts.MkAbs(args[0]), args[1], args[2]))
}

// cmdNoDoc takes the documents of a form away.
func cmdNoDoc(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 2, "nodoc FILE FORM")
	ts.Check(removeDocuments(ts.MkAbs(args[0]), args[1]))
}

// cmdINI sets a variable of a site's notes.ini.
func cmdINI(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 2, "ini DIR NAME=VALUE")
	ts.Check(setVariable(filepath.Join(ts.MkAbs(args[0]), "notes.ini"), args[1]))
}

// cmdServe starts a server and waits until it is ready.
func cmdServe(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 99, "serve NAME ARGUMENT...")
	p, err := startServer(ts.MkAbs("."), append(os.Environ(), "TMPDIR="+ts.Getenv("TMPDIR")), args[1:]...)
	ts.Check(err)
	b := benchOf(ts)
	b.servers[args[0]] = p
	b.all = append(b.all, p)
}

// cmdStop ends a server by SIGTERM; its exit code must be 0.
func cmdStop(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, 1, "stop NAME")
	ts.Check(benchOf(ts).server(ts, args[0]).stop())
}

// cmdEnded waits for a server that was told to quit; its exit code must be 0.
func cmdEnded(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, 1, "ended NAME")
	p := benchOf(ts).server(ts, args[0])
	select {
	case <-p.done:
		ts.Check(p.err)
	case <-time.After(patience):
		ts.Fatalf("%s has not ended after %v", args[0], patience)
	}
}

// cmdKill9 ends a server by SIGKILL.
func cmdKill9(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, 1, "kill9 NAME")
	benchOf(ts).server(ts, args[0]).kill()
}

// cmdLine waits for console lines; with "!" no line may be there.
func cmdLine(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, false, args, 2, 3, "[!] line [-N] SERVER GLOB")
	n := 1
	if len(args) == 3 {
		var err error
		n, err = strconv.Atoi(strings.TrimPrefix(args[0], "-"))
		ts.Check(err)
		args = args[1:]
	}
	p := benchOf(ts).server(ts, args[0])
	if neg {
		if got, _ := p.count(args[1]); got > 0 {
			ts.Fatalf("%d lines %q in:\n%s", got, args[1], p.output())
		}
		return
	}
	if err := p.waitLine(args[1], n); err != nil {
		ts.Fatalf("%v in:\n%s", err, p.output())
	}
}

// cmdDial connects a client that stays connected.
func cmdDial(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 2, "dial SESSION PORT")
	s, err := dialSession("127.0.0.1:" + args[1])
	ts.Check(err)
	benchOf(ts).sessions[args[0]] = s
}

// cmdSMTP plays a dialogue on a session, or on a connection of its own to a
// port.
func cmdSMTP(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 2, "smtp SESSION|PORT FILE")
	s, kept := benchOf(ts).sessions[args[0]]
	if !kept {
		var err error
		s, err = dialSession("127.0.0.1:" + args[0])
		ts.Check(err)
		defer s.conn.Close()
	}
	if err := s.play(ts.ReadFile(args[1])); err != nil {
		ts.Fatalf("%s: %v", args[1], err)
	}
	ts.Logf("%s", s.log.String())
}

// cmdConsole runs a console command of a server; -1 and -2 are other exit
// codes than 0.
func cmdConsole(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 3, "console [-CODE] DIR COMMAND")
	want := "0"
	if c, ok := strings.CutPrefix(args[0], "-"); ok {
		want, args = c, args[1:]
	}
	runWithCode(ts, want, "console", "-c", args[1], args[0])
}

// cmdStat waits until a server's statistic has a value. The Router tells of a
// message on the console before it has put it away, so one look may be early.
func cmdStat(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 3, 3, "stat DIR NAME VALUE")
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	want := "  " + args[1] + " = " + args[2] + "\n"
	for {
		runWithCode(ts, "0", "console", "-c", "show stat "+args[1], args[0])
		if strings.Contains(ts.ReadFile("stdout"), want) {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("%s is not %s after %v", args[1], args[2], patience)
		}
	}
}

// cmdCode runs the command and compares its exit code.
func cmdCode(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 99, "code N ARGUMENT...")
	runWithCode(ts, args[0], args[1:]...)
}

func runWithCode(ts *testscript.TestScript, want string, args ...string) {
	err := ts.Exec("domigo", args...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if fmt.Sprint(got) != want {
		ts.Fatalf("domigo %q: exit code %d, want %s", args, got, want)
	}
}

// cmdMailCount waits for messages in a Maildir and copies the newest to
// message.txt.
func cmdMailCount(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 2, "mailcount MAILDIR N")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	files, err := waitMail(ts.MkAbs(args[0]), n)
	ts.Check(err)
	if n == 0 {
		return
	}
	data, err := os.ReadFile(files[len(files)-1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("message.txt"), data, 0o600))
}

// cmdLogged waits for a text in a file that a server writes after the line on its
// output.
func cmdLogged(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 2, 2, "logged FILE TEXT")
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		data, err := os.ReadFile(ts.MkAbs(args[0]))
		ts.Check(err)
		if strings.Contains(string(data), args[1]) {
			return
		}
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("no %q in %s:\n%s", args[1], args[0], data)
		}
	}
}

// waitMail waits for n messages in a Maildir and gives their files, oldest
// first. Another process writes them, so it looks until they are there.
func waitMail(dir string, n int) ([]string, error) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	late := time.After(patience)
	for {
		files, err := filepath.Glob(filepath.Join(dir, "new", "*"))
		if err != nil {
			return nil, err
		}
		switch {
		case len(files) == n:
			return files, nil
		case len(files) > n:
			return nil, fmt.Errorf("%d messages in %s, want %d", len(files), dir, n)
		}
		select {
		case <-tick.C:
		case <-late:
			return nil, fmt.Errorf("%d messages in %s after %v, want %d", len(files), dir, patience, n)
		}
	}
}

// settingsCount grows with the table of settings.
var settingsCount = regexp.MustCompile(`\d+ settings set`)

// cmdPlain writes the last standard output to a file, with HOST for the name
// of this machine and N for the number of settings, so that it can be
// compared.
func cmdPlain(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, neg, args, 1, 1, "plain FILE")
	host, err := os.Hostname()
	ts.Check(err)
	text := strings.NewReplacer("host "+host, "host HOST", "name "+host, "name HOST", "are "+host, "are HOST").Replace(ts.ReadFile("stdout"))
	text = settingsCount.ReplaceAllString(text, "N settings set")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}

package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"domigo/internal/golden"
	"domigo/internal/manual"
)

// said runs the command in this process and gives what it printed.
func said(t *testing.T, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(context.Background(), args, strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

// TestHelp holds what -h of each verb prints, on standard output.
func TestHelp(t *testing.T) {
	pages := map[string][]string{"domigo": {"help"}}
	for _, v := range verbs() {
		pages[v.page.Name] = []string{v.page.Name, "-h"}
	}
	for name, args := range pages {
		code, got, errOut := said(t, args...)
		if code != exitOK || errOut != "" {
			t.Errorf("domigo %q: exit code %d, standard error %q", args, code, errOut)
		}
		golden.File(t, filepath.Join("testdata", "help", name+".txt"), *update, got)
		for i, line := range strings.Split(got, "\n") {
			if len(line) > 80 && !strings.HasPrefix(line, "  domigo ") {
				t.Errorf("domigo %q: line %d is longer than 80 characters: %s", args, i+1, line)
			}
		}
	}
	files, err := filepath.Glob(filepath.Join("testdata", "help", "*.txt"))
	if err != nil || len(files) != len(pages) {
		t.Errorf("testdata/help has %d files for %d texts (%v)", len(files), len(pages), err)
	}
}

// TestPages holds that each page says what a page has to say.
func TestPages(t *testing.T) {
	names := verbNames()
	for _, e := range book().Verbs {
		about := map[string]bool{
			"a short text of at most 66 characters": len(e.Short) > 0 && len(e.Short) <= 66 && !strings.HasSuffix(e.Short, "."),
			"a text":                                strings.TrimSpace(e.About) != "",
			"two to four examples":                  len(e.Examples) >= 2 && len(e.Examples) <= 4,
			"exit codes 0 and 2, in order":          len(e.Exits) >= 2 && e.Exits[0].Code == exitOK && e.Exits[len(e.Exits)-1].Code == exitUsage,
			"each verb once":                        slices.Index(names, e.Name) == slices.IndexFunc(book().Verbs, func(x manual.Entry) bool { return x.Name == e.Name }),
			"arguments if its forms have any":       len(e.Args) > 0 || !strings.Contains(strings.Join(e.Forms, " "), "DIR"),
		}
		for what, holds := range about {
			if !holds {
				t.Errorf("the page of %s: not so: %s", e.Name, what)
			}
		}
		for _, f := range e.Flags {
			if f.Means == "" || slices.Contains([]string{"VALUE", "STRING", "INT", "UINT", "FLOAT", "DURATION"}, f.Value) {
				t.Errorf("%s -%s %s: name what stands behind it in back quotes: %q", e.Name, f.Name, f.Value, f.Means)
			}
		}
		for _, name := range e.Common {
			if !commonFlags()[name] {
				t.Errorf("the page of %s: -%s is no common flag", e.Name, name)
			}
		}
		for _, s := range e.SeeAlso {
			if !slices.Contains(names, s) && s != "domigo-notes.ini(5)" {
				t.Errorf("the page of %s refers to %s, which is not there", e.Name, s)
			}
		}
	}
}

// TestWrongWords holds that wrong arguments get one line that says what is wrong
// and one with the usage, on standard error, and the exit code 2.
func TestWrongWords(t *testing.T) {
	for _, v := range verbs() {
		for _, args := range [][]string{{v.page.Name, "-nosuchflag"}, append([]string{v.page.Name}, strings.Fields(strings.Repeat("x ", 12))...)} {
			if v.most < 0 && len(args) > 2 {
				continue
			}
			code, out, errOut := said(t, args...)
			lines := strings.Split(strings.TrimSuffix(errOut, "\n"), "\n")
			if code != exitUsage || out != "" || len(lines) != 2 ||
				!strings.HasPrefix(lines[0], "domigo "+v.page.Name+": wrong arguments: ") || !strings.HasPrefix(lines[1], "usage: domigo "+v.page.Name) {
				t.Errorf("domigo %q: exit code %d, standard output %q, standard error\n%s", args, code, out, errOut)
			}
		}
	}
}

// TestDidYouMean holds which verb a mistyped one is taken for.
func TestDidYouMean(t *testing.T) {
	for _, c := range []struct{ typed, want string }{
		{"chek", "check"}, {"CHECK", "check"}, {"expalin", "explain"}, {"simul", "simulate"}, {"who-may-realy", "who-may-relay"},
		{"que", "queue"}, {"comp", "completion"}, {"zzz", ""}, {"x", ""}, {strings.Repeat("check", 1000), ""},
	} {
		want := ""
		if c.want != "" {
			want = "; did you mean " + c.want + "?"
		}
		if got := didYouMean(c.typed, verbNames()); got != want {
			t.Errorf("%.40q: got %q, want %q", c.typed, got, want)
		}
	}
}

// needsServer is what an example needs that this test can give.
const needsServer = "a running server"

// TestExamples runs the examples of every page as they stand, against a copy of
// testdata/acme, a copy of it with a change, and a running server that has taken
// a message. Others say what they need.
func TestExamples(t *testing.T) {
	free := newPorts()
	for _, p := range append([]manual.Entry{{Page: programPage()}}, book().Verbs...) {
		t.Run(p.Name, func(t *testing.T) {
			dir := t.TempDir()
			port := freePort(t, free)
			prepareExamples(t, dir, port, freePort(t, free))
			ran := runExamples(t, dir, p, "")
			if slices.ContainsFunc(p.Examples, func(e manual.Example) bool { return e.Needs == needsServer }) {
				s, err := startServer(dir, os.Environ(), "acme")
				if err != nil {
					t.Fatal(err)
				}
				bringMail(t, port)
				ran += runExamples(t, dir, p, needsServer)
				if err := s.stop(); err != nil {
					t.Error(err)
				}
			}
			if ran == 0 && p.Name != "serve" {
				t.Error("no example can be run as it stands")
			}
		})
	}
}

// bringMail has the server take a message for a user.
func bringMail(t *testing.T, port string) {
	t.Helper()
	s, err := dialSession("127.0.0.1:" + port)
	if err == nil {
		defer s.conn.Close()
		err = s.play("S: 220 *\nC: HELO example.org\nS: 250 *\nC: MAIL FROM:<a@example.org>\nS: 250 *\nC: RCPT TO:<john.doe@acme.com>\nS: 250 *\n" +
			"C: DATA\nS: 354 *\nC: Subject: hello\nC: \nC: Hello.\nC: .\nS: 250 *\n")
	}
	if err != nil {
		t.Fatal(err)
	}
}

// runExamples runs those examples of a page that need this and tells how many
// there are.
func runExamples(t *testing.T, dir string, p manual.Entry, needs string) int {
	t.Helper()
	n := 0
	for _, e := range p.Examples {
		if e.Needs == needs {
			n++
			runExample(t, dir, e)
		}
	}
	return n
}

// prepareExamples makes what examples work on: the site acme, and acme.new, which
// differs in a number and lets one more host relay.
func prepareExamples(t *testing.T, dir, port, next string) {
	t.Helper()
	for _, name := range []string{"acme", "acme.new"} {
		if err := copySite("acme", filepath.Join(dir, name), port, next); err != nil {
			t.Fatal(err)
		}
	}
	changed := filepath.Join(dir, "acme.new", "notes.ini")
	if err := setVariable(changed, "SMTPMaxSessions=50"); err != nil {
		t.Fatal(err)
	}
	if err := setItem(filepath.Join(dir, "acme.new", "names", "configuration.dxl"), "SMTPRlyAllowHosts", "[203.0.113.9]"); err != nil {
		t.Fatal(err)
	}
}

// runExample runs an example in a shell and compares its exit code.
func runExample(t *testing.T, dir string, e manual.Example) {
	t.Helper()
	cmd := exec.Command("sh", "-c", "domigo "+e.Line)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != e.Code || len(out) == 0 && got != exitOK {
		t.Errorf("domigo %s: exit code %d, want %d\n%s", e.Line, got, e.Code, out)
	}
}

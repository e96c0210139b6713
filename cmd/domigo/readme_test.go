package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fenced gives the blocks of a document that stand between ``` lines.
func fenced(text string) []string {
	var blocks []string
	for i, part := range strings.Split(text, "```") {
		if i%2 == 1 {
			_, lines, _ := strings.Cut(part, "\n")
			blocks = append(blocks, lines)
		}
	}
	return blocks
}

// blockWith gives the one block that begins with a line, without it.
func blockWith(t *testing.T, blocks []string, first string) string {
	t.Helper()
	for _, b := range blocks {
		if rest, ok := strings.CutPrefix(b, first+"\n"); ok {
			return rest
		}
	}
	t.Fatalf("README.md has no block that begins with %q", first)
	return ""
}

var (
	readmeReply = regexp.MustCompile(`^[2-5]\d\d[ -]`)
	readmeDate  = regexp.MustCompile(`[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4}`)
)

// dialogueOf makes what a terminal shows of a session the script of one: lines
// that begin with a code are the server's, all others the client's.
func dialogueOf(shown string) string {
	var b strings.Builder
	for line := range strings.Lines(shown) {
		who := "C"
		if readmeReply.MatchString(line) {
			who = "S"
		}
		fmt.Fprintf(&b, "%s: %s", who, readmeDate.ReplaceAllString(line, "<date>"))
	}
	return b.String()
}

// TestReadme follows README.md from its first line to the first mail in a user's
// Maildir, and on to the console: the server prints what stands there, the client
// is answered as it stands there, and the commands of the console do what the
// text says. The commands themselves, go run and go test, are those that the
// project's own checks begin and end with.
func TestReadme(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(sites, "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := fenced(string(data))
	const serve = "go run ./cmd/domigo serve testdata/acme"
	if got, want := blocks[0], serve+"\ngo test ./...\n"; got != want {
		t.Errorf("the two commands are %q, want %q", got, want)
	}
	dir := t.TempDir()
	free := newPorts()
	port := freePort(t, free)
	acme := filepath.Join(dir, "testdata", "acme")
	if err := copySite("acme", acme, port, freePort(t, free)); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("domigo", "serve", "testdata/acme")
	cmd.Dir = dir
	p, err := startCommand(cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer p.end(t)
	shown := strings.Split(strings.TrimSuffix(blockWith(t, blocks, "$ "+serve), "\n"), "\n")
	got := strings.Split(p.output(), "\n")
	for i := range shown {
		shown[i] = linePrefix.ReplaceAllString(shown[i], "")
	}
	for i := range got {
		got[i] = linePrefix.ReplaceAllString(got[i], "")
	}
	if !docMatch(strings.Join(got, "\n")+"\n", append(shown, "...")) {
		t.Errorf("the server prints\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(shown, "\n"))
	}

	s, err := dialSession("127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	defer s.conn.Close()
	if err := s.play(dialogueOf(blockWith(t, blocks, "$ telnet 127.0.0.1 2525"))); err != nil {
		t.Fatal(err)
	}
	if _, err := waitMail(filepath.Join(acme, "mail", "jdoe"), 1); err != nil {
		t.Error(err)
	}

	commands := strings.Split(strings.TrimSuffix(blockWith(t, blocks, "set config SMTPGreeting=Acme mail gateway %s"), "\n"), "\n")
	commands = append([]string{"set config SMTPGreeting=Acme mail gateway %s"}, commands...)
	for i, line := range commands {
		if strings.HasPrefix(line, " ") {
			continue
		}
		code, out, errOut := said(t, "console", "-c", line, acme)
		if code != exitOK || i+1 < len(commands) && strings.HasPrefix(commands[i+1], " ") && !strings.Contains(out, commands[i+1]) {
			t.Errorf("> %s: exit code %d\n%s%s", line, code, out, errOut)
		}
	}
	again, err := dialSession("127.0.0.1:" + port)
	if err != nil {
		t.Fatal(err)
	}
	defer again.conn.Close()
	if err := again.expect("220 Acme mail gateway <date>"); err != nil {
		t.Error(err)
	}
}

var (
	verbLine   = regexp.MustCompile(`(?:^|[#$&;|(] ?|-- |/cmd/)domigo ([a-z][a-z-]*)([^;|&#]*)`)
	quotedText = regexp.MustCompile(`"[^"]*"|'[^']*'`)
	flagWord   = regexp.MustCompile(`^-[a-z][a-z-]*$`)
)

// TestBlockVerbs holds that the commands in the blocks of the documents are there,
// and their flags, those that no test plays included; TestDocumentVerbs holds it
// of the text.
func TestBlockVerbs(t *testing.T) {
	known := verbFlags()
	found, flags := 0, 0
	for _, file := range userDocuments(t) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range fenced(string(data)) {
			for line := range strings.Lines(b) {
				if strings.Contains(line, "# exit code ") {
					continue // played, and may be a mistake on purpose
				}
				for _, m := range verbLine.FindAllStringSubmatch(quotedText.ReplaceAllString(line, "x"), -1) {
					if found++; known[m[1]] == nil {
						t.Errorf("%s: %s: no such command", file, strings.TrimSpace(line))
						continue
					}
					for _, f := range strings.Fields(m[2]) {
						if !flagWord.MatchString(f) {
							continue
						}
						if flags++; !known[m[1]][f[1:]] {
							t.Errorf("%s: %s: no flag %s", file, strings.TrimSpace(line), f)
						}
					}
				}
			}
		}
	}
	if found < 50 || flags < 30 {
		t.Errorf("%d commands with %d flags in blocks, want 50 and 30 or more: are they looked for?", found, flags)
	}
}

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// script writes the completion of a shell into a file.
func script(t *testing.T, shell string) string {
	t.Helper()
	code, out, errOut := said(t, "completion", shell)
	if code != exitOK || errOut != "" {
		t.Fatalf("completion %s: exit code %d, %s", shell, code, errOut)
	}
	file := filepath.Join(t.TempDir(), "domigo."+shell)
	if err := os.WriteFile(file, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// completions are words that are typed, and what the last one is completed to.
var completions = []struct{ typed, want string }{
	{"domigo che", "check"},
	{"domigo si", "simulate"},
	{"domigo nosuch x", ""},
	{"domigo check -j", "-json"},
	{"domigo explain smtpmaxsess", "SMTPMaxSessions"},
	{"domigo explain -json SMTPRlyDenyH", "SMTPRlyDenyHosts"},
	{"domigo explain SMTPMaxSessions si", "site"},
	{"domigo explain -server x SMTPMaxSessions si", "site"},
	{"domigo queue edit", "edit-recipient"},
	{"domigo queue -json re", "release retry"},
	{"domigo queue list -state pen", "pending"},
	{"domigo queue list -state si", "site"},
	{"domigo queue list -to si", ""},
	{"domigo check -ini fil", "file.ini"},
	{"domigo lockout un", "unlock"},
	{"domigo completion f", "fish"},
	{"domigo help who", "who-may-relay"},
}

// fixtureFolder is a folder with something to complete.
func fixtureFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "site"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "file.ini"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func compareWords(t *testing.T, typed, got, want string) {
	t.Helper()
	words := strings.Fields(got)
	for i := range words {
		words[i] = strings.TrimSuffix(words[i], "/")
	}
	slices.Sort(words)
	words = slices.Compact(words)
	if g := strings.Join(words, " "); g != want {
		t.Errorf("%q: got %q, want %q", typed, g, want)
	}
}

// TestCompletionBash types words in a real bash.
func TestCompletionBash(t *testing.T) {
	bash := peer(t, "bash")
	file, dir := script(t, "bash"), fixtureFolder(t)
	const drive = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _domigo; printf '%s\n' "${COMPREPLY[@]}"`
	for _, c := range completions {
		cmd := exec.Command(bash, append([]string{"--norc", "-uc", drive, "bash", file}, strings.Fields(c.typed)...)...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%q: %v\n%s", c.typed, err, out)
			continue
		}
		compareWords(t, c.typed, string(out), c.want)
	}
}

// TestCompletionFish types the same in a real fish.
func TestCompletionFish(t *testing.T) {
	fish := peer(t, "fish")
	file, dir := script(t, "fish"), fixtureFolder(t)
	if out, err := exec.Command(fish, "--no-execute", file).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("fish -n: %v\n%s", err, out)
	}
	for _, c := range completions {
		cmd := exec.Command(fish, "--no-config", "-c", "source $argv[1]; complete -C $argv[2]", file, c.typed)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOME="+dir)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%q: %v\n%s", c.typed, err, out)
			continue
		}
		var words []string
		for _, line := range strings.Split(string(out), "\n") {
			word, _, _ := strings.Cut(line, "\t") // a description follows
			words = append(words, word)
		}
		compareWords(t, c.typed, strings.Join(words, " "), c.want)
	}
}

// TestCompletionZsh has zsh read its script.
func TestCompletionZsh(t *testing.T) {
	zsh := peer(t, "zsh")
	if out, err := exec.Command(zsh, "-n", script(t, "zsh")).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("zsh -n: %v\n%s", err, out)
	}
}

// TestManPages has mandoc read every man page; the program, each verb and the
// variables have one.
func TestManPages(t *testing.T) {
	dir := t.TempDir()
	code, out, errOut := said(t, "man", dir)
	files := strings.Fields(out)
	if code != exitOK || errOut != "" || len(files) != len(verbs())+2 {
		t.Fatalf("man: exit code %d, %d files for %d verbs\n%s%s", code, len(files), len(verbs()), out, errOut)
	}
	page, err := os.ReadFile(filepath.Join(dir, "man5", "domigo-notes.ini.5"))
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range book().Variables {
		if !strings.Contains(string(page), `\fB`+v.Name+`\fR`) {
			t.Errorf("domigo-notes.ini(5) does not tell of %s", v.Name)
		}
	}
	mandoc := peer(t, "mandoc")
	if out, err := exec.Command(mandoc, append([]string{"-T", "lint", "-W", "style"}, files...)...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("mandoc -T lint: %v\n%s", err, out)
	}
	for _, f := range files {
		if out, err := exec.Command(mandoc, "-T", "utf8", f).Output(); err != nil || len(out) < 500 {
			t.Errorf("mandoc %s: %v, %d octets", f, err, len(out))
		}
	}
}

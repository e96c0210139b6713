package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestFail2banJail: fail2ban reads the jail in contrib, and takes the filter and
// the dates from it that TestFail2banFilter tries.
func TestFail2banJail(t *testing.T) {
	client := peer(t, "fail2ban-client")
	jail, err := os.ReadFile("../../contrib/fail2ban/domigo.conf")
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "fail2ban")
	if err := os.CopyFS(config, os.DirFS("/etc/fail2ban")); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"jail.d", "jail.local"} { // of this machine
		if err := os.RemoveAll(filepath.Join(config, other)); err != nil {
			t.Fatal(err)
		}
	}
	log := filepath.Join(t.TempDir(), "console.log")
	if err := os.WriteFile(log, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	const logpath = "/var/lib/domigo/console.log"
	if !strings.Contains(string(jail), logpath) {
		t.Errorf("the jail does not read %s:\n%s", logpath, jail)
	}
	text := strings.ReplaceAll(string(jail), logpath, log)
	if err := os.WriteFile(filepath.Join(config, "jail.local"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(client, "-c", config, "-d").CombinedOutput()
	if err != nil {
		t.Fatalf("fail2ban-client -d: %v\n%s", err, out)
	}
	for _, want := range []string{
		"['set', 'domigo', 'datepattern', '" + consoleDates + "']",
		"['set', 'domigo', 'addlogpath', '" + log + "', 'head']",
		"['start', 'domigo']",
		"authentication failure using internet password",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("fail2ban does not take %s:\n%s", want, out)
		}
	}
}

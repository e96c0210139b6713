package main

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"domigo/mailbox"
)

// A site whose export was cut short is not served: the lists that deny may stand
// in the part that is gone.
func TestTruncatedSite(t *testing.T) {
	site := filepath.Join(t.TempDir(), "site")
	if err := os.CopyFS(site, os.DirFS("../../testdata/acme")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(site, "names", "configuration.dxl")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text[:len(text)/3], 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	said, err := exec.CommandContext(ctx, outside(t), site, free(t), t.TempDir()).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 1 || !bytes.Contains(said, []byte("configuration.dxl")) {
		t.Errorf("it ended with %v and said %s, want exit code 1 and the file", err, said)
	}
}

// What a server mail rule decided is not passed over: the message is not taken.
func TestRuledMessage(t *testing.T) {
	for name, env := range map[string]mailbox.Envelope{
		"hold": {Hold: "rule 1"}, "refuse": {Refuse: "rule 1"}, "move": {MoveTo: "spam.nsf"}, "journal": {Journal: true},
	} {
		dir := t.TempDir()
		d, err := inbox(dir).Create(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Commit(t.Context(), env); err == nil {
			t.Errorf("%s: the message is taken", name)
		}
		for range 2 {
			if err := d.Discard(); err != nil {
				t.Errorf("%s: Discard: %v", name, err)
			}
		}
		if files, err := fs.Glob(os.DirFS(dir), "*"); err != nil || len(files) > 0 {
			t.Errorf("%s: left %s, %v", name, strings.Join(files, " "), err)
		}
	}
}

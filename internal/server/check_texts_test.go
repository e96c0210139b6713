package server

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"domigo/settings"
)

// TestCheckTexts: a file with a text for reports has to be one that can be read.
func TestCheckTexts(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "there.txt"), "Ask the help desk.")
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &settings.Snapshot{}
	r := &s.Router
	r.Texts.Delivery.File, r.Texts.Transfer.File, r.Texts.Size.File = "there.txt", "gone.txt", "pipe"
	r.LowPriority.TextFile = filepath.Join(dir, "there.txt")
	r.Texts.Delay.File = "."
	var got []string
	for _, f := range checkTexts(s, dir) {
		got = append(got, string(f.Code)+" "+strings.ReplaceAll(f.Text, dir, "DIR"))
	}
	want := "report-text MailFailTransferFile: stat DIR/gone.txt: no such file or directory|" +
		"report-text MailFailSizeFile: DIR/pipe is no regular file|report-text MailFailDelayFile: DIR is no regular file"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

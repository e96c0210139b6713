package server

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"domigo/console"
	"domigo/settings"
)

// TestAllReasons: a second server in the same folders, with a document that is
// broken since, tells everything at once, and leaves the first one as it was.
func TestAllReasons(t *testing.T) {
	s := start(t, nil)
	writeFile(t, filepath.Join(s.dir, "names", "late.dxl"), "<database>\n<document form='Person'>")
	s.ini(t, "Domain=ACME", "Domain=ACME\nDomigo_Delivery=maildir:notes.ini/mail")
	_, err := Open(t.Context(), Options{Paths: settings.Paths{Dir: s.dir}, Version: "test", HostName: "node", Out: io.Discard})
	var refused *startError
	if !errors.As(err, &refused) || len(refused.Reasons) != 5 {
		t.Fatalf("got %v, want 5 reasons", err)
	}
	for _, want := range []error{console.ErrInUse, syscall.EADDRINUSE, syscall.ENOTDIR} {
		if !errors.Is(err, want) {
			t.Errorf("%v is not a reason: %v", want, err)
		}
	}
	for _, want := range []string{"cannot start, for 5 reasons:\n", "names/late.dxl:2", "could not be read whole", "open mail.box: ",
		"another server is running on " + s.dir, "mail folder " + s.dir, "port " + s.addr + " is taken"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant %q", err, want)
		}
	}
	if got := s.greeting(t); !strings.HasPrefix(got, "220 ") {
		t.Errorf("the first server greets with %q", got)
	}
}

// TestStateFolder: a state folder that cannot be made or written is one reason,
// and what would be in it is not told of besides.
func TestStateFolder(t *testing.T) {
	dir := t.TempDir()
	ini := fmt.Sprintf("[Notes]\nServerTasks=Router,SMTP\nDomigo_Listen=127.0.0.1:%d\n", freePort(t))
	writeFile(t, filepath.Join(dir, "notes.ini"), ini)
	_, err := Open(t.Context(), Options{Paths: settings.Paths{Dir: dir}, State: filepath.Join(dir, "notes.ini", "state"), HostName: "node", Out: io.Discard})
	if err == nil || !strings.HasPrefix(err.Error(), "state folder: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v, want one reason", err)
	}
	// The port was given up again.
	s, err := Open(t.Context(), Options{Paths: settings.Paths{Dir: dir}, HostName: "node", Out: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) == 0 {
		t.Fatal(left, err)
	} else {
		for _, f := range left {
			if strings.HasPrefix(f.Name(), ".domigo") || f.Name() == "domigo.sock" {
				t.Errorf("%s is left", f.Name())
			}
		}
	}
}

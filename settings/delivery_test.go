package settings

import (
	"path/filepath"
	"testing"
)

func TestLocalDelivery(t *testing.T) {
	abs := filepath.Join(t.TempDir(), "mail")
	for _, tt := range []struct {
		value string
		want  Delivery
		ok    bool
		dir   string
	}{
		{"", Delivery{Maildir: "mail"}, true, filepath.Join("state", "mail")},
		{"maildir:a/b", Delivery{Maildir: "a/b"}, true, filepath.Join("state", "a", "b")},
		{"MailDir:" + abs, Delivery{Maildir: abs}, true, abs},
		{"lmtp:unix:/run/lmtp", Delivery{LMTP: "unix:/run/lmtp"}, true, ""},
		{"LMTP:127.0.0.1:24", Delivery{LMTP: "127.0.0.1:24"}, true, ""},
		{"lmtp:", Delivery{}, false, ""},
		{"maildir", Delivery{}, false, ""},
		{"mbox:mail", Delivery{}, false, ""},
	} {
		o := &Own{Delivery: tt.value}
		got, ok := o.LocalDelivery()
		if got != tt.want || ok != tt.ok || got.Folder("state") != tt.dir {
			t.Errorf("LocalDelivery(%q): got %+v, %v in %q, want %+v, %v in %q", tt.value, got, ok, got.Folder("state"), tt.want, tt.ok, tt.dir)
		}
	}
}

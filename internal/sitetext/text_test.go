package sitetext

import (
	"strings"
	"testing"

	"domigo/settings"
)

func row(t *testing.T, name string) *settings.Row {
	t.Helper()
	r, ok := settings.Find(name)
	if !ok {
		t.Fatalf("no setting is named %s", name)
	}
	return &r
}

func TestWords(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"SMTPRlyCheck", "2", "2 None"},
		{"SMTPRlyCheck", "9", "9"},
		{"SMTPListenerEnabled", "1", "1 Enabled"},
		{"SMTPSPF", "1", "1 Enabled"},
		{"SMTPRlyDenyHosts", "", "blank"},
		{"SMTPGreeting", "a\x1b[31m\nb", `a\x1b[31m\nb`},
		{"MailMaxHops", "25", "25"},
	} {
		if got := Words(row(t, tt.name), tt.text); got != tt.want {
			t.Errorf("Words(%s, %q) = %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}

func TestValue(t *testing.T) {
	deflt := settings.Layer{Source: "default", Won: true}
	for _, tt := range []struct {
		name string
		r    settings.Resolved
		want string
	}{
		{"default in words", settings.Resolved{Row: row(t, "SMTPMaxSessions"), Value: "0", Layers: []settings.Layer{deflt}}, "what the process's descriptors and memory allow"},
		{"set", settings.Resolved{Row: row(t, "SMTPMaxSessions"), Value: "0", Layers: []settings.Layer{{Source: "notes.ini", Won: true}}}, "0"},
		{"password", settings.Resolved{Row: row(t, "MailRelayPassword"), Value: "secret", Layers: []settings.Layer{{Source: "document", Won: true}}}, "********"},
	} {
		if got := Value(&tt.r); got != tt.want {
			t.Errorf("%s: Value = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestSecret(t *testing.T) {
	for name, want := range map[string]bool{"MailRelayPassword": true, "MailRelayUser": false, "SMTPGreeting": false} {
		if got := Secret(row(t, name)); got != want {
			t.Errorf("Secret(%s) = %t, want %t", name, got, want)
		}
	}
}

func TestItem(t *testing.T) {
	for name, want := range map[string]string{"MailRelayHost": "ServerConfig MailRelayHost (provisional)", "MailExternalSMTP": "ServerConfig MailExternalSMTP", "SMTPGreeting": ""} {
		if got := Item(row(t, name)); got != want {
			t.Errorf("Item(%s) = %q, want %q", name, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 errors", 1: "1 error", 2: "2 errors"} {
		if got := Count(n, "error"); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestFew(t *testing.T) {
	many := make([]string, 22)
	for i := range many {
		many[i] = "x"
	}
	if got := Few(many, 20); !strings.HasSuffix(got, "x and 2 more") || strings.Count(got, "x") != 20 {
		t.Errorf("few of 22 = %q", got)
	}
	if got := Few(many[:20], 20); got != strings.TrimSuffix(strings.Repeat("x, ", 20), ", ") {
		t.Errorf("few of 20 = %q", got)
	}
}

package sitediff

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"domigo/internal/golden"
	"domigo/settings"
)

// explaining is a running server with a view: its answers to show config NAME
// why have the form of a server's.
type explaining struct {
	view   *settings.Snapshot
	failed bool
	err    error
}

func (e explaining) Run(_ context.Context, command string) (string, bool, error) {
	name := strings.Fields(command)[2]
	r, ok := e.view.Explained(name)
	if !ok || !strings.HasSuffix(command, " why") {
		return "Too many arguments\n", true, nil
	}
	w := r.Winner()
	text := "  " + name + " is not set\n  in effect: " + name + "=" + r.Shown() + " (" + w.Source + " " + w.Place + ")\n" +
		"  in effect: " + r.Row.Key() + "=" + r.Shown() + "\n"
	for _, l := range r.Layers {
		mark := "  "
		if l.Won {
			mark = "* "
		}
		text += "  " + mark + strings.TrimSpace(l.Source+" "+l.Place) + ": " + l.Value + "\n"
	}
	return text + "  rule: " + r.Rule + "\n", e.failed, e.err
}

const runningSite = `{"appConfiguration": {"databases": [{"filePath": "names.nsf", "documents": [
  {"items": {"Form": "Server", "ServerName": "CN=Hub/O=Acme", "LdISite": "1", "SMTPFullHostDomain": "hub.acme.com"}},
  {"items": {"Form": "SMTPInboundSite", "ISiteName": "One", "TCPAnonymous": "1"}},
  {"items": {"Form": "ServerConfig", "ServerName": "*", "UseAsDefault": "1", "MailRelayPassword": "secret", "SMTPRlyDenyHosts": ["spam.example", "*"]}},
  {"items": {"Form": "Domain", "DomainType": "GlobalDomain", "LocalPrimaryInternetDomain": "acme.com", "LocalInternetDomainAliases": ["acme.net"]}}
]}]}}`

func TestRunning(t *testing.T) {
	dir := t.TempDir()
	golden.Write(t, filepath.Join(dir, "a", "notes.ini"), "[Notes]\nSMTPGreeting=old: (ours) %s\nSMTPMaxSessions=7\nServerTasks=SMTP,Router\n")
	golden.Write(t, filepath.Join(dir, "a", "names", "site.json"), runningSite)
	golden.Write(t, filepath.Join(dir, "b", "notes.ini"), "[Notes]\n\nSMTPGreeting=new %s\nMailTimeout=2\nServerTasks=router, smtp\n")
	golden.Write(t, filepath.Join(dir, "b", "names", "site.json"),
		strings.NewReplacer(`"spam.example", "*"`, `"*", "Spam.example", "[10.0.0.1]"`, `"secret"`, `"other secret"`, "acme.net", "acme.org").Replace(runningSite))
	for _, tt := range []struct {
		name, files string
		want        []string
	}{
		{"the same files", "a", nil},
		{"other files", "b", []string{
			`LocalPrimaryInternetDomain: acme.com|acme.net| -> acme.com|acme.org| (Global Domain document a/names/site.json:5: Domain document 4 -> b/names/site.json:5: Domain document 4; at server start)`,
			`MailTimeout: 1 -> 2 (default -> b/notes.ini:4; at the next configuration update)`,
			`SMTPGreeting: old: (ours) %s -> new %s (a/notes.ini:2 -> b/notes.ini:3; at the next configuration update)`,
			`SMTPMaxSessions: 7 -> what the process's descriptors and memory allow (a/notes.ini:3 -> default; at the next configuration update)`,
			`SMTPRlyDenyHosts: added [10.0.0.1] (a/names/site.json:4: ServerConfig document 3: SMTPRlyDenyHosts -> b/names/site.json:4: ServerConfig document 3: SMTPRlyDenyHosts; at the next configuration update)`,
		}},
	} {
		running, err := Running(t.Context(), explaining{view: view(t, dir, "a")})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, c := range Compare(running, load(t, dir, tt.files)).Changes {
			got = append(got, strings.ReplaceAll(c.String(), dir+"/", ""))
		}
		if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
			t.Errorf("%s: got:\n%s\nwant:\n%s", tt.name, strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
		}
	}
}

// TestRunningPassword: the content is not told, but whether there is one.
func TestRunningPassword(t *testing.T) {
	dir := t.TempDir()
	golden.Write(t, filepath.Join(dir, "a", "names", "site.json"), strings.Replace(runningSite, `"secret"`, `""`, 1))
	golden.Write(t, filepath.Join(dir, "b", "names", "site.json"), runningSite)
	running, err := Running(t.Context(), explaining{view: view(t, dir, "a")})
	if err != nil {
		t.Fatal(err)
	}
	res := Compare(running, load(t, dir, "b"))
	if len(res.Changes) != 1 || res.Changes[0].what() != "set" {
		t.Errorf("a password that is new: %v, want that it is set", res.Changes)
	}
}

func TestRunningFails(t *testing.T) {
	dir := t.TempDir()
	golden.Write(t, filepath.Join(dir, "a", "notes.ini"), "[Notes]\n")
	gone := errors.New("gone")
	if _, err := Running(t.Context(), explaining{view: view(t, dir, "a"), err: gone}); !errors.Is(err, gone) {
		t.Errorf("Running of a server that went = %v, want %v", err, gone)
	}
	if _, err := Running(t.Context(), explaining{view: view(t, dir, "a"), failed: true}); err == nil {
		t.Error("Running of a server that refuses = nil, want an error")
	}
}

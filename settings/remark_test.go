package settings

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// TestRemarks: what is said of a variable right after it was set, and that the
// next update and the next start do just that.
func TestRemarks(t *testing.T) {
	const refused = noUpdate
	for _, tt := range []struct {
		name, value string
		want        []string // behind "notes.ini:"
	}{
		{"SMTPMaxSessions", "12", nil},
		{"SMTPMaxSessions", "lots", []string{`5: error: SMTPMaxSessions: "lots" is not a number; ` + refused + `; a start of the server takes what the process's descriptors and memory allow (default) [value-bad]`}},
		{"SMTP_Config_Update_Interval", "0", []string{`5: error: SMTP_Config_Update_Interval: 0 is not between 1 and 1440; ` + refused + `; a start of the server takes 2 (default) [value-range]`}},
		{"SMTPErrorLimit", "many", []string{`2: error: SMTPErrorLimit: "many" is not a number; a start of the server takes 20 (default) [value-bad]`}},
		{"SMTPErrorLimit", "lots", []string{`2: error: SMTPErrorLimit: "lots" is not a number; ` + refused + `; a start of the server takes 20 (default) [value-bad]`}},
		{"Log_MailRouting", "99", []string{`5: error: Log_MailRouting: "99" is not one of its values; ` + refused + `; a start of the server takes 2 (Configuration Settings document names/a.json:3: ServerConfig document 2: MailLogLevel) [value-bad]`}},
		{"SMTPMaxSesions", "12", []string{`5: warning: SMTPMaxSesions is not a variable that Domigo knows; did you mean SMTPMaxSessions? [variable-unknown]`}},
		{"SMTPVerifyRcpts", "1", []string{`5: warning: SMTPVerifyRcpts is an item of the Configuration Settings document; in notes.ini it changes nothing; RISK: the field protects, and in effect is 0 [field-as-variable]`}},
		{"Domigo_Delivery", "mbox:x", []string{`5: error: Domigo_Delivery: "mbox:x" is neither maildir:DIR nor lmtp:ADDRESS: all local mail would wait; ` + refused + ` [own-variable]`}},
		{"Domigo_Metrics", "here", []string{`5: error: Domigo_Metrics: "here" is not address:port; ` + noStart + ` [metrics-address]`}},
		{"DateSeparator", "ab", []string{`5: warning: DateSeparator: "ab" is not one character that is no letter or digit: the default counts [console-separator]`}},
		{"SMTPGreeting", "hidden", []string{`5: warning: SMTPGreeting=hidden has no effect: NOTES.INI Settings of the Configuration Settings document gives shown (names/a.json:3: ServerConfig document 2: NotesINI) and goes before it [overridden]`}},
		{"SMTPAllHostsExternal", "1", []string{`5: error: nobody may do that; ` + noUpdate + "; " + noStart}},
		{"MailTimeout", "3", []string{`4: warning: MailTimeout stands on line 3 already; the first counts [variable-duplicate]`}},
		{"Domigo_Listen", "here", nil}, // it is the server that knows addresses
		{"Elsewhere", "x", nil},
	} {
		t.Run(tt.name+"="+tt.value, func(t *testing.T) {
			validate := func(s *Snapshot) error {
				if s.SMTP.AllHostsExternal {
					return errors.New("nobody may do that")
				}
				return nil
			}
			config := strings.Replace(acmeConfig, "}", `, "MailLogLevel": "2", "NotesINI": "SMTPGreeting=shown"}`, 1)
			l := openWith(t, Options{Validate: validate}, "SMTPErrorLimit=many\nMailTimeout=2\nMailTimeout=2\n", config, acmeDomain)
			if err := l.SetVariable(tt.name, tt.value, false); err != nil {
				t.Fatal(err)
			}
			remarks, err := l.Remarks(tt.name, nil)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range remarks {
				got = append(got, strings.TrimPrefix(strings.ReplaceAll(r.String(), l.dir+"/", ""), "notes.ini:"))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			text := strings.Join(got, "\n")
			if _, err := l.Update(t.Context(), SMTPTask, Live); (err != nil) != strings.Contains(text, noUpdate) {
				t.Errorf("the update: %v, where it was said: %q", err, got)
			}
			_, rep, err := Open(t.Context(), Options{Paths: Paths{Dir: l.dir}, Validate: validate})
			stops := err != nil || len(rep.NoStart()) > 0
			if stops != strings.Contains(text, noStart) {
				t.Errorf("the start: %v, where it was said: %q", err, got)
			}
		})
	}
}

// TestRemarksOfRemoval: a variable that is taken out may be missed.
func TestRemarksOfRemoval(t *testing.T) {
	validate := func(s *Snapshot) error {
		if !s.Own.AllowOpenRelay {
			return errors.New("would be an open relay")
		}
		return nil
	}
	l := openWith(t, Options{Validate: validate}, "Domigo_AllowOpenRelay=1\n", acmeConfig)
	if err := l.SetVariable("Domigo_AllowOpenRelay", "", true); err != nil {
		t.Fatal(err)
	}
	got, err := l.Remarks("Domigo_AllowOpenRelay", nil)
	if err != nil || len(got) != 1 || got[0].Finding.Text != "would be an open relay" || got[0].Then != noUpdate+"; "+noStart {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestRemarksDoNotWait: remarks are made while an update reads a large directory,
// and without reading an export.
func TestRemarksDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, "", acmeConfig, acmeDomain)
		l.turn <- struct{}{}
		if err := os.RemoveAll(filepath.Join(l.dir, "names")); err != nil {
			t.Fatal(err)
		}
		if err := l.SetVariable("SMTPMaxSessions", "lots", false); err != nil {
			t.Fatal(err)
		}
		if got, err := l.Remarks("smtpmaxsessions", nil); len(got) != 1 || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
		<-l.turn
	})
}

// TestDerivedFromVariables: what a variable decides that is not the setting's own
// says so, with file and line.
func TestDerivedFromVariables(t *testing.T) {
	dir := t.TempDir()
	ini := filepath.Join(dir, "notes.ini")
	write(t, ini, "[Notes]\nMailServer=CN=Hub/O=Acme\nServerTasks=Router,SMTP\n")
	view := openFolder(t, dir).View(SMTPTask)
	for key, want := range map[string][3]string{
		"ServerName":          {"MailServer " + ini + ":2", "CN=Hub/O=Acme", "neither document nor ServerName gives it: MailServer"},
		"SMTPListenerEnabled": {"ServerTasks " + ini + ":3", "1", "ServerTasks names SMTP"},
	} {
		r, ok := view.Explained(key)
		if !ok {
			t.Fatal(key)
		}
		if got := [3]string{r.Winner().String(), r.Value, r.Rule}; got != want || r.Winner().Finding().Line == 0 {
			t.Errorf("%s: got %q at %+v, want %q", key, got, r.Winner().Finding(), want)
		}
	}
}

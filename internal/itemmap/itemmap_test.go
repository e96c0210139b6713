package itemmap

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/settings"
)

const export = `<?xml version='1.0' encoding='utf-8'?>
<database xmlns='http://www.lotus.com/dxl' version='12.0'>
<document form='ServerConfig'>
<item name='ServerName'><text>*</text></item>
<item name='SMTPRelayDenyHosts'><textlist><text>*</text><text>[10.0.0.1]</text></textlist></item>
<item name='Quux'><text>some text</text></item>
<item name='AcmeRelayPassword'><text>geheim</text></item>
<item name='SMTPMaxSessions'><text>20</text></item>
<item name='Odd'><text>(GDpOtD35gGlyDksQRxEU)</text></item>
<item name='A=B'><text>1</text></item>
</document>
<document form='ServerConfig'>
<item name='ServerName'><text>CN=Hub/O=Acme</text></item>
<item name='smtprelaydenyhosts'><text/></item>
</document>
<document form='Person'><item name='Strange'><text>x</text></item></document>
</database>
`

func find(t *testing.T, text string, a configdoc.Aliases) (string, []*Unknown) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "export.dxl")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	found, err := Find(context.Background(), []string{file}, a)
	if err != nil {
		t.Fatal(err)
	}
	return file, found
}

func TestFind(t *testing.T) {
	file, found := find(t, export, nil)
	var got []string
	for _, u := range found {
		line := u.Form + " " + u.Item + "=" + u.Value
		if len(u.Proposals) > 0 {
			line += " -> " + u.Proposals[0].Item
		}
		got = append(got, line)
	}
	want := []string{
		"ServerConfig SMTPRelayDenyHosts=*, [10.0.0.1] -> SMTPRlyDenyHosts",
		"ServerConfig AcmeRelayPassword=******** -> MailRelayPassword",
		"ServerConfig Quux=some text",
		"ServerConfig Odd=********",
		"ServerConfig A=B=1",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, u := range found {
		if text := fmt.Sprint(u.Proposals); strings.Contains(text, "geheim") || strings.Contains(text, "GDpOtD35") {
			t.Errorf("a proposal shows a secret: %s", text)
		}
	}
	if u := found[0]; u.Documents != 2 || u.Place != file+":5: ServerConfig document 1" {
		t.Errorf("%d documents, first %s", u.Documents, u.Place)
	}
}

func TestItemMapTakesItemsOut(t *testing.T) {
	_, found := find(t, export, configdoc.Aliases{"smtprelaydenyhosts": "SMTPRlyDenyHosts", "quux": "MailRelayHost"})
	for _, u := range found {
		if u.Item == "SMTPRelayDenyHosts" || u.Item == "Quux" {
			t.Errorf("%s is mapped and still unknown", u.Item)
		}
	}
}

// TestMapIsReadBack holds that the map as written maps nothing, and that taking
// the # from a proposal makes a line that counts.
func TestMapIsReadBack(t *testing.T) {
	file, found := find(t, export, nil)
	var out strings.Builder
	if err := WriteMap(&out, []string{file}, found); err != nil {
		t.Fatal(err)
	}
	read := func(text string) (configdoc.Aliases, []settings.Finding) {
		dir := t.TempDir()
		for name, content := range map[string]string{"notes.ini": "[Notes]\nDomigo_ItemMap=items.map\n", "items.map": text} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		a, findings, err := settings.ItemMap(settings.Paths{Dir: dir})
		if err != nil {
			t.Fatal(err)
		}
		return a, findings
	}
	if a, findings := read(out.String()); len(a) != 0 || len(findings) != 0 {
		t.Errorf("as written it maps %v, findings %v:\n%s", a, findings, &out)
	}
	want := 0
	text := out.String()
	for _, u := range found {
		if len(u.Proposals) > 0 {
			line := u.Item + " = " + u.Proposals[0].Item
			if !strings.Contains(text, "\n# "+line+"\n") {
				t.Errorf("no line %q in\n%s", "# "+line, text)
			}
			text = strings.Replace(text, "\n# "+line+"\n", "\n"+line+"\n", 1)
			want++
		}
	}
	a, findings := read(text)
	if len(a) != want || len(findings) != 0 || a["smtprelaydenyhosts"] != "SMTPRlyDenyHosts" {
		t.Errorf("%d of %d lines count: %v, findings %v", len(a), want, a, findings)
	}
	if strings.Contains(text, "geheim") || strings.Contains(text, "GDpOtD35") {
		t.Errorf("a secret is shown:\n%s", text)
	}
}

func TestFindErrors(t *testing.T) {
	dir := t.TempDir()
	if _, err := Find(context.Background(), []string{filepath.Join(dir, "none.dxl")}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	broken := filepath.Join(dir, "broken.dxl")
	if err := os.WriteFile(broken, []byte(strings.TrimSuffix(export, "</database>\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	var at *note.Error
	if _, err := Find(context.Background(), []string{broken}, nil); !errors.As(err, &at) || at.Line == 0 {
		t.Errorf("a file that is cut off: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Find(ctx, []string{broken}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled context: %v", err)
	}
}

func TestWords(t *testing.T) {
	for in, want := range map[string]string{
		"SMTPRlyDenyDoms": "smtp rly deny doms", "SMTP_NegotiatedSSL": "smtp negotiated ssl", "SMTPExt8BitMIME": "smtp ext 8 bit mime",
		"Allow messages, only": "allow messages only", "": "", "ILMaxTries": "il max tries", "ÄrgerListe": "ärger liste",
	} {
		if got := strings.Join(words(in), " "); got != want {
			t.Errorf("words(%q) = %q, want %q", in, got, want)
		}
	}
}

// FuzzPropose: no name and no value of an item breaks the proposals or the map,
// and every line of the map is a comment.
func FuzzPropose(f *testing.F) {
	f.Add("SMTPRelayDenyHosts", "[10.0.0.1], *")
	f.Add("=\x00#", "1")
	f.Add("日本語", "a\nb")
	f.Fuzz(func(t *testing.T, item, value string) {
		u := unknownOf(item, value)
		u.Value, u.Place = show(item, []string{value}), "x.dxl:1"
		for _, p := range newGuesser().propose(u) {
			u.Proposals = append(u.Proposals, p)
			if p.Score < leastScore || p.Score > 100 || len(p.Reasons) < 2 {
				t.Errorf("%+v", p)
			}
		}
		var b strings.Builder
		u.write(&b)
		for line := range strings.Lines(b.String()) {
			if line != "\n" && !strings.HasPrefix(line, "#") {
				t.Errorf("a line that counts: %q", line)
			}
		}
	})
}

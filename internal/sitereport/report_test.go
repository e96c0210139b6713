package sitereport

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"domigo/internal/golden"
	"domigo/settings"
)

var update = flag.Bool("update", false, "write what the tests got to their golden files")

// TestFixtures reports on the site of each file of testdata; "want" is the
// text, "want.json" the settings as JSON, "want.html" the body of the page.
func TestFixtures(t *testing.T) {
	golden.Run(t, "testdata/*.txtar", *update, func(t *testing.T, dir string) map[string]string {
		got := forms(t, report(t, filepath.Join(dir, "site")))
		if all := got["want"] + got["want.json"] + got["want.html"]; strings.Contains(all, "hunter2") {
			t.Errorf("a password is shown:\n%s", all)
		}
		return got
	})
}

func report(t *testing.T, dir string) *Report {
	t.Helper()
	src, err := settings.NewLoader(settings.Paths{Dir: dir}).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	s, rep, err := settings.Build(settings.Input{Source: src, HostName: "os.example.com", Version: "1.0"})
	if err != nil {
		t.Fatal(err)
	}
	return Make(src, s, rep)
}

// forms gives a report in each form.
func forms(t *testing.T, r *Report) map[string]string {
	t.Helper()
	var text, html strings.Builder
	if err := r.Write(&text); err != nil {
		t.Fatal(err)
	}
	if err := r.WriteHTML(&html, time.Date(2009, 7, 26, 19, 26, 0, 0, time.UTC), "1.0"); err != nil {
		t.Fatal(err)
	}
	data, err := json.MarshalIndent(r.Settings, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	_, body, _ := strings.Cut(html.String(), "</head>\n")
	return map[string]string{"want": text.String(), "want.json": string(data) + "\n", "want.html": body}
}

// outside finds what a page would load from elsewhere.
var outside = regexp.MustCompile(`(?i)(src=|href="[^#]|url\(|@import|<script|<link|<img|<iframe)`)

func TestPageStandsAlone(t *testing.T) {
	dir := t.TempDir()
	golden.Write(t, filepath.Join(dir, "notes.ini"), "[Notes]\nSMTPGreeting=<img src=http://evil.example/x>\n")
	var b strings.Builder
	if err := report(t, dir).WriteHTML(&b, time.Unix(0, 0).UTC(), "1.0"); err != nil {
		t.Fatal(err)
	}
	page := strings.ReplaceAll(strings.ReplaceAll(b.String(), "<wbr>", ""), "&lt;img src=http://evil.example/x&gt;", "")
	if at := outside.FindString(page); at != "" {
		t.Errorf("the page holds %q", at)
	}
	for _, want := range []string{"prefers-color-scheme: dark", "@media print", "default-src 'none'"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %q", want)
		}
	}
}

// failing is a writer that takes nothing.
type failing struct{}

var errFull = errors.New("full")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	dir := t.TempDir()
	golden.Write(t, filepath.Join(dir, "notes.ini"), "[Notes]\n")
	r := report(t, dir)
	if err := r.Write(failing{}); !errors.Is(err, errFull) {
		t.Errorf("Write = %v, want %v", err, errFull)
	}
	if err := r.WriteHTML(failing{}, time.Unix(0, 0), "1.0"); !errors.Is(err, errFull) {
		t.Errorf("WriteHTML = %v, want %v", err, errFull)
	}
}

// TestEveryRowHasAClass holds that each row of the table that stands in a file
// is classified, and that no class but honoured goes without a reason.
func TestEveryRowHasAClass(t *testing.T) {
	dir := t.TempDir()
	var ini strings.Builder
	ini.WriteString("[Notes]\n")
	want := map[string]bool{}
	rows := settings.Rows()
	for i := range rows {
		if rows[i].Name != "" && rows[i].Name != "Domigo_ItemMap" {
			ini.WriteString(rows[i].Name + "=1\n")
			want[rows[i].Name] = true
		}
	}
	golden.Write(t, filepath.Join(dir, "notes.ini"), ini.String())
	for _, s := range report(t, dir).Settings {
		delete(want, s.Name)
		if s.Class != Honoured && s.Reason == "" {
			t.Errorf("%s is %s without a reason", s.Name, s.Class)
		}
	}
	if len(want) > 0 {
		t.Errorf("not reported: %v", want)
	}
}

// TestFolder holds what the places of a page have in common.
func TestFolder(t *testing.T) {
	for _, c := range []struct {
		name   string
		places []string
		want   string
	}{
		{"none", nil, ""},
		{"one", []string{"/etc/domigo/notes.ini:3"}, "/etc/domigo/"},
		{"a folder below", []string{"/etc/domigo/notes.ini:3", "/etc/domigo/names/a.dxl:7: Server document 1: X"}, "/etc/domigo/"},
		{"names that begin alike", []string{"site/notes.ini:3", "site2/notes.ini:3"}, ""},
		{"another folder", []string{"/etc/domigo/notes.ini:3", "/srv/names.dxl:1"}, "/"},
		{"no folder", []string{"notes.ini:3", "names/a.dxl:1"}, ""},
	} {
		r := &Report{Settings: []Setting{{Places: c.places}}}
		if got := r.folder(); got != c.want {
			t.Errorf("%s: places %q: got %q, want %q", c.name, c.places, got, c.want)
		}
	}
}

// TestBreaks holds where a line may end, and that all else is escaped.
func TestBreaks(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"SMTPMaxSessions":    "SMTPMax<wbr>Sessions",
		"a,b":                "a,<wbr>b",
		"<b>&\"'":            "&lt;b&gt;&amp;&#34;&#39;",
		"/etc/notes.ini:3":   "/<wbr>etc/<wbr>notes.ini:<wbr>3",
		"SMTP_NegotiatedSSL": "SMTP_<wbr>Negotiated<wbr>SSL",
	} {
		if got := string(breaks(in)); got != want {
			t.Errorf("breaks(%q): got %q, want %q", in, got, want)
		}
	}
}

package route

import (
	"bufio"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/notesini"
	"domigo/settings"
)

var update = flag.Bool("update", false, "write what the tests got to their golden files")

// loadSource reads the files of testdata/site.txtar.
func loadSource(t testing.TB) *settings.Source {
	t.Helper()
	a, err := txtar.ParseFile("testdata/site.txtar")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, f := range a.Files {
		name := filepath.Join(dir, f.Name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	src, err := settings.NewLoader(settings.Paths{Dir: dir}).Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// site is a copy of a source that a test changes before it builds it.
type site struct{ src settings.Source }

func siteOf(src *settings.Source) *site {
	s := &site{*src}
	s.src.Documents = nil
	for _, d := range src.Documents {
		c := *d
		c.Items = slices.Clone(d.Items)
		s.src.Documents = append(s.src.Documents, &c)
	}
	return s
}

// item sets ITEM=VALUE in the first document of a form; ", " separates the
// values of a list.
func (s *site) item(t testing.TB, form, assignment string) {
	t.Helper()
	name, value, ok := strings.Cut(assignment, "=")
	i := slices.IndexFunc(s.src.Documents, func(d *note.Document) bool { return d.Is(form) })
	if !ok || i < 0 {
		t.Fatalf("%s %q: no document or no value", form, assignment)
	}
	d := s.src.Documents[i]
	d.Items = slices.DeleteFunc(d.Items, func(it note.Item) bool { return it.Name == name })
	d.Items = append(d.Items, note.Item{Name: name, Values: strings.Split(value, ", "), Line: d.Line})
}

// document adds "FORM ITEM=VALUE; ITEM=VALUE".
func (s *site) document(t testing.TB, text string) {
	t.Helper()
	form, items, _ := strings.Cut(text, " ")
	s.src.Documents = append(s.src.Documents, &note.Document{File: "added.json", Line: 1, Number: len(s.src.Documents) + 1, Form: form})
	d := s.src.Documents[len(s.src.Documents)-1]
	for pair := range strings.SplitSeq(items, "; ") {
		name, value, _ := strings.Cut(pair, "=")
		d.Items = append(d.Items, note.Item{Name: name, Values: strings.Split(value, ", "), Line: 1})
	}
}

// variable sets NAME=VALUE in notes.ini.
func (s *site) variable(t testing.TB, line string) {
	t.Helper()
	file, err := notesini.Parse("notes.ini", append(slices.Clone(s.src.INI.Bytes()), line+"\n"...))
	if err != nil {
		t.Fatal(err)
	}
	s.src.INI = file
}

// env builds the site. The settings that the table does not read from documents
// stand here: other servers, a readers list, persons under a pattern.
func (s *site) env(t testing.TB) *Env {
	t.Helper()
	view, rep, err := settings.Build(settings.Input{Source: &s.src, HostName: "os.example.com", Version: "1.0"})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range rep.Findings {
		if f.Severity == settings.SevError {
			t.Fatalf("the site has an error: %v", f)
		}
	}
	servers := []Server{
		{"CN=Server-704/O=Acme", "server-704.acme.com", "ACME", []string{"TCP/IP Network", ""}},
		{"CN=Mail9/O=Acme", "Mail9.acme.com", "Acme", []string{"LAN", "tcp/ip network"}},
		{"CN=Hub/O=Other", "hub.other.example", "Other", []string{"TCP/IP Network"}},
		{"CN=Mirror/O=Acme", "Server-704.acme.com", "ACME", []string{"", "LAN"}},
	}
	return &Env{
		Settings: view, Directory: s.src.Directory,
		Servers: func(name string) (Server, bool) {
			i := slices.IndexFunc(servers, func(s Server) bool { return directory.SameName(s.Name, name) })
			if i < 0 {
				return Server{}, false
			}
			return servers[i], true
		},
		Readers: func(e *directory.Entry) []string {
			switch e.Name() {
			case "Board":
				return []string{"LocalDomainAdmins", "Admins"}
			case "Circle":
				return []string{"Ander Genannt/Acme"}
			}
			return nil
		},
		Under: func(pattern string) []string {
			var out []string
			for _, n := range []string{"CN=John Doe/O=Acme", "CN=Jane Roe/OU=Sales/O=Acme"} {
				if directory.MatchName(pattern, n) {
					out = append(out, n)
				}
			}
			return out
		},
	}
}

// acme is the site as its files say.
func acme(t testing.TB) *Env { return siteOf(loadSource(t)).env(t) }

// lines gives the lines of a file of testdata without comments and blank ones.
func lines(t testing.TB, name string) []string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []string
	for sc := bufio.NewScanner(f); sc.Scan(); {
		if line := sc.Text(); line != "" && line[0] != '#' {
			out = append(out, line)
		}
	}
	return out
}

// message reads "NAME=VALUE; NAME=VALUE".
func message(t testing.TB, text string) *Message {
	t.Helper()
	m := &Message{}
	for pair := range strings.SplitSeq(text, "; ") {
		name, value, _ := strings.Cut(pair, "=")
		number, _ := strconv.Atoi(value)
		switch name {
		case "inbound":
			m.Inbound = true
		case "report":
			m.Report = true
		case "sender":
			m.Sender = value
		case "user":
			m.User = value
		case "size":
			m.Size = int64(number)
		case "hops":
			m.Hops = number
		default:
			t.Fatalf("message %q", pair)
		}
	}
	return m
}

// apply makes one line of a case.
func (s *site) apply(t testing.TB, line string) bool {
	t.Helper()
	word, rest, _ := strings.Cut(line, " ")
	switch word {
	case "config":
		s.item(t, "ServerConfig", rest)
	case "server":
		s.item(t, "Server", rest)
	case "domain":
		s.item(t, "Domain", rest)
	case "document":
		s.document(t, rest)
	case "ini":
		s.variable(t, rest)
	default:
		return false
	}
	return true
}

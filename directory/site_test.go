package directory

import (
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/note"
)

// doc gives a document of the form with items written as "Name: value; value".
func doc(form string, items ...string) *note.Document {
	d := &note.Document{File: "names.dxl", Form: form}
	for _, it := range items {
		name, rest, _ := strings.Cut(it, ": ")
		values := strings.Split(rest, "; ")
		d.Items = append(d.Items, note.Item{Name: name, Type: note.TextList, Values: values, Line: 100 + len(d.Items)})
	}
	return d
}

func person(name, short, address string, more ...string) *note.Document {
	return doc("Person", append([]string{"FullName: " + name, "ShortName: " + short, "InternetAddress: " + address}, more...)...)
}

func group(name, code, members string) *note.Document {
	return doc("Group", "ListName: "+name, "GroupType: "+code, "Members: "+members)
}

// build gives a directory of documents in directories; the line of a document
// is its place in its directory.
func build(t testing.TB, dirs ...[]*note.Document) *Directory {
	t.Helper()
	b := NewBuilder()
	// From the last to the first: the order of directories must not hang on
	// the order of adding.
	for i := len(dirs) - 1; i >= 0; i-- {
		for j, d := range dirs[i] {
			d.Line = j + 1
			if !b.Add(i, d) {
				t.Fatalf("directory %d: %s document refused", i, d.Form)
			}
		}
	}
	return b.Build()
}

// acme is a small site: the primary directory and two catalogs.
func acme(t testing.TB) *Directory {
	primary := []*note.Document{
		person("CN=John Doe/O=Acme; John Doe; jd.alias@acme.com", "jdoe", "john.doe@acme.com",
			"FirstName: John", "LastName: Doe", "MailDomain: AcmeDomain", "MailFile: mail\\jdoe"),
		person("CN=Jane Smith/OU=Sales/O=Acme", "jsmith", "jane.smith@acme.com",
			"FirstName: Jane", "MiddleInitial: Q", "LastName: Smith", "MailAddress: jane@home.example"),
		person("CN=Joan Smith/O=Acme", "joan", "joan@acme.com", "FirstName: Joan", "LastName: Smith"),
		person("CN=Kyūzō Author/O=Acme", "kyuzo", "kyuzo@acme.com"),
		doc("Database", "FullName: Help Desk; Support", "InternetAddress: help@acme.com", "MailFile: mail/help.nsf"),
		group("Sales", "0", "CN=Jane Smith/OU=Sales/O=Acme; joan@acme.com"),
		group("News List", "Mail only", "John Doe/Acme; Sales; outside@example.org"),
		group("Admins", "2", "John Doe/Acme"),
		group("Gone", "3", "CN=Old User/O=Acme"),
		group("Allow.iris.com", "1", "iris.com"),
		group("AllowMail", "1", "abc.com; [192.0.2.1]; Allow.iris.com; Admins"),
	}
	first := []*note.Document{
		person("CN=John Doe/O=Acme", "jdoe", "john.doe@acme.com", "FirstName: John", "LastName: Doe"),
		person("CN=Mary Major/O=Other", "mary; jsmith", "mary@other.example", "FirstName: Mary", "LastName: Major"),
		group("CatalogList", "1", "mary@other.example"),
	}
	second := []*note.Document{
		person("CN=Mary Minor/O=Third", "mary", "mary@third.example", "FirstName: Mary", "LastName: Minor"),
		person("CN=Smith/O=Third", "smith", "smith@third.example"),
	}
	return build(t, primary, first, second)
}

func names(entries []*Entry) []string {
	var out []string
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func wantNames(t *testing.T, what string, got []*Entry, want ...string) {
	t.Helper()
	if g := names(got); !slices.Equal(g, want) {
		t.Errorf("%s: got %q, want %q", what, g, want)
	}
}

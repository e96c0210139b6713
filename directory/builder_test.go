package directory

import (
	"reflect"
	"strings"
	"testing"

	"domigo/configdoc/note"
)

func TestAddKeepsWhatTheDocumentSays(t *testing.T) {
	b := NewBuilder()
	d := doc("person", "FullName: CN=John Doe/O=Acme; John Doe", "ShortName: jdoe", "FirstName: John", "MiddleInitial: Q", "LastName: Doe",
		"InternetAddress: john.doe@acme.com", "HTTPPassword: (355E98E7C7B59BD810ED845AD0FD2FC4)", "MailServer: CN=Server-704/O=Acme",
		"MailFile: mail\\jdoe", "MailDomain: Acme", "MailSystem: 1", "MailAddress: jd@home.example", "Certificate: x")
	d.Line = 7
	if !b.Add(1, d) {
		t.Fatal("the Person document was refused")
	}
	want := &Entry{Kind: Person, FullName: []string{"CN=John Doe/O=Acme", "John Doe"}, ShortName: []string{"jdoe"}, First: "John", Middle: "Q", Last: "Doe",
		InternetAddress: "john.doe@acme.com", Password: []string{"(355E98E7C7B59BD810ED845AD0FD2FC4)"}, MailServer: "CN=Server-704/O=Acme",
		MailFile: "mail\\jdoe", MailDomain: "Acme", MailSystem: "1", Forward: "jd@home.example", Dir: 1, File: "names.dxl", Line: 7}
	got := b.Build().Lookup(Query{Local: "jdoe"})
	if len(got) != 1 || !reflect.DeepEqual(got[0], want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAddTakesOnlyItsForms(t *testing.T) {
	b := NewBuilder()
	for form, want := range map[string]bool{"Person": true, "GROUP": true, "database": true, "Server": false, "ServerConfig": false, "Domain": false, "": false} {
		d := doc(form, "FullName: x", "ListName: x", "Members: y")
		if got := b.Add(0, d); got != want {
			t.Errorf("form %q: got %v, want %v", form, got, want)
		}
	}
	if !b.Add(0, doc("", "Type: Person", "FullName: z")) {
		t.Error("a document with the item Type alone was refused")
	}
	persons, groups, mailins := b.Build().Len()
	if persons != 2 || groups != 1 || mailins != 1 {
		t.Errorf("Len: got %d, %d, %d, want 2, 1, 1", persons, groups, mailins)
	}
}

func TestValuesWithLineBreaks(t *testing.T) {
	d := build(t, []*note.Document{doc("Group", "ListName: Sales", "Members: a@acme.com\n\n b@acme.com ")})
	if got, _ := d.Expand("Sales"); !reflect.DeepEqual(got, []string{"a@acme.com", "b@acme.com"}) {
		t.Errorf("got %q, want the two lines", got)
	}
}

func TestGroupTypes(t *testing.T) {
	for in, want := range map[string]GroupType{
		"": MultiPurpose, "0": MultiPurpose, "1": MailOnly, "2": AccessControlOnly, "3": DenyListOnly, "4": ServersOnly,
		"mail only": MailOnly, "Deny List only": DenyListOnly, "5": UnknownType, "x": UnknownType,
	} {
		if got := parseGroupType(in); got != want {
			t.Errorf("group type %q: got %v, want %v", in, got, want)
		}
	}
}

func TestProblems(t *testing.T) {
	const v1 = "(355E98E7C7B59BD810ED845AD0FD2FC4)"
	for _, c := range []struct {
		name string
		docs []*note.Document
		want []string // parts of the problems, in order
	}{
		{"none", []*note.Document{person("CN=A/O=Acme", "a", "a@acme.com", "HTTPPassword: "+v1)}, nil},
		{"no name", []*note.Document{doc("Person", "MailFile: mail/x")}, []string{`names.dxl:1: Person "": the document has no name`}},
		{"group without name", []*note.Document{doc("Group", "Members: x")}, []string{"has no name"}},
		{"address is none", []*note.Document{person("CN=A/O=Acme", "a", "acme.com")}, []string{`names.dxl:102: Person "A/Acme": the Internet address "acme.com" is none`}},
		{"same address", []*note.Document{person("CN=A/O=Acme", "a", "a@acme.com"), person("CN=B/O=Acme", "b", "A@Acme.com")},
			[]string{`names.dxl:2: Person "B/Acme": the Internet address A@Acme.com also means the Person "A/Acme" (names.dxl:1)`}},
		{"same name", []*note.Document{person("CN=A B/O=Acme", "a", ""), person("A B/Acme", "b", "")}, []string{"the full name A B/Acme also means"}},
		{"same group", []*note.Document{group("G", "0", "x"), group("g", "2", "y")}, []string{`Group "g": the name g also means the Group "G"`}},
		{"group named like a person", []*note.Document{person("Sales", "a", ""), group("Sales", "0", "y")}, []string{`Group "Sales": the name Sales also means the Person "Sales"`}},
		{"empty group", []*note.Document{group("G", "0", "")}, []string{"has no members"}},
		{"group type", []*note.Document{group("G", "9", "x")}, []string{`names.dxl:101: Group "G": the group type "9" is unknown`}},
		{"own member", []*note.Document{group("G", "0", "g; x")}, []string{"is a member of itself"}},
		{"cycle", []*note.Document{group("A", "0", "B"), group("B", "0", "C"), group("C", "2", "A; B")},
			[]string{`Group "A": the group is a member of itself by way of the group "C" (names.dxl:3)`, `Group "B": the group is a member of itself by way of the group "C"`}},
		{"no cycle", []*note.Document{group("A", "0", "B; C"), group("B", "0", "C"), group("C", "0", "x")}, nil},
		{"clear text", []*note.Document{person("CN=A/O=Acme", "a", "", "HTTPPassword: geheim")}, []string{"names.dxl:103: Person \"A/Acme\": the stored Internet password is clear text"}},
		{"unsupported", []*note.Document{person("CN=A/O=Acme", "a", "", "HTTPPassword: (Ix)")}, []string{"form that is not supported"}},
		{"many passwords", []*note.Document{person("CN=A/O=Acme", "a", "", "HTTPPassword: "+strings.Repeat(v1+"; ", 9)+v1)}, []string{"10 Internet passwords are stored"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := build(t, c.docs).Problems()
			if len(got) != len(c.want) {
				t.Fatalf("got %d problems %v, want %q", len(got), got, c.want)
			}
			for i, p := range got {
				if !strings.Contains(p.String(), c.want[i]) {
					t.Errorf("problem %d: got %q, want %q", i, p, c.want[i])
				}
				if strings.Contains(p.String(), "geheim") {
					t.Errorf("problem %d shows the password: %q", i, p)
				}
			}
		})
	}
}

func TestSameAddressInTwoDirectoriesIsNoProblem(t *testing.T) {
	d := build(t, []*note.Document{person("CN=A/O=Acme", "a", "a@acme.com")}, []*note.Document{person("CN=A/O=Acme", "a", "a@acme.com")})
	if got := d.Problems(); len(got) != 0 {
		t.Errorf("got %v, want none", got)
	}
}

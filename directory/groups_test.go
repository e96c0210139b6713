package directory

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/note"

	"pgregory.net/rapid"
)

func TestGroupForRestrictionFields(t *testing.T) {
	d := acme(t)
	for _, c := range []struct {
		name, group string
		want        bool
	}{
		{"multi-purpose", "SALES", true},
		{"mail only", "News List", true},
		{"access control only", "Admins", false},
		{"deny list only", "Gone", false},
		{"E15: dotted name is no group", "Allow.iris.com", false},
		{"address is no group", "Sales@acme.com", false},
		{"group of a catalog", "CatalogList", false},
		{"underscore is no blank", "News_List", false},
		{"nothing", "", false},
	} {
		if _, got := d.mailGroup(c.group); got != c.want {
			t.Errorf("%s: mailGroup(%q): got %v, want %v", c.name, c.group, got, c.want)
		}
	}
}

func TestExpand(t *testing.T) {
	ring := build(t, []*note.Document{group("A", "0", "a@x.y; B; CN=Z/O=Acme"), group("B", "1", "C; b@x.y; A@X.Y"), group("C", "0", "A; c.example; Z/Acme; B"), group("Self", "0", "self")})
	for _, c := range []struct {
		name  string
		d     *Directory
		group string
		want  []string
		ok    bool
	}{
		{"plain", acme(t), "Sales", []string{"CN=Jane Smith/OU=Sales/O=Acme", "joan@acme.com"}, true},
		{"nested, nearer members first", acme(t), "news list", []string{"John Doe/Acme", "outside@example.org", "CN=Jane Smith/OU=Sales/O=Acme", "joan@acme.com"}, true},
		{"E15: dotted and access control members stay", acme(t), "AllowMail", []string{"abc.com", "[192.0.2.1]", "Allow.iris.com", "Admins"}, true},
		{"ring", ring, "A", []string{"a@x.y", "CN=Z/O=Acme", "b@x.y", "c.example"}, true},
		{"ring from inside", ring, "C", []string{"c.example", "Z/Acme", "a@x.y", "b@x.y"}, true},
		{"only itself", ring, "Self", nil, true},
		{"access control only", acme(t), "Admins", nil, false},
		{"none", acme(t), "Nothing", nil, false},
	} {
		got, ok := c.d.Expand(c.group)
		if ok != c.ok || !slices.Equal(got, c.want) {
			t.Errorf("%s: Expand(%q): got %q, %v, want %q, %v", c.name, c.group, got, ok, c.want, c.ok)
		}
	}
}

func TestInGroup(t *testing.T) {
	d := build(t, []*note.Document{
		group("LocalDomainServers", "4", "CN=Server-704/O=Acme; More Servers"),
		group("More Servers", "2", "*/OU=Srv/O=Acme; LocalDomainServers"),
		group("host.list", "0", "Mail/Acme"),
	}, []*note.Document{group("Elsewhere", "4", "CN=Server-704/O=Acme")})
	for _, c := range []struct {
		group, name string
		want        bool
	}{
		{"LocalDomainServers", "Server-704/Acme", true},
		{"localdomainservers", "CN=SERVER-704/O=ACME", true},
		{"LocalDomainServers", "Mail1/Srv/Acme", true},
		{"LocalDomainServers", "Mail1/Acme", false},
		{"LocalDomainServers", "", false},
		{"host.list", "CN=Mail/O=Acme", true},
		{"Elsewhere", "Server-704/Acme", false},
		{"Nothing", "Server-704/Acme", false},
	} {
		if got := d.InGroup(c.group, c.name); got != c.want {
			t.Errorf("InGroup(%q, %q): got %v, want %v", c.group, c.name, got, c.want)
		}
	}
}

// TestViewEntry: *($Users) in an access list is everybody whom the view of the
// primary directory lists.
func TestViewEntry(t *testing.T) {
	d := build(t, []*note.Document{
		person("CN=John Doe/O=Acme", "jdoe", "jdoe@acme.com", "AltFullName: 甲/Acme"),
		person("Flat Name", "flat", ""),
		group("Sales", "0", "CN=Gone/O=Acme"),
		doc("Database", "FullName: Orders/Acme", "MailFile: orders"),
	}, []*note.Document{person("CN=Else Where/O=Acme", "else", "")})
	for _, c := range []struct {
		entry, name string
		want        bool
	}{
		{"*($Users)", "CN=John Doe/O=Acme", true},
		{" *($users) ", "john doe/acme", true},
		{"*($VIMPeople)", "John Doe/Acme", true},
		{"*People", "John Doe/Acme", true},
		{"*($Users)", "甲/Acme", true},
		{"*($Users)", "Flat Name", true},
		{"*($Users)", "Else Where/Acme", false}, // of a further directory
		{"*($Users)", "jdoe", false},            // a short name is no name that is authenticated
		{"*($Users)", "John.Doe/Acme", false},   // a dot is a blank in addresses only
		{"*($Users)", "Orders/Acme", false},     // nobody
		{"*($Users)", "Sales", false},           // a group
		{"*($Users)", "Mallory/Acme", false},    // not listed
		{"*($ServerAccess)", "John Doe/Acme", false},
		{"*/Acme", "John Doe/Acme", false}, // a pattern, and MatchName's
		{"*", "John Doe/Acme", false},
	} {
		if got := d.InGroup(c.entry, c.name); got != c.want {
			t.Errorf("InGroup(%q, %q): got %v, want %v", c.entry, c.name, got, c.want)
		}
	}
	for _, c := range []struct {
		entry, view string
		known       bool
	}{
		{"*($Users)", "($Users)", true}, {"*Locations", "Locations", false}, {"*", "", false}, {"*/Acme", "", false}, {"Sales", "", false}, {"", "", false},
	} {
		if view, known := ViewEntry(c.entry); view != c.view || known != c.known {
			t.Errorf("ViewEntry(%q): got %q, %v, want %q, %v", c.entry, view, known, c.view, c.known)
		}
	}
}

// TestExpandAnyGraph: whatever groups hold whatever groups, an expansion ends,
// gives no member twice, and gives exactly the members that can be reached.
func TestExpandAnyGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "groups")
		edges := make([][]string, n)
		b := NewBuilder()
		for i := range n {
			members := rapid.SliceOfN(rapid.IntRange(0, 2*n), 0, 8).Draw(t, "members")
			for _, m := range members {
				name := fmt.Sprintf("G%d", m)
				if m >= n {
					name = fmt.Sprintf("person%d@acme.com", m)
				}
				edges[i] = append(edges[i], name)
			}
			b.Add(0, group(fmt.Sprintf("G%d", i), "0", strings.Join(edges[i], "; ")))
		}
		d := b.Build()
		reach := reachable(edges)
		got, ok := d.Expand("g0")
		if !ok {
			t.Fatal("the group is not there")
		}
		slices.Sort(got)
		if !slices.Equal(got, reach) {
			t.Fatalf("Expand of %q: got %q, want %q", edges, got, reach)
		}
	})
}

// reachable gives the persons that group 0 holds, found by repeating until
// nothing is added.
func reachable(edges [][]string) []string {
	seen := map[string]bool{"G0": true}
	for grown := true; grown; {
		grown = false
		for i, members := range edges {
			for _, m := range members {
				if seen[fmt.Sprintf("G%d", i)] && !seen[m] {
					seen[m], grown = true, true
				}
			}
		}
	}
	var out []string
	for name := range seen {
		if strings.HasPrefix(name, "person") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// TestLongChain: a chain of groups as long as a large directory has no bound in
// depth to trip over.
func TestLongChain(t *testing.T) {
	const n = 20_000
	b := NewBuilder()
	for i := range n {
		b.Add(0, group(fmt.Sprintf("G%d", i), "0", fmt.Sprintf("G%d; m%d@acme.com", i+1, i)))
	}
	d := b.Build()
	if got, _ := d.Expand("G0"); len(got) != n+1 {
		t.Errorf("got %d members, want %d", len(got), n+1)
	}
	if got := d.Problems(); len(got) != 0 {
		t.Errorf("got %v, want no problems", got)
	}
}

func TestUnderAndReaders(t *testing.T) {
	person := func(name string) *note.Document { return doc("Person", "FullName: "+name) }
	d := build(t, []*note.Document{person("CN=Ann/OU=Sales/O=Acme; Ann"), person("CN=Bob/OU=East/OU=Sales/O=Acme"), person("CN=Cid/O=Acme"),
		doc("Group", "ListName: Board", "Members: Ann/Sales/Acme", "$Readers: */Sales/Acme; Chiefs")}, []*note.Document{person("cn=ann/ou=Sales/o=Acme")})
	if got, want := d.Under("*/Sales/Acme"), []string{"CN=Ann/OU=Sales/O=Acme", "CN=Bob/OU=East/OU=Sales/O=Acme"}; !slices.Equal(got, want) {
		t.Errorf("Under(*/Sales/Acme) = %q, want %q", got, want)
	}
	if got := d.Under("*/Nobody"); got != nil {
		t.Errorf("Under(*/Nobody) = %q, want none", got)
	}
	board, _ := d.mailGroup("Board")
	if want := []string{"*/Sales/Acme", "Chiefs"}; !slices.Equal(board.Readers, want) {
		t.Errorf("Readers = %q, want %q", board.Readers, want)
	}
}

package route

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/mailbox"
	"domigo/settings"
)

func target(to string) mailbox.Target {
	return mailbox.Target{Recipient: mailbox.Recipient{Address: to}, To: to}
}

// ends gives the ends of an expansion as lines.
func ends(list []Routed) []string {
	var out []string
	for _, r := range list {
		line := r.Target.To + " " + r.Decision.Key + r.Decision.Reason
		if len(r.Target.Path) > 0 {
			line += " via " + strings.Join(r.Target.Path, ",")
		}
		out = append(out, line)
	}
	return out
}

func TestExpand(t *testing.T) {
	tests := []struct {
		name, to string
		set      []string
		want     []string
	}{
		{"person", "jdoe@acme.com", nil, []string{"jdoe@acme.com [LocalDelivery]"}},
		{"forwarding address", "fred@acme.com", nil, []string{"fred@example.net mx:example.net via fred@acme.com"}},
		{"forwarding to a Notes name", "nora@acme.com", nil, []string{"John Doe/Acme @ ACME [LocalDelivery] via nora@acme.com"}},
		{"forwarding in a circle", "loop1@acme.com", nil, []string{"loop1@acme.com " + ReasonHops + " via loop1@acme.com,loop2@acme.com"}},
		{"forwarding to itself", "self@acme.com", nil, []string{"self@acme.com " + ReasonHops + " via self@acme.com"}},
		{"a circle inside a group loses nobody", "loopers@acme.com", nil, []string{
			"loop1@acme.com " + ReasonHops + " via loopers@acme.com,loop1@acme.com,loop2@acme.com",
			"jdoe [LocalDelivery] via loopers@acme.com"}},
		{"forwarding to an empty group", "hope@acme.com", nil, []string{"hope@acme.com User hope@acme.com (hope@acme.com) not listed in Domino Directory"}},
		{"several ways to one address, one that leads nowhere", "away@acme.com", nil, []string{
			"fred@example.net mx:example.net via away@acme.com,Fred Away/Acme",
			"Hope Less/Acme User Hope Less/Acme (Hope Less/Acme) not listed in Domino Directory via away@acme.com"}},
		{"nested group that holds itself", "sales@acme.com", nil, []string{
			"CN=John Doe/O=Acme [LocalDelivery] via sales@acme.com",
			"jane.roe@acme.com [LocalDelivery] via sales@acme.com",
			"ext@example.org mx:example.org via sales@acme.com",
			"fred@example.net mx:example.net via sales@acme.com,Nested,Fred Away/Acme"}},
		{"one person by many names", "names@acme.com", nil, []string{"jdoe [LocalDelivery] via names@acme.com"}},
		{"group without members", "Hollow", nil, []string{"Hollow User Hollow (Hollow) not listed in Domino Directory"}},
		{"persons under a pattern", "unit@acme.com", nil, []string{
			"CN=Jane Roe/OU=Sales/O=Acme [LocalDelivery] via unit@acme.com", "Ideas [LocalDelivery] via unit@acme.com"}},
		{"home server by Notes name", "Far Off/Acme", []string{"config MailInternalSMTP=2"}, []string{"far.off@acme.com server:mail9.acme.com:25"}},
		{"smart host for all takes members by their Internet addresses", "unit@acme.com", []string{"config MailSmartHost=smart.example", "config MailSmartHostAll=1"}, []string{
			"jane.roe@acme.com smart:smart.example:25 via unit@acme.com,CN=Jane Roe/OU=Sales/O=Acme",
			"ideas@acme.com smart:smart.example:25 via unit@acme.com,Ideas"}},
		{"E27 size, for the whole recipient", "sales@acme.com", []string{"config MailMaxSize=1"}, []string{"sales@acme.com " + ReasonSize}},
		{"group refused inside", "Nested", []string{"ini RouterDisableMailToGroups=1"}, []string{"Nested " + ReasonPolicy}},
	}
	src := loadSource(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := siteOf(src)
			for _, line := range tt.set {
				s.apply(t, line)
			}
			env, m := s.env(t), &Message{Size: 2048}
			list := Expand(env, m, target(tt.to), nil)
			if got := ends(list); !slices.Equal(got, tt.want) {
				t.Errorf("Expand(%q)\n got %q\nwant %q", tt.to, got, tt.want)
			}
			for _, r := range list {
				if r.Target.Address != tt.to {
					t.Errorf("Expand(%q): recipient as accepted %q", tt.to, r.Target.Address)
				}
				if r.Decision.Action == Fail {
					continue
				}
				if d, ok := Still(env, m, r.Decision.Key, r.Target); !ok {
					t.Errorf("Expand(%q): %q does not stay: %v", tt.to, r.Target.To, d)
				}
			}
		})
	}
}

func TestStill(t *testing.T) {
	site := siteOf(loadSource(t))
	site.apply(t, "config MailInternalSMTP=2")
	env, m := site.env(t), &Message{}
	tests := []struct {
		name, key, file, to string
		want                bool
	}{
		{"as it was", LocalDelivery, `mail\jdoe.nsf`, "jdoe@acme.com", true},
		{"another mail file", LocalDelivery, `mail\old.nsf`, "jdoe@acme.com", false},
		{"another next hop", "relay:relay.example:25", "", "a@example.org", false},
		{"unknown by now", LocalDelivery, "mail/gone", "gone@acme.com", false},
		{"home server", "server:mail9.acme.com:25", "", "far.off@acme.com", true},
		{"home server, an address that cannot be said there", "server:mail9.acme.com:25", "", "Far Off/Acme", false},
		{"forwarded by now", LocalDelivery, "mail/fred", "fred@acme.com", false},
	}
	for _, tt := range tests {
		to := target(tt.to)
		to.MailFile = tt.file
		if d, ok := Still(env, m, tt.key, to); ok != tt.want {
			t.Errorf("%s: Still(%q, %q) = %v, %t", tt.name, tt.key, tt.to, d, ok)
		}
	}
}

func TestMoved(t *testing.T) {
	r := Moved("mail/junk.nsf", []mailbox.Target{target("jdoe@acme.com"), target("jroe@acme.com")})
	if r.Target.MailFile != "mail/junk.nsf" || r.Target.Address != "jdoe@acme.com" || r.Decision.Key != LocalDelivery || r.Decision.MailFile != "mail/junk.nsf" {
		t.Errorf("Moved: got %+v", r)
	}
	if r = Moved("mail/junk.nsf", nil); r.Target.Address != "" || r.Decision.Action != Deliver {
		t.Errorf("Moved without recipients: got %+v", r)
	}
}

// plain is a site without documents whose local domain is acme.com.
func plain(b *directory.Builder) *Env {
	return &Env{
		Settings: &settings.Snapshot{
			Domains: settings.Domains{Global: true, Primary: []string{"acme.com"}},
			Router:  settings.Router{ExternalSMTP: true, Port: 25},
		},
		Directory: b.Build(),
	}
}

func group(name string, members ...string) *note.Document {
	return &note.Document{Form: "Group", Items: []note.Item{{Name: "ListName", Values: []string{name}}, {Name: "Members", Values: members}}}
}

func person(name, file, forward string) *note.Document {
	return &note.Document{Form: "Person", Items: []note.Item{{Name: "FullName", Values: []string{name}},
		{Name: "MailFile", Values: []string{file}}, {Name: "MailAddress", Values: []string{forward}}}}
}

// TestExpandDepth holds that a chain of groups as deep as allowed is followed,
// and a deeper one is not.
func TestExpandDepth(t *testing.T) {
	for _, tt := range []struct {
		depth int
		want  string
	}{{maxDepth, "Reader " + LocalDelivery}, {maxDepth + 1, fmt.Sprintf("G%d %s", maxDepth, ReasonHops)}} {
		b := directory.NewBuilder()
		b.Add(0, person("Reader", "mail/reader", ""))
		for i := range tt.depth {
			next := fmt.Sprintf("G%d", i+1)
			if i == tt.depth-1 {
				next = "Reader"
			}
			b.Add(0, group(fmt.Sprintf("G%d", i), next))
		}
		list := Expand(plain(b), &Message{}, target("G0"), nil)
		if len(list) != 1 || list[0].Target.To+" "+list[0].Decision.Key+list[0].Decision.Reason != tt.want {
			t.Errorf("depth %d: got %q, want %q", tt.depth, ends(list), tt.want)
		}
	}
}

// TestExpandTooMany holds the bound on the ends of one recipient: n and n+1.
func TestExpandTooMany(t *testing.T) {
	for _, n := range []int{maxRecipients, maxRecipients + 1} {
		members := make([]string, n)
		for i := range members {
			members[i] = fmt.Sprintf("u%d@example.org", i)
		}
		b := directory.NewBuilder()
		b.Add(0, group("All", members...))
		var trail Trail
		list := Expand(plain(b), &Message{}, target("all@acme.com"), &trail)
		if n == maxRecipients && len(list) != n {
			t.Errorf("%d members: got %d ends", n, len(list))
		}
		if n > maxRecipients && (len(list) != 1 || list[0].Decision.Reason != reasonTooMany || list[0].Target.To != "all@acme.com") {
			t.Errorf("%d members: got %d ends, the first %+v", n, len(list), list[0])
		}
		if len(trail.Steps) != maxSteps || trail.Omitted == 0 {
			t.Errorf("%d members: %d steps, %d omitted", n, len(trail.Steps), trail.Omitted)
		}
	}
}

// TestExpandAnyGraph holds, for any graph of groups and forwarding addresses,
// that expansion ends, that each accepted recipient has an end, that every mail
// file that can be reached gets the message once, and that nothing else does.
func TestExpandAnyGraph(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "nodes")
		name := func(i int) string { return fmt.Sprintf("N%d", i) }
		pick := rapid.IntRange(0, n) // n is nobody
		written := func(i int, label string) string {
			return rapid.SampledFrom([]string{name(i), strings.ToLower(name(i)), name(i) + "@acme.com"}).Draw(t, label)
		}
		b := directory.NewBuilder()
		next, leaf := make([][]int, n), make([]bool, n)
		for i := range n {
			switch rapid.IntRange(0, 2).Draw(t, "kind") {
			case 0:
				leaf[i] = true
				b.Add(0, person(name(i), "mail/"+name(i), ""))
			case 1:
				to := pick.Draw(t, "forward")
				next[i] = []int{to}
				b.Add(0, person(name(i), "mail/"+name(i), written(to, "as")))
			default:
				next[i] = rapid.SliceOfN(pick, 0, 6).Draw(t, "members")
				var members []string
				for _, to := range next[i] {
					members = append(members, written(to, "as"))
				}
				b.Add(0, group(name(i), members...))
			}
		}
		start := rapid.IntRange(0, n-1).Draw(t, "start")
		reach := map[int]bool{start: true}
		for todo := []int{start}; len(todo) > 0; todo = todo[1:] {
			if todo[0] == n {
				continue
			}
			for _, to := range next[todo[0]] {
				if !reach[to] {
					reach[to] = true
					todo = append(todo, to)
				}
			}
		}
		list := Expand(plain(b), &Message{}, target(name(start)+"@acme.com"), nil)
		if len(list) == 0 {
			t.Fatalf("no end at all")
		}
		got := map[string]int{}
		for _, r := range list {
			if r.Decision.Action == Readdress || r.Decision.Action == Fail && r.Decision.Reason == "" {
				t.Fatalf("the end %+v", r.Decision)
			}
			if r.Decision.Action == Deliver {
				got[r.Decision.MailFile]++
			}
		}
		for i := range n {
			want := 0
			if reach[i] && leaf[i] {
				want = 1
			}
			if got["mail/"+name(i)] != want {
				t.Fatalf("%s: delivered %d times, want %d\nends %q", name(i), got["mail/"+name(i)], want, ends(list))
			}
		}
		if reach[n] && !slices.ContainsFunc(list, func(r Routed) bool { return r.Decision.Action == Fail }) {
			t.Fatalf("the unknown recipient has no end: %q", ends(list))
		}
	})
}

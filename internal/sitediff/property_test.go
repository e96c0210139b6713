package sitediff

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/notesini"
	"domigo/settings"

	"pgregory.net/rapid"
)

// parts are what a random site is made of.
type parts struct {
	variables map[string]string
	items     map[string][]string // of the Configuration Settings document
	members   map[string][]string // of groups
}

// draw makes a random site. Values are few, so that two sites often agree.
func draw(t *rapid.T, label string) parts {
	p := parts{map[string]string{}, map[string][]string{}, map[string][]string{}}
	pool := rapid.SampledFrom([]string{"*", "spam.example", "[10.1.1.1]", "Spammers", "Friends", "@acme.com", "x@y.example", "Ann Lee/Acme"})
	for _, name := range []string{"SMTPRlyDenyHosts", "SMTPRlyAllowDoms", "SMTPDenySenders", "SMTPDNSBLSites", "DenyNotesAddressesToMail"} {
		if rapid.Bool().Draw(t, label+name) {
			p.items[name] = rapid.SliceOfN(pool, 0, 3).Draw(t, label+name)
		}
	}
	for _, name := range []string{"SMTPRlyCheck", "SMTPSPF", "MailMaxHops", "MailRelayPassword"} {
		if rapid.Bool().Draw(t, label+name) {
			p.items[name] = []string{rapid.SampledFrom([]string{"0", "1", "2"}).Draw(t, label+name)}
		}
	}
	for _, name := range []string{"SMTPMaxSessions", "MailTimeout", "Log_MailRouting", "SMTPGreeting"} {
		if rapid.Bool().Draw(t, label+name) {
			p.variables[name] = rapid.SampledFrom([]string{"0", "1", "01", "10", "20"}).Draw(t, label+name)
		}
	}
	for _, group := range []string{"Spammers", "Friends"} {
		p.members[group] = rapid.SliceOfN(pool, 1, 3).Draw(t, label+group)
	}
	return p
}

// shuffled gives the same site with its lists in another order and entries in
// other letters.
func (p parts) shuffled(t *rapid.T) parts {
	out := parts{p.variables, map[string][]string{}, map[string][]string{}}
	for name, list := range p.items {
		out.items[name] = list
		if name != "SMTPDNSBLSites" && len(list) > 1 {
			out.items[name] = rapid.Permutation(list).Draw(t, "order of "+name)
			out.items[name] = append(out.items[name], strings.ToUpper(list[0]))
		}
	}
	for group, list := range p.members {
		out.members[group] = rapid.Permutation(list).Draw(t, "order of "+group)
	}
	return out
}

func (p parts) side(t *rapid.T, name string) *Side {
	var ini strings.Builder
	ini.WriteString("[Notes]\nServerName=CN=Hub/O=Acme\n")
	for _, v := range slices.Sorted(maps.Keys(p.variables)) {
		ini.WriteString(v + "=" + p.variables[v] + "\n")
	}
	file, err := notesini.Parse(name+"/notes.ini", []byte(ini.String()))
	if err != nil {
		t.Fatal(err)
	}
	config := &note.Document{File: name + "/names.dxl", Number: 1, Form: "ServerConfig", Items: []note.Item{{Name: "ServerName", Values: []string{"*"}}, {Name: "UseAsDefault", Values: []string{"1"}}}}
	for _, item := range slices.Sorted(maps.Keys(p.items)) {
		config.Items = append(config.Items, note.Item{Name: item, Values: p.items[item], Line: len(config.Items)})
	}
	b := directory.NewBuilder()
	for _, group := range slices.Sorted(maps.Keys(p.members)) {
		b.Add(0, &note.Document{Form: "Group", Items: []note.Item{{Name: "ListName", Values: []string{group}},
			{Name: "GroupType", Values: []string{"0"}}, {Name: "Members", Values: p.members[group]}}})
	}
	src := &settings.Source{INI: file, Documents: []*note.Document{config}, Directory: b.Build()}
	s, _, err := settings.Build(settings.Input{Source: src, HostName: "os.example.com", Version: "1.0"})
	if err != nil {
		t.Fatal(err)
	}
	return Of(name, s, src.Directory)
}

// TestSelf: a site differs in nothing from itself, whatever the order of its
// lists and the letters of their entries.
func TestSelf(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := draw(t, "")
		if r := Compare(p.side(t, "a"), p.shuffled(t).side(t, "a")); !r.Same() || len(r.Idle) > 0 {
			t.Fatalf("a site differs from itself: %v %v", r.Changes, r.Idle)
		}
	})
}

// TestTwoSites: what one direction adds, the other removes; and a setting is
// told exactly if its text, read as a set where it is one, differs.
func TestTwoSites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, q := draw(t, "a "), draw(t, "b ")
		a, b := p.side(t, "a"), q.side(t, "b")
		there, back := Compare(a, b), Compare(b, a)
		for _, pair := range [][2][]Change{{there.Changes, back.Changes}, {there.Idle, back.Idle}} {
			if !slices.EqualFunc(pair[0], pair[1], mirrors) {
				t.Fatalf("from a to b:\n%v\nfrom b to a:\n%v", pair[0], pair[1])
			}
		}
		got := map[string]bool{}
		for _, c := range there.Changes {
			got[c.Name] = true
		}
		for _, item := range []string{"SMTPRlyAllowDoms", "SMTPDenySenders", "MailMaxHops", "SMTPRlyCheck", "MailRelayPassword"} {
			if want := p.plain(item) != q.plain(item); got[item] != want {
				t.Fatalf("%s: told %t, want %t: %q and %q", item, got[item], want, p.plain(item), q.plain(item))
			}
		}
	})
}

func mirrors(a, b Change) bool {
	return a.Name == b.Name && a.Old == b.New && a.New == b.Old && a.OldPlace == b.NewPlace && a.NewPlace == b.OldPlace &&
		a.Takes == b.Takes && a.Reordered == b.Reordered && a.List == b.List &&
		slices.Equal(a.Added, b.Removed) && slices.Equal(a.Removed, b.Added) &&
		slices.EqualFunc(a.Groups, b.Groups, func(g, h GroupChange) bool {
			return strings.EqualFold(g.Group, h.Group) && slices.Equal(g.Added, h.Removed) && slices.Equal(g.Removed, h.Added)
		})
}

// plain gives an item as a set, with the members of the groups it names.
func (p parts) plain(item string) string {
	list, ok := p.items[item]
	switch {
	case !ok && item == "MailMaxHops":
		return "25"
	case !ok && item == "SMTPRlyCheck":
		return "0"
	case item == "MailMaxHops" && list[0] == "0": // out of range: the default
		return "25"
	}
	set := map[string]bool{}
	var enter func(entry string)
	enter = func(entry string) {
		members, group := p.members[entry]
		if seen := set[entry]; seen || !group {
			set[entry] = true
			return
		}
		set[entry] = true
		for _, m := range members {
			if _, nested := p.members[m]; nested {
				enter(m)
			} else {
				set["member "+m+" of "+entry] = true
			}
		}
	}
	for _, entry := range list {
		enter(entry)
	}
	return strings.Join(slices.SortedFunc(maps.Keys(set), cmp.Compare[string]), "|")
}

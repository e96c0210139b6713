package settings

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// dxlOf gives an export of these documents.
func dxlOf(documents ...string) string {
	return "<?xml version='1.0' encoding='utf-8'?>\n<database xmlns='http://www.lotus.com/dxl'>\n" + strings.Join(documents, "\n") + "\n</database>\n"
}

func dxlDocument(form string, items ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<document form='%s'>", form)
	for _, it := range items {
		name, value, _ := strings.Cut(it, "=")
		fmt.Fprintf(&b, "<item name='%s'><text>%s</text></item>", name, value)
	}
	return b.String() + "</document>"
}

func dxlPerson(n int) string {
	return dxlDocument("Person", fmt.Sprintf("FullName=CN=P%d/O=Acme", n), fmt.Sprintf("InternetAddress=p%d@acme.com", n))
}

// dxlPeople gives persons from..to-1.
func dxlPeople(from, to int) string {
	var out []string
	for n := from; n < to; n++ {
		out = append(out, dxlPerson(n))
	}
	return strings.Join(out, "\n")
}

// lines of a site whose Server document stands in a file of its own.
var (
	dxlServer = dxlOf(dxlDocument("Server", "ServerName=CN=Server-704/O=Acme", "SMTPFullHostDomain=server-704.acme.com"),
		dxlDocument("ServerConfig", "ServerName=*", "SMTPRlyDenyHosts=*", "SMTPDenyConnHosts=Spammers"))
	dxlSpammers = dxlDocument("Group", "ListName=Spammers", "GroupType=0", "Members=[192.0.2.1]")
)

// TestVanishedExport: what an export that is gone means, by what it held and by
// what the other files hold. A restart of a task changes nothing of it; a start of
// the server takes the files as they are.
func TestVanishedExport(t *testing.T) {
	type files map[string]string // "" deletes
	many := func(n int) files {
		out := files{}
		for i := range n {
			out[fmt.Sprintf("names/p%04d.dxl", i)] = dxlOf(dxlPerson(i))
		}
		return out
	}
	without := func(from, to int) files {
		out := files{}
		for i := from; i < to; i++ {
			out[fmt.Sprintf("names/p%04d.dxl", i)] = ""
		}
		return out
	}
	for _, tt := range []struct {
		name          string
		before, after files
		persons       int    // after the look that finds the files gone
		refused       string // part of the error of that update; "" is none
		started       int    // persons after a start of the server
		told          string // part of a finding
		grace         bool   // it takes a minute and another look
	}{
		{name: "an export of several documents", before: files{"names/people.dxl": dxlOf(dxlPeople(0, 20))}, after: files{"names/people.dxl": ""},
			persons: 20, refused: "names/people.dxl: the file is gone; 20 of its 20 documents", started: 0},
		{name: "truncated to nothing", before: files{"names/people.dxl": dxlOf(dxlPeople(0, 20))}, after: files{"names/people.dxl": " "},
			persons: 20, refused: "could not be read whole", started: 0},
		{name: "whole, and without documents", before: files{"names/people.dxl": dxlOf(dxlPeople(0, 20))}, after: files{"names/people.dxl": dxlOf()},
			persons: 20, refused: "names/people.dxl: the file holds no documents any more", started: 0},
		{name: "renamed, as a nightly export with its date", before: files{"names/acme-21.dxl": dxlOf(dxlPeople(0, 20))},
			after:   files{"names/acme-21.dxl": "", "names/acme-22.dxl": dxlOf(dxlPeople(1, 22))},
			persons: 21, started: 21, told: "names/acme-21.dxl: info: the file is gone, and replaced: acme-22.dxl holds 19 of its 20 documents"},
		{name: "renamed, and half of it is not there yet", before: files{"names/acme-21.dxl": dxlOf(dxlPeople(0, 20))},
			after:   files{"names/acme-21.dxl": "", "names/acme-22.dxl": strings.TrimSuffix(dxlOf(dxlPeople(0, 10)), "</database>\n")},
			persons: 20, refused: "names/acme-22.dxl:13:1: the file could not be read whole", started: 10},
		{name: "renamed, and another export than before", before: files{"names/acme-21.dxl": dxlOf(dxlPeople(0, 20))},
			after:   files{"names/acme-21.dxl": "", "names/acme-22.dxl": dxlOf(dxlPeople(15, 30))},
			persons: 30, refused: "names/acme-21.dxl: the file is gone; 15 of its 20 documents", started: 15},
		{name: "renamed without its groups", before: files{"names/acme-21.dxl": dxlOf(dxlPeople(0, 20), dxlSpammers)},
			after:   files{"names/acme-21.dxl": "", "names/acme-22.dxl": dxlOf(dxlPeople(0, 20))},
			persons: 20, refused: "names/acme-21.dxl: the file is gone; 1 of its 21 documents", started: 20},
		{name: "split into several", before: files{"names/people.dxl": dxlOf(dxlPeople(0, 20))},
			after:   files{"names/people.dxl": "", "names/a.dxl": dxlOf(dxlPeople(0, 10)), "names/b.json": server704(jsonPeople(10, 20)...)},
			persons: 20, started: 20, told: "replaced: a.dxl, b.json hold 20 of its 20 documents"},
		{name: "a person's file", before: many(20), after: without(7, 8), persons: 19, started: 19, grace: true},
		{name: "the only person's file", before: many(1), after: without(0, 1), persons: 0, started: 0, grace: true},
		{name: "ten persons' files", before: many(30), after: without(0, 10), persons: 20, started: 20, grace: true},
		{name: "a tenth of many", before: many(200), after: without(0, 20), persons: 180, started: 180, grace: true},
		{name: "more than a tenth of many", before: many(200), after: without(0, 21), persons: 200, refused: "names: 21 of the 200 files are gone at once", started: 179},
		{name: "most of a few", before: many(10), after: without(0, 9), persons: 10, refused: "names: 9 of the 10 files are gone at once", started: 1},
		{name: "a group's file", before: files{"names/g.dxl": dxlOf(dxlSpammers), "names/p.dxl": dxlOf(dxlPerson(0))}, after: files{"names/g.dxl": ""},
			persons: 1, refused: "names/g.dxl: the file is gone; 1 of its 1 documents", started: 1},
		{name: "all files of a folder", before: many(5), after: without(0, 5), persons: 5, refused: "names: 5 of the 5 files are gone at once", started: 0},
		{name: "a catalog", before: files{"dircat/b/x.dxl": dxlOf(dxlPeople(0, 3)), "dircat/c/y.dxl": dxlOf(dxlPeople(3, 5))}, after: files{"dircat/b": ""},
			persons: 5, refused: "dircat/b/x.dxl: the file is gone; 3 of its 3", started: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			put := func(list files) {
				for name, text := range list {
					if name = filepath.Join(dir, name); text != "" {
						write(t, name, text)
					} else if err := os.RemoveAll(name); err != nil {
						t.Fatal(err)
					}
				}
			}
			put(files{"names.dxl": dxlServer, "notes.ini": "[Notes]\nServerTasks=Router,SMTP\n"})
			put(tt.before)
			site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
			if err != nil {
				t.Fatal(err)
			}
			whole, _, _ := site.Directory().Len()
			put(tt.after)
			if tt.grace {
				_, err := site.Update(t.Context(), SMTPTask, Live)
				if persons, _, _ := site.Directory().Len(); err != nil || persons != whole {
					t.Fatalf("at once: %d persons, %v; want all %d", persons, err, whole)
				}
				site.loader.now = func() time.Time { return time.Now().Add(grace) }
			}
			for range 2 { // the second look finds nothing else
				u, err := site.Update(t.Context(), SMTPTask, Live)
				persons, _, _ := site.Directory().Len()
				var refused *RefusedError
				if persons != tt.persons || tt.refused == "" && err != nil || tt.refused != "" && (!errors.As(err, &refused) || !strings.Contains(err.Error(), tt.refused)) {
					t.Fatalf("%d persons, %v; want %d, %q", persons, err, tt.persons, tt.refused)
				}
				if tt.told != "" && !slices.ContainsFunc(u.Report.Findings, func(f Finding) bool { return strings.Contains(f.String(), tt.told) }) {
					t.Errorf("findings %v, want %q", u.Report.Findings, tt.told)
				}
				tt.told = "" // once
			}
			generation := site.Directory()
			_, _ = site.Update(t.Context(), RouterTask, Live)
			if site.Directory() != generation {
				t.Error("nothing changed, and there is a new generation")
			}
			if _, err := site.Update(t.Context(), SMTPTask, TaskRestart); (err == nil) != (tt.refused == "") {
				t.Errorf("a restart of the task: %v, want %q", err, tt.refused)
			}
			if persons, _, _ := site.Directory().Len(); persons != tt.persons {
				t.Errorf("after a restart of the task %d persons, want %d", persons, tt.persons)
			}
			site, _, err = Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
			if err != nil {
				t.Fatal(err)
			}
			if persons, _, _ := site.Directory().Len(); persons != tt.started {
				t.Errorf("after a start of the server %d persons, want %d", persons, tt.started)
			}
		})
	}
}

// jsonPeople gives persons as One-Touch items.
func jsonPeople(from, to int) (out []string) {
	for n := from; n < to; n++ {
		out = append(out, person(fmt.Sprintf("P%d", n), fmt.Sprintf("p%d@acme.com", n)))
	}
	return out
}

// TestVanishedExportComesBack: a file that is there again is read again, with what
// is new in it, and a second departure is as the first.
func TestVanishedExportComesBack(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "names", "people.dxl")
	write(t, filepath.Join(dir, "names.dxl"), dxlServer)
	write(t, name, dxlOf(dxlPeople(0, 20)))
	l := NewLoader(Paths{Dir: dir})
	load(t, l)
	for _, to := range []int{20, 25, 22} {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if src := load(t, l); len(src.Findings) != 1 || src.Findings[0].Code != CodeExportGone {
			t.Errorf("gone: %v", src.Findings)
		}
		write(t, name, dxlOf(dxlPeople(0, to)))
		src := load(t, l)
		if persons, _, _ := src.Directory.Len(); persons != to || len(src.Findings) > 0 {
			t.Errorf("back with %d: %d persons, %v", to, persons, src.Findings)
		}
	}
}

// TestReplacedInSteps: an export that several files replace, one after the other,
// keeps what is not there yet, and nobody is there twice meanwhile.
func TestReplacedInSteps(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, "names", name) }
	write(t, filepath.Join(dir, "names.dxl"), dxlServer)
	write(t, file("all.dxl"), dxlOf(dxlPeople(0, 20)))
	l := NewLoader(Paths{Dir: dir})
	load(t, l)
	if err := os.Remove(file("all.dxl")); err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"the file is gone; 13 of its 20 documents", "the file is gone; 6 of its 20 documents",
		"the file is gone, and replaced: 0.dxl, 1.dxl, 2.dxl hold 20 of its 20 documents"} {
		write(t, file(fmt.Sprintf("%d.dxl", i)), dxlOf(dxlPeople(7*i, min(20, 7*i+7))))
		src := load(t, l)
		if persons, _, _ := src.Directory.Len(); persons != 20 || len(src.Findings) != 1 || !strings.HasPrefix(src.Findings[0].Text, want) {
			t.Errorf("step %d: %d persons, %v; want 20, %q", i, persons, src.Findings, want)
		}
	}
	if src := load(t, l); len(src.Findings) > 0 {
		t.Errorf("afterwards: %v", src.Findings)
	}
}

// TestVanishedConfiguration: a file of one document that configures is not taken
// for deleted: without it hosts that are refused would be taken.
func TestVanishedConfiguration(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "names", "config.dxl")
	write(t, filepath.Join(dir, "names.dxl"), dxlOf(dxlDocument("Server", "ServerName=CN=Server-704/O=Acme", "SMTPFullHostDomain=server-704.acme.com")))
	write(t, name, dxlOf(dxlDocument("ServerConfig", "ServerName=*", "SMTPDenyConnHosts=[192.0.2.1]")))
	site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	denies := func() bool { return len(site.View(SMTPTask).Connection.Deny.Entries()) == 1 }
	if _, err := site.Update(t.Context(), SMTPTask, Live); err == nil || !denies() {
		t.Errorf("the update: %v, denies %t; want it refused, and the list in force", err, denies())
	}
	if _, err := site.Update(t.Context(), SMTPTask, TaskRestart); err == nil || !denies() {
		t.Errorf("the restart of a task: %v, denies %t; want it refused, and the list in force", err, denies())
	}
}

// TestDamagedGroup: without a group that cannot be read a server does not start,
// as a list that names it would deny nobody; a running one keeps what it has. One
// that was damaged before, wherever it stands, keeps nothing from going live.
func TestDamagedGroup(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "names", "groups.dxl")
	write(t, filepath.Join(dir, "names.dxl"), dxlServer)
	bad := strings.Replace(dxlSpammers, "[192.0.2.1]", "\x00", 1)
	other := dxlDocument("Group", "ListName=Friends", "GroupType=0", "Members=a")
	badOther := strings.Replace(other, "<text>a<", "<text>\x00<", 1)
	show := func(list []Finding) (out []string) {
		for _, f := range list {
			out = append(out, strings.TrimPrefix(f.String(), dir+"/"))
		}
		return out
	}

	write(t, name, dxlOf(bad, other))
	src := load(t, NewLoader(Paths{Dir: dir}))
	if len(src.Findings) != 1 || !src.Findings[0].NoStart || src.Findings[0].Line != 3 ||
		!strings.Contains(src.Findings[0].String(), `groups.dxl:3:145: Group "Spammers": Members: error: the group cannot be read and is left out, so that a list that names it denies or allows nobody by it:`) {
		t.Errorf("at the start: %+v", show(src.Findings))
	}
	write(t, filepath.Join(dir, "dircat", "b", "x.dxl"), dxlOf(bad))
	write(t, name, dxlOf(dxlSpammers, other))
	if src := load(t, NewLoader(Paths{Dir: dir})); len(src.Findings) != 1 || src.Findings[0].NoStart {
		t.Errorf("in another directory, whose groups stand in no list: %v", show(src.Findings))
	}
	if err := os.RemoveAll(filepath.Join(dir, "dircat")); err != nil {
		t.Fatal(err)
	}

	write(t, name, dxlOf(dxlSpammers, badOther))
	site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
	if err != nil {
		t.Fatal(err)
	}
	update := func(want string) {
		t.Helper()
		_, err := site.Update(t.Context(), SMTPTask, Live)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if deny := site.View(SMTPTask).Connection.Deny; len(deny.Unusable()) > 0 || len(deny.Entries()) == 0 {
			t.Errorf("the list denies nobody: %v", deny.Unusable())
		}
	}
	write(t, name, dxlOf("", "", dxlSpammers, dxlPerson(1), badOther))
	update("") // the one that was damaged before, at another place
	if persons, _, _ := site.Directory().Len(); persons != 1 {
		t.Errorf("%d persons, want the new one", persons)
	}
	write(t, name, dxlOf(bad, other)) // as many damaged documents, and another one
	update("illegal character code")
	_, groups, _ := site.Directory().Len()
	if groups != 1 {
		t.Errorf("%d groups, want Spammers of the last content", groups)
	}
	write(t, name, dxlOf(dxlSpammers, badOther))
	update("")
	if err := os.Rename(name, filepath.Join(dir, "names", "groups-2.dxl")); err != nil {
		t.Fatal(err)
	}
	update("") // the damage has come along with the file
}

// TestRewrittenFolder: an agent that deletes all files and writes them anew makes
// nobody unknown, at whatever moment a look comes.
func TestRewrittenFolder(t *testing.T) {
	dir := t.TempDir()
	file := func(n int) string { return filepath.Join(dir, "names", fmt.Sprintf("p%02d.dxl", n)) }
	write(t, filepath.Join(dir, "names.dxl"), dxlServer)
	for n := range 30 {
		write(t, file(n), dxlOf(dxlPerson(n)))
	}
	l := NewLoader(Paths{Dir: dir})
	load(t, l)
	now := time.Now()
	l.now = func() time.Time { return now }
	check := func(step string) {
		t.Helper()
		if persons, _, _ := load(t, l).Directory.Len(); persons != 30 {
			t.Errorf("%s: %d persons, want 30", step, persons)
		}
		now = now.Add(2 * grace)
	}
	for n := range 30 {
		if err := os.Remove(file(n)); err != nil {
			t.Fatal(err)
		}
	}
	check("all gone")
	for n := range 29 {
		write(t, file(n), dxlOf(dxlPerson(n)))
		check(fmt.Sprint(n+1, " are back"))
	}
	write(t, file(29), dxlOf(dxlPerson(29)))
	if src := load(t, l); len(src.Findings) > 0 {
		t.Errorf("all are back: %v", src.Findings)
	}
}

// TestGroupOfAListIsGone: a group that a list names does not go away by a
// configuration update or a restart of a task, whatever the reason: not unless
// the list lets go of it, too.
func TestGroupOfAListIsGone(t *testing.T) {
	dir := t.TempDir()
	groups, config := filepath.Join(dir, "names", "groups.dxl"), filepath.Join(dir, "names.dxl")
	friends := dxlDocument("Group", "ListName=Friends", "GroupType=0", "Members=a")
	write(t, config, dxlServer)
	write(t, groups, dxlOf(dxlSpammers, friends, dxlPerson(1)))
	site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
	if err != nil {
		t.Fatal(err)
	}
	write(t, groups, dxlOf(friends, dxlPerson(1), dxlPerson(2)))
	for _, thaw := range []Effect{Live, TaskRestart} {
		_, err := site.Update(t.Context(), SMTPTask, thaw)
		if err == nil || !strings.HasPrefix(err.Error(), config+`:4: ServerConfig document 2: SMTPDenyConnHosts: SMTPDenyConnHosts names the group "Spammers", which is gone`) {
			t.Errorf("%v: %v", thaw, err)
		}
		if !site.Directory().HasGroup("Spammers") || len(site.View(SMTPTask).Connection.Deny.Unusable()) > 0 {
			t.Errorf("%v: the list denies nobody", thaw)
		}
	}
	write(t, config, strings.Replace(dxlServer, "Spammers", "[192.0.2.9]", 1))
	if _, err := site.Update(t.Context(), SMTPTask, Live); err != nil || site.Directory().HasGroup("Spammers") {
		t.Errorf("the list names it no more: %v", err)
	}
}

// TestDamageOfAnotherDirectory: that a catalog has the same damaged group excuses
// nothing in the primary directory.
func TestDamageOfAnotherDirectory(t *testing.T) {
	dir := t.TempDir()
	group := strings.Replace(dxlSpammers, "Spammers", "Unlisted", 1)
	bad := dxlOf(strings.Replace(group, "[192.0.2.1]", "\x00", 1), dxlPerson(1))
	name := filepath.Join(dir, "names", "groups.dxl")
	write(t, filepath.Join(dir, "names.dxl"), dxlServer)
	write(t, filepath.Join(dir, "dircat", "b", "groups.dxl"), bad)
	write(t, name, dxlOf(group, dxlPerson(1)))
	site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, bad)
	if _, err := site.Update(t.Context(), SMTPTask, Live); err == nil || !site.Directory().HasGroup("Unlisted") {
		t.Errorf("%v: the damaged group is taken", err)
	}
}

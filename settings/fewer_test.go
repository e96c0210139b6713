package settings

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestFewerDocuments: an update that finds fewer documents of a kind than there
// were says so once: how many of how many, and which exports held them. A large
// fall is a warning.
func TestFewerDocuments(t *testing.T) {
	connection := func(n int) string {
		return dxlDocument("Connection", "ConnectionType=1", fmt.Sprintf("Destination=d%d", n))
	}
	mailIn := dxlDocument("Database", "FullName=Sales", "InternetAddress=sales@acme.com")
	group := dxlDocument("Group", "ListName=Friends", "GroupType=0", "Members=a")
	type files map[string]string
	for _, tt := range []struct {
		name          string
		before, after files
		want          []string // findings, without the folder; nil is none
	}{
		{"one person", files{"names/p.dxl": dxlOf(dxlPeople(0, 20))}, files{"names/p.dxl": dxlOf(dxlPeople(1, 20))},
			[]string{"names/p.dxl: info: persons: 19, and 20 before; gone are 1 of names/p.dxl"}},
		{"half of them", files{"names/p.dxl": dxlOf(dxlPeople(0, 40))}, files{"names/p.dxl": dxlOf(dxlPeople(0, 20))},
			[]string{"names/p.dxl: warning: persons: 20, and 40 before; gone are 20 of names/p.dxl"}},
		{"nine of a few", files{"names/p.dxl": dxlOf(dxlPeople(0, 12))}, files{"names/p.dxl": dxlOf(dxlPeople(0, 3))},
			[]string{"names/p.dxl: info: persons: 3, and 12 before; gone are 9 of names/p.dxl"}},
		{"ten of a hundred", files{"names/p.dxl": dxlOf(dxlPeople(0, 100))}, files{"names/p.dxl": dxlOf(dxlPeople(0, 90))},
			[]string{"names/p.dxl: info: persons: 90, and 100 before; gone are 10 of names/p.dxl"}},
		{"eleven of a hundred", files{"names/p.dxl": dxlOf(dxlPeople(0, 100))}, files{"names/p.dxl": dxlOf(dxlPeople(0, 89))},
			[]string{"names/p.dxl: warning: persons: 89, and 100 before; gone are 11 of names/p.dxl"}},
		{"all of a few", files{"names/p.dxl": dxlOf(dxlPeople(0, 3), group)}, files{"names/p.dxl": dxlOf(group)},
			[]string{"names/p.dxl: warning: persons: 0, and 3 before; gone are 3 of names/p.dxl"}},
		{"of several kinds and exports", files{"names/p.dxl": dxlOf(dxlPeople(0, 4), group), "dircat/b/x.dxl": dxlOf(dxlPeople(10, 14), mailIn)},
			files{"names/p.dxl": dxlOf(dxlPeople(0, 2)), "dircat/b/x.dxl": dxlOf(dxlPeople(10, 13))},
			[]string{"info: persons: 5, and 8 before; gone are 2 of names/p.dxl, 1 of dircat/b/x.dxl",
				"names/p.dxl: info: groups: 0, and 1 before; gone are 1 of names/p.dxl",
				"dircat/b/x.dxl: info: mail-in databases: 0, and 1 before; gone are 1 of dircat/b/x.dxl"}},
		{"more gone than fewer", files{"names/p.dxl": dxlOf(dxlPeople(0, 8))}, files{"names/p.dxl": dxlOf(dxlPeople(4, 10))},
			[]string{"names/p.dxl: info: persons: 6, and 8 before; gone are 4 of names/p.dxl"}},
		{"as many", files{"names/p.dxl": dxlOf(dxlPeople(0, 8))}, files{"names/p.dxl": dxlOf(dxlPeople(8, 16))}, nil},
		{"moved to another export", files{"names/p.dxl": dxlOf(dxlPeople(0, 8)), "names/q.dxl": dxlOf(dxlPeople(8, 10))},
			files{"names/p.dxl": dxlOf(dxlPeople(0, 4)), "names/q.dxl": dxlOf(dxlPeople(4, 10))}, nil},
		{"one of two of a name", files{"names/p.dxl": dxlOf(dxlPerson(1), dxlPerson(1))}, files{"names/p.dxl": dxlOf(dxlPerson(1))},
			[]string{"names/p.dxl: info: persons: 1, and 2 before; gone are 1 of names/p.dxl"}},
		{"renamed without some", files{"names/p-21.dxl": dxlOf(dxlPeople(0, 20))}, files{"names/p-21.dxl": "", "names/p-22.dxl": dxlOf(dxlPeople(0, 18))},
			[]string{"names/p-21.dxl: info: the file is gone, and replaced: p-22.dxl holds 18 of its 20 documents",
				"names/p-21.dxl: info: persons: 18, and 20 before; gone are 2 of names/p-21.dxl"}},
		{"an export beside an older one", files{"names/p.dxl": dxlOf(dxlPerson(1))}, files{"names/p-2.dxl": dxlOf(dxlPerson(1), dxlPeople(2, 4)), "names/p.dxl": dxlOf(dxlDocument("Person", "FullName=CN=Other/O=Acme", "InternetAddress=p2@acme.com"), dxlPerson(1))},
			[]string{`names/p.dxl:3: Person "Other/Acme": warning: names and addresses that mean several entries: 1, and 0 before; one of them: the Internet address p2@acme.com also means the Person "P2/Acme" (names/p-2.dxl:4)`}},
		{"documents that configure", files{"names/c.dxl": dxlOf(connection(1), connection(2), connection(3))}, files{"names/c.dxl": dxlOf(connection(2))},
			[]string{"names/c.dxl: info: Connection documents: 1, and 3 before; gone are 2 of names/c.dxl"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			put := func(list files) {
				for name, text := range list {
					if name = filepath.Join(dir, name); text != "" {
						write(t, name, text)
					} else if err := os.Remove(name); err != nil {
						t.Fatal(err)
					}
				}
			}
			put(files{"names.dxl": strings.Replace(dxlServer, "Spammers", "[192.0.2.9]", 1)})
			put(tt.before)
			site := openFolder(t, dir)
			put(tt.after)
			show := func(u Update, err error) (out []string) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
				for _, f := range u.News {
					out = append(out, strings.ReplaceAll(f.String(), dir+"/", ""))
				}
				return out
			}
			if got := show(site.Preview(t.Context(), SMTPTask)); !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			for _, task := range []Task{SMTPTask, RouterTask} {
				if got := show(site.Update(t.Context(), task, Live)); got != nil {
					t.Errorf("%v: told again: %q", task, got)
				}
			}
		})
	}
}

func openFolder(t *testing.T, dir string) *Site {
	t.Helper()
	site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
	if err != nil {
		t.Fatal(err)
	}
	return site
}

// TestFewerInManyFiles: of many files the folder is named.
func TestFewerInManyFiles(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "names.dxl"), dxlServer)
	file := func(n int) string { return filepath.Join(dir, "names", fmt.Sprintf("p%02d.dxl", n)) }
	for n := range 30 {
		write(t, file(n), dxlOf(dxlPerson(n)))
	}
	site := openFolder(t, dir)
	for n := range 4 {
		if err := os.Remove(file(n)); err != nil {
			t.Fatal(err)
		}
	}
	if u, err := site.Update(t.Context(), SMTPTask, Live); err != nil || len(u.News) > 0 {
		t.Fatalf("at once: %v, %v", u.News, err)
	}
	site.loader.now = func() time.Time { return time.Now().Add(grace) }
	u, err := site.Update(t.Context(), RouterTask, TaskRestart)
	want := "info: persons: 26, and 30 before; gone are 4 of " + filepath.Join(dir, "names") + "/"
	if err != nil || len(u.News) != 1 || u.News[0].String() != want {
		t.Errorf("got %v, %v; want %q", u.News, err, want)
	}
}

// TestFewerAndRefused: persons go live with an update that is refused for another
// reason, and so does the word of it; not so where the directory stays.
func TestFewerAndRefused(t *testing.T) {
	dir := t.TempDir()
	people, ini := filepath.Join(dir, "names", "p.dxl"), filepath.Join(dir, "notes.ini")
	write(t, filepath.Join(dir, "names.dxl"), dxlServer)
	write(t, ini, "[Notes]\nSMTPMaxSessions=5\n")
	write(t, people, dxlOf(dxlPeople(0, 40), dxlSpammers))
	site := openFolder(t, dir)
	write(t, people, dxlOf(dxlPeople(0, 10)))
	if u, err := site.Update(t.Context(), SMTPTask, Live); err == nil || len(u.News) > 0 {
		t.Errorf("a list names the group that is gone: %v, %v; want a refusal and no news, as nobody is gone", u.News, err)
	}
	write(t, people, dxlOf(dxlPeople(0, 10), dxlSpammers))
	write(t, ini, "[Notes]\nSMTPMaxSessions=lots\n")
	u, err := site.Update(t.Context(), SMTPTask, Live)
	persons, _, _ := site.Directory().Len()
	if err == nil || persons != 10 || len(u.News) != 1 || u.News[0].Code != CodeManyFewer {
		t.Errorf("a bad value: %v, %d persons, news %v; want a refusal, 10 persons, and that 30 are gone", err, persons, u.News)
	}
}

// TestSince: a site that was opened anew tells of what the one before had.
func TestSince(t *testing.T) {
	dir := t.TempDir()
	people := filepath.Join(dir, "names", "p.dxl")
	write(t, filepath.Join(dir, "names.dxl"), dxlServer)
	write(t, people, dxlOf(dxlPeople(0, 40)))
	old := openFolder(t, dir)
	if err := os.Remove(people); err != nil {
		t.Fatal(err)
	}
	fresh := openFolder(t, dir)
	if news := fresh.Since(old); len(news) != 1 || news[0].Text != "persons: 0, and 40 before; gone are 40 of "+people || news[0].Severity != SevWarning {
		t.Errorf("got %v", news)
	}
	if news := old.Since(old); news != nil {
		t.Errorf("a site and itself: %v", news)
	}
}

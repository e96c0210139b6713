package settings

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// live is an open site in a temporary folder.
type live struct {
	*Site
	t   *testing.T
	dir string
}

// files of the site: what Server-704 has, its Global Domain and Site document.
const (
	acmeDomain = `{"Form": "Domain", "DomainType": "GlobalDomain", "LocalPrimaryInternetDomain": "acme.com"}`
	acmeConfig = `{"Form": "ServerConfig", "ServerName": "*", "SMTPRlyDenyHosts": "*"}`
)

func open(t *testing.T, ini string, documents ...string) live {
	t.Helper()
	return openWith(t, Options{}, ini, documents...)
}

func openWith(t *testing.T, o Options, ini string, documents ...string) live {
	t.Helper()
	l := live{t: t, dir: t.TempDir()}
	l.ini(ini)
	l.documents(documents...)
	o.Paths, o.HostName, o.Version = Paths{Dir: l.dir}, "os.example.com", "1.0"
	s, _, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	l.Site = s
	return l
}

func (l live) ini(text string) { write(l.t, filepath.Join(l.dir, "notes.ini"), "[Notes]\n"+text) }

func (l live) documents(more ...string) {
	write(l.t, filepath.Join(l.dir, "names", "a.json"), server704(more...))
}

func (l live) update(t Task, thaw Effect) Update {
	l.t.Helper()
	u, err := l.Update(context.Background(), t, thaw)
	if err != nil {
		l.t.Fatal(err)
	}
	return u
}

// poll runs both tasks' polls until the function given back is called, which
// waits for them and gives the errors they met.
func (l live) poll() (stop func() []error) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	var mu sync.Mutex
	var failures []error
	for _, task := range []Task{SMTPTask, RouterTask} {
		wg.Go(func() {
			l.Poll(ctx, task, func(_ Update, err error) {
				if err != nil {
					mu.Lock()
					defer mu.Unlock()
					failures = append(failures, err)
				}
			})
		})
	}
	return func() []error {
		cancel()
		wg.Wait()
		return failures
	}
}

// TestPollIntervals holds design decisions of the white paper, 5.1: the
// listener looks every SMTP_Config_Update_Interval minutes, 2 by default, the
// Router every 5.
func TestPollIntervals(t *testing.T) {
	for _, tt := range []struct {
		name, ini string
		every     time.Duration
	}{
		{"default", "", 2 * time.Minute},
		{"5 minutes", "SMTP_Config_Update_Interval=5\n", 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := open(t, tt.ini, acmeConfig, acmeDomain)
				stop := l.poll()
				l.ini(tt.ini + "SMTPMaxSessions=7\nMailTimeout=3\n")
				time.Sleep(tt.every - time.Second)
				synctest.Wait()
				if got := l.View(SMTPTask).SMTP.MaxSessions; got != 0 {
					t.Errorf("a second early: SMTPMaxSessions = %d, want the old 0", got)
				}
				time.Sleep(time.Second)
				synctest.Wait()
				if got := l.View(SMTPTask).SMTP.MaxSessions; got != 7 {
					t.Errorf("after %v: SMTPMaxSessions = %d, want 7", tt.every, got)
				}
				time.Sleep(routerInterval - tt.every)
				synctest.Wait()
				if got := l.View(RouterTask).Router.MessageTimeout; got != 72*time.Hour {
					t.Errorf("after 5 minutes: MailTimeout = %v, want 3 days", got)
				}
				if errs := stop(); len(errs) != 0 {
					t.Errorf("errors: %v", errs)
				}
			})
		})
	}
}

// TestRouterRefreshesAlone holds that neither task's update touches the other's
// view.
func TestRouterRefreshesAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, "SMTP_Config_Update_Interval=60\n", acmeConfig, acmeDomain)
		stop := l.poll()
		old := l.View(SMTPTask)
		l.documents(`{"Form": "ServerConfig", "ServerName": "*", "SMTPRlyDenyHosts": "*", "SMTPRlyDenyDoms": "x.example", "MailRelayHost": "relay.example"}`, acmeDomain)
		time.Sleep(routerInterval - time.Second)
		synctest.Wait()
		if got := l.View(RouterTask).Router.RelayHost; got != "" {
			t.Errorf("at 4:59 the Router's relay host is %q", got)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if got := l.View(RouterTask).Router.RelayHost; got != "relay.example" {
			t.Errorf("at 5:00 the Router's relay host is %q", got)
		}
		if l.View(SMTPTask) != old {
			t.Error("the Router's update changed the listener's view")
		}
		stop()
	})
	l := open(t, "", acmeConfig, acmeDomain)
	router := l.View(RouterTask)
	l.ini("SMTPMaxSessions=7\n")
	if u := l.update(SMTPTask, Live); u.New.SMTP.MaxSessions != 7 || l.View(SMTPTask) != u.New {
		t.Errorf("tell smtp update config: %+v", u.Changed)
	}
	if l.View(RouterTask) != router {
		t.Error("the listener's update changed the Router's view")
	}
}

// TestBrokenEdit holds that a broken edit keeps the old view, says why with
// file and line, and that the mended file goes live.
func TestBrokenEdit(t *testing.T) {
	for _, tt := range []struct {
		name  string
		edit  func(live)
		place string
		text  string
	}{
		{"broken export", func(l live) { write(t, filepath.Join(l.dir, "names", "a.json"), "{\n oops}") }, "names/a.json:2:2", "could not be read whole"},
		{"bad value in notes.ini", func(l live) { l.ini("SMTPMaxSessions=5\nSMTPErrorLimit=lots\n") }, "notes.ini:3", `"lots" is not a number`},
		{"bad value in a document", func(l live) {
			l.documents(`{"Form": "ServerConfig", "ServerName": "*", "SMTPRlyDenyHosts": "*", "SMTPRlyCheck": "whom?"}`, acmeDomain)
		}, "names/a.json:3", "not one of its values"},
		{"an Allow list that allows nobody", func(l live) {
			l.documents(`{"Form": "ServerConfig", "ServerName": "*", "SMTPRlyAllowHosts": "10.0.0.1"}`, acmeDomain)
		}, "names/a.json:3", "allows nobody"},
		{"no Server document", func(l live) {
			write(t, filepath.Join(l.dir, "names", "a.json"), `{"appConfiguration": {"databases": [{"filePath": "names.nsf", "documents": [{"items": `+acmeConfig+`}]}]}}`)
		}, "names/a.json", "the Server document is gone"},
	} {
		for _, name := range []string{"", "Server-704/Acme"} { // without and with -server
			t.Run(tt.name+" "+name, func(t *testing.T) {
				l := openWith(t, Options{Server: name}, "SMTPMaxSessions=5\n", acmeConfig, acmeDomain)
				old := l.View(SMTPTask)
				tt.edit(l)
				_, err := l.Update(context.Background(), SMTPTask, Live)
				var at *RefusedError
				if !errors.As(err, &at) {
					t.Fatalf("got %v, want a RefusedError", err)
				}
				if want := filepath.Join(l.dir, tt.place); !strings.HasPrefix(err.Error(), want+":") || !strings.Contains(err.Error(), tt.text) {
					t.Errorf("got %q, want it at %s with %q", err, want, tt.text)
				}
				if l.View(SMTPTask) != old {
					t.Error("the old view is gone")
				}
				l.ini("SMTPMaxSessions=6\n")
				l.documents(acmeConfig, acmeDomain)
				if u := l.update(SMTPTask, Live); u.New.SMTP.MaxSessions != 6 {
					t.Errorf("mended: %v", u.Changed)
				}
			})
		}
	}
}

// TestErrorsOfTheStart holds that an error that the server started with does
// not keep later changes from going live.
func TestErrorsOfTheStart(t *testing.T) {
	l := open(t, "SMTPErrorLimit=lots\n", acmeConfig, acmeDomain)
	l.ini("# moved down\nSMTPMaxSessions=7\nSMTPErrorLimit=lots\n")
	if u := l.update(SMTPTask, Live); u.New.SMTP.MaxSessions != 7 {
		t.Errorf("changes: %v", u.Changed)
	}
}

func TestValidateRefuses(t *testing.T) {
	errOpen := errors.New("would be an open relay")
	validate := func(s *Snapshot) error {
		if s.Relay.Enforcement == EnforceNone {
			return errOpen
		}
		return nil
	}
	l := openWith(t, Options{Validate: validate}, "", acmeConfig, acmeDomain)
	old := l.View(SMTPTask)
	l.documents(`{"Form": "ServerConfig", "ServerName": "*", "SMTPRlyCheck": "None"}`, acmeDomain)
	var at *RefusedError
	if _, err := l.Update(context.Background(), SMTPTask, Live); !errors.As(err, &at) || !strings.Contains(err.Error(), errOpen.Error()) {
		t.Errorf("got %v, want the refusal", err)
	}
	if l.View(SMTPTask) != old {
		t.Error("a refused view is live")
	}
	if _, _, err := Open(context.Background(), Options{Paths: Paths{Dir: l.dir}, Validate: validate}); !errors.Is(err, errOpen) {
		t.Errorf("opening such a site: %v, want %v", err, errOpen)
	}
}

// TestPendingChanges holds what waits for which restart.
func TestPendingChanges(t *testing.T) {
	const site = `{"Form": "SMTPInboundSite", "ISiteName": "Acme", "TCPAnonymous": "1", "TCPNameAndPwd": "0"}`
	l := open(t, "", acmeConfig, acmeDomain, site)
	change := func() {
		write(t, filepath.Join(l.dir, "names", "a.json"), strings.Replace(server704(acmeConfig, strings.Replace(acmeDomain, "acme.com", "new.example", 1),
			strings.Replace(site, `"TCPNameAndPwd": "0"`, `"TCPNameAndPwd": "1"`, 1)), `"Form": "Server",`, `"Form": "Server", "LdISite": "1", "SMTP_Port": 2525,`, 1))
		l.ini("SMTPMaxSessions=7\nMailTimeout=2\n")
	}
	keys := func(p []Pending) (out []string) {
		for _, one := range p {
			out = append(out, one.Key+" "+one.When)
		}
		slices.Sort(out)
		return out
	}
	change()
	preview, err := l.Preview(context.Background(), SMTPTask)
	if err != nil || l.View(SMTPTask) == preview.New {
		t.Fatalf("preview: %v, or it went live", err)
	}
	atRestart := []string{"LdISite at restart task smtp", "SMTP_Port at restart task smtp", "SMTP_SSLAnonymous at restart task smtp", "SMTP_TCPNP at restart task smtp", "SiteDocument at restart task smtp"}
	all := slices.Sorted(slices.Values(append([]string{"LocalPrimaryInternetDomain at server start"}, atRestart...)))
	u := l.update(SMTPTask, Live)
	if got := keys(u.Pending); !slices.Equal(got, all) || !slices.Equal(keys(preview.Pending), all) || !slices.Equal(keys(l.Pending(SMTPTask)), all) {
		t.Errorf("pending after an update: %q, want %q", got, all)
	}
	if s := u.New; s.SMTP.MaxSessions != 7 || s.Ports.Port != 25 || s.Ports.InternetSites || s.Ports.NamePassword || s.Domains.Primary[0] != "acme.com" {
		t.Errorf("live update: %+v %+v", s.Ports, s.Domains)
	}
	if want := []Change{{"MailTimeout", "1", "2"}, {"SMTPMaxSessions", "0", "7"}}; !slices.Equal(u.Changed, want) {
		t.Errorf("changed %v, want %v", u.Changed, want)
	}
	u = l.update(SMTPTask, TaskRestart)
	if got, want := keys(u.Pending), []string{"LocalPrimaryInternetDomain at server start"}; !slices.Equal(got, want) {
		t.Errorf("pending after restart task smtp: %q, want %q", got, want)
	}
	if s := u.New; s.Ports.Port != 2525 || !s.Ports.InternetSites || !s.Ports.NamePassword || !s.Ports.SiteFound || s.Domains.Primary[0] != "acme.com" {
		t.Errorf("restart: %+v %+v", s.Ports, s.Domains)
	}
	fresh, _, err := Open(context.Background(), Options{Paths: Paths{Dir: l.dir}})
	if err != nil || fresh.View(SMTPTask).Domains.Primary[0] != "new.example" {
		t.Errorf("server start: %v", err)
	}
}

func TestNothingChanged(t *testing.T) {
	l := open(t, "SMTPMaxSessions=7\n", acmeConfig, acmeDomain)
	write(t, filepath.Join(l.dir, "notes.ini"), "[Notes]\n; a remark\nSMTPMaxSessions=7\n")
	l.documents(acmeConfig, acmeDomain)
	if u := l.update(SMTPTask, Live); len(u.Changed) != 0 || len(u.Pending) != 0 {
		t.Errorf("changes %v, pending %v; want none", u.Changed, u.Pending)
	}
}

// TestGroupsOfLists holds that a group in a list is resolved anew when a view
// is built, and that the directory itself is new at once.
func TestGroupsOfLists(t *testing.T) {
	group := func(member string) string {
		return `{"Form": "Group", "ListName": "Partners", "GroupType": "1", "Members": "` + member + `"}`
	}
	config := `{"Form": "ServerConfig", "ServerName": "*", "SMTPRlyAllowDoms": "Partners"}`
	l := open(t, "", config, acmeDomain, group("one.example"))
	l.documents(config, acmeDomain, group("two.example"), person("John Doe", "john.doe@acme.com"))
	l.update(RouterTask, Live)
	if len(l.Directory().Lookup(query("john.doe@acme.com"))) != 1 {
		t.Error("a new person is not in the directory")
	}
	if allow := &l.View(SMTPTask).Relay.AllowDomains; allow.Match("two.example", nil).Found() {
		t.Error("the listener's list changed without its update")
	}
	l.update(SMTPTask, Live)
	if allow := &l.View(SMTPTask).Relay.AllowDomains; !allow.Match("two.example", nil).Found() || allow.Match("one.example", nil).Found() {
		t.Error("the group in the list is the old one")
	}
}

func TestSetVariable(t *testing.T) {
	l := open(t, "SMTPGreeting=one %s\r\nOther=x\n", acmeConfig, acmeDomain)
	get := func(name, want string, there bool) {
		t.Helper()
		if v, ok, err := l.Variable(name); v != want || ok != there || err != nil {
			t.Errorf("%s = %q, %t, %v; want %q, %t", name, v, ok, err, want, there)
		}
	}
	for _, edit := range []struct {
		name, value string
		remove      bool
	}{{"smtpgreeting", "two %s", false}, {"SMTPMaxSessions", "9", false}, {"Other", "", true}} {
		if err := l.SetVariable(edit.name, edit.value, edit.remove); err != nil {
			t.Fatal(err)
		}
	}
	get("SMTPGreeting", "two %s", true)
	get("SMTPMaxSessions", "9", true)
	get("Other", "", false)
	if got := l.View(SMTPTask).SMTP.Greeting; got != "one %s" {
		t.Errorf("before the update the greeting is %q", got)
	}
	if u := l.update(SMTPTask, Live); u.New.SMTP.Greeting != "two %s" || u.New.SMTP.MaxSessions != 9 {
		t.Errorf("after the update: %+v", u.New.SMTP)
	}
	if err := l.SetVariable("bad name=", "x", false); err == nil {
		t.Error("a name that cannot stand in notes.ini is set")
	}
	name := filepath.Join(l.dir, "notes.ini")
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if err := l.SetVariable("SMTPMaxSessions", "3", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("in a file that is gone: %v", err)
	}
}

// TestFirstVariable: a site of documents alone gets its notes.ini with the first
// variable.
func TestFirstVariable(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "names", "a.json"), server704())
	site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := site.SetVariable("SMTPMaxSessions", "3", false); err != nil {
		t.Fatal(err)
	}
	if got, ok, err := site.Variable("SMTPMaxSessions"); got != "3" || !ok || err != nil {
		t.Errorf("got %q, %t, %v", got, ok, err)
	}
}

// TestConcurrentUse holds, under the race detector, that views, updates and
// edits go together.
func TestConcurrentUse(t *testing.T) {
	l := open(t, "", acmeConfig, acmeDomain)
	var wg sync.WaitGroup
	for _, task := range []Task{SMTPTask, RouterTask} {
		wg.Go(func() {
			for range 5 {
				l.update(task, Live)
			}
		})
		wg.Go(func() {
			for range 5 {
				if err := l.SetVariable("SMTPMaxSessions", "8", false); err != nil {
					t.Error(err)
				}
				l.Pending(task)
				if _, err := l.Remarks("SMTPMaxSessions", nil); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 500 {
				if l.View(task).Ports.Port != 25 || l.Directory() == nil {
					t.Error("a half-made view")
				}
			}
		})
	}
	wg.Wait()
}

// TestEditsDoNotWait: while an update reads a large directory, an edit of notes.ini
// and a look at what a view says do not wait for it, and another update waits no
// longer than its context.
func TestEditsDoNotWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := open(t, "SMTPMaxSessions=3\n", acmeConfig, acmeDomain)
		l.turn <- struct{}{} // an update is under way, and does not end
		if err := l.SetVariable("SMTPMaxSessions", "9", false); err != nil {
			t.Error(err)
		}
		if v, _, err := l.Variable("SMTPMaxSessions"); v != "9" || err != nil {
			t.Errorf("got %q, %v; want 9", v, err)
		}
		if got := l.View(SMTPTask).SMTP.MaxSessions; got != 3 || len(l.Pending(SMTPTask)) > 0 {
			t.Errorf("got %d, want the 3 of the view", got)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for name, update := range map[string]func() (Update, error){
			"update":  func() (Update, error) { return l.Update(ctx, SMTPTask, Live) },
			"preview": func() (Update, error) { return l.Preview(ctx, SMTPTask) },
		} {
			u, err := update()
			var refused *RefusedError
			if !errors.Is(err, context.DeadlineExceeded) || errors.As(err, &refused) || u.Old != l.View(SMTPTask) {
				t.Errorf("%s: %v, want the end of its time", name, err)
			}
		}
		<-l.turn
		if u := l.update(SMTPTask, Live); u.New.SMTP.MaxSessions != 9 {
			t.Errorf("got %d, want 9", u.New.SMTP.MaxSessions)
		}
	})
}

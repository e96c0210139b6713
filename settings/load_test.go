package settings

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/directory"
)

// server704 is a One-Touch file of the acme server with more documents.
func server704(more ...string) string {
	docs := append([]string{`{"Form": "Server", "ServerName": "CN=Server-704/O=Acme", "SMTPFullHostDomain": "server-704.acme.com"}`}, more...)
	return "{\"appConfiguration\": {\"databases\": [{\"filePath\": \"names.nsf\", \"documents\": [\n{\"items\": " + strings.Join(docs, "},\n{\"items\": ") + "}\n]}]}}\n"
}

func person(name, address string) string {
	return `{"Form": "Person", "FullName": "CN=` + name + `/O=Acme", "InternetAddress": "` + address + `"}`
}

func load(t *testing.T, l *Loader) *Source {
	t.Helper()
	src, err := l.Load(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return src
}

// publicSettings gives settings that each public sample sets; nil is none at
// all.
func publicSettings() map[string][]string {
	return map[string][]string{
		"container-autoconfig.json": {
			`Domain=AutoTestLab`, `ServerName=CN=domino-lab-admin-srv/O=AutoTestLab`,
			`ServerTasks=replica,router,update,amgr,adminp,pop3`,
			`SiteDocument=testdata/public/ots/container-autoconfig.json:227: SMTPInboundSite document 4`,
			`LocalPrimaryInternetDomain=notes.lab|notes.alias|noteslab`, `SMTP_NegotiatedSSL=1`, `HTTP_SSLKeyFile=keyfile.kyr`,
			`LdISite=1`, `Router_PortStatus=2`, `SMTP_AllowAnonymous=1`, `SMTP_SSLAnonymous=1`, `SMTP_SSLNP=1`, `SMTP_TCPNP=1`,
			`SMTPFullHostDomain=automation.notes.lab`, `SMTPListenerEnabled=1`, `ILEnforce=1`, `ILMaxTries=7`, `ILExpMinutes=10`,
		},
		"server-inetsites-idvault.json": {
			`Domain=AutoTestLab`, `Product=HCL Domino Release 12.0`, `ServerName=CN=domino-lab-admin-srv/O=AutoTestLab`,
			`ServerTasks=replica,router,update,amgr,adminp,pop3`,
			`SiteDocument=testdata/public/ots/server-inetsites-idvault.json:240: SMTPInboundSite document 4`,
			`LocalPrimaryInternetDomain=notes.lab|notes.alias|noteslab`, `SMTP_NegotiatedSSL=1`, `HTTP_SSLKeyFile=keyfile.kyr`,
			`LdISite=1`, `Router_PortStatus=2`, `ServerBuildNumber=12.0`, `SMTP_AllowAnonymous=1`, `SMTP_SSLAnonymous=1`,
			`SMTP_SSLNP=1`, `SMTP_TCPNP=1`, `SMTPFullHostDomain=automation.notes.lab`, `SMTPListenerEnabled=1`,
		},
		"first-server.json": {
			`Domain={{ SERVERSETUP_SERVER_DOMAINNAME }}`, `Product=HCL Domino Release 12.0`,
			`ServerName=CN={{ SERVERSETUP_SERVER_NAME }}/O={{ SERVERSETUP_ORG_ORGNAME }}`,
			`ServerTasks=replica,router,update,amgr,adminp,http,certmgr`, `HTTP_SSLKeyFile={{ SERVERSETUP_NETWORK_HOSTNAME }}`,
			`ServerBuildNumber=12.0`, `SMTPFullHostDomain={{ SERVERSETUP_NETWORK_HOSTNAME }}`,
		},
		"additional-server.json": {
			`Domain={{ SERVERSETUP_SERVER_DOMAINNAME }}`, `Product=HCL Domino Release 12.0`,
			`ServerName=CN={{ SERVERSETUP_SERVER_NAME }}/O={{ SERVERSETUP_ORG_ORGNAME }}`,
			`ServerTasks=replica,router,update,amgr,adminp,http`, `HTTP_SSLKeyFile={{ SERVERSETUP_NETWORK_HOSTNAME }}`,
			`ServerBuildNumber=12.0`, `SMTPFullHostDomain={{ SERVERSETUP_NETWORK_HOSTNAME }}`,
		},
		"server-704-windows.ini": {
			`Directory=D:\Lotus\Domino\Data`, `Domain=ACME`, `MailTimeout=2`, `RouterDSNForNULLReversePath=0`,
			`ServerName=CN=Server-704/O=Acme`, `ServerTasks=Update,Replica,Router,AMgr,AdminP,CalConn,Sched,SMTP,POP3`,
			`SMTP_Config_Update_Interval=2`, `SMTPErrorLimit=6`, `SMTPGreeting=mail gateway ready; %s # 100% up`, `SMTPMaxSessions=200`,
			`SMTPNoVersionInRcvdHdr=1`, `SMTPRelayHostsandDomains=0`, `SMTPStrict821AddressSyntax=0`, `SMTPTimeoutMultiplier=2`,
			`SMTPVerifyAuthenticatedSender=1`, `SMTPListenerEnabled=1`,
		},
		"mx7-linux.ini": {
			`Directory=/local/notesdata`, `RouterFallbackNonTLS=1`, `ServerName=CN=mx7/O=Renovo`,
			`ServerTasks=replica,router,update,amgr,adminp,http,smtp`, `SMTPGreeting=mx7.renovo.example ready %s`,
			`SMTPMaxCommandLength=2048`, `SMTPMaxRecipientCount=100`, `SMTPListenerEnabled=1`,
		},
		"backup-veeam-linux.dxl":  nil,
		"acme-diag-challenge.dxl": nil,
	}
}

// TestPublicData holds that every public sample loads, and what it gives.
func TestPublicData(t *testing.T) {
	files, err := filepath.Glob("testdata/public/*/*.*")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	want := publicSettings()
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p := Paths{Dir: t.TempDir(), Names: []string{file}}
			if filepath.Ext(file) == ".ini" {
				p = Paths{Dir: p.Dir, INI: file}
			}
			src := load(t, NewLoader(p))
			for _, f := range src.Findings {
				if f.Severity == SevError {
					t.Error(f)
				}
			}
			s, rep, err := Build(Input{Source: src, HostName: "os.example.com", Version: "1.0"})
			if err != nil {
				t.Fatal(err)
			}
			if s.Choice().Config != nil && strings.HasSuffix(file, "backup-veeam-linux.dxl") {
				t.Error("the backup's document is taken for a Configuration Settings document")
			}
			var got []string
			for _, r := range s.All() {
				if w := r.Winner(); w.Source != "default" && w.Source != "operating system" && r.Row.Target != "" {
					got = append(got, r.Row.Key()+"="+r.Value)
				}
			}
			want := want[filepath.Base(file)]
			for _, one := range want {
				if !slices.Contains(got, one) {
					t.Errorf("does not give %s, but\n%q", one, got)
				}
			}
			if len(want) == 0 && len(got) > 0 {
				t.Errorf("gives %q, want nothing", got)
			}
			if len(rep.Assumptions) == 0 && filepath.Ext(file) == ".ini" {
				t.Error("a notes.ini alone assumes nothing")
			}
		})
	}
}

func TestBrokenFileKeepsItsLastContent(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "names", "a.json")
	write(t, name, server704(person("John Doe", "john.doe@acme.com")))
	l := NewLoader(Paths{Dir: dir})
	first := load(t, l)
	if len(first.Documents) != 1 || len(first.Findings) != 0 {
		t.Fatalf("%d documents, findings %v", len(first.Documents), first.Findings)
	}
	write(t, name, "{\"appConfiguration\": {\"databases\": [\n  {oops}\n")
	for range 2 { // the second look does not parse it again and still says so
		src := load(t, l)
		if len(src.Documents) != 1 || src.Documents[0] != first.Documents[0] || src.Directory != first.Directory {
			t.Error("the last good content is gone")
		}
		if len(src.Findings) != 1 || src.Findings[0].Severity != SevError || !strings.HasPrefix(src.Findings[0].String(), name+":2:4: error: the file could not be read whole") {
			t.Errorf("findings %v, want one of %s:2:4", src.Findings, name)
		}
	}
	write(t, name, server704())
	if src := load(t, l); len(src.Findings) != 0 || src.Documents[0] == first.Documents[0] || len(src.Directory.Lookup(query("john.doe@acme.com"))) != 0 {
		t.Errorf("the mended file is not taken: %v", src.Findings)
	}
}

func query(address string) directory.Query {
	local, domain, _ := strings.Cut(address, "@")
	return directory.Query{Local: local, Domain: domain}
}

func TestUnchangedFileIsNotParsedAgain(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "names.json"), filepath.Join(dir, "names", "b.json")
	write(t, a, server704(person("John Doe", "john.doe@acme.com")))
	write(t, b, server704(`{"Form": "ServerConfig", "ServerName": "*", "SMTPErrorLimit": 1}`))
	l := NewLoader(Paths{Dir: dir})
	first := load(t, l)
	doc := func(src *Source, i int) *note.Document { return src.Documents[i] } // a's Server, which b has, too, and b's ServerConfig
	write(t, a, server704(person("John Doe", "john.doe@acme.com")))            // touched, same bytes
	write(t, b, server704(`{"Form": "ServerConfig", "ServerName": "*", "SMTPErrorLimit": 2}`))
	second := load(t, l)
	if doc(second, 0) != doc(first, 0) {
		t.Error("a file of the same bytes was parsed again")
	}
	if doc(second, 1) == doc(first, 1) || doc(second, 1).Value("SMTPErrorLimit") != "2" {
		t.Error("a changed file of the same size was not parsed again")
	}
	if second.Directory != first.Directory {
		t.Error("no person or group changed, and there is a new directory generation")
	}
	if third := load(t, l); third.Directory != second.Directory || doc(third, 1) != doc(second, 1) {
		t.Error("nothing changed, and something was parsed again")
	}
}

// TestQuickEdit holds that a change so soon after the last look that size and
// time stay the same is seen.
func TestQuickEdit(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "names.json")
	write(t, name, server704(person("John Doe", "john.doe@acme.com")))
	l := NewLoader(Paths{Dir: dir})
	load(t, l)
	st, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	write(t, name, server704(person("Jack Doe", "jack.doe@acme.com")))
	if err := os.Chtimes(name, st.ModTime(), st.ModTime()); err != nil {
		t.Fatal(err)
	}
	if src := load(t, l); len(src.Directory.Lookup(query("jack.doe@acme.com"))) != 1 {
		t.Error("an edit of the same size and time is missed")
	}
}

func TestFilesOfASite(t *testing.T) {
	dir, extra := t.TempDir(), filepath.Join(t.TempDir(), "extra.json")
	write(t, extra, server704(person("Extra", "extra@acme.com"), `{"Form": "Connection", "Destination": "extra"}`))
	write(t, filepath.Join(dir, "names.json"), server704(person("Single", "single@acme.com"), `{"Form": "Connection", "Destination": "single"}`))
	write(t, filepath.Join(dir, "names", "b.JSON"), server704(person("Second", "second@acme.com"), `{"Form": "Connection", "Destination": "second"}`))
	write(t, filepath.Join(dir, "names", "notes.txt"), "no export")
	write(t, filepath.Join(dir, "dircat", "one", "x.json"), server704(person("Catalog", "catalog@acme.com")))
	l := NewLoader(Paths{Dir: dir, Names: []string{extra}})
	src := load(t, l)
	holds := func(src *Source, want ...string) {
		t.Helper()
		var got []string
		for _, d := range src.Documents {
			got = append(got, d.Form+" "+filepath.Base(d.File))
		}
		if !slices.Equal(got, want) {
			t.Errorf("documents %v, want %v", got, want)
		}
	}
	// The Server document that all have counts once; none is of the catalog.
	holds(src, "Server extra.json", "Connection b.JSON", "Connection names.json", "Connection extra.json")
	for _, address := range []string{"extra@acme.com", "single@acme.com", "second@acme.com", "catalog@acme.com"} {
		found := src.Directory.Lookup(query(address))
		if len(found) != 1 || (found[0].Dir == 1) != (address == "catalog@acme.com") {
			t.Errorf("%s: %v", address, found)
		}
	}
	if err := os.Remove(filepath.Join(dir, "names", "b.JSON")); err != nil {
		t.Fatal(err)
	}
	if src := load(t, l); len(src.Directory.Lookup(query("second@acme.com"))) != 1 {
		t.Error("a file that is gone does not keep its content")
	}
	l = NewLoader(Paths{Dir: dir, Names: []string{extra}})
	src = load(t, l)
	holds(src, "Server extra.json", "Connection names.json", "Connection extra.json")
	if len(src.Directory.Lookup(query("second@acme.com"))) != 0 {
		t.Error("a deleted file is still there")
	}
	if err := os.Remove(extra); err != nil {
		t.Fatal(err)
	}
	src = load(t, l)
	holds(src, "Server extra.json", "Connection names.json", "Connection extra.json")
	if len(src.Findings) != 2 || src.Findings[0].File != extra || src.Findings[1].Code != CodeDocumentTwice {
		t.Errorf("a file named by flag that is gone keeps its content, with a finding: %v", src.Findings)
	}
}

func TestNoSite(t *testing.T) {
	if _, err := NewLoader(Paths{Dir: t.TempDir()}).Load(context.Background()); !errors.Is(err, ErrNoSite) {
		t.Errorf("an empty folder: %v, want %v", err, ErrNoSite)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "names.json"), server704())
	if _, err := NewLoader(Paths{Dir: dir}).Load(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestVanishedINI: a notes.ini that is gone is an error that keeps what it said,
// and no edit makes a file in its place that says nothing else. One that was named
// has to be there at once.
func TestVanishedINI(t *testing.T) {
	dir := t.TempDir()
	ini := filepath.Join(dir, "notes.ini")
	write(t, ini, "[Notes]\nServerTasks=Router,SMTP\nSMTPGreeting=here\n")
	site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(ini); err != nil {
		t.Fatal(err)
	}
	_, err = site.Update(t.Context(), SMTPTask, Live)
	if err == nil || !strings.Contains(err.Error(), "the file is gone") || site.View(SMTPTask).SMTP.Greeting != "here" {
		t.Errorf("update: %v, greeting %q", err, site.View(SMTPTask).SMTP.Greeting)
	}
	if err := site.SetVariable("SMTPMaxSessions", "4", false); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("set: %v, want that the file is gone", err)
	}
	if _, err := os.Stat(ini); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a new file: %v", err)
	}
	write(t, filepath.Join(dir, "names", "a.json"), server704())
	if _, err := NewLoader(Paths{Dir: dir, INI: filepath.Join(dir, "typo.ini")}).Load(t.Context()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a named file that is not there: %v", err)
	}
	if _, err := NewLoader(Paths{Dir: dir}).Load(t.Context()); err != nil {
		t.Errorf("documents alone: %v", err)
	}
}

// TestRefusedUpdateKeepsPeople: an export that lost its Server document is not
// taken for the people, either.
func TestRefusedUpdateKeepsPeople(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "names", "a.json")
	write(t, name, server704(person("John Doe", "john.doe@acme.com")))
	write(t, filepath.Join(dir, "notes.ini"), "[Notes]\nServerTasks=Router,SMTP\n")
	site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(name); err != nil {
		t.Fatal(err)
	}
	if _, err := site.Update(t.Context(), SMTPTask, Live); err == nil {
		t.Error("a site without its Server document is taken")
	}
	if persons, _, _ := site.Directory().Len(); persons != 1 {
		t.Errorf("%d persons, want the one that was there", persons)
	}
}

// TestUnusableINI: a notes.ini that is empty, half written or no text refuses a
// start, and neither goes live nor is taken by a restart of the server.
func TestUnusableINI(t *testing.T) {
	const whole = "[Notes]\nServerTasks=Router,SMTP\nSMTPAllowConnectionsAnonymous=0\n"
	for name, text := range map[string]string{
		"empty":        "",
		"half written": whole[:len(whole)-30],
		"misspelt":     "[Nots]\nServerTasks=Router,SMTP\n",
		"UTF-16":       "\xff\xfe[\x00N\x00o\x00t\x00e\x00s\x00]\x00\n\x00",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ini := filepath.Join(dir, "notes.ini")
			write(t, ini, whole)
			site, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"})
			if err != nil {
				t.Fatal(err)
			}
			write(t, ini, text)
			for _, at := range []Effect{Live, TaskRestart, ServerStart} {
				if _, err := site.Update(t.Context(), SMTPTask, at); err == nil || !strings.Contains(err.Error(), "the file") {
					t.Errorf("%v: %v, want a refusal that says what the file is", at, err)
				}
				if site.View(SMTPTask).SMTP.ConnectionsAnonymous != 0 {
					t.Errorf("%v: connections without a login are taken", at)
				}
			}
			write(t, ini, whole)
			if _, err := site.Update(t.Context(), SMTPTask, Live); err != nil {
				t.Errorf("the file is whole again: %v", err)
			}
			if name == "half written" {
				return // nobody knows at a start
			}
			write(t, ini, text)
			if _, _, err := Open(t.Context(), Options{Paths: Paths{Dir: dir}, HostName: "h.example"}); err != nil {
				return
			}
			src, err := NewLoader(Paths{Dir: dir}).Load(t.Context())
			if err != nil || !slices.ContainsFunc(src.Findings, func(f Finding) bool { return f.NoStart && f.Code == CodeINIUnusable }) {
				t.Errorf("a start: %v, %v, want a refusal", err, src.Findings)
			}
		})
	}
}

//go:build unix

package ldaptest_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"domigo/directory"
	"domigo/directory/ldap"
	"domigo/mailbox"
	"domigo/router"
	"domigo/router/route"
	"domigo/settings"
)

func (s *slapd) config() ldap.Config {
	return ldap.Config{Servers: []string{"ldap://" + s.address()}, Base: base, BindDN: "cn=reader," + base, Password: "read it",
		Place: directory.Place{Number: directory.Last, Logins: true}, Timeout: time.Second}
}

func client(t *testing.T, c ldap.Config) *ldap.Client {
	t.Helper()
	cl, err := ldap.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cl.Close() })
	return cl
}

func lookup(a directory.Assistance, q directory.Query) string {
	v := directory.NewBuilder().Build().Assisted(a)
	found, state := v.Lookup(q)
	if state == directory.Incomplete {
		v.Fetch(context.Background(), a)
		found, state = v.Lookup(q)
	}
	if state != directory.Complete {
		return fmt.Sprintf("state %d", state)
	}
	var names []string
	for _, e := range found {
		names = append(names, e.Name())
	}
	return strings.Join(names, ", ")
}

func address(local string) directory.Query { return directory.Query{Local: local, Domain: "acme.com"} }

const (
	lena = "UID=lena/people/DC=acme/DC=com"
	anna = "Anna Bell/people/DC=acme/DC=com"
	away = "state 2"
)

// TestSlapd: look-ups and passwords against OpenLDAP's server, which is then
// stopped, frozen and started again.
func TestSlapd(t *testing.T) {
	s := newSlapd(t, "")
	t.Run("look-ups", func(t *testing.T) { lookups(t, s) })
	t.Run("mail files", func(t *testing.T) { mailFiles(t, s) })
	t.Run("passwords", func(t *testing.T) { passwords(t, s) })
	t.Run("TLS", func(t *testing.T) { secured(t, s) })
	t.Run("stopped and started", func(t *testing.T) { stopped(t, s) })
	t.Run("frozen", func(t *testing.T) { frozen(t, s) })
}

func lookups(t *testing.T, s *slapd) {
	c := client(t, s.config())
	for _, tc := range []struct {
		q    directory.Query
		want string
	}{
		{address("lena.dap"), lena},
		{address("LENA.DAP"), lena},
		{address("ld"), lena},
		{address("lena"), lena},
		{address("lena_dap"), lena},
		{address("dap"), lena},
		{directory.Query{Local: "Lena Dap"}, lena},
		{directory.Query{Local: "UID=lena/OU=people/DC=acme/DC=com"}, lena},
		{address("anna"), anna},
		{address("anna.bell"), anna},
		{address("twin"), "UID=twin1/people/DC=acme/DC=com, UID=twin2/people/DC=acme/DC=com"},
		{address("nobody"), ""},
		{address("crew"), "crew"},
		{address("domino"), "domino"},
		{address("deny"), ""},
		{address("*"), ""},
		{address("l*"), ""},
		{address("lena)(uid=*"), ""},
		{address("\\6cena"), ""},
		{address("lena\x00"), ""},
		{address("reader"), ""},
	} {
		if got := lookup(c, tc.q); got != tc.want {
			t.Errorf("Lookup(%+v): got %q, want %q", tc.q, got, tc.want)
		}
	}
	nobody := s.config()
	nobody.BindDN, nobody.Password = "", ""
	if got := lookup(client(t, nobody), address("lena")); got != away {
		t.Errorf("without the account: got %q, want %q: this server shows strangers no base", got, away)
	}
	wrong := s.config()
	wrong.Password = "wrong"
	if got := lookup(client(t, wrong), address("lena")); got != away {
		t.Errorf("with a wrong password of the account: got %q", got)
	}
}

// mailFiles: of people with one short name nobody gets the mail file that would be
// made of it.
func mailFiles(t *testing.T, s *slapd) {
	c := client(t, s.config())
	for _, tc := range []struct{ local, file, clash string }{
		{"lena", "mail/lena", ""},
		{"anna", `mail\emea\abell.nsf`, ""},
		{"east", "", "West Same/people/DC=acme/DC=com"},
		{"west", "", "East Same/people/DC=acme/DC=com"},
	} {
		v := directory.NewBuilder().Build().Assisted(c)
		v.Lookup(address(tc.local))
		v.Fetch(t.Context(), c)
		found, state := v.Lookup(address(tc.local))
		if len(found) != 1 || state != directory.Complete {
			t.Fatalf("%s: %v, state %d", tc.local, found, state)
		}
		if e := found[0]; e.MailFile != tc.file || e.Remote.MailFileClash != tc.clash {
			t.Errorf("%s: mail file %q, clash %q, want %q, %q", tc.local, e.MailFile, e.Remote.MailFileClash, tc.file, tc.clash)
		}
	}
}

func passwords(t *testing.T, s *slapd) {
	c := client(t, s.config())
	dn := &directory.Entry{DN: "uid=lena,ou=people," + base}
	for password, want := range map[string]error{"correct horse": nil, "correct horses": directory.ErrAuthFailed, "": directory.ErrAuthFailed} {
		if err := c.Verify(t.Context(), dn, password); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", password, err, want)
		}
	}
	if err := c.Verify(t.Context(), nil, "correct horse"); !errors.Is(err, directory.ErrAuthFailed) {
		t.Errorf("nobody: got %v", err)
	}
	if err := c.Verify(t.Context(), &directory.Entry{DN: "uid=none,ou=people," + base}, "x"); !errors.Is(err, directory.ErrAuthFailed) {
		t.Errorf("an entry that is gone: got %v", err)
	}
}

func secured(t *testing.T, s *slapd) {
	data, err := os.ReadFile(s.file("cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(data)
	for name, edit := range map[string]func(*ldap.Config){
		"ldaps":    func(c *ldap.Config) { c.Servers = []string{fmt.Sprintf("ldaps://127.0.0.1:%d", s.tls)} },
		"StartTLS": func(c *ldap.Config) { c.StartTLS = true },
	} {
		c := s.config()
		edit(&c)
		if got := lookup(client(t, c), address("lena")); got != away {
			t.Errorf("%s without the certificate: got %q", name, got)
		}
		c.TLS = &tls.Config{RootCAs: roots}
		if got := lookup(client(t, c), address("lena")); got != lena {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func stopped(t *testing.T, s *slapd) {
	c := client(t, s.config())
	if got := lookup(c, address("lena")); got != lena {
		t.Fatalf("got %q", got)
	}
	s.stop()
	s.start()
	if got := lookup(c, address("anna")); got != anna {
		t.Errorf("after a restart between two questions: got %q", got)
	}
	s.stop()
	for range 100 {
		if got := lookup(c, address("anna")); got != away {
			t.Fatalf("stopped: got %q", got)
		}
	}
	s.start()
	await(t, "the directory's return", func() bool { return !c.Status().Down })
	if got := lookup(c, address("anna")); got != anna {
		t.Errorf("started again: got %q", got)
	}
}

// frozen: while the server takes connections and says nothing, the first
// questions wait for their time and all others not at all.
func frozen(t *testing.T, s *slapd) {
	c := client(t, s.config())
	if got := lookup(c, address("lena")); got != lena {
		t.Fatalf("got %q", got)
	}
	s.freeze()
	begun := time.Now()
	answers := make(chan string)
	for range 100 {
		go func() { answers <- lookup(c, address("anna")) }()
	}
	for range 100 {
		if got := <-answers; got != away {
			t.Errorf("frozen: got %q", got)
		}
	}
	if took := time.Since(begun); took > 5*time.Second {
		t.Errorf("a hundred look-ups took %v", took)
	}
	for range 3 {
		lookup(c, address("dap"))
	}
	if !c.Status().Down {
		t.Error("the directory does not count as down")
	}
	begun = time.Now()
	dn := &directory.Entry{DN: "uid=lena,ou=people," + base}
	for range 100 {
		if err := c.Verify(t.Context(), dn, "correct horse"); !errors.Is(err, directory.ErrUnavailable) {
			t.Fatalf("frozen: %v", err)
		}
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("a hundred passwords took %v", took)
	}
	s.resume()
	await(t, "the directory's return", func() bool { return !c.Status().Down })
	if got := lookup(c, address("anna")); got != anna {
		t.Errorf("resumed: got %q", got)
	}
}

// TestLargeGroup: the members of a large group all get their mail, and cost few
// questions.
func TestLargeGroup(t *testing.T) {
	const n = 2000
	s := newSlapd(t, members(n))
	conf := s.config()
	conf.Timeout, conf.TTL = 10*time.Second, time.Minute
	c := client(t, conf)
	snap := &settings.Snapshot{}
	snap.Domains.Primary, snap.Domains.Aliases = []string{"acme.com"}, map[string]string{}
	env := router.NewEnv(snap, directory.NewBuilder().Build())
	env.Assist(c)
	begun := time.Now()
	ends := router.Expand(t.Context(), env, c, &route.Message{Inbound: true}, mailbox.Target{To: "large"}, nil)
	t.Logf("%d members took %v and %d questions", n, time.Since(begun), c.Status().Asked)
	if len(ends) != n {
		t.Fatalf("%d ends, want %d; the first is %+v", len(ends), n, ends[0])
	}
	for i, e := range ends {
		if want := fmt.Sprintf("mail/m%d", i); e.Decision.Action != route.Deliver || e.Target.MailFile != want {
			t.Fatalf("end %d: %+v, want delivery into %s", i, e, want)
		}
	}
	if asked := c.Status().Asked; asked > n/20 {
		t.Errorf("%d questions", asked)
	}
}

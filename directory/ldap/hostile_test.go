package ldap

import (
	"bytes"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"

	"domigo/directory"
	"domigo/internal/ldaptest"
)

// done ends a search.
func done(id int64) []byte { return ldaptest.Result(id, ldap.ApplicationSearchResultDone, 0) }

// searching answers searches below the base by what raw gives.
func searching(answer func(ldaptest.Request) ldaptest.Answer) func(*ldaptest.Server) {
	return func(s *ldaptest.Server) {
		s.Handle = func(r ldaptest.Request) ldaptest.Answer {
			if r.IsBind || r.Base != base || r.Filter == "(objectClass=*)" {
				return ldaptest.Answer{}
			}
			return answer(r)
		}
	}
}

// TestHostileServer: whatever a server does, a look-up ends in time, finds nobody
// who was not asked for, and never says of somebody who may exist that there is
// nobody.
func TestHostileServer(t *testing.T) {
	const away = "state 2"
	someone := ldaptest.Entry{DN: "uid=evil,ou=people,dc=acme,dc=com", Attributes: map[string][]string{"objectclass": {"inetOrgPerson"}, "cn": {"Evil"}, "uid": {"evil"}, "mail": {"evil@acme.com"}}}
	lying := func(e ldaptest.Entry) func(ldaptest.Request) ldaptest.Answer {
		return func(r ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: append(ldaptest.Found(r.ID, e), done(r.ID)...)}
		}
	}
	for _, tc := range []struct {
		name   string
		answer func(ldaptest.Request) ldaptest.Answer
		want   string
	}{
		{"hangs", func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Hang: true} }, away},
		{"closes", func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Close: true} }, away},
		{"garbage", func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Raw: []byte("HTTP/1.1 200 OK\r\n\r\n")} }, away},
		{"an announced 4 GB", func(ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: []byte{0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 2, 1, 1}}
		}, away},
		{"indefinite length", func(ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: []byte{0x30, 0x80, 2, 1, 1, 0, 0}}
		}, away},
		{"an element longer than the message", func(ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: []byte{0x30, 5, 2, 0x7f, 1, 1, 1}}
		}, away},
		{"no message id", func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Raw: []byte{0x30, 3, 4, 1, 'x'}} }, away},
		{"an empty message", func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Raw: []byte{0x30, 0}} }, away},
		{"deep", func(ldaptest.Request) ldaptest.Answer {
			b := []byte{}
			for range 50 {
				b = append([]byte{0x30, byte(len(b))}, b...)
			}
			return ldaptest.Answer{Raw: b}
		}, away},
		{"another message id", func(r ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Raw: done(r.ID + 1000)} }, away},
		{"an id of another and then the right one", func(r ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: append(done(r.ID+1000), done(r.ID)...)}
		}, away},
		{"half an entry and the end", func(r ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: ldaptest.Found(r.ID, someone)[:20], Close: true}
		}, away},
		{"an entry and no end", func(r ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: ldaptest.Found(r.ID, someone), Close: true}
		}, away},
		{"a bind response", func(r ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: ldaptest.Result(r.ID, ldap.ApplicationBindResponse, 0)}
		}, away},
		{"busy", func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Code: ldap.LDAPResultBusy} }, away},
		{"no such base", func(ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Code: ldap.LDAPResultNoSuchObject}
		}, away},
		{"no access", func(ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Code: ldap.LDAPResultInsufficientAccessRights}
		}, away},
		{"a referral and nothing else", func(ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Code: ldap.LDAPResultReferral} }, away},
		{"too much, says the server", func(ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Code: ldap.LDAPResultSizeLimitExceeded}
		}, away},
		{"references beside", func(r ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: append(ldaptest.Reference(r.ID, "ldap://127.0.0.1:1/"), done(r.ID)...)}
		}, ""},
		{"references without end", func(r ldaptest.Request) ldaptest.Answer {
			return ldaptest.Answer{Raw: append(bytes.Repeat(ldaptest.Reference(r.ID, "ldap://127.0.0.1:1/"), maxAnswerMessages), done(r.ID)...)}
		}, away},
		{"nobody", func(r ldaptest.Request) ldaptest.Answer { return ldaptest.Answer{Raw: done(r.ID)} }, ""},
		{"another person", lying(someone), ""},
		{"from outside of the base", lying(ldaptest.Entry{DN: "uid=jdoe,dc=evil,dc=com", Attributes: map[string][]string{"cn": {"John"}, "uid": {"jdoe"}}}), ""},
		{"a name that is none", lying(ldaptest.Entry{DN: "jdoe", Attributes: map[string][]string{"uid": {"jdoe"}}}), ""},
		{"control characters", lying(ldaptest.Entry{DN: "uid=x," + base, Attributes: map[string][]string{"uid": {"jdoe\r\nBcc: x"}, "mail": {"jdoe\n@acme.com"}, "cn": {"a\x00b"}}}), ""},
		{"no attributes", lying(ldaptest.Entry{DN: "uid=jdoe," + base}), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			s := start(t, searching(tc.answer))
			c := client(t, Config{Timeout: 300 * time.Millisecond}, s.Address())
			begun := time.Now()
			if got := shown(lookup(t, c, address("jdoe"))); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
			if took := time.Since(begun); took > 3*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// TestDrip: one octet at a time is no way to hold a session for longer than a
// question may take.
func TestDrip(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				for {
					if _, err := c.Write([]byte{0x30, 0x84, 0, 0xf0, 0, 0}); err != nil {
						return
					}
					time.Sleep(20 * time.Millisecond)
				}
			}()
		}
	}()
	c := client(t, Config{Timeout: 300 * time.Millisecond}, l.Addr().String())
	begun := time.Now()
	wantLookup(t, c, address("jdoe"), "state 2")
	if took := time.Since(begun); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
}

// TestFlood: a thousand entries of one name are ambiguous, and a server that
// sends more than was asked for is cut off.
func TestFlood(t *testing.T) {
	var sent atomic.Int64
	s := start(t, searching(func(r ldaptest.Request) ldaptest.Answer {
		if !strings.Contains(r.Filter, "inetOrgPerson") {
			return ldaptest.Answer{Raw: done(r.ID)}
		}
		var b bytes.Buffer
		for i := range 100_000 {
			b.Write(ldaptest.Found(r.ID, ldaptest.Entry{DN: fmt.Sprintf("uid=%d,%s", i, base), Attributes: map[string][]string{"cn": {"John Doe"}, "mail": {"john.doe@acme.com"}}}))
		}
		sent.Add(1)
		return ldaptest.Answer{Raw: b.Bytes()}
	}))
	c := client(t, Config{}, s.Address())
	found, state := lookup(t, c, address("john.doe"))
	if state != directory.Complete && state != directory.Unavailable || state == directory.Complete && len(found) < 2 || len(found) > 2*maxFound {
		t.Errorf("state %d, %d entries", state, len(found))
	}
	if sent.Load() > 4 {
		t.Errorf("asked %d times", sent.Load())
	}
}

// TestManyOfAName: more people of a first name than a search gives are ambiguous,
// and do not hide the one whose short name it is.
func TestManyOfAName(t *testing.T) {
	kims := func(s *ldaptest.Server) {
		for i := range 3 * maxFound {
			s.Entries = append(s.Entries, ldaptest.Entry{DN: fmt.Sprintf("uid=k%d,%s", i, base), Attributes: map[string][]string{
				"objectclass": {"inetOrgPerson"}, "cn": {fmt.Sprintf("Kim Nr%d", i)}, "givenname": {"Kim"}, "sn": {fmt.Sprintf("Nr%d", i)}, "uid": {fmt.Sprintf("k%d", i)}}})
		}
	}
	s := start(t, kims, func(s *ldaptest.Server) {
		s.Entries = append(s.Entries,
			ldaptest.Entry{DN: "uid=kim," + base, Attributes: map[string][]string{"objectclass": {"inetOrgPerson"}, "cn": {"The One"}, "uid": {"kim"}}},
			ldaptest.Entry{DN: "uid=lee," + base, Attributes: map[string][]string{"objectclass": {"inetOrgPerson"}, "sn": {"Lee"}, "uid": {"l1"}}})
	})
	c := client(t, Config{}, s.Address())
	wantLookup(t, c, address("kim"), "Person UID=kim/DC=acme/DC=com")
	found, state := lookup(t, client(t, Config{}, start(t, kims).Address()), address("kim"))
	if state != directory.Complete || len(found) < 2 {
		t.Errorf("only by first name: state %d, %d entries", state, len(found))
	}
	// Asked for together with others, as members of a group are, each has an answer
	// of its own.
	v := empty().Assisted(c)
	members := map[string]string{"kim": "Person UID=kim/DC=acme/DC=com", "lee": "Person UID=lee/DC=acme/DC=com",
		"nr7": "Person UID=k7/DC=acme/DC=com", "mary": mary, "kim nr9": "Person UID=k9/DC=acme/DC=com"}
	for name := range members {
		v.Lookup(directory.Query{Local: name})
	}
	v.Fetch(t.Context(), c)
	for name, want := range members {
		if got := shown(v.Lookup(directory.Query{Local: name})); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

// TestOutage: a server that dies is noticed, nobody waits for it any more, others
// take its place, and its return is noticed as well.
func TestOutage(t *testing.T) {
	s := start(t)
	told := make(chan error, 10)
	c := client(t, Config{Timeout: time.Second, Notice: func(err error) { told <- err }}, s.Address())
	wantLookup(t, c, address("jdoe"), john)
	addr := s.Address()
	s.Stop()
	wantLookup(t, c, address("mary"), "state 2")
	if err := <-told; err == nil {
		t.Error("told that it answers")
	}
	if st := c.Status(); !st.Down || st.Cause == nil {
		t.Errorf("status %+v", st)
	}
	begun := time.Now()
	for range 1000 {
		wantLookup(t, c, address("mary"), "state 2")
	}
	if took := time.Since(begun); took > time.Second {
		t.Errorf("a thousand look-ups while it is down took %v", took)
	}
	again := &ldaptest.Server{Entries: entries(t, people)}
	if err := again.Start(addr); err != nil {
		t.Fatal(err)
	}
	defer again.Stop()
	if err := <-told; err != nil {
		t.Errorf("told %v, want that it answers again", err)
	}
	wantLookup(t, c, address("mary"), mary)
}

// TestReconnect: a connection that died while it was idle costs nobody a failure.
func TestReconnect(t *testing.T) {
	s := start(t)
	c := client(t, Config{}, s.Address())
	wantLookup(t, c, address("jdoe"), john)
	addr := s.Address()
	s.Stop()
	again := &ldaptest.Server{Entries: entries(t, people)}
	if err := again.Start(addr); err != nil {
		t.Fatal(err)
	}
	defer again.Stop()
	wantLookup(t, c, address("mary"), mary)
	if c.Status().Down {
		t.Error("down")
	}
}

// TestSecondServer: the next server takes over from one that is gone, and from
// one that takes connections and says nothing.
func TestSecondServer(t *testing.T) {
	deaf, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	s := start(t)
	for _, first := range []string{"127.0.0.1:1", deaf.Addr().String()} {
		c := client(t, Config{Timeout: time.Second}, first, s.Address())
		wantLookup(t, c, address("jdoe"), john)
		begun := time.Now()
		wantLookup(t, c, address("mary"), mary)
		if took := time.Since(begun); took > 400*time.Millisecond {
			t.Errorf("after %s: the second question took %v", first, took)
		}
		found, _ := login(t, c, "jdoe")
		if err := c.Verify(t.Context(), found[0], "secret"); err != nil {
			t.Errorf("after %s: %v", first, err)
		}
	}
}

// TestCacheIsBounded: questions of strangers do not fill the memory.
func TestCacheIsBounded(t *testing.T) {
	c := newCache(time.Hour, time.Now)
	empty := directory.Answered(nil)
	for i := range 5 * maxCached {
		c.put(directory.Question{Name: fmt.Sprint(i)}, directory.Answer{Entries: empty}, 1)
	}
	if n := c.len(); n > maxCached {
		t.Errorf("%d answers are kept", n)
	}
	if _, ok := c.get(directory.Question{Name: fmt.Sprint(5*maxCached - 1)}); !ok {
		t.Error("the newest answer is gone")
	}
}

// TestConfig: what is wrong is said at once.
func TestConfig(t *testing.T) {
	for _, tc := range []struct {
		name string
		c    Config
		want string
	}{
		{"nothing", Config{}, "no server"},
		{"no base", Config{Servers: []string{"ldap://h"}}, "no distinguished name"},
		{"bad base", Config{Servers: []string{"ldap://h"}, Base: "acme"}, "no distinguished name"},
		{"bad scheme", Config{Servers: []string{"http://h"}, Base: base}, "neither ldap://HOST"},
		{"base in the URL", Config{Servers: []string{"ldap://h/dc=acme"}, Base: base}, "nothing may stand"},
		{"bind without a password", Config{Servers: []string{"ldap://h"}, Base: base, BindDN: "cn=x"}, "no password"},
		{"one mail file for all", Config{Servers: []string{"ldap://h"}, Base: base, MailFile: "mail/all"}, "everybody would have one"},
		{"bad filter", Config{Servers: []string{"ldap://h"}, Base: base, People: "(a=b"}, "is no filter"},
	} {
		if _, err := New(tc.c); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: got %v, want %q", tc.name, err, tc.want)
		}
	}
}

// FuzzFilter: whatever a client types becomes the value of assertions of equality
// and nothing else: the filter has the shape that its words give it, and reads back
// to the same values.
func FuzzFilter(f *testing.F) {
	for _, s := range []string{"john.doe", "*)(uid=*", "a\\2a", "x\x00y", "a b c d", "(", "=", "uid=jdoe/people", "cn=a+b=c/x", "\xff\xfe", "é ü"} {
		f.Add(s, "acme.com")
	}
	a := Auto.attributes()
	f.Fuzz(func(t *testing.T, local, domain string) {
		v := empty().Assisted(&noAnswer{})
		v.Lookup(directory.Query{Local: local, Domain: domain, Primary: "primary.example"})
		for _, q := range v.Missing() {
			people, groups := a.filters([]directory.Question{q}, true)
			for _, text := range []string{people, groups} {
				if text == "" {
					continue
				}
				p, err := ldap.CompileFilter(text)
				if err != nil {
					t.Fatalf("%q gives the filter %q: %v", q, text, err)
				}
				known := map[string]bool{}
				for _, name := range append(a.wanted(), namingAttributes()...) {
					known[strings.ToLower(name)] = true
				}
				if len(p.Children) != 2 || p.Tag != ldap.FilterAnd || p.Children[1].Tag != ldap.FilterOr {
					t.Fatalf("%q gives the filter %q", q, text)
				}
				equalities(t, q, p.Children[1], known)
			}
		}
	})
}

// equalities holds that below "or" there are assertions of equality, or two of
// them together, about known attributes with values that the question has.
func equalities(t *testing.T, q directory.Question, p *ber.Packet, known map[string]bool) {
	whole := " " + q.Address + " " + q.Alias + " " + unescapeName(q.Name) + " " + q.Name + " "
	flat := strings.NewReplacer(".", " ", "_", " ").Replace(whole)
	for _, c := range p.Children {
		if c.Tag == ldap.FilterAnd {
			if len(c.Children) != 2 {
				t.Fatalf("%q: %d assertions together", q, len(c.Children))
			}
			equalities(t, q, c, known)
			continue
		}
		if c.Tag != ldap.FilterEqualityMatch {
			t.Fatalf("%q gives an assertion of kind %d", q, c.Tag)
		}
		name, _ := c.Children[0].Value.(string)
		value := strings.TrimPrefix(c.Children[1].Data.String(), "smtp:")
		if !known[strings.ToLower(name)] {
			t.Fatalf("%q asks for the attribute %q", q, name)
		}
		spaced := strings.Join(strings.FieldsFunc(value, isSeparator), " ")
		if !strings.Contains(whole, value) && !strings.Contains(strings.Join(strings.FieldsFunc(flat, isSeparator), " "), spaced) {
			t.Fatalf("%q asks for the value %q", q, value)
		}
	}
}

// noAnswer is an Assistance for questions only.
type noAnswer struct{ directory.Assistance }

func (noAnswer) Place() directory.Place { return directory.Place{Number: directory.Last} }

// FuzzNames: a distinguished name becomes one name, whose first component leads
// back to its value.
func FuzzNames(f *testing.F) {
	for _, s := range []string{"cn=John Doe,o=Acme", `cn=Doe\, John,dc=acme`, "uid=a/b,o=x", "cn=a+uid=b,o=x", `cn=\2a\40,o=x`, "cn=,o=x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		name, err := entryName(text)
		if err != nil {
			return
		}
		if strings.Contains(name, "@") || strings.HasPrefix(name, "*") {
			t.Fatalf("%q becomes %q, which means something else", text, name)
		}
		dn, _ := ldap.ParseDN(text)
		if n := strings.Count(name, "/"); n != len(dn.RDNs)-1 {
			t.Fatalf("%q becomes %q with %d components", text, name, n+1)
		}
		first, _, _ := strings.Cut(name, "/")
		if len(dn.RDNs[0].Attributes) == 1 {
			_, value, _ := strings.Cut(first, "=")
			if got := unescapeName(value); got != dn.RDNs[0].Attributes[0].Value {
				t.Fatalf("%q becomes %q, which leads back to %q", text, name, got)
			}
		}
	})
}

package simulate

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"pgregory.net/rapid"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/notesini"
	"domigo/resolver"
	"domigo/settings"
)

// document makes a document; items alternate name and value, "|" separates the
// values of a list.
func document(form string, items ...string) *note.Document {
	d := &note.Document{File: "names.json", Line: 1, Number: 1, Form: form}
	for i := 0; i+1 < len(items); i += 2 {
		d.Items = append(d.Items, note.Item{Name: items[i], Values: strings.Split(items[i+1], "|"), Line: 2 + i/2})
	}
	return d
}

// password is the vendor's example of the form V1 for "password".
const password = "(355E98E7C7B59BD810ED845AD0FD2FC4)"

// people are the persons and groups of every test's site.
func people() []*note.Document {
	return []*note.Document{
		document("Person", "FullName", "CN=John Doe/O=Acme|John Doe", "ShortName", "jdoe", "FirstName", "John", "LastName", "Doe",
			"InternetAddress", "john.doe@acme.com", "HTTPPassword", password, "MailFile", "mail/jdoe", "MailServer", "CN=Server-704/O=Acme"),
		document("Person", "FullName", "CN=Jane Roe/O=Acme", "ShortName", "jroe", "FirstName", "Jane", "LastName", "Roe",
			"InternetAddress", "jane.roe@acme.com"),
		document("Person", "FullName", "CN=Jane Poe/O=Acme", "ShortName", "jpoe", "FirstName", "Jane", "LastName", "Poe"),
		document("Group", "ListName", "Sales", "GroupType", "0", "Members", "John Doe/Acme|Jane Roe/Acme"),
		document("Group", "ListName", "Partners", "GroupType", "0", "Members", "[198.51.100.9]|partner.example|@whole.example"),
	}
}

// build makes a site of Server-704/Acme.
func build(t interface {
	Helper()
	Fatalf(string, ...any)
}, ini []string, docs ...*note.Document) Site {
	t.Helper()
	file, err := notesini.Parse("notes.ini", []byte("[Notes]\n"+strings.Join(ini, "\n")+"\n"))
	if err != nil {
		t.Fatalf("notes.ini: %v", err)
	}
	b := directory.NewBuilder()
	src := &settings.Source{INI: file}
	for _, d := range append(people(), docs...) {
		if !b.Add(0, d) {
			src.Documents = append(src.Documents, d)
		}
	}
	src.Directory = b.Build()
	snap, _, err := settings.Build(settings.Input{Source: src, HostName: "localhost", Version: "1.0"})
	if err != nil {
		t.Fatalf("build: %v", err)
	}
	return Site{Settings: snap, Directory: src.Directory}
}

// server and config make the two documents of a site; what config does not name
// of the relay fields is blank.
func server(items ...string) *note.Document {
	return document("Server", append([]string{"ServerName", "Server-704/Acme", "SMTPFullHostDomain", "server-704.acme.com", "SMTPListenerEnabled", "1"}, items...)...)
}

func config(items ...string) *note.Document {
	given := map[string]bool{}
	for i := 0; i < len(items); i += 2 {
		given[items[i]] = true
	}
	all := []string{"ServerName", "*", "UseAsDefault", "1"}
	for _, item := range []string{"SMTPRlyAllowDoms", "SMTPRlyDenyDoms", "SMTPRlyAllowHosts", "SMTPRlyDenyHosts"} {
		if !given[item] {
			all = append(all, item, "")
		}
	}
	return document("ServerConfig", append(all, items...)...)
}

// Pools of what lists hold and clients are.
var (
	hostEntries   = []string{"*", "[203.0.113.7]", "[203.0.113.*]", "[198.51.100.0/24]", "[2001:db8::/32]", "partner.example", "acme.com", "Partners", "[127.0.0.1]", "nonsense entry"}
	domainEntries = []string{"*", "ibm.com", "@whole.example", "partner.example", "Partners", "%ACME"}
	senders       = []string{"a@example.org", "spam@bad.example", "john.doe@acme.com", "x@sub.bad.example", "postmaster", "", "x@[203.0.113.7]"}
	senderEntries = []string{"example.org", "@bad.example", "bad.example", "spam@bad.example", "*", "Sales", "acme.com"}
	rcpts         = []string{"john.doe@acme.com", "jdoe@acme.com", "nobody@acme.com", "jane@acme.com", "Sales@acme.com", "x@ibm.com",
		"x@whole.example", "x@sub.partner.example", "postmaster", "postmaster@acme.com", "jdoe", "x@other.example", "bad address", "", "\"a b\"@acme.com", "jörg@acme.com"}
	rcptEntries = []string{"john.doe@acme.com", "acme.com", "@ibm.com", "*", "Sales"}
	clients     = []string{"203.0.113.7", "198.51.100.9", "127.0.0.1", "2001:db8::7", "192.0.2.9"}
	names       = []string{"mx.partner.example", "host.acme.com", "mx.example.org", "localhost", "evil.acme.com.example"}
	sites       = []string{"list.example", "other.list.example"}
)

// drawn makes a random choice of settings.
type drawn struct{ t *rapid.T }

func (d drawn) one(name string, of ...string) string { return rapid.SampledFrom(of).Draw(d.t, name) }

// most gives the usual value, and one of the others once in eight times.
func (d drawn) most(name, usual string, others ...string) string {
	if rapid.IntRange(0, 7).Draw(d.t, name+" is another") != 7 {
		return usual
	}
	return d.one(name, others...)
}

// some gives up to n entries as one item; often it is blank.
func (d drawn) some(name string, of []string, n int) string {
	return strings.Join(rapid.SliceOfN(rapid.SampledFrom(of), 0, n).Draw(d.t, name), "|")
}

// drawSite makes a random configuration.
func drawSite(t *rapid.T) Site {
	d := drawn{t}
	flag := func(item string) []string { return []string{item, d.one(item, "0", "1")} }
	rare := func(item string) []string { return []string{item, d.one(item, "0", "0", "0", "1")} }
	list := func(item string, of []string) []string { return []string{item, d.some(item, of, 2)} }
	seldom := func(item string, of []string) []string {
		if d.one(item+" is", "blank", "blank", "blank", "used") == "blank" {
			return []string{item, ""}
		}
		return list(item, of)
	}
	var c, s, ini []string
	for _, more := range [][]string{
		list("SMTPRlyAllowDoms", domainEntries), list("SMTPRlyDenyDoms", domainEntries), list("SMTPRlyAllowHosts", hostEntries), list("SMTPRlyDenyHosts", hostEntries),
		{"SMTPRlyCheck", d.one("SMTPRlyCheck", "0", "1", "2")}, seldom("SMTPRlyExcpts", hostEntries), flag("SMTPRlyAuthExcpt"),
		rare("SMTPVerifyConnHost"), seldom("SMTPAllowConnHosts", hostEntries), seldom("SMTPDenyConnHosts", hostEntries[1:]),
		rare("SMTPVerifySenderDom"), seldom("SMTPAllowSenders", senderEntries), seldom("SMTPDenySenders", senderEntries),
		flag("SMTPVerifyRcpts"), flag("SMTPRejectAmbig"), {"SMTPDenyGroups", d.one("SMTPDenyGroups", "0", "1", "2")},
		seldom("SMTPAllowRcpts", rcptEntries), seldom("SMTPDenyRcpts", rcptEntries),
		rare("SMTPPrivWL"), list("SMTPPrivWLHosts", hostEntries), {"SMTPPrivWLAction", d.one("SMTPPrivWLAction", "0", "1", "2")},
		rare("SMTPPrivBL"), list("SMTPPrivBLHosts", hostEntries), {"SMTPPrivBLAction", d.one("SMTPPrivBLAction", "0", "1", "2"), "SMTPPrivBLReply", d.one("SMTPPrivBLReply", "", "Go away, %s")},
		rare("SMTPDNSWL"), list("SMTPDNSWLSites", sites), {"SMTPDNSWLAction", d.one("SMTPDNSWLAction", "0", "1", "2")},
		flag("SMTPDNSBL"), list("SMTPDNSBLSites", sites), {"SMTPDNSBLAction", d.one("SMTPDNSBLAction", "0", "1", "2", "2"), "SMTPDNSBLReply", d.one("SMTPDNSBLReply", "", "%s is in %s")},
		{"SMTPExtSize", d.one("SMTPExtSize", "0", "1"), "MailMaxSize", d.one("MailMaxSize", "", "", "", "1"), "SMTPExt8BitMIME", d.one("SMTPExt8BitMIME", "0", "1")},
		{"SMTP_NegotiatedSSL", d.most("SMTP_NegotiatedSSL", "1", "0", "2")},
		{"MailRule_1", d.one("MailRule_1", "", "", "WHEN Sender contains bad THEN Don't accept message", "WHEN Size is greater than 500 THEN Change routing state to held")},
	} {
		c = append(c, more...)
	}
	s = append(s, "SMTP_TCPNP", d.one("SMTP_TCPNP", "1", "1", "1", "0"), "SMTP_SSLNP", d.one("SMTP_SSLNP", "1", "1", "1", "0"), "SMTP_SSLStatus", d.one("SMTP_SSLStatus", "1", "0"), "SMTP_AllowAnonymous", d.most("SMTP_AllowAnonymous", "1", "0"), "SMTP_SSLAnonymous", d.most("SMTP_SSLAnonymous", "1", "0"),
		"SMTP_EnforceAccess", d.one("SMTP_EnforceAccess", "0", "0", "1"), "DenyAccess", d.one("DenyAccess", "", "*/Acme"))
	for _, v := range [][]string{
		{"SMTPErrorLimit", d.most("SMTPErrorLimit", "", "0", "1")}, {"SMTPMaxRecipientCount", "", "1", "2"}, {"SMTPRelayHostsandDomains", "", "1"}, {"SMTPAllHostsExternal", "", "1"},
		{"SMTPAllowConnectionsAnonymous", d.most("SMTPAllowConnectionsAnonymous", "", "0", "1")}, {"SMTPVerifyAuthenticatedSender", "", "1"}, {"Domigo_TrustPTR", "", "1"}, {"Domigo_DNSBLIPv6", "", "1"},
		{"Domigo_EnhancedStatusCodes", "", "1"}, {"Domigo_SMTPUTF8", "", "1"}, {"Domigo_AuthNeedsTLS", d.most("Domigo_AuthNeedsTLS", "", "1")}, {"Domigo_SubmissionPort", "587"}, {"SMTPGreeting", "Acme mail"},
	} {
		if value := d.one(v[0]+" is", v[1:]...); value != "" {
			ini = append(ini, v[0]+"="+value)
		}
	}
	site := build(t, ini, server(s...), config(c...))
	site.Certificate = d.one("certificate", "yes", "yes", "yes", "no") == "yes"
	return site
}

// dns is what DNS knows about one client and one sender's domain.
type dns struct {
	client netip.Addr
	ptr    string            // names, or none, timeout
	addrs  map[string]string // of the names: addresses, or none, timeout
	mx     map[string]string
	lists  map[string]string
}

func drawDNS(t *rapid.T, client netip.Addr, senderDomain string) *dns {
	d := drawn{t}
	w := &dns{client: client, ptr: d.one("ptr", "none", "timeout", "names", "names", "names"), addrs: map[string]string{}, mx: map[string]string{}, lists: map[string]string{}}
	if w.ptr == "names" {
		w.ptr = strings.Join(rapid.SliceOfN(rapid.SampledFrom(names), 1, 2).Draw(t, "names"), ",")
	}
	for _, name := range names {
		w.addrs[name] = d.one("address of "+name, "none", "timeout", "192.0.2.77", client.String(), client.String())
	}
	if senderDomain != "" {
		w.mx[senderDomain] = d.one("MX of "+senderDomain, "none", "nxdomain", "timeout", "null", "10 mx.example.org")
		if w.addrs[senderDomain] == "" {
			w.addrs[senderDomain] = d.one("address of "+senderDomain, "none", "timeout", "192.0.2.78")
		}
	}
	for _, site := range sites {
		w.lists[site] = d.one("answer of "+site, "none", "timeout", "127.0.0.2", "127.255.255.254", "192.0.2.1")
	}
	return w
}

// facts gives all of it as facts.
func (w *dns) facts() []string {
	out := []string{"ptr=" + w.ptr}
	for kind, m := range map[string]map[string]string{"addr": w.addrs, "mx": w.mx, "list": w.lists} {
		for name, value := range m {
			out = append(out, kind+":"+name+"="+value)
		}
	}
	slices.Sort(out)
	return out
}

// fault gives the error that a word of the generator stands for.
func fault(word string) error {
	switch word {
	case "none", "":
		return resolver.ErrNotFound
	case "nxdomain":
		return resolver.ErrNXDomain
	case "timeout":
		return context.DeadlineExceeded
	}
	return nil
}

// The listener on the wire asks the generator's words by these, which know
// nothing of Facts.
func (w *dns) PTR(_ context.Context, a netip.Addr) ([]string, error) {
	if err := fault(w.ptr); err != nil || a != w.client {
		return nil, err
	}
	return strings.Split(w.ptr, ","), nil
}

func one(word string) ([]netip.Addr, error) {
	if err := fault(word); err != nil {
		return nil, err
	}
	return []netip.Addr{netip.MustParseAddr(word)}, nil
}

func (w *dns) Addrs(_ context.Context, host string) ([]netip.Addr, error) { return one(w.addrs[host]) }

func (w *dns) A(_ context.Context, name string) ([]netip.Addr, error) {
	for _, site := range sites { // the longer of two that end alike comes later
		if strings.HasSuffix(name, "."+site) {
			if rest := strings.TrimSuffix(name, site); !strings.HasSuffix(rest, "other.") {
				return one(w.lists[site])
			}
		}
	}
	return nil, fmt.Errorf("nobody asks for %s", name)
}

func (w *dns) MX(_ context.Context, domain string) ([]resolver.MX, error) {
	word := w.mx[domain]
	if err := fault(word); err != nil {
		return nil, err
	}
	return []resolver.MX{{Host: strings.TrimPrefix(word, "10 "), Pref: 10}}, nil
}

// drawCase makes a random client.
func drawCase(t *rapid.T) Case {
	d := drawn{t}
	c := Case{Client: netip.MustParseAddr(d.one("client", clients...)), Helo: d.one("helo", "", "mx.example.org"), From: d.one("from", senders...),
		To: rapid.SliceOfN(rapid.SampledFrom(rcpts), 1, 4).Draw(t, "to"), TLS: d.one("tls", "clear", "clear", "clear", "tls") == "tls",
		Submission: d.most("port", "mx", "submission") == "submission", User: d.one("user", "", "", "", "", "jdoe", "John Doe", "nobody"),
		Size: rapid.SampledFrom([]int64{0, 500, 1024, 1025, 5000}).Draw(t, "size")}
	if m := d.one("message", "", "", "From: john.doe@acme.com\r\n\r\n.dot\r\n..two\r\n", "From: bad@bad.example\nSubject: x\n\nlast line", "no header"); m != "" {
		c.Message = []byte(m)
	}
	return c
}

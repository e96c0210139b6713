package policy_test

import (
	"net/netip"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/notesini"
	. "domigo/smtpd/policy"

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

// site is what the decisions read.
type site struct {
	*settings.Snapshot
	dir *directory.Directory
}

// build makes a site of Server-704/Acme, whose host is server-704.acme.com,
// with the lines of notes.ini and the documents.
func build(t testing.TB, ini string, docs ...*note.Document) site {
	t.Helper()
	file, err := notesini.Parse("notes.ini", []byte("[Notes]\n"+ini))
	if err != nil {
		t.Fatal(err)
	}
	b := directory.NewBuilder()
	src := &settings.Source{INI: file, Documents: []*note.Document{
		document("Server", "ServerName", "Server-704/Acme", "SMTPFullHostDomain", "server-704.acme.com", "SMTP_TCPNP", "1")}}
	for _, d := range docs {
		if d.Form == "Server" {
			src.Documents[0] = d
		} else if !b.Add(0, d) {
			src.Documents = append(src.Documents, d)
		}
	}
	src.Directory = b.Build()
	s, _, err := settings.Build(settings.Input{Source: src, HostName: "localhost", Version: "1.0"})
	if err != nil {
		t.Fatal(err)
	}
	return site{s, src.Directory}
}

// config makes the Configuration Settings document of all servers. Relay
// fields that items does not name are blank, as the examples read.
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

// host is a client whose names resolve back to it; none is one without a name.
func host(ip string, names ...string) *Client {
	c := &Client{IP: netip.MustParseAddr(ip), PTR: PTR{State: Found, Names: names, Confirm: Found, Confirmed: names}}
	if len(names) == 0 {
		c.PTR = PTR{State: NotFound}
	}
	return c
}

// liar is a client whose names do not resolve back.
func liar(ip string, names ...string) *Client {
	return &Client{IP: netip.MustParseAddr(ip), PTR: PTR{State: Found, Names: names, Confirm: NotFound}}
}

// user is a client without a name that authenticated.
func user(ip, name string) *Client {
	c := host(ip)
	c.User = name
	return c
}

// address takes an address apart; "" is the null path.
func address(s string) Address {
	if s == "" {
		return Address{Null: true}
	}
	i := strings.LastIndexByte(s, '@')
	if i < 0 {
		return Address{Local: s}
	}
	return Address{Local: s[:i], Domain: s[i+1:]}
}

func (s site) rcpt(c *Client, to string) (Verdict, bool) {
	return Recipient(s.Snapshot, s.dir.View(), c, address(to), nil)
}

// reply gives a verdict as a reply to a command of the sender, "ok" for one
// that accepts.
func reply(v Verdict, sender string) string {
	switch v.Action {
	case Accept:
		return "ok"
	case Ask:
		return "ask " + [...]string{"nothing", "PTR", "confirmation", "sender's domain"}[v.Need]
	}
	return strings.TrimSpace(string([]byte{byte('0' + v.Code/100), byte('0' + v.Code/10%10), byte('0' + v.Code%10)}) + " " + v.For(address(sender)))
}

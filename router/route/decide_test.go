package route

import (
	"slices"
	"strings"
	"testing"

	"domigo/configdoc"
	"domigo/mailbox"
)

// routingCase is one case of testdata/decide.txt.
type routingCase struct {
	name                   string
	set, addresses, wanted []string
	message                string
}

func routingCases(t testing.TB) []routingCase {
	t.Helper()
	var out []routingCase
	for _, line := range lines(t, "decide.txt") {
		if name, ok := strings.CutPrefix(line, "= "); ok {
			out = append(out, routingCase{name: name})
			continue
		}
		c := &out[len(out)-1]
		if text, ok := strings.CutPrefix(line, "message "); ok {
			c.message = text
		} else if address, want, ok := strings.Cut(line, " => "); ok {
			c.addresses, c.wanted = append(c.addresses, address), append(c.wanted, want)
		} else {
			c.set = append(c.set, line)
		}
	}
	return out
}

// text gives a decision as the cases write it.
func text(d Decision) string {
	out := d.String()
	switch {
	case d.Action == Fail:
		out += " [" + string(d.Class) + "]"
	case d.Group:
		out += ": " + strings.Join(d.Next, ", ")
	}
	return out
}

// TestDecide runs the cases of testdata/decide.txt, whose names begin with the
// id of a documented example where they show one.
func TestDecide(t *testing.T) {
	src := loadSource(t)
	all := routingCases(t)
	if len(all) < 80 {
		t.Fatalf("%d cases", len(all))
	}
	names := map[string]bool{}
	for _, c := range all {
		if names[c.name] {
			t.Errorf("two cases are named %q", c.name)
		}
		names[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			s := siteOf(src)
			for _, line := range c.set {
				if !s.apply(t, line) {
					t.Fatalf("line %q", line)
				}
			}
			env, m := s.env(t), &Message{}
			if c.message != "" {
				m = message(t, c.message)
			}
			for i, address := range c.addresses {
				var trail Trail
				d := Decide(env, m, address, &trail)
				if got := text(d); got != c.wanted[i] {
					t.Errorf("Decide(%q)\n got %s\nwant %s\ntrail %q", address, got, c.wanted[i], trail.Steps)
				}
				if len(trail.Steps) == 0 {
					t.Errorf("Decide(%q) left no trail", address)
				}
				if without := Decide(env, m, address, nil); text(without) != text(d) {
					t.Errorf("Decide(%q) without a trail\n got %s\nwant %s", address, text(without), text(d))
				}
			}
		})
	}
}

// TestLocalRecipient holds what a delivery needs to know beside the mail file.
func TestLocalRecipient(t *testing.T) {
	env := acme(t)
	for _, address := range []string{"jdoe@acme.com", "John Doe/Acme", "jdoe"} {
		d := Decide(env, &Message{}, address, nil)
		if d.Key != LocalDelivery || d.Name != "John Doe/Acme" || d.Address != "John.Doe@acme.com" {
			t.Errorf("Decide(%q): got key %q, name %q, address %q", address, d.Key, d.Name, d.Address)
		}
	}
	if d := Decide(env, &Message{}, "Postmaster@acme.com", nil); d.Name != "Postmaster@acme.com" || d.Address != d.Name {
		t.Errorf("postmaster: got name %q, address %q", d.Name, d.Address)
	}
}

// TestOptionalParts holds that the functions of Env may be missing.
func TestOptionalParts(t *testing.T) {
	s := siteOf(loadSource(t))
	s.item(t, "ServerConfig", "MailInternalSMTP=2")
	env := s.env(t)
	env.Servers, env.Readers, env.Under = nil, nil, nil
	for address, want := range map[string]string{
		"far.off@acme.com": "fail 5.4.4: No route found to server Mail9/Acme from server Server-704/Acme.  Check Server and Connection documents in the Domino Directory. [Server]",
		"board@acme.com":   "expand the group Board: jdoe",
		"unit@acme.com":    "expand the group Unit: */Sales/Acme, Ideas",
	} {
		if got := text(Decide(env, &Message{}, address, nil)); got != want {
			t.Errorf("Decide(%q)\n got %s\nwant %s", address, got, want)
		}
	}
}

// TestClasses holds that a text of an administrator can be found for each class.
func TestClasses(t *testing.T) {
	for _, c := range []Class{ClassTransfer, ClassDelivery, ClassDomain, ClassServer, ClassUsername, ClassSize, ClassRestriction} {
		if !slices.Contains(configdoc.FailureClasses(), string(c)) {
			t.Errorf("class %q is none of the form", c)
		}
	}
}

// TestMessageOf holds what routing takes from an envelope.
func TestMessageOf(t *testing.T) {
	in := mailbox.Envelope{Sender: "a@b.example", User: "John Doe/Acme", Client: "192.0.2.1", Size: 7, Report: true}
	want := Message{Inbound: true, Sender: "a@b.example", User: "John Doe/Acme", Size: 7, Report: true}
	if got := MessageOf(&in); got != want {
		t.Errorf("MessageOf(%+v) = %+v, want %+v", in, got, want)
	}
	if got := MessageOf(&mailbox.Envelope{}); got != (Message{}) {
		t.Errorf("MessageOf of mail made here = %+v", got)
	}
}

func TestKeys(t *testing.T) {
	tests := []struct {
		key                      string
		transfer, routing, relay bool
		destination              string
	}{
		{"", false, true, false, ""},
		{LocalDelivery, false, false, false, LocalDelivery},
		{"mx:example.org", true, false, false, "EXAMPLE.ORG"},
		{"mx:[192.0.2.1]", true, false, false, "[192.0.2.1]"},
		{"relay:relay.example:25", true, false, true, "RELAY.EXAMPLE"},
		{"smart:[2001:db8::1]:25", true, false, false, "2001:DB8::1"},
		{"foreign:gw.example:2525", true, false, false, "GW.EXAMPLE"},
		{"server:mail9.acme.com:25", true, false, false, "MAIL9.ACME.COM"},
		{"dead:1:mx:example.org", false, true, false, "EXAMPLE.ORG"},
		{"report:2:held:1:" + LocalDelivery, false, true, false, LocalDelivery},
	}
	for _, tt := range tests {
		if got := IsTransfer(tt.key); got != tt.transfer {
			t.Errorf("IsTransfer(%q) = %t", tt.key, got)
		}
		if got := IsRouting(tt.key); got != tt.routing {
			t.Errorf("IsRouting(%q) = %t", tt.key, got)
		}
		if got := IsRelay(tt.key); got != tt.relay {
			t.Errorf("IsRelay(%q) = %t", tt.key, got)
		}
		if got := Destination(tt.key); got != tt.destination {
			t.Errorf("Destination(%q) = %q, want %q", tt.key, got, tt.destination)
		}
	}
	want := []string{"mx:gw.example", "relay:gw.example:25", "smart:gw.example:25", "foreign:gw.example:25", "server:gw.example:25"}
	if got := KeysOf("GW.example", 25); !slices.Equal(got, want) {
		t.Errorf("KeysOf: got %q, want %q", got, want)
	}
}

// FuzzDecide holds that no address makes a decision that cannot be carried out.
func FuzzDecide(f *testing.F) {
	for _, a := range []string{"jdoe@acme.com", "a@b@acme.com", `"a\"b"@acme.com`, "x%y@acme.com", "", "@", "@a:b@c", "a@[1.2.3.4]",
		"John Doe/Acme @ ACME", "a\r\nb@acme.com", "sales@acme.com", "Loopers", "*/Acme", "far.off@acme.com", "j\xfc@acme.com"} {
		f.Add(a, "john.doe@acme.com")
	}
	env := acme(f)
	f.Fuzz(func(t *testing.T, address, sender string) {
		m := &Message{Sender: sender}
		d := Decide(env, m, address, &Trail{})
		switch {
		case d.Action == Transfer && !IsTransfer(d.Key), d.Action == Deliver && (d.MailFile == "" || d.Key != LocalDelivery),
			d.Action == Readdress && len(d.Next) == 0 && !d.Group, d.Action == Fail && (d.Reason == "" || d.Status == "" || d.Class == ""):
			t.Errorf("Decide(%q) = %+v", address, d)
		}
		if d.Action == Transfer {
			if h := NextHops(env.Settings, d.Key, Facts{MXState: NotFound}, nil); h.NeedMX || len(h.Hosts) == 0 && h.Reason == "" {
				t.Errorf("NextHops(%q) = %+v", d.Key, h)
			}
		}
	})
}

package policy_test

import (
	"testing"

	"pgregory.net/rapid"

	. "domigo/smtpd/policy"
)

// world is what DNS would answer.
type world struct {
	ptr, confirm, sender LookupState
	names, confirmed     []string
}

// settle asks a decision until it needs no more facts, and gives how many it
// needed.
func (w world) settle(c *Client, decide func(LookupState) Verdict) (v Verdict, asked []Need) {
	domain := Unknown
	for {
		if v = decide(domain); v.Action != Ask || len(asked) > 3 {
			return v, asked
		}
		asked = append(asked, v.Need)
		switch v.Need {
		case NeedPTR:
			c.PTR.State, c.PTR.Names = w.ptr, w.names
		case NeedConfirmation:
			c.PTR.Confirm, c.PTR.Confirmed = w.confirm, w.confirmed
		case NeedSenderDomain:
			domain = w.sender
		}
	}
}

// TestAskEnds holds for any configuration and any answers of DNS: a decision
// asks for no fact twice, hence for at most three; facts given beforehand lead
// to the same verdict; and a trail changes nothing.
func TestAskEnds(t *testing.T) {
	hosts := rapid.SampledFrom([]string{"", "*", "[10.0.0.1]", "[10.0.0.2]", "partner.example", "acme.com", "[10.0.0.1], other.example", "x.example, *", "Sales", "10.0.0.1"})
	domains := rapid.SampledFrom([]string{"", "*", "ibm.com", "@ibm.com", "other.example", "*, ibm.com"})
	senders := rapid.SampledFrom([]string{"", "*", "y.example", "x@y.example", "other.example"})
	digit := rapid.SampledFrom([]string{"0", "1", "2"})
	flag := rapid.SampledFrom([]string{"0", "1"})
	state := rapid.SampledFrom([]LookupState{Found, NotFound, Failed})
	names := rapid.SampledFrom([]string{"mx.partner.example", "pc.acme.com", "mx.other.example"})
	rapid.Check(t, func(r *rapid.T) {
		var items []string
		for _, f := range []struct {
			values *rapid.Generator[string]
			items  []string
		}{
			{domains, []string{"SMTPRlyAllowDoms", "SMTPRlyDenyDoms"}},
			{hosts, []string{"SMTPRlyAllowHosts", "SMTPRlyDenyHosts", "SMTPRlyExcpts", "SMTPAllowConnHosts", "SMTPDenyConnHosts"}},
			{senders, []string{"SMTPAllowSenders", "SMTPDenySenders"}},
			{digit, []string{"SMTPRlyCheck", "SMTPDenyGroups"}},
			{flag, []string{"SMTPRlyAuthExcpt", "SMTPVerifyConnHost", "SMTPVerifySenderDom", "SMTPVerifyRcpts"}},
		} {
			for _, item := range f.items {
				items = append(items, item, f.values.Draw(r, item))
			}
		}
		ini := rapid.SampledFrom([]string{"", "SMTPAllHostsExternal=1\n", "SMTPRelayHostsandDomains=1\n", "Domigo_TrustPTR=1\n", "SMTPAllowConnectionsAnonymous=0\n",
			"SMTPAllowConnectionsAnonymous=1\n"}).Draw(r, "ini")
		s := build(t, ini, append(people(), config(items...))...)

		w := world{ptr: state.Draw(r, "ptr"), sender: state.Draw(r, "sender domain")}
		if w.ptr == Found {
			w.confirm = state.Draw(r, "confirm")
			w.names = rapid.SliceOfN(names, 1, 2).Draw(r, "names")
			if w.confirm == Found {
				w.confirmed = w.names[:rapid.IntRange(1, len(w.names)).Draw(r, "confirmed")]
			}
		}
		user := rapid.SampledFrom([]string{"", "John Doe/Acme"}).Draw(r, "user")
		rcpt := address(rapid.SampledFrom([]string{"u@ibm.com", "u@other.example", "sales@acme.com", "nobody@acme.com", "jdoe"}).Draw(r, "rcpt"))
		for name, decide := range map[string]func(*Client, LookupState, *Trail) Verdict{
			"connect": func(c *Client, _ LookupState, tr *Trail) Verdict { return Connect(s.Snapshot, c, tr) },
			"mail": func(c *Client, d LookupState, tr *Trail) Verdict {
				return Mail(s.Snapshot, c, address("x@y.example"), d, tr)
			},
			"rcpt": func(c *Client, _ LookupState, tr *Trail) Verdict {
				v, _ := Recipient(s.Snapshot, s.dir.View(), c, rcpt, tr)
				return v
			},
		} {
			c := host("10.0.0.1")
			c.PTR, c.User = PTR{}, user
			v, asked := w.settle(c, func(d LookupState) Verdict { return decide(c, d, nil) })
			seen := map[Need]bool{}
			for _, n := range asked {
				if n == NeedNothing || seen[n] {
					r.Fatalf("%s asked for %v", name, asked)
				}
				seen[n] = true
			}
			all := *c
			all.PTR = PTR{State: w.ptr, Names: w.names, Confirm: w.confirm, Confirmed: w.confirmed}
			var trail Trail
			if known := decide(&all, w.sender, &trail); known != v {
				r.Fatalf("%s: with all facts known %+v, asked one by one %+v", name, known, v)
			}
		}
	})
}

// TestAsksOnlyWhatMatters holds that no name is looked up for a decision that
// the address settles.
func TestAsksOnlyWhatMatters(t *testing.T) {
	unknown := func() *Client {
		c := host("10.0.0.1")
		c.PTR = PTR{}
		return c
	}
	for _, tt := range []struct {
		name  string
		items []string
		want  string
	}{
		{"no lists", nil, ok},
		{"addresses only", []string{"SMTPAllowConnHosts", "[10.0.0.1]"}, ok},
		{"denied address, names in the list", []string{"SMTPDenyConnHosts", "[10.0.0.1], spam.example"}, "554 Connection from [10.0.0.1] rejected for policy reasons."},
		{"names in the Deny list", []string{"SMTPDenyConnHosts", "spam.example"}, "ask PTR"},
		{"names in the Allow list", []string{"SMTPAllowConnHosts", "partner.example"}, "ask PTR"},
		{"verify host name", []string{"SMTPVerifyConnHost", "1"}, "ask PTR"},
	} {
		if got := reply(Connect(build(t, "", config(tt.items...)).Snapshot, unknown(), nil), ""); got != tt.want {
			t.Errorf("connect, %s: got %s, want %s", tt.name, got, tt.want)
		}
	}
	all := build(t, "", config("SMTPRlyCheck", "1", "SMTPRlyDenyDoms", "*"))
	if got := reply(Relay(all.Snapshot, unknown(), address("u@ibm.com"), nil), ""); got != refused {
		t.Errorf("relay, all hosts, no names: got %s", got)
	}
	c := unknown()
	c.PTR = PTR{State: Found, Names: []string{"pc.acme.com"}}
	if got := reply(Relay(build(t, "", config()).Snapshot, c, address("u@ibm.com"), nil), ""); got != "ask confirmation" {
		t.Errorf("relay, a local name: got %s, want its confirmation asked for", got)
	}
}

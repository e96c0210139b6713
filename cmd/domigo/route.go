package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"domigo/directory"
	"domigo/internal/server"
	"domigo/internal/simulate"
	"domigo/mailbox"
	"domigo/router"
	"domigo/router/route"
	"domigo/settings"
)

// routed is what route -json prints of one end of a recipient's way.
type routed struct {
	Recipient string       `json:"recipient"`
	Action    string       `json:"action"` // deliver, transfer, fail, defer
	MailFile  string       `json:"mail_file,omitempty"`
	NextHop   string       `json:"next_hop,omitempty"` // key of the work in the mail.box
	Hosts     []string     `json:"hosts,omitempty"`    // with -dns or -fact, in the order in which they are tried
	Port      int          `json:"port,omitempty"`
	Reason    string       `json:"reason,omitempty"`
	Status    string       `json:"status,omitempty"`
	Priority  string       `json:"priority,omitempty"`
	Due       string       `json:"due,omitempty"` // low-priority mail: when its transfer may begin
	Trail     []route.Step `json:"trail,omitempty"`
	asked     bool         // the LDAP directory was asked
}

// routeVerb prints where mail for an address goes and why, by the Router's own
// decisions. It exits with 1 if a recipient would get a failure report.
func routeVerb(c *common) runner {
	from := c.set.String("from", "", "the sender's `ADDRESS`")
	user := c.set.String("user", "", "Notes `NAME` of the sender, as one who authenticated")
	size := c.set.Int64("size", 0, "size of the message in `OCTETS`")
	low := c.set.Bool("low", false, "the sender asked for low priority")
	local := c.set.Bool("local", false, "the message did not come in by SMTP")
	dns := c.set.Bool("dns", false, "ask DNS for the next hop's hosts, and the LDAP directory")
	fact := c.set.String("fact", "", "what DNS says, a `FACT` in place of asking it: \"mx=10 a.example,20 b.example\", mx=none, mx=null, mx=nxdomain, mx=timeout")
	return func(ctx context.Context, e env, rest []string) (int, error) {
		facts, err := parseFact(*fact)
		if err != nil {
			return exitUsage, err
		}
		src, snap, _, err := c.build(ctx, dir(rest, 1))
		if err != nil {
			return exitFailed, err
		}
		m := &route.Message{Inbound: !*local, Sender: *from, User: *user, Size: *size}
		if *low {
			m.Priority = route.Low
		}
		ask := func(string) *route.Facts { return facts }
		if *dns {
			names, err := server.NewResolver(snap, dir(rest, 1))
			if err != nil {
				return exitFailed, err
			}
			ask = func(domain string) *route.Facts {
				f := router.Facts(ctx, names, domain)
				return &f
			}
		}
		trail := &route.Trail{}
		people, done, err := assistance(snap, dir(rest, 1), *dns, &simulate.Facts{}, e)
		if err != nil {
			return exitFailed, err
		}
		defer done()
		out := routesOf(ctx, router.NewEnv(snap, src.Directory), people, m, mailbox.Recipient{Address: rest[0]}, ask, trail)
		code := exitOK
		for _, r := range out {
			if r.Action == route.Fail.String() {
				code = exitFailed
			}
		}
		if c.json {
			out[0].Trail = trail.Steps
			enc := json.NewEncoder(e.out)
			enc.SetIndent("", "  ")
			return code, enc.Encode(out)
		}
		if err := trail.Write(e.out); err != nil {
			return exitFailed, err
		}
		p := &printer{w: e.out}
		for _, r := range out {
			p.line("%s", r.text())
		}
		return code, p.err
	}
}

// routesOf gives the ends of a recipient's way. from is the directory over the
// network, nil for none; ask gives what DNS says of a domain, nil if nobody is to
// be asked.
func routesOf(ctx context.Context, env *route.Env, from directory.Assistance, m *route.Message, to mailbox.Recipient, ask func(domain string) *route.Facts, trail *route.Trail) []routed {
	var out []routed
	env.Assist(from)
	ends := router.Expand(ctx, env, from, m, mailbox.Target{Recipient: to, To: to.Address}, trail)
	priority, _ := route.PriorityOf(env.Settings, m, trail)
	for _, end := range ends {
		r := routedOf(env.Settings, end, priority, ask, trail)
		_, r.asked = from.(*explaining)
		out = append(out, r)
	}
	return out
}

// routedOf tells of one end of a recipient's way. ask gives what DNS says of a
// domain, nil if nobody is to be asked.
func routedOf(snap *settings.Snapshot, end route.Routed, priority route.Priority, ask func(domain string) *route.Facts, trail *route.Trail) routed {
	d := end.Decision
	r := routed{Recipient: end.Target.To, Action: d.Action.String(), MailFile: d.MailFile, Reason: d.Reason, Status: d.Status}
	if d.Action != route.Transfer {
		return r
	}
	r.NextHop, r.Priority = d.Key, priority.String()
	if now := time.Now(); route.DueAt(snap, priority, now).After(now) {
		r.Due = route.DueAt(snap, priority, now).Format(time.RFC3339)
	}
	h := route.NextHops(snap, d.Key, route.Facts{}, nil)
	facts := &route.Facts{}
	if h.NeedMX {
		if f := ask(h.Domain); f != nil {
			facts = f
		}
	}
	h = route.NextHops(snap, d.Key, *facts, trail)
	r.Hosts, r.Port = h.Hosts, h.Port
	if h.Reason != "" {
		r.Reason, r.Status = h.Reason, h.Status
		if !h.Temporary {
			r.Action = route.Fail.String()
		}
	}
	return r
}

// text gives one line of the answer.
func (r routed) text() string {
	switch {
	case r.Action == route.Deliver.String():
		return fmt.Sprintf("%s: delivered into %s", r.Recipient, r.MailFile)
	case r.Action == route.Defer.String():
		text := fmt.Sprintf("%s: put off: %s", r.Recipient, r.Reason)
		if r.Reason == route.ReasonAway && !r.asked {
			text += " (-dns asks the LDAP directory, too)"
		}
		return text
	case r.Action == route.Fail.String():
		return fmt.Sprintf("%s: failure report: %s (%s)", r.Recipient, r.Reason, r.Status)
	}
	text := fmt.Sprintf("%s: transferred to %s", r.Recipient, r.NextHop)
	switch {
	case r.Reason != "":
		text += ", not now: " + r.Reason
	case len(r.Hosts) > 0:
		text += ", hosts " + strings.Join(r.Hosts, ", ") + ", port " + strconv.Itoa(r.Port)
	default:
		text += " (-dns asks for its hosts)"
	}
	if r.Due != "" {
		text += ", priority " + r.Priority + ", from " + r.Due + " on"
	}
	return text
}

var errFact = errors.New(`a fact is "mx=10 a.example,20 b.example", mx=none, mx=null, mx=nxdomain or mx=timeout`)

// parseFact reads what DNS is said to answer; nil for nothing.
func parseFact(text string) (*route.Facts, error) {
	if text == "" {
		return nil, nil
	}
	value, ok := strings.CutPrefix(text, "mx=")
	if !ok {
		return nil, errFact
	}
	switch value {
	case "none":
		return &route.Facts{MXState: route.NotFound}, nil
	case "null":
		return &route.Facts{MXState: route.Found, MX: []route.MX{{}}}, nil
	case "nxdomain":
		return &route.Facts{MXState: route.NXDomain}, nil
	case "timeout":
		return &route.Facts{MXState: route.TempError}, nil
	}
	f := &route.Facts{MXState: route.Found}
	for _, record := range strings.Split(value, ",") {
		preference, host, ok := strings.Cut(strings.TrimSpace(record), " ")
		n, err := strconv.ParseUint(preference, 10, 16)
		if !ok || err != nil || strings.TrimSpace(host) == "" {
			return nil, errFact
		}
		f.MX = append(f.MX, route.MX{Host: strings.TrimSpace(host), Preference: uint16(n)})
	}
	return f, nil
}

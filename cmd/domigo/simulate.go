package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"

	"domigo/internal/lockout"
	"domigo/internal/server"
	"domigo/internal/simulate"
	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/router"
	"domigo/router/route"
)

// simulated is what simulate -json prints.
type simulated struct {
	*simulate.Result
	Routes []routed `json:"routes,omitempty"` // of the accepted recipients
}

// clientFlags are the flags that describe the client and what it sends.
type clientFlags struct {
	host, ptr, helo, user, from, message string
	tls, submission, dns                 bool
	to, facts                            list
	size                                 int64
}

func (f *clientFlags) register(c *common) {
	set := c.set
	set.StringVar(&f.host, "host", "", "`IP` address of the client")
	set.StringVar(&f.ptr, "ptr", "", "`NAME` of the client in DNS, which leads back to its address; or none, timeout")
	set.StringVar(&f.helo, "helo", "", "`NAME` that EHLO gives (default: the address in brackets)")
	set.StringVar(&f.user, "auth", "", "log in under the name of this `USER`, with the right password")
	set.BoolVar(&f.tls, "tls", false, "with STARTTLS, or on the TLS port if there is no STARTTLS")
	set.BoolVar(&f.submission, "submission", false, "to the submission port")
	set.StringVar(&f.from, "from", "", "the sender's `ADDRESS`; <> is the null sender")
	set.Var(&f.to, "to", "the recipient's `ADDRESS`")
	set.Int64Var(&f.size, "size", 0, "size of the message in `OCTETS`")
	set.StringVar(&f.message, "message", "", "`FILE` with the message (default: one is made up)")
	set.BoolVar(&f.dns, "dns", false, "ask DNS and the LDAP directory for what no fact says")
	set.Var(&f.facts, "fact", "a `FACT`: "+simulate.FactHelp)
}

// client makes the case that the flags describe.
func (f *clientFlags) client() (simulate.Case, error) {
	ip, err := netip.ParseAddr(strings.Trim(f.host, "[]"))
	switch {
	case f.host == "" || f.from == "" || len(f.to) == 0:
		return simulate.Case{}, fmt.Errorf("%w: -host, -from and -to must be given", errUsage)
	case err != nil:
		return simulate.Case{}, fmt.Errorf("%w: -host %s is not an IP address", errUsage, f.host)
	case f.size < 0:
		return simulate.Case{}, fmt.Errorf("%w: -size %d", errUsage, f.size)
	case strings.ContainsAny(f.helo+f.from+strings.Join(f.to, ""), "\r\n\x00"):
		return simulate.Case{}, fmt.Errorf("%w: no line ends in -helo, -from and -to", errUsage)
	}
	c := simulate.Case{Client: ip.Unmap().WithZone(""), Helo: f.helo, User: f.user, TLS: f.tls, Submission: f.submission, Size: f.size, From: path(f.from)}
	for _, to := range f.to {
		c.To = append(c.To, path(to))
	}
	return c, nil
}

// path takes the angle brackets off an address.
func path(address string) string {
	if in, ok := strings.CutPrefix(address, "<"); ok {
		return strings.TrimSuffix(in, ">")
	}
	return address
}

// maxMessageFile bounds the file of -message, in octets.
const maxMessageFile = 64 << 20

func readMessage(name string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxMessageFile:
		return nil, fmt.Errorf("-message %s: not a file of at most %d octets", name, maxMessageFile)
	}
	data, err := os.ReadFile(name)
	if data == nil {
		data = []byte{}
	}
	return data, err
}

// simulateVerb prints what the listener would answer to a client.
func simulateVerb(c *common) runner {
	var f clientFlags
	f.register(c)
	return func(ctx context.Context, e env, rest []string) (int, error) {
		client, err := f.client()
		if err != nil {
			return exitUsage, err
		}
		facts, err := simulate.NewFacts(client.Client, f.ptr, f.facts, nil)
		if err != nil {
			return exitUsage, err
		}
		if f.message != "" {
			if client.Message, err = readMessage(f.message); err != nil {
				return exitFailed, err
			}
		}
		src, snap, _, err := c.build(ctx, dir(rest, 0))
		if err != nil {
			return exitFailed, err
		}
		if f.dns {
			names, err := server.ListenerResolver(snap, dir(rest, 0))
			if err != nil {
				return exitFailed, err
			}
			if facts, err = simulate.NewFacts(client.Client, f.ptr, f.facts, names); err != nil {
				return exitUsage, err
			}
		}
		further, done, err := assistance(snap, dir(rest, 0), f.dns, facts, e)
		if err != nil {
			return exitFailed, err
		}
		defer done()
		records, err := lockout.Read(c.lockoutFile(dir(rest, 0)))
		if err != nil {
			return exitFailed, err
		}
		site := simulate.Site{Settings: snap, Directory: src.Directory, Assistance: further,
			Certificate: server.HasCertificate(snap, dir(rest, 0)), Lockout: lockout.Restored(records, nil)}
		res := simulate.Run(ctx, site, client, facts)
		trail := &route.Trail{}
		routes := routesTaken(ctx, site, res.Taken, client.Size, facts, trail)
		return printSimulated(e, c.json, res, routes, trail)
	}
}

// routesTaken gives where the Router would take a message that was accepted.
func routesTaken(ctx context.Context, site simulate.Site, taken *mailbox.Envelope, size int64, facts *simulate.Facts, trail *route.Trail) []routed {
	if taken == nil || taken.Refuse != "" || taken.MoveTo != "" {
		return nil
	}
	m := route.MessageOf(taken)
	m.Size = max(size, taken.Size)
	ask := func(domain string) *route.Facts {
		if !facts.KnowsMX(domain) {
			return nil
		}
		f := router.Facts(ctx, facts, domain)
		return &f
	}
	var out []routed
	env := router.NewEnv(site.Settings, site.Directory)
	for _, to := range taken.Recipients {
		own := &route.Trail{}
		ends := routesOf(ctx, env, site.Assistance, &m, to, ask, own)
		ends[0].Trail = own.Steps
		trail.Steps = append(trail.Steps, own.Steps...)
		out = append(out, ends...)
	}
	return out
}

var errUndecided = errors.New("a fact is missing")

func printSimulated(e env, asJSON bool, res *simulate.Result, routes []routed, trail *route.Trail) (int, error) {
	code := exitFailed
	switch res.Outcome {
	case simulate.Accepted:
		code = exitOK
	case simulate.Undecided:
		code = exitUsage
	}
	if asJSON {
		enc := json.NewEncoder(e.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return code, enc.Encode(simulated{res, routes})
	}
	if err := res.Write(e.out); err != nil {
		return exitFailed, err
	}
	p := &printer{w: e.out}
	if len(routes) > 0 {
		p.line("Router")
	}
	for _, t := range trail.Steps {
		p.line("   %s: %s -> %s", t.Control, smtpwire.Clean(t.Fact), smtpwire.Clean(t.Result))
	}
	for _, r := range routes {
		p.line("%s", r.text())
	}
	if p.err == nil && res.Outcome == simulate.Undecided {
		p.err = errUndecided
	}
	return code, p.err
}

package router

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/router/outbound"
	"domigo/router/report"
	"domigo/router/route"
)

// deliverLMTP delivers over LMTP (RFC 2033), where each recipient has a reply of
// its own after the data. where is host:port or unix:PATH.
func (r *Router) deliverLMTP(ctx context.Context, j *job, where string, decisions []route.Decision) []outcome {
	end := outbound.Endpoint{Network: "tcp", Address: where, LMTP: true}
	if path, ok := cutFold(where, "unix:"); ok {
		end.Network, end.Address = "unix", path
	}
	m, err := r.message(ctx, j)
	if err != nil {
		outs := all(j, outcome{result: deferred, reason: failing(err), status: "4.3.0", class: report.DeliveryFailure})
		stopped(ctx, outs)
		return outs
	}
	m.Sender = j.Envelope.Sender
	for i, address := range lmtpAddresses(j, decisions) {
		m.Recipients[i].Address = address
	}
	o := outbound.Options{Dial: r.c.Dial, Hello: j.s.Identity.HostName, Size: true, EightBit: true, Pipelining: true, Limits: r.c.Limits}
	session, err := outbound.Connect(ctx, end, o)
	var no *outbound.ConnectError
	if errors.As(err, &no) {
		return asDelivery(j, all(j, outcomeOf(no.Result)))
	}
	outs := outcomes(j, session.Send(ctx, m))
	if err := session.Close(); err != nil {
		r.c.Log.Debug().Err(err).Str("host", where).Msg("close connection")
	}
	return asDelivery(j, outs)
}

// lmtpAddresses gives what the recipients are called over LMTP: one address for
// each mail file, so that it gets one copy, and always one with a domain. Who has
// no address goes by name, and a mail file that is nobody's (the local journal,
// the one of "Move to database") by its path: no person's address looks like it,
// so the LMTP server has to know it, and refuses what it does not.
func lmtpAddresses(j *job, decisions []route.Decision) []string {
	addresses := make([]string, len(j.Recipients))
	first := map[string]string{}
	for i, t := range j.Recipients {
		address, known := first[t.MailFile]
		if !known {
			address = lmtpAddress(j, t, decisions[i].Address)
			first[t.MailFile] = address
		}
		addresses[i] = address
	}
	return addresses
}

// lmtpAddress names one recipient; listed is the address of its document.
func lmtpAddress(j *job, t mailbox.Target, listed string) string {
	p, rest, err := smtpwire.ParsePathUTF8("<"+t.To+">", false)
	isAddress := err == nil && strings.TrimSpace(rest) == "" && p.Domain != ""
	switch {
	case isAddress && strings.Contains(p.Domain, "."):
		return t.To
	case strings.Contains(listed, "@"):
		return listed
	case isAddress && j.s.Domains.IsLocal(p.Domain):
		return t.To
	}
	name := cmp.Or(listed, t.To)
	switch {
	case name == t.MailFile:
		name = strings.ReplaceAll(name, `\`, "/")
	case isAddress && strings.HasPrefix(p.Local, `"`):
		return p.Local + "@" + reportDomain(j.s)
	case isAddress:
		name = p.Local // what follows is a Notes domain
	}
	return localPart(name) + "@" + reportDomain(j.s)
}

// localPart gives a name as the local part of an address, quoted where it is no
// Dot-string (RFC 5321, 4.1.2).
func localPart(name string) string {
	special := func(c rune) bool { return c <= ' ' || strings.ContainsRune("\"(),:;<>@[\\]\x7f", c) }
	dots := strings.HasPrefix(name, ".") || strings.HasSuffix(name, ".") || strings.Contains(name, "..")
	if name != "" && !dots && !strings.ContainsFunc(name, special) {
		return name
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name) + `"`
}

// asDelivery words the reasons of a session as those of a delivery.
func asDelivery(j *job, outs []outcome) []outcome {
	for i := range outs {
		o := &outs[i]
		o.class = report.DeliveryFailure
		if o.result != done {
			cause := strings.TrimPrefix(o.reason, "Error transferring to "+o.remote+"; ")
			o.reason, o.remote = fmt.Sprintf("Error delivering to %s %s; %s", j.Recipients[i].To, j.Recipients[i].MailFile, cause), ""
		}
	}
	return outs
}

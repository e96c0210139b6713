package router

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/emersion/go-smtp"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/settings"
)

// mostConnections bounds the hosts and addresses that one attempt tries.
const mostConnections = 10

// transfer sends a message to its next hop: the hosts of NextHops in order, and
// of each host the addresses in order, until one talks to us. What that one
// says about the message and its recipients stands.
func (r *Router) transfer(ctx context.Context, j *job) []outcome {
	if j.s.Router.PortStatus == settings.OutboundDisabled {
		return all(j, outcome{result: deferred, reason: reasonPort, status: "4.3.2"})
	}
	ctx, cancel := r.limit.attempt(ctx, j.Envelope.Size)
	defer cancel()
	h := r.hops(ctx, j.s, j.Key)
	if h.Reason != "" {
		return all(j, hopless(h))
	}
	last := outcome{result: failed, reason: reasonNoRoute(h.Domain, j.s.Identity), status: "5.4.4"}
	tried := 0
	for _, host := range h.Hosts {
		if h.Configured && len(h.Hosts) == 1 || host != strings.ToLower(j.s.Identity.HostName) {
			addrs, err := r.addresses(ctx, j.s, host)
			if err != nil {
				if !errors.Is(err, errNoAddress) {
					last = outcome{result: deferred, reason: reasonDNS, status: "4.4.3"}
				}
				continue
			}
			next, self := r.usable(addrs, h)
			for _, to := range next {
				if tried++; tried > mostConnections {
					return all(j, last)
				}
				outs, ok := r.transferTo(ctx, j, h, host, to)
				if ok {
					return outs
				}
				last = outs[0]
			}
			if !self {
				continue
			}
		}
		// We stand in the list: hosts behind us would send it back (RFC 5321, 5.1).
		if tried == 0 {
			last = outcome{result: failed, reason: reasonSelf, status: "5.4.6", remote: host}
		}
		break
	}
	return all(j, last)
}

func hopless(h Hops) outcome {
	o := outcome{result: failed, reason: h.Reason, status: h.Status}
	if h.Temporary {
		o.result = deferred
	}
	return o
}

// usable leaves out addresses that no mail may go to, and says whether one of
// our own listeners was among them. A relay or smart host on a loopback address
// is the administrator's word, say a content filter; one that DNS gives is used
// only in a lab.
func (r *Router) usable(addrs []netip.Addr, h Hops) (next []netip.AddrPort, self bool) {
	for _, a := range addrs {
		to := netip.AddrPortFrom(a.Unmap(), uint16(h.Port))
		switch {
		case r.c.Own(to):
			self = true
		case to.Addr().IsMulticast():
		case (to.Addr().IsUnspecified() || to.Addr().IsLoopback()) && !r.c.AllLoopback && !(h.Configured && !to.Addr().IsUnspecified()):
			// To this machine: that is us, whatever the port.
			self = true
		default:
			next = append(next, to)
		}
	}
	return next, self
}

// transferTo tries one address. ok is false if the host did not talk to us, so
// that the next one may be tried; then outs holds the reason.
func (r *Router) transferTo(ctx context.Context, j *job, h Hops, host string, to netip.AddrPort) (outs []outcome, ok bool) {
	r.say(j.s, informational, fmt.Sprintf("Router: Transferring mail to domain %s (host %s) via SMTP",
		strings.ToUpper(h.Domain), strings.ToUpper(host)))
	ses, err := r.open(ctx, j, dialTo{network: "tcp", address: to.String(), name: host})
	if err == nil {
		if err = r.authenticate(ses, j); err != nil {
			ses.close()
		}
	}
	if err == nil && ses.client == nil {
		ses, err = r.open(ctx, j, dialTo{network: "tcp", address: to.String(), name: host})
	}
	if err != nil {
		o := r.verdict(ctx, host, err)
		if o.result == failed && isGreeting(err) {
			// 5xx before the message was named says nothing about it.
			o.result = deferred
		}
		r.noTransfer(j, h, host, err)
		return all(j, o), o.result == failed || o.result == cancelled
	}
	if err := ses.takes(&j.Envelope); err != nil {
		ses.close()
		return all(j, r.verdict(ctx, host, err)), false
	}
	addresses := make([]string, len(j.Recipients))
	for i, t := range j.Recipients {
		addresses[i] = t.To
	}
	outs = r.send(ctx, ses, j, addresses)
	ses.close()
	for _, o := range outs {
		r.transferred(j, o, host)
	}
	return outs, true
}

func isGreeting(err error) bool {
	var g *greetingError
	return errors.As(err, &g)
}

// verdict reads an error as an outcome: 5xx is for good, everything else for
// now.
func (r *Router) verdict(ctx context.Context, host string, err error) outcome {
	o := outcome{result: deferred, status: "4.4.2", remote: hostOnly(host)}
	var reply *smtp.SMTPError
	switch {
	case errors.As(err, &reply):
		kind := reasonTransient
		o.status = "4.0.0"
		if reply.Code/100 == 5 {
			o.result, o.status, kind = failed, "5.0.0", reasonPermanent
		}
		if e := enhanced(reply); e != "" {
			o.status = e
		}
		o.reason = "Error transferring to " + o.remote + "; " + kind + " " + replyText(reply)
	case errors.Is(ctx.Err(), context.Canceled):
		o.result, o.reason = cancelled, "the server stops"
	case errors.Is(err, errAddress):
		o.result, o.status, o.reason = failed, "5.1.3", "Error transferring to "+o.remote+"; "+err.Error()
	case errors.Is(err, errNoUTF8):
		o.result, o.status, o.reason = failed, statusNoUTF8, "Error transferring to "+o.remote+"; "+err.Error()
	case ctx.Err() != nil:
		o.reason = "Error transferring to " + o.remote + "; " + cause(ctx.Err())
	default:
		o.reason = "Error transferring to " + o.remote + "; " + cause(err)
	}
	return o
}

func hostOnly(host string) string {
	if h, _, err := net.SplitHostPort(host); err == nil {
		return h
	}
	return host
}

// enhanced gives the enhanced status code of a reply (RFC 2034), which some
// servers put on its last line only; "" if there is none that fits the code.
func enhanced(e *smtp.SMTPError) string {
	if c := e.EnhancedCode; c[0] == e.Code/100 {
		return fmt.Sprintf("%d.%d.%d", c[0], c[1], c[2])
	}
	for line := range strings.SplitSeq(e.Message, "\n") {
		word, _, _ := strings.Cut(line, " ")
		parts := strings.Split(word, ".")
		if len(parts) != 3 || parts[0] != strconv.Itoa(e.Code/100) {
			continue
		}
		_, subject := strconv.ParseUint(parts[1], 10, 10)
		_, detail := strconv.ParseUint(parts[2], 10, 10)
		if subject == nil && detail == nil {
			return word
		}
	}
	return ""
}

// replyText gives a reply in one line of bounded length: all its lines, where
// Domino keeps the last one only.
func replyText(e *smtp.SMTPError) string {
	text := strconv.Itoa(e.Code)
	if e.EnhancedCode != (smtp.EnhancedCode{}) && e.EnhancedCode[0] > 0 {
		text += fmt.Sprintf(" %d.%d.%d", e.EnhancedCode[0], e.EnhancedCode[1], e.EnhancedCode[2])
	}
	for line := range strings.SplitSeq(e.Message, "\n") {
		if line = strings.TrimSpace(line); line != "" {
			text += " " + line
		}
	}
	return bounded(text)
}

// cause names a connection's error without addresses and ports.
func cause(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "the remote server is not responding"
	}
	return bounded(err.Error())
}

// bounded makes remote text fit for one line.
func bounded(text string) string {
	const most = 512
	if len(text) > most {
		text = text[:most]
	}
	return smtpwire.Clean(text)
}

// fromOf gives the options of MAIL that the client knows. What it would refuse
// to say is left out: the mail is more than its parameters.
func fromOf(env *mailbox.Envelope) *smtp.MailOptions {
	o := &smtp.MailOptions{Size: env.Size, UTF8: env.UTF8}
	if env.Return == "FULL" || env.Return == "HDRS" {
		o.Return = smtp.DSNReturn(env.Return)
	}
	if sayable(env.EnvID, false) {
		o.EnvelopeID = env.EnvID
	}
	return o
}

// rcptOf gives the options of RCPT; utf8 says whether MAIL had SMTPUTF8.
func rcptOf(t mailbox.Target, utf8 bool) *smtp.RcptOptions {
	o := &smtp.RcptOptions{}
	for _, n := range t.Notify {
		o.Notify = append(o.Notify, smtp.DSNNotify(n))
	}
	kind, address, ok := strings.Cut(t.ORcpt, ";")
	switch {
	case !ok:
	case strings.EqualFold(kind, "rfc822") && sayable(address, false):
		o.OriginalRecipientType, o.OriginalRecipient = smtp.DSNAddressTypeRFC822, address
	case utf8 && strings.EqualFold(kind, utf8Type) && sayable(address, true):
		o.OriginalRecipientType, o.OriginalRecipient = smtp.DSNAddressTypeUTF8, address
	}
	return o
}

package router

import (
	"context"
	"errors"
	"net/netip"
	"slices"

	"domigo/router/outbound"
	"domigo/router/report"
	"domigo/router/route"
	"domigo/settings"
)

// mostConnections bounds the hosts and addresses that one attempt tries.
const mostConnections = 10

// reasonPort is ours: nothing public words it.
const reasonPort = "The SMTP outbound TCP/IP port is disabled"

// answer says how far a next hop let a message come.
type answer uint8

const (
	hopSilent    answer = iota // not as far as a transaction: that is the host's doing
	hopElsewhere               // the host talked to us, but another one may fare better
	hopAnswered
)

// attempt sends a message to its next hop. down says that no host of it talked to
// us, so that it is not the message's fault.
func (r *Router) attempt(ctx context.Context, j *job, l *link) (outs []outcome, down bool) {
	a := attempt{Router: r, j: j, l: l}
	if l.session != nil {
		if a.heard(r.sendOn(ctx, j, l)) {
			return a.outs, false
		}
		r.hangUp(l)
	}
	if o, ok := r.down.find(j.Key, r.c.Now()); ok {
		return all(j, o.last), false
	}
	s := &j.s.Router
	closed := outcome{result: deferred, reason: reasonPort, status: "4.3.2", class: report.TransferFailure}
	if s.PortStatus == settings.OutboundDisabled && !s.TLSPortOn {
		return all(j, closed), false
	}
	h := r.hops(ctx, j.s, j.Key)
	switch {
	case h.Reason != "":
		return all(j, hopless(h)), h.Temporary && !a.talked
	case len(ways(s, h)) == 0:
		return all(j, closed), false
	}
	last := outcome{result: failed, reason: route.NoRoute(h.Domain, j.s.Identity), status: "5.4.4", class: report.ServerFailure}
	if !h.Configured && slices.Equal(h.Hosts, []string{h.Domain}) {
		last.class = report.DomainFailure // it has no MX records: without an address, DNS does not know it
	}
	if !a.talked {
		a.outs = all(j, last)
	}
	a.hosts(ctx, h)
	return a.outs, a.outs[0].result == deferred && !a.talked
}

// attempt is one round of the hosts of a next hop.
type attempt struct {
	*Router
	j      *job
	l      *link
	outs   []outcome // what the message has to say for itself so far
	talked bool      // a host got as far as a transaction
}

// heard takes what a host made of the message, and reports whether it is settled
// by that. What a host that talked to us put off is more to the point than one
// that did not answer; all that is left may be taken by one that does.
func (a *attempt) heard(outs []outcome, how answer) bool {
	if how == hopSilent && a.talked && a.outs[0].result == deferred {
		return false
	}
	a.outs, a.talked = outs, a.talked || how != hopSilent
	return how == hopAnswered
}

// hosts tries one host after the other.
func (a *attempt) hosts(ctx context.Context, h route.Hops) {
	tried := 0
	for _, host := range h.Hosts {
		addrs, err := a.addresses(ctx, a.j.s, host)
		if err != nil {
			if !errors.Is(err, errNoAddress) {
				dns := outcome{result: deferred, reason: route.ReasonDNS, cause: brief(err), status: "4.4.3", class: report.TransferFailure}
				a.heard(all(a.j, dns), hopSilent)
			}
			continue
		}
		next, self := a.usable(addrs, h)
		for _, to := range next {
			if tried++; tried > mostConnections || a.heard(a.transferTo(ctx, a.j, a.l, h, host, to)) {
				return
			}
		}
		if self {
			// We stand in the list: hosts behind us would send it back (RFC 5321, 5.1).
			if tried == 0 {
				us := outcome{result: failed, reason: route.ReasonSelf, status: "5.4.6", remote: host, class: report.TransferFailure}
				a.heard(all(a.j, us), hopSilent)
			}
			return
		}
	}
}

func hopless(h route.Hops) outcome {
	o := outcome{result: failed, reason: h.Reason, status: h.Status, class: classOf(h.Class)}
	if h.Temporary {
		o.result = deferred
	}
	if h.Err != nil {
		o.cause = brief(h.Err)
	}
	return o
}

// usable leaves out addresses that no mail may go to, and says whether one of
// our own listeners was among them. A host of a document on a loopback address
// is the administrator's word, say a content filter; one that DNS gives is used
// only in a lab.
func (r *Router) usable(addrs []netip.Addr, h route.Hops) (next []netip.Addr, self bool) {
	for _, a := range addrs {
		a = a.Unmap()
		switch {
		case r.c.Own(netip.AddrPortFrom(a, uint16(h.Port))):
			self = true
		case a.IsMulticast():
		case (a.IsUnspecified() || a.IsLoopback()) && !r.c.AllLoopback && !(h.Configured && !a.IsUnspecified()):
			// To this machine: that is us, whatever the port.
			self = true
		default:
			next = append(next, a)
		}
	}
	return next, self
}

// answerOf reads how far a session let a message come.
func answerOf(outs []outcome, results []outbound.Result) answer {
	next, ready := false, false
	for i, res := range results {
		if o := outs[i].result; o == done || o == failed && !res.NextHost || o == cancelled {
			return hopAnswered
		}
		next = next || res.NextHost || res.Stale
		ready = ready || !res.Unready && !res.Stale
	}
	switch {
	case !next:
		return hopAnswered
	case ready:
		return hopElsewhere
	}
	return hopSilent
}

// outcomes reads the results of a session for each recipient. Those whose turn
// did not come go on at once, which is no attempt, if the session was of use to
// others; so each session leaves fewer of them.
func outcomes(j *job, results []outbound.Result) []outcome {
	useful := slices.ContainsFunc(results, func(res outbound.Result) bool {
		return res.Kind == outbound.Done || res.Kind == outbound.Failed
	})
	outs := make([]outcome, len(results))
	for i, res := range results {
		outs[i] = outcomeOf(res)
		outs[i].target = j.Recipients[i]
		if res.Unsent && useful {
			outs[i].result = cancelled
		}
	}
	return outs
}

package smtpd

import (
	"sync/atomic"
	"time"
)

// Counters are the listener's running totals. The zero value is ready. A
// caller that starts a new Server after a stopped one passes the same Counters
// to both, so that the statistics go on; those of the black- and whitelists
// begin anew with each Server.
type Counters struct {
	active, activeTLS atomic.Int64
	peak, peakTLS     atomic.Int64
	peakAt            atomic.Int64 // nanoseconds since 1970; 0: never
	total, totalTLS   atomic.Int64
	badHandshake      atomic.Int64
	received, sent    atomic.Int64
	messages          atomic.Int64
	lists             listCounters
}

// Stats are the values of the Counters at one moment.
type Stats struct {
	Active        int64     // sessions now
	ActiveTLS     int64     // those of them under TLS
	Peak          int64     // most sessions at one time
	PeakAt        time.Time // when that was; zero if there was no session yet
	PeakTLS       int64
	Total         int64 // sessions so far
	TotalTLS      int64
	BadHandshake  int64 // TLS handshakes that failed
	BytesReceived int64 // octets on the wire, TLS included
	BytesSent     int64
	Messages      int64 // messages taken

	// Hosts found in the black- and whitelists since the Server began.
	PrivateWhitelist, PrivateBlacklist int64
	DNSWhitelist, DNSBlacklist         int64
	WhitelistHosts, BlacklistHosts     []ListHits // one by one, sorted: SMTPExpandDNSWLStats, SMTPExpandDNSBLStats
}

// Each calls f with every statistic under its Domino name, in the order of the
// names; hosts found in DNS lists come by site and address.
func (s Stats) Each(f func(name string, value int64)) {
	each("SMTP.DNSBL", s.BlacklistHosts, s.DNSBlacklist, f)
	each("SMTP.DNSWL", s.WhitelistHosts, s.DNSWhitelist, f)
	f("SMTP.MessagesProcessed", s.Messages)
	f("SMTP.PrivateBL.TotalHits", s.PrivateBlacklist)
	f("SMTP.PrivateWL.TotalHits", s.PrivateWhitelist)
	f("SMTP.Sessions.Inbound.Active", s.Active)
	f("SMTP.Sessions.Inbound.Active.SSL", s.ActiveTLS)
	f("SMTP.Sessions.Inbound.BytesReceived", s.BytesReceived)
	f("SMTP.Sessions.Inbound.BytesSent", s.BytesSent)
	f("SMTP.Sessions.Inbound.Peak", s.Peak)
	f("SMTP.Sessions.Inbound.Peak.SSL", s.PeakTLS)
	f("SMTP.Sessions.Inbound.Total", s.Total)
	f("SMTP.Sessions.Inbound.Total.SSL", s.TotalTLS)
	f("SMTP.Sessions.Inbound.Total.SSL.Bad_Handshake", s.BadHandshake)
}

// Stats gives the values now.
func (c *Counters) Stats() Stats {
	s := Stats{
		Active: c.active.Load(), ActiveTLS: c.activeTLS.Load(),
		Peak: c.peak.Load(), PeakTLS: c.peakTLS.Load(),
		Total: c.total.Load(), TotalTLS: c.totalTLS.Load(),
		BadHandshake:  c.badHandshake.Load(),
		BytesReceived: c.received.Load(), BytesSent: c.sent.Load(),
		Messages: c.messages.Load(),
	}
	if at := c.peakAt.Load(); at != 0 {
		s.PeakAt = time.Unix(0, at)
	}
	c.lists.into(&s)
	return s
}

// enter counts a session that begins.
func (c *Counters) enter() {
	c.total.Add(1)
	if raise(&c.peak, c.active.Add(1)) {
		c.peakAt.Store(time.Now().UnixNano())
	}
}

func (c *Counters) leave() { c.active.Add(-1) }

func (c *Counters) enterTLS() {
	c.totalTLS.Add(1)
	raise(&c.peakTLS, c.activeTLS.Add(1))
}

func (c *Counters) leaveTLS() { c.activeTLS.Add(-1) }

// raise makes v at least n, and tells whether it was less.
func raise(v *atomic.Int64, n int64) bool {
	for {
		old := v.Load()
		if n <= old {
			return false
		}
		if v.CompareAndSwap(old, n) {
			return true
		}
	}
}

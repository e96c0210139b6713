package smtpd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"domigo/internal/smtpwire"
	"domigo/settings"
)

// startTLSCommand answers STARTTLS (RFC 3207).
func (c *conn) startTLSCommand(ctx context.Context) reply {
	if bad, barred := c.startTLSBarred(); barred {
		return bad
	}
	c.send(replyReadyTLS)
	if err := c.w.Flush(); err != nil {
		return reply{}
	}
	if !c.handshake(ctx, c.timeout()) {
		return reply{}
	}
	c.session.secured()
	c.offer = nil
	return reply{code: noReply}
}

// startTLSBarred gives the reply where STARTTLS is not taken.
func (c *conn) startTLSBarred() (bad reply, barred bool) {
	switch {
	case c.tls:
		return replySequence, true
	case !c.offered().startTLS:
		return replyDisabled.by(ruleSTARTTLS), true
	}
	return reply{}, false
}

// noReply is the code of a reply that has gone out already.
const noReply = -1

// handshake puts TLS on the connection. What the client sent in clear text and
// nobody has read is dropped. After a failure the connection is of no use: it
// never goes on in the clear.
func (c *conn) handshake(ctx context.Context, timeout time.Duration) bool {
	config := c.srv.cfg.TLS()
	if config == nil {
		c.session.log.Error().Msg("no certificate for the TLS port")
		return false
	}
	if err := c.link.wait(waitReply, timeout); err != nil {
		return false
	}
	t := tls.Server(c.link, config)
	c.traceTLS(false, tls.ConnectionState{}, nil)
	if err := t.HandshakeContext(ctx); err != nil {
		c.traceTLS(true, tls.ConnectionState{}, err)
		c.srv.cfg.Counters.badHandshake.Add(1)
		c.handshakeFailed(err)
		c.session.log.Warn().Err(err).Msg("TLS handshake failed")
		return false
	}
	c.srv.cfg.Counters.enterTLS()
	c.tls = true
	c.net = t
	c.w.Reset(t)
	c.r.Reset(flushed{c})
	state := t.ConnectionState()
	c.session.encrypted(tls.VersionName(state.Version))
	c.traceTLS(true, state, nil)
	c.session.log.Info().Str("version", tls.VersionName(state.Version)).
		Str("cipher", tls.CipherSuiteName(state.CipherSuite)).Msg("TLS established")
	return true
}

// handshakeFailed prints the console line of a failed handshake. What a client
// does that is no TLS at all, or older than TLS 1.0 (of which Go names no
// version), has Domino's words; the rest has Go's.
func (c *conn) handshakeFailed(err error) {
	var record tls.RecordHeaderError
	reason := strings.TrimPrefix(bounded(err.Error()), "tls: ")
	switch {
	case errors.As(err, &record) && record.RecordHeader[1] == 3 && record.RecordHeader[2] == 0,
		strings.HasSuffix(reason, "unsupported versions: []"):
		reason = "rejected SSLv3 connection"
	case errors.As(err, &record):
		reason = "rejected unknown record type"
	case strings.Contains(reason, "no cipher suite supported"):
		reason = "no supported ciphers"
	}
	if !c.view().Router.Logs(settings.LogNormal) {
		return
	}
	c.srv.cfg.Console(smtpwire.Clean("TLS/SSL connection " + endpoint(c.session.client.IP, c.net.RemoteAddr()) + " -> " +
		endpoint(netip.Addr{}, c.net.LocalAddr()) + " failed with " + reason))
}

// endpoint writes an address as that line does, "1.2.3.4(50332)". ip is the
// client's own when it is known to be another than the connection's.
func endpoint(ip netip.Addr, a net.Addr) string {
	at, err := netip.ParseAddrPort(a.String())
	switch {
	case err != nil && ip.IsValid():
		return ip.String()
	case err != nil:
		return a.String()
	}
	if !ip.IsValid() {
		ip = at.Addr().Unmap()
	}
	return fmt.Sprintf("%s(%d)", ip, at.Port())
}

package smtpd

import (
	"context"
	"crypto/tls"
	"time"
)

// startTLSCommand answers STARTTLS (RFC 3207).
func (c *conn) startTLSCommand(ctx context.Context) reply {
	switch {
	case c.tls:
		return replySequence
	case !c.offered().startTLS:
		return replyDisabled
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
		c.session.log.Warn().Err(err).Msg("TLS handshake failed")
		return false
	}
	c.srv.cfg.Counters.enterTLS()
	c.tls = true
	c.net = t
	c.session.client.TLS = true
	c.w.Reset(t)
	c.r.Reset(flushed{c})
	state := t.ConnectionState()
	c.traceTLS(true, state, nil)
	c.session.log.Info().Str("version", tls.VersionName(state.Version)).
		Str("cipher", tls.CipherSuiteName(state.CipherSuite)).Msg("TLS established")
	return true
}

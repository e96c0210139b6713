package smtpd

import (
	"context"
	"errors"
	"os"

	"domigo/internal/smtpwire"
)

// dataCommand answers DATA and, after it, the end of data.
func (c *conn) dataCommand(ctx context.Context) reply {
	s := c.session
	if s.chunks != nil {
		return replySequence // RFC 3030, 2: DATA and BDAT do not mix
	}
	m, bad := s.begin(ctx, c.extensions().Size)
	if bad != nil {
		return *bad
	}
	c.send(replyEnterMessage)
	if err := c.link.wait(waitData, c.timeout()); err != nil {
		m.discard()
		return reply{}
	}
	bad, err := m.receive(ctx, c.content(), c.contentRead)
	c.traceData(m.size)
	c.taken.Store(int64(s.messages))
	switch {
	case err == nil || bad != nil:
		return ofMessage(bad, err)
	case errors.Is(err, os.ErrDeadlineExceeded):
		// What else the client sends is content: it must not be read as commands.
		s.log.Info().Msg("time-out or stop while receiving a message")
		return replyClosing
	}
	s.log.Info().Err(err).Msg("connection lost while receiving a message")
	return reply{}
}

// ofMessage is the reply to a message that was taken or refused. With an error
// it is refused, and the client does not stop sending: the connection ends.
func ofMessage(bad *reply, err error) reply {
	switch {
	case bad == nil:
		return replyAccepted
	case err != nil:
		return bad.closing()
	}
	r := *bad
	r.message = true
	return r
}

// contentRead: nothing is awaited from the client any more, so that whoever ends
// the session lets it have the reply to its message.
func (c *conn) contentRead() error { return c.link.wait(waitCommand, c.timeout()) }

// content is the message data, which ends at CRLF.CRLF for all but the hosts
// of Domigo_LFDataHosts.
func (c *conn) content() *smtpwire.DataReader {
	hosts := &c.view().Own.LFDataHosts
	if !hosts.Blank() && hosts.Match(c.session.client.IP, nil).Found() {
		return c.r.DataLF()
	}
	return c.r.Data()
}

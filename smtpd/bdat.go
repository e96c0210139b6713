package smtpd

import (
	"context"
	"errors"
	"io"
	"os"
	"strconv"

	"domigo/internal/smtpwire"
)

// chunks is a message that comes by BDAT (RFC 3030, 2).
type chunks struct {
	m    *incoming // nil once a chunk was refused: nothing but an end of the transaction helps then
	ends smtpwire.LineEnds
}

// dropChunks forgets a message that came in part.
func (s *session) dropChunks() {
	if s.chunks != nil && s.chunks.m != nil {
		s.chunks.m.discard()
	}
	s.chunks = nil
}

// spoil refuses whatever else belongs to the transaction under way.
func (s *session) spoil() {
	s.dropChunks()
	if s.open {
		s.chunks = &chunks{}
	}
}

// bdatCommand answers BDAT. The octets of a chunk are read in any case, so that
// no content is ever taken for a command; where their number is not known, or
// more than a refused message is worth, the connection ends.
func (c *conn) bdatCommand(ctx context.Context, arg string) reply {
	size, last, err := smtpwire.ParseBdat(arg)
	if err != nil {
		return replySyntax.closing()
	}
	s := c.session
	bad := c.beginChunk(ctx, size)
	if bad != nil && size > maxDrain {
		return bad.closing()
	}
	if err := c.link.wait(waitData, c.timeout()); err != nil {
		return reply{}
	}
	chunk := c.r.Chunk(size)
	c.traceData(size)
	switch {
	case bad != nil:
		s.spoil()
		if _, err := chunk.WriteTo(io.Discard); err != nil {
			return c.chunkLost(err)
		}
		return *bad
	case last:
		return c.lastChunk(ctx, chunk)
	}
	m := s.chunks.m
	_, err = chunk.WriteTo(&s.chunks.ends)
	switch {
	case m.failure != nil && err == nil:
		s.spoil()
		return *m.failure
	case m.failure != nil && errors.Is(err, errDrained):
		return m.failure.closing()
	case err != nil:
		return c.chunkLost(err)
	}
	return reply{code: 250, text: strconv.FormatInt(size, 10) + " octets received"}
}

// beginChunk opens the message with its first chunk and refuses a chunk that is
// out of place or too large.
func (c *conn) beginChunk(ctx context.Context, size int64) *reply {
	s := c.session
	if s.chunks == nil {
		m, bad := s.begin(ctx, c.extensions().Size)
		if bad != nil {
			return bad
		}
		s.chunks = &chunks{m: m, ends: smtpwire.LineEnds{W: m}}
	}
	m := s.chunks.m
	switch {
	case m == nil:
		return replySequence.refusal()
	case m.limit > 0 && size > m.limit-m.size:
		return replyTooLarge.refusal()
	}
	return nil
}

// lastChunk takes the end of the message and stores it.
func (c *conn) lastChunk(ctx context.Context, chunk *smtpwire.ChunkReader) reply {
	s := c.session
	ch := s.chunks
	s.chunks = nil
	bad, err := ch.m.receive(ctx, ending{chunk, &ch.ends}, c.contentRead)
	c.taken.Store(int64(s.messages))
	if err != nil && bad == nil {
		return c.chunkLost(err)
	}
	return ofMessage(bad, err)
}

// chunkLost ends a connection in the middle of a chunk.
func (c *conn) chunkLost(err error) reply {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		c.session.log.Info().Msg("time-out or stop while receiving a chunk")
		return replyClosing
	}
	c.session.log.Info().Err(err).Msg("connection lost while receiving a chunk")
	return reply{}
}

// ending is the last chunk of a message, with its line ends put right as those
// of the chunks before.
type ending struct {
	chunk *smtpwire.ChunkReader
	ends  *smtpwire.LineEnds
}

// WriteTo writes the rest of the message to w.
func (e ending) WriteTo(w io.Writer) (int64, error) {
	e.ends.W = w
	n, err := e.chunk.WriteTo(e.ends)
	if err != nil {
		return n, err
	}
	return n, e.ends.Finish()
}

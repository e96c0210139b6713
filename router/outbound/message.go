package outbound

import (
	"context"
	"io"
)

// Message is what one Send sends.
type Message struct {
	Sender     string // without angle brackets; "" is the null sender
	Recipients []Recipient
	EnvID      string // ENVID of the DSN request, decoded; "": none
	Return     string // "FULL", "HDRS", or "": not said
	Size       int64  // of the content, in octets; 0: not known
	EightBit   bool   // the content has octets above 127
	UTF8       bool   // the message needs SMTPUTF8 (RFC 6531)

	// Content opens the content: header, blank line, body. It is called once for
	// each transaction.
	Content func(ctx context.Context) (io.ReadCloser, error)
	// Downgrade writes 8-bit content from src to dst as 7-bit. Its own errors say
	// that the content cannot be converted. nil: 8-bit content fails where the
	// next hop cannot take it.
	Downgrade func(dst io.Writer, src io.Reader) error
}

// Recipient is one RCPT. An address that stands in a Message more than once is
// said once, with what the first says about reports; all have its Result.
type Recipient struct {
	Address string   // without angle brackets
	ORcpt   string   // "rfc822;address" or "utf-8;address", decoded; "": none
	Notify  []string // of NOTIFY: SUCCESS, FAILURE, DELAY, or NEVER alone
}

// Kind is what became of a recipient.
type Kind int

// The kinds. The zero value is the one that loses nothing.
const (
	Deferred  Kind = iota // not for now: try again later
	Done                  // the next hop has taken it
	Failed                // for good
	Cancelled             // the context was cancelled; not an attempt
)

// String names the kind, for tests and logs.
func (k Kind) String() string {
	switch k {
	case Done:
		return "done"
	case Failed:
		return "failed"
	case Cancelled:
		return "cancelled"
	}
	return "deferred"
}

// Result is what became of one recipient, or of a connection.
type Result struct {
	Kind   Kind
	Status string // enhanced status code (RFC 3463) for reports; "" if Done
	Remote string // the host that the cause comes from; "" if it is ours
	// Cause is the reason without the words about the transfer in front of it,
	// in one line of bounded length.
	Cause string
	// Reply is what the next hop said when it took the message, in one line of
	// bounded length; "" unless Done.
	Reply string
	// PeerDSN says that the next hop was told of the DSN request and answers for
	// it from here on (RFC 3461, 5.2.1). If it is false after Done, the sender is
	// owed a "relayed" report where he asked for one.
	PeerDSN bool
	// NextHost says that another host of the destination may be tried at once:
	// this one did not talk to us, broke off, or lacks what the message needs.
	NextHost bool
	// Unready says that the host did not begin a transaction: there was no session,
	// or it ended at MAIL. Only that speaks against the host; everything behind it
	// may be this message's or this recipient's doing.
	Unready bool
	// Unsent says that the turn of this recipient did not come: the session ended,
	// its time was over, or the next hop wanted no more after it had heard of
	// others. Another Send may have it at once if this one was of use to anybody.
	Unsent bool
	// Stale says that a session that had been used before was lost before it
	// took anything of this message: connect anew; it is not an attempt.
	Stale bool
	// Uncertain says that the connection was lost behind the end of data. The
	// next hop may have taken the message, and a second attempt may double it.
	Uncertain bool
}

// Reason gives the reason as Domino words it in logs and reports.
func (r Result) Reason() string {
	if r.Remote == "" || r.Cause == "" {
		return r.Cause
	}
	return "Error transferring to " + r.Remote + "; " + r.Cause
}

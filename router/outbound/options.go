package outbound

import (
	"context"
	"crypto/tls"
	"net"
	"time"
)

// Endpoint is whom to connect to.
type Endpoint struct {
	Network string // "tcp" or "unix"
	Address string // host:port, or the path of a socket
	Name    string // of the host, for reasons and TLS; "": the host of Address
	LMTP    bool   // LMTP (RFC 2033) instead of SMTP
}

// name is what reasons call the host.
func (e Endpoint) name() string {
	name := e.Name
	if name == "" {
		name = e.Address
	}
	if host, _, err := net.SplitHostPort(name); err == nil {
		return host
	}
	return name
}

// TLSMode says when a session is under TLS, after the Server document's "SMTP
// outbound" TCP/IP port status and TLS port status.
type TLSMode int

// The ways to use TLS.
const (
	NoTLS     TLSMode = iota // never, whatever is offered
	IfOffered                // STARTTLS if the next hop offers it, else in clear ("Negotiated TLS")
	Direct                   // from the first octet, as on port 465
)

// AuthMode is the field "Use authentication when sending messages to the relay
// host".
type AuthMode int

// The values of AuthMode.
const (
	AuthDisabled AuthMode = iota
	AuthEnabled           // try, and go on without if it cannot be done
	AuthRequired          // never without
)

// Auth is how to log in at the next hop, by AUTH PLAIN or else AUTH LOGIN. As
// in Domino the password also goes over a connection in clear, unless TLS is
// Direct.
type Auth struct {
	Mode           AuthMode
	User, Password string
}

// Limits bound what a next hop may cost. Fields that are 0 have the values of
// DefaultLimits.
type Limits struct {
	Dial    time.Duration // until the connection stands
	Reply   time.Duration // a whole reply to a command, however slowly it drips; also the TLS handshake
	Block   time.Duration // one write
	Final   time.Duration // the reply after the end of data; in LMTP, all of them
	Quit    time.Duration // the reply to QUIT, on which nothing depends
	Session time.Duration // Connect as a whole; Send as a whole, plus the time of the size at Rate
	Rate    int64         // octets in a second that a next hop must take
}

// DefaultLimits are the timeouts of RFC 5321, 4.5.3.2, where it has one: what a
// field of Limits that is 0 stands for.
func DefaultLimits() Limits {
	return Limits{
		Dial: 30 * time.Second, Reply: 5 * time.Minute, Block: 3 * time.Minute, Final: 10 * time.Minute,
		Quit: 5 * time.Second, Session: time.Hour, Rate: 4 << 10,
	}
}

func (l Limits) orDefault() Limits {
	d := DefaultLimits()
	for _, f := range []struct{ have, want *time.Duration }{
		{&l.Dial, &d.Dial}, {&l.Reply, &d.Reply}, {&l.Block, &d.Block},
		{&l.Final, &d.Final}, {&l.Quit, &d.Quit}, {&l.Session, &d.Session},
	} {
		if *f.have <= 0 {
			*f.have = *f.want
		}
	}
	if l.Rate <= 0 {
		l.Rate = d.Rate
	}
	return l
}

// transaction bounds one Send, so that no next hop keeps a thread for
// good.
func (l Limits) transaction(ctx context.Context, size int64) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, l.Session+time.Duration(max(size, 0)/l.Rate)*time.Second)
}

// Options are how to talk to a next hop.
type Options struct {
	// Dial opens the connection; nil is a net.Dialer's DialContext.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Hello is the argument of EHLO; "" is "localhost".
	Hello string

	TLS TLSMode
	// FallbackNonTLS opens a second connection, in clear, if TLS is IfOffered
	// and STARTTLS fails (RouterFallbackNonTLS=1).
	FallbackNonTLS bool
	// TLSConfig is cloned; nil takes any certificate, as Domino does. Without a
	// ServerName it gets the Endpoint's, without a MinVersion TLS 1.2.
	TLSConfig *tls.Config
	Auth      Auth

	// The outbound extensions of the Configuration Settings document: whether
	// each is used where the next hop offers it.
	Size, DSN, EightBit, Pipelining bool

	// Trace gets the lines of SMTPClientDebug=1, without the console's prefix;
	// nil is off. It is called by the goroutine that is in Connect, Send or
	// Close, and never gets a password or content.
	Trace  func(line string)
	Limits Limits
}

func (o Options) orDefault() Options {
	if o.Dial == nil {
		o.Dial = new(net.Dialer).DialContext
	}
	if o.Hello == "" {
		o.Hello = "localhost"
	}
	o.Limits = o.Limits.orDefault()
	return o
}

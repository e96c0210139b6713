package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// link is one connection to a server.
type link struct {
	raw    net.Conn
	guard  *guard
	conn   *ldap.Conn
	server int       // in Client.servers
	used   time.Time // when it was last put back
	fresh  bool      // it has not been used before
}

// close ends the connection, whatever is under way on it. The socket goes first:
// closing by the protocol alone could wait for a server that does not read.
func (l *link) close() {
	l.cut()
	l.conn.Close()
}

// cut closes the socket alone.
func (l *link) cut() { l.guard.hold(l.raw.Close) }

// recovered is what the library's last error begins with when one of its
// goroutines panicked.
const recovered = "ldap: recovered panic"

// within calls do, and cuts the connection if ctx ends meanwhile. A panic is an
// error, a fault, as is one of the library's own goroutines, which leave no stack.
func (l *link) within(ctx context.Context, do func() error) error {
	stop := context.AfterFunc(ctx, l.cut)
	err := caught(do)
	if !stop() && err != nil {
		err = errors.Join(context.Cause(ctx), err)
	}
	if last := l.conn.GetLastError(); err != nil && last != nil && strings.HasPrefix(last.Error(), recovered) {
		err = errors.Join(&fault{value: last}, err)
	}
	return err
}

// dial connects to a server, up to TLS. Nothing is said yet. A panic is an error.
func (c *Client) dial(ctx context.Context, at int) (l *link, err error) {
	err = caught(func() error {
		l, err = c.dialled(ctx, at)
		return err
	})
	return l, err
}

// dialled is dial, panics apart.
func (c *Client) dialled(ctx context.Context, at int) (_ *link, err error) {
	s := &c.servers[at]
	raw, err := c.cfg.Dial(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	plain := newGuard(raw, c.cfg.Timeout, c.report)
	done := false
	defer func() {
		if !done {
			err = errors.Join(err, plain.hold(raw.Close))
		}
	}()
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(c.cfg.Timeout)
	}
	if err := raw.SetDeadline(deadline); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { plain.hold(raw.Close) })
	defer stop()
	if c.cfg.StartTLS && !s.tls {
		if err := startTLS(plain); err != nil {
			return nil, fmt.Errorf("StartTLS: %w", err)
		}
	}
	g, secure := plain, s.tls || c.cfg.StartTLS
	if secure {
		config := &tls.Config{}
		if c.cfg.TLS != nil {
			config = c.cfg.TLS.Clone()
		}
		config.ServerName = s.host
		secured := tls.Client(raw, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, fmt.Errorf("TLS: %w", err)
		}
		g = newGuard(secured, c.cfg.Timeout, c.report)
	}
	if err := raw.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	conn := ldap.NewConn(g, secure)
	conn.Start()
	done = true
	return &link{raw: raw, guard: g, conn: conn, server: at, fresh: true}, nil
}

// startTLSName is the request of StartTLS (RFC 4511, 4.14.1).
const startTLSName = "1.3.6.1.4.1.1466.20037"

// startTLS asks a server to speak TLS. It reads the answer and not one octet
// more, so that nothing said in clear text can pass for what came under TLS.
func startTLS(g *guard) error {
	request := ber.NewSequence("")
	request.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
	extended := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "")
	extended.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, startTLSName, ""))
	request.AppendChild(extended)
	if _, err := g.Conn.Write(request.Bytes()); err != nil { // within the deadline of the connection
		return err
	}
	if err := g.next(); err != nil {
		return err
	}
	answer, err := ber.DecodePacketErr(g.message)
	if err != nil {
		return err
	}
	if len(answer.Children) < 2 || answer.Children[1].Tag != ldap.ApplicationExtendedResponse {
		return errMessage
	}
	return ldap.GetLDAPError(answer)
}

// connect opens a connection that questions can be asked on: it binds and, with
// the schema Auto, finds out what the server is.
func (c *Client) connect(ctx context.Context, at int) (*link, error) {
	l, err := c.dial(ctx, at)
	if err != nil {
		return nil, err
	}
	err = l.within(ctx, func() error {
		if c.cfg.BindDN != "" {
			if err := l.conn.Bind(c.cfg.BindDN, c.cfg.Password); err != nil {
				return fmt.Errorf("bind as %s: %w", c.cfg.BindDN, err)
			}
		}
		if c.attributes.Load() == nil {
			return c.recognize(ctx, l)
		}
		return nil
	})
	if err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// activeDirectory is the capability that an Active Directory names in its root
// entry (MS-ADTS, LDAP_CAP_ACTIVE_DIRECTORY_OID).
const activeDirectory = "1.2.840.113556.1.4.800"

// recognize takes the schema from the server's root entry (RFC 4512, 5.1).
func (c *Client) recognize(ctx context.Context, l *link) error {
	found, _, err := search(ctx, l, &ldap.SearchRequest{Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)",
		Attributes: []string{"supportedCapabilities"}, SizeLimit: 1})
	if err != nil {
		return fmt.Errorf("root entry: %w", err)
	}
	schema := Auto
	for _, e := range found {
		for _, a := range (values{e: e}).all([]string{"supportedCapabilities"}) {
			if a == activeDirectory {
				schema = AD
			}
		}
	}
	c.setSchema(schema)
	return nil
}

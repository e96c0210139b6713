package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// link is one connection to a server.
type link struct {
	raw    net.Conn
	conn   *ldap.Conn
	server int       // in Client.servers
	used   time.Time // when it was last put back
	fresh  bool      // it has not been used before
}

// close ends the connection, whatever is under way on it. The socket goes first:
// closing by the protocol alone could wait for a server that does not read.
func (l *link) close() {
	l.raw.Close()
	l.conn.Close()
}

// within calls do, and cuts the connection if ctx ends meanwhile.
func (l *link) within(ctx context.Context, do func() error) error {
	stop := context.AfterFunc(ctx, func() { l.raw.Close() })
	err := do()
	if !stop() && err != nil {
		return errors.Join(context.Cause(ctx), err)
	}
	return err
}

// dial connects to a server, up to TLS. Nothing is said yet.
func (c *Client) dial(ctx context.Context, at int) (*link, error) {
	s := &c.servers[at]
	raw, err := c.cfg.Dial(ctx, "tcp", s.address)
	if err != nil {
		return nil, err
	}
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(c.cfg.Timeout)
	}
	if err := raw.SetDeadline(deadline); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	carrier := raw
	if c.cfg.StartTLS && !s.tls {
		if err := startTLS(raw, c.cfg.Timeout); err != nil {
			return nil, errors.Join(err, raw.Close())
		}
	}
	if s.tls || c.cfg.StartTLS {
		config := &tls.Config{}
		if c.cfg.TLS != nil {
			config = c.cfg.TLS.Clone()
		}
		config.ServerName = s.host
		secured := tls.Client(raw, config)
		if err := secured.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("TLS: %w", err), raw.Close())
		}
		carrier = secured
	}
	if err := raw.SetDeadline(time.Time{}); err != nil {
		return nil, errors.Join(err, raw.Close())
	}
	conn := ldap.NewConn(&guard{Conn: carrier, patience: c.cfg.Timeout}, carrier != raw)
	conn.Start()
	return &link{raw: raw, conn: conn, server: at, fresh: true}, nil
}

// startTLSName is the request of StartTLS (RFC 4511, 4.14.1).
const startTLSName = "1.3.6.1.4.1.1466.20037"

// startTLS asks a server to speak TLS. It reads the answer and not one octet
// more, so that nothing said in clear text can pass for what came under TLS.
func startTLS(raw net.Conn, patience time.Duration) error {
	request := ber.NewSequence("")
	request.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, 1, ""))
	extended := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldap.ApplicationExtendedRequest, nil, "")
	extended.AppendChild(ber.NewString(ber.ClassContext, ber.TypePrimitive, 0, startTLSName, ""))
	request.AppendChild(extended)
	if _, err := raw.Write(request.Bytes()); err != nil {
		return fmt.Errorf("StartTLS: %w", err)
	}
	g := &guard{Conn: raw, patience: patience}
	if err := g.next(); err != nil {
		return fmt.Errorf("StartTLS: %w", err)
	}
	answer, err := ber.DecodePacketErr(g.message)
	if err != nil {
		return fmt.Errorf("StartTLS: %w", err)
	}
	if len(answer.Children) < 2 || answer.Children[1].Tag != ldap.ApplicationExtendedResponse {
		return fmt.Errorf("StartTLS: %w", errMessage)
	}
	if err := ldap.GetLDAPError(answer); err != nil {
		return fmt.Errorf("StartTLS: %w", err)
	}
	return nil
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

// search asks one question on a connection. cut says that there are more than
// the size limit lets through, which holds here whether the server keeps it or
// not. Referrals are not followed.
func search(ctx context.Context, l *link, request *ldap.SearchRequest) (found []*ldap.Entry, cut bool, err error) {
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	var octets int
	results := l.conn.SearchAsync(inner, request, 16)
	for results.Next() {
		e := results.Entry()
		if e == nil {
			continue
		}
		if request.SizeLimit > 0 && len(found) == request.SizeLimit || octets > maxPacket {
			// What is still to come would have to be read; the connection goes.
			return found, true, errExcess
		}
		for _, a := range e.Attributes {
			for _, v := range a.Values {
				octets += len(v)
			}
		}
		found = append(found, e)
	}
	switch err := results.Err(); {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded):
		return found, true, nil
	case err != nil:
		return nil, false, err
	case ctx.Err() != nil:
		return nil, false, context.Cause(ctx)
	case l.conn.IsClosing():
		return nil, false, errClosed
	case l.conn.GetLastError() != nil: // a message of no request, one that could not be decoded
		return nil, false, fmt.Errorf("%w: %w", errMessage, l.conn.GetLastError())
	}
	return found, false, nil
}

var (
	errExcess = errors.New("more than is taken of a server")
	errClosed = errors.New("the server closed the connection")
)

// Package ldaptest is a small LDAP server for tests: it answers simple binds and
// searches from entries in memory, and misbehaves on demand. It knows equality,
// presence, and, or and not of filters, compares without regard to case, and has
// no access control. It is no server for anything else.
package ldaptest

import (
	"bufio"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/go-ldap/ldap/v3"
)

// Answer says how to answer a request in place of the usual way.
type Answer struct {
	Raw   []byte  // sent as it is, in place of an answer
	Hang  bool    // no answer, the connection stays
	Close bool    // the connection ends, after Raw if there is some
	Code  uint16  // result code of what is else the usual answer; with a search no entries
	More  []Entry // entries beside those found, whatever the request says
}

// Request is what a client asks.
type Request struct {
	ID     int64
	IsBind bool
	Bind   string // name, of a bind
	Base   string // of a search
	Filter string
}

// Server is the server. Its fields are set before Start.
type Server struct {
	Entries []Entry
	TLS     *tls.Config // for StartTLS, or with Secure from the start
	Secure  bool
	// Bind is the account that may search, with Password; "" is everybody.
	Bind, Password string
	// Handle, if not nil, may give another answer than the usual one, which the
	// zero Answer is.
	Handle func(Request) Answer

	mu       sync.Mutex
	requests []Request
	conns    map[net.Conn]struct{}
	listener net.Listener
	stopped  bool
	running  sync.WaitGroup
}

// Start listens on address, or on a free port of 127.0.0.1 if it is "".
func (s *Server) Start(address string) error {
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.listener, s.conns, s.stopped = l, map[net.Conn]struct{}{}, false
	s.mu.Unlock()
	s.running.Go(func() { s.accept(l) })
	return nil
}

func (s *Server) accept(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		if !s.take(conn) {
			conn.Close()
			return
		}
		s.running.Go(func() {
			defer s.drop(conn)
			said := net.Conn(conn)
			if s.Secure {
				said = tls.Server(conn, s.TLS)
			}
			(&session{s: s, conn: said, r: bufio.NewReader(said)}).run()
		})
	}
}

// take notes a connection for Stop, and reports whether it is not too late.
func (s *Server) take(conn net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.stopped {
		s.conns[conn] = struct{}{}
	}
	return !s.stopped
}

func (s *Server) drop(conn net.Conn) {
	conn.Close()
	s.mu.Lock()
	delete(s.conns, conn)
	s.mu.Unlock()
}

// Address gives host:port.
func (s *Server) Address() string { return s.listener.Addr().String() }

// Stop ends the server and all connections.
func (s *Server) Stop() {
	s.mu.Lock()
	s.stopped = true
	s.listener.Close()
	for c := range s.conns {
		c.Close()
	}
	s.mu.Unlock()
	s.running.Wait()
}

// Requests gives what was asked so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// session is one connection.
type session struct {
	s     *Server
	conn  net.Conn
	r     *bufio.Reader
	bound bool
}

func (c *session) run() {
	for {
		p, err := ber.ReadPacket(c.r)
		if err != nil || len(p.Children) < 2 {
			return
		}
		id, _ := p.Children[0].Value.(int64)
		if err := c.answer(id, p.Children[1]); err != nil {
			return
		}
	}
}

var errEnd = errors.New("end of the connection")

func (c *session) answer(id int64, op *ber.Packet) error {
	req := Request{ID: id}
	var password string
	switch op.Tag {
	case ldap.ApplicationBindRequest:
		req.IsBind, req.Bind, password = true, text(op.Children[1]), op.Children[2].Data.String()
	case ldap.ApplicationSearchRequest:
		filter, err := ldap.DecompileFilter(op.Children[6])
		if err != nil {
			return err
		}
		req.Base, req.Filter = text(op.Children[0]), filter
	case ldap.ApplicationExtendedRequest:
		return c.extended(id)
	default:
		return errEnd
	}
	c.s.mu.Lock()
	c.s.requests = append(c.s.requests, req)
	c.s.mu.Unlock()
	var how Answer
	if c.s.Handle != nil {
		how = c.s.Handle(req)
	}
	if how.Raw != nil {
		if _, err := c.conn.Write(how.Raw); err != nil {
			return err
		}
	}
	switch {
	case how.Close:
		return errEnd
	case how.Hang || how.Raw != nil:
		return nil
	case req.IsBind:
		return c.bind(id, req.Bind, password, how)
	}
	return c.search(id, op, how)
}

// extended knows StartTLS only.
func (c *session) extended(id int64) error {
	if c.s.TLS == nil || c.s.Secure {
		return c.send(Result(id, ldap.ApplicationExtendedResponse, ldap.LDAPResultProtocolError))
	}
	if err := c.send(Result(id, ldap.ApplicationExtendedResponse, 0)); err != nil {
		return err
	}
	c.conn = tls.Server(c.conn, c.s.TLS)
	c.r = bufio.NewReader(c.conn)
	return nil
}

// bind lets in the account that asks, nobody with an empty password, and entries
// by their attribute userpassword.
func (c *session) bind(id int64, dn, password string, how Answer) error {
	code := uint16(ldap.LDAPResultInvalidCredentials)
	c.bound = false
	switch {
	case how.Code != 0:
		code = how.Code
	case password == "":
		code = 0
	case c.s.Bind != "" && strings.EqualFold(dn, c.s.Bind) && password == c.s.Password:
		code, c.bound = 0, true
	default:
		for _, e := range c.s.Entries {
			for _, p := range e.Attributes["userpassword"] {
				if strings.EqualFold(e.DN, dn) && p == password {
					code = 0
				}
			}
		}
	}
	return c.send(Result(id, ldap.ApplicationBindResponse, code))
}

func (c *session) search(id int64, op *ber.Packet, how Answer) error {
	base := text(op.Children[0])
	scope, _ := op.Children[1].Value.(int64)
	limit, _ := op.Children[3].Value.(int64)
	code := how.Code
	if c.s.Bind != "" && !c.bound {
		code = ldap.LDAPResultInsufficientAccessRights
	}
	var found []Entry
	if code == 0 {
		found = c.s.below(base, scope, op.Children[6])
	}
	if limit > 0 && int64(len(found)) > limit {
		found, code = found[:limit], ldap.LDAPResultSizeLimitExceeded
	}
	for _, e := range append(found, how.More...) {
		if err := c.send(Found(id, e)); err != nil {
			return err
		}
	}
	return c.send(Result(id, ldap.ApplicationSearchResultDone, code))
}

// below gives the entries that a search finds; the root entry is always there.
func (s *Server) below(base string, scope int64, filter *ber.Packet) []Entry {
	if base == "" {
		return []Entry{{Attributes: map[string][]string{"objectclass": {"top"}}}}
	}
	var found []Entry
	for _, e := range s.Entries {
		in := strings.EqualFold(e.DN, base) ||
			scope != ldap.ScopeBaseObject && strings.HasSuffix(strings.ToLower(e.DN), ","+strings.ToLower(base))
		if in && matches(e, filter) {
			found = append(found, e)
		}
	}
	return found
}

// matches decides on a filter.
func matches(e Entry, f *ber.Packet) bool {
	switch f.Tag {
	case ldap.FilterAnd:
		for _, x := range f.Children {
			if !matches(e, x) {
				return false
			}
		}
		return true
	case ldap.FilterOr:
		for _, x := range f.Children {
			if matches(e, x) {
				return true
			}
		}
		return false
	case ldap.FilterNot:
		return !matches(e, f.Children[0])
	case ldap.FilterPresent:
		name := strings.ToLower(f.Data.String())
		return name == "objectclass" || len(e.Attributes[name]) > 0
	case ldap.FilterEqualityMatch:
		for _, v := range e.Attributes[strings.ToLower(text(f.Children[0]))] {
			if strings.EqualFold(v, text(f.Children[1])) {
				return true
			}
		}
	}
	return false
}

func text(p *ber.Packet) string {
	if s, ok := p.Value.(string); ok {
		return s
	}
	return p.Data.String()
}

func (c *session) send(b []byte) error {
	_, err := c.conn.Write(b)
	return err
}

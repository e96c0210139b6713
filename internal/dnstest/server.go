// Package dnstest is a small authoritative DNS server for tests, over UDP and
// TCP on a port of its own. It answers for every name from one text, counts
// what it is asked, and fails on request. It is no part of a running Domigo
// server; how the names are used is the resolver's business.
//
// The text is ordinary zone-file lines (RFC 1035, 5) with the root as origin
// and 300 s as default TTL, so names may stand without the dot at the end.
// Leading blanks do not matter. A name without a record does not exist; its
// negative TTL is that of the nearest SOA record, else 60 s. Three more kinds
// of line, where name may be an IP address instead of its reverse name:
//
//	SERVFAIL name           answer every question for name with SERVFAIL
//	TIMEOUT name            never answer a question for name
//	REVERSE address name    the PTR record of address
package dnstest

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/miekg/dns"
)

// Server answers questions until it is closed. It is safe for concurrent use.
type Server struct {
	// Addr is the address it listens on, "host:port", UDP and TCP alike.
	Addr string

	zone atomic.Pointer[zone]
	udp  *dns.Server
	tcp  *dns.Server
	done sync.WaitGroup
	stop func() bool
	once sync.Once

	mu     sync.Mutex
	counts map[question]int
	total  int
	byTCP  int
}

type question struct {
	name string
	typ  uint16
}

// bindTries is how often a free TCP port may turn out to be taken for UDP.
const bindTries = 20

// Listen starts a server on addr, "host:port"; with port 0 a free one is
// chosen. It serves until ctx ends or Close is called; the caller calls Close
// in either case to wait for its end.
func Listen(ctx context.Context, addr, zone string) (*Server, error) {
	z, err := parseZone(zone)
	if err != nil {
		return nil, err
	}
	l, pc, err := bind(ctx, addr)
	if err != nil {
		return nil, fmt.Errorf("listen for DNS on %s: %w", addr, err)
	}
	s := &Server{Addr: l.Addr().String(), counts: map[question]int{}}
	s.zone.Store(z)
	s.udp = &dns.Server{PacketConn: pc, Handler: dns.HandlerFunc(s.handleUDP)}
	s.tcp = &dns.Server{Listener: l, Handler: dns.HandlerFunc(s.handleTCP)}
	var started sync.WaitGroup
	for _, srv := range []*dns.Server{s.udp, s.tcp} {
		started.Add(1)
		srv.NotifyStartedFunc = started.Done
		s.done.Go(func() {
			// It ends with Close alone; a socket that breaks before shows as
			// questions without answers.
			_ = srv.ActivateAndServe()
		})
	}
	started.Wait()
	s.stop = context.AfterFunc(ctx, s.shutdown)
	return s, nil
}

// bind takes the same port for TCP and UDP.
func bind(ctx context.Context, addr string) (net.Listener, net.PacketConn, error) {
	var lc net.ListenConfig
	for try := 1; ; try++ {
		l, err := lc.Listen(ctx, "tcp", addr)
		if err != nil {
			return nil, nil, err
		}
		pc, err := lc.ListenPacket(ctx, "udp", l.Addr().String())
		if err == nil {
			return l, pc, nil
		}
		l.Close()
		if _, port, _ := net.SplitHostPort(addr); port != "0" || try == bindTries {
			return nil, nil, err
		}
	}
}

// Close stops the server and waits until it has stopped. It may be called more
// than once.
func (s *Server) Close() {
	s.stop()
	s.shutdown()
	s.done.Wait()
}

func (s *Server) shutdown() {
	s.once.Do(func() {
		// Shutdown fails only for a server that does not run any more.
		_ = s.udp.Shutdown()
		_ = s.tcp.Shutdown()
	})
}

// Set replaces the zone; on an error the old one stays.
func (s *Server) Set(zone string) error {
	z, err := parseZone(zone)
	if err != nil {
		return err
	}
	s.zone.Store(z)
	return nil
}

// Count gives how often name was asked for records of a type, such as "MX",
// over UDP and TCP together, unanswered questions included.
func (s *Server) Count(name, typ string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[question{dns.CanonicalName(name), dns.StringToType[strings.ToUpper(typ)]}]
}

// Queries gives the number of all questions, and of those over TCP.
func (s *Server) Queries() (all, tcp int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.total, s.byTCP
}

func (s *Server) handleUDP(w dns.ResponseWriter, req *dns.Msg) { s.handle(w, req, false) }
func (s *Server) handleTCP(w dns.ResponseWriter, req *dns.Msg) { s.handle(w, req, true) }

func (s *Server) handle(w dns.ResponseWriter, req *dns.Msg, tcp bool) {
	// The library passes on requests with exactly one question.
	q := req.Question[0]
	name := dns.CanonicalName(q.Name)
	s.count(question{name, q.Qtype}, tcp)
	z := s.zone.Load()
	m := new(dns.Msg).SetReply(req)
	m.Authoritative = true
	switch z.faults[name] {
	case timeout:
		return
	case servfail:
		m.Rcode = dns.RcodeServerFailure
	default:
		m.Rcode, m.Answer, m.Ns = z.answer(q.Name, q.Qtype)
	}
	size := dns.MaxMsgSize
	if !tcp {
		size = dns.MinMsgSize
		if opt := req.IsEdns0(); opt != nil {
			size = int(opt.UDPSize())
		}
	}
	m.Truncate(size)
	// A client that has gone needs no answer.
	_ = w.WriteMsg(m)
}

func (s *Server) count(q question, tcp bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[q]++
	s.total++
	if tcp {
		s.byTCP++
	}
}

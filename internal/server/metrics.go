package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"

	"domigo/internal/metrics"
	"domigo/settings"
)

// scrapes is the address that the statistics are read at, Domigo_Metrics. It is
// bound when the server starts, and again when it restarts with another one.
type scrapes struct {
	mu     sync.Mutex
	l      net.Listener // nil: none
	addr   netip.AddrPort
	cancel context.CancelFunc // set once it is served
	served sync.WaitGroup
}

// newMetrics makes what the parts of the server tell their measurements to,
// whether somebody reads them or not.
func (s *Server) newMetrics() *metrics.Metrics {
	return metrics.New(metrics.Options{
		Version: s.opt.Version, Log: s.log,
		Statistics: func(ctx context.Context) ([]metrics.Statistic, error) {
			list, _, err := s.statistics(ctx)
			out := make([]metrics.Statistic, len(list))
			for i, st := range list {
				out[i] = metrics.Statistic{Name: st.name, Value: st.value}
			}
			return out, err
		},
		State: s.metricsState,
	})
}

// metricsState gives what a scrape sees beside the statistics.
func (s *Server) metricsState(ctx context.Context) (metrics.State, error) {
	snap, smtp := s.view(settings.SMTPTask), s.smtp.Load()
	state := metrics.State{
		Server: displayName(snap), Product: snap.Identity.Product,
		Tasks: map[string]bool{taskSMTP: smtp != nil && !s.deaf.Load(), taskRouter: s.router.Load() != nil},
	}
	if smtp != nil {
		state.Certificates = smtp.certs.expiries()
	}
	n, err := s.store.Counts(ctx)
	if err != nil {
		return state, fmt.Errorf("mail.box: %w", err)
	}
	state.Work = map[string]int{"ready": n.Pending - n.Deferred, "deferred": n.Deferred, "held": n.Held, "dead": n.Dead}
	return state, nil
}

// expiries tells until when the certificates hold. A nil receiver has none.
func (c *certificates) expiries() []metrics.Certificate {
	config := c.current()
	if config == nil {
		return nil
	}
	var out []metrics.Certificate
	for _, pair := range config.Certificates {
		if leaf := pair.Leaf; leaf != nil {
			names := append(leaf.DNSNames, leaf.Subject.CommonName)
			out = append(out, metrics.Certificate{Name: cmp.Or(names...), Expires: leaf.NotAfter})
		}
	}
	return out
}

// bindMetrics binds the address that a view of the settings names, and gives up
// the one before. If it cannot be had, that one stays.
func (s *Server) bindMetrics(ctx context.Context, snap *settings.Snapshot) error {
	addr, err := snap.Own.MetricsAddress()
	if err != nil {
		return err
	}
	p := &s.scrapes
	p.mu.Lock()
	defer p.mu.Unlock()
	if addr == p.addr {
		return nil
	}
	old := p.addr
	inTheWay := overlap(addr, old)
	if inTheWay {
		if err := p.stop(); err != nil {
			return err
		}
	}
	l, err := listenMetrics(ctx, addr)
	if err != nil {
		if inTheWay {
			var back error
			if p.l, back = listenMetrics(ctx, old); back == nil {
				p.addr = old
			}
			err = errors.Join(err, back)
		}
		return err
	}
	err = p.stop()
	p.l, p.addr = l, addr
	return err
}

// overlap reports whether one address cannot be bound while the other is: they
// have a port in common, and one of them is all addresses.
func overlap(a, b netip.AddrPort) bool {
	return a.IsValid() && b.IsValid() && a.Port() == b.Port() && (a.Addr().IsUnspecified() || b.Addr().IsUnspecified())
}

// listenMetrics binds an address; nil without one.
func listenMetrics(ctx context.Context, addr netip.AddrPort) (net.Listener, error) {
	if !addr.IsValid() {
		return nil, nil
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr.String())
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("Domigo_Metrics: port %s is taken by another process: %w", addr, err)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("Domigo_Metrics: port %s may not be bound: %w", addr, err)
	case err != nil:
		return nil, fmt.Errorf("Domigo_Metrics: %w", err)
	}
	return l, nil
}

// renewMetrics moves to another address if a new view names one, which takes
// effect at server start.
func (s *Server) renewMetrics(ctx context.Context) error {
	err := s.bindMetrics(ctx, s.view(settings.SMTPTask))
	if err != nil {
		s.line("Metrics: " + err.Error())
	}
	s.serveMetrics(s.base)
	return err
}

// serveMetrics answers scrapes at the bound address, if there is one and nobody
// does yet, until stopMetrics.
func (s *Server) serveMetrics(ctx context.Context) {
	p := &s.scrapes
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.l == nil || p.cancel != nil {
		return
	}
	ctx, p.cancel = context.WithCancel(context.WithoutCancel(ctx))
	l := p.l
	s.begin(&p.served, func() {
		if err := s.metrics.Serve(ctx, l); err != nil {
			s.line("Metrics: Listener failure: " + err.Error())
		}
	})
	s.line("Metrics: Listening on " + p.addr.String())
}

// stopMetrics ends scrapes under way and gives up the address. A second call
// does nothing.
func (s *Server) stopMetrics() error {
	s.scrapes.mu.Lock()
	defer s.scrapes.mu.Unlock()
	return s.scrapes.stop()
}

// stop does so. The caller holds p.mu.
func (p *scrapes) stop() error {
	var err error
	switch {
	case p.cancel != nil: // who serves closes
		p.cancel()
		p.served.Wait()
	case p.l != nil:
		err = p.l.Close()
	}
	p.l, p.cancel, p.addr = nil, nil, netip.AddrPort{}
	return err
}

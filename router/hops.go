package router

import (
	"context"
	"errors"
	"net/netip"

	"domigo/resolver"
	"domigo/router/route"
	"domigo/settings"
)

// hops asks NextHops and fetches what it needs.
func (r *Router) hops(ctx context.Context, s *settings.Snapshot, key string) route.Hops {
	h := route.NextHops(s, key, route.Facts{}, nil)
	if !h.NeedMX {
		return h
	}
	f := r.facts(ctx, h.Domain)
	r.c.Shuffle(len(f.MX), func(i, j int) { f.MX[i], f.MX[j] = f.MX[j], f.MX[i] })
	return route.NextHops(s, key, f, nil)
}

func (r *Router) facts(ctx context.Context, domain string) route.Facts {
	r.stats.waitingDNS.Add(1)
	defer r.stats.waitingDNS.Add(-1)
	return Facts(ctx, r.c.Resolver, domain)
}

// Facts looks up what NextHops needs to know of a domain.
func Facts(ctx context.Context, dns Resolver, domain string) route.Facts {
	found, err := dns.MX(ctx, domain)
	f := route.Facts{MXState: stateOf(err), MX: make([]route.MX, len(found))}
	if f.MXState == route.TempError {
		f.Err = err
	}
	for i, m := range found {
		f.MX[i] = route.MX{Host: m.Host, Preference: m.Pref}
	}
	return f
}

// stateOf reads the resolver's error.
func stateOf(err error) route.FactState {
	switch {
	case err == nil:
		return route.Found
	case errors.Is(err, resolver.ErrNXDomain):
		return route.NXDomain
	case errors.Is(err, resolver.ErrNotFound):
		return route.NotFound
	}
	return route.TempError
}

// errNoAddress: the host has no address, for good.
var errNoAddress = errors.New("host has no address")

// addresses looks up a host by the field "Host name lookup". The error is
// errNoAddress, or a temporary one of the resolver.
func (r *Router) addresses(ctx context.Context, s *settings.Snapshot, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	var temporary error
	if s.Router.HostLookup != settings.LocalOnly {
		r.stats.waitingDNS.Add(1)
		list, err := r.c.Resolver.Addrs(ctx, host)
		r.stats.waitingDNS.Add(-1)
		if len(list) > 0 {
			return list, nil
		}
		if err != nil && stateOf(err) == route.TempError {
			temporary = err
		}
	}
	if s.Router.HostLookup != settings.DynamicOnly && r.c.Hosts != nil {
		if list := r.c.Hosts.Addrs(host); len(list) > 0 {
			return list, nil
		}
	}
	if temporary != nil {
		return nil, temporary
	}
	return nil, errNoAddress
}

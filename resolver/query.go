package resolver

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// lookup gives the records of a name and type, from the cache or from the
// servers, along CNAME records. The records are shared and must not be changed.
func (r *Resolver) lookup(ctx context.Context, name string, typ uint16) ([]dns.RR, error) {
	fail := func(cause error) ([]dns.RR, error) {
		return nil, &Error{Name: strings.TrimSuffix(name, "."), Type: dns.TypeToString[typ], Err: cause}
	}
	if !validName(name) {
		return fail(ErrNXDomain)
	}
	key := key{dns.CanonicalName(name), typ}
	ans, ok := r.cache.get(key)
	if !ok {
		var err error
		if ans, err = r.resolve(ctx, key); err != nil {
			return fail(err)
		}
		r.cache.put(key, ans)
	}
	switch {
	case ans.nxdomain:
		return fail(ErrNXDomain)
	case len(ans.records) == 0:
		return fail(ErrNotFound)
	}
	return ans.records, nil
}

// validName refuses what cannot be asked for: a backslash would be an escape
// of the zone file format and turn into another name.
func validName(name string) bool {
	if name == "" || strings.Contains(name, `\`) {
		return false
	}
	_, ok := dns.IsDomainName(name)
	return ok
}

// answer is what the servers say about a key, and for how long.
type answer struct {
	records  []dns.RR // of the type asked for, at the end of the CNAME chain
	nxdomain bool
	ttl      time.Duration // 0: not to be kept
}

// resolve asks the servers, and asks again for the end of a CNAME chain that an
// answer leaves open.
func (r *Resolver) resolve(ctx context.Context, k key) (answer, error) {
	ttl := maxTTL
	links := 0
	for {
		m, err := r.ask(ctx, k)
		if err != nil {
			return answer{}, err
		}
		end, followed, least, err := follow(m.Answer, k.name)
		if err != nil {
			return answer{}, err
		}
		if links += followed; links > maxChain {
			return answer{}, ErrChain
		}
		ttl = min(ttl, least)
		ans := answer{nxdomain: m.Rcode == dns.RcodeNameError}
		for _, rr := range m.Answer {
			h := rr.Header()
			if h.Rrtype == k.typ && h.Class == dns.ClassINET && dns.CanonicalName(h.Name) == end && len(ans.records) < maxRecords {
				ans.records = append(ans.records, rr)
				ttl = min(ttl, seconds(h.Ttl))
			}
		}
		switch {
		case len(ans.records) > 0:
			ans.nxdomain, ans.ttl = false, ttl
			return ans, nil
		case followed == 0 || ans.nxdomain || negative(m) > 0:
			ans.ttl = min(ttl, negative(m))
			return ans, nil
		}
		k.name = end
	}
}

// follow goes along the CNAME records of an answer from name to where they
// end, and gives their number and their least TTL.
func follow(rrs []dns.RR, name string) (end string, n int, ttl time.Duration, err error) {
	ttl = maxTTL
	for {
		var next *dns.CNAME
		for _, rr := range rrs {
			if c, ok := rr.(*dns.CNAME); ok && c.Hdr.Class == dns.ClassINET && dns.CanonicalName(c.Hdr.Name) == name {
				next = c
				break
			}
		}
		if next == nil {
			return name, n, ttl, nil
		}
		if n++; n > maxChain {
			return "", 0, 0, ErrChain
		}
		name = dns.CanonicalName(next.Target)
		ttl = min(ttl, seconds(next.Hdr.Ttl))
	}
}

// negative gives how long an absence may be kept (RFC 2308, 5); 0 without an
// SOA record.
func negative(m *dns.Msg) time.Duration {
	for _, rr := range m.Ns {
		if soa, ok := rr.(*dns.SOA); ok {
			return min(seconds(min(soa.Hdr.Ttl, soa.Minttl)), maxNegativeTTL)
		}
	}
	return 0
}

// seconds turns a TTL into a duration; with its highest bit set it counts as 0
// (RFC 2181, 8).
func seconds(ttl uint32) time.Duration {
	if ttl > 1<<31-1 {
		return 0
	}
	return time.Duration(ttl) * time.Second
}

// ask puts one question to the servers in turn until one gives an answer: the
// name and its records, or that there are none.
func (r *Resolver) ask(ctx context.Context, k key) (*dns.Msg, error) {
	if err := ctx.Err(); err != nil {
		return nil, err // no server's doing
	}
	var errs failures
	servers := r.order()
	for range rounds {
		for _, server := range servers {
			m, err := r.try(ctx, server, k)
			if err == nil {
				r.answered()
				r.compare(server, errs)
				return m, nil
			}
			if len(errs) < len(servers) {
				errs = append(errs, tried{server, err})
			}
			if ctx.Err() != nil {
				// Who gives up says nothing of the servers.
				if errors.Is(ctx.Err(), context.DeadlineExceeded) && (r.compare("", errs) || len(errs) == len(servers)) {
					r.unanswered(errs)
				}
				return nil, fmt.Errorf("%w: %w", ctx.Err(), errs)
			}
		}
	}
	r.unanswered(errs)
	return nil, errs
}

// try asks one server once, over TCP if the answer does not fit into a UDP
// packet.
func (r *Resolver) try(ctx context.Context, server string, k key) (*dns.Msg, error) {
	for _, network := range []string{"udp", "tcp"} {
		q := new(dns.Msg).SetQuestion(k.name, k.typ)
		tryCtx, cancel := context.WithTimeout(ctx, r.timeout)
		m, err := r.exchange(tryCtx, network, server, q)
		late := tryCtx.Err() != nil && ctx.Err() == nil
		cancel()
		switch {
		case err != nil && network == "tcp":
			return nil, fmt.Errorf("%w: answer over UDP truncated, over TCP: %w", ErrServer, err)
		case err != nil && late:
			return nil, tooLate{r.timeout, err}
		case err != nil:
			return nil, err
		case !answers(m, q):
			return nil, fmt.Errorf("%w: answer to another question", ErrServer)
		case m.Truncated && network == "udp":
			continue
		case m.Truncated:
			return nil, fmt.Errorf("%w: truncated over TCP", ErrServer)
		case m.Rcode != dns.RcodeSuccess && m.Rcode != dns.RcodeNameError:
			return nil, fmt.Errorf("%w: %s", ErrServer, rcodeText(m.Rcode))
		case lame(m):
			return nil, fmt.Errorf("%w: no answer, only a referral", ErrServer)
		}
		return m, nil
	}
	return nil, ErrServer
}

// answers reports whether m is the answer to q: same id, same question.
func answers(m, q *dns.Msg) bool {
	return m.Id == q.Id && m.Response && m.Opcode == dns.OpcodeQuery && len(m.Question) == 1 &&
		m.Question[0].Qtype == q.Question[0].Qtype && m.Question[0].Qclass == q.Question[0].Qclass &&
		strings.EqualFold(m.Question[0].Name, q.Question[0].Name)
}

// lame tells a server that neither knows nor looks for the answer from one that
// says there is none.
func lame(m *dns.Msg) bool {
	return m.Rcode == dns.RcodeSuccess && len(m.Answer) == 0 && !m.Authoritative && !m.RecursionAvailable && negative(m) == 0
}

func rcodeText(rcode int) string {
	if s := dns.RcodeToString[rcode]; s != "" {
		return s
	}
	return fmt.Sprintf("rcode %d", rcode)
}

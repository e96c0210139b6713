package smtpd

import (
	"net/netip"
	"sync"
	"time"
)

const (
	// maxAddresses bounds the table of limits. Past it addresses without a
	// session are forgotten, so that a flood from many addresses costs no memory.
	maxAddresses = 1 << 16
	// maxLooks is how many rows are looked at for one to forget.
	maxLooks = 16
	// limitWindow is the time of Domigo_MaxConnectionsPerMinute.
	limitWindow = time.Minute
)

// limits counts sessions and connections by client address. The zero value is
// ready.
type limits struct {
	mu   sync.Mutex
	rows map[netip.Addr]*limitRow
}

// limitRow is what one address does. A window begins with a connection and
// lasts a minute.
type limitRow struct {
	sessions int
	since    time.Time
	begun    int
	again    int // of these, whose next session counts as one connection with the last
}

// limitKey is what counts as one client: an IPv4 address, or an IPv6 network of
// 64 bits, which is what one customer has.
func limitKey(ip netip.Addr) netip.Addr {
	ip = ip.Unmap()
	if ip.Is4() {
		return ip
	}
	net, err := ip.WithZone("").Prefix(64)
	if err != nil {
		return ip
	}
	return net.Addr()
}

// enter counts a connection in, unless its address has that many sessions or
// began that many connections within the minute; 0 is no limit. What came
// while both were 0 is not counted. leave ends a session that was counted.
func (l *limits) enter(ip netip.Addr, sessions, perMinute int, now time.Time) (leave func(), ok bool) {
	if sessions <= 0 && perMinute <= 0 {
		return func() {}, true
	}
	key := limitKey(ip)
	l.mu.Lock()
	defer l.mu.Unlock()
	row := l.row(key, now)
	if row == nil {
		return func() {}, true
	}
	if row.expired(now) {
		row.since, row.begun, row.again = now, 0, 0
	}
	if sessions > 0 && row.sessions >= sessions || perMinute > 0 && row.begun >= perMinute {
		return nil, false
	}
	row.sessions++
	row.begun++
	return func() { l.leave(key) }, true
}

func (r *limitRow) expired(now time.Time) bool { return now.Sub(r.since) >= limitWindow }

// row finds or makes the row of an address. It gives nil when the table is full
// of addresses with sessions, which SMTPMaxSessions bounds.
func (l *limits) row(key netip.Addr, now time.Time) *limitRow {
	if r := l.rows[key]; r != nil {
		return r
	}
	l.forget(now)
	if len(l.rows) >= maxAddresses {
		return nil
	}
	if l.rows == nil {
		l.rows = map[netip.Addr]*limitRow{}
	}
	r := &limitRow{since: now}
	l.rows[key] = r
	return r
}

// forget takes rows out that say nothing any more, a few for each new one, and
// when the table is full one that does.
func (l *limits) forget(now time.Time) {
	looks := 0
	for key, r := range l.rows {
		if r.sessions == 0 && (r.expired(now) || len(l.rows) >= maxAddresses) {
			delete(l.rows, key)
		}
		if looks++; looks == maxLooks {
			return
		}
	}
}

// handOver says that a connection of an address ends its session for another one,
// as go-smtp does after STARTTLS. resume takes back that it began, so that enter
// counts the connection once.
func (l *limits) handOver(ip netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.rows[limitKey(ip)]; r != nil {
		r.again++
	}
}

func (l *limits) resume(ip netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.rows[limitKey(ip)]; r != nil && r.again > 0 {
		r.again--
		r.begun = max(0, r.begun-1)
	}
}

func (l *limits) leave(key netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if r := l.rows[key]; r != nil {
		r.sessions--
	}
}

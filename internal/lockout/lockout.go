// Package lockout counts failed logins and says who is locked out: Domino's
// Internet password lockout ("Using Internet password lockout"). A Book is the
// state, its file the counterpart of inetlockout.nsf: it survives a restart, and
// taking a record out of it unlocks at once.
//
// What counts is in settings.Lockout and comes with each call, so that a changed
// document takes effect at the next login. Who a name means, and what the client
// hears, is left to the listener.
//
// Failures are counted for persons, for names that no person has, and, with
// ILLockIP, for addresses; an IPv6 address counts as its /64, which is one
// subscriber's. Each of the three has its own bounded table, so that a flood of
// invented names or addresses pushes out records of its own kind only, the
// oldest first: it opens old locks early, it never refuses anybody, and it does
// not touch the records of persons. What remains is the lockout's own weakness,
// as in Domino: who knows a user's name can lock that name until the lock
// expires, hence a warning of "domigo check" when it never does.
package lockout

import (
	"net/netip"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"domigo/directory"
	"domigo/settings"
)

// Kind says what a record is about.
type Kind string

// The kinds of records.
const (
	Person  Kind = "person"  // a person of the directory, by the canonical name
	Name    Kind = "name"    // a name that no single person has, as it was typed
	Address Kind = "address" // an IP address, or an IPv6 network
)

// Record is what is known of one person, name or address.
type Record struct {
	Kind     Kind      `json:"kind"`
	Name     string    `json:"name"`
	Failures int       `json:"failures"`
	Last     time.Time `json:"last"`            // the last failure that counted
	Locked   time.Time `json:"locked,omitzero"` // when it was locked; zero: it is not
	Until    time.Time `json:"until,omitzero"`  // when the lock opens; zero: never. Set by List only
}

// isLocked reports whether the record is a lock.
func (r *Record) isLocked() bool { return !r.Locked.IsZero() }

// Bounds of the tables. A record takes about 300 octets.
const (
	maxPersons   = 100_000
	maxNames     = 10_000
	maxAddresses = 10_000
)

// maxName is how much of a name is kept, in octets.
const maxName = 256

// maxFailures is where a count ends.
const maxFailures = 1 << 30

// Book holds the records. Its methods may be called from several goroutines. Use
// Open, Memory or Restored.
type Book struct {
	now    func() time.Time
	report func(error)
	path   string // "" keeps nothing
	write  func(path string, data []byte) error

	mu        sync.Mutex
	persons   *table
	names     *table
	addresses *table
	changed   bool // since the last write

	wake    chan struct{} // there is something to write
	quit    chan struct{}
	stop    sync.Once
	writing sync.WaitGroup
	saving  sync.Mutex // one write at a time
}

func newBook(now func() time.Time) *Book {
	if now == nil {
		now = time.Now
	}
	return &Book{now: now, report: func(error) {},
		persons: newTable(maxPersons), names: newTable(maxNames), addresses: newTable(maxAddresses)}
}

// Memory gives a Book without a file; now is the clock, nil for time.Now.
func Memory(now func() time.Time) *Book { return newBook(now) }

// Restored gives a Book without a file that holds records as Read gives them: for
// asking what a server with them would do. now is the clock, nil for time.Now.
func Restored(records []Record, now func() time.Time) *Book {
	b := newBook(now)
	for _, r := range records {
		b.restore(r)
	}
	return b
}

// Allowed reports whether a user may log in from an address. The user is a
// person's full name if person is set, else a name as it was typed. A lock that
// has expired is opened, and its failures are forgotten.
func (b *Book) Allowed(p settings.Lockout, user string, person bool, ip netip.Addr) (userOK, addressOK bool) {
	if !p.On() {
		return true, true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	return !b.locked(p, b.userTable(person), userKey(user), now), !p.LockIP || !b.locked(p, b.addresses, addressKey(ip), now)
}

// locked reports whether a record is locked now.
func (b *Book) locked(p settings.Lockout, t *table, key string, now time.Time) bool {
	r := t.get(key)
	if r == nil || !r.isLocked() {
		return false
	}
	if expired(p, r, now) {
		t.remove(key)
		b.touch()
		return false
	}
	return true
}

// expired reports whether a lock's time is over.
func expired(p settings.Lockout, r *Record, now time.Time) bool {
	return p.Expiration > 0 && !now.Before(r.Locked.Add(p.Expiration))
}

// Failed counts a failed login, and reports what it locked just now. What is
// locked already does not count further. An address counts failures of names
// that no person has, and with ILCountAgainstIP all.
func (b *Book) Failed(p settings.Lockout, user string, person bool, ip netip.Addr) (userLocked, addressLocked bool) {
	if !p.On() {
		return false, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	kind := Name
	if person {
		kind = Person
	}
	userLocked = b.count(p, b.userTable(person), Record{Kind: kind, Name: shorten(user)}, userKey(user), now)
	if p.LockIP && (!person || p.CountAgainstIP) {
		key := addressKey(ip)
		addressLocked = b.count(p, b.addresses, Record{Kind: Address, Name: key}, key, now)
	}
	return userLocked, addressLocked
}

// count adds a failure and locks at the limit.
func (b *Book) count(p settings.Lockout, t *table, fresh Record, key string, now time.Time) (lockedNow bool) {
	if b.locked(p, t, key, now) {
		return false
	}
	r := t.get(key)
	if r == nil {
		r = t.add(key, fresh)
	}
	t.newest(key)
	r.Failures = min(r.Failures+1, maxFailures)
	r.Last = now
	if r.Failures >= p.MaxTries {
		r.Locked, lockedNow = now, true
	}
	b.touch()
	return lockedNow
}

// Succeeded is told of a right password and says whether the login stands: of
// many attempts at one time, one may have been locked out while its password was
// verified. A success clears earlier failures, of the user and of the address,
// once ILClearMinutes have passed since the last of them; 0 clears at once.
func (b *Book) Succeeded(p settings.Lockout, user string, person bool, ip netip.Addr) bool {
	if !p.On() {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	now := b.now()
	if b.locked(p, b.userTable(person), userKey(user), now) || p.LockIP && b.locked(p, b.addresses, addressKey(ip), now) {
		return false
	}
	b.clear(p, b.userTable(person), userKey(user), now)
	if p.LockIP {
		b.clear(p, b.addresses, addressKey(ip), now)
	}
	return true
}

func (b *Book) clear(p settings.Lockout, t *table, key string, now time.Time) {
	r := t.get(key)
	if r == nil || now.Before(r.Last.Add(p.Interval)) {
		return
	}
	t.remove(key)
	b.touch()
}

func (b *Book) userTable(person bool) *table {
	if person {
		return b.persons
	}
	return b.names
}

// shorten bounds a name and makes it fit for a file. What it gave stays as it is
// the second time.
func shorten(name string) string {
	name = strings.ToValidUTF8(name[:min(len(name), maxName)], "\uFFFD")
	for len(name) > maxName {
		_, last := utf8.DecodeLastRuneInString(name)
		name = name[:len(name)-last]
	}
	return name
}

// userKey gives the same key for the forms of a name: canonical or abbreviated,
// in any case.
func userKey(name string) string {
	return strings.ToLower(directory.Abbreviate(shorten(name)))
}

// addressKey gives an IPv4 address, or the /64 of an IPv6 address.
func addressKey(ip netip.Addr) string {
	ip = ip.Unmap().WithZone("")
	if !ip.Is6() {
		return ip.String()
	}
	network, err := ip.Prefix(64)
	if err != nil { // not for an address with 128 bits
		return ip.String()
	}
	return network.String()
}

package lockout

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"

	"domigo/settings"
)

// List gives the records: locked ones first, in each the newest first. Locks
// that have expired are left out; they open at the next try.
func (b *Book) List(p settings.Lockout) []Record {
	b.mu.Lock()
	out := b.records()
	b.mu.Unlock()
	return Current(out, p, b.now())
}

// records gives copies of all records, oldest first. The caller holds b.mu.
func (b *Book) records() []Record {
	var out []Record
	for _, t := range []*table{b.persons, b.names, b.addresses} {
		t.each(func(_ string, r *Record) { out = append(out, *r) })
	}
	return out
}

// Current gives what List gives of records that were read from a file.
func Current(records []Record, p settings.Lockout, now time.Time) []Record {
	out := make([]Record, 0, len(records))
	for _, r := range records {
		if r.isLocked() {
			if expired(p, &r, now) {
				continue
			}
			if p.Expiration > 0 {
				r.Until = r.Locked.Add(p.Expiration)
			}
		}
		out = append(out, r)
	}
	slices.SortStableFunc(out, func(a, b Record) int {
		if a.isLocked() != b.isLocked() {
			if a.isLocked() {
				return -1
			}
			return 1
		}
		return b.Last.Compare(a.Last)
	})
	return out
}

// Unlock takes out the records of a name or an address, and gives them; none
// if it has none. A name is found in its canonical and abbreviated form and in
// any case; an IPv6 address finds its network.
func (b *Book) Unlock(name string) []Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	var out []Record
	take := func(t *table, key string) {
		if r := t.get(key); r != nil {
			out = append(out, *r)
			t.remove(key)
			b.touch()
		}
	}
	take(b.persons, userKey(name))
	take(b.names, userKey(name))
	if ip, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		take(b.addresses, addressKey(ip))
	} else if network, err := netip.ParsePrefix(name); err == nil && network.Bits() == 64 {
		take(b.addresses, addressKey(network.Addr()))
	}
	return out
}

// Lines gives records as a table for people; the times are written by when.
func Lines(records []Record, when func(time.Time) string) []string {
	if len(records) == 0 {
		return []string{"Nobody is locked out, and no failed logins are counted"}
	}
	out := []string{fmt.Sprintf("%-8s %-36s %8s  %-22s  %s", "Kind", "Name", "Failures", "Last failure", "Locked out")}
	for _, r := range records {
		locked := "no"
		switch {
		case !r.Until.IsZero():
			locked = "until " + when(r.Until)
		case r.isLocked():
			locked = "until unlocked"
		}
		out = append(out, fmt.Sprintf("%-8s %-36s %8d  %-22s  %s", r.Kind, printable(r.Name), r.Failures, when(r.Last), locked))
	}
	return out
}

// printable gives a name without what a terminal would act on: a client typed it.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

// Unlocked says that a record was taken out.
func (r *Record) Unlocked() string {
	what := fmt.Sprintf("failed logins of %s cleared: %d", printable(r.Name), r.Failures)
	if r.isLocked() {
		what = printable(r.Name) + " unlocked"
	}
	return what
}

package directory

import (
	"errors"
	"fmt"
	"slices"

	"domigo/directory/password"
)

// ErrAuthFailed is the one answer to a login that fails, whatever the reason;
// test with errors.Is. What is wrapped beside it concerns the stored password
// (password.ErrClear and its like) and is for the log, not for the client.
var ErrAuthFailed = errors.New("authentication failed")

// How well a name fits a person, best first.
const (
	noFit      = iota
	fitsFull   // full name in any form, its common name, Internet address
	fitsShort  // short name
	fitsPartly // first name or last name alone
	fitsAlias  // one of RemoteEntry.Aliases: behind the names that are somebody's own
)

// maxLogin is the longest name that is looked at, in octets.
const maxLogin = 1024

// Login finds the persons who log in under a name: none, one, or more when it
// is ambiguous, which is a failure.
//
// The flag is the Server document's "Internet authentication". With more false
// ("Fewer name variations with higher security") the name must be an entry of
// the User name field, in canonical or abbreviated form or by its common name,
// or the Internet address. With more true ("More name variations with lower
// security") it may be a short name as well, and failing that a first or last
// name. A Server document that does not say is to be taken as more, so that the
// short name works, which most people type. An alternate name is for mail and no
// name to log in with, as the topic "Examples of name variations allowed for
// Internet client authentication" has none.
//
// What RemoteEntry.Aliases has does in either case, behind a name
// that is a person's own: who may choose such a name keeps nobody from logging in.
//
// The first directory with a match decides, and in it the best kind of match.
func (d *Directory) Login(name string, more bool) []*Entry {
	if d == nil || name == "" || len(name) > maxLogin {
		return nil
	}
	var buf [keyRoom]byte
	var found []*Entry
	best := noFit
	consider := func(list []*Entry) {
		for _, e := range list {
			fit := e.fit(name, more)
			if fit == noFit {
				continue
			}
			if len(found) > 0 {
				worse := e.Dir > found[0].Dir || e.Dir == found[0].Dir && fit > best
				if worse || slices.Contains(found, e) {
					continue
				}
				if e.Dir < found[0].Dir || fit < best {
					found = found[:0]
				}
			}
			best = fit
			found = append(found, e)
		}
	}
	consider(d.address.find(appendFolded(buf[:0], name, exact)))
	key := appendName(buf[:0], name, loose)
	consider(d.variant.find(key))
	if more {
		consider(d.partial.find(key))
	}
	return found
}

// fit tells how well a typed name fits the entry.
func (e *Entry) fit(name string, more bool) int {
	if e.Kind != Person {
		return noFit
	}
	if e.InternetAddress != "" && SameName(e.InternetAddress, name) {
		return fitsFull
	}
	for _, full := range e.FullName {
		if SameName(full, name) || SameName(CommonName(full), name) {
			return fitsFull
		}
	}
	if more && slices.ContainsFunc(e.ShortName, func(short string) bool { return SameName(short, name) }) {
		return fitsShort
	}
	if more && (SameName(e.First, name) || SameName(e.Last, name)) {
		return fitsPartly
	}
	if slices.ContainsFunc(e.aliases(), func(alias string) bool { return SameName(alias, name) }) {
		return fitsAlias
	}
	return noFit
}

// Authenticate gives the person who logs in with a name, as Login finds it, and
// a password. Every failure is ErrAuthFailed: an unknown name, an ambiguous one,
// a wrong password, an empty one, nobody's. All but an empty or overlong password
// cost the time of a V3 verification at least, so that a client learns nothing
// from the clock.
func (d *Directory) Authenticate(name, typed string, more bool) (*Entry, error) {
	return Authenticate(d.Login(name, more), typed)
}

// Burn takes the time of a V3 verification, for a login that failed without one.
func Burn(typed string) { password.Burn(typed, 0) }

// Authenticate is Directory.Authenticate for the persons that Login found.
func Authenticate(found []*Entry, typed string) (*Entry, error) {
	e, _, err := authenticate(found, typed)
	return e, err
}

// authenticate is Authenticate, and tells what it cost in rounds of PBKDF2.
func authenticate(found []*Entry, typed string) (who *Entry, rounds int, err error) {
	spent := 0
	var cause error
	if len(found) == 1 {
		e := found[0]
		for _, stored := range e.Password {
			res, err := password.Verify(stored, typed)
			spent += res.Rounds
			if err != nil {
				cause = errors.Join(cause, err)
				continue
			}
			if res.OK {
				return e, spent, nil
			}
		}
	}
	spent += password.Burn(typed, spent)
	if cause != nil {
		return nil, spent, fmt.Errorf("%w: %w", ErrAuthFailed, cause)
	}
	return nil, spent, ErrAuthFailed
}

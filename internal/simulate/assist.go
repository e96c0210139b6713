package simulate

import (
	"context"

	"domigo/directory"
)

// factLDAP is the key of what the LDAP directory says.
const factLDAP = "ldap"

// unasked is an LDAP directory that is not asked: it holds nobody or does not
// answer, as a fact says, or what it says is missing.
type unasked struct {
	facts *Facts
	place directory.Place
}

// Unasked stands for an LDAP directory of a site in a simulation that does not
// ask it.
func (f *Facts) Unasked(place directory.Place) directory.Assistance { return unasked{f, place} }

// Place gives the directory's place.
func (u unasked) Place() directory.Place { return u.place }

// Find answers by the fact.
func (u unasked) Find(_ context.Context, questions []directory.Question) []directory.Answer {
	answer := directory.Answer{Err: directory.ErrUnavailable}
	switch v, ok := u.facts.find(factLDAP); {
	case !ok:
		_ = u.facts.lack(factLDAP)
	case v != "timeout":
		answer = directory.Answer{Entries: directory.Answered(nil)}
	}
	out := make([]directory.Answer, len(questions))
	for i := range out {
		out[i] = answer
	}
	return out
}

// Verify is never asked: a simulated login has the right password.
func (u unasked) Verify(context.Context, *directory.Entry, string) error {
	return directory.ErrUnavailable
}

package directory

import (
	"context"
	"errors"
	"math"
	"strings"
)

// Directory Assistance: beside the directories in memory there may be one that
// has to be asked over the network, such as LDAP (topic "Directory assistance").
// Decisions do no I/O, so they look into a View: the generation in memory and
// the answers that were fetched so far. A look-up that lacks an answer says so;
// the caller fetches it with View.Fetch and decides again.

// Errors of an Assistance; test with errors.Is.
var (
	// ErrUnavailable: the directory did not answer, or not in time, or not as it
	// should. It says nothing of whom it holds.
	ErrUnavailable = errors.New("directory not available")
	// ErrNotAllowed: the account may not log in at present, whatever its password:
	// it is locked, disabled or expired there, or a policy forbids it. It is no
	// wrong password, so that no lockout counts it, and the client is told no more
	// than that the login failed.
	ErrNotAllowed = errors.New("the directory does not let the account in")
)

// Remote is Entry.Dir of the entries of an Assistance.
const Remote = math.MaxInt32

// Last is the Place.Number behind all other directories.
const Last = math.MaxInt32 / 2

// Place says how the directory of an Assistance stands to the others.
type Place struct {
	// Number is its place in their order. 0: it and the primary directory are
	// searched as one, and "Restrict name lookups to primary directory only"
	// holds for both. n: before the n-th further directory. Last: behind all.
	Number int
	// Logins says that its persons may log in.
	Logins bool
}

// order gives the place of the directory among those in memory, which stand at
// the even numbers.
func (p Place) order() int {
	if p.Number <= 0 {
		return 0
	}
	return 2*min(p.Number, Last) - 1
}

// Question asks a directory for all entries that a look-up may mean. The texts
// are folded, as look-ups compare them: lower case, single blanks.
type Question struct {
	Address string // an Internet address, "" for none
	Alias   string // the same at the primary domain, for an alias domain
	Name    string // a local part or a name, in abbreviated form; "" for none
}

// Answer is what a directory says to a Question.
type Answer struct {
	// Entries are those that may be meant. Others may be among them: look-ups
	// judge each of them by the rules for entries in memory.
	Entries *Directory
	// Cut says whether there are more than the directory gave.
	Cut Cut
	// Err is ErrUnavailable, wrapped, if it could not be asked.
	Err error
}

// Cut says what an Answer lacks: a directory bounds how much it gives. A look-up
// that the rest could have decided otherwise is Unavailable.
type Cut uint8

// What an Answer lacks.
const (
	Whole       Cut = iota // nothing
	CutPartly              // entries that match by a first or last name alone
	CutAnywhere            // any
)

// Assistance is a directory that is asked over the network. Its methods may be
// called from several goroutines, and keep to deadlines of their own beside that
// of ctx.
type Assistance interface {
	Place() Place
	// Find gives an answer to each question, in their order.
	Find(ctx context.Context, questions []Question) []Answer
	// Verify finds out whether a password is that of one of its entries: nil,
	// ErrAuthFailed, ErrNotAllowed or ErrUnavailable, which may be wrapped. With a
	// nil entry it takes the time that needs and fails with one of the first and the
	// last of these. An empty password is never right.
	Verify(ctx context.Context, e *Entry, password string) error
}

// Answered builds what an Answer holds of a directory's entries, which it marks
// as Remote.
func Answered(entries []*Entry) *Directory {
	for _, e := range entries {
		e.Dir = Remote
	}
	return newDirectory(entries)
}

// Asked are the answers that one message, command or session has got so far. It
// serves one goroutine.
type Asked struct {
	place   Place
	answers map[Question]Answer
	missing []Question
}

// State says how far a look-up got.
type State uint8

// The states of a look-up.
const (
	Complete    State = iota
	Incomplete        // an answer is missing: View.Fetch, then again
	Unavailable       // a directory that has a say could not be asked
)

// View is what decisions see of the directories: one generation in memory, and
// the answers of an Assistance. Without one (Asked is nil) a look-up costs what it
// costs in the Directory, and is always Complete.
type View struct {
	*Directory // nil: there is none; Lookup and Login are Unavailable, and nobody is in a group
	Asked      *Asked
}

// View gives the directory without an Assistance.
func (d *Directory) View() View { return View{Directory: d} }

// Assisted gives the view of a directory with an Assistance, none of whose answers
// is known; a may be nil.
func (d *Directory) Assisted(a Assistance) View {
	if a == nil {
		return View{Directory: d}
	}
	return View{Directory: d, Asked: &Asked{place: a.Place(), answers: map[Question]Answer{}}}
}

// Fetch asks for the answers that look-ups missed, and reports whether there were
// any to ask for. What cannot be answered is Unavailable from then on.
func (v View) Fetch(ctx context.Context, a Assistance) bool {
	if v.Asked == nil || len(v.Asked.missing) == 0 {
		return false
	}
	questions := v.Asked.missing
	v.Asked.missing = nil
	for i, answer := range a.Find(ctx, questions) {
		v.Asked.answers[questions[i]] = answer
	}
	return true
}

// Missing gives the questions that look-ups asked in vain since the last Fetch.
func (v View) Missing() []Question {
	if v.Asked == nil {
		return nil
	}
	return v.Asked.missing
}

// WantLogin notes what a login under a name that nobody has in memory would ask,
// to be had with the next Fetch. With it a login that fails under a name that is
// known in memory costs what it costs under any other, so that the clock does not
// tell them apart. Where nobody logs in by way of an Assistance, it does nothing.
func (v View) WantLogin(name string) {
	if v.Asked != nil && v.Asked.place.Logins && name != "" && len(name) <= maxLogin {
		v.Asked.answer(loginQuestion(name))
	}
}

// answer gives the answer to a question, or notes that it is missing.
func (a *Asked) answer(q Question) (Answer, State) {
	got, ok := a.answers[q]
	switch {
	case !ok:
		a.answers[q] = Answer{Err: errMissing} // asked for once
		a.missing = append(a.missing, q)
		return got, Incomplete
	case errors.Is(got.Err, errMissing):
		return got, Incomplete
	case got.Err != nil || got.Entries == nil:
		return got, Unavailable
	}
	return got, Complete
}

// errMissing marks a question that was noted and not yet answered.
var errMissing = errors.New("not asked yet")

// questionOf gives what a query needs of an Assistance.
func questionOf(q *Query) Question {
	var out Question
	if q.Domain != "" && q.Mode != LocalPartOnly {
		out.Address = string(appendAddress(nil, q.Local, q.Domain))
		if q.Primary != "" {
			out.Alias = string(appendAddress(nil, q.Local, q.Primary))
		}
	}
	if q.Domain == "" || q.Mode != FullnameOnly {
		name, _ := splitTail(q.Local)
		out.Name = string(appendName(nil, name, exact))
	}
	return out
}

// loginQuestion gives what a login needs of an Assistance.
func loginQuestion(name string) Question {
	q := Question{Name: string(appendName(nil, name, exact))}
	if i := strings.LastIndexByte(name, '@'); i > 0 {
		q.Address = string(appendAddress(nil, name[:i], name[i+1:]))
	}
	return q
}

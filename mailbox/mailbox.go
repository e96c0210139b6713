// Package mailbox is the durable mail.box: it holds every message between the
// reply 250 and its end. A message is committed once, with its envelope and its
// content on stable storage; from then on it lives as units of work, one for
// each next hop, which a router claims for a limited time (a lease), works on,
// and ends or puts back.
//
// Several servers may share one store later. That is why work is claimed by
// lease and token and never just taken, why ids are unique across servers, why
// content is read by id as a stream, and why listings go by cursor.
//
// A message comes in by [Store].Create: what is written to the [Draft] becomes
// durable with Commit. Whoever works on mail asks Claim for what is due, reads
// the content with Body, and records how it ended: Done, Reschedule for another
// attempt, Split by next hop, or Hold and Dead to leave it to an administrator,
// who has List, Get, Find, Edit, Requeue and Delete. [Disk] is the store of a
// server, [Mem] that of tests.
//
// The package knows neither SMTP nor settings; what a key means is the
// router's business.
package mailbox

import (
	"context"
	"errors"
	"io"
	"time"
)

// Errors that every store gives; test them with errors.Is. What stands before
// them in a text says what was tried.
var (
	// ErrLost: the lease of the token ended, or the work was taken, changed or
	// removed by somebody else since. Whatever the holder did stands, but the
	// work is no longer his to record.
	ErrLost = errors.New("work is no longer held by this claim")
	// ErrNotFound: no message or work of that id and key.
	ErrNotFound = errors.New("no such message")
	// ErrFull: the storage cannot take the message now (no space, quota, a
	// write or sync that failed). The message is not in the mail.box.
	ErrFull = errors.New("insufficient system storage")
	// ErrExists: the message already has another unit of work with that key.
	ErrExists = errors.New("work with that key exists")
	// ErrBusy: somebody works on it now, so it cannot be edited.
	ErrBusy = errors.New("work is claimed now")
	// ErrInUse: another process has the store open.
	ErrInUse = errors.New("in use by another server")
	// ErrClosed: the store, or the draft, is closed.
	ErrClosed = errors.New("mail.box or message is closed")
)

// ID names a message. It is unique across servers, made of upper-case
// hexadecimal digits, and sorts by the time it was made.
type ID string

// Short gives the eight hexadecimal digits that stand for the message on the
// console, as Domino prints the note id of the mail.box note.
func (id ID) Short() string {
	if len(id) <= 8 {
		return string(id)
	}
	return string(id[len(id)-8:])
}

// Recipient is one accepted recipient with what the client asked for it.
type Recipient struct {
	Address string   `json:"address"`          // forward path as accepted, without angle brackets
	ORcpt   string   `json:"orcpt,omitempty"`  // ORCPT parameter, decoded "type;address" (RFC 3461, 4.2)
	Notify  []string `json:"notify,omitempty"` // NOTIFY parameter, upper case (RFC 3461, 4.1)
}

// Envelope is what was said about a message outside its content.
type Envelope struct {
	ID         ID          `json:"id"`
	Received   time.Time   `json:"received"`
	Sender     string      `json:"sender"` // reverse path without angle brackets, "" is the null sender
	Recipients []Recipient `json:"recipients"`
	EnvID      string      `json:"envid,omitempty"`  // ENVID parameter (RFC 3461, 4.4)
	Return     string      `json:"return,omitempty"` // RET parameter, FULL or HDRS (RFC 3461, 4.3)
	Body       string      `json:"body,omitempty"`   // BODY parameter, 7BIT or 8BITMIME (RFC 6152)
	UTF8       bool        `json:"utf8,omitempty"`   // SMTPUTF8 parameter: addresses and header may hold UTF-8 (RFC 6531)
	MessageID  string      `json:"message_id,omitempty"`
	Size       int64       `json:"size"`                // octets of the content; set by Commit
	User       string      `json:"user,omitempty"`      // who authenticated, "" for nobody
	Client     string      `json:"client,omitempty"`    // address of the connecting host, "" for mail made here
	Report     bool        `json:"report,omitempty"`    // a delivery report that this server made
	EightBit   bool        `json:"eight_bit,omitempty"` // the content holds octets above 127; set by Commit
	Priority   string      `json:"priority,omitempty"`  // "L", "N", "H", or "" for what the sender left open

	// What a server mail rule decided, "" for nothing.
	Refuse string `json:"refuse,omitempty"`  // the message fails for every recipient, with this reason
	MoveTo string `json:"move_to,omitempty"` // the mail file it goes into in place of its recipients'
	Hold   string `json:"hold,omitempty"`    // it is held from the start, with this reason; once released it is as any other
	// Journal: a copy goes to the journal.
	Journal bool `json:"journal,omitempty"`
}

// State is where a unit of work stands.
type State string

// The states of work. Held and Dead wait for an administrator (the help topic
// "Managing undeliverable mail in MAIL.BOX").
const (
	Pending State = "pending"
	Held    State = "held"
	Dead    State = "dead"
)

// Target is one recipient of a unit of work, after routing.
type Target struct {
	Recipient          // as accepted from the client
	To        string   `json:"to"`                  // address it goes to now; differs after forwarding and group expansion
	MailFile  string   `json:"mail_file,omitempty"` // mail file of a local recipient, as the directory spells it
	Path      []string `json:"path,omitempty"`      // addresses and groups it came through, outermost first
}

// Work is one unit: a message and the next hop that some of its recipients
// share. Key "" is the work of routing itself, which a new message starts with.
type Work struct {
	Message    ID        `json:"message"`
	Key        string    `json:"key"`
	Recipients []Target  `json:"recipients"`
	State      State     `json:"state"`
	Due        time.Time `json:"due"`
	Attempts   int       `json:"attempts"`
	LastError  string    `json:"last_error,omitempty"`
	Delayed    bool      `json:"delayed,omitempty"` // a delay report went out for it

	// Since is when it was held, became dead, or was released, the zero time if
	// it has been pending all along. The store sets it where the state changes.
	Since time.Time `json:"since,omitzero"`
	// DeadTries counts the attempts that were made by themselves since it first
	// became dead. Only Split and Edit set it.
	DeadTries int    `json:"dead_tries,omitempty"`
	Priority  string `json:"priority,omitempty"`   // "L", "N", "H", or "" for the message's
	PolicyLow bool   `json:"policy_low,omitempty"` // of low priority by policy, not by the sender's wish
	LowNotice bool   `json:"low_notice,omitempty"` // the notice that low priority delays it went out
	Journaled bool   `json:"journaled,omitempty"`  // the journal has its copy, or work of its own for it
}

// Token is a claim's proof. It is opaque.
type Token string

// Tries selects work by the attempts made so far.
type Tries uint8

// The two lanes of work, and both together.
const (
	AnyTries Tries = iota
	FirstTry       // Attempts is 0
	Retries        // Attempts is above 0
)

// Want says which work to claim. Note that "" is the key of routing.
type Want struct {
	Limit   int      // at most so many units
	Only    []string // with these keys alone; nil is every key, an empty list none
	Without []string // and not with these
	Tries   Tries
}

// Claim is a unit of work held until Expires.
type Claim struct {
	Work
	Envelope Envelope
	Token    Token
	Expires  time.Time
}

// Retry says how work goes back. Recipients left out of it are finished.
type Retry struct {
	Recipients []Target
	Due        time.Time
	LastError  string
	Delayed    bool
}

// Query selects work for List.
type Query struct {
	State  State  // "" for every state
	Key    string // "" for every key
	Cursor string // where the last listing ended, "" to start
	Limit  int    // at most so many; 0 means 100
}

// Listed is one row of a listing.
type Listed struct {
	Work
	Envelope Envelope
	Leased   bool // somebody works on it now
}

// Counts are the totals of the work in a store.
type Counts struct {
	Messages int
	Pending  int
	Held     int
	Dead     int

	Deferred   int // of the pending work, what was tried before
	Recipients int // of the pending work
}

// Draft takes a message's content while it arrives. It is not visible to
// anybody before Commit.
type Draft interface {
	// Write appends content. It never keeps more than a bounded part in memory.
	io.Writer
	// ID is the id the message will have.
	ID() ID
	// Commit makes the message durable and visible, as one unit of work with
	// the key "" due at once, or held if the envelope says so, and returns after
	// envelope and content are on stable storage. On any error the message is not in the mail.box, but
	// where the sync itself failed it can turn out to be when the store is
	// opened again. It sets the envelope's ID and Size.
	Commit(ctx context.Context, env Envelope) error
	// Discard drops the draft; after Commit it does nothing.
	Discard() error
}

// Store is a mail.box. Its methods may be called from several goroutines.
type Store interface {
	// Create starts a message.
	Create(ctx context.Context) (Draft, error)
	// Claim takes pending work that is due, that nobody holds and that is
	// wanted, in the order it became due. Work with a lease that ended counts as
	// not held. The cost grows with what is taken and with the keys named, not
	// with what waits. A store that could not record a result gives ErrFull and
	// no work.
	Claim(ctx context.Context, owner string, lease time.Duration, want Want) ([]Claim, error)
	// Renew sets the end of the lease to lease from now.
	Renew(ctx context.Context, t Token, lease time.Duration) error
	// The results of work, Split to Done, are on stable storage when they
	// return, but for what Split says. ErrLost is final; after any other error
	// the claim stands, and the holder may record the result again until it ends.

	// Split replaces the claimed work by others of the same message (the
	// result of routing), all in one step. The states, dues and attempts are
	// taken as given. Splitting into nothing is Done. A key that another unit
	// of the message has gives ErrExists and changes nothing.
	//
	// The result of the first routing (the work has the key "" and no attempts)
	// need not be on stable storage when Split returns, if all it says is that
	// each recipient waits for a first attempt: every unit pending, without
	// attempts and notices, and no recipient missing. A crash then leaves the
	// unit of routing or the new ones, never both or none, and the new ones
	// surely once a result of any of them is recorded.
	Split(ctx context.Context, t Token, into []Work) error
	// Reschedule puts the work back for another attempt and counts this one.
	// Without recipients it is Done; Delayed stays once it is set.
	Reschedule(ctx context.Context, t Token, r Retry) error
	// Hold and Dead put the work aside for the administrator, with the
	// recipients that are still open; none given leaves them as they were.
	Hold(ctx context.Context, t Token, open []Target, reason string) error
	Dead(ctx context.Context, t Token, open []Target, reason string) error
	// Done removes the work, and the message with its last work.
	Done(ctx context.Context, t Token) error

	// Body opens the content of a message. A Read gives an error in place of the
	// last octets if the storage does not hold what was written, so that nobody
	// takes for whole what is not.
	Body(ctx context.Context, id ID) (io.ReadCloser, error)
	// Hint receives a value when work may have become due that was not due
	// before (a commit, a release). A value may be dropped when one is waiting,
	// and another server's work sends none: poll as well.
	Hint() <-chan struct{}
	// NextDue gives the time at which Claim finds work for want, which may have
	// passed. It leaves Limit aside.
	NextDue(ctx context.Context, want Want) (due time.Time, ok bool, err error)
	// Defer counts an attempt for all pending unclaimed work with that key that
	// is due now, as when a destination does not answer: f gives the due time
	// and the last error of each unit, which it sees as it was. The store writes
	// in batches and calls f without a lock, so f may take its time; work that
	// changes meanwhile is left as it is. It gives the number of units, with an
	// error that of those recorded before.
	Defer(ctx context.Context, key string, f func(*Listed) (due time.Time, lastError string)) (int, error)

	// List gives work in a stable order with the cursor of the next page, ""
	// at the end. It is no picture of one moment: work that ends and work that
	// begins meanwhile may both be missing.
	List(ctx context.Context, q Query) (rows []Listed, next string, err error)
	// Get gives all units of a message by key, or ErrNotFound.
	Get(ctx context.Context, id ID) ([]Listed, error)
	// Find gives the ids that equal s or end with it where s has the eight
	// digits of ID.Short, in either case of letters. There may be none.
	Find(ctx context.Context, s string) ([]ID, error)
	// Edit lets an administrator change a unit: its recipients, state, due time,
	// last error and the rest, and its key (after a change of recipients "", so
	// that they are routed anew). An error of change is given back and nothing
	// is changed. ErrBusy means that somebody works on it, ErrNotFound that it
	// is not there, ErrExists that the message has another unit of the new key.
	// Without recipients the unit ends, as with Done. change must not use the
	// store. The edit is on stable storage when Edit returns.
	Edit(ctx context.Context, id ID, key string, change func(w *Work) error) error
	// Requeue makes held, dead or waiting work pending and due at the given
	// time; without a key, all work of the message. Claimed work stays with its
	// holder.
	Requeue(ctx context.Context, id ID, key string, due time.Time) error
	// RequeueAll makes every waiting pending work with that key due; "*" means
	// every key. It gives the number of units.
	RequeueAll(ctx context.Context, key string, due time.Time) (int, error)
	// Delete removes a message and all its work, claimed or not.
	Delete(ctx context.Context, id ID) error
	// Counts gives the totals, kept up to date without a scan.
	Counts(ctx context.Context) (Counts, error)
	// Close ends the store; open drafts are lost.
	Close() error
}

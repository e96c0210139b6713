// Package policy holds the listener's decisions: may this host connect, may
// this sender send, is this recipient taken, may this message be relayed. They
// are functions without I/O: they take a settings snapshot, the directory and
// the facts known so far, and give a verdict, or say which fact they need
// next; the caller fetches it and asks again. The listener, simulate and
// who-may-relay ask the same functions.
//
// The trail of rules is recorded only when the caller passes a Trail; a nil
// Trail costs nothing.
package policy

import (
	"net/netip"
	"strings"
)

// Action is what a verdict says.
type Action uint8

// The actions.
const (
	Accept Action = iota
	Reject        // for good: a 5xx reply
	Defer         // for now: a 4xx reply
	Ask           // a fact is missing: see Verdict.Need
)

// Need names a fact that the caller must fetch before it asks again.
type Need uint8

// The facts that a decision can ask for.
const (
	NeedNothing      Need = iota
	NeedPTR               // Client.PTR: the names of the client's address
	NeedConfirmation      // PTR.Confirmed: which of the names resolve back
	NeedSenderDomain      // the LookupState given to Mail: has the sender's domain MX, A or AAAA
	NeedListing           // FilterFacts: what a DNS list says of the client's address
	NeedDirectory         // directory.View.Fetch: answers of the directory that is asked over the network
)

// Verdict is a decision. The zero Verdict accepts.
type Verdict struct {
	Action  Action
	Need    Need   // with Ask; with Defer the fact that DNS did not give, NeedNothing for none
	Code    int    // reply code with Reject and Defer
	Text    string // reply text with Reject and Defer, without the code
	Status  string // enhanced status code (RFC 3463) where Code alone does not tell it, else ""
	Rule    string // the control that decided, by its label in the form
	Console string // console line after "SMTP Server: " that belongs to it, "" for none
}

// OK reports whether the verdict accepts.
func (v Verdict) OK() bool { return v.Action == Accept }

// LookupState says what is known of a DNS fact.
type LookupState uint8

// The states of a look-up.
const (
	Unknown  LookupState = iota // not asked yet
	Found                       // answered
	NotFound                    // DNS says there is none
	Failed                      // DNS did not answer, or not in time
)

// PTR is what is known of the names of the client's address.
type PTR struct {
	State     LookupState
	Names     []string    // lower case, without the final dot
	Confirm   LookupState // whether the names were looked up in turn
	Confirmed []string    // those of Names that resolve back to the address
}

// Client is the connecting host and who it authenticated as.
type Client struct {
	IP         netip.Addr
	PTR        PTR
	User       string // abbreviated name of the authenticated user, "" for nobody
	TLS        bool   // the session is under TLS
	Submission bool   // it came to the submission port
}

// Address is a mail address taken apart. Null is the null reverse path.
type Address struct {
	Local  string
	Domain string // lower case, "" for an address without a domain
	Null   bool
	Typed  string // the address as the client wrote it, for replies; "" is String
}

// String gives local@domain, the local part alone, or "" for the null path.
func (a Address) String() string {
	if a.Null {
		return ""
	}
	if a.Domain == "" {
		return a.Local
	}
	return a.Local + "@" + a.Domain
}

// Step is one line of a trail: a control that was looked at and what came of it.
type Step struct {
	Control string // the label of the field or the name of the variable
	Fact    string // what it was compared with
	Result  string // what followed
}

// Trail collects the steps of a decision; a nil *Trail collects nothing.
type Trail struct{ Steps []Step }

// add records a step; the pieces of the result are put together. Its
// arguments cost nothing when there is no Trail, so callers hand over pieces
// rather than texts made of them; addClient and addAddress do so for facts.
func (t *Trail) add(control, fact string, result ...string) {
	if t != nil {
		t.Steps = append(t.Steps, Step{control, fact, strings.Join(result, "")})
	}
}

func (t *Trail) addClient(control string, c *Client, result ...string) {
	if t != nil {
		t.add(control, c.who(), result...)
	}
}

func (t *Trail) addAddress(control string, a *Address, result ...string) {
	if t != nil {
		t.add(control, a.String(), result...)
	}
}

package route

import (
	"slices"
	"strings"

	"domigo/directory"
	"domigo/mailbox"
)

// Bounds of an expansion.
const (
	maxRecipients = 100_000 // ends of one recipient
	maxDepth      = 32      // groups and forwarding addresses on the way to one end
)

// Routed is a recipient at the end of its forwarding addresses and groups.
type Routed struct {
	Target   mailbox.Target
	Decision Decision // never Readdress; Ask stands alone
}

// Expand follows forwarding addresses and groups from one recipient until each
// branch ends, and gives at least one end. A group, an address and a mail file
// count once: a group that holds itself ends there silently, a forwarding
// address that leads back fails, and so does a branch that is deeper than
// 32 steps. With more than 100,000 ends the recipient fails as a whole.
//
// Where answers of the directory are missing, the one end is Ask: all look-ups
// that could be made so far were, so that their answers can be fetched together.
// The trail of such a round is taken back. See Rounds.
func Expand(env *Env, m *Message, start mailbox.Target, t *Trail) []Routed {
	if d, ok := check(env.Settings, m, t); !ok {
		t.verdict(start.To, d)
		return []Routed{{start, d}}
	}
	x := expansion{env: env, m: m, t: t, seen: map[string]bool{}, groups: map[any]bool{}, ends: map[string]bool{}}
	before := t.length()
	x.follow(start, false)
	if x.asked {
		t.cut(before)
		return []Routed{{start, Decision{Action: Ask}}}
	}
	d := nameNotListed(start.To) // when groups without members are all there is
	switch {
	case len(x.out) > maxRecipients:
		d = failure(ClassRestriction, "5.5.3", reasonTooMany)
	case len(x.out) > 0:
		return x.out
	}
	t.verdict(start.To, d)
	return []Routed{{start, d}}
}

// expansion goes depth first: whatever was met before is either on the way to
// where we are, which is a circle, or has its ends already.
type expansion struct {
	env    *Env
	m      *Message
	t      *Trail
	seen   map[string]bool // addresses to whether mail reaches anybody through them
	groups map[any]bool    // by groupKey
	asked  bool            // answers of the directory are missing
	ends   map[string]bool // mail files, and addresses at next hops
	out    []Routed
}

// follow goes on from one address, and reports whether mail reaches anybody.
// member says that it came out of a group, where circles are allowed.
func (x *expansion) follow(at mailbox.Target, member bool) bool {
	key := strings.ToLower(at.To)
	if slices.ContainsFunc(at.Path, func(p string) bool { return strings.EqualFold(p, at.To) }) {
		x.t.add("Path", at.To, "a circle")
		return x.circle(at, member)
	}
	if reached, ok := x.seen[key]; ok {
		return reached
	}
	if len(x.out) > maxRecipients {
		return true
	}
	d := decide(x.env, x.m, at.To, x.t)
	if d.Action == Ask {
		x.seen[key], x.asked = true, true
		return true
	}
	if d.Action != Readdress {
		x.seen[key] = true
		return x.end(at, d)
	}
	if len(at.Path) >= maxDepth {
		x.t.add("Path", at.To, "too deep")
		return x.fail(at, failure(ClassTransfer, "5.4.6", ReasonHops))
	}
	reached := x.readdress(at, d)
	x.seen[key] = reached
	return reached
}

// readdress follows what stands in the place of an address.
func (x *expansion) readdress(at mailbox.Target, d Decision) bool {
	next := d.Next
	if d.group != nil {
		// It may have been met by another of its names.
		if reached, met := x.groups[groupKey(d.group)]; met {
			return reached
		}
		x.groups[groupKey(d.group)] = false
		next = members(x.env, d.group, x.t)
	}
	path := append(slices.Clip(at.Path), at.To)
	reached := false
	for _, to := range next {
		if x.follow(mailbox.Target{Recipient: at.Recipient, To: to, Path: path}, d.group != nil) {
			reached = true
		}
	}
	if d.group != nil {
		x.groups[groupKey(d.group)] = reached
	} else if !reached {
		return x.fail(at, nameNotListed(at.To))
	}
	return reached
}

// groupKey tells groups apart. Each answer of a directory over the network brings
// an entry of its own of the same group.
func groupKey(e *directory.Entry) any {
	if e.DN != "" {
		return e.DN
	}
	return e
}

// Rounds is how often a decision may ask for answers: each group and each
// forwarding address on the way can want one.
const Rounds = 2*maxDepth + 2

// circle ends a way that leads back to itself.
func (x *expansion) circle(at mailbox.Target, member bool) bool {
	if member {
		return false
	}
	return x.fail(at, failure(ClassTransfer, "5.4.6", ReasonHops))
}

// fail ends a branch that no decision ended.
func (x *expansion) fail(at mailbox.Target, d Decision) bool {
	x.t.verdict(at.To, d)
	return x.end(at, d)
}

// end records the end of a branch, unless mail goes there already.
func (x *expansion) end(at mailbox.Target, d Decision) bool {
	if d.To != "" {
		at.To = d.To
	}
	id := d.Key + " " + strings.ToLower(at.To)
	if d.Action == Deliver {
		id = d.Key + " " + strings.ToLower(d.MailFile)
	}
	if !x.ends[id] {
		x.ends[id] = true
		at.MailFile = d.MailFile
		x.out = append(x.out, Routed{at, d})
	}
	return true
}

// Still reports whether the decision on a target leads to the key and the mail
// file that its work has; the settings, the directory or the recipient may have
// changed while it waited.
func Still(env *Env, m *Message, key string, target mailbox.Target) (Decision, bool) {
	d := Decide(env, m, target.To, nil) // may be Ask
	return d, (d.Action == Deliver || d.Action == Transfer) && d.Key == key && d.MailFile == target.MailFile &&
		(d.To == "" || d.To == target.To)
}

// Moved is what a server mail rule with "Move to database" makes of a message:
// one delivery into that mail file, whoever the recipients are.
func Moved(db string, recipients []mailbox.Target) Routed {
	t := mailbox.Target{To: db, MailFile: db}
	if len(recipients) > 0 {
		t.Recipient = recipients[0].Recipient
	}
	return Routed{t, Decision{Action: Deliver, Key: LocalDelivery, MailFile: db, Name: db}}
}

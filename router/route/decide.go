package route

import (
	"slices"
	"strconv"
	"strings"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/settings"
)

// Action is what a Decision says to do.
type Action uint8

// The actions.
const (
	Fail      Action = iota // a failure report: Reason, Status, Class
	Deliver                 // into MailFile of this server
	Transfer                // by SMTP to the next hop of Key
	Readdress               // decide on each address of Next instead
	Ask                     // answers of the directory are missing: Env.View().Fetch, then again
	Defer                   // for now: the directory does not answer, or does not tell two apart; Reason, Status
)

// String gives the action in one word.
func (a Action) String() string {
	switch a {
	case Fail:
		return "fail"
	case Deliver:
		return "deliver"
	case Transfer:
		return "transfer"
	case Readdress:
		return "readdress"
	case Ask:
		return "ask"
	case Defer:
		return "defer"
	}
	return "action " + strconv.Itoa(int(a))
}

// Decision is what becomes of one recipient.
type Decision struct {
	Action   Action
	Key      string   // key of the work in the mail.box, with Deliver and Transfer
	To       string   // with Transfer, the address to say there when it is another one
	MailFile string   // with Deliver, as the directory spells it
	Name     string   // abbreviated name or address of a local recipient, for the console
	Address  string   // Internet address of a local recipient, for LMTP
	Next     []string // with Readdress
	Group    bool     // Next are the members of a group
	Reason   string   // with Fail and Defer, in Domino's words
	Status   string   // with Fail and Defer, the enhanced status code (RFC 3463)
	Class    Class    // with Fail

	group *directory.Entry // with Group
}

// String gives the decision in one line.
func (d Decision) String() string {
	switch {
	case d.Action == Deliver:
		return "deliver into " + d.MailFile
	case d.Action == Transfer && d.To != "":
		return "transfer by SMTP, " + d.Key + ", as " + d.To
	case d.Action == Transfer:
		return "transfer by SMTP, " + d.Key
	case d.Group:
		return "expand the group " + d.Name
	case d.Action == Readdress:
		return "decide on " + strings.Join(d.Next, ", ")
	}
	return d.Action.String() + " " + d.Status + ": " + d.Reason
}

// defaultHops is the "Maximum hop count" when none is set.
const defaultHops = 25

// check decides on what concerns a message as a whole, its size and its hops: a
// failure and false, or true.
func check(s *settings.Snapshot, m *Message, t *Trail) (Decision, bool) {
	if most := s.Router.MaxMessageSize; most > 0 && m.Size > most && !m.Report {
		if t.on() {
			t.add("Maximum message size", strconv.FormatInt(m.Size, 10)+" octets", "more than "+strconv.FormatInt(most, 10))
		}
		return failure(ClassSize, "5.3.4", ReasonSize), false
	}
	most := s.Router.MaxHops
	if most <= 0 {
		most = defaultHops
	}
	if m.Hops > most {
		if t.on() {
			t.add("Maximum hop count", strconv.Itoa(m.Hops)+" hops", "more than "+strconv.Itoa(most))
		}
		return failure(ClassTransfer, "5.4.6", ReasonHops), false
	}
	return Decision{}, true
}

// Decide gives the next step for one address of a message, in the order of the
// help topics on routing: local Internet domain (smart host for all, directory,
// smart host for the unknown), Foreign SMTP Domain documents, relay host, DNS.
// It does no I/O; which hosts a Transfer leads to is the business of NextHops.
//
// The address is parsed as the listener parses it; "%" and "!" in a local part
// mean nothing. Addresses without a domain, and those of a Notes domain of this
// server, are local. An address that is no mailbox at all (a name with its
// hierarchy, from a group or a forwarding address) is looked up as a name.
func Decide(env *Env, m *Message, address string, t *Trail) Decision {
	d, ok := check(env.Settings, m, t)
	if ok {
		d = decide(env, m, address, t)
	} else {
		t.verdict(address, d)
	}
	if d.group != nil {
		d.Next = members(env, d.group, t)
	}
	return d
}

// decide is Decide without what concerns the message as a whole, and without
// the members of a group.
func decide(env *Env, m *Message, address string, t *Trail) Decision {
	d := classify(env, m, address, t)
	t.verdict(address, d)
	return d
}

func classify(env *Env, m *Message, address string, t *Trail) Decision {
	p, ok := parse(address)
	if !ok {
		t.add("Address", address, "a Notes name")
		return decideName(env, m, address, t)
	}
	s, domain := env.Settings, smtpwire.ASCIIDomain(p.Domain)
	switch {
	case domain == "" && isPostmaster(p):
		t.add("Address", address, "no domain: local")
		return decideLocal(env, m, p, t)
	case domain == "":
		t.add("Address", address, "no domain: a local name")
		return decideName(env, m, smtpwire.Unquote(p.Local), t)
	case s.Domains.IsLocal(domain):
		traceLocal(s, domain, t)
		return decideLocal(env, m, p, t)
	case notesDomain(s, domain):
		t.add("Notes domain", domain, "this server's")
		return decideName(env, m, smtpwire.Unquote(p.Local), t)
	}
	traceLocal(s, domain, t)
	return decideExternal(env, m, p, t)
}

// traceLocal names the field that made a domain local, or that did not.
func traceLocal(s *settings.Snapshot, domain string, t *Trail) {
	if !t.on() {
		return
	}
	primary := s.Domains.PrimaryOf(domain)
	switch local := s.Domains.IsLocal(domain); {
	case primary != "":
		t.add("Alternate Internet domain aliases", domain, "local, an alias of "+primary)
	case local && s.Domains.Global:
		t.add("Local primary Internet domain", domain, "local")
	case local:
		t.add("Fully qualified Internet host name", domain, "local")
	case s.Domains.Global:
		t.add("Local primary Internet domain", domain, "not local")
	default:
		t.add("Fully qualified Internet host name", domain, "not local")
	}
}

// parse reads an address as the listener does; false for what is not a whole
// mailbox. UTF-8 may stand in it, from a message with SMTPUTF8 or the directory.
func parse(address string) (smtpwire.Path, bool) {
	p, rest, err := smtpwire.ParsePathUTF8("<"+address+">", false)
	if err != nil || rest != "" || len(p.Route) > 0 {
		return smtpwire.Path{}, false
	}
	return p, true
}

// notesDomain reports whether a domain is a Notes domain of this server: its
// own, or one that a Global Domain document maps.
func notesDomain(s *settings.Snapshot, domain string) bool {
	if s.Identity.Domain != "" && strings.EqualFold(domain, s.Identity.Domain) {
		return true
	}
	return slices.ContainsFunc(s.Domains.Notes, func(n settings.NotesDomain) bool { return strings.EqualFold(n.Notes, domain) })
}

// isPostmaster: a server takes mail for postmaster whatever its directory says
// (RFC 5321, 4.5.1).
func isPostmaster(p smtpwire.Path) bool { return strings.EqualFold(p.Local, "postmaster") }

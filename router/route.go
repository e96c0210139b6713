package router

import (
	"net"
	"slices"
	"strconv"
	"strings"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/settings"
)

// Keys of work in the mail.box. A key names the next hop; "" is the work of
// routing itself.
const (
	// LocalDelivery is the key of delivery to mail files of this server, as
	// "tell router show queues" prints it.
	LocalDelivery = "[LocalDelivery]"

	relayPrefix = "relay:" // relay:HOST:PORT
	smartPrefix = "smart:" // smart:HOST:PORT
	mxPrefix    = "mx:"    // mx:DOMAIN, or mx:[ADDRESS]
	deadPrefix  = "dead:"  // set apart from a unit whose other recipients go on
	heldPrefix  = "held:"
)

// Reasons as Domino words them; the texts with a name are made by functions.
const (
	reasonHops      = "Maximum hop count exceeded.  Message probably in a routing loop."
	reasonSize      = "The size of this message exceeds the administrator specified maximum message size for this server"
	reasonMailFile  = "Recipient's Domino Directory entry does not specify a valid Notes mail file"
	reasonPolicy    = "Message rejected for policy reasons"
	reasonSelf      = "Attempt made to transfer message to self via SMTP. Possible DNS configuration error."
	reasonDNS       = "DNS is unavailable, message will be requeued."
	reasonPort      = "The SMTP outbound TCP/IP port is disabled" // our words
	reasonPermanent = "SMTP Protocol Returned a Permanent Error"
	reasonTransient = "SMTP Protocol Returned a Transient Error"
)

func reasonNotUnique(name string) string {
	return "Recipient user name " + name + " not unique.  Several matches found in Domino Directory."
}

func reasonNotListed(p smtpwire.Path) string {
	return "User " + p.Local + " (" + p.String() + ") not listed in Domino Directory"
}

func reasonNoRoute(domain string, id settings.Identity) string {
	return "No route found to domain " + domain + " from server " + serverName(id) + ".  Check DNS configuration."
}

func reasonNoServer(server string, id settings.Identity) string {
	return "No route found to server " + server + " from server " + serverName(id) +
		".  Check Server and Connection documents in the Domino Directory."
}

// Action is what a Decision says to do.
type Action uint8

// The actions.
const (
	Fail      Action = iota // a failure report: Reason, Status
	Deliver                 // into MailFile of this server
	Transfer                // by SMTP to the next hop of Key
	Readdress               // decide on each address of Next instead
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
	}
	return "action " + strconv.Itoa(int(a))
}

// Decision is what becomes of one recipient.
type Decision struct {
	Action   Action
	Key      string   // key of the work in the mail.box, with Deliver and Transfer
	MailFile string   // with Deliver, as the directory spells it
	Name     string   // abbreviated name or address of a local recipient, for the console
	Address  string   // Internet address of a local recipient, for LMTP
	Next     []string // with Readdress
	Group    bool     // Next are the members of a group
	Reason   string   // with Fail, in Domino's words
	Status   string   // with Fail, the enhanced status code (RFC 3463)
}

// Step is one line of a Trail: a control that was looked at, what it was
// compared with, and what came of it.
type Step struct{ Control, Fact, Result string }

// Trail collects the steps of a decision. A nil *Trail takes none.
type Trail struct{ Steps []Step }

func (t *Trail) add(control, fact, result string) {
	if t != nil {
		t.Steps = append(t.Steps, Step{control, fact, result})
	}
}

// Decide gives the next step for one address, in the order of the help topics
// on routing: local Internet domain (smart host for all, directory, smart host
// for the unknown), relay host, DNS. It does no I/O; which hosts a Transfer
// leads to is the business of NextHops.
//
// The address is parsed as the listener parses it; "%" and "!" in a local part
// mean nothing. Addresses without a domain, and those of a Notes domain of this
// server, are local. An address that is no mailbox at all (a name with its
// hierarchy, from a group or a forwarding address) is looked up as a name.
func Decide(s *settings.Snapshot, dir *directory.Directory, address string, t *Trail) Decision {
	p, ok := parse(address)
	if !ok {
		t.add("Address", address, "a Notes name")
		return decideName(s, dir, address, t)
	}
	domain := smtpwire.ASCIIDomain(p.Domain)
	switch {
	case p.Domain == "" && isPostmaster(p):
		t.add("Address", address, "no domain: local")
		return decideLocal(s, dir, p, t)
	case p.Domain == "":
		t.add("Address", address, "no domain: a local name")
		return decideName(s, dir, p.Local, t)
	case s.Domains.IsLocal(domain):
		t.add("Local Internet domain", p.Domain, "local")
		return decideLocal(s, dir, p, t)
	case notesDomain(s, p.Domain):
		t.add("Notes domain", p.Domain, "local")
		return decideName(s, dir, p.Local, t)
	}
	t.add("Local Internet domain", p.Domain, "not local")
	return decideExternal(s, p, t)
}

// parse reads an address as the listener does; false for what is not a whole
// mailbox. UTF-8 may stand in it, from a message with SMTPUTF8 or the directory.
func parse(address string) (smtpwire.Path, bool) {
	p, rest, err := smtpwire.ParsePathUTF8("<"+address+">", false)
	if err != nil || strings.TrimSpace(rest) != "" || p.IsNull() || len(p.Route) > 0 {
		return smtpwire.Path{}, false
	}
	return p, true
}

func notesDomain(s *settings.Snapshot, domain string) bool {
	if s.Identity.Domain != "" && strings.EqualFold(domain, s.Identity.Domain) {
		return true
	}
	return slices.ContainsFunc(s.Domains.Notes, func(n settings.NotesDomain) bool { return strings.EqualFold(n.Notes, domain) })
}

func decideLocal(s *settings.Snapshot, dir *directory.Directory, p smtpwire.Path, t *Trail) Decision {
	r := &s.Router
	e := find(s, dir, p)
	smart := r.SmartHost != ""
	if smart && r.SmartHostAll && (!e.group || r.SmartHostNoExpansion) {
		t.add("Smart host is used for all local internet domain recipients", "Enabled", "smart host "+r.SmartHost)
		return Decision{Action: Transfer, Key: hostKey(smartPrefix, r.SmartHost, r.Port)}
	}
	if e.known {
		return decideEntry(s, e, t)
	}
	t.add("Domino Directory", p.String(), "not listed")
	if isPostmaster(p) {
		t.add("postmaster", p.String(), "always local: mail/postmaster")
		return Decision{Action: Deliver, Key: LocalDelivery, MailFile: "mail/postmaster", Name: p.String(), Address: p.String()}
	}
	if smart {
		t.add("Local Internet domain smart host", r.SmartHost, "used for the unknown recipient")
		return Decision{Action: Transfer, Key: hostKey(smartPrefix, r.SmartHost, r.Port)}
	}
	return Decision{Reason: reasonNotListed(p), Status: "5.1.1"}
}

// isPostmaster: a server takes mail for postmaster whatever its directory says
// (RFC 5321, 4.5.1).
func isPostmaster(p smtpwire.Path) bool { return strings.EqualFold(p.Local, "postmaster") }

// decideName decides on a Notes name. An unknown one never goes to the smart
// host ("Routing mail to a smart host").
func decideName(s *settings.Snapshot, dir *directory.Directory, name string, t *Trail) Decision {
	e := findName(s, dir, name)
	if e.known {
		return decideEntry(s, e, t)
	}
	t.add("Domino Directory", name, "not listed")
	return Decision{Reason: "User " + directory.Abbreviate(name) + " (" + name + ") not listed in Domino Directory", Status: "5.1.1"}
}

// decideEntry decides on a recipient that the directory knows.
func decideEntry(s *settings.Snapshot, e entry, t *Trail) Decision {
	switch {
	case e.ambiguous:
		t.add("Domino Directory", e.name, "not unique")
		return Decision{Reason: reasonNotUnique(e.name), Status: "5.1.4"}
	case e.group && s.Router.DisableMailToGroups:
		t.add("RouterDisableMailToGroups", e.name, "refused")
		return Decision{Reason: reasonPolicy, Status: "5.7.1"}
	case e.group:
		t.add("Domino Directory", e.name, "group of "+strconv.Itoa(len(e.members)))
		return Decision{Action: Readdress, Next: e.members, Group: true, Name: e.name}
	case e.forward != "":
		t.add("Forwarding address", e.name, e.forward)
		return Decision{Action: Readdress, Next: []string{e.forward}, Name: e.name}
	case e.server != "" && s.Identity.ServerName != "" && !directory.SameName(e.server, s.Identity.ServerName):
		t.add("Mail server", e.server, "another server, and no route to it")
		return Decision{Reason: reasonNoServer(directory.Abbreviate(e.server), s.Identity), Status: "5.4.4"}
	case e.mailFile == "":
		t.add("Mail file", e.name, "none")
		return Decision{Reason: reasonMailFile, Status: "5.2.0"}
	}
	t.add("Domino Directory", e.name, "mail file "+e.mailFile)
	return Decision{Action: Deliver, Key: LocalDelivery, MailFile: e.mailFile, Name: e.name, Address: e.internet}
}

func decideExternal(s *settings.Snapshot, p smtpwire.Path, t *Trail) Decision {
	r := &s.Router
	domain := smtpwire.ASCIIDomain(p.Domain)
	if r.RelayHost != "" {
		t.add("Relay host for messages leaving the local internet domain", r.RelayHost, "next hop")
		return Decision{Action: Transfer, Key: hostKey(relayPrefix, r.RelayHost, r.Port)}
	}
	if r.ExternalSMTP {
		t.add("SMTP used when sending messages outside of the local internet domain", "Enabled", "DNS")
		return Decision{Action: Transfer, Key: mxPrefix + domain}
	}
	t.add("SMTP used when sending messages outside of the local internet domain", "Disabled", "no route")
	return Decision{Reason: reasonNoRoute(domain, s.Identity), Status: "5.4.4"}
}

// hostKey makes the key of a next hop that a field names: a host, an [address],
// either with a port of its own behind a colon.
func hostKey(prefix, host string, port int) string {
	host = strings.ToLower(strings.TrimSpace(host))
	own := strconv.Itoa(port)
	if h, p, err := net.SplitHostPort(host); err == nil && p != "" {
		host, own = h, p
	}
	return prefix + net.JoinHostPort(strings.Trim(host, "[]"), own)
}

// routed is a recipient at the end of its forwarding addresses and groups.
type routed struct {
	target   mailbox.Target
	decision Decision
}

// routeOne follows forwarding addresses and groups until each branch ends. An
// address that was reached before is not taken again: a group that holds itself
// ends there silently, a forwarding address that leads back fails.
func routeOne(s *settings.Snapshot, dir *directory.Directory, start mailbox.Target) []routed {
	type branch struct {
		target mailbox.Target
		member bool // reached as a member of a group
	}
	seen := map[string]bool{}
	var out []routed
	for todo := []branch{{target: start}}; len(todo) > 0; {
		b := todo[0]
		todo = todo[1:]
		key := strings.ToLower(b.target.To)
		if seen[key] || slices.ContainsFunc(b.target.Path, func(p string) bool { return strings.EqualFold(p, b.target.To) }) {
			if !b.member {
				out = append(out, routed{b.target, Decision{Reason: reasonHops, Status: "5.4.6"}})
			}
			continue
		}
		seen[key] = true
		d := Decide(s, dir, b.target.To, nil)
		if d.Action != Readdress {
			b.target.MailFile = d.MailFile
			out = append(out, routed{b.target, d})
			continue
		}
		path := append(slices.Clip(b.target.Path), b.target.To)
		for _, next := range d.Next {
			todo = append(todo, branch{mailbox.Target{Recipient: b.target.Recipient, To: next, Path: path}, d.Group})
		}
	}
	if len(out) == 0 {
		out = append(out, routed{start, Decision{Reason: "User " + start.To + " (" + start.To + ") not listed in Domino Directory", Status: "5.1.1"}})
	}
	return out
}

// stays reports whether the decision on a target still leads to the key and
// mail file that its work has; the settings, the directory or the recipient may
// have changed while it waited.
func stays(j *job, t mailbox.Target) (Decision, bool) {
	d := Decide(j.s, j.dir, t.To, nil)
	if db := j.Envelope.MoveTo; db != "" {
		d = moved(db, nil).decision
	}
	return d, (d.Action == Deliver || d.Action == Transfer) && d.Key == j.Key && d.MailFile == t.MailFile
}

// moved is what a server mail rule with "Move to database" makes of a message:
// one delivery into that mail file, whoever the recipients are.
func moved(db string, recipients []mailbox.Target) routed {
	t := mailbox.Target{To: db, MailFile: db}
	if len(recipients) > 0 {
		t.Recipient = recipients[0].Recipient
	}
	return routed{t, Decision{Action: Deliver, Key: LocalDelivery, MailFile: db, Name: db}}
}

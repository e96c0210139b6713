package route

import (
	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/settings"
)

// Class is the kind of a failure, by which an administrator's own text for the
// report is chosen ("Customizing the text of mail failure messages"). The values
// are those of configdoc.FailureClasses.
type Class string

// The classes that a decision gives. Expiration and Delay come with time.
const (
	ClassTransfer    Class = "Transfer"    // trouble on the way, loops
	ClassDelivery    Class = "Delivery"    // the mail file
	ClassDomain      Class = "Domain"      // no route to the domain
	ClassServer      Class = "Server"      // no route to the server
	ClassUsername    Class = "Username"    // unknown, or not unique
	ClassSize        Class = "Size"        // over the maximum message size
	ClassRestriction Class = "Restriction" // a control forbids it
)

// Reasons as Domino words them; the texts with a name are made by functions.
const (
	ReasonHops     = "Maximum hop count exceeded.  Message probably in a routing loop."
	ReasonSize     = "The size of this message exceeds the administrator specified maximum message size for this server"
	ReasonMailFile = "Recipient's Domino Directory entry does not specify a valid Notes mail file"
	ReasonPolicy   = "Message rejected for policy reasons"
	ReasonSelf     = "Attempt made to transfer message to self via SMTP. Possible DNS configuration error."
	ReasonDNS      = "DNS is unavailable, message will be requeued."
	ReasonGroup    = "Not authorized to send mail to this user or group"
	ReasonDomain   = "Your Domain does not have access to route messages to the specified domain."

	// ReasonAway is ours: Domino has no text for a directory that does not answer.
	ReasonAway = "Directory not available"

	reasonTooMany = "Too many recipients after the expansion of groups" // our words
)

// failure makes the decision on a recipient that gets no mail.
func failure(class Class, status, reason string) Decision {
	return Decision{Reason: reason, Status: status, Class: class}
}

// unknownYet makes the decision where a look-up did not get to its end (RFC 3463:
// 4.4.3 is a failure of a directory server).
func unknownYet(state directory.State, asked string, t *Trail) Decision {
	if state == directory.Incomplete {
		return Decision{Action: Ask}
	}
	t.add(listed, asked, "the directory does not answer")
	return Away()
}

// Away gives the decision on a recipient while the directory does not answer.
func Away() Decision { return Decision{Action: Defer, Reason: ReasonAway, Status: "4.4.3"} }

// sharedMailFile makes the decision on a recipient whose mail file would be made by
// a rule that gives it to somebody else, too: mail waits for an administrator, as
// nobody may read another's (RFC 3463: 4.3.5 is a system that is configured wrong).
func sharedMailFile(name, other string) Decision {
	return Decision{Action: Defer, Reason: "Mail file not unique: that of " + name + " would be that of " + other + ", too", Status: "4.3.5"}
}

func reasonNotUnique(name string) string {
	return "Recipient user name " + name + " not unique.  Several matches found in Domino Directory."
}

func notListed(p smtpwire.Path) Decision {
	return failure(ClassUsername, "5.1.1", "User "+p.Local+" ("+p.String()+") not listed in Domino Directory")
}

func nameNotListed(name string) Decision {
	return failure(ClassUsername, "5.1.1", "User "+directory.Abbreviate(name)+" ("+name+") not listed in Domino Directory")
}

// NoRoute is the reason for a domain that nothing leads to.
func NoRoute(domain string, id settings.Identity) string {
	return "No route found to domain " + domain + " from server " + serverName(id) + ".  Check DNS configuration."
}

func noServer(server string, id settings.Identity) Decision {
	return failure(ClassServer, "5.4.4", "No route found to server "+directory.Abbreviate(server)+" from server "+serverName(id)+
		".  Check Server and Connection documents in the Domino Directory.")
}

func restricted(sender string, id settings.Identity) string {
	return sender + " is restricted from sending mail through server " + serverName(id)
}

// serverName gives the server's name as reasons print it.
func serverName(id settings.Identity) string {
	if id.ServerName == "" {
		return id.HostName
	}
	return directory.Abbreviate(id.ServerName)
}

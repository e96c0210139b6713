package report

import (
	"slices"
	"strings"
)

// Kind is what a report tells of its recipients.
type Kind uint8

// The kinds of reports.
const (
	Failure   Kind = iota // the message does not reach them
	Delay                 // it has not reached them yet
	Delivered             // it is in their mail files
	Relayed               // the next hop has it, and cannot confirm delivery

	kinds = 4 // how many there are
)

// String gives the kind in one word, for logs.
func (k Kind) String() string {
	switch k {
	case Failure:
		return "failure"
	case Delay:
		return "delay"
	case Delivered:
		return "delivered"
	case Relayed:
		return "relayed"
	}
	return "unknown"
}

// action gives the value of the field Action (RFC 3464, 2.3.3).
func (k Kind) action() string {
	switch k {
	case Failure:
		return "failed"
	case Delay:
		return "delayed"
	}
	return k.String()
}

// Wanted says whether a recipient with this NOTIFY parameter, in words of any
// case, gets a report of the kind (RFC 3461, 4.1). Without the parameter
// failures and delays are reported, the latter as in the help topic "Defining
// when to send transfer and delivery Delay reports".
func (k Kind) Wanted(notify []string) bool {
	word := "SUCCESS"
	switch k {
	case Failure:
		word = "FAILURE"
	case Delay:
		word = "DELAY"
	}
	if len(notify) == 0 {
		return k == Failure || k == Delay
	}
	return slices.ContainsFunc(notify, func(s string) bool { return strings.EqualFold(s, word) })
}

// Class says which text of the administrator's belongs to a failure or delay.
// The classes are the fields of the help topic "Customizing the text of mail
// failure messages".
type Class uint8

// The classes.
const (
	Unclassed          Class = iota // none of the administrator's texts
	TransferFailure                 // a transient failure of the connection between servers
	DeliveryFailure                 // the mail file cannot take the message
	MessageExpiration               // the message time-out is over
	DomainFailure                   // the destination domain is in no directory and not in the DNS
	ServerFailure                   // the DNS names a host that cannot be reached
	UsernameFailure                 // no such user, or several
	SizeFailure                     // larger than the maximum message size
	RestrictionFailure              // refused by a restriction or a rule
	DelayNotification               // not yet transferred or delivered
)

var classNames = [...]string{
	"", "Transfer failure", "Delivery failure", "Message expiration", "Domain failure", "Server failure",
	"Username failure", "Size failure", "Restriction failure", "Delay notification",
}

// String gives the label of the class's field, "" for Unclassed.
func (c Class) String() string {
	if int(c) >= len(classNames) {
		return ""
	}
	return classNames[c]
}

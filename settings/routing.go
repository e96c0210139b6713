package settings

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"domigo/directory"
	"domigo/settings/match"
)

// Outbound are the SMTP outbound controls: who may send to the Internet, and
// whereto.
type Outbound struct {
	AllowFrom, DenyFrom   match.AddressList // senders by address
	AllowNames, DenyNames match.NameList    // senders by Notes name
	AllowTo, DenyTo       match.DomainList  // destination domains, or hosts that MX records name
}

// LowPriorityNotify is the field "Low priority delay notification".
type LowPriorityNotify int

// The values of the field, with its codes.
const (
	LowNotifyNone   LowPriorityNotify = iota // 0
	LowNotifyPolicy                          // 1: only if priority changed for policy reasons
	LowNotifyUser                            // 2: only if user requested low priority
	LowNotifyAll                             // 3
)

// LowPriority says which mail waits for its time of the day.
type LowPriority struct {
	BySize       bool  // messages from From octets up to the maximum message size are low
	From         int64 // octets
	Time         Window
	Notify       LowPriorityNotify
	NotifyAfter  time.Duration // RouterLowPriorityDelayNotify; 0 leaves it to Notify
	NotifyBuffer time.Duration // no notice this short before the time range
	TextFile     string        // text of the notice
}

// Delay are the transfer and delivery delay notifications.
type Delay struct {
	Notify            bool
	High, Normal, Low time.Duration
}

// DeadMail is the automatic processing of dead mail ("Enabling automatic dead
// mail processing").
type DeadMail struct {
	Automatic bool
	Tries     int // 0: deleted without a try
	Wait      time.Duration
	Internal  match.DomainList // domains whose recipients are tried again; blank: the local Internet domains
}

// JournalMethod is the field "Method" of the Journaling tab.
type JournalMethod int

// The values of the field.
const (
	JournalLocal JournalMethod = iota // into the local journal database
	JournalMail                       // sent to a mail-in database
)

// Journal is where the rule action "Journal this message" copies to.
type Journal struct {
	On          bool
	Method      JournalMethod
	File        string // mail file of the journal, with JournalLocal
	Destination string // address or name, with JournalMail
}

// ForeignSMTPDomain is a Foreign SMTP Domain document: mail for the Internet
// domains goes to Host, or the way of the SMTP Connection documents to Domain.
type ForeignSMTPDomain struct {
	Internet string // "partner.example", "*.partner.example", "*.*"; lower case
	Domain   string // lower case
	Host     string // host or [address], with an optional port
}

// SMTPConnection is an SMTP Connection document.
type SMTPConnection struct {
	Source    string // server, "" or "*" for every one
	Domain    string // destination domain, lower case
	RelayHost string // host or [address], with an optional port
}

// MailServer is what routing needs of a Server document: servers to which mail
// for their users can go by SMTP.
type MailServer struct {
	Name     string   // canonical
	HostName string   // fully qualified Internet host name
	Domain   string   // Notes domain
	Networks []string // Notes named networks
}

// Server gives the Server document of a server by its name in any form.
func (r *Router) Server(name string) (MailServer, bool) {
	for _, s := range r.Servers {
		if directory.SameName(s.Name, name) {
			return s, true
		}
	}
	return MailServer{}, false
}

// FailureText is an administrator's text for one class of reports: the text, or
// a file that holds it.
type FailureText struct{ Text, File string }

// Texts are the custom texts of reports ("Customizing the text of mail failure
// messages").
type Texts struct {
	Transfer, Delivery, Expiration, Domain, Server, Username, Size, Restriction, Delay FailureText
}

// Window is a range of the day, in minutes after midnight of local time. From
// greater than To goes over midnight; equal ones are the whole day.
type Window struct{ From, To int }

// ParseWindow reads a range of the day: "00:00-06:00", "10:30 PM - 6 AM".
func ParseWindow(text string) (Window, error) {
	from, to, ok := strings.Cut(text, "-")
	var w Window
	var err error
	if ok {
		if w.From, err = parseClock(from); err == nil {
			w.To, err = parseClock(to)
		}
	}
	if !ok || err != nil {
		return Window{}, fmt.Errorf("%q is no time range such as 00:00-06:00", text)
	}
	return w, nil
}

// parseClock gives the minutes after midnight of "06:00", "6 AM", "06:00:00 PM".
func parseClock(text string) (int, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	half := ""
	for _, suffix := range []string{"AM", "PM"} {
		if rest, ok := strings.CutSuffix(text, suffix); ok {
			text, half = strings.TrimSpace(rest), suffix
		}
	}
	parts := strings.Split(text, ":")
	if len(parts) > 3 {
		return 0, fmt.Errorf("%q is no time of the day", text)
	}
	var n [3]int
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 8)
		if err != nil {
			return 0, fmt.Errorf("%q is no time of the day", text)
		}
		n[i] = int(v)
	}
	switch {
	case half != "" && (n[0] < 1 || n[0] > 12):
		return 0, fmt.Errorf("%q is no time of the day", text)
	case half != "":
		n[0] %= 12
		if half == "PM" {
			n[0] += 12
		}
	}
	if n[0] > 24 || n[1] > 59 || n[2] > 59 || n[0] == 24 && (n[1] > 0 || n[2] > 0) {
		return 0, fmt.Errorf("%q is no time of the day", text)
	}
	return n[0]%24*60 + n[1], nil
}

// String gives "00:00 - 06:00".
func (w Window) String() string {
	return fmt.Sprintf("%02d:%02d - %02d:%02d", w.From/60, w.From%60, w.To/60, w.To%60)
}

// Contains reports whether a time lies in the range, by its own location.
func (w Window) Contains(t time.Time) bool {
	m := t.Hour()*60 + t.Minute()
	switch {
	case w.From == w.To:
		return true
	case w.From < w.To:
		return m >= w.From && m < w.To
	}
	return m >= w.From || m < w.To
}

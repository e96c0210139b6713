package trace

import (
	"fmt"
	"strings"
	"time"

	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/router/route"
)

// words says what happened in a step; "" for one that has no words in the log.
func (w *writer) words(st *Step, s *Story) string {
	who := list(st.Recipients, "and", 5)
	switch st.What {
	case received:
		return s.received(st)
	case "routed":
		return fmt.Sprintf("routed to %s: %s%s%s", hop(st.Hop), who, forWhom(st), w.notBefore(st.Due))
	case "delivered":
		return fmt.Sprintf("delivered to %s%s%s%s", who, forWhom(st), inFile(st.MailFile), said(st.Reply))
	case "transferred":
		return fmt.Sprintf("transferred to %s for %s%s%s", st.Host, who, forWhom(st), said(st.Reply))
	case "host not used":
		return fmt.Sprintf("%s was tried and not used: %s", st.Host, st.Reason)
	case "put off":
		return fmt.Sprintf("attempt %d at %s for %s: not now%s%s; next attempt %s", st.Attempts, hop(st.Hop), who, status(st.Status), because(st.Reason), w.time(st.Due))
	case destinationSilent:
		return fmt.Sprintf("no answer from %s%s; all that waits for it is tried again %s", hop(st.Hop), because(st.Reason), w.time(st.Due))
	case "not delivered":
		return fmt.Sprintf("given up for %s%s%s%s", who, forWhom(st), status(st.Status), because(st.Reason))
	case "set aside":
		return fmt.Sprintf("%s for %s%s", aside(st.State), who, because(st.Reason))
	case "report":
		return fmt.Sprintf("%s report on %s sent to %s (message %s)%s", st.Kind, who, addressText(st.To), short(st.Report), because(st.Reason))
	case "queue changed":
		return changed(st, who)
	case "dead mail tried again":
		return fmt.Sprintf("dead mail for %s is tried again by itself%s", who, because(st.Reason))
	case "dead mail deleted":
		return fmt.Sprintf("dead mail for %s deleted after %s%s", who, counted(st.Attempts, "attempt"), because(st.Reason))
	}
	return strings.TrimSpace(st.What + because(st.Reason))
}

// received tells how a message came in.
func (s *Story) received(st *Step) string {
	text := "accepted from " + addressText(s.Sender) + " for " + counted(len(s.Recipients), "recipient")
	if s.Size > 0 {
		text += fmt.Sprintf(", %d octets", s.Size)
	}
	text += ", brought by " + s.Client
	if s.Name != "" {
		text += " (" + s.Name + ")"
	}
	if s.Helo != "" {
		text += ", which calls itself " + s.Helo
	}
	if s.Port != "" {
		text += ", on the " + s.Port + " port"
	}
	if s.TLS != "" {
		text += ", " + s.TLS
	} else {
		text += ", in clear text"
	}
	if s.User != "" {
		text += ", logged in as " + s.User
	} else {
		text += ", not logged in"
	}
	if st.Reason != "" {
		text += "; " + st.Reason
	}
	return text + " [session " + s.Session + "]"
}

// changed tells what an administrator did.
func changed(st *Step, who string) string {
	by := " by " + st.Who
	switch st.Kind {
	case "hold":
		return "held" + by + ": " + who
	case "release":
		if st.To == "sender" {
			return "given up" + by + ", the sender gets the report: " + who
		}
		return "released" + by + ": " + who
	case "retry":
		return "due at once" + by + ": " + who
	case "delete":
		return "deleted" + by + ": " + who
	case "edit-recipient":
		return "recipient " + who + " changed to " + st.To + by
	}
	return st.Kind + by + ": " + who
}

func aside(state string) string {
	if state == string(mailbox.Held) {
		return "held for the administrator"
	}
	return state
}

// routing is where work leads that has no next hop yet.
const routing = "the Router"

// hop says where a key of the mail.box leads to.
func hop(key string) string {
	base := route.BaseKey(key)
	kind, where, _ := strings.Cut(base, ":")
	switch kind + ":" {
	case route.MXPrefix:
		return "the hosts of " + where
	case route.RelayPrefix:
		return "the relay host " + where
	case route.SmartPrefix:
		return "the smart host " + where
	case route.ForeignPrefix:
		return "the Foreign SMTP Domain's host " + where
	case route.ServerPrefix:
		return "the server " + where
	}
	switch base {
	case "":
		return routing
	case route.LocalDelivery:
		return "mail files of this server"
	}
	return base
}

// forWhom tells for whom the message was accepted that goes to others now.
func forWhom(st *Step) string {
	if len(st.For) == 0 {
		return ""
	}
	return " (for " + list(unique(st.For), "and", 5) + ")"
}

func unique(in []string) []string {
	var out []string
	seen := map[string]bool{}
	for _, s := range in {
		if !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

func (w *writer) notBefore(due time.Time) string {
	if due.IsZero() {
		return ""
	}
	return ", not before " + w.time(due)
}

func inFile(name string) string {
	if name == "" {
		return ""
	}
	return " in mail file " + name
}

func said(reply string) string {
	if reply == "" {
		return ""
	}
	return "; the host said: " + reply
}

func status(code string) string {
	if code == "" {
		return ""
	}
	return " (" + code + ")"
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// list names addresses, at most so many.
func list(all []string, last string, most int) string {
	shown := make([]string, 0, min(len(all), most))
	for _, a := range all[:min(len(all), most)] {
		shown = append(shown, addressText(a))
	}
	if more := len(all) - most; more > 0 {
		return strings.Join(shown, ", ") + fmt.Sprintf(" and %d more", more)
	}
	if n := len(shown) - 1; last != "" && n > 0 {
		return strings.Join(shown[:n], ", ") + " " + last + " " + shown[n]
	}
	return strings.Join(shown, ", ")
}

// addressText shows the null path as what it is.
func addressText(a string) string {
	if a == "" {
		return "<>"
	}
	return a
}

// short gives the digits of a queue id that stand on the console.
func short(id string) string { return mailbox.ID(id).Short() }

// clean keeps the text of others from steering a terminal.
func clean(s string) string { return smtpwire.Clean(s) }

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

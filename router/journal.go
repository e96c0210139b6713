package router

import (
	"strings"

	"domigo/mailbox"
	"domigo/router/route"
	"domigo/settings"
)

// journalPath marks a target that is the journal's copy and no recipient's.
const journalPath = "[Journal]"

func isJournal(t *mailbox.Target) bool { return len(t.Path) == 1 && t.Path[0] == journalPath }

// journal adds the copy that the rule action "Journal this message" asks for: into
// the local journal, or to its mail-in database or address ("Setting server mail
// rules"). Nobody is told if it cannot be delivered but the administrator, whose
// the copy is.
func (s *split) journal() {
	where := &s.j.s.Router.Journal
	if !s.j.Envelope.Journal || s.j.Journaled || !where.On {
		return
	}
	t := mailbox.Target{Recipient: mailbox.Recipient{Notify: []string{"NEVER"}}, Path: []string{journalPath}}
	if where.Method == settings.JournalLocal {
		t.MailFile = strings.TrimSpace(where.File)
		t.To = t.MailFile
		t.Recipient.Address = t.To
		s.put(route.LocalDelivery, t)
		return
	}
	t.To = strings.TrimSpace(where.Destination)
	t.Recipient.Address = t.To
	m := route.MessageOf(&s.j.Envelope)
	t.Path = nil
	for _, end := range route.Expand(s.j.env(), &m, t, nil) {
		s.add(end)
	}
}

// journaled is the decision on the journal's copy.
func journaled(t mailbox.Target) route.Decision {
	return route.Decision{Action: route.Deliver, Key: route.LocalDelivery, MailFile: t.MailFile, Name: t.MailFile}
}

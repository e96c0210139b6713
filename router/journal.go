package router

import (
	"context"
	"strings"

	"domigo/mailbox"
	"domigo/router/route"
	"domigo/settings"
)

// A target whose way begins with one of these is the journal's copy and no
// recipient's.
const (
	journalFile = "[Journal]"             // into the local journal
	journalMail = "[Journal destination]" // to the mail-in database or address
)

func isJournal(t *mailbox.Target) bool {
	return isJournalFile(t) || len(t.Path) > 0 && t.Path[0] == journalMail
}

func isJournalFile(t *mailbox.Target) bool { return len(t.Path) > 0 && t.Path[0] == journalFile }

// journal adds the copy that the rule action "Journal this message" asks for: into
// the local journal, or to its mail-in database or address ("Setting server mail
// rules"). Nobody is told if it cannot be delivered but the administrator, whose
// the copy is.
func (s *split) journal(ctx context.Context, expand expander) {
	where := &s.j.s.Router.Journal
	if !s.j.Envelope.Journal || s.j.Journaled || !where.On {
		return
	}
	to, marker := strings.TrimSpace(where.File), journalFile
	if where.Method == settings.JournalMail {
		to, marker = strings.TrimSpace(where.Destination), journalMail
	}
	s.copy(ctx, expand, mailbox.Target{Recipient: mailbox.Recipient{Address: to, Notify: []string{"NEVER"}}, To: to, Path: []string{marker}})
}

// copy routes a copy for the journal, a new one or one that is routed anew.
func (s *split) copy(ctx context.Context, expand expander, t mailbox.Target) {
	if isJournalFile(&t) {
		t.MailFile = t.To
		s.put(route.LocalDelivery, t)
		return
	}
	for _, end := range expand(t) {
		s.add(ctx, end)
	}
}

// copies routes those targets of the work that are the journal's, and gives the
// others.
func (s *split) copies(ctx context.Context, expand expander) []mailbox.Target {
	var rest []mailbox.Target
	for _, t := range s.j.Recipients {
		if isJournal(&t) {
			s.copy(ctx, expand, t)
		} else {
			rest = append(rest, t)
		}
	}
	return rest
}

// journaled is the decision on the local journal's copy.
func journaled(t mailbox.Target) route.Decision {
	return route.Decision{Action: route.Deliver, Key: route.LocalDelivery, MailFile: t.MailFile, Name: t.MailFile}
}

package queue

import (
	"context"
	"errors"
	"strings"

	"domigo/mailbox"
	"domigo/router/route"
)

// editRecipient puts another address in the place of a recipient's, in each unit
// that has it. The work is then routed anew; held and dead work once it is
// released.
func (r *run) editRecipient(ctx context.Context, rows []mailbox.Listed) error {
	fresh, err := address(r.New)
	if err != nil {
		return refuse(err, "%s", clean(err.Error()))
	}
	id := rows[0].Message
	if !fresh.IsASCII() && !rows[0].Envelope.UTF8 {
		return refuse(nil, "%s: came without SMTPUTF8, so %s cannot be its recipient", id.Short(), clean(r.New))
	}
	for i := range rows {
		if has(rows[i].Recipients, fresh.String()) >= 0 && !strings.EqualFold(r.Old, r.New) {
			return refuse(nil, "%s: %s is a recipient already", id.Short(), clean(fresh.String()))
		}
	}
	found := false
	for i := range rows {
		if has(rows[i].Recipients, r.Old) < 0 {
			continue
		}
		found = true
		if err := r.editUnit(ctx, &rows[i], fresh.String()); err != nil {
			return err
		}
	}
	if !found {
		return refuse(errNothing, "%s: %s is no recipient that is open", id.Short(), clean(r.Old))
	}
	return nil
}

// has finds a recipient by the address it goes to, or else the one it was
// accepted with; -1 without one.
func has(list []mailbox.Target, address string) int {
	for i := range list {
		if strings.EqualFold(list[i].To, address) {
			return i
		}
	}
	for i := range list {
		if strings.EqualFold(list[i].Address, address) {
			return i
		}
	}
	return -1
}

// editUnit changes one unit. The key of waiting work becomes "", or if the message
// has other work of that key, one of route.EditedPrefix. Held and dead work gets such a
// key too, unless it has one of work set apart already.
func (r *run) editUnit(ctx context.Context, row *mailbox.Listed, fresh string) error {
	c := Change{What: EditRecipient, Message: row.Message, Key: row.Key, Sender: row.Envelope.Sender, New: fresh}
	var list []mailbox.Target
	change := func(w *mailbox.Work) error {
		i := has(w.Recipients, r.Old)
		if i < 0 {
			return errOther
		}
		t := &w.Recipients[i]
		list = []mailbox.Target{*t}
		c.Old, c.Was, c.Is = t.To, w.State, w.State
		// The address accepted from the client stays, as the recipient that was
		// intended.
		t.To, t.MailFile, t.Path = fresh, "", nil
		switch _, _, apart := route.CutApart(w.Key); {
		case w.State == mailbox.Pending:
			w.Key, w.Due, w.Attempts, w.LastError = "", r.now, 0, ""
		case !apart:
			w.Key = ""
		}
		return nil
	}
	prefix := ""
	if _, _, apart := route.CutApart(row.Key); !apart && row.State != mailbox.Pending {
		prefix = route.EditedPrefix
	}
	err := r.edit(ctx, row, prefix, change)
	if prefix == "" && errors.Is(err, mailbox.ErrExists) {
		err = r.edit(ctx, row, route.EditedPrefix, change)
	}
	switch {
	case errors.Is(err, errOther):
		return refuse(err, "%s: %s has ended meanwhile", row.Message.Short(), clean(r.Old))
	case err != nil:
		return err
	}
	r.Done++
	return r.note(c, list)
}

package console

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// Our own texts about sessions; no source shows Domino's.
const (
	textNoSession = "No session %s"
	textDropped   = "  %s dropped"
	textBroadcast = "  Message sent to %s"
)

// count gives a number of things: 1 session, 2 sessions.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// sessions gives the sessions; without the SMTP task there are none.
func (r *request) sessions() ([]Session, error) {
	list, err := r.server.Sessions()
	if errors.Is(err, ErrTaskDown) {
		return nil, nil
	}
	return list, err
}

// runShowUsers prints the SMTP sessions in Domino's columns. Where nobody has
// logged in the session's id stands for the user; DROP takes either. What it
// transacts are messages.
func runShowUsers(_ context.Context, r *request) error {
	list, err := r.sessions()
	if err != nil {
		return err
	}
	r.line("  User Name          Databases Open       Minutes Since Last Used       NetAddr       Dbs Opened       DocReads       DocWrites       Transactions")
	r.line("")
	for _, s := range list {
		r.line("  %-18s %-20s %-29d %-13s %-16d %-14d %-15d %d", cmp.Or(s.User, s.ID), "mail.box", int(s.Idle/time.Minute), s.Address, 1, 0, s.Messages, s.Messages)
	}
	return nil
}

// runShowSessions prints the sessions of the SMTP task as they are here.
func runShowSessions(_ context.Context, r *request) error {
	list, err := r.server.Sessions()
	if err != nil {
		return r.tellError(err)
	}
	r.line("  Session              Address                                  Port           User                     State    Since    Idle     Msgs")
	for _, s := range list {
		r.line("  %-20s %-40s %-14s %-24s %-8s %s %s %4d", s.ID, s.Address, s.Port, cmp.Or(s.User, "-"), s.State, elapsed(s.Age), elapsed(s.Idle), s.Messages)
	}
	r.line("  %s", count(len(list), "session"))
	return nil
}

// runDrop ends sessions: all, one by its id, or those of a user or an address.
func runDrop(_ context.Context, r *request) error {
	who := r.args[0]
	if len(r.args) > 1 && !strings.EqualFold(r.args[1], "all") {
		return fail(textValue)
	}
	all := len(r.args) == 1 && strings.EqualFold(who, "all")
	list, err := r.sessions()
	if err != nil {
		return err
	}
	dropped, found := 0, false
	for _, s := range list {
		if !all && !strings.EqualFold(s.ID, who) && !sameAddress(s.Address, who) && (s.User == "" || !strings.EqualFold(s.User, who)) {
			continue
		}
		found = true
		switch err := r.server.DropSession(s.ID); {
		case err == nil:
			dropped++
		case !errors.Is(err, ErrNoSession): // it has ended by itself
			return err
		}
	}
	if !found && !all {
		return &CommandError{fmt.Sprintf(textNoSession, who), ErrNoSession}
	}
	r.line(textDropped, count(dropped, "session"))
	return nil
}

// sameAddress compares an address with one that was typed, in brackets or not.
func sameAddress(address, typed string) bool {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	b, err := netip.ParseAddr(strings.Trim(typed, "[]"))
	return err == nil && a == b
}

// runTellDrop ends one session of the SMTP task.
func runTellDrop(_ context.Context, r *request) error {
	id := r.told[0]
	err := r.server.DropSession(id)
	switch {
	case err == nil:
		r.line(textDropped, count(1, "session"))
		return nil
	case errors.Is(err, ErrNoSession):
		return &CommandError{fmt.Sprintf(textNoSession, id), err}
	}
	return r.tellError(err)
}

// runTrace passes TRACE ON or OFF to the SMTP task, with the host.
func runTrace(ctx context.Context, r *request) error {
	return r.tell(ctx, append(strings.Fields(strings.ToLower(strings.Join(r.path, " "))), r.told...))
}

// runBroadcast sends a message to the attached consoles. A user or a database
// to send it to there is not.
func runBroadcast(_ context.Context, r *request) error {
	if len(r.args) > 1 {
		return fail(textNotConfigured)
	}
	if r.args[0] == "" {
		return fail(textValue)
	}
	r.line(textBroadcast, count(r.server.Broadcast(r.args[0]), "console"))
	return nil
}

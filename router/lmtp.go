package router

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/emersion/go-smtp"
)

// errNoReply: the session ended before a recipient's reply.
var errNoReply = errors.New("connection lost before the reply")

// deliverLMTP delivers over LMTP (RFC 2033), where each recipient has a reply of
// its own after the data. where is host:port or unix:PATH.
func (r *Router) deliverLMTP(ctx context.Context, j *job, where string, decisions []Decision) []outcome {
	network, address := "tcp", where
	if path, ok := cutFold(where, "unix:"); ok {
		network, address = "unix", path
	}
	ctx, cancel := r.limit.attempt(ctx, j.Envelope.Size)
	defer cancel()
	ses, err := r.open(ctx, j, dialTo{network: network, address: address, name: address, lmtp: true})
	if err != nil {
		return asDelivery(all(j, r.verdict(ctx, address, err)))
	}
	defer ses.close()
	if err := ses.takes(&j.Envelope); err != nil {
		return asDelivery(all(j, r.verdict(ctx, address, err)))
	}
	return asDelivery(r.send(ctx, ses, j, lmtpAddresses(j, decisions)))
}

// lmtpAddresses gives what the recipients are called over LMTP: one address for
// each mail file, so that it gets one copy, and always one with a domain.
func lmtpAddresses(j *job, decisions []Decision) []string {
	addresses := make([]string, len(j.Recipients))
	first := map[string]string{}
	for i, t := range j.Recipients {
		address, known := first[t.MailFile]
		if !known {
			address = t.To
			if p, ok := parse(t.To); !ok || p.Domain == "" || !strings.Contains(p.Domain, ".") {
				address = decisions[i].Address
			}
			if !strings.Contains(address, "@") {
				address = cmp.Or(address, t.To) + "@" + reportDomain(j.s)
			}
			first[t.MailFile] = address
		}
		addresses[i] = address
	}
	return addresses
}

// asDelivery words the reasons of a session as those of a delivery.
func asDelivery(outs []outcome) []outcome {
	for i := range outs {
		if o := &outs[i]; o.result != done {
			cause := strings.TrimPrefix(o.reason, "Error transferring to "+o.remote+"; ")
			o.reason, o.remote = fmt.Sprintf("Error delivering to %s %s; %s", o.target.To, o.target.MailFile, cause), ""
		}
	}
	return outs
}

// lmtpReplies takes the replies after the data apart. The client keys them by
// address, which is why addresses are sent once.
func (r *Router) lmtpReplies(ctx context.Context, ses *session, cmd *smtp.DataCommand, sent []string) map[string]outcome {
	good, err := cmd.CloseWithLMTPResponse()
	var bad smtp.LMTPDataError
	errors.As(err, &bad)
	if len(good)+len(bad) < len(sent) {
		ses.broken = true
	}
	outs := make(map[string]outcome, len(sent))
	for _, address := range sent {
		switch {
		case bad[address] != nil:
			outs[address] = r.verdict(ctx, ses.name, bad[address])
		case good[address] != nil:
			outs[address] = outcome{result: done}
		default:
			// err may hold the replies to others; they say nothing here.
			outs[address] = r.verdict(ctx, ses.name, errNoReply)
		}
	}
	return outs
}

package router

import (
	"context"
	"errors"
	"fmt"
	"time"

	"domigo/internal/smtpwire"
	"domigo/router/report"
	"domigo/router/route"
)

// deliverJob makes one attempt at a delivery and records it.
func (r *Router) deliverJob(ctx context.Context, j *job) error {
	decisions, ok, err := r.stays(ctx, j)
	if !ok || err != nil {
		return err
	}
	if over(j, r.c.Now()) && j.Attempts > 0 {
		return r.settle(ctx, j, expired(j), nil)
	}
	return r.settle(ctx, j, r.deliver(ctx, j, decisions), nil)
}

// deliver puts a message into the mail files of local recipients, once for each
// mail file: into Maildirs or over LMTP, as Domigo_Delivery says.
func (r *Router) deliver(ctx context.Context, j *job, decisions []route.Decision) []outcome {
	start := r.c.Now()
	var outs []outcome
	switch to, ok := j.s.Own.LocalDelivery(); {
	case !ok:
		outs = all(j, outcome{result: deferred, class: report.DeliveryFailure, reason: "Domigo_Delivery=" + j.s.Own.Delivery + " is neither maildir:DIR nor lmtp:ADDRESS", status: "4.3.5"})
	case to.LMTP != "":
		outs = r.deliverLMTP(ctx, j, to.LMTP, decisions)
	default:
		outs = r.deliverFiles(ctx, j, to.Folder(r.c.MailDir))
	}
	for i, o := range outs {
		r.delivered(j, o, decisions[i], r.c.Now().Sub(start))
	}
	return outs
}

// deliverFiles delivers to Maildirs below dir.
func (r *Router) deliverFiles(ctx context.Context, j *job, dir string) []outcome {
	files := r.files
	if files == nil {
		root, release, err := r.roots.use(dir)
		if err != nil {
			return all(j, outcome{result: deferred, class: report.DeliveryFailure, reason: "Unable to open mailbox file; " + failing(err), status: "4.3.0"})
		}
		defer release()
		files = root
	}
	outs := make([]outcome, len(j.Recipients))
	first := map[string]int{}
	for i, t := range j.Recipients {
		outs[i].target, outs[i].class = t, report.DeliveryFailure
		mailDir, err := mailDirPath(t.MailFile)
		if err != nil {
			outs[i].result, outs[i].reason, outs[i].status = failed, route.ReasonMailFile, "5.2.0"
			continue
		}
		if n, ok := first[mailDir]; ok {
			outs[i] = outs[n]
			outs[i].target = t
			continue
		}
		first[mailDir] = i
		if err := r.deliverMaildir(ctx, files, j, mailDir, deliveryHeader(j.Envelope.Sender, t.To)); err != nil {
			outs[i].result, outs[i].status = deferred, "4.3.0"
			outs[i].reason = fmt.Sprintf("Error delivering to %s %s; %s", t.To, t.MailFile, failing(err))
			if errors.Is(ctx.Err(), context.Canceled) {
				outs[i].result = cancelled
			}
		}
	}
	return outs
}

// deliveryHeader gives what the final delivery puts in front (RFC 5321, 4.4).
func deliveryHeader(sender, to string) string {
	return "Return-Path: <" + smtpwire.Clean(sender) + ">\r\nDelivered-To: " + smtpwire.Clean(to) + "\r\n"
}

// delivered counts and prints one delivery.
func (r *Router) delivered(j *job, o outcome, d route.Decision, took time.Duration) {
	if o.result != done {
		return
	}
	r.stats.deliver(j.Envelope.Size, took)
	name := d.Name
	if name == "" {
		name = o.target.To
	}
	r.sayDelivered(j, name, took)
	about(j.event(r.c.Log.Info()), &o.target).Str("mail_file", o.target.MailFile).Str("reply", o.reply).
		Int64("size", j.Envelope.Size).Msg("delivered")
}

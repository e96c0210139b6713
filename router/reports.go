package router

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"domigo/mailbox"
	"domigo/router/report"
	"domigo/router/route"
	"domigo/settings"
)

// original reads what a report returns of a message; its header alone unless
// whole.
func (r *Router) original(ctx context.Context, j *job, whole bool) (*report.Original, error) {
	body, err := r.c.Store.Body(ctx, j.Message)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	defer body.Close()
	o, err := report.ReadOriginal(body, whole)
	if err != nil {
		return nil, fmt.Errorf("read message: %w", err)
	}
	return o, nil
}

// reportTo gives who is told of a message: its sender; of one with an empty
// reverse path with RouterDSNForNULLReversePath=1 the header's Sender or From,
// else nobody. A report of ours never causes another.
func (r *Router) reportTo(ctx context.Context, j *job) string {
	if j.Envelope.Sender != "" {
		return j.Envelope.Sender
	}
	if j.Envelope.Report || j.s.Router.NullPath != settings.NullPathSend {
		return ""
	}
	o, err := r.original(ctx, j, false)
	if err != nil {
		r.c.Log.Error().Err(err).Str("mail", string(j.Message)).Msg("nobody is told of it")
		return ""
	}
	return o.Author()
}

// tell puts the reports of a kind on outs into the mail.box, one for each reason,
// for those recipients who want one. With an error untold are those of whom there
// is none.
func (r *Router) tell(ctx context.Context, j *job, kind report.Kind, to string, outs []outcome) (untold []outcome, err error) {
	groups := byReason(kind, outs)
	for i, group := range groups {
		if err := r.report(ctx, j, kind, to, group); err != nil {
			return slices.Concat(groups[i:]...), fmt.Errorf("%s report: %w", kind, err)
		}
	}
	return nil, nil
}

// mostReports bounds the reports on one attempt: a next hop may word its reason
// anew for each recipient, and each report returns the message.
const mostReports = 10

// byReason groups the outcomes that want a report by reason and remote host: the
// subject of a failure report names one reason. Where there are too many, the last
// report tells of all others, each with its own.
func byReason(kind report.Kind, outs []outcome) [][]outcome {
	var groups [][]outcome
	for _, o := range outs {
		if !kind.Wanted(o.target.Notify) {
			continue
		}
		i := slices.IndexFunc(groups, func(g []outcome) bool { return g[0].reason == o.reason && g[0].remote == o.remote })
		switch {
		case i < 0 && len(groups) == mostReports:
			i = mostReports - 1
		case i < 0:
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], o)
	}
	return groups
}

// report puts one report into the mail.box, from the null reverse path.
func (r *Router) report(ctx context.Context, j *job, kind report.Kind, to string, outs []outcome) error {
	original, err := r.original(ctx, j, j.Envelope.Return != "HDRS" && kind == report.Failure)
	if err != nil {
		// Who waits for it is told all the same, without what cannot be read.
		r.c.Log.Error().Err(err).Str("mail", string(j.Message)).Msg("report does not return the message")
		original = nil
	}
	draft, err := r.c.Store.Create(ctx)
	if err != nil {
		return err
	}
	defer draft.Discard()
	now, s := r.c.Now(), &j.s.Router
	n := &report.Notice{
		Kind: kind, Host: j.s.Identity.HostName, Domain: reportDomain(j.s), To: to, EnvID: j.Envelope.EnvID,
		Now: now, Arrival: j.Envelope.Received, UTF8: j.Envelope.UTF8, Original: original,
	}
	if s.FreshMessageID {
		n.MessageID = "<OF" + string(draft.ID()) + "@" + n.Domain + ">"
	}
	if s.Translate {
		n.Language = j.s.Own.ReportLanguage
	}
	low := kind == report.Delay && priorityOf(j.Priority) == route.Low && j.Attempts == 0
	if low {
		n.LowPriorityRange = s.LowPriority.Time.String()
	}
	n.Texts = r.texts(s, kind, low, outs)
	for _, o := range outs {
		n.Recipients = append(n.Recipients, report.Recipient{
			Address: o.target.To, ORcpt: o.target.ORcpt, Reason: forSender(o.reason), Status: o.status, Remote: o.remote, Class: o.class,
			LastAttempt: lastAttempt(j, now), RetryUntil: expires(j.s, &j.Envelope, &j.Work, now),
		})
	}
	if _, err := n.WriteTo(draft); err != nil {
		return err
	}
	env := mailbox.Envelope{
		Received: now, Recipients: []mailbox.Recipient{{Address: to}}, MessageID: n.MessageID, Report: true, UTF8: n.NeedsUTF8(),
	}
	if n.EightBit() {
		env.Body = "8BITMIME"
	}
	if err := draft.Commit(ctx, env); err != nil {
		return err
	}
	r.logReport(j, kind, draft.ID(), to, outs)
	return nil
}

// lastAttempt is now if there was an attempt; mail that only waited has none.
func lastAttempt(j *job, now time.Time) time.Time {
	if j.Attempts == 0 && j.LastError == "" {
		return time.Time{}
	}
	return now
}

// texts gives the administrator's texts for the classes that a report has
// ("Customizing the text of mail failure messages"). The notice that mail waits
// for the low priority time range has a file of its own.
func (r *Router) texts(s *settings.Router, kind report.Kind, low bool, outs []outcome) map[report.Class]string {
	texts := map[report.Class]string{}
	if kind != report.Failure && kind != report.Delay {
		return texts
	}
	of := map[report.Class]settings.FailureText{
		report.TransferFailure: s.Texts.Transfer, report.DeliveryFailure: s.Texts.Delivery, report.MessageExpiration: s.Texts.Expiration,
		report.DomainFailure: s.Texts.Domain, report.ServerFailure: s.Texts.Server, report.UsernameFailure: s.Texts.Username,
		report.SizeFailure: s.Texts.Size, report.RestrictionFailure: s.Texts.Restriction, report.DelayNotification: s.Texts.Delay,
	}
	if low && s.LowPriority.TextFile != "" && s.Texts.Delay == (settings.FailureText{}) {
		of[report.DelayNotification] = settings.FailureText{File: s.LowPriority.TextFile}
	}
	for _, class := range classes(outs) {
		text := of[class]
		if text.File != "" {
			read, err := r.readText(text.File)
			if err != nil {
				r.c.Log.Error().Err(err).Str("class", class.String()).Msg("text of reports not read")
			} else {
				text.Text = strings.TrimSpace(text.Text + "\n" + read)
			}
		}
		if text.Text != "" {
			texts[class] = text.Text
		}
	}
	return texts
}

func classes(outs []outcome) []report.Class {
	var list []report.Class
	for _, o := range outs {
		if !slices.Contains(list, o.class) {
			list = append(list, o.class)
		}
	}
	return list
}

// mostTextFile bounds the text that a file adds to a report.
const mostTextFile = 32 << 10

var errNoFiles = errors.New("no files can be read here")

func (r *Router) readText(name string) (string, error) {
	if r.c.Open == nil {
		return "", errNoFiles
	}
	f, err := r.c.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, mostTextFile))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n"), nil
}

// reportDomain gives the domain of Postmaster: the first primary one.
func reportDomain(s *settings.Snapshot) string {
	if len(s.Domains.Primary) > 0 {
		return s.Domains.Primary[0]
	}
	return s.Identity.HostName
}

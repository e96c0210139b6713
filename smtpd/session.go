package smtpd

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/resolver"
	"domigo/settings"
	"domigo/smtpd/policy"
)

// session is the state of one client's dialogue apart from the socket: who the
// client is, what was decided about the connection, and the envelope under way.
type session struct {
	srv    *Server
	id     string
	log    zerolog.Logger
	view   *settings.Snapshot
	kind   Kind
	client policy.Client
	domain policy.LookupState // of the sender under way
	flag   policy.Verdict     // connection verdict, answered at MAIL
	lists  policy.FilterFacts // what DNS lists say of the client
	filter policy.FilterVerdict
	silent unanswered // of DNS, for the log of what is refused for want of it
	helo   string
	esmtp  bool
	user   *directory.Entry // who authenticated
	people directory.View   // the directories as the command under way sees them
	tls    string           // version of TLS, "" in clear text

	open     bool // a transaction is under way
	env      mailbox.Envelope
	seen     map[string]struct{} // recipients taken
	messages int
	chunks   *chunks  // the message under way, when it comes by BDAT
	about    subject  // of the command under way
	declined declined // the last MAIL, if it was refused
	activity activity
	watched  *watched // of a Rehearsal; nil in a real session
	barred   string   // the control that kept the last login out, "" for none
	unset    bool     // there were no settings when it began: it is put off
}

// newSession begins a session of a client on a port of a kind, in clear text.
func (s *Server) newSession(client netip.Addr, kind Kind) *session {
	n := s.session.Add(1)
	id := fmt.Sprintf("%08X-%d", uint32(s.started), n)
	view, unset := s.cfg.View(), false
	if view == nil {
		// Whatever asks finds a site that is off.
		view, unset = &settings.Snapshot{Ports: settings.Ports{InternetSites: true}}, true
	}
	return &session{
		srv:  s,
		id:   id,
		log:  s.cfg.Log.With().Str("session", id).Logger(),
		view: view,
		kind: kind,
		client: policy.Client{
			IP:         client.Unmap(),
			Submission: kind == Submission,
		},
		unset: unset,
	}
}

// console prints a Domino console line of the SMTP task, if the logging level
// asks for it.
func (s *session) console(needs settings.LogLevel, format string, args ...any) {
	if !s.view.Router.Logs(needs) {
		return
	}
	s.srv.cfg.Console("SMTP Server: " + smtpwire.Clean(fmt.Sprintf(format, args...)))
}

// start decides about the connection.
func (s *session) start(ctx context.Context) {
	s.flag = s.decide(ctx, func() policy.Verdict { return policy.Connect(s.view, &s.client, s.trail()) })
	s.report(s.flag, "")
	s.applyFilters(ctx)
}

// refresh takes the current view. If it is another one, the verdict about the
// connection is made anew from what is known of the client.
func (s *session) refresh(ctx context.Context) {
	view := s.srv.cfg.View()
	if view == s.view || view == nil {
		return
	}
	s.view = view
	before := s.flag
	s.flag = s.decide(ctx, func() policy.Verdict { return policy.Connect(s.view, &s.client, s.trail()) })
	if s.flag != before {
		s.report(s.flag, "")
	}
	s.applyFilters(ctx)
}

// report puts a refusal on the console, if it has a line there, and in the log.
// recipient is whom it is about, "" for nobody.
func (s *session) report(v policy.Verdict, recipient string) {
	if v.OK() {
		return
	}
	s.note(v)
	if v.Console != "" {
		s.console(settings.LogNormal, "%s", v.Console)
	}
	s.log.Info().Err(s.silent.about(v.Need)).Int("code", v.Code).Str("rule", v.Rule).Stringer("client", s.client.IP).
		Str("sender", s.env.Sender).Str("recipient", recipient).Msg("policy refusal")
}

// maxFacts bounds how often one decision is asked: once for each fact that it may
// want, the last of which is NeedDirectory, and once more with all of them.
const maxFacts = int(policy.NeedDirectory) + 1

// decide asks a decision and fetches the facts it wants, until it has one.
func (s *session) decide(ctx context.Context, ask func() policy.Verdict) policy.Verdict {
	for range maxFacts {
		before := s.steps()
		v := ask()
		if v.Action != policy.Ask {
			return v
		}
		s.forget(before)
		s.fetch(ctx, v.Need)
	}
	s.log.Error().Msg("a decision asked for the same fact again")
	return policy.Verdict{Action: policy.Defer, Code: 451, Status: "4.3.0", Text: "Requested action aborted: local error in processing"}
}

// ptrBudget bounds the look-up of a client's name, and that of the names'
// addresses.
const ptrBudget = 5 * time.Second

// maxNames bounds how many names of one client are looked up in turn.
const maxNames = 10

// fetch gets one fact.
func (s *session) fetch(ctx context.Context, need policy.Need) {
	switch need {
	case policy.NeedPTR:
		ctx, cancel := context.WithTimeout(ctx, ptrBudget)
		defer cancel()
		s.fetchPTR(ctx)
	case policy.NeedConfirmation:
		ctx, cancel := context.WithTimeout(ctx, ptrBudget)
		defer cancel()
		s.confirmPTR(ctx)
	case policy.NeedSenderDomain:
		ctx, cancel := context.WithTimeout(ctx, s.view.SMTP.SenderDomainTimeout)
		defer cancel()
		s.fetchDomain(ctx)
	case policy.NeedDirectory:
		s.people.Fetch(ctx, s.srv.cfg.Assistance)
	}
}

// lookInto takes the current directory for the command under way, and reports
// false if there is none.
func (s *session) lookInto() bool {
	dir := s.srv.cfg.Directory()
	if dir == nil {
		s.people = directory.View{}
		return false
	}
	s.people = dir.Assisted(s.srv.cfg.Assistance)
	return true
}

// known makes a look-up, with what it needs of the directory over the network.
func (s *session) known(ctx context.Context, look func(directory.View) ([]*directory.Entry, directory.State)) ([]*directory.Entry, directory.State) {
	found, state := look(s.people)
	if state == directory.Incomplete && s.people.Fetch(ctx, s.srv.cfg.Assistance) {
		found, state = look(s.people)
	}
	return found, state
}

// lookedUp turns the error of a look-up into what is known.
func lookedUp(err error) policy.LookupState {
	switch {
	case err == nil:
		return policy.Found
	case errors.Is(err, resolver.ErrNotFound):
		return policy.NotFound
	}
	return policy.Failed
}

func (s *session) fetchPTR(ctx context.Context) {
	names, err := s.srv.cfg.Resolver.PTR(ctx, s.client.IP)
	p := policy.PTR{State: lookedUp(err)}
	for _, n := range names[:min(len(names), maxNames)] {
		p.Names = append(p.Names, strings.ToLower(strings.TrimSuffix(smtpwire.Clean(n), ".")))
	}
	if err == nil && len(names) == 0 {
		p.State = policy.NotFound
	}
	s.client.PTR = p
	if s.silent.ptr = failure(err); s.silent.ptr != nil {
		// Beside the refusals for now others hang on it, such as those of the relay controls.
		s.log.Warn().Err(err).Stringer("client", s.client.IP).Msg("reverse DNS did not answer")
		return
	}
	s.log.Debug().Strs("names", p.Names).Err(err).Msg("reverse DNS")
}

// confirmPTR finds which names lead back to the client. A look-up that failed
// confirms nothing; the state is Failed only if nothing was confirmed.
func (s *session) confirmPTR(ctx context.Context) {
	p := &s.client.PTR
	p.Confirm, p.Confirmed = policy.NotFound, nil
	s.silent.confirmation = nil
	for _, n := range p.Names {
		addrs, err := s.srv.cfg.Resolver.Addrs(ctx, n)
		if lookedUp(err) == policy.Failed {
			p.Confirm, s.silent.confirmation = policy.Failed, err
		}
		if slices.ContainsFunc(addrs, func(a netip.Addr) bool { return a.Unmap() == s.client.IP }) {
			p.Confirmed = append(p.Confirmed, n)
		}
	}
	if len(p.Confirmed) > 0 {
		p.Confirm = policy.Found
	}
	if p.Confirm == policy.Failed {
		s.log.Warn().Err(s.silent.confirmation).Stringer("client", s.client.IP).Msg("reverse DNS could not be confirmed")
	}
}

// fetchDomain finds whether the sender's domain has an MX, A or AAAA record.
func (s *session) fetchDomain(ctx context.Context) {
	domain := smtpwire.ASCIIDomain(s.env.Sender[strings.LastIndexByte(s.env.Sender, '@')+1:])
	_, err := s.srv.cfg.Resolver.MX(ctx, domain)
	s.domain = lookedUp(err)
	if s.domain == policy.NotFound {
		_, err = s.srv.cfg.Resolver.Addrs(ctx, domain)
		s.domain = lookedUp(err)
	}
	s.silent.domain = failure(err)
	s.log.Debug().Str("domain", domain).Err(err).Msg("sender's domain looked up")
}

// refused gives the reply of a verdict that does not accept, after it went to
// the console and the log.
func (s *session) refused(v policy.Verdict, recipient string) *reply {
	s.report(v, recipient)
	return &reply{code: v.Code, status: v.Status, text: v.Text, rule: v.Rule}
}

// hello notes the client's name. HELO and EHLO end a transaction
// (RFC 5321, 4.1.4).
func (s *session) hello(name string, esmtp bool) {
	s.helo, s.esmtp, s.declined = name, esmtp, declined{}
	s.reset()
	s.log.Debug().Str("name", smtpwire.Clean(name)).Bool("esmtp", esmtp).Msg("hello")
}

// reset ends the transaction under way.
func (s *session) reset() {
	s.dropChunks()
	s.open = false
	s.env = mailbox.Envelope{}
	s.seen = nil
}

// secured forgets what was said in clear text (RFC 3207, 4.2).
func (s *session) secured() {
	s.reset()
	s.helo, s.esmtp, s.declined = "", false, declined{}
	s.identify(nil)
	s.encrypted(s.tls)
}

// identify makes a person the session's user, or nobody. Sessions reads it from
// another goroutine.
func (s *session) identify(entry *directory.Entry) {
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	s.user, s.client.User = entry, ""
	if entry != nil {
		s.client.User = entry.Name()
	}
}

// encrypted notes that the session is under TLS, and of which version.
func (s *session) encrypted(version string) {
	s.srv.mu.Lock()
	defer s.srv.mu.Unlock()
	s.client.TLS, s.tls = true, version
}

// mayAuthenticate reports whether name and password are taken here: by the
// options of the clear port, or under TLS those of the TLS port. Where TLS is
// required no password is taken in clear text.
func (s *session) mayAuthenticate() bool {
	if s.client.TLS {
		return s.view.Ports.TLSName
	}
	return s.view.Ports.NamePassword && s.view.SMTP.STARTTLS != settings.STARTTLSRequired && !s.view.Own.AuthNeedsTLS
}

// authNeedsTLS reports whether AUTH would be taken after STARTTLS only
// (Domigo_AuthNeedsTLS).
func (s *session) authNeedsTLS() bool {
	return !s.client.TLS && s.view.Own.AuthNeedsTLS && s.view.Ports.TLSName
}

// needsTLS reports whether mail is refused until STARTTLS.
func (s *session) needsTLS() bool {
	return !s.client.TLS && s.view.SMTP.STARTTLS == settings.STARTTLSRequired
}

// address takes a path apart for the decisions.
func address(p smtpwire.Path) policy.Address {
	// A list means an address however it is spelled, and so does the Router.
	return policy.Address{Local: smtpwire.Unquote(p.Local), Domain: smtpwire.ASCIIDomain(p.Domain), Null: p.IsNull(), Typed: p.String()}
}

// connection gives the verdict about the connection as the answer to MAIL. Its
// console line came when it was made.
func (s *session) connection(sender policy.Address) policy.Verdict {
	v := s.flag
	if v.OK() {
		v = s.filter.Verdict
	}
	v.Text, v.Console = v.For(sender), ""
	return v
}

package simulate

import (
	"context"
	"crypto/tls"
	"net/netip"
	"strconv"
	"strings"

	"github.com/rs/zerolog"

	"domigo/directory"
	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/settings"
	"domigo/smtpd"
	"domigo/smtpd/policy"
)

// Site is what the listener works with.
type Site struct {
	Settings    *settings.Snapshot
	Directory   *directory.Directory
	Assistance  directory.Assistance // the directory over the network; nil: none
	Certificate bool                 // there is one: STARTTLS can be offered
	Lockout     smtpd.Lockout        // who is locked out; nil: nobody
}

// Case is the client to try and what it sends.
type Case struct {
	Client     netip.Addr
	Helo       string // "" is the client's address as a literal
	User       string // logs in with the right password; "" does not
	TLS        bool   // STARTTLS, or the TLS port where the one port has none
	Submission bool   // to the submission port
	From       string // without angle brackets, "" is the null sender
	To         []string
	Size       int64 // octets, 0 is unknown
	// Message, if not nil, is the content with its header section. Without it one
	// is made up, from From to To and as large as Size, up to a bound.
	Message []byte
}

// Outcome is what came of a stage.
type Outcome string

// The outcomes.
const (
	Accepted  Outcome = "accepted"
	Refused   Outcome = "refused"
	Deferred  Outcome = "deferred"  // for now: a 4xx reply
	Undecided Outcome = "undecided" // a fact is missing
)

// Stage is one command and what came of it.
type Stage struct {
	Command string   `json:"command"` // "" of the connection
	Reply   []string `json:"reply"`   // lines as they are sent, without line ends; none when nobody listens
	Outcome Outcome  `json:"outcome"` // of a connection it may differ from the reply: MAIL is told
	Control *Control `json:"control,omitempty"`
	Trail   []Step   `json:"trail,omitempty"`
	Console []string `json:"console,omitempty"` // lines on the server's console
	Missing []string `json:"missing,omitempty"` // keys of the facts that an undecided stage wants
	Note    string   `json:"note,omitempty"`
}

// Result is the whole dialogue.
type Result struct {
	Port    string            `json:"port"` // plain, tls, submission
	Stages  []Stage           `json:"stages"`
	Outcome Outcome           `json:"outcome"` // of the message for all its recipients
	Taken   *mailbox.Envelope `json:"-"`       // what went into the mail.box; nil if nothing did
}

// run is one simulation under way.
type run struct {
	site     Site
	facts    *Facts
	controls *controls
	client   policy.Client // as far as rules are named after it
	console  []string
	box      *box
	session  *smtpd.Rehearsal
	res      *Result
}

// Run plays the dialogue until something is refused; a recipient that is refused
// does not keep the others from being tried.
func Run(ctx context.Context, site Site, c Case, facts *Facts) *Result {
	r := &run{site: site, facts: facts, controls: newControls(site.Settings), box: &box{}, res: &Result{}}
	kind := port(site.Settings, c)
	r.client = policy.Client{IP: c.Client.Unmap(), TLS: kind == smtpd.ImplicitTLS, Submission: kind == smtpd.Submission}
	r.res.Port = kind.String()
	if r.connect(ctx, c, kind) {
		r.mail(ctx, c)
		r.session.Close()
	}
	r.res.Outcome = r.outcome()
	return r.res
}

// port finds the port that the client of a case goes to.
func port(s *settings.Snapshot, c Case) smtpd.Kind {
	switch {
	case c.Submission:
		return smtpd.Submission
	case c.TLS && s.SMTP.STARTTLS == settings.STARTTLSDisabled && s.Ports.TLSEnabled:
		return smtpd.ImplicitTLS
	}
	return smtpd.Plain
}

// closed gives the setting that keeps a port from being served, "" if it is.
func closed(s *settings.Snapshot, kind smtpd.Kind, certificate bool) string {
	switch {
	case !s.Ports.Listener:
		return "SMTPListenerEnabled"
	case kind == smtpd.Plain && !s.Ports.Enabled:
		return "SMTP_PortStatus"
	case kind == smtpd.Submission && s.Own.SubmissionPort == 0:
		return "Domigo_SubmissionPort"
	case kind == smtpd.ImplicitTLS && !certificate:
		return "HTTP_SSLKeyFile"
	}
	return ""
}

// connect begins the session, up to the last EHLO and the login, and reports
// whether MAIL comes next. If it does not, the session is closed.
func (r *run) connect(ctx context.Context, c Case, kind smtpd.Kind) bool {
	if why := closed(r.site.Settings, kind, r.site.Certificate); why != "" {
		r.res.Stages = append(r.res.Stages, Stage{Reply: []string{}, Outcome: Refused, Control: r.controls.control(why, &r.client), Note: "the port is not served"})
		return false
	}
	var first smtpd.Answer
	r.session, first = r.server().Rehearse(ctx, r.client.IP, kind)
	if !r.begin(ctx, c, kind, first) {
		r.session.Close()
		return false
	}
	return true
}

func (r *run) begin(ctx context.Context, c Case, kind smtpd.Kind, first smtpd.Answer) bool {
	// A refusal of the connection itself is told at MAIL: the dialogue goes on.
	if r.add("", first) == Undecided || first.End {
		return false
	}
	hello := "EHLO " + c.Helo
	if c.Helo == "" {
		hello += "[" + literal(r.client.IP) + "]"
	}
	if r.add(hello, r.session.Do(ctx, hello)) != Accepted {
		return false
	}
	if c.TLS && kind != smtpd.ImplicitTLS {
		if r.add("STARTTLS", r.session.StartTLS()) != Accepted {
			return false
		}
		r.client.TLS = true
		if r.add(hello, r.session.Do(ctx, hello)) != Accepted {
			return false
		}
	}
	if c.User == "" {
		return true
	}
	answer := r.session.Login(ctx, c.User)
	r.client.User = c.User
	return r.add("AUTH LOGIN", answer) == Accepted
}

func literal(ip netip.Addr) string {
	if ip.Is4() {
		return ip.String()
	}
	return "IPv6:" + ip.String()
}

// server makes the listener.
func (r *run) server() *smtpd.Server {
	c := smtpd.Config{
		View:       func() *settings.Snapshot { return r.site.Settings },
		Directory:  func() *directory.Directory { return r.site.Directory },
		Assistance: r.site.Assistance,
		Mailbox:    r.box,
		Resolver:   r.facts,
		Console:    func(line string) { r.console = append(r.console, line) },
		Log:        zerolog.Nop(),
		Lockout:    r.site.Lockout,
		Hashes:     1,
	}
	if r.site.Certificate {
		config := &tls.Config{}
		c.TLS = func() *tls.Config { return config }
	}
	return smtpd.New(c)
}

// mail plays one transaction.
func (r *run) mail(ctx context.Context, c Case) {
	utf8 := ""
	if !smtpwire.IsASCII(c.From + strings.Join(c.To, "")) {
		utf8 = " SMTPUTF8"
	}
	from := "MAIL FROM:<" + c.From + ">"
	if c.Size > 0 && r.site.Settings.Extensions.Size {
		from += " SIZE=" + strconv.FormatInt(c.Size, 10)
	}
	if v := r.site.Settings; utf8 != "" && v.Own.SMTPUTF8 && v.Extensions.EightBit {
		from += utf8
	}
	if r.add(from, r.session.Do(ctx, from)) != Accepted {
		return
	}
	taken := 0
	for _, to := range c.To {
		command := "RCPT TO:<" + to + ">"
		answer := r.session.Do(ctx, command)
		outcome := r.add(command, answer)
		if outcome == Undecided || answer.End {
			return
		}
		if outcome == Accepted {
			taken++
		}
	}
	if taken > 0 {
		r.data(ctx, c)
	}
}

func (r *run) data(ctx context.Context, c Case) {
	content, note := messageOf(c)
	outcome := r.add("DATA", r.session.Data(ctx, content))
	stage := &r.res.Stages[len(r.res.Stages)-1]
	stage.Note = note
	if outcome != Accepted {
		return
	}
	stage.Console = nil // they name a message that is nowhere
	r.res.Taken = r.box.taken
	switch e := r.box.taken; {
	case e == nil:
		stage.Note = join(note, "a server mail rule deletes the message")
	case e.Refuse != "":
		stage.Note = join(note, "a server mail rule has the Router return it: "+e.Refuse)
	case e.MoveTo != "":
		stage.Note = join(note, "a server mail rule moves it to "+e.MoveTo)
	case e.Hold != "":
		stage.Note = join(note, e.Hold)
	}
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// add notes what came of a command.
func (r *run) add(command string, a smtpd.Answer) Outcome {
	st := Stage{Command: command, Trail: steps(a.Trail), Console: r.console, Outcome: outcomeOf(a)}
	r.console = nil
	for i, line := range a.Lines {
		sign := "-"
		if i == len(a.Lines)-1 {
			sign = " "
		}
		st.Reply = append(st.Reply, strconv.Itoa(a.Code)+sign+line)
	}
	rule := a.Verdict.Rule
	if st.Outcome == Accepted {
		rule = accepted(a.Trail)
	}
	st.Control = r.controls.control(rule, &r.client)
	if missing := r.facts.unanswered(); len(missing) > 0 {
		// What was decided rests on a look-up that nobody answered.
		st = Stage{Command: command, Reply: []string{}, Outcome: Undecided, Missing: missing}
	}
	if command == "" && st.Outcome != Accepted && a.OK() {
		st.Note = "the session goes on; MAIL is told"
	}
	r.res.Stages = append(r.res.Stages, st)
	return st.Outcome
}

// outcomeOf reads reply and verdict: a connection that is refused gets its
// greeting all the same.
func outcomeOf(a smtpd.Answer) Outcome {
	switch {
	case a.Code >= 500, a.OK() && a.Verdict.Action == policy.Reject:
		return Refused
	case a.Code >= 400, a.OK() && a.Verdict.Action == policy.Defer:
		return Deferred
	}
	return Accepted
}

// outcome is the worst of the stages, as far as they decide about the message:
// a missing fact, a refusal for good, one for now.
func (r *run) outcome() Outcome {
	worst := Accepted
	for _, want := range []Outcome{Deferred, Refused, Undecided} {
		for i := range r.res.Stages {
			if r.res.Stages[i].Outcome == want {
				worst = want
			}
		}
	}
	return worst
}

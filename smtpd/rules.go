package smtpd

import (
	"net/mail"
	"strings"

	"domigo/internal/mimefield"
	"domigo/internal/smtpwire"
	"domigo/mailbox"
	"domigo/settings"
	"domigo/settings/rules"
	"domigo/smtpd/policy"
)

// maxSample is how much of a message's content the server mail rules look at,
// in octets, header section included.
const maxSample = 256 << 10

// maxRuleAddresses bounds the addresses of one kind of header field that the
// rules look at.
const maxRuleAddresses = 1000

// The reasons that the Router and the administrator read.
const (
	reasonRule = "Message rejected for policy reasons"
	reasonHeld = "Held by server mail rule "
)

// ruling is what the server mail rules have to do with one message. A nil one
// has no rules.
type ruling struct {
	list    []rules.Rule
	sample  []byte // content so far; kept only when keep
	keep    bool
	outcome rules.Outcome
}

// newRuling begins a message under the rules of the view.
func (s *session) newRuling() *ruling {
	if len(s.view.Rules) == 0 {
		return nil
	}
	return &ruling{list: s.view.Rules, keep: rules.NeedContent(s.view.Rules)}
}

// see takes the next piece of content.
func (r *ruling) see(p []byte) {
	if r == nil || !r.keep {
		return
	}
	r.sample = append(r.sample, p[:min(len(p), maxSample-len(r.sample))]...)
}

// applyRules asks the rules about the whole message ("Setting server mail
// rules"). One of them refusing it is the refusal of the session.
func (m *incoming) applyRules() *reply {
	r := m.rules
	if r == nil {
		return nil
	}
	s := m.session
	r.outcome = rules.Evaluate(r.list, m.ruleMessage())
	r.sample = nil
	if r.outcome.Action == rules.None {
		return nil
	}
	s.log.Info().Str("rule", r.outcome.Rule).Stringer("action", r.outcome.Action).Str("sender", s.env.Sender).Msg("server mail rule applies")
	if r.outcome.Action != rules.Refuse {
		return nil
	}
	rule := ruleServerMail + " " + r.outcome.Rule
	s.console(settings.LogNormal, "Message from %s rejected for policy reasons. %s", s.client.IP, rule)
	return &reply{code: 554, text: "Message rejected for policy reasons.", rule: rule}
}

// mark puts what the rules decided into the envelope, and reports whether the
// message is not to be stored at all.
func (r *ruling) mark(env *mailbox.Envelope) (deleted bool) {
	if r == nil {
		return false
	}
	env.Journal = r.outcome.Journal
	switch r.outcome.Action {
	case rules.Delete:
		return true
	case rules.Bounce:
		env.Refuse = reasonRule
	case rules.Hold:
		env.Hold = reasonHeld + r.outcome.Rule
	case rules.Move:
		env.MoveTo = r.outcome.Database
	}
	return false
}

// ruleMessage makes what the rules look at. Mail that comes in by SMTP is a
// Memo.
func (m *incoming) ruleMessage() *rules.Message {
	s := m.session
	msg := &rules.Message{Form: "Memo", Importance: "Normal", Priority: "Normal", Size: m.size}
	for _, r := range s.env.Recipients {
		msg.Recipients = append(msg.Recipients, r.Address)
	}
	if s.filter.TagName == policy.TagWhite {
		msg.DNSWLSite = s.filter.TagValue
	} else {
		msg.DNSBLSite = s.filter.TagValue
	}
	readRuleFields(*m.head, msg)
	msg.Sender = append(msg.Sender, s.env.Sender)
	for _, a := range msg.Sender {
		if at := strings.LastIndexByte(a, '@'); at >= 0 && !strings.ContainsAny(a, " <>") {
			msg.InternetDomain = append(msg.InternetDomain, smtpwire.ASCIIDomain(a[at+1:]))
		}
	}
	if m.rules.keep {
		msg.Body, msg.Attachments = rules.Content(m.rules.sample)
	}
	return msg
}

// readRuleFields reads the fields at the start of head that conditions look at.
func readRuleFields(head []byte, msg *rules.Message) {
	for len(head) > 0 {
		name, body, rest, ok := nextField(head)
		if !ok {
			return
		}
		head = rest
		raw := unfold(string(body))
		switch strings.ToLower(name) {
		case "from":
			msg.Sender = ruleAddresses(msg.Sender, raw)
		case "to":
			msg.To = ruleAddresses(msg.To, raw)
		case "cc":
			msg.CC = ruleAddresses(msg.CC, raw)
		case "bcc":
			msg.BCC = ruleAddresses(msg.BCC, raw)
		case "subject":
			msg.Subject = rules.Words(raw)
		case "importance", "x-priority":
			msg.Importance = ruleLevel(raw, msg.Importance)
		case "priority":
			msg.Priority = ruleLevel(raw, msg.Priority)
		}
	}
}

// ruleAddresses adds a field's text and each of its addresses.
func ruleAddresses(to []string, raw string) []string {
	to = append(to, rules.Words(raw))
	list, err := (&mail.AddressParser{WordDecoder: mimefield.WordDecoder()}).ParseList(raw)
	if err != nil {
		return to
	}
	for _, a := range list {
		if len(to) >= maxRuleAddresses {
			break
		}
		to = append(to, a.Address)
	}
	return to
}

// ruleLevel reads Importance and Priority (RFC 2156, 5.3.4 and 5.3.6) and the
// numbers of X-Priority.
func ruleLevel(raw, known string) string {
	word, _, _ := strings.Cut(strings.ToLower(raw), " ")
	switch word {
	case "high", "urgent", "1", "2":
		return "High"
	case "low", "non-urgent", "4", "5":
		return "Low"
	}
	return known
}

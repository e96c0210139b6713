package smtpd

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"domigo/smtpd/policy"
)

// rehearse begins a session of 203.0.113.7 with the rig's server.
func rehearse(t *testing.T, r *rig, kind Kind) (*Rehearsal, Answer) {
	t.Helper()
	h, first := r.server.Rehearse(t.Context(), netip.MustParseAddr("203.0.113.7"), kind)
	t.Cleanup(h.Close)
	return h, first
}

// TestRehearsalTellsWhatDecided holds that an answer has the verdict, and each
// step once, although the decision asked for facts on the way.
func TestRehearsalTellsWhatDecided(t *testing.T) {
	r := newRig(t)
	r.set("Relay.Enforcement", "0")
	r.set("Relay.AllowHosts", "mx.example.org")
	r.set("Relay.DenyDomains", "ibm.com")
	r.dns.ptr["203.0.113.7"] = []string{"mx.example.org"}
	h, first := rehearse(t, r, Plain)
	if first.Code != 220 || first.Verdict != (policy.Verdict{}) {
		t.Errorf("greeting: got %+v", first)
	}
	for _, line := range []string{"EHLO a.example", "MAIL FROM:<a@example.org>"} {
		if a := h.Do(t.Context(), line); !a.OK() {
			t.Fatalf("%s: got %+v", line, a)
		}
	}
	a := h.Do(t.Context(), "RCPT TO:<x@ibm.com>")
	want := []string{"local Internet domains", "Allow messages only from the following internet hosts to be sent to external internet domains",
		"Deny messages to be sent to the following external internet domains", "Allow wins between hosts and destinations"}
	var got []string
	for _, s := range a.Trail {
		got = append(got, s.Control)
	}
	if a.Code != 554 || !strings.HasPrefix(a.Verdict.Rule, "Deny messages to be sent") || !reflect.DeepEqual(got, want) {
		t.Errorf("RCPT: got %d by %q, steps %q, want 554, steps %q", a.Code, a.Verdict.Rule, got, want)
	}
	if a = h.Do(t.Context(), "RSET"); a.Code != 250 || len(a.Trail) > 0 || a.Verdict.Rule != "" {
		t.Errorf("RSET: got %+v, want nothing of the command before", a)
	}
	if a = h.Do(t.Context(), "DATA"); a.Code != 503 {
		t.Errorf("DATA by Do: got %+v, want 503", a)
	}
}

// TestRehearsalOfALogin needs no password, but a person who has one.
func TestRehearsalOfALogin(t *testing.T) {
	r := newRig(t)
	r.set("Ports.NamePassword", "on")
	for name, want := range map[string]int{"jdoe": 235, "John Doe": 235, "jroe": 535, "nobody": 535} {
		h, _ := rehearse(t, r, Plain)
		if a := h.Login(t.Context(), name); a.Code != want || a.End != (want == 535) {
			t.Errorf("%s: got %+v, want %d", name, a, want)
		}
	}
	r.set("SMTP.STARTTLS", "2")
	h, _ := rehearse(t, r, Plain)
	if a := h.Login(t.Context(), "jdoe"); a.Code != 530 || a.Verdict.Rule != "SMTP_NegotiatedSSL" {
		t.Errorf("TLS is required: got %+v", a)
	}
}

// TestRehearsalStoresTheMessage puts dots and the envelope where they belong.
func TestRehearsalStoresTheMessage(t *testing.T) {
	r := newRig(t)
	h, _ := rehearse(t, r, Plain)
	if a := h.Data(t.Context(), strings.NewReader("")); a.Code != 503 {
		t.Errorf("DATA first: got %+v, want 503", a)
	}
	h.Do(t.Context(), "MAIL FROM:<a@example.org>")
	h.Do(t.Context(), "RCPT TO:<john.doe@acme.com>")
	a := h.Data(t.Context(), strings.NewReader("Subject: x\r\n\r\n..dot\r\n"))
	got := r.box.all()
	if a.Code != 250 || len(got) != 1 || !strings.HasSuffix(got[0].content, "\r\n\r\n.dot\r\n") || got[0].env.Client != "203.0.113.7" {
		t.Errorf("got %+v, stored %+v", a, got)
	}
	if a = h.Do(t.Context(), "MAIL FROM:<b@example.org>"); a.Code != 250 {
		t.Errorf("the next message: got %+v", a)
	}
}

// TestRehearsalTraceless holds that a real session keeps no trail.
func TestRehearsalTraceless(t *testing.T) {
	r := newRig(t)
	s := r.server.newSession(netip.MustParseAddr("203.0.113.7"), Plain)
	s.start(t.Context())
	s.note(policy.Verdict{Action: policy.Reject})
	s.forget(s.steps())
	if s.trail() != nil || s.watched != nil {
		t.Errorf("a session has a trail: %+v", s.watched)
	}
}

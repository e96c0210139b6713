package report

import (
	"regexp"
	"strings"
	"testing"

	"domigo/internal/smtpwire"
)

var variable = regexp.MustCompile(`%.`)

// Both languages of a reason have the same variables in the same order, and each
// pattern is found by itself, not by one before it.
func TestReasonTable(t *testing.T) {
	for _, w := range reasonTable {
		vars := variable.FindAllString(w.en, -1)
		if got := variable.FindAllString(w.de, -1); strings.Join(got, "") != strings.Join(vars, "") {
			t.Errorf("%q has %q, %q has %q", w.en, vars, w.de, got)
		}
		// The variables may stand for themselves.
		if got := translate(w.en, 0); got != w.de {
			t.Errorf("translate(%q) = %q, want %q", w.en, got, w.de)
		}
		if smtpwire.IsASCII(w.en) == (w.en == w.de) {
			t.Errorf("%q is not translated", w.en)
		}
	}
}

func TestTranslate(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"variables", "User nobody (nobody@acme.com) not listed in Domino Directory",
			"Benutzer nobody (nobody@acme.com) ist nicht im Domino-Verzeichnis aufgeführt"},
		{"two names", "No route found to domain b.example from server Server-704/Acme.  Check DNS configuration.",
			"Kein Weg zur Domäne b.example von Server Server-704/Acme gefunden.  Prüfen Sie die DNS-Konfiguration."},
		{"reason in a reason", "Error transferring to mx; Maximum hop count exceeded.  Message probably in a routing loop.",
			"Fehler bei der Übertragung an mx; Höchstzahl der Stationen überschritten.  Die Nachricht läuft vermutlich im Kreis."},
		{"a reply in it", "Error delivering to a@b mail/a.nsf; SMTP Protocol Returned a Transient Error 452 Later; please",
			"Fehler bei der Zustellung an a@b mail/a.nsf; Das SMTP-Protokoll meldet einen vorübergehenden Fehler 452 Later; please"},
		{"unknown in a reason", "Error transferring to mx; EOF", "Fehler bei der Übertragung an mx; EOF"},
		{"unknown", "nothing known", "nothing known"},
		{"only the front matches", "User nobody is away", "User nobody is away"},
		{"more behind it", "Message rejected for policy reasons, sorry", "Message rejected for policy reasons, sorry"},
		{"a percent sign stays", "Error transferring to %a; %p %e %", "Fehler bei der Übertragung an %a; %p %e %"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		if got := translate(tt.in, 0); got != tt.want {
			t.Errorf("%s: translate(%q) = %q, want %q", tt.name, tt.in, got, tt.want)
		}
	}
	deep := strings.Repeat("Error transferring to mx; ", 100)
	if got := strings.Count(translate(deep, 0), "Fehler"); got != mostNested {
		t.Errorf("%d levels translated, want %d", got, mostNested)
	}
}

func TestLanguage(t *testing.T) {
	tests := []struct{ tag, want string }{
		{"", "Your message"}, {"en", "Your message"}, {"fr", "Your message"}, {"den", "Your message"},
		{"de", "Ihre Nachricht"}, {"DE", "Ihre Nachricht"}, {"de-AT", "Ihre Nachricht"}, {"de_DE.UTF-8", "Ihre Nachricht"},
	}
	for _, tt := range tests {
		if got := phrasesOf(tt.tag).yourMessage; got != tt.want {
			t.Errorf("language %q: got %q, want %q", tt.tag, got, tt.want)
		}
	}
}

// Programs read English whatever people read.
func TestGermanReportHasEnglishFields(t *testing.T) {
	n := notice(t, Failure, lunch, Recipient{Address: "a@b", Reason: "Message rejected for policy reasons"})
	n.Language = "de"
	p := mustParse(t, n)
	if _, code := p.rcpts[0].typed("Diagnostic-Code"); code != "Message rejected for policy reasons" {
		t.Errorf("Diagnostic-Code %q", code)
	}
	if p.subject != "ZUSTELLFEHLER: Nachricht wegen einer Richtlinie abgelehnt" {
		t.Errorf("Subject %q", p.subject)
	}
}

func TestClassText(t *testing.T) {
	texts := map[Class]string{SizeFailure: "too big", DomainFailure: "no domain", Unclassed: "never", DelayNotification: "late", ServerFailure: "\r\n"}
	r := func(c Class) Recipient { return Recipient{Address: "a@b", Reason: "r", Class: c} }
	tests := []struct {
		name  string
		kind  Kind
		rcpts []Recipient
		want  string
	}{
		{"none", Failure, []Recipient{r(Unclassed)}, ""},
		{"one", Failure, []Recipient{r(SizeFailure), r(SizeFailure)}, "\r\ntoo big\r\n"},
		{"two, in the order of the fields", Failure, []Recipient{r(SizeFailure), r(DomainFailure)}, "\r\nno domain\r\n\r\ntoo big\r\n"},
		{"no text for it", Failure, []Recipient{r(TransferFailure)}, ""},
		{"empty text", Failure, []Recipient{r(ServerFailure)}, ""},
		{"out of range", Failure, []Recipient{r(Class(200))}, ""},
		{"delay", Delay, []Recipient{r(Unclassed)}, "\r\nlate\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := notice(t, tt.kind, lunch, tt.rcpts...)
			plain := mustParse(t, n).text
			n.Texts = texts
			if got := mustParse(t, n).text; got != plain+tt.want {
				t.Errorf("added %q, want %q", strings.TrimPrefix(got, plain), tt.want)
			}
		})
	}
	n := notice(t, Failure, lunch, r(SizeFailure))
	n.Texts = map[Class]string{SizeFailure: "a\x07b\r\n\tc\n" + strings.Repeat("ä", mostText)}
	got := mustParse(t, n).text
	if !strings.Contains(got, "\r\na?b\r\n\tc\r\nä") || !strings.HasSuffix(got, "ä...\r\n") || len(got) > mostText+1000 {
		t.Errorf("text of %d octets %.200q", len(got), got)
	}
}

func TestNames(t *testing.T) {
	if got := MessageExpiration.String(); got != "Message expiration" {
		t.Errorf("got %q", got)
	}
	if got := DelayNotification.String(); got != "Delay notification" {
		t.Errorf("got %q", got)
	}
	if got := Class(99).String() + Unclassed.String(); got != "" {
		t.Errorf("got %q", got)
	}
	if got := Kind(99).String(); got != "unknown" {
		t.Errorf("got %q", got)
	}
}

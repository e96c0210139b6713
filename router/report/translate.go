package report

import "strings"

// reasonWord is a reason in both languages. Its variables are written as in
// Domino's own strings: %a a name, %p a path or host, %s a word, %e another
// reason, which is translated too. Both sides have the same ones in the same
// order.
type reasonWord struct{ en, de string }

// reasonTable is in the order of trial: longer patterns stand before those that
// would match too. What follows "Error ..." may end with the words of another
// server, which stay as they are.
var reasonTable = []reasonWord{
	{"Recipient user name %a not unique.  Several matches found in Domino Directory.",
		"Der Empfängername %a ist nicht eindeutig.  Im Domino-Verzeichnis gibt es mehrere Treffer."},
	{"User %a (%s) not listed in Domino Directory",
		"Benutzer %a (%s) ist nicht im Domino-Verzeichnis aufgeführt"},
	{"Recipient's Domino Directory entry does not specify a valid Notes mail file",
		"Der Eintrag des Empfängers im Domino-Verzeichnis nennt keine gültige Notes-Maildatei"},
	{"No route found to domain %s from server %a.  Check DNS configuration.",
		"Kein Weg zur Domäne %s von Server %a gefunden.  Prüfen Sie die DNS-Konfiguration."},
	{"No route found to server %a from server %a.  Check Server and Connection documents in the Domino Directory.",
		"Kein Weg zum Server %a von Server %a gefunden.  Prüfen Sie die Server- und Verbindungsdokumente im Domino-Verzeichnis."},
	{"Error transferring to %p; %e", "Fehler bei der Übertragung an %p; %e"},
	{"Error delivering to %a %p; %e", "Fehler bei der Zustellung an %a %p; %e"},
	{"Error delivering to %a %p", "Fehler bei der Zustellung an %a %p"},
	{"Maximum hop count exceeded.  Message probably in a routing loop.",
		"Höchstzahl der Stationen überschritten.  Die Nachricht läuft vermutlich im Kreis."},
	{"The size of this message exceeds the administrator specified maximum message size for this server",
		"Die Nachricht ist größer, als der Administrator für diesen Server erlaubt"},
	{"Attempt made to transfer message to self via SMTP. Possible DNS configuration error.",
		"Der Server hat versucht, die Nachricht per SMTP an sich selbst zu übertragen. Möglicherweise ein Fehler der DNS-Konfiguration."},
	{"DNS is unavailable, message will be requeued.", "Das DNS ist nicht verfügbar, die Nachricht wird erneut eingereiht."},
	{"SMTP Protocol Returned a Permanent Error", "Das SMTP-Protokoll meldet einen dauerhaften Fehler"},
	{"SMTP Protocol Returned a Permanent Error %s", "Das SMTP-Protokoll meldet einen dauerhaften Fehler %s"},
	{"SMTP Protocol Returned a Transient Error", "Das SMTP-Protokoll meldet einen vorübergehenden Fehler"},
	{"SMTP Protocol Returned a Transient Error %s", "Das SMTP-Protokoll meldet einen vorübergehenden Fehler %s"},
	{"Message rejected for policy reasons", "Nachricht wegen einer Richtlinie abgelehnt"},
	{"Your Domain does not have access to route messages to the specified domain.",
		"Ihre Domäne darf keine Nachrichten an die angegebene Domäne weiterleiten."},
	{"Not authorized to send mail to this user or group",
		"Keine Berechtigung, Mail an diesen Benutzer oder diese Gruppe zu senden"},
	{"Unable to open mailbox file %p", "Die Maildatei %p kann nicht geöffnet werden"},
	{"Unable to open mailbox file", "Die Maildatei kann nicht geöffnet werden"},
	{"%a is restricted from sending mail through server %a", "%a darf keine Mail über den Server %a senden"},
	{"Database disk quota exceeded", "Speicherkontingent der Datenbank überschritten"},
	{"Mailbox is not available", "Die Maildatei ist nicht verfügbar"},
	// Our own words.
	{"The SMTP outbound TCP/IP port is disabled", "Der TCP/IP-Port für ausgehendes SMTP ist abgeschaltet"},
	{"the remote server is not responding", "der ferne Server antwortet nicht"},
	{"the remote server does not offer SMTPUTF8", "der ferne Server bietet SMTPUTF8 nicht an"},
	{"The remote server is slow, and others wait for the transfer thread", "Der ferne Server ist langsam, und andere warten auf den Thread"},
	{"more recipients than were sent within %s", "mehr Empfänger, als in %s gesendet wurden"},
	{"Message expired before it could be transferred", "Die Nachricht ist abgelaufen, bevor sie übertragen werden konnte"},
	{"The administrator gave up the delivery", "Der Administrator hat die Zustellung aufgegeben"},
}

// mostNested bounds how deep a reason may stand in another.
const mostNested = 4

// translate gives a reason in German, itself if it is not one of the table's.
func translate(text string, depth int) string {
	if depth == mostNested {
		return text
	}
	for _, w := range reasonTable {
		if values, ok := match(w.en, text); ok {
			return fill(w.de, values, depth)
		}
	}
	return text
}

// match takes the values of a pattern's variables out of text. Each value is
// the shortest one that lets the rest of the text match at its next literal;
// the last one reaches to the literal that ends the text.
func match(pattern, text string) (values []string, ok bool) {
	literal, rest, found := cutVariable(pattern)
	if !strings.HasPrefix(text, literal) {
		return nil, false
	}
	text = text[len(literal):]
	for found {
		literal, rest, found = cutVariable(rest)
		end := len(text) - len(literal)
		if found {
			end = strings.Index(text, literal)
		} else if !strings.HasSuffix(text, literal) {
			return nil, false
		}
		if end < 0 {
			return nil, false
		}
		values = append(values, text[:end])
		text = text[end+len(literal):]
	}
	return values, text == ""
}

// fill puts values into the places of a pattern's variables.
func fill(pattern string, values []string, depth int) string {
	var b strings.Builder
	for {
		literal, rest, found := cutVariable(pattern)
		b.WriteString(literal)
		if !found || len(values) == 0 {
			return b.String()
		}
		value := values[0]
		if pattern[len(literal)+1] == 'e' {
			value = translate(value, depth+1)
		}
		b.WriteString(value)
		pattern, values = rest, values[1:]
	}
}

// cutVariable cuts a pattern around its first variable.
func cutVariable(pattern string) (before, after string, found bool) {
	i := strings.IndexByte(pattern, '%')
	if i < 0 || i+1 == len(pattern) {
		return pattern, "", false
	}
	return pattern[:i], pattern[i+2:], true
}

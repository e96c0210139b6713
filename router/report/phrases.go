package report

import (
	"strings"
	"time"
)

// phrases are the fixed words of reports in one language.
type phrases struct {
	prefix                            [kinds]string // of the Subject
	verb                              [kinds]string // between the subject and the recipients
	yourMessage, subject, because, at string
	delayReason, lowPriority          string
	until, noAction, relayedBy        string
	layout                            string // of a time, for time.Format
	german                            bool   // reasons are translated
}

// English: the words of the failure, and the sentences that the message was
// delayed and relayed, are Domino's.
var english = phrases{
	prefix:      [kinds]string{"DELIVERY FAILURE: ", "DELIVERY DELAY: ", "DELIVERED: ", "RELAYED: "},
	verb:        [kinds]string{"was not delivered to:", "was not yet delivered to:", "was successfully delivered to:", "was successfully relayed for:"},
	yourMessage: "Your message", subject: "Subject: ", because: "because:", at: "at:",
	delayReason: "Your message has been delayed due to a temporary network, server, or mail file unavailability. " +
		"Delivery of your message will be attempted again.",
	lowPriority: "Message transfer for %d recipients has been delayed until low priority time range %s",
	until:       "Delivery will be attempted until %s.",
	noAction:    "You do not need to send the message again.",
	relayedBy: "Your message was successfully relayed by %s at %s to the remote mail system %s " +
		"that does not support confirmation of delivery.",
	layout: "2 Jan 2006 15:04:05 -0700",
}

var german = phrases{
	prefix:      [kinds]string{"ZUSTELLFEHLER: ", "ZUSTELLVERZÖGERUNG: ", "ZUGESTELLT: ", "WEITERGELEITET: "},
	verb:        [kinds]string{"wurde nicht zugestellt an:", "wurde noch nicht zugestellt an:", "wurde erfolgreich zugestellt an:", "wurde erfolgreich weitergeleitet für:"},
	yourMessage: "Ihre Nachricht", subject: "Betreff: ", because: "Grund:", at: "am:",
	delayReason: "Ihre Nachricht verzögert sich, weil ein Netzwerk, ein Server oder eine Maildatei vorübergehend nicht verfügbar ist. " +
		"Die Zustellung wird erneut versucht.",
	lowPriority: "Die Übertragung der Nachricht für %d Empfänger wartet auf den Zeitraum für niedrige Priorität %s",
	until:       "Die Zustellung wird bis %s versucht.",
	noAction:    "Sie brauchen die Nachricht nicht noch einmal zu senden.",
	relayedBy: "Ihre Nachricht wurde von %s am %s erfolgreich an das ferne Mailsystem %s weitergeleitet, " +
		"das keine Zustellbestätigungen unterstützt.",
	layout: "02.01.2006 15:04:05 -0700",
	german: true,
}

// phrasesOf gives the words of a language by the first part of its tag
// (RFC 5646).
func phrasesOf(language string) *phrases {
	tag, _, _ := strings.Cut(strings.ReplaceAll(language, "_", "-"), "-")
	if strings.EqualFold(tag, "de") {
		return &german
	}
	return &english
}

func (ph *phrases) time(t time.Time) string { return t.Format(ph.layout) }

// reason gives a reason of one line in the language.
func (ph *phrases) reason(text string) string {
	if !ph.german {
		return text
	}
	return translate(text, 0)
}

// reasonLines translates a reason of several lines: the first has Domino's
// words, the others those of another server.
func (ph *phrases) reasonLines(lines []string) []string {
	out := append([]string(nil), lines...)
	out[0] = ph.reason(out[0])
	return out
}

package metrics

import (
	"net/netip"
	"strings"
	"unicode"
)

// Description says what a statistic is.
type Description struct {
	Name    string // Domino's, or one of ours that begins with Domigo; a * in it is a part that differs
	Counter bool   // it counts up from the start of its task
	Help    string // without a period

	unit   string  // of the metric, added to its name; "" for plain numbers
	factor float64 // what Domino's value is multiplied with to be in that unit; 0 is 1
	label  string  // of what stands for the *
}

const (
	kilobyte  = 1024
	perMinute = 1.0 / 60
)

// own is the first part of the names of statistics that Domino does not have.
const own = "Domigo."

// descriptions gives all that the server counts, in Domino's spelling
// ("Show Stat Mail", and the names that monitoring tools for Domino read).
func descriptions() []Description {
	return []Description{
		{Name: "Disk.*.Free", Help: "Free space of a file system", unit: "bytes", label: "filesystem"},
		{Name: "Disk.*.Size", Help: "Size of a file system", unit: "bytes", label: "filesystem"},

		{Name: "Domigo.LDAP.Binds", Counter: true, Help: "Passwords that went to the LDAP directory"},
		{Name: "Domigo.LDAP.Cache.Entries", Help: "Answers of the LDAP directory that are kept"},
		{Name: "Domigo.LDAP.Cache.Hits", Counter: true, Help: "Questions for the LDAP directory that a kept answer was for"},
		{Name: "Domigo.LDAP.Connections.Idle", Help: "Connections to the LDAP directory that wait for work"},
		{Name: "Domigo.LDAP.Failures", Counter: true, Help: "Questions and passwords that the LDAP directory did not answer"},
		{Name: "Domigo.LDAP.Questions", Counter: true, Help: "Questions that went to the LDAP directory"},
		{Name: "Domigo.LDAP.Up", Help: "Whether the LDAP directory answers: 1, or 0 since a question had no answer"},

		{Name: "MAIL.Dead", Help: "Units of work in the mail.box that are dead"},
		{Name: "MAIL.Hold", Help: "Units of work in the mail.box that are held"},
		{Name: "MAIL.Waiting", Help: "Units of work in the mail.box that wait or are worked on"},
		{Name: "MAIL.WaitingForDNS", Help: "Look-ups in DNS that the Router waits for"},
		{Name: "MAIL.WaitingRecipients", Help: "Recipients of the mail that waits"},
		{Name: "Mail.AverageDeliverTime", Help: "Mean time of a delivery", unit: "seconds"},
		{Name: "Mail.AverageServerHops", Help: "Mean number of servers that routed mail came over"},
		{Name: "Mail.AverageSizeDelivered", Help: "Mean size of what was delivered", unit: "bytes", factor: kilobyte},
		{Name: "Mail.CurrentByteDeliveryRate", Help: "Delivered in the last minute", unit: "bytes_per_second", factor: perMinute},
		{Name: "Mail.CurrentByteTransferRate", Help: "Transferred in the last minute", unit: "bytes_per_second", factor: perMinute},
		{Name: "Mail.CurrentMessageDeliveryRate", Help: "Messages delivered in the last minute", unit: "per_second", factor: perMinute},
		{Name: "Mail.CurrentMessageTransferRate", Help: "Messages transferred in the last minute", unit: "per_second", factor: perMinute},
		{Name: "Mail.Delivered", Counter: true, Help: "Messages delivered, for each recipient"},
		{Name: "Mail.DeliveredSize.*", Counter: true, Help: "Messages delivered, by class of size", label: "size"},
		{Name: "Mail.DeliveryThreads.Max", Help: "Most deliveries at a time"},
		{Name: "Mail.DeliveryThreads.Total", Help: "Deliveries under way"},
		{Name: "Mail.MaximumSizeDelivered", Help: "Largest size delivered", unit: "bytes", factor: kilobyte},
		{Name: "Mail.PeakMessagesDelivered", Help: "Most messages delivered in a minute"},
		{Name: "Mail.PeakMessagesTransferred", Help: "Most messages transferred in a minute"},
		{Name: "Mail.TotalFailures", Counter: true, Help: "Recipients that mail could not be brought to"},
		{Name: "Mail.TotalPending", Help: "Units of work in the mail.box that wait or are worked on"},
		{Name: "Mail.TotalRouted", Counter: true, Help: "Messages routed"},
		{Name: "Mail.TransferFailures", Counter: true, Help: "Attempts at a transfer that failed or were put off, for each recipient"},
		{Name: "Mail.TransferThreads.Concurrent.Highest", Help: "Most transfers to one destination at a time so far"},
		{Name: "Mail.TransferThreads.Concurrent.Max", Help: "Most transfers to one destination at a time"},
		{Name: "Mail.TransferThreads.Max", Help: "Most transfers at a time"},
		{Name: "Mail.TransferThreads.Total", Help: "Transfers under way"},
		{Name: "Mail.Transferred", Counter: true, Help: "Messages transferred, for each recipient"},
		{Name: "Mail.Transferred.SMTP", Counter: true, Help: "Messages transferred by SMTP, for each recipient"},
		{Name: "Mail.TransferredSize.*", Counter: true, Help: "Messages transferred, by class of size", label: "size"},

		{Name: "Mem.Allocated", Help: "Memory that the process has of the operating system", unit: "bytes"},
		{Name: "Mem.Allocated.Process", Help: "Memory of the process's own", unit: "bytes"},
		{Name: "Mem.Free", Help: "Free memory of the machine", unit: "bytes"},
		{Name: "Mem.PhysicalRAM", Help: "Memory of the machine", unit: "bytes"},

		{Name: "Server.AvailabilityIndex", Help: "Availability of the server, 0 to 100"},
		{Name: "Server.CPU.Count", Help: "CPUs of the machine"},
		{Name: "Server.MailBoxes", Help: "Number of mail.box databases"},
		{Name: "Server.Tasks", Help: "Activities of the server's tasks"},
		{Name: "Server.Trans.Total", Counter: true, Help: "Transactions: messages taken"},
		{Name: "Server.Users", Help: "Sessions now"},
		{Name: "Server.Users.Peak", Help: "Most sessions at a time so far"},

		{Name: "SMTP.DNSBL.*.Hits", Counter: true, Help: "Hosts found in a DNS blacklist, of those that are counted one by one", label: "site"},
		{Name: "SMTP.DNSBL.TotalHits", Counter: true, Help: "Hosts found in DNS blacklists"},
		{Name: "SMTP.DNSWL.*.Hits", Counter: true, Help: "Hosts found in a DNS whitelist, of those that are counted one by one", label: "site"},
		{Name: "SMTP.DNSWL.TotalHits", Counter: true, Help: "Hosts found in DNS whitelists"},
		{Name: "SMTP.MessagesProcessed", Counter: true, Help: "Messages that the listener took"},
		{Name: "SMTP.PrivateBL.TotalHits", Counter: true, Help: "Hosts found in the private blacklist"},
		{Name: "SMTP.PrivateWL.TotalHits", Counter: true, Help: "Hosts found in the private whitelist"},
		{Name: "SMTP.Sessions.Inbound.Active", Help: "Sessions now"},
		{Name: "SMTP.Sessions.Inbound.Active.SSL", Help: "Sessions now that are under TLS"},
		{Name: "SMTP.Sessions.Inbound.BytesReceived", Counter: true, Help: "Octets received by the listener, TLS included", unit: "bytes"},
		{Name: "SMTP.Sessions.Inbound.BytesSent", Counter: true, Help: "Octets sent by the listener, TLS included", unit: "bytes"},
		{Name: "SMTP.Sessions.Inbound.Peak", Help: "Most sessions at a time so far"},
		{Name: "SMTP.Sessions.Inbound.Peak.SSL", Help: "Most sessions under TLS at a time so far"},
		{Name: "SMTP.Sessions.Inbound.Total", Counter: true, Help: "Sessions"},
		{Name: "SMTP.Sessions.Inbound.Total.SSL", Counter: true, Help: "Sessions under TLS"},
		{Name: "SMTP.Sessions.Inbound.Total.SSL.Bad_Handshake", Counter: true, Help: "TLS handshakes that failed"},
	}
}

// Describe gives the description of a statistic, in any case of letters.
func Describe(name string) (Description, bool) {
	for _, d := range descriptions() {
		if _, ok := d.match(name); ok {
			return d, true
		}
	}
	return Description{}, false
}

// match tells whether a statistic is of this description, and gives what stands
// for the *.
func (d Description) match(name string) (part string, ok bool) {
	before, after, open := strings.Cut(d.Name, "*")
	if !open {
		return "", strings.EqualFold(d.Name, name)
	}
	end := len(name) - len(after)
	if end <= len(before) || !strings.EqualFold(name[:len(before)], before) || !strings.EqualFold(name[end:], after) {
		return "", false
	}
	part = name[len(before):end]
	if d.label == "site" {
		part = siteOf(part)
	}
	return part, true
}

// siteOf takes the host's address off the name of a list.
func siteOf(part string) string {
	labels := strings.Split(part, ".")
	for i := 1; i < len(labels); i++ {
		if _, err := netip.ParseAddr(strings.Join(labels[i:], ".")); err == nil {
			return strings.Join(labels[:i], ".")
		}
	}
	return part
}

// Metric gives the name of the metric: domigo_, the words of the statistic's name in
// lower case, the unit, and _total for a counter. The words total and count,
// which mean other things to Prometheus, are left out.
func (d Description) Metric() string {
	var words []string
	for _, w := range wordsOf(strings.TrimPrefix(d.Name, own)) {
		if w != "total" && w != "count" {
			words = append(words, w)
		}
	}
	name := "domigo_" + strings.Join(words, "_")
	if d.unit == "bytes" { // it goes last
		name = strings.Replace(name, "_bytes_", "_", 1)
	}
	if d.unit != "" {
		name += "_" + d.unit
	}
	if d.label == "site" {
		name = strings.Replace(name, "_hits", "_site_hits", 1)
	}
	if d.Counter {
		name += "_total"
	}
	return name
}

// help gives the help text of the metric, which names the statistic.
func (d Description) help() string {
	if strings.HasPrefix(d.Name, own) {
		return d.Help + " (show stat " + d.Name + ")."
	}
	return d.Help + " (Domino: " + d.Name + ")."
}

// wordsOf takes a name apart at what is neither letter nor digit, and where a
// word of capital letters begins or ends.
func wordsOf(name string) []string {
	var words []string
	var word []rune
	flush := func() {
		if len(word) > 0 {
			words = append(words, strings.ToLower(string(word)))
			word = word[:0]
		}
	}
	runes := []rune(name)
	for i, r := range runes {
		switch {
		case !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			continue
		case unicode.IsUpper(r) && i > 0 && (unicode.IsLower(runes[i-1]) ||
			unicode.IsUpper(runes[i-1]) && i+1 < len(runes) && unicode.IsLower(runes[i+1])):
			flush()
		}
		word = append(word, r)
	}
	flush()
	return words
}

package configdoc

import "strconv"

// Config gives the form of the Configuration Settings document.
func Config() *Form {
	var fields []Field
	for _, part := range [][]Field{configBasics(), inboundRelay(), inboundFilters(), inboundControls(),
		routerBasics(), routerRestrictions(), routerTransfer(), extensions(), advanced(), lockout()} {
		fields = append(fields, part...)
	}
	return NewForm("ServerConfig", fields)
}

func configBasics() []Field {
	return []Field{
		attested("ServerName", "Group or Server name", Names, ""),
		attested("UseAsDefault", "Use these settings as the default settings for all servers", Keyword, "0", yesNo("0")...),
		named(provisional("NotesINI", "NOTES.INI Settings", Names, ""), "NotesINISettings"),
	}
}

// Router/SMTP > Restrictions and Controls > SMTP Inbound Controls: relay. A
// new document refuses relays from external hosts, which is what an absent
// Deny field stands for; a blank one is blank.
func inboundRelay() []Field {
	return []Field{
		provisional("SMTPRlyAllowDoms", "Allow messages to be sent only to the following external internet domains", List, ""),
		provisional("SMTPRlyDenyDoms", "Deny messages to be sent to the following external internet domains", List, "*"),
		provisional("SMTPRlyAllowHosts", "Allow messages only from the following internet hosts to be sent to external internet domains", List, ""),
		provisional("SMTPRlyDenyHosts", "Deny messages from the following internet hosts to be sent to external internet domains", List, "*"),
		attested("SMTPRlyCheck", "Perform Anti-Relay enforcement for these connecting hosts", Keyword, "0",
			Code{"0", "External hosts"}, Code{"1", "All connecting hosts"}, Code{"2", "None"}),
		attested("SMTPRlyExcpts", "Exclude these connecting hosts from anti-relay checks", List, ""),
		provisional("SMTPRlyAuthExcpt", "Exceptions for authenticated users", Keyword, "0",
			Code{"0", "Perform anti-relay checks for authenticated users"}, Code{"1", "Allow all authenticated users to relay"}),
	}
}

func inboundFilters() []Field {
	black := []Code{{"0", "Log only"}, {"1", "Log and tag message"}, {"2", "Log and reject message"}}
	white := []Code{{"0", "Silently skip blacklist filters"}, {"1", "Log only"}, {"2", "Log and tag message"}}
	return []Field{
		provisional("SMTPDNSBL", "DNS Blacklist filters", Keyword, "0", onOff("0")...),
		provisional("SMTPDNSBLSites", "DNS Blacklist sites", List, ""),
		named(in("DNS Blacklist", provisional("SMTPDNSBLAction", "Desired action", Keyword, "0", black...)),
			"Desiredactionwhenaconnectinghostisfoundinadnsblacklist"),
		in("DNS Blacklist", provisional("SMTPDNSBLReply", "Custom SMTP error response", Text, "")),
		provisional("SMTPDNSWL", "DNS Whitelist filters", Keyword, "0", onOff("0")...),
		provisional("SMTPDNSWLSites", "DNS Whitelist sites", List, ""),
		in("DNS Whitelist", provisional("SMTPDNSWLAction", "Desired action", Keyword, "0", white...)),
		provisional("SMTPPrivBL", "Private Blacklist filter", Keyword, "0", onOff("0")...),
		provisional("SMTPPrivBLHosts", "Blacklist the following hosts", List, ""),
		in("Private Blacklist", provisional("SMTPPrivBLAction", "Desired action", Keyword, "0", black...)),
		in("Private Blacklist", provisional("SMTPPrivBLReply", "Custom SMTP error response", Text, "")),
		provisional("SMTPPrivWL", "Private Whitelist filter", Keyword, "0", onOff("0")...),
		provisional("SMTPPrivWLHosts", "Whitelist the following hosts", List, ""),
		in("Private Whitelist", provisional("SMTPPrivWLAction", "Desired action", Keyword, "0", white...)),
	}
}

func inboundControls() []Field {
	return []Field{
		provisional("SMTPVerifyConnHost", "Verify connecting hostname in DNS", Keyword, "0", onOff("0")...),
		provisional("SMTPAllowConnHosts", "Allow connections only from the following SMTP internet hostnames/IP addresses", List, ""),
		provisional("SMTPDenyConnHosts", "Deny connections from the following SMTP internet hostnames/IP addresses", List, ""),
		provisional("SMTPErrorLimit", "Error limit before connection is terminated", Number, ""),
		provisional("SMTPVerifySenderDom", "Verify sender's domain in DNS", Keyword, "0", onOff("0")...),
		provisional("SMTPAllowSenders", "Allow messages only from the following external internet addresses/domains", List, ""),
		provisional("SMTPDenySenders", "Deny messages from the following internet addresses/domains", List, ""),
		provisional("SMTPVerifyRcpts", "Verify that local domain recipients exist in the Domino Directory", Keyword, "0", onOff("0")...),
		provisional("SMTPRejectAmbig", "Reject ambiguous names", Keyword, "0", onOff("0")...),
		provisional("SMTPDenyGroups", "Deny mail to groups", Keyword, "0",
			Code{"0", "Disabled"}, Code{"1", "External hosts"}, Code{"2", "All hosts"}),
		provisional("SMTPAllowRcpts", "Allow messages intended only for the following internet addresses", List, ""),
		provisional("SMTPDenyRcpts", "Deny messages intended for the following internet addresses", List, ""),
		provisional("SMTPSPF", "Sender Policy Framework check", Keyword, "0", onOff("0")...),
		provisional("SMTPSPFAction", "Desired action when the sending IP hard fails the SPF check for the sender domain", Keyword, "0",
			Code{"0", "Log"}, Code{"1", "Log and tag"}, Code{"2", "Log and reject"}),
		provisional("SMTPSPFExcpts", "Do not perform an SPF check for the following internet hostnames/IP addresses", List, ""),
		provisional("SMTPDKIM", "DKIM signature verification", Keyword, "0", onOff("0")...),
	}
}

// Router/SMTP > Basics.
func routerBasics() []Field {
	return []Field{
		attested("Mail_number_Of_MailBoxes", "Number of mailboxes", Number, "1"),
		attested("MailExternalSMTP", "SMTP used when sending messages outside of the local internet domain", Keyword, "0", onOff("0")...),
		attested("MailInternalSMTP", "SMTP allowed within the local internet domain", Keyword, "1",
			Code{"1", "Disabled"}, Code{"0", "MIME messages only"}, Code{"2", "All messages"}),
		provisional("MailSMTPReach", "Servers within the local Notes domain are reachable via SMTP over TCPIP", Keyword, "0",
			Code{"0", "Always"}, Code{"1", "Only if in same Notes named network"}),
		provisional("MailAddrLookup", "Address lookup", Keyword, "0",
			Code{"0", "Fullname then Local Part"}, Code{"1", "Fullname only"}, Code{"2", "Local Part only"}),
		provisional("MailExhaustLookup", "Exhaustive lookup", Keyword, "0", onOff("0")...),
		provisional("MailRelayHost", "Relay host for messages leaving the local internet domain", Text, ""),
		provisional("MailRelayAuth", "Use authentication when sending messages to the relay host", Keyword, "0",
			Code{"0", "Disabled"}, Code{"1", "Enabled"}, Code{"2", "Required"}),
		in("Relay host", provisional("MailRelayUser", "User name", Text, "")),
		in("Relay host", provisional("MailRelayPassword", "Password", Text, "")),
		provisional("MailSmartHost", "Local Internet domain smart host", Text, ""),
		provisional("MailSmartHostAll", "Smart host is used for all local internet domain recipients", Keyword, "0", onOff("0")...),
		provisional("MailHostLookup", "Host name lookup", Keyword, "0",
			Code{"0", "Dynamic then local"}, Code{"1", "Dynamic lookup only"}, Code{"2", "Local lookup only"}),
	}
}

func routerRestrictions() []Field {
	return []Field{
		provisional("MailMaxSize", "Maximum message size", Number, ""),
		provisional("MailLowPrioSize", "Send all messages as low priority if message size is between", Keyword, "0", onOff("0")...),
		in("Low priority", provisional("MailLowPrioSizeFrom", "Message size from", Number, "")),
		provisional("MailAllowInetFrom", "Allow messages only from the following Internet addresses to be sent to the Internet", List, ""),
		provisional("MailDenyInetFrom", "Deny messages from the following Internet addresses to be sent to the Internet", List, ""),
		attested("AllowNotesAddressesToMail", "Allow messages only from the following Notes addresses to be sent to the Internet", Names, ""),
		attested("DenyNotesAddressesToMail", "Deny messages from the following Notes addresses to be sent to the Internet", Names, ""),
		provisional("MailAllowInetTo", "Allow messages only to recipients in the following Internet domains or hostnames", List, ""),
		provisional("MailDenyInetTo", "Deny messages to recipients in the following Internet domains or hostnames", List, ""),
	}
}

func routerTransfer() []Field {
	return []Field{
		provisional("MailDeliveryThreads", "Maximum delivery threads", Number, ""),
		provisional("MailTransferThreads", "Maximum transfer threads", Number, ""),
		provisional("MailConcTransferThreads", "Maximum concurrent transfer threads", Number, ""),
		provisional("MailMaxHops", "Maximum hop count", Number, "25"),
		provisional("MailLowPrioTime", "Low priority mail routing time range", Text, "00:00-06:00"),
		provisional("MailLowPrioNotify", "Low priority delay notification", Keyword, "0",
			Code{"0", "Disabled"}, Code{"1", "Only if priority changed for policy reasons"},
			Code{"2", "Only if user requested low priority"}, Code{"3", "For all"}),
		provisional("MailRetryInterval", "Initial transfer retry interval", Number, "15"),
		provisional("MailPurgeInterval", "Expired message purge interval", Number, "15"),
		provisional("MailDelayNotify", "Transfer and delivery delay notifications", Keyword, "0", onOff("0")...),
		in("Delay notification", provisional("MailDelayHigh", "Interval for high priority", Number, "4")),
		in("Delay notification", provisional("MailDelayNormal", "Interval for normal priority", Number, "24")),
		in("Delay notification", provisional("MailDelayLow", "Interval for low priority", Number, "48")),
	}
}

// Router/SMTP > Advanced > Commands and Extensions.
func extensions() []Field {
	return []Field{
		in("Inbound", provisional("SMTPExtSize", "SIZE extension", Keyword, "1", onOff("1")...)),
		in("Inbound", provisional("SMTPExtPipelining", "Pipelining extension", Keyword, "1", onOff("1")...)),
		in("Inbound", provisional("SMTPExtDSN", "DSN extension", Keyword, "0", onOff("0")...)),
		in("Inbound", provisional("SMTPExt8BitMIME", "8 bit MIME extension", Keyword, "0", onOff("0")...)),
		provisional("SMTPCmdHelp", "HELP command", Keyword, "1", onOff("1")...),
		provisional("SMTPCmdVrfy", "VRFY command", Keyword, "0", onOff("0")...),
		provisional("SMTPCmdExpn", "EXPN command", Keyword, "0", onOff("0")...),
		provisional("SMTPCmdEtrn", "ETRN command", Keyword, "0", onOff("0")...),
		named(attested("SMTP_NegotiatedSSL", "SSL negotiated over TCP/IP port", Keyword, "0",
			Code{"0", "Disabled"}, Code{"1", "Enabled"}, Code{"2", "Required"}), "TLSnegotiatedoverTCPIPport", "SSLTLSnegotiatedoverTCPIPport"),
		in("Outbound", provisional("RouterExtSize", "SIZE extension", Keyword, "1", onOff("1")...)),
		in("Outbound", provisional("RouterExtPipelining", "Pipelining extension", Keyword, "1", onOff("1")...)),
		in("Outbound", provisional("RouterExtDSN", "DSN extension", Keyword, "0", onOff("0")...)),
		in("Outbound", provisional("RouterExt8BitMIME", "8 bit MIME extension", Keyword, "0", onOff("0")...)),
	}
}

func advanced() []Field {
	fields := []Field{
		provisional("MailLogLevel", "Logging level", Keyword, "0",
			Code{"0", "Normal"}, Code{"1", "Minimal"}, Code{"2", "Informational"}, Code{"3", "Verbose"}),
		provisional("MailHoldUndeliverable", "Hold undeliverable mail", Keyword, "0", onOff("0")...),
		provisional("MailAutoDead", "Automatically process dead mail", Keyword, "0", onOff("0")...),
		in("Dead mail", provisional("MailAutoDeadTries", "Attempts allowed", Number, "12")),
		in("Dead mail", provisional("MailAutoDeadWait", "Time between attempts", Number, "120")),
		provisional("MailIgnorePriority", "Ignore message priority", Keyword, "0", onOff("0")...),
		provisional("MailPrimaryOnly", "Restrict name lookups to primary directory only", Keyword, "0", onOff("0")...),
		in("Dead mail", provisional("MailInternalDomains", "Internal Internet domains", List, "")),
		in("Journaling", attested("JrnlEnbld", "Journaling", Keyword, "0", onOff("0")...)),
		in("Journaling", attested("JrnlMthd", "Method", Keyword, "0", Code{"0", "Copy to local database"}, Code{"1", "Send to mail-in database"})),
		in("Journaling", attested("JrnlDBName", "Database name", Text, "mailjrn.nsf")),
		in("Journaling", attested("JrnlDest", "Mail destination", Text, "")),
		unused("JrnlFldEncryptExcl", "", List),
	}
	for _, class := range FailureClasses() {
		fields = append(fields,
			in("Failure messages", provisional("MailFail"+class, class+" failure text", Text, "")),
			in("Failure messages", provisional("MailFail"+class+"File", class+" failure text file", Text, "")))
	}
	for i := 1; i <= maxRules; i++ {
		fields = append(fields, provisional("MailRule_"+strconv.Itoa(i), "Rule "+strconv.Itoa(i), Text, ""))
	}
	return fields
}

// FailureClasses are the classes of reports that have a text of their own
// ("Customizing the text of mail failure messages"), as the items name them.
func FailureClasses() []string {
	return []string{"Transfer", "Delivery", "Expiration", "Domain", "Server", "Username", "Size", "Restriction", "Delay"}
}

// maxRules is how many rules a document may hold in items of ours.
const maxRules = 20

// Security > Internet lockout.
func lockout() []Field {
	return []Field{
		attested("ILEnforce", "Enforce Internet Password Lockout", Keyword, "0", yesNo("0")...),
		attested("ILLockIP", "Also enforce lockout based on IP address", Keyword, "0", yesNo("0")...),
		attested("ILCountAgainstIP", "Count user name failures also as IP address failures", Keyword, "0", yesNo("0")...),
		attested("ILLogLockouts", "Log settings: Lockouts", Keyword, "0", yesNo("0")...),
		attested("ILLogFailures", "Log settings: Failures", Keyword, "0", yesNo("0")...),
		attested("ILMaxTries", "Default Maximum Tries Allowed", Number, "0"),
		attested("ILExpMinutes", "Default Lockout Expiration", Number, "0"),
		unused("ILExpNum", "", Number), unused("ILTimeFormat", "", Text),
		attested("ILClearMinutes", "Default Maximum Tries Interval", Number, "0"),
		unused("ILClearNum", "", Number), unused("ILTimeFormat2", "", Text),
	}
}

package settings

// routerRows: Router/SMTP > Basics, Restrictions, Transfer Controls, Advanced.
func routerRows() []Row {
	return []Row{
		{Form: "ServerConfig", Item: "MailExternalSMTP", Target: "Router.ExternalSMTP", Type: Flag, Status: Honoured, Doc: "SMTP is used for mail outside of the local Internet domain."},
		{Form: "ServerConfig", Item: "MailInternalSMTP", Target: "Router.InternalSMTP", Type: Enum, Enum: map[string]int{"1": 0, "0": 1, "2": 2}, Status: Partial, Reason: "MIME messages only transfers as All messages does", Doc: "SMTP to the home servers of users in the local Internet domain."},
		{Form: "ServerConfig", Item: "MailAddrLookup", Target: "Router.Lookup", Type: Enum, Enum: map[string]int{"0": 0, "1": 1, "2": 2}, Status: Honoured, Doc: "How recipients are looked up."},
		{Form: "ServerConfig", Item: "MailExhaustLookup", Target: "Router.Exhaustive", Type: Flag, Status: Honoured, Doc: "All directories are searched even after a match."},
		{Form: "ServerConfig", Item: "MailPrimaryOnly", Target: "Router.PrimaryOnly", Type: Flag, Status: Honoured, Doc: "Only the primary directory is searched."},
		{Form: "ServerConfig", Item: "MailRelayHost", Target: "Router.RelayHost", Type: String, Status: Honoured, Doc: "Next hop of external mail that no Foreign SMTP Domain document takes; host, [address], with an optional port."},
		{Form: "ServerConfig", Item: "MailRelayAuth", Target: "Router.RelayAuth", Type: Enum, Enum: map[string]int{"0": 0, "1": 1, "2": 2}, Status: Honoured, Doc: "Authentication with the relay host."},
		{Form: "ServerConfig", Item: "MailRelayUser", Target: "Router.RelayUser", Type: String, Status: Honoured, Doc: "User name at the relay host."},
		{Form: "ServerConfig", Item: "MailRelayPassword", Target: "Router.RelayPassword", Type: String, Status: Honoured, Doc: "Password at the relay host; never shown."},
		{Form: "ServerConfig", Item: "MailSmartHost", Target: "Router.SmartHost", Type: String, Status: Honoured, Doc: "Next hop of local recipients that no directory knows."},
		{Form: "ServerConfig", Item: "MailSmartHostAll", Target: "Router.SmartHostAll", Type: Flag, Status: Honoured, Doc: "The smart host takes all local recipients."},
		{Name: "SMTPSmartHostAllDisableGroupExpansion", Target: "Router.SmartHostNoExpansion", Type: Flag, Default: "0", Status: Honoured, Doc: "1: groups are not expanded when the smart host takes all local recipients."},
		{Form: "ServerConfig", Item: "MailHostLookup", Target: "Router.HostLookup", Type: Enum, Enum: map[string]int{"0": 0, "1": 1, "2": 2}, Status: Honoured, Doc: "Where host names are looked up: DNS, hosts file."},
		{Form: "ServerConfig", Item: "MailMaxSize", Target: "Router.MaxMessageSize", Also: "SMTP.MaxMessageSize", Type: Kilobytes, Max: 1 << 31, Status: Honoured, Doc: "Maximum message size in KB; blank is no limit."},
		{Form: "ServerConfig", Item: "MailMaxHops", Target: "Router.MaxHops", Type: Int, Min: 1, Max: 1000, Status: Honoured, Doc: "Maximum hop count. A message over SMTP with more Received fields than this and than 50 is refused with 554; below that the Router returns it."},
		{Form: "ServerConfig", Item: "MailRetryInterval", Target: "Router.RetryInterval", Type: Minutes, Min: 1, Max: 10080, Status: Honoured, Doc: "Wait after the first failed transfer; later waits grow."},
		{Form: "ServerConfig", Item: "MailPurgeInterval", Target: "Router.PurgeInterval", Type: Minutes, Min: 1, Max: 10080, Status: Honoured, Doc: "How often expired messages are looked for."},
		{Form: "ServerConfig", Item: "MailHoldUndeliverable", Target: "Router.HoldUndeliverable", Type: Flag, Status: Honoured, Doc: "Undeliverable mail is held for the administrator."},
		{Form: "ServerConfig", Item: "MailSMTPReach", Target: "Router.ReachNamedNetwork", Type: Flag, Status: Honoured, Doc: "Servers of the Notes domain are reached by SMTP only in the same Notes named network."},
		{Form: "ServerConfig", Item: "MailDeliveryThreads", Target: "Router.DeliveryThreads", Type: Int, Min: 1, Max: 25, Default: "0", Shown: "automatic", Status: Honoured, Doc: "Deliveries at a time; blank is automatic."},
		{Name: "MailMaxThreads", Form: "ServerConfig", Item: "MailTransferThreads", Target: "Router.TransferThreads", Type: Int, Min: 1, Max: 25, Default: "0", Shown: "automatic", Status: Honoured, Doc: "Transfers at a time; blank is automatic."},
		{Name: "MailMaxConcurrentXferThreads", Form: "ServerConfig", Item: "MailConcTransferThreads", Target: "Router.ConcurrentTransfers", Type: Int, Min: 1, Max: 25, Default: "0", Shown: "half of all", Status: Honoured, Doc: "Transfers to one destination at a time; blank is half of all."},
		{Name: "Log_MailRouting", Form: "ServerConfig", Item: "MailLogLevel", Target: "Router.LogLevel", Type: Enum,
			Enum: map[string]int{"0": 0, "1": 1, "2": 2, "3": 3, "10": 1, "20": 0, "30": 2, "40": 3}, Status: Partial, Reason: "Verbose has no lines of threads that search for work", Doc: "Logging level: which lines of sessions, messages, transfers and configuration updates the console gets. As a variable also Domino's 10 Minimal, 20 Normal, 30 Informational, 40 Verbose."},
		{Form: "ServerConfig", Item: "RouterExtSize", Target: "Router.ExtSize", Type: Flag, Status: Honoured, Doc: "Outbound SIZE."},
		{Form: "ServerConfig", Item: "RouterExtDSN", Target: "Router.ExtDSN", Type: Flag, Status: Honoured, Doc: "Outbound DSN: what the sender asked for is passed on to hosts that offer it."},
		{Form: "ServerConfig", Item: "RouterExt8BitMIME", Target: "Router.ExtEightBit", Type: Flag, Status: Honoured, Doc: "Outbound 8BITMIME; off, or where the next hop lacks it, 8-bit content is put into 7 bits."},
		{Form: "Server", Item: "Router_Port", Target: "Router.Port", Type: Int, Min: 1, Max: 65535, Status: Honoured, Doc: "Port on the remote server."},
		{Form: "Server", Item: "Router_PortStatus", Target: "Router.PortStatus", Type: Enum, Enum: map[string]int{"0": 0, "1": 1, "2": 2}, Status: Honoured, Doc: "Outbound port: disabled, enabled, STARTTLS when offered."},
	}
}

// routerVariables: the Router's variables that are read.
func routerVariables() []Row {
	return []Row{
		{Name: "MailTimeout", Target: "Router.MessageTimeout", Type: Days, Default: "1", Min: 1, Max: 365, Status: Honoured, Doc: "Days until a waiting message is returned."},
		{Name: "MailTimeoutMinutes", Target: "Router.MessageTimeoutMinutes", Type: Minutes, Default: "0", Shown: "not set", Max: 1440, Status: Honoured, Doc: "The same in minutes, for less than a day; wins over MailTimeout."},
		{Name: "RouterDSNForNULLReversePath", Target: "Router.NullPath", Type: Enum, Default: "0", Enum: map[string]int{"0": 0, "1": 1, "2": 2}, Status: Honoured, Doc: "Report for a message with a null sender: 0 none, the message itself is dead; 1 to the address of its Sender or From field; 2 none, the message is gone."},
		{Name: "RouterDisableMailToGroups", Target: "Router.DisableMailToGroups", Type: Flag, Default: "0", Status: Honoured, Doc: "1: mail to groups is returned."},
		{Name: "RouterFallbackNonTLS", Target: "Router.FallbackNonTLS", Type: Flag, Default: "0", Status: Honoured, Doc: "1: in clear when negotiated TLS fails."},
	}
}

func variable(name string, s Status, reason, doc string) Row {
	return Row{Name: name, Type: Notes, Status: s, Reason: reason, Doc: doc}
}

// dottedIsNone is a reason that two variables share.
const dottedIsNone = "one label of a dotted part is never taken for a Notes domain: always as with 1"

// pendingVariables: variables that are known and have no effect yet, or none.
func pendingVariables() []Row {
	rows := []Row{
		variable("SMTP_RIGHT_DOT_NEVER_NOTESDOMAIN", Harmless, dottedIsNone, "A dotted right part is never a Notes domain."),
		variable("SMTP_LEFT_DOT_NEVER_DOMAIN", Harmless, dottedIsNone, "A dotted left part is never a domain."),
		variable("SMTPSaveImportErrors", Harmless, "nothing is converted on import", "Keeps messages that failed to import."),
		variable("SmtpSaveOutboundToFile", Harmless, "SMTPClientDebug and the queue commands show what leaves", "Writes outbound messages to files."),
		variable("RouterAllowConcurrentXFERToALL", Harmless, "the maximum of concurrent transfer threads alone decides", "Several transfers to one destination."),
		variable("MailDynamicCostReset", Harmless, "there are no routing costs", "Reset of dynamic routing costs."),
		variable("RouterTranslateSpecial", Harmless, "nothing public says what it does", "Unknown."),
		variable("MailClusterFailover", Harmless, "there is no Notes cluster", "Failover to a cluster mate."),
		variable("Mail_Log_To_MiscEvents", Harmless, "there is no Notes log database", "Router events in the Notes log."),
		variable("DEBUG_MAIL_TRACE", Harmless, "SMTPDebug and SMTPClientDebug trace", "Mail trace."),
		variable("RouterJunkDeliverSoftfail", Harmless, "there is no SPF check", "Soft SPF failures count as junk."),
		variable("Ports", Partial, "the first names the port whose address the listener binds to", "Enabled Notes ports."),
		variable("MailServer", Partial, "names the server when nothing else does", "The server's own name."),
	}
	for _, old := range []string{"SMTPMTA_SPACE_REPL_CHAR", "SMTPMTA_REJECT_RELAYS", "SMTPMTA_HELO_DOMAIN_VERIFY",
		"SMTPMTA_DENIED_DOMAINS", "SMTPMTA_RELAY_FORWARDS", "SMTPMTA_ALLOW_KNOWN_DOMAINS", "SMTP_OCH_REJECT_SMTP_ORIGINATED_MESSAGES"} {
		rows = append(rows, variable(old, Harmless, "obsolete: Release 4 MTA", "A variable of the Release 4 SMTP MTA."))
	}
	return rows
}

// ownVariables: what Domino does not have.
func ownVariables() []Row {
	return []Row{
		{Name: "Domigo_DNS", Target: "Own.DNS", Type: String, Takes: ServerStart, Status: Honoured, Shown: "the system's resolver", Doc: "DNS servers to ask, host:port[,host:port]."},
		{Name: "Domigo_Hosts", Target: "Own.Hosts", Type: String, Takes: ServerStart, Status: Honoured, Shown: "the system's hosts file", Doc: "Hosts file of local look-ups."},
		{Name: "Domigo_Delivery", Target: "Own.Delivery", Type: String, Default: "maildir:mail", Takes: Live, Status: Honoured, Doc: "Where local mail goes: maildir:DIR, lmtp:host:port, lmtp:unix:PATH."},
		{Name: "Domigo_SubmissionPort", Target: "Own.SubmissionPort", Type: Int, Default: "0", Shown: "off", Max: 65535, Takes: TaskRestart, Status: Honoured, Doc: "Port of the submission listener."},
		{Name: "Domigo_TLSCert", Target: "Own.TLSCert", Type: String, Takes: TaskRestart, Status: Honoured, Doc: "PEM files of the certificates, separated by commas; a client's server name (SNI) chooses. They are read again when they change."},
		{Name: "Domigo_TLSKey", Target: "Own.TLSKey", Type: String, Takes: TaskRestart, Status: Honoured, Doc: "PEM files of the keys, in the order of the certificates; blank: each certificate's file holds its key."},
		{Name: "Domigo_ItemMap", Target: "Own.ItemMap", Type: String, Takes: Live, Status: Honoured, Doc: "File of item names of a site's own: RealItemName = CanonicalName."},
		{Name: "Domigo_AllowOpenRelay", Target: "Own.AllowOpenRelay", Type: Flag, Default: "0", Takes: Live, Status: Honoured, Doc: "1: a site that is an open relay starts on any address."},
		{Name: "Domigo_TrustPTR", Target: "Own.TrustPTR", Type: Flag, Default: "0", Takes: Live, Status: Honoured, Doc: "1: a host's name counts without resolving back, as in Domino."},
		{Name: "Domigo_LFDataHosts", Target: "Own.LFDataHosts", Type: HostList, Takes: Live, Status: Honoured, Doc: "Hosts, [address], whose data may end with LF.LF."},
		{Name: "Domigo_AuthPlain", Target: "Own.AuthPlain", Type: Flag, Default: "0", Takes: Live, Status: Honoured, Doc: "1: PLAIN is advertised beside LOGIN."},
		{Name: "Domigo_AuthNeedsTLS", Target: "Own.AuthNeedsTLS", Type: Flag, Default: "0", Takes: Live, Status: Honoured, Doc: "1: AUTH is offered and taken under TLS only."},
		{Name: "Domigo_ReloadOnChange", Target: "Own.ReloadOnChange", Type: Flag, Default: "0", Takes: Live, Status: Honoured, Doc: "1: a changed file goes live at once where it may."},
		{Name: "Domigo_Listen", Target: "Own.Listen", Type: String, Takes: TaskRestart, Status: Honoured, Doc: "Addresses to listen on, addr or addr:port, separated by commas."},
	}
}

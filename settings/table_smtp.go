package settings

// identityRows: who the server is, and its local Internet domains.
func identityRows() []Row {
	return []Row{
		{Name: "ServerName", Form: "Server", Item: "ServerName", Target: "Identity.ServerName", Type: Derived, Takes: ServerStart, Status: Partial, Reason: "chooses the Server document; with none, names the server",
			Doc: "The server's hierarchical name."},
		{Name: "Domain", Form: "Server", Item: "Domain", Target: "Identity.Domain", Type: String, Takes: ServerStart, Status: Partial, Reason: "shown on the console; Notes routing is not served",
			Doc: "The Notes domain of the server."},
		{Form: "Server", Item: "SMTPFullHostDomain", Target: "Identity.HostName", Type: Derived, Takes: ServerStart, Status: Honoured,
			Doc: "Fully qualified Internet host name: greeting, HELO, Received, and the local domain when there is no Global Domain document."},
		{Form: "Server", Item: "ServerBuildNumber", Target: "Identity.Build", Type: String, Takes: ServerStart, Status: Honoured,
			Doc: "The release that greeting, Received and show server name."},
		{Name: "Product", Target: "Identity.Product", Type: Derived, Takes: ServerStart, Status: Partial, Reason: "made of ServerBuildNumber; not a variable of Domino",
			Doc: "The product's name as it is printed."},
		{Name: "Directory", Target: "Identity.Directory", Type: String, Takes: ServerStart, Status: Partial, Reason: "locates nothing: show server names the folder that the server was started with",
			Doc: "Domino's data directory."},
		{Form: "Server", Item: "ServerTitle", Target: "Identity.Title", Type: String, Takes: ServerStart, Status: Partial, Reason: "only shown", Doc: "The server's title."},
		{Name: "ServerTasks", Target: "Identity.Tasks", Type: WordList, Takes: ServerStart, Status: Partial, Reason: "only Router and SMTP are tasks here",
			Doc: "Tasks that start with the server."},
		{Form: "Domain", Item: "LocalPrimaryInternetDomain", Target: "Domains", Type: Derived, Takes: ServerStart, Status: Honoured,
			Doc: "Local primary Internet domains of the Global Domain documents."},
		{Form: "Domain", Item: "LocalInternetDomainAliases", Type: Derived, Takes: ServerStart, Status: Honoured,
			Doc: "Alternate Internet domain aliases of a Global Domain document."},
		{Form: "Domain", Item: "NotesDomainList", Type: Derived, Takes: ServerStart, Status: Partial, Reason: "maps %Domain entries; Notes routing is not served",
			Doc: "Notes domains of a Global Domain document."},
	}
}

// portRows: Ports > Internet Ports > Mail (SMTP Inbound), and the Site document.
func portRows() []Row {
	return []Row{
		{Form: "Server", Item: "SMTPListenerEnabled", Target: "Ports.Listener", Type: Derived, Takes: TaskRestart, Status: Honoured,
			Doc: "Starts the SMTP listener with the server; SMTP in ServerTasks does so too."},
		{Form: "Server", Item: "SMTP_Port", Target: "Ports.Port", Type: Int, Min: 1, Max: 65535, Takes: TaskRestart, Status: Honoured, Doc: "TCP/IP port number of the listener."},
		{Form: "Server", Item: "SMTP_PortStatus", Target: "Ports.Enabled", Type: Flag, Takes: TaskRestart, Status: Honoured, Doc: "Whether the TCP/IP port is served."},
		{Form: "Server", Item: "SMTP_SSLPort", Target: "Ports.TLSPort", Type: Int, Min: 1, Max: 65535, Takes: TaskRestart, Status: Honoured, Doc: "Port number of implicit TLS."},
		{Form: "Server", Item: "SMTP_SSLStatus", Target: "Ports.TLSEnabled", Type: Flag, Takes: TaskRestart, Status: Honoured, Doc: "Whether the TLS port is served; needs a certificate."},
		{Form: "Server", Item: "SMTP_EnforceAccess", Target: "Ports.EnforceAccess", Type: Flag, Takes: TaskRestart, Status: Honoured, Doc: "The server access lists AllowAccess and DenyAccess apply to who logs in."},
		{Form: "Server", Item: "LdISite", Target: "Ports.InternetSites", Type: Flag, Takes: TaskRestart, Status: Honoured, Doc: "Authentication options come from the SMTP Inbound Site document."},
		{Name: "SiteDocument", Target: "Ports.SiteFound", Type: Derived, Takes: TaskRestart, Status: Partial, Reason: "tells which SMTP Inbound Site document applies; not a variable of Domino", Doc: "The SMTP Inbound Site document that applies."},
		{Form: "Server", Item: "SMTP_TCPNP", SiteItem: "TCPNameAndPwd", Target: "Ports.NamePassword", Type: Flag, Takes: TaskRestart, Status: Honoured, Doc: "Name & password on the TCP/IP port: AUTH is offered."},
		{Form: "Server", Item: "SMTP_AllowAnonymous", SiteItem: "TCPAnonymous", Target: "Ports.Anonymous", Type: Flag, Takes: TaskRestart, Status: Honoured, Doc: "Anonymous on the TCP/IP port; No: MAIL needs authentication."},
		{Form: "Server", Item: "SMTP_SSLNP", SiteItem: "SSLNameAndPwd", Target: "Ports.TLSName", Type: Flag, Takes: TaskRestart, Status: Honoured, Doc: "Name & password under TLS."},
		{Form: "Server", Item: "SMTP_SSLAnonymous", SiteItem: "SSLAnonymous", Target: "Ports.TLSAnonymous", Type: Flag, Takes: TaskRestart, Status: Honoured, Doc: "Anonymous under TLS."},
		{Form: "Server", Item: "HTTP_SSLKeyFile", SiteItem: "SSLKeyFile", Target: "Ports.KeyFile", Type: String, Takes: TaskRestart, Status: Partial, Reason: "a .kyr file is not read; a PEM file of the same name is", Doc: "Key file: certificate and key of the TLS port and STARTTLS."},
		{Name: "SMTPNotesPort", Target: "Ports.NotesPort", Type: String, Takes: TaskRestart, Status: Honoured, Doc: "Notes port whose address, the variable PORT_TCPIPAddress, the listener binds to; else the first of Ports."},
		{Form: "Server", Item: "InternetNameVariations", Target: "Ports.MoreVariations", Type: Flag, Takes: TaskRestart, Status: Honoured, Doc: "Internet authentication: how freely a user may write the name at login."},
	}
}

// smtpVariables: the listener's variables of the white paper's Appendix A.
func smtpVariables() []Row {
	return []Row{
		{Name: "SMTPGreeting", Target: "SMTP.Greeting", Type: String, Shown: "host ESMTP Service (product) ready at %s", Status: Honoured, Doc: "Text of the greeting; the first %s is the date."},
		{Name: "SMTPMaxSessions", Target: "SMTP.MaxSessions", Type: Int, Default: "0", Shown: "what the process's descriptors and memory allow", Max: 1 << 20, Status: Honoured, Doc: "Inbound sessions at a time; more get a 421. 0: as many as the process has descriptors and memory for."},
		{Name: "SMTPErrorLimit", Form: "ServerConfig", Item: "SMTPErrorLimit", Target: "SMTP.ErrorLimit", Type: Int, Default: "20", Min: 0, Max: 1 << 20, Status: Honoured, Doc: "Protocol errors that a session may make, refused recipients among them; one more ends it with a 421."},
		{Name: "SMTPMaxRecipientCount", Target: "SMTP.MaxRecipients", Type: Int, Default: "5000", Min: 1, Max: 1 << 20, Status: Honoured, Doc: "Recipients of one message; more get a 552."},
		{Name: "SMTPMaxCommandLength", Target: "SMTP.MaxCommandLength", Type: Int, Default: "1200", Min: 64, Max: 65536, Status: Honoured, Doc: "Characters of a command line; a longer one is answered 500 and ends the session. Lines of an authentication may have 12,288 in any case."},
		{Name: "SMTPMaxForRecipients", Target: "SMTP.MaxForRecipients", Type: Int, Default: "0", Max: 1 << 20, Status: Honoured, Doc: "Addresses in the for clause of the Received field."},
		{Name: "SMTPTimeoutMultiplier", Target: "SMTP.TimeoutMultiplier", Type: Int, Default: "1", Min: 1, Max: 1000, Status: Honoured, Doc: "Multiplies the time-out of 3 minutes."},
		{Name: "SMTPStrict821AddressSyntax", Target: "SMTP.StrictAddress", Type: Flag, Default: "0", Status: Honoured, Doc: "1: addresses need angle brackets."},
		{Name: "SMTPStrict821LineSyntax", Target: "SMTP.StrictLine", Type: Flag, Default: "0", Status: Honoured, Doc: "1: command lines end with CRLF only."},
		{Name: "SMTPNonStandardLineTermination", Target: "SMTP.NonStandardLineEnd", Type: Flag, Default: "0", Status: Honoured, Doc: "1: command lines may end with CR alone, too; with LF alone they may anyway, unless SMTPStrict821LineSyntax is 1."},
		{Name: "SMTPNoVersionInRcvdHdr", Target: "SMTP.NoVersionInReceived", Type: Flag, Default: "0", Status: Honoured, Doc: "1: the Received field does not name the release."},
		{Name: "SMTPVerifyAuthenticatedSender", Target: "SMTP.VerifySender", Type: Flag, Default: "0", Status: Honoured, Doc: "1: Sender, or From, must be the authenticated user's Internet address."},
		{Name: "SMTPRelayHostsandDomains", Aliases: []string{"SMTPRelayAllowHostsandDomains", "SMTPRelayHostsandDomain"}, Target: "SMTP.DenyWins", Type: Flag, Default: "0", Status: Honoured, Doc: "1: between the host and the domain fields of the relay controls, Deny wins."},
		{Name: "SMTPAllHostsExternal", Target: "SMTP.AllHostsExternal", Type: Flag, Default: "0", Status: Honoured, Doc: "1: every host is subject to the relay controls."},
		{Name: "SMTP_Config_Update_Interval", Target: "SMTP.UpdateInterval", Type: Minutes, Default: "2", Min: 1, Max: 1440, Status: Honoured, Doc: "How often the listener looks for a changed configuration."},
		{Name: "SMTPVerifySendersDomainTimeout", Target: "SMTP.SenderDomainTimeout", Type: Seconds, Default: "30", Min: 1, Max: 600, Status: Honoured, Doc: "Time for looking up the sender's domain."},
		{Name: "SMTPAllowConnectionsAnonymous", Target: "SMTP.ConnectionsAnonymous", Type: Int, Default: "-1", Shown: "not set", Min: -1, Max: 1, Status: Honoured, Doc: "0 or 1: authentication is required; 1 spares the hosts of the Allow connections field. -1 is as not set."},
		{Name: "SMTPLookupNoDircat", Target: "SMTP.LookupNoDircat", Type: Flag, Default: "0", Status: Honoured, Doc: "1: inbound look-ups leave directory catalogs out."},
		{Form: "ServerConfig", Item: "SMTP_NegotiatedSSL", Target: "SMTP.STARTTLS", Type: Enum, Enum: map[string]int{"0": 0, "1": 1, "2": 2}, Status: Honoured, Doc: "STARTTLS: disabled, enabled, required."},
		{Name: "SMTPTranslateAddresses", Target: "SMTP.TranslateAddresses", Type: Enum, Default: "0", Enum: map[string]int{"0": 0, "1": 1, "2": 2}, Status: Honoured,
			Doc: "Addresses of local users get their Notes names: 1 in the From field, 2 in all address fields; with both SMTPVerifyAuthenticatedSender refuses every message."},
		{Name: "SMTPTranslateLookupFullThenLocal", Target: "SMTP.TranslateFullFirst", Type: Flag, Default: "0", Status: Honoured,
			Doc: "1: SMTPTranslateAddresses looks up by full name, then local part, whatever the field Address lookup says."},
		{Name: "SMTPTranslateAddressLookup", Target: "SMTP.TranslateForeign", Type: Flag, Default: "0", Status: Honoured,
			Doc: "1: SMTPTranslateAddresses looks up addresses that are not local, too, by the whole address."},
		{Name: "SMTPTranslateAddressesPreserve822", Target: "SMTP.TranslatePreserve822", Type: Flag, Default: "0", Status: Honoured,
			Doc: "1: SMTPTranslateAddresses keeps the addresses in the X-Inet fields as they were written; 0: as RFC 821 paths."},
	}
}

// traceRows: the listener's traces, which go to the console and so to
// console.log. Passwords are shown as asterisks at every level.
func traceRows() []Row {
	return []Row{
		{Name: "SMTPDebug", Target: "SMTP.Debug", Type: Int, Default: "0", Max: 4, Status: Honoured,
			Doc: "Trace of the dialogue: 1 refusals with the verb; 2 every verb with the reply's code; 3 with its text; 4 with the command's text."},
		{Name: "SMTPDebugIO", Target: "SMTP.DebugIO", Type: Int, Default: "0", Max: 4, Status: Honoured,
			Doc: "Trace of octets: 1 how many each command and reply has; 2 verbs and codes as well; 3 whole lines; 4 how many octets of message data, whose content is never shown."},
		{Name: "SMTPDebugSSL", Target: "SMTP.DebugSSL", Type: Flag, Default: "0", Status: Honoured,
			Doc: "1: trace of TLS handshakes, with version and cipher."},
	}
}

// relayRows: inbound relay controls and enforcement.
func relayRows() []Row {
	return []Row{
		{Form: "ServerConfig", Item: "SMTPRlyAllowDoms", Target: "Relay.AllowDomains", Type: DomainList, Status: Honoured, Doc: "Only these external destinations may be relayed to."},
		{Form: "ServerConfig", Item: "SMTPRlyDenyDoms", Target: "Relay.DenyDomains", Type: DomainList, Status: Honoured, Doc: "These external destinations are refused; * is all."},
		{Form: "ServerConfig", Item: "SMTPRlyAllowHosts", Target: "Relay.AllowHosts", Type: HostList, Status: Honoured, Doc: "Only these hosts may relay."},
		{Form: "ServerConfig", Item: "SMTPRlyDenyHosts", Target: "Relay.DenyHosts", Type: HostList, Status: Honoured, Doc: "These hosts may not relay; * is all."},
		{Form: "ServerConfig", Item: "SMTPRlyCheck", Target: "Relay.Enforcement", Type: Enum, Enum: map[string]int{"0": 0, "1": 1, "2": 2}, Status: Honoured, Doc: "Whom the relay controls concern."},
		{Form: "ServerConfig", Item: "SMTPRlyExcpts", Target: "Relay.Exclude", Type: HostList, Status: Honoured, Doc: "Hosts that the relay controls do not concern."},
		{Form: "ServerConfig", Item: "SMTPRlyAuthExcpt", Target: "Relay.AuthMayRelay", Type: Flag, Status: Honoured, Doc: "Whether authenticated users may relay."},
	}
}

// inboundRows: connection, sender and recipient controls.
func inboundRows() []Row {
	return []Row{
		{Form: "ServerConfig", Item: "SMTPVerifyConnHost", Target: "Connection.VerifyHostName", Type: Flag, Status: Honoured, Doc: "The connecting host must have a name in DNS; answered at MAIL FROM."},
		{Form: "ServerConfig", Item: "SMTPAllowConnHosts", Target: "Connection.Allow", Type: HostList, Status: Honoured, Doc: "Only these hosts may send."},
		{Form: "ServerConfig", Item: "SMTPDenyConnHosts", Target: "Connection.Deny", Type: HostList, Status: Honoured, Doc: "These hosts may not send; wins over Allow."},
		{Form: "ServerConfig", Item: "SMTPVerifySenderDom", Target: "Senders.VerifyDomain", Type: Flag, Status: Honoured, Doc: "The sender's domain must have MX or address records."},
		{Form: "ServerConfig", Item: "SMTPAllowSenders", Target: "Senders.Allow", Type: SenderList, Status: Honoured, Doc: "Only these senders are taken."},
		{Form: "ServerConfig", Item: "SMTPDenySenders", Target: "Senders.Deny", Type: AddrList, Status: Honoured, Doc: "These senders are refused."},
		{Form: "ServerConfig", Item: "SMTPVerifyRcpts", Target: "Recipients.Verify", Type: Flag, Status: Honoured, Doc: "Local recipients must exist in the directory."},
		{Name: "SMTPDenyNotUniqueRCPT", Form: "ServerConfig", Item: "SMTPRejectAmbig", Target: "Recipients.RejectAmbiguous", Type: Flag, Default: "0", Status: Honoured, Doc: "Names that match more than one entry are refused; needs verification."},
		{Name: "SMTPDenyMailToGroups", Form: "ServerConfig", Item: "SMTPDenyGroups", Target: "Recipients.DenyGroups", Type: Enum, Default: "0", Enum: map[string]int{"0": 0, "1": 1, "2": 2}, Status: Honoured, Doc: "Mail to groups is refused from external (1) or all hosts (2); needs verification."},
		{Form: "ServerConfig", Item: "SMTPAllowRcpts", Target: "Recipients.Allow", Type: AddrList, Status: Honoured, Doc: "Only these addresses receive Internet mail."},
		{Form: "ServerConfig", Item: "SMTPDenyRcpts", Target: "Recipients.Deny", Type: AddrList, Status: Honoured, Doc: "These addresses receive no Internet mail."},
	}
}

// extensionRows: inbound commands and extensions.
func extensionRows() []Row {
	return []Row{
		{Form: "ServerConfig", Item: "SMTPExtSize", Target: "Extensions.Size", Type: Flag, Status: Honoured, Doc: "SIZE: offered, and checked at MAIL."},
		{Form: "ServerConfig", Item: "SMTPExtPipelining", Target: "Extensions.Pipelining", Type: Flag, Status: Honoured, Doc: "PIPELINING."},
		{Form: "ServerConfig", Item: "SMTPCmdHelp", Target: "Extensions.Help", Type: Flag, Status: Honoured, Doc: "HELP."},
		{Form: "ServerConfig", Item: "SMTPExtDSN", Target: "Extensions.DSN", Type: Flag, Status: Honoured, Doc: "DSN: what senders ask for is kept and honoured."},
		{Form: "ServerConfig", Item: "SMTPExt8BitMIME", Target: "Extensions.EightBit", Type: Flag, Status: Honoured, Doc: "8BITMIME."},
		{Form: "ServerConfig", Item: "SMTPCmdVrfy", Target: "Extensions.Vrfy", Type: Flag, Status: Honoured, Doc: "VRFY."},
		{Form: "ServerConfig", Item: "SMTPCmdExpn", Target: "Extensions.Expn", Type: Flag, Status: Honoured, Doc: "EXPN."},
		{Form: "ServerConfig", Item: "SMTPCmdEtrn", Target: "Extensions.Etrn", Type: Flag, Status: Honoured, Doc: "ETRN: mail that waits for a domain is sent at once."},
	}
}

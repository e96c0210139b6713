package configdoc

// The keyword codes that many fields share; the default first.
func onOff(def string) []Code {
	if def == "1" {
		return []Code{{"1", "Enabled"}, {"0", "Disabled"}}
	}
	return []Code{{"0", "Disabled"}, {"1", "Enabled"}}
}

func yesNo(def string) []Code {
	if def == "1" {
		return []Code{{"1", "Yes"}, {"0", "No"}}
	}
	return []Code{{"0", "No"}, {"1", "Yes"}}
}

// attested and provisional make the rows of the tables: provisional ones have
// an item name of ours, as no public source shows the real one.
func attested(item, label string, k Kind, def string, codes ...Code) Field {
	return Field{Item: item, Label: label, Kind: k, Default: def, Codes: codes}
}

func provisional(item, label string, k Kind, def string, codes ...Code) Field {
	f := attested(item, label, k, def, codes...)
	f.Provisional = true
	return f
}

func in(section string, f Field) Field {
	f.Section = section
	return f
}

func unused(item, label string, k Kind) Field {
	return Field{Item: item, Label: label, Kind: k, Unused: true}
}

func named(f Field, names ...string) Field {
	f.Names = append(f.Names, names...)
	return f
}

// Server gives the form of the Server document.
func Server() *Form {
	return NewForm("Server", []Field{
		attested("ServerName", "Server name", Names, ""),
		attested("ServerTitle", "Server title", Text, ""),
		attested("Domain", "Domain name", Text, ""),
		attested("SMTPFullHostDomain", "Fully qualified Internet host name", Text, ""),
		attested("ServerBuildNumber", "Server build number", Text, ""),
		attested("ServerPlatform", "Platform", Text, ""),
		attested("ClusterName", "Cluster name", Text, ""),
		attested("SMTPListenerEnabled", "SMTP listener task", Keyword, "0", onOff("0")...),
		attested("LdISite", "Load Internet configurations from Server\\Internet Sites documents", Keyword, "0", onOff("0")...),
		attested("AllowAccess", "Access server", Names, ""),
		attested("DenyAccess", "Not access server", Names, ""),
		attested("AnonymousAccess", "Allow anonymous Notes connections", Text, ""),
		attested("NetAddresses", "Net address", List, ""),
		attested("Ports", "Enabled ports", List, ""),
		provisional("NetworkNames", "Notes Network", List, ""),
		provisional("InternetNameVariations", "Internet authentication", Keyword, "1",
			Code{"1", "More name variations with lower security"}, Code{"0", "Fewer name variations with higher security"}),
		attested("SSLCipherSupportedList", "TLS ciphers", List, ""),
		named(attested("HTTP_SSLKeyFile", "TLS key file name", Text, "keyfile.kyr"), "SSLKeyFile"),
		in("Mail", attested("SMTP_Port", "SMTP Inbound TCP/IP port number", Number, "25")),
		in("Mail", attested("SMTP_PortStatus", "SMTP Inbound TCP/IP port status", Keyword, "1", onOff("1")...)),
		in("Mail", attested("SMTP_EnforceAccess", "SMTP Inbound Enforce server access settings", Keyword, "0", yesNo("0")...)),
		in("Mail", attested("SMTP_TCPNP", "SMTP Inbound Name & password", Keyword, "0", yesNo("0")...)),
		in("Mail", attested("SMTP_AllowAnonymous", "SMTP Inbound Anonymous", Keyword, "1", yesNo("1")...)),
		in("Mail", attested("SMTP_SSLPort", "SMTP Inbound TLS port number", Number, "465")),
		in("Mail", attested("SMTP_SSLStatus", "SMTP Inbound TLS port status", Keyword, "0", onOff("0")...)),
		in("Mail", attested("SMTP_SSLNP", "SMTP Inbound TLS Name & password", Keyword, "0", yesNo("0")...)),
		in("Mail", attested("SMTP_SSLAnonymous", "SMTP Inbound TLS Anonymous", Keyword, "1", yesNo("1")...)),
		in("Mail", attested("Router_Port", "SMTP Outbound TCP/IP port number", Number, "25")),
		in("Mail", attested("Router_PortStatus", "SMTP Outbound TCP/IP port status", Keyword, "1",
			Code{"0", "Disabled"}, Code{"1", "Enabled"}, Code{"2", "Negotiated TLS"})),
		in("Mail", attested("Router_SSLPort", "SMTP Outbound TLS port number", Number, "465")),
		in("Mail", attested("Router_SSLStatus", "SMTP Outbound TLS port status", Keyword, "0", onOff("0")...)),
		unused("MajVer", "", Number), unused("MinVer", "", Number), unused("QMRVer", "", Number),
		unused("QMUVer", "", Number), unused("HotVer", "", Number), unused("FixPVer", "", Number),
		unused("WhiteList", "", Names), unused("WhiteListLog", "", Text),
		unused("Enabled_0", "", Text), unused("Protocol_0", "", Text), unused("NetAddr_0", "", Text),
	})
}

// Domain gives the form of the Global Domain and Foreign SMTP Domain documents.
func Domain() *Form {
	return NewForm("Domain", []Field{
		attested("DomainType", "Domain type", Text, ""),
		attested("DomainName", "Global domain name", Text, ""),
		attested("GlobalDomainTasks", "Global domain role", Text, ""),
		attested("DefaultGlobalDomain", "Use as default Global Domain", Text, ""),
		attested("NotesDomainList", "Notes domains and aliases", List, ""),
		attested("LocalPrimaryInternetDomain", "Local primary Internet domain", Text, ""),
		attested("LocalInternetDomainAliases", "Alternate Internet domain aliases", List, ""),
		provisional("FSInternetDomain", "Messages addressed to Internet domain", List, ""),
		provisional("FSDomainName", "Should be routed to Domain name", Text, ""),
		provisional("FSInternetHost", "Should be routed to Internet host", Text, ""),
		unused("SMTP822Format", "", Text), unused("SMTPNotesDomainIncluded", "", Text),
		unused("SMTPNotesDomainPos", "", Text), unused("SMTPNotesDomainSepChar", "", Text),
		unused("DomainSeparatorChar", "", Text), unused("SMTPLocalPart", "", Text),
		unused("SMTPAddrLookup", "", Text), unused("SMTPDomainSuffixes", "", Text), unused("GlobalDomain", "", Text),
		unused("AdjacentDomainName", "", Text), unused("NextDomain", "", Text), unused("MailServer", "", Text),
		unused("MailFile", "", Text), unused("AllowFromDomains", "", List), unused("DenyFromDomains", "", List),
	})
}

// Connection gives the form of the SMTP Connection documents.
func Connection() *Form {
	return NewForm("Connection", []Field{
		attested("ConnectionType", "Connection type", Text, ""),
		attested("RoutingTask", "Routing task", Text, ""),
		attested("Source", "Source server", Names, ""),
		attested("SourceDomain", "Source domain", Text, ""),
		attested("Destination", "Destination server", Names, ""),
		attested("DestinationDomain", "Destination domain", Text, ""),
		provisional("SMTPRelayHost", "SMTP MTA relay host", Text, ""),
		attested("Enabled", "Enabled", Text, "1"),
	})
}

package settings

// filterRows: the black- and whitelist filters, and later additions.
func filterRows() []Row {
	later := func(item, reason, doc string) Row {
		return Row{Form: "ServerConfig", Item: item, Type: Notes, Status: NotYet, Reason: reason, Doc: doc}
	}
	rows := append(whitelistRows(), blacklistRows()...)
	return append(rows,
		Row{Name: "SMTPExpandDNSBLStats", Target: "Filters.ExpandBlack", Type: Flag, Default: "0", Status: Honoured, Doc: "1: statistics for each DNS blacklist site and host found there."},
		Row{Name: "SMTPExpandDNSWLStats", Target: "Filters.ExpandWhite", Type: Flag, Default: "0", Status: Honoured, Doc: "1: statistics for each DNS whitelist site and host found there."},
		Row{Name: "Domigo_DNSBLIPv6", Target: "Filters.IPv6", Type: Flag, Default: "0", Status: Honoured, Doc: "1: hosts with an IPv6 address are looked up in the DNS lists, in nibble form; Domino skips them."},
		later("SMTPSPF", "senders are not checked", "SPF."),
		later("SMTPDKIM", "signatures are not checked", "DKIM."),
	)
}

func whitelistRows() []Row {
	action := map[string]int{"0": 0, "1": 1, "2": 2}
	return []Row{
		{Form: "ServerConfig", Item: "SMTPPrivWL", Target: "Filters.PrivateWhite", Type: Flag, Status: Honoured, Doc: "Private whitelist filter: hosts in it are spared the other three filters."},
		{Form: "ServerConfig", Item: "SMTPPrivWLHosts", Target: "Filters.PrivateWhiteHosts", Type: HostList, Status: Honoured, Doc: "Hosts of the private whitelist."},
		{Form: "ServerConfig", Item: "SMTPPrivWLAction", Target: "Filters.PrivateWhiteAction", Type: Enum, Enum: action, Status: Honoured, Doc: "What is done about a host of the private whitelist."},
		{Form: "ServerConfig", Item: "SMTPDNSWL", Target: "Filters.DNSWhite", Type: Flag, Status: Honoured, Doc: "DNS whitelist filters: hosts found there are spared the DNS blacklists."},
		{Form: "ServerConfig", Item: "SMTPDNSWLSites", Target: "Filters.DNSWhiteSites", Type: WordList, Status: Honoured, Doc: "DNS whitelists to ask, in this order."},
		{Form: "ServerConfig", Item: "SMTPDNSWLAction", Target: "Filters.DNSWhiteAction", Type: Enum, Enum: action, Status: Honoured, Doc: "What is done about a host found in a DNS whitelist."},
	}
}

func blacklistRows() []Row {
	action := map[string]int{"0": 0, "1": 1, "2": 2}
	return []Row{
		{Form: "ServerConfig", Item: "SMTPPrivBL", Target: "Filters.PrivateBlack", Type: Flag, Status: Honoured, Doc: "Private blacklist filter, asked before the DNS lists."},
		{Form: "ServerConfig", Item: "SMTPPrivBLHosts", Target: "Filters.PrivateBlackHosts", Type: HostList, Status: Honoured, Doc: "Hosts of the private blacklist."},
		{Form: "ServerConfig", Item: "SMTPPrivBLAction", Target: "Filters.PrivateBlackAction", Type: Enum, Enum: action, Status: Honoured, Doc: "What is done about a host of the private blacklist."},
		{Form: "ServerConfig", Item: "SMTPPrivBLReply", Target: "Filters.PrivateBlackReply", Type: String, Status: Honoured, Doc: "Reply to a host of the private blacklist; the first %s is its address."},
		{Form: "ServerConfig", Item: "SMTPDNSBL", Target: "Filters.DNSBlack", Type: Flag, Status: Honoured, Doc: "DNS blacklist filters."},
		{Form: "ServerConfig", Item: "SMTPDNSBLSites", Target: "Filters.DNSBlackSites", Type: WordList, Status: Honoured, Doc: "DNS blacklists to ask, in this order, until one lists the host."},
		{Form: "ServerConfig", Item: "SMTPDNSBLAction", Target: "Filters.DNSBlackAction", Type: Enum, Enum: action, Status: Honoured, Doc: "What is done about a host found in a DNS blacklist."},
		{Form: "ServerConfig", Item: "SMTPDNSBLReply", Target: "Filters.DNSBlackReply", Type: String, Status: Honoured, Doc: "Reply to a host found in a DNS blacklist; the first %s is its address, the second the site."},
	}
}

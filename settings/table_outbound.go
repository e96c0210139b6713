package settings

import "domigo/configdoc"

// outboundRows: what the Router may send and when, Router/SMTP > Restrictions
// and Controls > Restrictions, SMTP Outbound Controls, Transfer Controls.
func outboundRows() []Row {
	config := func(item, target string, t Type, doc string) Row {
		return Row{Form: "ServerConfig", Item: item, Target: target, Type: t, Status: Honoured, Doc: doc}
	}
	hours := func(item, target, doc string) Row {
		r := config(item, target, Hours, doc)
		r.Min, r.Max = 1, 24*365
		return r
	}
	return []Row{
		config("MailAllowInetFrom", "Router.Outbound.AllowFrom", MailboxList, "Only these senders may send to the Internet: whole addresses, groups."),
		config("MailDenyInetFrom", "Router.Outbound.DenyFrom", MailboxList, "These senders may not send to the Internet: whole addresses, groups."),
		config("AllowNotesAddressesToMail", "Router.Outbound.AllowNames", NameList, "Only these Notes names may send to the Internet: names, */OU/O, groups."),
		config("DenyNotesAddressesToMail", "Router.Outbound.DenyNames", NameList, "These Notes names may not send to the Internet: names, */OU/O, groups."),
		config("MailAllowInetTo", "Router.Outbound.AllowTo", DomainList, "Only these Internet domains, or hosts that an MX record names, may be sent to."),
		config("MailDenyInetTo", "Router.Outbound.DenyTo", DomainList, "These Internet domains, or hosts that an MX record names, may not be sent to."),
		config("MailLowPrioSize", "Router.LowPriority.BySize", Flag, "Messages of the size range below the maximum are sent as low priority."),
		{Form: "ServerConfig", Item: "MailLowPrioSizeFrom", Target: "Router.LowPriority.From", Type: Kilobytes, Max: 1 << 31, Status: Honoured, Doc: "Where that range begins, in KB; it ends at the maximum message size."},
		{Name: "MailLowPriorityTime", Form: "ServerConfig", Item: "MailLowPrioTime", Target: "Router.LowPriority.Time", Type: TimeRange, Status: Honoured, Doc: "When low-priority mail is sent, 00:00-06:00."},
		{Form: "ServerConfig", Item: "MailLowPrioNotify", Target: "Router.LowPriority.Notify", Type: Enum, Enum: map[string]int{"0": 0, "1": 1, "2": 2, "3": 3}, Status: Honoured, Doc: "Delay notice for low-priority mail: none, priority changed for policy reasons, user asked for low priority, all."},
		{Name: "RouterLowPriorityDelayNotify", Target: "Router.LowPriority.NotifyAfter", Type: Minutes, Default: "0", Shown: "the field decides", Max: 10080, Status: Honoured, Doc: "Minutes after which every sender of waiting low-priority mail gets a notice."},
		{Name: "RouterLPDelayNotifyBufferTime", Target: "Router.LowPriority.NotifyBuffer", Type: Minutes, Default: "0", Max: 1440, Status: Honoured, Doc: "No notice when the time range begins within these minutes."},
		{Name: "MailTextFileForTransferDelays", Target: "Router.LowPriority.TextFile", Type: String, Status: Honoured, Doc: "File with the text of that notice."},
		{Name: "MailDisablePriority", Form: "ServerConfig", Item: "MailIgnorePriority", Target: "Router.IgnorePriority", Type: Flag, Status: Honoured, Doc: "1: all mail is of normal priority."},
		config("MailDelayNotify", "Router.Delay.Notify", Flag, "Delay reports for mail that waits."),
		hours("MailDelayHigh", "Router.Delay.High", "Hours after which a delay report goes out for mail of high priority."),
		hours("MailDelayNormal", "Router.Delay.Normal", "The same for normal priority."),
		hours("MailDelayLow", "Router.Delay.Low", "The same for low priority."),
		config("MailAutoDead", "Router.DeadMail.Automatic", Flag, "Dead mail is processed without an administrator."),
		{Form: "ServerConfig", Item: "MailAutoDeadTries", Target: "Router.DeadMail.Tries", Type: Int, Max: 1000, Status: Honoured, Doc: "Attempts before dead mail is deleted; 0 deletes it at once."},
		{Form: "ServerConfig", Item: "MailAutoDeadWait", Target: "Router.DeadMail.Wait", Type: Minutes, Min: 1, Max: 10080, Status: Honoured, Doc: "Minutes between these attempts."},
		config("MailInternalDomains", "Router.DeadMail.Internal", DomainList, "Internet domains of the company: only recipients there are tried again for dead mail; blank: the local Internet domains."),
		{Form: "ServerConfig", Item: "RouterExtPipelining", Target: "Router.ExtPipelining", Type: Flag, Status: Honoured, Doc: "Outbound PIPELINING."},
		{Form: "Server", Item: "Router_SSLPort", Target: "Router.TLSPort", Type: Int, Min: 1, Max: 65535, Status: Honoured, Doc: "TLS port on the remote server."},
		{Form: "Server", Item: "Router_SSLStatus", Target: "Router.TLSPortOn", Type: Flag, Status: Honoured, Doc: "The TLS port of the remote server is tried first."},
		config("JrnlEnbld", "Router.Journal.On", Flag, "Mail journaling, for the rule action Journal this message."),
		{Form: "ServerConfig", Item: "JrnlMthd", Target: "Router.Journal.Method", Type: Enum, Enum: map[string]int{"0": 0, "1": 1}, Status: Honoured, Doc: "Journal: into a local database, or sent to a mail-in database."},
		config("JrnlDBName", "Router.Journal.File", String, "The local journal database."),
		config("JrnlDest", "Router.Journal.Destination", String, "Mail-in database, or address, that journal copies are sent to."),
		{Form: "Domain", Item: "FSInternetDomain", Target: "Router.Foreign", Type: Derived, Status: Honoured, Doc: "Foreign SMTP Domain documents: Internet domains that are routed by an SMTP Connection document or to a host."},
		{Form: "Domain", Item: "FSDomainName", Type: Derived, Status: Honoured, Doc: "Domain name that the SMTP Connection document is looked for by."},
		{Form: "Domain", Item: "FSInternetHost", Type: Derived, Status: Honoured, Doc: "Internet host that these domains are routed to."},
		{Name: "MailServers", Target: "Router.Servers", Type: Derived, Status: Partial, Reason: "made of the Server documents; not a variable of Domino", Doc: "Servers of the Notes domain, for users whose mail file is on another server."},
		{Form: "Server", Item: "NetworkNames", Type: Derived, Status: Honoured, Doc: "Notes named networks of the enabled ports."},
		{Form: "Connection", Item: "SMTPRelayHost", Target: "Router.Connections", Type: Derived, Status: Honoured, Doc: "SMTP Connection documents: the relay host to a destination domain."},
		{Form: "Connection", Item: "DestinationDomain", Type: Derived, Status: Honoured, Doc: "Destination domain of the SMTP Connection document."},
		{Form: "Connection", Item: "Source", Type: Derived, Status: Honoured, Doc: "Server that the SMTP Connection document is for; blank or * is every server."},
		{Form: "Connection", Item: "Enabled", Type: Derived, Status: Honoured, Doc: "A document that is not enabled does not count."},
		{Form: "Connection", Item: "ConnectionType", Type: Derived, Status: Honoured, Doc: "SMTP tells SMTP Connection documents from others."},
		{Form: "Connection", Item: "RoutingTask", Type: Derived, Status: Honoured, Doc: "SMTP Mail Routing does so too, whatever the type."},
	}
}

// reportRows: the variables and fields that shape delivery reports.
func reportRows() []Row {
	rows := []Row{
		{Name: "RouterDisableDSNRelayReports", Target: "Router.NoRelayReports", Type: Flag, Default: "0", Status: Honoured, Doc: "1: no relayed reports."},
		{Name: "RouterUseFromAsSMTPOriginator", Target: "Router.FromAsOriginator", Type: Flag, Default: "0", Status: Honoured, Doc: "1: MAIL FROM is taken from the From field."},
		{Name: "RouterLanguageVisibleNDRStatus", Target: "Router.Translate", Type: Flag, Default: "0", Status: Honoured, Doc: "1: reports are translated."},
		{Name: "Domigo_ReportLanguage", Target: "Own.ReportLanguage", Type: String, Default: "en", Status: Honoured, Doc: "Language of reports with RouterLanguageVisibleNDRStatus=1: en, de."},
		{Name: "RFC2822MessageId", Target: "Router.FreshMessageID", Type: Flag, Default: "1", Status: Honoured, Doc: "0: reports get no Message-ID of their own."},
		{Name: "SMTPClientDebug", Target: "Router.ClientDebug", Type: Flag, Default: "0", Status: Honoured, Doc: "1: trace of outbound SMTP."},
		{Name: "RouterExpansionAllowNonUniqueGroupMatch", Target: "Router.NonUniqueGroups", Type: Flag, Default: "0", Status: Honoured, Doc: "1: of groups of the same name the first is taken."},
	}
	for _, class := range configdoc.FailureClasses() {
		rows = append(rows,
			Row{Form: "ServerConfig", Item: "MailFail" + class, Target: "Router.Texts." + class + ".Text", Type: String, Status: Honoured, Doc: "Text that is added to reports of this class."},
			Row{Form: "ServerConfig", Item: "MailFail" + class + "File", Target: "Router.Texts." + class + ".File", Type: String, Status: Honoured, Doc: "File whose text is added to reports of this class."})
	}
	return rows
}

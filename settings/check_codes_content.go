package settings

// The codes of values.
const (
	CodeValueBad       Code = "value-bad"
	CodeValueRange     Code = "value-range"
	CodePlaceholder    Code = "placeholder"
	CodeRuleBad        Code = "rule-bad"
	CodeRuleJournal    Code = "rule-journal"
	CodeUnknown        Code = "variable-unknown"
	CodeObsolete       Code = "variable-obsolete"
	CodeMisspelled     Code = "variable-misspelled"
	CodeDuplicate      Code = "variable-duplicate"
	CodeFieldName      Code = "field-as-variable"
	CodeNotHonoured    Code = "not-honoured"
	CodeOverridden     Code = "overridden"
	CodeNeedsOther     Code = "needs-other"
	CodeSiteCounts     Code = "site-counts"
	CodeConsoleSetting Code = "console-separator"
)

func valueCodes() []CodeInfo {
	return []CodeInfo{
		{CodeValueBad, SevError, "A value is none that the setting has; a weaker source or the default counts.", "Write one of the values that docs/settings.md lists."},
		{CodeValueRange, SevError, "A number is out of its bounds; a weaker source or the default counts.", "Write a number within the bounds."},
		{CodePlaceholder, SevError, "A placeholder of a template was not filled in.", "Fill the template in, or take the item out."},
		{CodeRuleBad, SevError, "A server mail rule cannot be read and does not count.", "Correct the rule's text."},
		{CodeUnknown, SevWarning, "A variable with a name as mail settings have it is not known.", "Correct the name, or take the line out."},
		{CodeMisspelled, SevWarning, "A variable has a common misspelling; it is honoured.", "Write the right name."},
		{CodeObsolete, SevWarning, "A variable belongs to a release that is long gone, and has no effect.", "Take the line out, and use the field that took its place."},
		{CodeFieldName, SevWarning, "The item name of a document's field stands among the variables, where it changes nothing, in Domino neither. RISK says that the field protects, and has another value.",
			"Change the field in the document, and take the line out."},
		{CodeDuplicate, SevWarning, "A variable stands in one place more than once; only one line counts.", "Keep one line."},
		{CodeOverridden, SevWarning, "A value has no effect because a stronger source sets another one.", "Keep the one that is meant, and take the other out."},
		{CodeNotHonoured, SevWarning, "A setting is known and has no effect yet.", "Do not count on it; docs/settings.md tells what is honoured."},
		{CodeNeedsOther, SevWarning, "A setting has no effect, or another one than it seems, because of another setting.", "Fill in what it needs, or change one of the two."},
		{CodeRuleJournal, SevWarning, "A rule journals, and journaling is not enabled.", "Enable journaling, or change the rule."},
		{CodeConsoleSetting, SevWarning, "A separator of dates or times is not one sign, and the default counts.", "Write one character that is no letter or digit."},
		{CodeSiteCounts, SevInfo, "An authentication option of the Server document does not count, since Internet Sites are on.", "Set it in the Site document."},
	}
}

// The codes of lists.
const (
	CodeAllowNobody  Code = "allow-nobody"
	CodeEntryBad     Code = "entry-unusable"
	CodeEntryBroad   Code = "entry-broad"
	CodeEntryTwice   Code = "entry-duplicate"
	CodeEntryHidden  Code = "entry-shadowed"
	CodeGroupMissing Code = "group-missing"
)

func listCodes() []CodeInfo {
	return []CodeInfo{
		{CodeAllowNobody, SevError, "An Allow field has entries and none that can match: it allows nobody.", "Correct the entries, or empty the field."},
		{CodeEntryBad, SevWarning, "An entry of a list can never match.", "Correct the entry: addresses stand in square brackets, names without wildcards."},
		{CodeGroupMissing, SevWarning, "A setting names a group that the primary directory does not have, or not as Mail only or Multi-purpose.",
			"Create the group, change its type, or write a domain with a dot."},
		{CodeEntryBroad, SevWarning, "An Allow entry matches more than it seems to.", "Write a dot in front of a domain, and name hosts and networks as narrowly as they are."},
		{CodeEntryHidden, SevWarning, "An Allow entry has no effect because a Deny entry covers it.", "Take one of the two out."},
		{CodeEntryTwice, SevInfo, "An entry stands in a list twice.", "Keep one."},
	}
}

// The codes of documents.
const (
	CodeSiteMissing    Code = "site-missing"
	CodeItemMap        Code = "item-map"
	CodeServerTwice    Code = "server-duplicate"
	CodeConfigSeveral  Code = "config-several"
	CodeSiteSeveral    Code = "site-several"
	CodeItemUnknown    Code = "item-unknown"
	CodeItemTwice      Code = "item-duplicate"
	CodeDocumentUnused Code = "document-unused"
	CodeRelayAbsent    Code = "relay-absent"
)

func documentCodes() []CodeInfo {
	return []CodeInfo{
		{CodeItemMap, SevError, "The item map cannot be read, or a line of it names no known item.", "Write lines RealItemName = CanonicalName; domigo items makes them."},
		{CodeSiteMissing, SevWarning, "Internet Sites are on and no SMTP Inbound Site document applies: nobody can connect.", "Create one for this server and organization, or turn Internet Sites off."},
		{CodeServerTwice, SevWarning, "The server has several Server documents; the first counts.", "Export the directory once, and keep one document."},
		{CodeConfigSeveral, SevWarning, "Several Configuration Settings documents apply for the same reason; the first counts, nothing is merged.", "Keep one default document, and one for each server or group."},
		{CodeSiteSeveral, SevWarning, "Several SMTP Inbound Site documents apply; the first counts.", "Keep one for each organization."},
		{CodeItemUnknown, SevWarning, "Nothing recognises an item.", "Let domigo items propose what it may be, and name the file in Domigo_ItemMap."},
		{CodeItemTwice, SevWarning, "A document gives one field twice, or in two names.", "Keep the one that is meant."},
		{CodeRelayAbsent, SevInfo, "The Configuration Settings document has none of the four relay fields: external hosts may not relay, as with a new document.",
			"Check the item names with domigo items if the document restricts relaying."},
		{CodeDocumentUnused, SevInfo, "Documents were read and not used.", "Nothing has to be done if that is as meant."},
	}
}

// The codes of domains, routes and times.
const (
	CodeDomainTwice       Code = "domain-duplicate"
	CodeDomainMissing     Code = "domain-not-local"
	CodeGlobalEmpty       Code = "global-domain-empty"
	CodeRouteIncomplete   Code = "route-incomplete"
	CodeConnectionUnknown Code = "connection-unknown"
	CodeForeignUnknown    Code = "foreign-unknown"
	CodeWindow            Code = "window-never"
	CodeWindowAlways      Code = "window-always"
	CodeDelayLate         Code = "delay-late"
	CodeReportText        Code = "report-text"
)

func routeCodes() []CodeInfo {
	return []CodeInfo{
		{CodeGlobalEmpty, SevWarning, "A Global Domain document names no local primary Internet domain.", "Fill the field in, or take the document out."},
		{CodeDomainTwice, SevWarning, "Two Global Domain documents name the same Internet domain.", "Name it in one."},
		{CodeDomainMissing, SevWarning, "A domain that seems to be the site's own is in no Global Domain document: its mail is sent out, and refused from outside.", "Add it as local primary Internet domain or as an alias."},
		{CodeRouteIncomplete, SevWarning, "A Foreign SMTP Domain or SMTP Connection document lacks what it needs, and is left out.", "Fill in the domain and the host."},
		{CodeConnectionUnknown, SevWarning, "An SMTP Connection document leads to a domain that no Foreign SMTP Domain document names, and is never used.", "Give both documents the same domain name."},
		{CodeForeignUnknown, SevWarning, "A Foreign SMTP Domain document names a domain to which no enabled SMTP Connection document leads.", "Add the Connection document, enable it, or name an Internet host."},
		{CodeWindow, SevWarning, "Low-priority mail can expire before its time of the day comes.", "Make MailTimeout longer, or the time range wider."},
		{CodeWindowAlways, SevWarning, "A time range begins and ends at the same time, which is the whole day.", "Write two different times, or turn the priority off."},
		{CodeReportText, SevWarning, "A file with a text for reports cannot be read; the reports go out without it.", "Put the file there, or correct its name; without a folder it is looked for in the data directory."},
		{CodeDelayLate, SevWarning, "A delay report would go out after the message has expired, so never.", "Make the interval shorter than MailTimeout."},
	}
}

// The codes of people, groups and mail files.
const (
	CodeAddressTwice   Code = "address-duplicate"
	CodeNameTwice      Code = "name-duplicate"
	CodeAddressBad     Code = "address-bad"
	CodeEntryUnnamed   Code = "entry-unnamed"
	CodePasswordForm   Code = "password-form"
	CodePasswordTail   Code = "password-variant"
	CodePasswordMany   Code = "password-many"
	CodeGroupType      Code = "group-type"
	CodeGroupEmpty     Code = "group-empty"
	CodeGroupCycle     Code = "group-cycle"
	CodeMemberUnknown  Code = "group-member-unknown"
	CodeMailFileShared Code = "mail-file-shared"
	CodeMailFileNone   Code = "mail-file-missing"
	CodeHomeUnknown    Code = "home-server-unknown"
	CodeForwardLoop    Code = "forward-loop"
	CodeDirectory      Code = "directory"
)

func peopleCodes() []CodeInfo {
	return []CodeInfo{
		{CodeMailFileShared, SevWarning, "Two persons have one mail file: each can read the other's mail.", "Give each a mail file; remember that mail/x.nsf and x are one folder here."},
		{CodeMailFileNone, SevWarning, "A person with a local address has no mail file and no forwarding address; mail for the person fails.", "Fill in one of the two."},
		{CodeHomeUnknown, SevWarning, "Persons have a mail server of which there is no Server document, so that their mail cannot be passed on.", "Export the Server document as well, or correct the field Mail server."},
		{CodeForwardLoop, SevWarning, "Forwarding addresses lead in a circle.", "Take one of them out."},
		{CodeAddressTwice, SevWarning, "Two entries have the same Internet address; mail to it is ambiguous and fails.", "Change one of them."},
		{CodeNameTwice, SevWarning, "Two entries have the same name; mail and logins with it are ambiguous and fail.", "Change one of them."},
		{CodeAddressBad, SevWarning, "An Internet address is none.", "Write local@domain."},
		{CodePasswordForm, SevWarning, "A stored Internet password has a form that cannot be verified: the person cannot log in.", "Have the password set anew."},
		{CodePasswordTail, SevWarning, "A stored Internet password may be of an unknown variant.", "Try a login with it, or have the password set anew."},
		{CodePasswordMany, SevWarning, "A person has more stored Internet passwords than are tried.", "Have the password set anew."},
		{CodeGroupCycle, SevWarning, "A group is a member of itself, directly or by way of others.", "Take it out of one of the groups."},
		{CodeGroupEmpty, SevWarning, "A group has no members.", "Fill it, or delete it."},
		{CodeMemberUnknown, SevWarning, "Members of a group name nobody; mail to the group fails for them.", "Correct the names, or take them out."},
		{CodeGroupType, SevWarning, "A group has an unknown type; it takes no mail and counts in no restriction field.", "Choose one of the form's types."},
		{CodeEntryUnnamed, SevWarning, "A Person, Group or Mail-in Database document has no name and is left out.", "Give it a name, or delete it."},
		{CodeDirectory, SevWarning, "Something else in a Person, Group or Mail-in Database document is odd.", "Look at the document that the finding names."},
	}
}

// The codes of files.
const (
	CodeFileLost    Code = "file-unreadable"
	CodeExportGone  Code = "export-gone"
	CodeINITooBig   Code = "ini-too-large"
	CodeINIGone     Code = "ini-gone"
	CodeINIUnusable Code = "ini-unusable"
	CodeINILine     Code = "ini-line"
	CodeINICoding   Code = "ini-encoding"
	CodeINIComment  Code = "ini-comment"
	CodeINIOddity   Code = "ini-oddity"

	CodeExportReplaced Code = "export-replaced"
	CodeDocumentTwice  Code = "document-twice"
	CodeMoreTwice      Code = "more-duplicates"
	CodeManyFewer      Code = "documents-lost"
	CodeFewer          Code = "documents-fewer"
)

func fileCodes() []CodeInfo {
	return []CodeInfo{
		{CodeFileLost, SevError, "An export, or a document of it, cannot be read. Without a whole file, a document of settings or a group the server does not start; one that runs keeps what the file said.",
			"Make it readable for the server's user, or export it anew; where reading ended in the middle, the finding names the line. A document that is of no use can be taken out of the file."},
		{CodeExportGone, SevError, "An export was there and is not any more, or holds no document any more; what it said stays in effect, and configuration updates are refused.",
			"Put it back, or export it anew under any name; if it was meant to go, restart the server (restart server)."},
		{CodeINIGone, SevError, "The notes.ini was there and is not any more; what it said stays in effect.", "Put it back, or restart the server without it."},
		{CodeINIUnusable, SevError, "The notes.ini is empty, half written, UTF-16 or no text, or has no [Notes] section where it has others. A server does not start with it, and one that runs keeps what it said before.",
			"Write the file whole, as plain text; a file with the line [Notes] alone sets nothing."},
		{CodeINITooBig, SevError, "The notes.ini is larger than any real one; the last one that could be read stays.", "Look whether it is the right file."},
		{CodeManyFewer, SevWarning, "A running server found far fewer persons, groups or other documents in the exports than before: ten of a kind and more than a tenth of it, or all of several. Mail for who is gone is refused.",
			"If it was not meant, put the last whole export back, or export anew: it is read within seconds, without a restart."},
		{CodeDocumentTwice, SevWarning, "Two exports of a directory hold the same document, as yesterday's beside today's do. The one that was changed last counts, and of equals the one in the later file.",
			"Keep one of the two exports in the folder."},
		{CodeMoreTwice, SevWarning, "A running server found more names and addresses that mean several entries than before. Mail to them fails.",
			"Look whether an export came beside another one of the same people; domigo check lists the names."},
		{CodeINILine, SevWarning, "A line of notes.ini is not read.", "Correct the line, or take it out."},
		{CodeINICoding, SevWarning, "The encoding of notes.ini is damaged, or not the one that Domino reads.", "Write the line anew, in the code page of the server."},
		{CodeINIOddity, SevWarning, "A line of notes.ini may be read otherwise than it looks.", "Correct the line."},
		{CodeExportReplaced, SevInfo, "An export is gone, and other files hold its documents.", NothingToDo},
		{CodeFewer, SevInfo, "A running server found fewer documents of a kind in the exports than before.", NothingToDo},
		{CodeINIComment, SevInfo, "A comment, a character outside ASCII, or line endings that differ: nothing is lost.", NothingToDo},
	}
}

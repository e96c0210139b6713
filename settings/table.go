package settings

import (
	"sort"
	"strings"
)

// Rows gives the settings table: one row for each variable and each field that
// has a bearing on mail. Parser, defaults, show config, explain, report and
// docs/settings.md read it; nothing repeats it.
func Rows() []Row {
	var rows []Row
	for _, part := range [][]Row{identityRows(), portRows(), smtpVariables(), relayRows(), inboundRows(),
		traceRows(), extensionRows(), routerRows(), outboundRows(), reportRows(), routerVariables(), pendingVariables(), filterRows(), lockoutRows(), ruleRows(), accessRows(), ownVariables(), tlsRows(), wireRows(), consoleRows(), ldapRows()} {
		rows = append(rows, part...)
	}
	return append(rows, remainingFields(rows)...)
}

// remainingFields makes a row of each field that no row names, so that none is
// left out of reports.
func remainingFields(rows []Row) []Row {
	used := map[string]bool{}
	for i := range rows {
		if rows[i].Item != "" {
			used[rows[i].Form+" "+rows[i].Item] = true
		}
		if rows[i].SiteItem != "" {
			used["SMTPInboundSite "+rows[i].SiteItem] = true
		}
	}
	var out []Row
	f := newForms()
	for _, form := range []string{"Server", "ServerConfig", "SMTPInboundSite", "Domain", "Connection"} {
		for _, fl := range f.byName(form).Fields {
			if fl.Unused || used[form+" "+fl.Item] {
				continue
			}
			r := Row{Form: form, Item: fl.Item, Type: Notes, Status: NotYet, Doc: fl.FullLabel() + "."}
			if reason, ok := harmlessFields[form+" "+fl.Item]; ok {
				r.Status, r.Reason = Harmless, reason
			}
			out = append(out, r)
		}
	}
	return out
}

// harmlessFields are fields that select or describe documents, or that have
// nothing to act on here.
var harmlessFields = map[string]string{
	"Server ServerPlatform":                 "describes the old machine",
	"Server ClusterName":                    "Domigo has no Notes cluster",
	"Server AnonymousAccess":                "concerns Notes connections",
	"Server NetAddresses":                   "concerns Notes connections",
	"Server Ports":                          "the variable Ports of notes.ini counts",
	"ServerConfig ServerName":               "selects the document",
	"ServerConfig UseAsDefault":             "selects the document",
	"ServerConfig NotesINI":                 "each of its variables has a row of its own",
	"ServerConfig Mail_number_Of_MailBoxes": "one mail.box takes all mail",
	"SMTPInboundSite ISiteName":             "names the document",
	"SMTPInboundSite ISiteOrg":              "selects the document",
	"SMTPInboundSite ISiteAdrs":             "an address never chooses between SMTP Inbound Site documents, as in Domino",
	"SMTPInboundSite WSHostingSrvrs":        "selects the document",
	"Domain DomainType":                     "tells Global Domain documents from others",
	"Domain DomainName":                     "names the document",
	"Domain GlobalDomainTasks":              "every role is read alike",
}

// index gives the rows by lower-case name, alias and item; of two rows of one
// name (ServerName of several forms) the first counts.
func index(rows []Row) map[string]*Row {
	m := map[string]*Row{}
	for i := range rows {
		if key := strings.ToLower(rows[i].Key()); m[key] == nil {
			m[key] = &rows[i]
		}
	}
	for i := range rows {
		r := &rows[i]
		for _, a := range r.Aliases {
			m[strings.ToLower(a)] = r
		}
		for _, item := range []string{r.Item, r.SiteItem} {
			if _, taken := m[strings.ToLower(item)]; item != "" && !taken {
				m[strings.ToLower(item)] = r
			}
		}
	}
	return m
}

// Find gives the row of a variable, alias or item, without regard to case.
func Find(name string) (Row, bool) {
	r, ok := index(Rows())[strings.ToLower(strings.TrimSpace(name))]
	if !ok {
		return Row{}, false
	}
	return *r, true
}

// Suggest gives names of rows that are like an unknown name, the likest first.
func Suggest(name string, atMost int) []string {
	type scored struct {
		name string
		d    int
	}
	var all []scored
	lower := strings.ToLower(name)
	for key, r := range index(Rows()) {
		if d := Distance(lower, key); d <= 1+len(lower)/5 {
			all = append(all, scored{r.Key(), d})
		}
	}
	sort.Slice(all, func(i, j int) bool {
		return all[i].d < all[j].d || all[i].d == all[j].d && all[i].name < all[j].name
	})
	var out []string
	for _, s := range all {
		if len(out) == atMost {
			break
		}
		if len(out) == 0 || out[len(out)-1] != s.name {
			out = append(out, s.name)
		}
	}
	return out
}

// Distance is the number of inserted, removed and changed characters between
// two words (Levenshtein).
func Distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost = 1 + min(diagonal, row[j], row[j-1])
			}
			diagonal, row[j] = row[j], cost
		}
	}
	return row[len(b)]
}

package itemmap

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/internal/sitefolder"
	"domigo/settings"
	"domigo/sitedoc"
)

// disguises are what an unknown name may be of a known one.
func disguises() map[string]func(string) string {
	mid := func(s string) int { return len(s) / 2 }
	return map[string]func(string) string{
		"prefix X":      func(s string) string { return "X" + s },
		"prefix Acme_":  func(s string) string { return "Acme_" + s },
		"prefix Config": func(s string) string { return "Config" + s },
		"suffix 2":      func(s string) string { return s + "2" },
		"suffix _New":   func(s string) string { return s + "_New" },
		"suffix Value":  func(s string) string { return s + "Value" },
		"letter lost":   func(s string) string { return s[:mid(s)] + s[mid(s)+1:] },
		"letter twice":  func(s string) string { return s[:mid(s)] + s[mid(s)-1:] },
		"letters exchanged": func(s string) string {
			return s[:mid(s)-1] + s[mid(s):mid(s)+1] + s[mid(s)-1:mid(s)] + s[mid(s)+1:]
		},
		"letter wrong": func(s string) string { return s[:mid(s)] + "q" + s[mid(s)+1:] },
		"prefix, suffix, letter lost": func(s string) string {
			return "Acme" + s[:mid(s)] + s[mid(s)+1:] + "Cfg"
		},
		"underscores": func(s string) string { return "M_" + strings.Join(words(s), "_") },
	}
}

// documents gives the configuration documents of exports.
func documents(t *testing.T, patterns ...string) []*note.Document {
	t.Helper()
	var out []*note.Document
	known := settings.NewRecogniser(nil)
	for _, p := range patterns {
		files, err := filepath.Glob(p)
		if err != nil || len(files) == 0 {
			t.Fatalf("no files %s: %v", p, err)
		}
		for _, file := range files {
			_, err := sitefolder.Read(context.Background(), file, func(d *note.Document) error {
				if known.Form(d) != nil {
					out = append(out, d)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	return out
}

// wholeForms gives a document of each form with every field filled in, since no
// public export has most of them.
func wholeForms() []*note.Document {
	var out []*note.Document
	rows := settings.Rows()
	for _, form := range []*configdoc.Form{configdoc.Config(), configdoc.Server(), sitedoc.Form(), configdoc.Domain(), configdoc.Connection()} {
		d := &note.Document{File: "whole.dxl", Form: form.Name}
		for i := range form.Fields {
			f := &form.Fields[i]
			if !f.Unused {
				d.Items = append(d.Items, note.Item{Name: f.Item, Values: []string{usual(f, rowOf(rows, form.Name, f.Item))}})
			}
		}
		out = append(out, d)
	}
	return out
}

// usual gives a value that a field may well have.
func usual(f *configdoc.Field, row *settings.Row) string {
	switch {
	case f.Kind == configdoc.Keyword:
		return f.Codes[len(f.Codes)-1].Code
	case f.Kind == configdoc.Number && row != nil && row.Max > 0:
		return fmt.Sprint(min(max(row.Min, 12), row.Max))
	case f.Kind == configdoc.Number:
		return "12"
	case row == nil:
		return "text"
	}
	switch row.Type {
	case settings.HostList:
		return "[10.1.0.0/16], mail.acme.com"
	case settings.DomainList:
		return "acme.com, acme.de"
	case settings.AddrList, settings.SenderList, settings.MailboxList:
		return "a@acme.com, spam.example"
	case settings.NameList:
		return "*/O=Acme"
	case settings.TimeRange:
		return "22:00-05:00"
	}
	return "some words"
}

// score tries every disguise on every field of documents and counts how often
// the first proposal, or one of them, is the field.
func score(t *testing.T, docs []*note.Document) (tried, first, among int, lost []string) {
	t.Helper()
	known := settings.NewRecogniser(nil)
	g := newGuesser()
	for _, d := range docs {
		form := known.Form(d)
		for i := range d.Items {
			f := form.Field(d.Items[i].Name)
			if f == nil || f.Unused || len(f.Item) < 4 {
				continue
			}
			for what, disguise := range disguises() {
				c := *d
				c.Items = append([]note.Item(nil), d.Items...)
				c.Items[i].Name = disguise(f.Item)
				find := &finder{known: known, items: map[string]*Unknown{}}
				if known.Form(&c) == nil || known.Item(form, c.Items[i].Name) != settings.Unrecognised {
					continue
				}
				if err := find.document(&c); err != nil {
					t.Fatal(err)
				}
				for _, u := range find.list {
					if u.Item != c.Items[i].Name {
						continue
					}
					tried++
					found := g.propose(u)
					at := -1
					for n, p := range found {
						if p.Item == f.Item {
							at = n
							break
						}
					}
					switch {
					case at == 0:
						first++
						among++
					case at > 0:
						among++
						lost = append(lost, fmt.Sprintf("%s (%s): place %d, first %s %d", u.Item, what, at+1, found[0].Item, found[0].Score))
					default:
						lost = append(lost, fmt.Sprintf("%s (%s): not proposed: %v", u.Item, what, found))
					}
				}
			}
		}
	}
	return tried, first, among, lost
}

// TestProposalsFindRenamedItems holds how good the proposals are: the items of
// public exports, of the project's sites, and of forms with every field filled
// in are given other names, and the proposals must find them again.
func TestProposalsFindRenamedItems(t *testing.T) {
	tests := []struct {
		name         string
		docs         []*note.Document
		first, among float64 // least part of the items
	}{
		{"public exports", documents(t, "../../cmd/domigo/testdata/data/*.json", "../../cmd/domigo/testdata/data/*.dxl"), 0.99, 0.99},
		{"sites", documents(t, "../../testdata/*/names/configuration.dxl", "../../testdata/*/names/site.json"), 0.99, 0.99},
		{"whole forms", wholeForms(), 0.97, 0.99},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tried, first, among, lost := score(t, tt.docs)
			if tried < 100 {
				t.Fatalf("%d items tried", tried)
			}
			a, b := float64(first)/float64(tried), float64(among)/float64(tried)
			t.Logf("%d disguised items: the first proposal is right for %.1f%%, one of %d for %.1f%%", tried, 100*a, mostProposed, 100*b)
			if a < tt.first || b < tt.among {
				t.Errorf("first %.3f, want %.3f; among %.3f, want %.3f\n%s", a, tt.first, b, tt.among, strings.Join(lost, "\n"))
			}
		})
	}
}

// inOtherWords are names that a form's designer might have given to fields of
// the Configuration Settings document, with a value.
func inOtherWords() [][3]string {
	return [][3]string{
		{"SMTPRelayDenyHosts", "*", "SMTPRlyDenyHosts"},
		{"SMTPRelayAllowHosts", "[10.0.0.0/8]", "SMTPRlyAllowHosts"},
		{"RelayDeniedDomains", "spam.example", "SMTPRlyDenyDoms"},
		{"RelayAllowedDomains", "acme.com", "SMTPRlyAllowDoms"},
		{"SMTPRelayExceptions", "[192.168.1.1]", "SMTPRlyExcpts"},
		{"AntiRelayEnforcement", "1", "SMTPRlyCheck"},
		{"RelayAuthUsers", "1", "SMTPRlyAuthExcpt"},
		{"DenyConnectionsFrom", "bad.example", "SMTPDenyConnHosts"},
		{"AllowConnectionHosts", "[10.1.1.1]", "SMTPAllowConnHosts"},
		{"VerifyConnectingHost", "1", "SMTPVerifyConnHost"},
		{"CheckSenderDomain", "1", "SMTPVerifySenderDom"},
		{"DeniedSenders", "x@spam.example", "SMTPDenySenders"},
		{"AllowedSenders", "partner.example", "SMTPAllowSenders"},
		{"DeniedRecipients", "old@acme.com", "SMTPDenyRcpts"},
		{"AllowRecipients", "acme.com", "SMTPAllowRcpts"},
		{"VerifyLocalRecipients", "1", "SMTPVerifyRcpts"},
		{"RejectAmbiguousNames", "1", "SMTPRejectAmbig"},
		{"DenyGroupMail", "2", "SMTPDenyGroups"},
		{"BlacklistSites", "bl.example.org", "SMTPDNSBLSites"},
		{"DNSBlacklistEnabled", "1", "SMTPDNSBL"},
		{"DNSBlacklistAction", "2", "SMTPDNSBLAction"},
		{"PrivateBlacklistHosts", "[203.0.113.9]", "SMTPPrivBLHosts"},
		{"PrivateWhitelistHosts", "[203.0.113.9]", "SMTPPrivWLHosts"},
		{"DNSWhitelistSites", "wl.example.org", "SMTPDNSWLSites"},
		{"RelayHostName", "relay.isp.example", "MailRelayHost"},
		{"SMTPRelayHostAuthentication", "1", "MailRelayAuth"},
		{"LocalSmartHost", "hub.acme.com", "MailSmartHost"},
		{"AddressLookupType", "1", "MailAddrLookup"},
		{"ExhaustiveLookups", "1", "MailExhaustLookup"},
		{"HostNameLookup2", "2", "MailHostLookup"},
		{"MaxMessageSize", "10000", "MailMaxSize"},
		{"MaxHopCount", "25", "MailMaxHops"},
		{"MaxDeliveryThreads", "5", "MailDeliveryThreads"},
		{"MaxConcurrentTransferThreads", "5", "MailConcTransferThreads"},
		{"LowPriorityTimeRange", "22:00-06:00", "MailLowPrioTime"},
		{"TransferRetryInterval", "15", "MailRetryInterval"},
		{"ExpiredMessagePurge", "15", "MailPurgeInterval"},
		{"ESMTPVrfyCommand", "1", "SMTPCmdVrfy"},
		{"ESMTPDSNExtensionOut", "1", "RouterExtDSN"},
		{"RouterLoggingLevel", "2", "MailLogLevel"},
		{"HoldUndeliverableMail", "1", "MailHoldUndeliverable"},
		{"IgnoreMessagePriority", "1", "MailIgnorePriority"},
		{"PrimaryDirectoryOnly", "1", "MailPrimaryOnly"},
		{"DenyInternetSendersOut", "x@acme.com", "MailDenyInetFrom"},
		{"ErrorLimitPerSession", "20", "SMTPErrorLimit"},
	}
}

// TestProposalsInOtherWords holds how good the proposals are for names that
// only mean the same.
func TestProposalsInOtherWords(t *testing.T) {
	g := newGuesser()
	first, among := 0, 0
	var lost []string
	for _, c := range inOtherWords() {
		u := unknownOf(c[0], c[1])
		for i, p := range g.propose(u) {
			if p.Item == c[2] {
				if i == 0 {
					first++
				}
				among++
			}
		}
		if got := g.propose(u); len(got) == 0 || got[0].Item != c[2] {
			lost = append(lost, fmt.Sprintf("%s=%s, want %s: %v", c[0], c[1], c[2], got))
		}
	}
	n := len(inOtherWords())
	t.Logf("%d items in other words: the first proposal is right for %d, one of %d for %d", n, first, mostProposed, among)
	if first < n*85/100 || among < n*95/100 {
		t.Errorf("first %d, among %d of %d:\n%s", first, among, n, strings.Join(lost, "\n"))
	}
}

func unknownOf(item, value string) *Unknown {
	return &Unknown{Form: "ServerConfig", Item: item, form: configdoc.Config(), values: []string{value}, beside: map[string]bool{}}
}

// TestNothingIsProposedForStrangers holds that items of other tasks are left
// alone.
func TestNothingIsProposedForStrangers(t *testing.T) {
	g := newGuesser()
	var wrong []string
	strangers := [][2]string{{"Quux", "some text"}, {"CatalogSchedule", "22:00"}, {"DisplayLogo", "1"}, {"PolicySynopsis", "x"}, {"AutoUpdateFlag", "1"},
		{"BookmarkPage", "home"}, {"ReplicaCacheDays", "30"}, {"TeamColour", "blue"}, {"WebNavigator", "0"}, {"XPageTimer", "1800"},
		{"CalendarBusyTime", "1"}, {"RoomFinder", "Main"}, {"LicenseTracking", "1"}, {"SyntheticFlag", "0"}, {"NoteStoreId", "42"}}
	for _, c := range strangers {
		if got := g.propose(unknownOf(c[0], c[1])); len(got) > 0 {
			wrong = append(wrong, fmt.Sprintf("%s=%s: %v", c[0], c[1], got))
		}
	}
	if len(wrong) > 1 {
		t.Errorf("%d of %d strangers have proposals:\n%s", len(wrong), len(strangers), strings.Join(wrong, "\n"))
	}
}

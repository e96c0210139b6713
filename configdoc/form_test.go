package configdoc_test

import (
	"slices"
	"strings"
	"testing"

	"domigo/configdoc"
	"domigo/configdoc/note"
)

func forms() []*configdoc.Form {
	return []*configdoc.Form{configdoc.Server(), configdoc.Config(), configdoc.Domain(), configdoc.Connection()}
}

// TestFieldTables holds what every field row must say: no two fields share a
// name or a label, and a keyword's default is one of its codes.
func TestFieldTables(t *testing.T) {
	for _, form := range forms() {
		names, labels := map[string]string{}, map[string]string{}
		for _, f := range form.Fields {
			for _, n := range append([]string{f.Item}, f.Names...) {
				if other, taken := names[strings.ToLower(n)]; taken {
					t.Errorf("%s: the name %s belongs to %s and %s", form.Name, n, other, f.Item)
				}
				names[strings.ToLower(n)] = f.Item
			}
			if f.Unused {
				continue
			}
			key := configdoc.LabelKey(f.FullLabel())
			if key == "" {
				t.Errorf("%s %s has no label", form.Name, f.Item)
			}
			if other, taken := labels[key]; taken {
				t.Errorf("%s: the label %q belongs to %s and %s", form.Name, f.FullLabel(), other, f.Item)
			}
			labels[key] = f.Item
			if got := form.Lookup(f.FullLabel()+":", nil); got == nil || got.Item != f.Item {
				t.Errorf("%s: the label %q does not find %s", form.Name, f.FullLabel(), f.Item)
			}
			if code, ok := f.Code(f.Default); f.Kind == configdoc.Keyword && (!ok || code != f.Default) {
				t.Errorf("%s %s: codes %v with default %q", form.Name, f.Item, f.Codes, f.Default)
			}
		}
	}
}

// TestKnownItems holds that the items of the vendor's public samples and our
// provisional names are fields.
func TestKnownItems(t *testing.T) {
	for form, items := range map[*configdoc.Form]string{
		configdoc.Config(): `SMTPRlyAllowDoms SMTPRlyDenyDoms SMTPRlyAllowHosts SMTPRlyDenyHosts SMTPRlyCheck SMTPRlyExcpts SMTPRlyAuthExcpt
			SMTPDNSBL SMTPDNSBLSites SMTPDNSBLAction SMTPDNSBLReply SMTPDNSWL SMTPDNSWLSites SMTPDNSWLAction SMTPPrivBL SMTPPrivBLHosts
			SMTPPrivBLAction SMTPPrivBLReply SMTPPrivWL SMTPPrivWLHosts SMTPPrivWLAction SMTPVerifyConnHost SMTPAllowConnHosts SMTPDenyConnHosts
			SMTPErrorLimit SMTPVerifySenderDom SMTPAllowSenders SMTPDenySenders SMTPVerifyRcpts SMTPRejectAmbig SMTPDenyGroups SMTPAllowRcpts
			SMTPDenyRcpts Mail_number_Of_MailBoxes MailExternalSMTP MailInternalSMTP MailSMTPReach MailAddrLookup MailExhaustLookup MailRelayHost
			MailRelayAuth MailRelayUser MailRelayPassword MailSmartHost MailSmartHostAll MailHostLookup MailMaxSize MailLowPrioSize
			MailLowPrioSizeFrom MailAllowInetFrom MailDenyInetFrom AllowNotesAddressesToMail DenyNotesAddressesToMail MailAllowInetTo MailDenyInetTo
			MailDeliveryThreads MailTransferThreads MailConcTransferThreads MailMaxHops MailLowPrioTime MailLowPrioNotify MailRetryInterval
			MailPurgeInterval MailDelayNotify MailDelayHigh MailDelayNormal MailDelayLow SMTPExtSize SMTPExtPipelining SMTPExtDSN SMTPExt8BitMIME
			SMTPCmdHelp SMTPCmdVrfy SMTPCmdExpn SMTPCmdEtrn SMTP_NegotiatedSSL RouterExtSize RouterExtPipelining RouterExtDSN RouterExt8BitMIME
			MailLogLevel MailHoldUndeliverable MailAutoDead MailAutoDeadTries MailAutoDeadWait MailIgnorePriority MailPrimaryOnly MailRule_1
			NotesINI SMTPSPF SMTPSPFAction SMTPSPFExcpts SMTPDKIM ServerName UseAsDefault ILEnforce ILLockIP ILCountAgainstIP ILLogLockouts
			ILLogFailures ILMaxTries ILExpMinutes ILExpNum ILTimeFormat ILClearMinutes ILClearNum ILTimeFormat2`,
		configdoc.Server(): `ServerName ServerTitle Domain SMTPFullHostDomain ServerBuildNumber MajVer MinVer QMRVer QMUVer HotVer FixPVer ServerPlatform
			ClusterName SMTPListenerEnabled LdISite AllowAccess DenyAccess AnonymousAccess WhiteList WhiteListLog Ports Enabled_0 Protocol_0 NetAddr_0
			NetAddresses HTTP_SSLKeyFile SSLCipherSupportedList SMTP_Port SMTP_PortStatus SMTP_EnforceAccess SMTP_TCPNP SMTP_AllowAnonymous SMTP_SSLPort
			SMTP_SSLStatus SMTP_SSLNP SMTP_SSLAnonymous Router_Port Router_PortStatus Router_SSLPort Router_SSLStatus`,
		configdoc.Domain(): `DomainType DomainName GlobalDomainTasks DefaultGlobalDomain NotesDomainList LocalPrimaryInternetDomain
			LocalInternetDomainAliases FSInternetDomain FSDomainName FSInternetHost`,
		configdoc.Connection(): `ConnectionType RoutingTask Source DestinationDomain SMTPRelayHost Enabled`,
	} {
		for item := range strings.FieldsSeq(items) {
			if f := form.Field(strings.ToUpper(item)); f == nil || f.Item != item {
				t.Errorf("%s has no field %s", form.Name, item)
			}
		}
	}
}

func TestKeywords(t *testing.T) {
	form := configdoc.Config()
	for _, tt := range []struct {
		item, value, want string
		ok                bool
	}{
		{"SMTPRlyCheck", "2", "2", true},
		{"SMTPRlyCheck", "none", "2", true},
		{"SMTPRlyCheck", " All Connecting Hosts ", "1", true},
		{"SMTPRlyCheck", "3", "", false},
		{"SMTPDNSBLAction", "Log and reject message", "2", true},
		{"MailInternalSMTP", "Disabled", "1", true},
		{"MailInternalSMTP", "MIME messages only", "0", true},
		{"SMTPRlyAuthExcpt", "allow-all authenticated users to relay.", "1", true},
		{"SMTPVerifyRcpts", "perhaps", "", false},
	} {
		f := form.Field(tt.item)
		if got, ok := f.Code(tt.value); got != tt.want || ok != tt.ok {
			t.Errorf("%s %q: got %q, %t; want %q, %t", tt.item, tt.value, got, ok, tt.want, tt.ok)
		}
	}
	if f := form.Field("SMTPRlyCheck"); f.Words("2") != "None" || f.Words("9") != "9" {
		t.Errorf("Words: %q, %q", f.Words("2"), f.Words("9"))
	}
}

func TestRead(t *testing.T) {
	d := doc("ServerConfig",
		"Deny messages to be sent to the following external internet domains (* means all):", "abc.com, xyz.com; other.org|more.org",
		"SMTPRlyDenyHosts", "",
		"smtprlycheck", "None",
		"SMTPDenyGroups", "sometimes",
		"DNS Blacklist Desired action", "Log only",
		"SMTPErrorLimit", " 7 ",
		"OurHosts", "[10.0.0.1]",
		"SMTPVerifyRcpts", "1", "Verify that local domain recipients exist in the Domino Directory", "0",
		"HTTP_Whatever", "x", "Mystery", "y")
	got := configdoc.Config().Read(d, configdoc.Aliases{"ourhosts": "SMTPRlyAllowHosts"})
	if v := got.Value("SMTPRlyDenyDoms"); v == nil || !slices.Equal(v.List, []string{"abc.com", "xyz.com", "other.org", "more.org"}) {
		t.Errorf("list under its label: %+v", v)
	}
	if v := got.Value("SMTPRlyDenyHosts"); v == nil || !v.Blank() {
		t.Errorf("a blank item is there and blank: %+v", v)
	}
	if v := got.Value("SMTPRlyAllowDoms"); v != nil {
		t.Errorf("an absent item is nil: %+v", v)
	}
	for item, want := range map[string]string{"SMTPRlyCheck": "2", "SMTPDNSBLAction": "0", "SMTPErrorLimit": "7", "SMTPRlyAllowHosts": "[10.0.0.1]",
		"SMTPVerifyRcpts": "1", "SMTPDenyGroups": "sometimes"} {
		if got.Text(item) != want {
			t.Errorf("%s = %q, want %q", item, got.Text(item), want)
		}
	}
	if len(got.Unknown) != 1 || got.Unknown[0].Name != "Mystery" {
		t.Errorf("unknown items: %v", got.Unknown)
	}
	var texts []string
	for _, p := range got.Problems {
		texts = append(texts, p.String())
	}
	want := []string{
		`names.json:5: ServerConfig document 1: SMTPDenyGroups: "sometimes" is not a value of the field "Deny mail to groups"`,
		`names.json:10: ServerConfig document 1: Verify that local domain recipients exist in the Domino Directory: the field SMTPVerifyRcpts is given twice; SMTPVerifyRcpts counts`,
	}
	if !slices.Equal(texts, want) {
		t.Errorf("problems:\n%s\nwant:\n%s", strings.Join(texts, "\n"), strings.Join(want, "\n"))
	}
}

// TestItemNameBeforeLabel holds that of a field given twice its item name
// counts, wherever it stands.
func TestItemNameBeforeLabel(t *testing.T) {
	d := doc("ServerConfig", "Maximum hop count", "9", "MailMaxHops", "7")
	if got := configdoc.Config().Read(d, nil); got.Text("MailMaxHops") != "7" || len(got.Problems) != 1 {
		t.Errorf("MailMaxHops = %q with %v, want 7 and a remark", got.Text("MailMaxHops"), got.Problems)
	}
}

// FuzzRead holds that no document makes the reader fail, and that each item is
// a value, a problem, unknown or irrelevant.
func FuzzRead(f *testing.F) {
	f.Add("SMTPRlyCheck", "None")
	f.Add("Deny mail to groups", "")
	f.Add("(", ")")
	f.Add("MailRule_3", "WHEN Sender contains \"x\"\nTHEN stop")
	form := configdoc.Config()
	f.Fuzz(func(t *testing.T, name, value string) {
		d := &note.Document{Form: "ServerConfig", Items: []note.Item{{Name: name, Values: []string{value}}}}
		got := form.Read(d, nil)
		field := form.Lookup(name, nil)
		switch {
		case field != nil && got.Value(field.Item) == nil:
			t.Errorf("%q is %s and has no value", name, field.Item)
		case field == nil && len(got.Unknown) == 0 && !configdoc.Irrelevant(name):
			t.Errorf("%q is lost", name)
		}
		if configdoc.IsConfig(d, form, nil) && field == nil {
			t.Errorf("%q makes a Configuration Settings document", name)
		}
	})
}

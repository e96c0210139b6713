package settings

import (
	"reflect"
	"strings"
	"testing"
)

// TestEachFieldHasOneRow holds that each exported Snapshot field is filled by
// exactly one row, and each target exists.
func TestEachFieldHasOneRow(t *testing.T) {
	rows := Rows()
	by := map[string][]string{}
	for i := range rows {
		for _, target := range []string{rows[i].Target, rows[i].Also} {
			if target != "" {
				by[target] = append(by[target], rows[i].Key())
			}
		}
	}
	var walk func(prefix string, typ reflect.Type)
	seen := map[string]bool{}
	walk = func(prefix string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			path := strings.TrimPrefix(prefix+"."+f.Name, ".")
			if !f.IsExported() || path == "Generation" {
				continue
			}
			if owners := by[path]; len(owners) > 0 {
				seen[path] = true
				if len(owners) != 1 {
					t.Errorf("Snapshot.%s is filled by %d rows: %v", path, len(owners), owners)
				}
				continue
			}
			if f.Type.Kind() == reflect.Struct {
				walk(path, f.Type)
				continue
			}
			t.Errorf("Snapshot.%s is filled by no row", path)
		}
	}
	walk("", reflect.TypeOf(Snapshot{}))
	for target, owners := range by {
		if !seen[target] {
			t.Errorf("row %v fills Snapshot.%s, which does not exist", owners, target)
		}
	}
}

// TestRowsAreWhole holds what every row must say.
func TestRowsAreWhole(t *testing.T) {
	keys := map[string]bool{}
	for _, r := range Rows() {
		if r.Key() == "" || r.Doc == "" {
			t.Errorf("row %+v has no name or no line of documentation", r)
		}
		if keys[r.ID()] {
			t.Errorf("row %s is there twice", r.Key())
		}
		keys[r.ID()] = true
		if r.Form != "" && r.Field() == nil {
			t.Errorf("row %s names the field %s %s, which no form has", r.Key(), r.Form, r.Item)
		}
		if (r.Status == Partial || r.Status == Harmless) && r.Reason == "" {
			t.Errorf("row %s is %s and does not say why", r.Key(), r.Status)
		}
	}
}

// TestAppendixA holds that each variable of the white paper's Appendix A has a
// row, its spellings included.
func TestAppendixA(t *testing.T) {
	const appendix = `SMTPStrict821AddressSyntax SMTPGreeting SMTPStrict821LineSyntax SMTPNonStandardLineTermination SMTPNotesPort
		SMTP_Config_Update_Interval SMTPAllowConnectionsAnonymous SMTPTimeoutMultiplier RouterDSNForNULLReversePath
		SMTPVerifySendersDomainTimeout SMTPErrorLimit RouterDisableDSNRelayReports RouterDisableMailToGroups SMTPLookupNoDircat
		SMTPMaxCommandLength SMTPMaxForRecipients SMTPMaxSessions SMTPVerifyAuthenticatedSender SMTPSmartHostAllDisableGroupExpansion
		SMTPNoVersionInRcvdHdr SMTPMaxRecipientCount SMTPTranslateAddresses SMTPTranslateLookupFullThenLocal SMTPTranslateAddressLookup
		SMTPTranslateAddressesPreserve822 SMTPRelayHostsandDomains SMTP_RIGHT_DOT_NEVER_NOTESDOMAIN RouterUseFromAsSMTPOriginator
		RouterLanguageVisibleNDRStatus SMTPDenyMailToGroups SMTPDenyNotUniqueRCPT`
	names := strings.Fields(appendix)
	if len(names) != 31 {
		t.Fatalf("%d variables, the appendix has 31", len(names))
	}
	for _, name := range names {
		if r, ok := Find(name); !ok || r.Name != name {
			t.Errorf("no row for the variable %s", name)
		}
	}
	for _, alias := range []string{"SMTPRelayAllowHostsandDomains", "smtprelayhostsanddomain"} {
		if r, ok := Find(alias); !ok || r.Name != "SMTPRelayHostsandDomains" {
			t.Errorf("%s does not find SMTPRelayHostsandDomains", alias)
		}
	}
}

// TestEachFieldOfAFormHasARow holds that no field of a document is left out of
// reports.
func TestEachFieldOfAFormHasARow(t *testing.T) {
	rows := map[string]bool{}
	for _, r := range Rows() {
		rows[r.Form+" "+r.Item] = true
		if r.SiteItem != "" {
			rows["SMTPInboundSite "+r.SiteItem] = true
		}
	}
	f := newForms()
	for _, form := range []string{"Server", "ServerConfig", "SMTPInboundSite", "Domain", "Connection"} {
		for _, field := range f.byName(form).Fields {
			if key := form + " " + field.Item; !field.Unused && !rows[key] {
				t.Errorf("no row for %s", key)
			}
		}
	}
}

// TestFindPrefersVariables holds that a name that a variable and fields of
// other forms share is the variable.
func TestFindPrefersVariables(t *testing.T) {
	for _, name := range []string{"ServerName", "Ports", "Domain", "SMTPErrorLimit"} {
		if r, ok := Find(name); !ok || r.Name != name {
			t.Errorf("Find(%s) = %s %s %s", name, r.Name, r.Form, r.Item)
		}
	}
	if r, ok := Find(" smtprlycheck "); !ok || r.Item != "SMTPRlyCheck" {
		t.Errorf("an item, blanks and case: %v", r)
	}
	if r, ok := Find("TCPNameAndPwd"); !ok || r.Item != "SMTP_TCPNP" {
		t.Errorf("an item of the Site document: %v", r)
	}
	if _, ok := Find("NoSuchName"); ok {
		t.Error("NoSuchName is found")
	}
}

func TestSuggest(t *testing.T) {
	for name, want := range map[string]string{"SMTPGreting": "SMTPGreeting", "smtprlychek": "SMTPRlyCheck", "Domigo_TrustPRT": "Domigo_TrustPTR"} {
		if got := Suggest(name, 1); len(got) != 1 || got[0] != want {
			t.Errorf("Suggest(%s) = %v, want %s", name, got, want)
		}
	}
	if got := Suggest("CompletelyDifferentThing", 3); len(got) != 0 {
		t.Errorf("Suggest of a strange name = %v", got)
	}
}

func TestProductName(t *testing.T) {
	for build, want := range map[string]string{
		"":                     "Domigo Release 1.0",
		"Release 5.0.12":       "Lotus Domino Release 5.0.12",
		"Release 7.0.4":        "Lotus Domino Release 7.0.4",
		"Release 8.5.3FP6":     "Lotus Domino Release 8.5.3FP6",
		"Release 9.0.1FP10":    "IBM Domino Release 9.0.1FP10",
		"release 10.0.1":       "IBM Domino Release 10.0.1",
		"Release 11.0.1":       "HCL Domino Release 11.0.1",
		"12.0":                 "HCL Domino Release 12.0",
		"14.0FP1":              "HCL Domino Release 14.0FP1",
		"Build V85_M2_0721":    "Lotus Domino Build V85_M2_0721",
		"Build V60_M14":        "Lotus Domino Build V60_M14",
		"Build V901_07232013":  "IBM Domino Build V901_07232013",
		"Build V1001_Beta":     "IBM Domino Build V1001_Beta",
		"Build V1402_08262024": "HCL Domino Build V1402_08262024",
		"Release Danube":       "HCL Domino Release Danube",
	} {
		if got := productName(build, "1.0"); got != want {
			t.Errorf("productName(%q) = %q, want %q", build, got, want)
		}
	}
}

package settings

import (
	"strings"
	"testing"
)

// TestDescriptions holds that each variable of the table is described once, in
// plain text, with the words that the table has for it.
func TestDescriptions(t *testing.T) {
	seen := map[string]Description{}
	for _, d := range Descriptions() {
		if _, twice := seen[d.Name]; twice {
			t.Errorf("%s is described twice", d.Name)
		}
		seen[d.Name] = d
		if d.Doc == "" || d.Values == "" || d.Status == "" {
			t.Errorf("%s: something is blank: %+v", d.Name, d)
		}
		if strings.ContainsAny(d.Place+d.Values+d.Default, "`") {
			t.Errorf("%s: Markdown in %+v", d.Name, d)
		}
	}
	for _, r := range Rows() {
		if _, ok := seen[r.Name]; r.Name != "" && !ok {
			t.Errorf("%s is not described", r.Name)
		}
	}
	if d := seen["Domigo_SubmissionPort"]; !d.Own || d.Default != "off" || d.Values != "number, 0 to 65535" || d.Takes != "at restart task smtp" {
		t.Errorf("Domigo_SubmissionPort: got %+v", d)
	}
}

// TestNames holds that Find knows each name, and that none stands there twice.
func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for _, n := range Names() {
		if _, ok := Find(n); !ok {
			t.Errorf("Find(%q): not found", n)
		}
		if seen[strings.ToLower(n)] {
			t.Errorf("%s twice", n)
		}
		seen[strings.ToLower(n)] = true
	}
	for _, want := range []string{"smtpmaxsessions", "smtprlydenyhosts", "domigo_dns"} {
		if !seen[want] {
			t.Errorf("%s is missing", want)
		}
	}
}

package policy

import (
	"strings"
	"testing"

	"domigo/settings"
)

func TestAccess(t *testing.T) {
	john := []string{"CN=John Doe/O=Acme", "John Doe"}
	members := map[string]string{"Sales": "CN=John Doe/O=Acme", "LocalDomainServers": "CN=Server-704/O=Acme"}
	inGroup := func(group, name string) bool { return members[group] != "" && members[group] == name }
	for _, tt := range []struct {
		name        string
		off         bool
		names       []string
		allow, deny string // entries separated by commas
		want        string // the rule of the refusal, "" for none
	}{
		{"both blank", false, john, "", "", ""},
		{"not enforced", true, john, "Jane Roe/Acme", "*", ""},
		{"allowed by name", false, john, "Jane Roe/Acme,john doe/acme", "", ""},
		{"allowed by another full name", false, john, "John Doe", "", ""},
		{"allowed by group", false, john, "Sales", "", ""},
		{"allowed by organization", false, john, "*/O=Acme", "", ""},
		{"allowed: everybody", false, john, "*", "", ""},
		{"not in the list", false, john, "Jane Roe/Acme,LocalDomainServers,*/O=Renovo,NoSuchGroup", "", labelAllowAccess},
		{"half a name is none", false, john, "John,*/cme,Doe/Acme", "", labelAllowAccess},
		{"denied by name", false, john, "", "John Doe/Acme", labelDenyAccess},
		{"denied by group", false, john, "", "Sales", labelDenyAccess},
		{"denied by organization", false, john, "", "*/Acme", labelDenyAccess},
		{"deny wins", false, john, "John Doe/Acme", "*/Acme", labelDenyAccess},
		{"another is denied", false, john, "", "Jane Roe/Acme,LocalDomainServers", ""},
		{"a person without a full name is in no list", false, nil, "*", "*", labelAllowAccess},
		{"a person without a full name, blank lists", false, nil, "", "", ""},
	} {
		s := &settings.Snapshot{}
		s.Ports.EnforceAccess = !tt.off
		s.Ports.AllowAccess = strings.FieldsFunc(tt.allow, func(r rune) bool { return r == ',' })
		s.Ports.DenyAccess = strings.FieldsFunc(tt.deny, func(r rune) bool { return r == ',' })
		var trail Trail
		v := Access(s, tt.names, inGroup, &trail)
		if v.Rule != tt.want || v.OK() != (tt.want == "") {
			t.Errorf("%s: allow %q, deny %q: got %+v, want the rule %q", tt.name, tt.allow, tt.deny, v, tt.want)
		}
		if !v.OK() && (v.Code != 535 || len(trail.Steps) != 1) {
			t.Errorf("%s: code %d, trail %v", tt.name, v.Code, trail.Steps)
		}
		if again := Access(s, tt.names, inGroup, nil); again != v {
			t.Errorf("%s: without a trail: %+v", tt.name, again)
		}
	}
}

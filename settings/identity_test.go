package settings

import "testing"

func TestOrganization(t *testing.T) {
	for name, want := range map[string]string{
		"CN=Server-704/O=Acme": "Acme", "CN=a/OU=East/O=Acme/C=DE": "Acme", "Server-704": "", "": "",
	} {
		if got := organization(name); got != want {
			t.Errorf("%q: got %q, want %q", name, got, want)
		}
	}
}

package settings

import (
	"reflect"
	"testing"
)

// TestBarsInRoutes: the characters that stand between the parts of a route's text
// are letters like others in a field, and no part takes the place of another.
func TestBarsInRoutes(t *testing.T) {
	l := open(t, "ServerName=CN=Server-704/O=Acme\n",
		`{"Form": "Domain", "DomainType": "ForeignSMTPDomain", "FSInternetDomain": "a|b.example", "FSDomainName": "Out|side\\", "FSInternetHost": "mx|2.example"}`,
		`{"Form": "Connection", "ConnectionType": "SMTP", "Source": "*", "DestinationDomain": "Out|side\\|", "SMTPRelayHost": "Relay.example"}`,
		`{"Form": "Server", "ServerName": "CN=Hub|evil.example/O=Acme", "SMTPFullHostDomain": "hub.example", "Domain": "AC|ME", "NetworkNames": ["A B|C", " ", "D\\"]}`)
	r := l.View(RouterTask).Router
	if got, want := r.Foreign, []ForeignSMTPDomain{{Internet: "a|b.example", Domain: `out|side\`, Host: "mx|2.example"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("foreign domains: got %+v, want %+v", got, want)
	}
	if got, want := r.Connections, []SMTPConnection{{Source: "*", Domain: `out|side\|`, RelayHost: "relay.example"}}; !reflect.DeepEqual(got, want) {
		t.Errorf("connections: got %+v, want %+v", got, want)
	}
	want := MailServer{Name: "CN=Hub|evil.example/O=Acme", HostName: "hub.example", Domain: "AC|ME", Networks: []string{"A B|C", `D\`}}
	if got := r.Servers; len(got) != 2 || !reflect.DeepEqual(got[1], want) {
		t.Errorf("servers: got %+v, want %+v", got, want)
	}
}

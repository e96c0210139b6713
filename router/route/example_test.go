package route_test

import (
	"fmt"
	"os"

	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/router/route"
	"domigo/settings"
)

// A person with a forwarding address, and the way out.
func ExampleDecide() {
	b := directory.NewBuilder()
	b.Add(0, &note.Document{Form: "Person", Items: []note.Item{
		{Name: "FullName", Values: []string{"CN=Fred Away/O=Acme"}},
		{Name: "InternetAddress", Values: []string{"fred@acme.com"}},
		{Name: "MailAddress", Values: []string{"fred@example.net"}},
	}})
	env := &route.Env{
		Settings: &settings.Snapshot{
			Domains: settings.Domains{Global: true, Primary: []string{"acme.com"}},
			Router:  settings.Router{RelayHost: "relay.example", Port: 25},
		},
		Directory: b.Build(),
	}
	var trail route.Trail
	d := route.Decide(env, &route.Message{}, "fred@acme.com", &trail)
	d = route.Decide(env, &route.Message{}, d.Next[0], &trail)
	if err := trail.Write(os.Stdout); err != nil {
		fmt.Println(err)
	}
	fmt.Println(route.Destination(d.Key))
	// Output:
	// Local primary Internet domain: acme.com -> local
	// Address lookup: fred@acme.com -> Fullname then Local Part: Person Fred Away/Acme
	// Forwarding address: Fred Away/Acme -> fred@example.net
	// Verdict: fred@acme.com -> decide on fred@example.net
	// Local primary Internet domain: example.net -> not local
	// Relay host for messages leaving the local internet domain: relay.example -> next hop
	// Verdict: fred@example.net -> transfer by SMTP, relay:relay.example:25
	// RELAY.EXAMPLE
}

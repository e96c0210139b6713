package route

import (
	"testing"

	"domigo/settings"
)

// Without a directory a recipient of the site is put off, and fails nothing.
func TestDecideWithoutDirectory(t *testing.T) {
	env := &Env{Settings: &settings.Snapshot{Domains: settings.Domains{Global: true, Primary: []string{"acme.com"}}}}
	for _, address := range []string{"john.doe@acme.com", "John Doe/Acme", "sales"} {
		d := Decide(env, &Message{}, address, nil)
		if d.Action != Defer {
			t.Errorf("%s: got %+v, want it put off", address, d)
		}
	}
}

package main

import (
	"time"

	"github.com/rs/zerolog"

	"domigo/directory"
	"domigo/internal/server"
	"domigo/internal/simulate"
	"domigo/settings"
)

// assistance gives the LDAP directory of a site, nil if it has none. Unless ask
// is set it is not asked: what it would say is a fact, or missing. done must be
// called in the end.
func assistance(snap *settings.Snapshot, dir string, ask bool, facts *simulate.Facts) (a directory.Assistance, done func() error, err error) {
	done = func() error { return nil }
	switch {
	case !snap.LDAP.On():
		return nil, done, nil
	case !ask:
		return facts.Unasked(server.LDAPPlace(snap)), done, nil
	}
	client, err := server.NewLDAP(snap, dir, time.Now, nil, zerolog.Nop())
	if err != nil {
		return nil, done, err
	}
	return client, client.Close, nil
}

package server

import (
	"time"

	"domigo/settings"
	"domigo/smtpd"
)

// ListenerResolver gives the resolver that the listener of a server with these
// settings would have; dir is the site's directory. It is for commands that ask
// what the listener would do.
func ListenerResolver(snap *settings.Snapshot, dir string) (smtpd.Resolver, error) {
	n, err := newNames(snap, dir, time.Now)
	if err != nil {
		return nil, err
	}
	return n.forListener(), nil
}

// HasCertificate reports whether the listener of a server with these settings
// would have a certificate to offer.
func HasCertificate(snap *settings.Snapshot, dir string) bool {
	pairs, err := pemPairs(snap, dir)
	if err != nil || len(pairs) == 0 {
		return false
	}
	_, err = loadPairs(pairs)
	return err == nil
}

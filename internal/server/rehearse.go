package server

import (
	"domigo/resolver"
	"domigo/settings"
	"domigo/smtpd"
)

// ListenerResolver gives the resolver that the listener of a server with these
// settings would have; dir is the site's directory. It is for commands that ask
// what the listener would do.
func ListenerResolver(snap *settings.Snapshot, dir string) (smtpd.Resolver, error) {
	n, err := newNames(snap, dir, resolver.Config{})
	if err != nil {
		return nil, err
	}
	return n.forListener(), nil
}

// NewResolver gives the resolver that a server with these settings would have;
// dir is the site's directory. It is for commands that ask DNS once.
func NewResolver(snap *settings.Snapshot, dir string) (*resolver.Resolver, error) {
	n, err := newNames(snap, dir, resolver.Config{})
	if err != nil {
		return nil, err
	}
	return n.resolver, nil
}

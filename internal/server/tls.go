package server

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"domigo/settings"
)

// certificate is the TLS configuration of the listener; nil has none.
type certificate struct{ config *tls.Config }

// current gives the configuration for the next handshake, nil without one.
func (c *certificate) current() *tls.Config {
	if c == nil {
		return nil
	}
	return c.config
}

// loadTLS reads certificate and key: Domigo_TLSCert and Domigo_TLSKey, else one
// PEM file named like the documents' key file with .pem for .kyr. That file
// may be missing; the variables' may not.
func loadTLS(s *settings.Snapshot, dir string) (*certificate, error) {
	cert, key := s.Own.TLSCert, s.Own.TLSKey
	byName := cert == ""
	if byName {
		if s.Ports.KeyFile == "" {
			return nil, nil
		}
		cert = strings.TrimSuffix(filepath.Base(strings.ReplaceAll(s.Ports.KeyFile, `\`, "/")), ".kyr") + ".pem"
	}
	if key == "" {
		key = cert
	}
	pair, err := tls.LoadX509KeyPair(under(dir, cert), under(dir, key))
	if err != nil {
		if byName && errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		return nil, fmt.Errorf("TLS is off: certificate %s: %w", cert, err)
	}
	return &certificate{&tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}}, nil
}

func under(dir, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(dir, name)
}

package server

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
	"time"

	"domigo/settings"
)

// checkTLS tells what is wrong with a site's certificates at a time; dir is the
// site's directory.
func checkTLS(s *settings.Snapshot, dir string, now time.Time) []settings.Finding {
	at := placeOf(s, "HTTP_SSLKeyFile")
	if server := s.Choice().Server; at.File == "" && server != nil {
		at.File, at.Line, at.Document = server.File, server.Line, fmt.Sprintf("%s document %d", server.Form, server.Number)
	}
	if s.Own.TLSCert != "" || s.Own.TLSKey != "" {
		at = placeOf(s, "Domigo_TLSCert")
	}
	wanted := s.Ports.TLSEnabled || s.SMTP.STARTTLS != settings.STARTTLSDisabled || s.Own.SubmissionPort > 0
	pairs, optional, err := pemPairs(s, dir)
	if err != nil {
		return []settings.Finding{settings.CodeCertBad.At(at, "TLS is off: %v", err)}
	}
	if len(pairs) == 0 || optional && missing(pairs) {
		if wanted {
			return []settings.Finding{settings.CodeCertMissing.At(at, "TLS is asked for, and there is no certificate: Domigo_TLSCert, or a PEM file named like the key file")}
		}
		return nil
	}
	var out []settings.Finding
	fits := false
	host := strings.TrimSuffix(s.Identity.HostName, ".")
	for _, p := range pairs {
		cert, findings := checkPair(p, at, now)
		out = append(out, findings...)
		fits = fits || cert == nil || cert.VerifyHostname(host) == nil
	}
	if host != "" && !fits {
		out = append(out, settings.CodeCertName.At(at, "no certificate is for the host name %s", host))
	}
	return out
}

// checkPair looks at one certificate with its key. It gives no certificate when
// none can be used.
func checkPair(p pemPair, at settings.Finding, now time.Time) (*x509.Certificate, []settings.Finding) {
	var out []settings.Finding
	if info, err := os.Stat(p.key); err == nil && info.Mode().Perm()&0o007 != 0 && holdsKey(p.key) {
		out = append(out, settings.CodeCertPermissions.At(at, "others may use the file with the private key %s: its mode is %04o", p.key, info.Mode().Perm()))
	}
	list, err := loadPairs([]pemPair{p})
	if err != nil {
		code := settings.CodeCertBad
		// crypto/tls has no error of its own for it.
		if strings.Contains(err.Error(), "private key does not match") || strings.Contains(err.Error(), "private key type does not match") {
			code = settings.CodeCertKey
		}
		return nil, append(out, code.At(at, "TLS is off: %v", err))
	}
	if text := doubtful(&list[0], now); text != "" {
		out = append(out, doubt(&list[0], now).At(at, "certificate %s %s", p.cert, text))
	}
	return list[0].Leaf, out
}

// doubt gives the code of what doubtful tells.
func doubt(c *tls.Certificate, now time.Time) settings.Code {
	switch {
	case now.After(c.Leaf.NotAfter):
		return settings.CodeCertExpired
	case now.Before(c.Leaf.NotBefore):
		return settings.CodeCertEarly
	}
	return settings.CodeCertSoon
}

// holdsKey reports whether a PEM file holds a private key, which a file of a
// certificate may or may not.
func holdsKey(name string) bool {
	data, err := os.ReadFile(name)
	if err != nil {
		return false
	}
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if strings.Contains(block.Type, "PRIVATE KEY") {
			return true
		}
	}
	return false
}

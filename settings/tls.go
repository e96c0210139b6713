package settings

import (
	"crypto/tls"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// TLS says which protocol versions and ciphers the listener speaks. It takes
// effect when the SMTP task restarts.
type TLS struct {
	Enable10   bool     // SSL_ENABLE_TLS_10
	Disable10  bool     // SSL_DISABLE_TLS_10
	Disable11  bool     // SSL_DISABLE_TLS_11
	CipherSpec string   // SSLCipherSpec: hexadecimal codes
	CipherList []string // the list of the Server document, or of the Site document with Internet Sites on
}

// Versions gives the oldest protocol version that is spoken. TLS 1.2 is the
// least unless SSL_ENABLE_TLS_10 opens 1.0 and 1.1; of these the two other
// variables take one out again. gap says that 1.0 is spoken and 1.1 is not.
func (t *TLS) Versions() (least uint16, gap bool) {
	switch {
	case !t.Enable10 || t.Disable10 && t.Disable11:
		return tls.VersionTLS12, false
	case t.Disable10:
		return tls.VersionTLS11, false
	}
	return tls.VersionTLS10, t.Disable11
}

// TLSConfig gives the listener's configuration: the certificates, of which a
// client's server name chooses, else the first; versions and ciphers as the site
// asks for. It is what smtpd.Config.TLS gives, made anew for each certificate.
func (s *Snapshot) TLSConfig(certificates []tls.Certificate) *tls.Config {
	least, gap := s.TLS.Versions()
	c := &tls.Config{Certificates: certificates, MinVersion: least}
	if chosen := s.Ciphers(); chosen.Source != "" {
		c.CipherSuites = chosen.Suites
		if len(chosen.Suites) == 0 {
			c.MinVersion, gap = tls.VersionTLS13, false
		}
	}
	if gap {
		old := c.Clone()
		old.MaxVersion = tls.VersionTLS10
		c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			if slices.ContainsFunc(hello.SupportedVersions, func(v uint16) bool { return v >= tls.VersionTLS12 }) {
				return nil, nil
			}
			return old, nil // without 1.1, a client that knows no better gets 1.0
		}
	}
	return c
}

// Ciphers are the cipher suites that a site chose.
type Ciphers struct {
	Source  string   // the variable or item that chose them, "" when nothing did
	Suites  []uint16 // those that can be spoken, as crypto/tls numbers them, in the order of the list
	Missing []uint16 // those of TLS that crypto/tls does not have
	Weak    []uint16 // those of Suites that are not safe any more
	TLS13   bool     // a suite of TLS 1.3 is named; these are always on and cannot be chosen
	Bad     []string // what is no code
}

// Ciphers reads the site's choice. With Internet Sites on it is the Site
// document's alone; else SSLCipherSpec goes before the Server document's list.
func (s *Snapshot) Ciphers() Ciphers {
	switch t := &s.TLS; {
	case s.Ports.InternetSites && len(t.CipherList) > 0:
		return readCiphers("SSLCipherList", t.CipherList)
	case s.Ports.InternetSites:
		return Ciphers{}
	case strings.TrimSpace(t.CipherSpec) != "":
		return readCiphers("SSLCipherSpec", strings.FieldsFunc(t.CipherSpec, func(r rune) bool { return strings.ContainsRune(" \t,;|:", r) }))
	case len(t.CipherList) > 0:
		return readCiphers("SSLCipherSupportedList", t.CipherList)
	}
	return Ciphers{}
}

func readCiphers(source string, words []string) Ciphers {
	c := Ciphers{Source: source}
	for _, w := range words {
		codes, ok := cipherCodes(strings.TrimSpace(w))
		if !ok {
			c.Bad = append(c.Bad, w)
		}
		for _, code := range codes {
			c.add(code)
		}
	}
	return c
}

func (c *Ciphers) add(code uint16) {
	named := func(list []*tls.CipherSuite) bool {
		return slices.ContainsFunc(list, func(s *tls.CipherSuite) bool { return s.ID == code })
	}
	weak := named(tls.InsecureCipherSuites())
	switch {
	case isTLS13(code):
		c.TLS13 = true
	case slices.Contains(c.Suites, code) || slices.Contains(c.Missing, code):
	case !weak && !named(tls.CipherSuites()):
		c.Missing = append(c.Missing, code)
	default:
		c.Suites = append(c.Suites, code)
		if weak {
			c.Weak = append(c.Weak, code)
		}
	}
}

// isTLS13 recognises the suites of TLS 1.3 (RFC 8446, B.4).
func isTLS13(code uint16) bool { return code>>8 == 0x13 }

// cipherCodes reads codes of two or four hexadecimal digits that stand one
// behind the other. A run that can be read both ways is one of four digits if
// each of its codes then names a suite: "C030009F" are two, "0504" is 05 and 04.
func cipherCodes(run string) ([]uint16, bool) {
	run = strings.TrimPrefix(strings.TrimPrefix(run, "0x"), "0X")
	for _, digits := range []int{4, 2} {
		if run == "" || len(run)%digits != 0 {
			continue
		}
		var codes []uint16
		for i := 0; i < len(run); i += digits {
			n, err := strconv.ParseUint(run[i:i+digits], 16, 16)
			if err != nil {
				return nil, false
			}
			if digits == 4 && !plausible(uint16(n)) {
				codes = nil
				break
			}
			codes = append(codes, uint16(n))
		}
		if codes != nil {
			return codes, true
		}
	}
	return nil, false
}

// plausible reports whether a code lies where TLS has cipher suites: 00xx,
// 13xx, and the elliptic curves' C0xx and CCxx.
func plausible(code uint16) bool {
	switch code >> 8 {
	case 0x00, 0x13, 0xc0, 0xcc:
		return true
	}
	return false
}

// cipherName names a suite for people, with its code.
func cipherName(code uint16) string {
	name := tls.CipherSuiteName(code)
	if known, ok := otherCiphers[code]; ok {
		name = known
	}
	if strings.HasPrefix(name, "0x") {
		return fmt.Sprintf("%04X", code)
	}
	return fmt.Sprintf("%04X (%s)", code, name)
}

// otherCiphers are suites that Domino offers and crypto/tls does not have.
var otherCiphers = map[uint16]string{
	0x0033: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA", 0x0039: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
	0x003d: "TLS_RSA_WITH_AES_256_CBC_SHA256", 0x0067: "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
	0x006b: "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", 0x009e: "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
	0x009f: "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", 0xc028: "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
	0xc024: "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
}

// checkTLS tells what of the TLS settings cannot be honoured as written.
func (b *builder) checkTLS(s *Snapshot) {
	if s.TLS.Enable10 {
		b.tlsFinding(s, "SSL_ENABLE_TLS_10", CodeTLSOld, "TLS before 1.2 is not safe any more")
	}
	if s.Ports.InternetSites && strings.TrimSpace(s.TLS.CipherSpec) != "" {
		b.tlsFinding(s, "SSLCipherSpec", CodeCipherIgnored, "Internet Sites are on: the Site document's SSLCipherList counts, not SSLCipherSpec")
	}
	c := s.Ciphers()
	for _, w := range c.Bad {
		b.tlsFinding(s, c.Source, CodeCipherBad, fmt.Sprintf("%s: %q is no list of codes of two or four hexadecimal digits", c.Source, w))
	}
	for _, code := range c.Missing {
		b.tlsFinding(s, c.Source, CodeCipherMissing, fmt.Sprintf("%s: the cipher %s is not available", c.Source, cipherName(code)))
	}
	for _, code := range c.Weak {
		b.tlsFinding(s, c.Source, CodeCipherWeak, fmt.Sprintf("%s: the cipher %s is not safe any more", c.Source, cipherName(code)))
	}
	if c.TLS13 {
		b.tlsFinding(s, c.Source, CodeCipherFixed, c.Source+": the ciphers of TLS 1.3 cannot be chosen, all of them are on")
	}
	if c.Source != "" && len(c.Suites) == 0 {
		b.tlsFinding(s, c.Source, CodeCipherNone, c.Source+" leaves no cipher for TLS 1.2: only clients with TLS 1.3 can connect")
	}
	for _, name := range s.Own.ProxyFrom.Names() {
		b.tlsFinding(s, "Domigo_ProxyFrom", CodeProxyName, fmt.Sprintf("Domigo_ProxyFrom: %q is not an address in brackets, and counts for nobody", name))
	}
}

// tlsFinding is listFinding for a text that begins with the setting's name, which
// the place of an item has already.
func (b *builder) tlsFinding(s *Snapshot, key string, code Code, text string) {
	if row := b.known[strings.ToLower(key)]; row != nil && row.Form != "" {
		text = strings.TrimPrefix(text, key+": ")
	}
	b.listFinding(s, key, code, text)
}

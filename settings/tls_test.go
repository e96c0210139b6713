package settings

import (
	"crypto/tls"
	"fmt"
	"testing"
)

func TestCipherCodes(t *testing.T) {
	for run, want := range map[string]string{
		"C030": "[c030]", "9F": "[9f]", "009f": "[9f]", "C030009F": "[c030 9f]", "C030009FC02F": "[c030 9f c02f]",
		"0504": "[5 4]", "050A": "[5 a]", "03040A": "[3 4 a]", "0xC02B": "[c02b]", "1301": "[1301]", "002F0035": "[2f 35]",
	} {
		got, ok := cipherCodes(run)
		if fmt.Sprintf("%x", got) != want || !ok {
			t.Errorf("cipherCodes(%s) = %x, %v, want %s", run, got, ok, want)
		}
	}
	for _, bad := range []string{"", "C", "C03", "xyz1", "C0 30", "AES"} {
		if got, ok := cipherCodes(bad); ok {
			t.Errorf("cipherCodes(%q) = %x, want none", bad, got)
		}
	}
}

func FuzzCipherCodes(f *testing.F) {
	f.Add("C030009F")
	f.Add("0504")
	f.Fuzz(func(t *testing.T, run string) {
		if codes, ok := cipherCodes(run); ok && (len(codes) == 0 || len(codes) > len(run)/2+1) {
			t.Errorf("cipherCodes(%q) gives %d codes", run, len(codes))
		}
	})
}

// TestCiphersWhichSource holds which of the three sources counts.
func TestCiphersWhichSource(t *testing.T) {
	for _, c := range []struct {
		name  string
		sites bool
		spec  string
		list  []string
		want  string
	}{
		{"nothing", false, "", nil, " []"},
		{"the variable", false, "C02F|C030", nil, "SSLCipherSpec [c02f c030]"},
		{"the Server document", false, " ", []string{"C02F"}, "SSLCipherSupportedList [c02f]"},
		{"the variable before the Server document", false, "C030", []string{"C02F"}, "SSLCipherSpec [c030]"},
		{"the Site document alone", true, "C030", []string{"C02F", "C02F"}, "SSLCipherList [c02f]"},
		{"a Site document without a list", true, "C030", nil, " []"},
	} {
		s := &Snapshot{Ports: Ports{InternetSites: c.sites}, TLS: TLS{CipherSpec: c.spec, CipherList: c.list}}
		got := s.Ciphers()
		if text := fmt.Sprintf("%s %x", got.Source, got.Suites); text != c.want {
			t.Errorf("%s: got %s, want %s", c.name, text, c.want)
		}
	}
}

func TestTLSVersions(t *testing.T) {
	for _, c := range []struct {
		tls  TLS
		want uint16
		gap  bool
	}{
		{TLS{}, tls.VersionTLS12, false},
		{TLS{Disable10: true, Disable11: true}, tls.VersionTLS12, false},
		{TLS{Enable10: true}, tls.VersionTLS10, false},
		{TLS{Enable10: true, Disable10: true}, tls.VersionTLS11, false},
		{TLS{Enable10: true, Disable11: true}, tls.VersionTLS10, true},
		{TLS{Enable10: true, Disable10: true, Disable11: true}, tls.VersionTLS12, false},
	} {
		if got, gap := c.tls.Versions(); got != c.want || gap != c.gap {
			t.Errorf("%+v: got %s, %v, want %s, %v", c.tls, tls.VersionName(got), gap, tls.VersionName(c.want), c.gap)
		}
	}
}

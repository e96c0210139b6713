package sitetext

import "testing"

func TestMayBeSecret(t *testing.T) {
	tests := []struct {
		name, value string
		want        bool
	}{
		{"HTTPPassword", "x", true},
		{"AcmePwdOld", "x", true},
		{"MailRelayPass", "x", true},
		{"RelayPassWrd", "x", true},
		{"RlyAuthPW", "x", true},
		{"SMTPBypassHosts", "x", false},
		{"PassThruServers", "x", false},
		{"$SecureMode", "1", true},
		{"UserCertificate", "x", true},
		{"SiteCerts", "x", true},
		{"SigningKey", "x", true},
		{"X", "(355E98E7C7B59BD810ED845AD0FD2FC4)", true},
		{"X", "(GDpOtD35gGlyDksQRxEU)", true},
		{"X", "(HsOtD35gGlyDksQRxEUabc...)", true},
		{"X", "355E98E7C7B59BD810ED845AD0FD2FC4", true},
		{"X", "id=355E98E7C7B59BD810ED845AD0FD2FC4", true},
		{"X", "-----BEGIN RSA PRIVATE KEY-----", true},
		{"X", "{SSHA}abcdefghijkl", true},
		{"X", "$2y$10$abcdefghijklmnopqrstuv", true},
		{"X", "YWJjZGVmZ2hpamtsbW5vcHFyc3Q5", true},
		{"X", "[10.0.0.0/8]", false},
		{"X", "mail.some-long-host-name.acme.example.com", false},
		{"X", "Server-704/OU=Sales/O=Acme", false},
		{"X", "A sentence of many words, with 3 numbers", false},
		{"X", "{{ SERVERSETUP_SERVER_NAME }}", false},
		{"X", "2001:db8:0:1:1:1:1:1", false},
		{"X", "T000000,00 - T060000,00", false},
		{"HotKey", "F1", false},
		{"SSLKeyFileName", "keyfile.kyr", false},
	}
	for _, tt := range tests {
		if got := MayBeSecret(tt.name, []string{"plain", tt.value}); got != tt.want {
			t.Errorf("MayBeSecret(%s, %q) = %t, want %t", tt.name, tt.value, got, tt.want)
		}
	}
}

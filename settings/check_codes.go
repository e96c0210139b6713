package settings

import "sync"

// Code is the stable word of a kind of finding, for scripts: "open-relay". A
// word never changes its meaning; docs/check.md lists them all.
type Code string

// CodeInfo says everything about one code.
type CodeInfo struct {
	Code     Code
	Severity Severity // of every finding with the code
	Meaning  string   // what it tells, one sentence
	Remedy   string   // what to do, one sentence
}

// NothingToDo is the remedy of what is only worth knowing.
const NothingToDo = "Nothing has to be done."

// Codes gives all codes by subject, in a subject the gravest first.
func Codes() []CodeInfo {
	var all []CodeInfo
	for _, g := range codeGroups() {
		all = append(all, g.Codes...)
	}
	return all
}

// codeGroup is the codes of one subject.
type codeGroup struct {
	Title string
	Codes []CodeInfo
}

// codeGroups is the one table of codes.
func codeGroups() []codeGroup {
	return []codeGroup{
		{"Who may relay, connect and log in", accessCodes()},
		{"Certificates and TLS", tlsCodes()},
		{"Ports and hosts", hostCodes()},
		{"Values", valueCodes()},
		{"Lists", listCodes()},
		{"Documents", documentCodes()},
		{"Domains, routes and times", routeCodes()},
		{"People, groups and mail files", peopleCodes()},
		{"LDAP", ldapCodes()},
		{"Statistics", metricsCodes()},
		{"Domigo's own variables", ownCodes()},
		{"Files", fileCodes()},
	}
}

// Info gives what the table says of the code; a code that is not in it has only
// the word.
func (c Code) Info() CodeInfo {
	if info, ok := codeTable()[c]; ok {
		return info
	}
	return CodeInfo{Code: c}
}

// codeTable is Codes by code. It never changes; a directory may give a hundred
// thousand findings, each of which looks its code up.
var codeTable = sync.OnceValue(func() map[Code]CodeInfo {
	m := map[Code]CodeInfo{}
	for _, info := range Codes() {
		m[info.Code] = info
	}
	return m
})

// The codes of who may relay, connect and log in.
const (
	CodeOpenRelay        Code = "open-relay"
	CodeOpenRelayAllowed Code = "open-relay-allowed"
	CodeConnectNobody    Code = "connect-nobody"
	CodeAuthClear        Code = "auth-clear"
	CodeAuthTranslate    Code = "auth-translate"
	CodeAccessUnknown    Code = "access-unknown"
	CodeLockoutForever   Code = "lockout-forever"
	CodeFilterNever      Code = "filter-never"
	CodeFilterEmpty      Code = "filter-empty"
	CodeFilterSite       Code = "filter-site"
	CodeDenyOverruled    Code = "deny-overruled"
)

func accessCodes() []CodeInfo {
	return []CodeInfo{
		{CodeOpenRelay, SevError, "Anybody may send through this server to any domain; it starts on loopback addresses only.",
			"Put * into SMTPRlyDenyDoms and SMTPRlyDenyHosts and name exceptions in SMTPRlyAllowHosts, or set Domigo_AllowOpenRelay=1 if it is meant."},
		{CodeConnectNobody, SevError, "The Deny field of the connection controls holds *, which goes before the Allow field: every host is refused.",
			"Take * out of SMTPDenyConnHosts; an Allow field alone refuses all that it does not name."},
		{CodeOpenRelayAllowed, SevWarning, "The site is an open relay, and starts because its addresses are loopback ones or Domigo_AllowOpenRelay=1 says so.",
			"Close the relay fields before the server listens on an address that others reach."},
		{CodeAuthClear, SevWarning, "Name & password is on for a port without TLS, so that passwords cross the network in clear.",
			"Set up a certificate and Domigo_AuthNeedsTLS=1, or turn Name & password off for the TCP/IP port."},
		{CodeAuthTranslate, SevWarning, "SMTPTranslateAddresses together with SMTPVerifyAuthenticatedSender has every message of an authenticated user refused.",
			"Turn one of the two variables off."},
		{CodeDenyOverruled, SevWarning, "A Deny entry of the relay controls has no effect for what an Allow entry of the other pair names: Allow goes before Deny between hosts and destinations.",
			"Take the Allow entry out, or set SMTPRelayHostsandDomains=1, with which Deny wins."},
		{CodeAccessUnknown, SevWarning, "A server access list names somebody whom the directory does not have.",
			"Correct the name in the Server document, or take it out."},
		{CodeLockoutForever, SevWarning, "A lockout never ends by itself, so that anybody can lock users out by their names.",
			"Set an expiration in the field of the lockout, ILExpMinutes."},
		{CodeFilterNever, SevWarning, "A black- or whitelist filter is on, and no host is subject to relay enforcement, so that it is never asked.",
			"Set SMTPRlyCheck to External hosts or All connecting hosts, or turn the filter off."},
		{CodeFilterEmpty, SevWarning, "A filter is on and its list is empty.", "Fill the list, or turn the filter off."},
		{CodeFilterSite, SevWarning, "A site of a DNS list is no domain name and cannot be asked.", "Correct the name of the DNS list."},
	}
}

// The codes of certificates and TLS.
const (
	CodeCertBad         Code = "cert-unusable"
	CodeCertKey         Code = "cert-key"
	CodeCertExpired     Code = "cert-expired"
	CodeCertMissing     Code = "cert-missing"
	CodeCertSoon        Code = "cert-expires-soon"
	CodeCertEarly       Code = "cert-not-yet-valid"
	CodeCertName        Code = "cert-name"
	CodeCertPermissions Code = "cert-permissions"
	CodeCipherBad       Code = "cipher-bad"
	CodeCipherNone      Code = "cipher-none"
	CodeCipherMissing   Code = "cipher-unavailable"
	CodeCipherWeak      Code = "cipher-weak"
	CodeCipherIgnored   Code = "cipher-ignored"
	CodeCipherFixed     Code = "cipher-fixed"
	CodeTLSOld          Code = "tls-old"
)

func tlsCodes() []CodeInfo {
	return []CodeInfo{
		{CodeCertKey, SevError, "The private key does not belong to the certificate; TLS is off.",
			"Put the key that the certificate was made for into Domigo_TLSKey, in the order of Domigo_TLSCert."},
		{CodeCertBad, SevError, "A certificate or key file cannot be read; TLS is off.", "Name PEM files that exist and that the server may read."},
		{CodeCertExpired, SevError, "A certificate has expired; clients that look refuse it.", "Renew the certificate and put it in the file's place; it is read without a restart."},
		{CodeCipherBad, SevError, "A list of ciphers holds what is no code of two or four hexadecimal digits.", "Write the codes as 009C,C02F."},
		{CodeCipherNone, SevError, "The list of ciphers leaves none for TLS 1.2; only clients with TLS 1.3 can connect.", "Add a cipher that is available, such as C02F."},
		{CodeCertMissing, SevWarning, "TLS is asked for and there is no certificate, so that it is not offered.",
			"Name a PEM file in Domigo_TLSCert, or put one named like the key file, with .pem for .kyr, into the data directory."},
		{CodeCertSoon, SevWarning, "A certificate expires within two weeks, or is in the last third of a shorter life.", "Renew the certificate."},
		{CodeCertEarly, SevWarning, "A certificate is not valid yet.", "Check the clock of this machine, or wait with the certificate."},
		{CodeCertName, SevWarning, "No certificate is for the host name of the server; clients that look refuse it.",
			"Have the certificate made for the fully qualified Internet host name, too."},
		{CodeCertPermissions, SevWarning, "Others may read the file of a private key.", "Take the rights of others away: chmod o= and chgrp to the server's group."},
		{CodeCipherMissing, SevWarning, "A cipher of the list is not available here.", "Take it out; nothing is lost while others of the list remain."},
		{CodeCipherWeak, SevWarning, "A cipher of the list is not safe any more.", "Take it out unless an old client needs it."},
		{CodeCipherIgnored, SevWarning, "SSLCipherSpec does not count while Internet Sites are on.", "Set the ciphers in the Site document, and take SSLCipherSpec out."},
		{CodeTLSOld, SevWarning, "TLS before 1.2 is on.", "Take SSL_ENABLE_TLS_10 out unless an old client needs it."},
		{CodeCipherFixed, SevInfo, "A list of ciphers names one of TLS 1.3, which are always on.", NothingToDo},
	}
}

// The codes of ports and hosts.
const (
	CodePortConflict Code = "port-conflict"
	CodeListen       Code = "listen-address"
	CodeProxyName    Code = "proxy-entry"
	CodeRelaySelf    Code = "relay-self"
	CodeDNSUnknown   Code = "dns-unknown"
	CodeDNSNoAnswer  Code = "dns-no-answer"
	CodeDNSDomain    Code = "dns-domain"
	CodeDNSNotListed Code = "dns-list"
	CodeHostName     Code = "host-name"
	CodePending      Code = "pending"
	CodeServerSilent Code = "server-silent"
)

func hostCodes() []CodeInfo {
	return []CodeInfo{
		{CodePortConflict, SevError, "Two listeners are given one port; only the first is opened.", "Give each its own port."},
		{CodeListen, SevError, "An address to listen on cannot be told.", "Correct Domigo_Listen, SMTPNotesPort, or the line PORT_TCPIPAddress of notes.ini."},
		{CodeProxyName, SevError, "An entry of Domigo_ProxyFrom is no address in brackets, and counts for nobody.", "Write [address] or [network/length]."},
		{CodeRelaySelf, SevError, "Mail would be sent to this server itself, and come back until it has too many hops.", "Name the next host, not this one."},
		{CodeHostName, SevWarning, "The host name is not fully qualified; others may refuse a greeting or HELO with it.",
			"Give the Server document a fully qualified Internet host name."},
		{CodeDNSUnknown, SevWarning, "DNS does not know a host that a setting names.", "Correct the name, or have it entered in DNS."},
		{CodeDNSDomain, SevWarning, "DNS has neither mail exchanger nor address for a local Internet domain: nobody outside can send mail there.", "Enter an MX record, or take the domain out of the Global Domain document."},
		{CodeDNSNotListed, SevWarning, "A DNS list does not list the test address 127.0.0.2, as every list does that works (RFC 5782).", "Check the list's name and whether it still exists."},
		{CodeDNSNoAnswer, SevWarning, "DNS gave no answer for a name.", "Check the DNS servers, Domigo_DNS or the system's, and run check again."},
		{CodeServerSilent, SevWarning, "A server of the site has the console's socket and does not answer.", "Look at its process and at domigo.log."},
		{CodePending, SevInfo, "The running server still has another value than the files.", "Wait for the update, or restart what the finding names."},
	}
}

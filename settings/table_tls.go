package settings

// tlsRows: which versions and ciphers of TLS the listener speaks.
func tlsRows() []Row {
	return []Row{
		{Name: "SSL_ENABLE_TLS_10", Target: "TLS.Enable10", Type: Flag, Default: "0", Takes: TaskRestart, Status: Honoured,
			Doc: "1: the listener speaks TLS 1.0 and 1.1 beside 1.2 and 1.3."},
		{Name: "SSL_DISABLE_TLS_10", Target: "TLS.Disable10", Type: Flag, Default: "0", Takes: TaskRestart, Status: Honoured,
			Doc: "1: no TLS 1.0, whatever SSL_ENABLE_TLS_10 says."},
		{Name: "SSL_DISABLE_TLS_11", Target: "TLS.Disable11", Type: Flag, Default: "0", Takes: TaskRestart, Status: Honoured,
			Doc: "1: no TLS 1.1, whatever SSL_ENABLE_TLS_10 says."},
		{Name: "SSLCipherSpec", Target: "TLS.CipherSpec", Type: String, Takes: TaskRestart, Status: Honoured,
			Doc: "Cipher codes of two or four hexadecimal digits, for TLS 1.2 and before; counts when Internet Sites are off."},
		{Form: "Server", Item: "SSLCipherSupportedList", SiteItem: "SSLCipherList", Target: "TLS.CipherList", Type: WordList, Takes: TaskRestart, Status: Honoured,
			Doc: "TLS ciphers as codes of two or four hexadecimal digits, for TLS 1.2 and before; blank: Go's own choice."},
		{Name: "DISABLE_SSLV3", Type: Notes, Status: Harmless, Reason: "SSL 3.0 is never spoken", Doc: "Switches SSL 3.0 off."},
	}
}

// wireRows: variables of ours about connections, and the extensions that Domino
// does not have.
func wireRows() []Row {
	return []Row{
		{Name: "Domigo_ProxyFrom", Target: "Own.ProxyFrom", Type: HostList, Takes: Live, Status: Honoured,
			Doc: "Addresses, [address], of proxies whose connections begin with a PROXY header, which names the client."},
		{Name: "Domigo_MaxSessionsPerAddress", Target: "Own.MaxSessionsPerAddress", Type: Int, Default: "0", Shown: "no limit", Max: 1 << 20, Takes: Live, Status: Honoured,
			Doc: "Sessions of one client address at a time (IPv6: of one /64); more get a 421."},
		{Name: "Domigo_MaxConnectionsPerMinute", Target: "Own.MaxConnectionsPerMinute", Type: Int, Default: "0", Shown: "no limit", Max: 1 << 20, Takes: Live, Status: Honoured,
			Doc: "Connections that one client address (IPv6: one /64) may begin in a minute; more get a 421."},
		{Name: "Domigo_EnhancedStatusCodes", Target: "Own.EnhancedStatusCodes", Type: Flag, Default: "0", Takes: Live, Status: Honoured,
			Doc: "1: ENHANCEDSTATUSCODES is offered, and replies carry codes such as 5.1.1 (RFC 2034)."},
		{Name: "Domigo_Chunking", Target: "Own.Chunking", Type: Flag, Default: "0", Takes: Live, Status: Honoured,
			Doc: "1: CHUNKING is offered: messages may come by BDAT (RFC 3030)."},
		{Name: "Domigo_SMTPUTF8", Target: "Own.SMTPUTF8", Type: Flag, Default: "0", Takes: Live, Status: Honoured,
			Doc: "1: SMTPUTF8 is offered where 8BITMIME is: addresses may hold characters outside ASCII (RFC 6531)."},
		{Name: "Domigo_Metrics", Target: "Own.Metrics", Type: String, Takes: ServerStart, Status: Honoured, Shown: "off",
			Doc: "Address and port, address:port, at which Prometheus reads the statistics with GET /metrics."},
	}
}

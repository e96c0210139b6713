// Package load puts an SMTP server under load: it sends many messages, makes
// many connections, or holds many that do nothing, and measures the replies.
// It can keep a ledger of the messages that the server acknowledged, and
// compare the ledger with a Maildir. It is for measuring and for tests that
// kill the server meanwhile; it leaves the starting and killing of servers to
// its callers.
package load

// Package load sends many messages to an SMTP server, keeps a ledger of those
// that the server acknowledged, and compares the ledger with a Maildir. It is
// for measuring and for tests that kill the server meanwhile; it leaves the
// starting and killing of servers to its callers.
package load

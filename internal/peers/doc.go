// Package peers holds no code, only the end-to-end test of the Router against
// programs that others wrote: Domigo servers exchange mail with each other,
// with Postfix as next hop and as sender, and with Dovecot by LMTP; NSD is
// their DNS. What a single peer's replies do to a session is the business of
// the Router's own tests; here it is the programs as they are installed.
//
// The test starts every program itself, with configuration and state in one
// temporary folder and on loopback addresses only, ends it by its process id,
// and touches nothing of the system's own mail service. Postfix and Dovecot
// give their processes to other users, so they need root. Where a program or
// root is missing the test is skipped with the reason, except under
// DOMIGO_CI=1, where that is a failure. DOMIGO_BINARY names a domigo to test in
// place of one built from this tree.
package peers

// Package ldap is an LDAP directory (RFC 4511) as one of a site's directories: it
// answers the questions of directory.View about people and groups, and verifies
// passwords by a bind. It is a directory.Assistance.
//
// It asks with filters that take in everybody a look-up can mean, and gives what
// comes back as entries, which the look-up's own rules then judge: how the server
// folds case and blanks, and whom else it returns, decides nothing. Entries from
// outside of the base are dropped, as are values with control characters.
//
// Only the entry's own name gives rights, beside the full names of Domino's schema:
// other names may be the choice of whoever the entry is about. No two people share
// a mail file that was made of a short name. The values of an attribute have no
// order, and what is made of them does not depend on the server's.
//
// No question waits longer than Config.Timeout from its turn on, and nobody longer
// than his own context. While no server answers, questions fail at once with
// directory.ErrUnavailable, and one goroutine of the Client tries again in the
// background, less and less often. Every message from the net is bounded before it
// is decoded, and all that answer one request together. A panic below a question is
// no answer to that one, and a line with its stack in the log.
//
// Two things are left out on purpose: referrals are not chased (a server that has
// nothing but a referral is unavailable), and nothing is ever written to the
// directory.
//
// Which settings make a Config is the business of the server; what a person or
// group found means for a message, that of the listener and the Router.
package ldap

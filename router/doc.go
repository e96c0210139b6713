// Package router takes messages from the mail.box to their end, as the Domino
// Router does: it decides on each recipient, delivers to local mail files
// (Maildir or LMTP), transfers the rest by SMTP, tries again at growing
// intervals, and reports to the sender what could not be delivered.
//
// The decisions (package route) are functions without I/O, a session with a next
// hop is package outbound's, reports are worded by package report. Durable
// storage, leases and the order of work are the mail.box's business (package
// mailbox); the settings and the directory come in as views (package settings);
// names and addresses are looked up through the caller's Resolver. The Router
// never reads notes.ini and knows no listener.
//
// # Threads
//
// Routing, delivery and transfer have threads of their own. Mail that was tried
// before has half of the transfer threads at most, destinations take turns, and
// one that does not answer is put off with all mail that waits for it: what is
// down costs nobody else anything. A destination that kept a thread for more than
// two minutes is slow until it is quick once; slow ones have half of that half. The
// threads of those that turn out to be slow beyond it end when others need them,
// and the mail is tried again at its interval.
//
// A message that a destination objects to, even by ending the session, waits
// alone: only what comes before a transaction speaks against the destination.
//
// # What happens twice, and when
//
// A message is recorded as delivered or transferred after the fact. If the
// server dies between the two, the work is done once more after the restart.
// For a Maildir the file's name comes from the message's id, so the second
// delivery finds the file of the first in "new" and adds none; a copy that a
// reader has moved to "cur" meanwhile is delivered again. For SMTP and LMTP the
// window is the time between the next hop's reply to the final dot and the
// record, and a failure report may go out twice in the same way. A message to more
// than a hundred recipients of one next hop goes in several transactions, and is
// recorded when all are over, or after ten minutes.
//
// # What cannot be worked on
//
// A message at which the code panics is held with the reason, the stack goes to
// the log, and everything else goes on; so it is not met again at each start. How
// far its attempt had come is not known: released by an administrator, it goes to
// all recipients of that unit of work, to some perhaps once more. A panic below a
// question to LDAP is a directory that does not answer: the mail waits. One within
// the mail.box ends the process.
//
// # Limits
//
// The certificate of a next hop is not verified, and AUTH at a relay host goes
// over a connection in clear when the relay host offers no STARTTLS, as the
// documents ask for. There is no Notes routing: a person whose mail server is
// another one is reached by SMTP or not at all.
package router

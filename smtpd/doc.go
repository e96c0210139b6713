// Package smtpd is the SMTP listener: the dialogue with the clients of the
// ports 25, 465 and 587, up to the reply that makes this server responsible
// for a message.
//
// It speaks as a Domino server does: its greeting, its replies, its EHLO list,
// its limits and its console lines. What a client may do is decided by package
// policy from a settings snapshot; the listener fetches the facts that a
// decision asks for, keeps the state of the session, and streams content into
// the mail.box. It knows neither notes.ini nor documents, and where mail goes
// next is the router's business.
//
// The code has two layers. A session (session.go, mail.go, rcpt.go, message.go,
// login.go) holds the envelope and asks the decisions; it never touches the
// socket. A conn (conn.go and the files of the command families) holds the
// dialogue on one connection. Backend puts the same sessions behind the server
// of go-smtp; a Rehearsal runs one without a client.
//
// A reply (reply.go) carries from where it is made what is known of its reason:
// the enhanced status code and the setting that decided. The wire, the log, the
// Meter and a Rehearsal take it from there.
//
// A program that embeds the listener has to do what domigo serve does besides:
//
//   - stop when the report of settings.Open has reasons for it (Report.NoStart): Open
//     does not fail then, and a truncated export has lost lists that deny;
//   - refuse settings that are an open relay (policy.RefuseOpenRelay, as
//     settings.Options.Validate);
//   - carry out in its Mailbox what server mail rules decided, see Mailbox;
//   - give Config.TLS the certificate, by settings.Snapshot.TLSConfig, without which
//     the site's protocol versions and ciphers do not count;
//   - give Config.Lockout a table if the site locks passwords; without one nobody is
//     ever locked out.
package smtpd

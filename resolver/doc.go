// Package resolver asks DNS for the listener and the Router: the names of a
// client (PTR), the addresses of a host (Addrs), the answer of a DNS list (A),
// the mail exchangers of a domain (MX). It keeps answers as long as their TTL
// says.
//
// What matters most is why there is no answer, because mail is refused for the
// one reason and put off for the other:
//
//	errors.Is(err, ErrNXDomain)  the name does not exist; also ErrNotFound
//	errors.Is(err, ErrNotFound)  the name has no such record: a refusal is right
//	any other error              nobody knows: a temporary failure
//
// The packages smtpd and router take any resolver with the methods they need.
// One of a program's own (a fixed table, another library) keeps to the same
// rule: it returns ErrNotFound or ErrNXDomain, wrapped or not, for what is not
// there, and anything else, such as ErrServer, for a DNS that failed.
//
// An error names each server that was asked with what it said. Config.Notice is
// told when none of them answers any more, and when one does again (outage.go). One
// that gives no answer while others do is asked last for a while (aside.go).
//
// Left to the caller are what an answer means (a null MX, the codes of a list,
// whether the name that a client gives itself leads back to it) and how long a
// look-up may take in all: that is the context's. There is no DNSSEC validation,
// and names are never completed with a search list. The local hosts file is a
// table of its own; see [Hosts].
package resolver

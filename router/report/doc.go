// Package report writes delivery reports as Domino makes them: failure, delay,
// delivered and relayed, each a multipart/report (RFC 3462) with a text that a
// person reads, the fields of RFC 3464 for programs, and the original message or
// its header.
//
// A [Notice] is the report; [ReadOriginal] takes from the original message what
// a report returns, in bounded memory. Nothing that comes from outside, be it an
// address, the words of another server or the original, can add a field or a
// part to a report.
//
// Whom to report to, when, about which recipients and in which language is the
// caller's business, as is the mail.box that the report goes into. The envelope
// of a report has the null reverse path (RFC 3464, 2); [Notice.EightBit] and
// [Notice.NeedsUTF8] say what else belongs into it.
package report

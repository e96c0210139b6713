// Package sevenbit turns a message with 8-bit content into one with 7-bit
// content, for a next hop that does not offer 8BITMIME (RFC 6152, 3) and for
// a Configuration document whose outbound field "8 bit MIME extension" is
// Disabled.
//
// A message is read twice, by the same walk over its MIME structure. [Scan]
// decides, [Plan.Convert] writes. One reading could not do it: an encoding
// stands in the header, before the content that needs it, and content may be
// of any length. It also makes a refusal known before the first command of the
// transfer, not in the middle of DATA. Memory is bounded: some buffers, and 20
// octets for each part (at most 65,536 parts), whatever a header or a line
// measures.
//
// # What is converted
//
// A message without 8-bit octets in a body comes out octet for octet, and so
// does every part without them, apart from the label described below. In a
// message that has some:
//
//   - A leaf part with 8-bit octets whose Content-Transfer-Encoding is 7bit,
//     8bit, binary, absent, or a word that RFC 2045 does not know: text/* and
//     message/* become quoted-printable, or base64 where that is shorter (more
//     than a third of the octets are 8-bit); all other types become base64.
//   - A leaf labelled quoted-printable keeps that; its raw 8-bit octets become
//     =XX. One labelled base64 has its 8-bit octets replaced by "?": a decoder
//     ignores both (RFC 2045, 6.8), so the decoded content stays.
//   - multipart/* and message/rfc822 are walked, a label 8bit or binary of
//     theirs becomes 7bit. So does that of a leaf without 8-bit octets; if it
//     has what 7bit excludes (RFC 2045, 2.7: NUL, bare CR or LF, lines over 998
//     octets) it is encoded instead.
//   - 8-bit octets before the first and behind the last boundary of a
//     multipart become "?": they are not content (RFC 2046, 5.1.1), and have no
//     place for an encoding.
//   - message/global and its kin (RFC 6532, 6533) are leaves: their definition
//     permits any encoding.
//   - An encoded part without Content-Type gets "text/plain;
//     charset=unknown-8bit" (RFC 1428), and a message without MIME-Version gets
//     that field. An existing Content-Type is never changed, with or without a
//     charset. New fields stand at the end of a header; Content-Transfer-Encoding
//     is replaced where it stands, and further fields of that name, which
//     another reader might obey, are left out. All other fields keep their octets
//     and order.
//
// # What is left
//
// Header fields, those of parts and of nested messages included, keep their
// octets, 8-bit ones too: which words of a structured field may be encoded is
// not known without its grammar.
//
// # What is refused
//
// An [Error] says that a message cannot be converted; the reply or report code
// is 5.6.3 ("conversion required but not supported", RFC 3463, 3.7).
//
//   - A signed part: the first part of a multipart/signed has 8-bit octets. The
//     signature covers that part with its header, so an encoding breaks it, and
//     the recipient would be told of a forgery; RFC 1847, 2.1 has the signer use
//     7-bit data. [Options].BreakSignatures converts all the same, as sendmail and
//     Postfix do. The part with the signature is converted like any other; so are
//     multipart/encrypted, application/pkcs7-mime and text signed in line, since what
//     was encrypted or signed there is the decoded content. DKIM signatures are not
//     looked at: RFC 6376, 5.3 tells signers to expect this conversion.
//   - A fragment: message/partial and message/external-body must be 7-bit
//     (RFC 2046, 5.2.2.1 and 5.2.3), and have no place for an encoding.
//   - Too complex: 8-bit octets more than 20 levels deep, or a message with more
//     than 65,536 parts.
//
// # Malformed messages
//
// When in doubt the rest is a leaf, so that no content is lost: a multipart
// without a usable boundary, or whose boundary never comes. A header ends at an
// empty line, at a boundary, or before a line that is no header field; in the
// last case an empty line is put in if the part is encoded. Parts behind a closing
// boundary are parts. A boundary line is exactly that, blanks behind it left out; an inner
// multipart's boundary wins over an equal one of an outer. Where a field comes twice the
// first counts.
//
// A line ends with CR LF and with nothing else. For such input the output has no
// bare CR or LF, and no line over 998 octets that was not there before.
package sevenbit

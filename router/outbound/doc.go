// Package outbound holds one session of SMTP or LMTP with a next hop: Connect
// leads it through the greeting, EHLO, STARTTLS and AUTH, and each Send is a
// message with a Result for every recipient, in one mail transaction or in as many
// as its recipients need. The dialogue behind EHLO is that of go-smtp's client;
// what it lacks is done here, on the connection that it is given: deadlines and
// bounds for each reply, the extensions that the configuration turns off,
// pipelining of the envelope, the trace.
//
// A next hop is not trusted. Whatever it says or leaves unsaid, Connect and Send
// come back within Limits, with memory that does not depend on it, and the
// content counts as taken only after a reply that says so.
//
// Left to the caller: which hosts and addresses to try and in which order, how
// long a session may stand idle and who may use it again, retries, reports, and
// the conversion of 8-bit content, which comes as a function.
package outbound

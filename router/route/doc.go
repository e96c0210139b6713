// Package route decides where a message goes: for one recipient, which mail file,
// which next hop or which failure ("Routing decision"), for one next hop, which
// hosts, and for one priority, when. Everything here is a function of the
// settings, the directory and the facts that the caller hands in; nothing waits,
// and nothing is kept.
//
// With a [Trail] a decision tells what it looked at, each control by the name it
// has in the form. Without one it pays nothing for that.
//
// DNS, connections, the mail.box and the reports belong to the caller. So do the
// checks on addresses at connect: only names are known here.
package route

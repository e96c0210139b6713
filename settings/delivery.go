package settings

import (
	"path/filepath"
	"strings"
)

// Delivery is where local mail goes, as Domigo_Delivery says. One of the two is
// filled in.
type Delivery struct {
	Maildir string // folder of the Maildirs, with slashes; below the state folder unless absolute
	LMTP    string // LMTP server: host:port or unix:PATH
}

// LocalDelivery reads Domigo_Delivery: "maildir:DIR", "lmtp:host:port" or
// "lmtp:unix:PATH", the words in letters of either case; blank is maildir:mail.
// ok is false for anything else: then no local mail can be delivered.
func (o *Own) LocalDelivery() (d Delivery, ok bool) {
	if o.Delivery == "" {
		return Delivery{Maildir: "mail"}, true
	}
	kind, where, _ := strings.Cut(o.Delivery, ":")
	switch {
	case where == "":
		return Delivery{}, false
	case strings.EqualFold(kind, "maildir"):
		return Delivery{Maildir: where}, true
	case strings.EqualFold(kind, "lmtp"):
		return Delivery{LMTP: where}, true
	}
	return Delivery{}, false
}

// Folder gives the folder of the Maildirs as the operating system writes it, in
// the state folder unless it is absolute; "" with LMTP.
func (d Delivery) Folder(state string) string {
	dir := filepath.FromSlash(d.Maildir)
	if dir == "" || filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(state, dir)
}

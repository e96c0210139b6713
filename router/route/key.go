package route

import (
	"net"
	"strconv"
	"strings"
)

// Keys of work in the mail.box. A key names the next hop; "" is the work of
// routing itself.
const (
	// LocalDelivery is the key of delivery to mail files of this server, as
	// "tell router show queues" prints it.
	LocalDelivery = "[LocalDelivery]"

	RelayPrefix   = "relay:"   // relay:HOST:PORT
	SmartPrefix   = "smart:"   // smart:HOST:PORT
	ForeignPrefix = "foreign:" // foreign:HOST:PORT, by a Foreign SMTP Domain document
	ServerPrefix  = "server:"  // server:HOST:PORT, the home server of recipients
	MXPrefix      = "mx:"      // mx:DOMAIN, or mx:[ADDRESS]

	// Work that is set apart from a unit whose other recipients go on: a number
	// and the former key follow.
	DeadPrefix = "dead:"
	HeldPrefix = "held:"
	// ReportPrefix: the administrator gave the recipients up. The failure report
	// on them goes to the sender, with the unit's last error as the reason.
	ReportPrefix = "report:"
	// EditedPrefix: recipients that were corrected, or are routed anew, where the
	// key is taken that they would have, or is to stay free for others.
	EditedPrefix = "edited:"
)

// MostApart bounds the number in a key of work set apart. A message has no more
// units than it had recipients, with what groups add.
const MostApart = 100_000

// ApartKey gives the key of work that is set apart from a unit: one of the
// prefixes, a number that makes it the message's only one, and the key that the
// unit had before any.
func ApartKey(prefix string, n int, key string) string {
	return prefix + strconv.Itoa(n) + ":" + BaseKey(key)
}

// CutApart takes the prefix and the number off the key of work set apart.
func CutApart(key string) (prefix, rest string, ok bool) {
	for _, prefix := range [...]string{DeadPrefix, HeldPrefix, ReportPrefix, EditedPrefix} {
		if tail, found := strings.CutPrefix(key, prefix); found {
			if number, rest, ok := strings.Cut(tail, ":"); ok && strings.Trim(number, "0123456789") == "" {
				return prefix, rest, true
			}
		}
	}
	return "", key, false
}

// BaseKey gives the key that work had before it was set apart.
func BaseKey(key string) string {
	for {
		_, rest, ok := CutApart(key)
		if !ok {
			return key
		}
		key = rest
	}
}

// hostPrefixes are the prefixes of keys that end in HOST:PORT.
func hostPrefixes() [4]string {
	return [...]string{RelayPrefix, SmartPrefix, ForeignPrefix, ServerPrefix}
}

// hostKey makes the key of a next hop that a field names: a host, an [address],
// either with a port of its own behind a colon.
func hostKey(prefix, host string, port int) string {
	host, own := splitHost(host, port)
	return prefix + net.JoinHostPort(host, own)
}

// splitHost takes the text of a field apart. The port stays text: a bad one
// shows when the hosts are asked for.
func splitHost(host string, port int) (name, own string) {
	host, own = strings.ToLower(strings.TrimSpace(host)), strconv.Itoa(port)
	if h, p, err := net.SplitHostPort(host); err == nil && p != "" {
		host, own = h, p
	}
	return strings.TrimPrefix(strings.Trim(host, "[]"), "ipv6:"), own
}

// IsTransfer reports whether a key is that of a transfer by SMTP.
func IsTransfer(key string) bool {
	if strings.HasPrefix(key, MXPrefix) {
		return true
	}
	_, ok := cutHostKey(key)
	return ok
}

// IsRouting reports whether work with a key is decided on anew: "" and the work
// that was set apart.
func IsRouting(key string) bool { return key != LocalDelivery && !IsTransfer(key) }

// IsRelay reports whether a key is the relay host's, where the fields on
// authentication count.
func IsRelay(key string) bool { return strings.HasPrefix(key, RelayPrefix) }

// Destination gives what a key is called on the console.
func Destination(key string) string {
	key = BaseKey(key)
	if domain, ok := strings.CutPrefix(key, MXPrefix); ok {
		return strings.ToUpper(domain)
	}
	hostPort, ok := cutHostKey(key)
	if !ok {
		return key
	}
	if host, _, err := net.SplitHostPort(hostPort); err == nil {
		hostPort = host
	}
	return strings.ToUpper(hostPort)
}

// KeysOf gives every key that a server, host or domain can have, for the console
// command "route".
func KeysOf(server string, port int) []string {
	keys := []string{MXPrefix + strings.ToLower(strings.TrimSpace(server))}
	for _, prefix := range hostPrefixes() {
		keys = append(keys, hostKey(prefix, server, port))
	}
	return keys
}

// cutHostKey gives HOST:PORT of a key that has one.
func cutHostKey(key string) (hostPort string, ok bool) {
	for _, prefix := range hostPrefixes() {
		if rest, ok := strings.CutPrefix(key, prefix); ok {
			return rest, true
		}
	}
	return "", false
}

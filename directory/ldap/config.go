package ldap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-ldap/ldap/v3"
	"github.com/rs/zerolog"

	"domigo/directory"
)

// Config is what a Client works with. Servers and Base are needed; the rest has
// defaults.
type Config struct {
	// Servers are URLs of one directory's servers, ldap://HOST[:PORT] or
	// ldaps://HOST[:PORT], in the order in which they are tried.
	Servers []string
	Base    string // distinguished name of the entry that all others are below
	// BindDN and Password are the account that asks; both "" is nobody's
	// (RFC 4513, 5.1.1). A name without a password is an error.
	BindDN, Password string
	StartTLS         bool        // of ldap://: nothing is said before TLS (RFC 4511, 4.14)
	TLS              *tls.Config // nil is the system's; the server's name is always that of its URL

	Schema Schema
	People string // filter of people; "" is the schema's
	Groups string // filter of groups; "" is the schema's
	// MailFile is the mail file of people whose entry names none and who are not
	// forwarded: %s is the first short name. Who would share it with another entry
	// gets none. Default "mail/%s"; the schema Domino makes none.
	MailFile string

	Place directory.Place

	Timeout     time.Duration // for one question, connecting included; default 5 s
	Connections int           // at one time, for questions; as many again for passwords; default 4
	// TTL is how long an answer is kept, and that a password was right; 0 keeps
	// none. That somebody was not found is kept a quarter of it.
	TTL time.Duration

	Dial func(ctx context.Context, network, address string) (net.Conn, error) // nil is the system's
	Now  func() time.Time                                                     // nil is time.Now
	// Notice is told when the directory stops answering (the cause) and when it
	// answers again (nil); nil: nobody is. It must not call the Client.
	Notice func(err error)
	Log    zerolog.Logger
}

// server is one of Config.Servers.
type server struct {
	url     string
	address string // host:port
	host    string
	tls     bool // from the start
}

// parseServer reads a URL.
func parseServer(text string) (server, error) {
	u, err := url.Parse(text)
	if err != nil {
		return server{}, fmt.Errorf("%q is no URL", text)
	}
	s := server{url: text, host: u.Hostname(), tls: strings.EqualFold(u.Scheme, "ldaps")}
	port := u.Port()
	switch {
	case !s.tls && !strings.EqualFold(u.Scheme, "ldap"):
		return server{}, fmt.Errorf("%q is neither ldap://HOST nor ldaps://HOST", text)
	case s.host == "":
		return server{}, fmt.Errorf("%q names no host", text)
	case u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return server{}, fmt.Errorf("%q: behind the host and the port nothing may stand", text)
	case port == "" && s.tls:
		port = ldap.DefaultLdapsPort
	case port == "":
		port = ldap.DefaultLdapPort
	}
	s.address = net.JoinHostPort(s.host, port)
	return s, nil
}

// check gives what is wrong with a configuration, all of it; nil if nothing is.
func (c *Config) check() error {
	var errs []error
	if len(c.Servers) == 0 {
		errs = append(errs, errors.New("no server"))
	}
	for _, text := range c.Servers {
		if _, err := parseServer(text); err != nil {
			errs = append(errs, err)
		}
	}
	if base, err := ldap.ParseDN(c.Base); err != nil || len(base.RDNs) == 0 {
		errs = append(errs, fmt.Errorf("the base %q is no distinguished name", c.Base))
	}
	if c.BindDN != "" && c.Password == "" {
		errs = append(errs, errors.New("the account that asks has no password"))
	}
	for _, filter := range []string{c.People, c.Groups} {
		if err := CheckFilter(filter); err != nil {
			errs = append(errs, err)
		}
	}
	if c.MailFile != "" && !strings.Contains(c.MailFile, "%s") {
		errs = append(errs, fmt.Errorf("the mail file %q has no %%s for the short name: everybody would have one and the same", c.MailFile))
	}
	if c.Schema > AD {
		errs = append(errs, fmt.Errorf("schema %d is unknown", c.Schema))
	}
	return errors.Join(errs...)
}

// CheckFilter gives what is wrong with a filter for Config.People or Config.Groups
// (RFC 4515); "" is none, and right.
func CheckFilter(filter string) error {
	if filter == "" {
		return nil
	}
	if _, err := ldap.CompileFilter(filter); err != nil {
		return fmt.Errorf("%q is no filter: %w", filter, err)
	}
	return nil
}

package smtpd

import (
	"strconv"
	"strings"

	"domigo/settings"
)

// offer is what the last EHLO promised; it holds until the next.
type offer struct {
	settings.Extensions
	auth     bool
	startTLS bool
	chunking bool
	enhanced bool
	utf8     bool
}

// offering gives what EHLO would promise now.
func (c *conn) offering() *offer {
	s := c.session
	return &offer{
		Extensions: s.view.Extensions,
		auth:       s.mayAuthenticate(),
		startTLS:   !c.tls && s.view.SMTP.STARTTLS != settings.STARTTLSDisabled && c.srv.cfg.TLS() != nil,
		chunking:   s.view.Own.Chunking,
		enhanced:   s.view.Own.EnhancedStatusCodes,
		utf8:       s.view.Own.SMTPUTF8 && s.view.Extensions.EightBit, // RFC 6531, 3.1: only beside 8BITMIME
	}
}

// offered gives what was promised, and before an EHLO, what would be.
func (c *conn) offered() *offer {
	if c.offer != nil {
		return c.offer
	}
	return c.offering()
}

func (c *conn) extensions() *settings.Extensions {
	if c.offer != nil {
		return &c.offer.Extensions
	}
	return &c.view().Extensions
}

// heloCommand answers HELO. After it the extensions are what the settings say
// at the time.
func (c *conn) heloCommand(arg string) reply {
	if arg == "" {
		return replySyntax
	}
	c.session.hello(arg, false)
	c.offer = nil
	return reply{code: 250, text: c.hello(arg)}
}

// ehloCommand answers EHLO with the extensions that are on.
func (c *conn) ehloCommand(arg string) reply {
	if arg == "" {
		return replySyntax
	}
	c.session.hello(arg, true)
	c.offer = c.offering()
	return reply{code: 250, text: c.hello(arg), more: c.keywords(), hello: true}
}

// hello repeats the argument as typed.
func (c *conn) hello(arg string) string {
	return c.view().Identity.HostName + " Hello " + arg + " ([" + c.session.client.IP.String() + "]), pleased to meet you"
}

// keywords are the lines of EHLO, in their fixed order.
func (c *conn) keywords() []string {
	o := c.offer
	var list []string
	add := func(on bool, keyword string) {
		if on {
			list = append(list, keyword)
		}
	}
	add(o.Help, "HELP")
	if o.auth {
		add(true, "AUTH "+strings.Join(c.session.mechanisms(), " "))
	}
	add(o.startTLS, "STARTTLS")
	add(o.Etrn, "ETRN")
	add(o.DSN, "DSN")
	add(o.EightBit, "8BITMIME")
	if max := c.view().SMTP.MaxMessageSize; max > 0 {
		add(o.Size, "SIZE "+strconv.FormatInt(max, 10))
	} else {
		add(o.Size, "SIZE")
	}
	add(o.Pipelining, "PIPELINING")
	add(o.enhanced, "ENHANCEDSTATUSCODES")
	add(o.chunking, "CHUNKING")
	add(o.utf8, "SMTPUTF8")
	return list
}

// helpCommand lists the commands that are on.
func (c *conn) helpCommand() reply {
	ext := c.view().Extensions
	if !ext.Help {
		return replyDisabled
	}
	verbs := []string{"HELO", "EHLO", "MAIL", "RCPT", "DATA", "RSET", "NOOP", "QUIT", "HELP", "SOML", "SAML"}
	if ext.Vrfy {
		verbs = append(verbs, "VRFY")
	}
	if ext.Expn {
		verbs = append(verbs, "EXPN")
	}
	if ext.Etrn {
		verbs = append(verbs, "ETRN")
	}
	o := c.offered()
	if o.chunking {
		verbs = append(verbs, "BDAT")
	}
	if o.auth {
		verbs = append(verbs, "AUTH")
	}
	if o.startTLS {
		verbs = append(verbs, "STARTTLS")
	}
	return reply{code: 214, text: "Enter one of the following commands",
		more: []string{strings.Join(verbs, " "), "End of HELP"}}
}

// stateOf names a command for Sessions; what is none shows as "?".
func stateOf(verb string) string {
	switch verb {
	case "HELO", "EHLO", "MAIL", "SOML", "SAML", "RCPT", "DATA", "RSET", "NOOP", "QUIT",
		"HELP", "VRFY", "EXPN", "ETRN", "TURN", "AUTH", "STARTTLS", "BDAT":
		return verb
	}
	return "?"
}

// unprintable reports whether a command holds a control character other than a
// tab: no argument of any command may.
func unprintable(arg string) bool {
	for i := 0; i < len(arg); i++ {
		if arg[i] < ' ' && arg[i] != '\t' || arg[i] == 0x7f {
			return true
		}
	}
	return false
}

// quit is the reply to QUIT.
func (c *conn) quit() reply {
	return reply{code: 221, text: c.view().Identity.HostName + " SMTP Service closing transmission channel", end: true}
}

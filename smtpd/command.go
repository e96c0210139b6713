package smtpd

import "context"

// command carries out one command and gives its one reply. The zero reply
// means that the dialogue is over without one.
func (c *conn) command(ctx context.Context, verb, arg string) reply {
	chunk := verb == "BDAT" && c.offered().chunking
	switch {
	case unprintable(arg) && chunk:
		return replySyntax.closing()
	case unprintable(arg):
		return replySyntax
	case chunk:
		return c.bdatCommand(ctx, arg)
	}
	switch verb {
	case "MAIL", "SOML", "SAML":
		return c.mailCommand(ctx, arg)
	case "RCPT":
		return c.rcptCommand(ctx, arg)
	case "HELO":
		return c.heloCommand(arg)
	case "EHLO":
		return c.ehloCommand(arg)
	case "AUTH":
		return c.authCommand(ctx, arg)
	case "NOOP":
		return replyOK
	case "HELP":
		return c.helpCommand()
	case "VRFY":
		name, utf8 := c.cutUTF8(arg)
		return c.session.vrfy(ctx, name, utf8)
	case "EXPN":
		name, utf8 := c.cutUTF8(arg)
		return c.session.expn(ctx, name, utf8)
	case "TURN":
		return replyNotImplemented
	case "ETRN":
		return c.etrnCommand(ctx, arg)
	case "DATA", "RSET", "QUIT", "STARTTLS":
		return c.bare(ctx, verb, arg)
	}
	return replyNotRecognized
}

// bare carries out the commands that take no argument (RFC 5321, 4.1.1;
// RFC 3207, 4).
func (c *conn) bare(ctx context.Context, verb, arg string) reply {
	if arg != "" {
		return replySyntax
	}
	switch verb {
	case "DATA":
		return c.dataCommand(ctx)
	case "RSET":
		c.session.declined = declined{}
		c.session.reset()
		return replyReset
	case "STARTTLS":
		return c.startTLSCommand(ctx)
	}
	return c.quit()
}

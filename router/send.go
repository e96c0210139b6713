package router

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"domigo/settings"
)

// errAddress: an address cannot be said in a command.
var errAddress = errors.New("address not allowed in SMTP")

// send runs one mail transaction: MAIL, RCPT for each address once, DATA. The
// outcomes are those of j.Recipients, which addresses belong to.
func (r *Router) send(ctx context.Context, ses *session, j *job, addresses []string) []outcome {
	if !sayable(j.Envelope.Sender, j.Envelope.UTF8) {
		return all(j, r.verdict(ctx, ses.name, errAddress))
	}
	if err := ses.client.Mail(j.Envelope.Sender, fromOf(&j.Envelope)); err != nil {
		ses.note(err)
		return all(j, r.verdict(ctx, ses.name, err))
	}
	answer := make(map[string]outcome, len(addresses))
	var taken []string
	for i, address := range addresses {
		if _, said := answer[address]; said {
			continue
		}
		if !sayable(address, j.Envelope.UTF8) {
			answer[address] = r.verdict(ctx, ses.name, errAddress)
			continue
		}
		if err := ses.client.Rcpt(address, rcptOf(j.Recipients[i], j.Envelope.UTF8)); err != nil {
			ses.note(err)
			if ses.broken {
				return all(j, r.verdict(ctx, ses.name, err))
			}
			answer[address] = r.verdict(ctx, ses.name, err)
			continue
		}
		answer[address] = outcome{result: done}
		taken = append(taken, address)
	}
	if len(taken) > 0 {
		r.data(ctx, ses, j, taken, answer)
	}
	outs := make([]outcome, len(addresses))
	for i, address := range addresses {
		outs[i] = answer[address]
		outs[i].target = j.Recipients[i]
	}
	return outs
}

// data sends the content and puts what came of it into answer.
func (r *Router) data(ctx context.Context, ses *session, j *job, taken []string, answer map[string]outcome) {
	same := func(o outcome) {
		for _, address := range taken {
			answer[address] = o
		}
	}
	body, err := r.c.Store.Body(ctx, j.Message)
	if err != nil {
		same(outcome{result: deferred, reason: bounded(err.Error()), status: "4.3.0"})
		return
	}
	defer body.Close()
	cmd, err := ses.client.Data()
	if err != nil {
		ses.note(err)
		same(r.verdict(ctx, ses.name, err))
		return
	}
	if _, err := io.Copy(&lineEnds{w: cmd}, body); err != nil {
		// Without the final dot nothing is sent; closing takes care of that.
		err = fmt.Errorf("send content: %w", err)
		ses.note(err)
		same(r.verdict(ctx, ses.name, err))
		return
	}
	if ses.lmtp {
		for address, o := range r.lmtpReplies(ctx, ses, cmd, taken) {
			answer[address] = o
		}
		return
	}
	if _, err := cmd.CloseWithResponse(); err != nil {
		ses.note(err)
		same(r.verdict(ctx, ses.name, err))
	}
}

// lineEnds turns a CR without LF into CR LF. The client does so for an LF
// without CR, and stuffs dots behind LF; together no line end goes out that
// another server could see differently. The mail.box holds none from the
// listener; this guards what came by another way.
type lineEnds struct {
	w  io.Writer
	cr bool // the last octet was a CR that is written
}

// Write writes all of b or gives an error.
func (l *lineEnds) Write(b []byte) (int, error) {
	total := len(b)
	for len(b) > 0 {
		if l.cr && b[0] != '\n' {
			if _, err := io.WriteString(l.w, "\n"); err != nil {
				return 0, err
			}
		}
		l.cr = false
		end := len(b)
		if i := bytes.IndexByte(b, '\r'); i >= 0 {
			end, l.cr = i+1, true
		}
		if _, err := l.w.Write(b[:end]); err != nil {
			return 0, err
		}
		b = b[end:]
	}
	return total, nil
}

// authenticate logs in at the relay host by the field "Use authentication when
// sending messages to the relay host". Enabled: without AUTH the mail goes on,
// if need be over a new connection, and then the session's client is nil.
func (r *Router) authenticate(ses *session, j *job) error {
	mode := j.s.Router.RelayAuth
	if mode == settings.RelayAuthDisabled || !isRelay(j.Key) {
		return nil
	}
	var mechanism sasl.Client
	switch {
	case ses.client.SupportsAuth(sasl.Plain):
		mechanism = sasl.NewPlainClient("", j.s.Router.RelayUser, j.s.Router.RelayPassword)
	case ses.client.SupportsAuth(sasl.Login):
		mechanism = &login{user: j.s.Router.RelayUser, password: j.s.Router.RelayPassword}
	case mode == settings.RelayAuthRequired:
		return errors.New("the relay host offers no authentication")
	default:
		return nil
	}
	err := ses.client.Auth(mechanism)
	if err == nil {
		return nil
	}
	r.c.Log.Warn().Err(err).Str("host", ses.name).Msg("authentication at the relay host failed")
	if mode == settings.RelayAuthRequired {
		// Not wrapped: a wrong password is the administrator's to mend, not a
		// refusal of the message.
		return errors.New("authentication at the relay host failed: " + err.Error())
	}
	ses.close()
	ses.client = nil
	return nil
}

// login is the client of AUTH LOGIN without an initial response, which every
// server of it takes. The prompts' wording is free, so only their order counts.
type login struct {
	user, password string
	asked          int
}

// Start names the mechanism.
func (l *login) Start() (string, []byte, error) { return sasl.Login, nil, nil }

// Next answers the first prompt with the user's name and the second with the
// password.
func (l *login) Next([]byte) ([]byte, error) {
	l.asked++
	switch l.asked {
	case 1:
		return []byte(l.user), nil
	case 2:
		return []byte(l.password), nil
	}
	return nil, smtp.ErrAuthFailed
}

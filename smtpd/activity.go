package smtpd

import "time"

// activity is what the record of a session counts, beside the octets of its
// connection.
type activity struct {
	recipients int // of the messages taken
	refusals   int // replies of 4xx and 5xx
}

// closeRecord is the event type of the one record that a session has (Domino C
// API, activity logging: 1 open, 2 checkpoint, 4 close; the help topic "Notes
// session activity logging": a close record has all of the session).
const closeRecord = 4

// record writes Domino's activity record of the session, Domino.SMTP.Session, as
// one line of the log; below its fields are ours.
func (c *conn) record() {
	s := c.session
	e := s.log.Info()
	if !e.Enabled() {
		return
	}
	id := &s.view.Identity
	e = e.Str("activity", "Domino.SMTP.Session").
		Str("OrgName", id.Organization()).Str("ServerName", id.ServerName).Str("SessionId", s.id).
		Int("EventType", closeRecord).Stringer("RemoteIP", s.client.IP).
		Int64("BytesFromServer", c.link.out.Load()).Int64("BytesToServer", c.link.in.Load()).
		Int("MessageCount", s.messages).Int("RecipientCount", s.activity.recipients).
		Int64("TotalOpenTime", int64(c.srv.cfg.Now().Sub(c.since)/(10*time.Millisecond))).
		Stringer("port", c.kind).Int("refusals", s.activity.refusals)
	s.logClient(e).Msg("disconnected")
}

package trace

import (
	"slices"
	"strings"
	"time"
)

// Story is the life of one message.
type Story struct {
	ID        string    `json:"id"`
	MessageID string    `json:"message_id,omitempty"`
	Sender    string    `json:"sender"`
	Received  time.Time `json:"received,omitzero"`
	Size      int64     `json:"size,omitempty"`

	Client string `json:"client,omitempty"` // address of the connecting host
	Name   string `json:"name,omitempty"`   // its name in reverse DNS
	Helo   string `json:"helo,omitempty"`
	Port   string `json:"port,omitempty"`
	TLS    string `json:"tls,omitempty"`
	User   string `json:"user,omitempty"` // who had logged in

	Session    string   `json:"session,omitempty"`
	Recipients []string `json:"recipients"`
	Steps      []Step   `json:"steps"`
	Left       int      `json:"steps_left_out,omitempty"`
	Reports    []*Story `json:"reports,omitempty"`   // on it
	Of         string   `json:"report_on,omitempty"` // it is a report on this message
	Waiting    []Unit   `json:"waiting"`             // in the mail.box now
	Result     Result   `json:"result"`

	gap     int               // where steps were left out
	ends    map[string]string // of a recipient in lower case: what became of it
	at      map[string]string // the next hop that it waits for
	deleted int               // recipients that were deleted, beyond those that the log names
}

// Result counts what became of the recipients, after routing.
type Result struct {
	Delivered   int `json:"delivered"`
	Transferred int `json:"transferred"`
	Failed      int `json:"failed"`
	Deleted     int `json:"deleted"` // by an administrator, or as dead mail
}

// Step is one event of a story. What is not known of it, or has no meaning for
// it, is empty.
type Step struct {
	Time       time.Time `json:"time"`
	What       string    `json:"what"` // the words of the log: "routed", "delivered"
	Recipients []string  `json:"recipients,omitempty"`
	For        []string  `json:"for,omitempty"`       // what they were accepted for, if that is another
	Hop        string    `json:"next_hop,omitempty"`  // key of the work in the mail.box
	Host       string    `json:"host,omitempty"`      // that was tried, or that answered
	Reply      string    `json:"reply,omitempty"`     // its answer
	MailFile   string    `json:"mail_file,omitempty"` // that has the message
	Status     string    `json:"status,omitempty"`    // enhanced status code
	Reason     string    `json:"reason,omitempty"`
	Attempts   int       `json:"attempts,omitempty"`
	Due        time.Time `json:"due,omitzero"`
	Report     string    `json:"report,omitempty"` // id of the report
	Kind       string    `json:"kind,omitempty"`   // of the report; of queue changes the verb
	To         string    `json:"to,omitempty"`     // who got the report; of a corrected recipient the new address
	State      string    `json:"state,omitempty"`
	Who        string    `json:"who,omitempty"` // the administrator
}

// Unit is work that waits in the mail.box, as "domigo queue list -json" tells it.
type Unit struct {
	ID          string      `json:"id"`
	Key         string      `json:"key"`
	MessageID   string      `json:"message_id,omitempty"`
	Destination string      `json:"destination"`
	State       string      `json:"state"` // pending, held, dead
	Busy        bool        `json:"busy,omitempty"`
	Received    time.Time   `json:"received"`
	Size        int64       `json:"size"`
	Sender      string      `json:"sender"`
	Recipients  []Recipient `json:"recipients"`
	Attempts    int         `json:"attempts"`
	Next        time.Time   `json:"next_try,omitzero"`
	Since       time.Time   `json:"since,omitzero"`
	LastError   string      `json:"last_error,omitempty"`
	Delayed     bool        `json:"delayed,omitempty"`
}

// Recipient is one of a unit.
type Recipient struct {
	Address  string `json:"address"` // as it was accepted
	To       string `json:"to"`      // where it goes now
	MailFile string `json:"mail_file,omitempty"`
}

// Waits takes in what waits in the mail.box of the messages that were found.
func (r *Report) Waits(units []Unit) {
	for _, u := range units {
		s := r.byID[u.ID]
		if s == nil {
			continue
		}
		s.Waiting = append(s.Waiting, u)
		if s.MessageID == "" {
			s.MessageID = u.MessageID
		}
		if s.Received.IsZero() {
			s.Sender, s.Received, s.Size = u.Sender, u.Received, u.Size
		}
		for _, t := range u.Recipients {
			if len(s.Steps) == 0 && !slices.Contains(s.Recipients, t.Address) {
				s.Recipients = append(s.Recipients, t.Address)
			}
		}
	}
}

func (s *Story) begin() time.Time {
	if s.Received.IsZero() && len(s.Steps) > 0 {
		return s.Steps[0].Time
	}
	return s.Received
}

// reportOn notes that one message is a report on another; one of the two is
// known, and a report of a known one is told of with it.
func (r *Report) reportOn(e *event, report, on *Story) {
	if report == nil {
		report = &Story{ID: e.Report}
		r.byID[e.Report] = report
	}
	if report.Of == "" {
		report.Of, report.Received = e.Mail, e.Time
		report.Recipients = append(report.Recipients, e.Sender)
		if on != nil {
			on.Reports = append(on.Reports, report)
		}
	}
}

// teller makes stories of events.
type teller struct {
	report  *Report
	waiting map[string]map[*Story]int // of a next hop: how many recipients of whom wait for it
	left    int                       // octets that steps may still take
}

// step adds what a line says to the message's story.
func (t *teller) step(s *Story, e *event) {
	if s.MessageID == "" {
		s.MessageID = e.MessageID
	}
	if s.Sender == "" && e.Message != "report" {
		s.Sender = e.sender()
	}
	if e.Size > 0 {
		s.Size = e.Size
	}
	if e.Session != "" {
		s.Session = e.Session
	}
	switch e.Message {
	case received:
		s.Received, s.Client, s.Name, s.Helo, s.Port, s.TLS, s.User = e.Time, e.Client, e.Name, e.Helo, e.Port, e.TLS, e.User
		s.Recipients = append(s.Recipients, e.To...)
	case "more recipients":
		s.Recipients = append(s.Recipients, e.To...)
		t.left -= size(e.To)
		return
	}
	st := stepOf(e)
	t.follow(s, e, &st)
	t.add(s, st)
}

// stepOf takes over what a line says.
func stepOf(e *event) Step {
	st := Step{
		Time: e.Time, What: e.Message, Recipients: e.To, For: e.For, Hop: e.Key, Host: e.Host, Reply: e.Reply, MailFile: e.MailFile,
		Status: e.Status, Reason: e.Reason, Attempts: e.Attempts, Due: e.Due, Report: e.Report, Kind: e.Kind, State: e.State, Who: e.Who,
	}
	if e.Next != "" {
		st.Hop = e.Next
	}
	if st.Host == "" {
		st.Host = e.Remote
	}
	switch e.Message {
	case received:
		st.Recipients, st.Reason = nil, verdicts(e)
	case "report":
		st.To = e.Sender
	case "queue changed":
		st.Kind, st.State = e.What, e.Is
		if e.Old != "" {
			st.Recipients, st.To = []string{e.Old}, e.New
		}
		if e.ToSender {
			st.To = "sender"
		}
	}
	if e.Err != "" {
		st.Reason = strings.Join(slices.DeleteFunc([]string{e.Reason, e.Err}, func(s string) bool { return s == "" }), ": ")
	}
	return st
}

// verdicts tells what was found about a message that was taken.
func verdicts(e *event) string {
	var list []string
	if e.Tag != "" {
		list = append(list, "tagged "+e.Tag+": "+e.List)
	}
	if e.Rule != "" {
		text := "server mail rule \"" + e.Rule + "\""
		if e.Action != "" {
			text += ": " + e.Action
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

// add keeps a step: all of the first half of what a story may have, and of the
// rest the last.
func (t *teller) add(s *Story, st Step) {
	n := size(st.Recipients) + size(st.For) + len(st.Reason) + len(st.Reply) + 300
	if t.left < n {
		s.leave(len(s.Steps))
		return
	}
	if len(s.Steps) == maxSteps {
		s.Steps = slices.Delete(s.Steps, maxSteps/2, maxSteps/2+1)
		s.leave(maxSteps / 2)
	}
	t.left -= n
	if st.What == received && len(s.Steps) > 0 {
		// The Router was faster than the listener with its line.
		s.Steps = slices.Insert(s.Steps, 0, st)
		s.gap++
		return
	}
	s.Steps = append(s.Steps, st)
}

// leave counts a step that is left out. Where the first one was is where the text
// tells of them.
func (s *Story) leave(at int) {
	if s.Left == 0 {
		s.gap = at
	}
	s.Left++
}

func size(list []string) int {
	n := 0
	for _, s := range list {
		n += len(s)
	}
	return n
}

// follow keeps what became of the recipients, and who waits for which next hop.
// What it waits for is told of in lines that do not name the message.
func (t *teller) follow(s *Story, e *event, st *Step) {
	switch e.Message {
	case "routed":
		t.move(s, e.To, e.Next)
	case "delivered", "transferred":
		t.end(s, e.To, e.Message)
	case "not delivered":
		t.end(s, e.To, "failed")
	case "dead mail deleted":
		t.end(s, e.To, "deleted")
	case "put off":
		s.unsay(st)
	case "set aside":
		t.move(s, e.To, "")
	case "dead mail tried again":
		t.move(s, e.To, e.Key)
	case "work ended in a panic, and is held":
		t.leave(s, e.Key)
	case "queue changed":
		t.changed(s, e)
	}
}

// changed follows what an administrator did. The line may name the first of many
// recipients only.
func (t *teller) changed(s *Story, e *event) {
	switch {
	case e.What == "delete":
		t.end(s, e.To, "deleted")
		s.deleted += max(0, e.Recipients-len(e.To))
	case e.What == "retry", e.What == "release" && !e.ToSender:
		t.move(s, e.To, e.Key)
	default: // held, or to be routed anew with the others of its unit
		t.leave(s, e.Key)
	}
}

// end notes what became of recipients.
func (t *teller) end(s *Story, list []string, what string) {
	t.move(s, list, "")
	if s.ends == nil {
		s.ends = map[string]string{}
	}
	for _, to := range list {
		s.ends[strings.ToLower(to)] = what
	}
}

// move has recipients wait for a next hop, or with "" for none.
func (t *teller) move(s *Story, list []string, key string) {
	if s.at == nil {
		s.at = map[string]string{}
	}
	for _, to := range list {
		to = strings.ToLower(to)
		t.wait(s.at[to], s, -1)
		t.wait(key, s, 1)
		s.at[to] = key
	}
}

// leave has none of a story's recipients wait for a next hop.
func (t *teller) leave(s *Story, key string) {
	for to, at := range s.at {
		if at == key {
			delete(s.at, to)
		}
	}
	t.wait(key, s, -t.waiting[key][s])
}

// wait counts recipients that wait for a next hop.
func (t *teller) wait(key string, s *Story, n int) {
	if key == "" {
		return
	}
	if t.waiting[key] == nil {
		t.waiting[key] = map[*Story]int{}
	}
	if t.waiting[key][s] += n; t.waiting[key][s] <= 0 {
		delete(t.waiting[key], s)
	}
	if len(t.waiting[key]) == 0 {
		delete(t.waiting, key)
	}
}

const destinationSilent = "destination does not answer"

// silent adds to all who wait for a next hop that it does not answer.
func (t *teller) silent(e *event) {
	if e.Message != destinationSilent {
		return
	}
	for s := range t.waiting[e.Key] {
		t.add(s, Step{Time: e.Time, What: destinationSilent, Hop: e.Key, Host: e.Remote, Reason: e.Reason, Due: e.Until})
	}
}

// unsay takes back that the destination did not answer, where that was found out
// by an attempt of this message, which the next step tells of.
func (s *Story) unsay(next *Step) {
	if n := len(s.Steps) - 1; n >= 0 {
		last := &s.Steps[n]
		if last.What == destinationSilent && last.Hop == next.Hop && next.Time.Sub(last.Time) < 2*time.Second {
			s.Steps = s.Steps[:n]
		}
	}
}

// settle counts the recipients.
func (s *Story) settle() {
	for _, end := range s.ends {
		switch end {
		case "delivered":
			s.Result.Delivered++
		case "transferred":
			s.Result.Transferred++
		case "failed":
			s.Result.Failed++
		case "deleted":
			s.Result.Deleted++
		}
	}
	s.Result.Deleted += s.deleted
	s.ends, s.at = nil, nil
	if s.Recipients == nil {
		s.Recipients = []string{}
	}
	if s.Steps == nil {
		s.Steps = []Step{}
	}
	if s.Waiting == nil {
		s.Waiting = []Unit{}
	}
}

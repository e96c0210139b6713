package simulate

import (
	"cmp"
	"strings"

	"domigo/configdoc"
	"domigo/settings"
	"domigo/sitedoc"
	"domigo/smtpd/policy"
)

// Control is a setting that decided, and where its value comes from.
type Control struct {
	Rule    string `json:"rule"`              // label in the form, variable, or words
	Setting string `json:"setting,omitempty"` // as explain takes it
	Value   string `json:"value,omitempty"`
	Source  string `json:"source,omitempty"`
	Place   string `json:"place,omitempty"` // file:line, document and item
}

// String gives the control for people.
func (c *Control) String() string {
	if c.Setting == "" {
		return c.Rule
	}
	text := c.Rule
	if c.Rule != c.Setting {
		text += ", " + c.Setting
	}
	return text + "=" + c.Value + " (" + strings.TrimSpace(c.Source+" "+c.Place) + ")"
}

// Step is one step of a decision: a control that was looked at, what it was
// compared with, and what followed.
type Step struct {
	Control string `json:"control"`
	Fact    string `json:"fact"`
	Result  string `json:"result"`
}

func steps(trail []policy.Step) []Step {
	out := make([]Step, len(trail))
	for i, s := range trail {
		out[i] = Step(s)
	}
	return out
}

// controls finds settings by what rules and trails call them.
type controls struct {
	snap   *settings.Snapshot
	labels map[string]string   // label to item
	found  map[string]*Control // by setting and rule
}

func newControls(snap *settings.Snapshot) *controls {
	c := &controls{snap: snap, labels: map[string]string{}, found: map[string]*Control{}}
	for _, form := range []*configdoc.Form{configdoc.Config(), configdoc.Server(), sitedoc.Form()} {
		for i := range form.Fields {
			if label := form.Fields[i].Label; c.labels[label] == "" {
				c.labels[label] = form.Fields[i].Item
			}
		}
	}
	return c
}

// Names of trails and verdicts that are no label of the field they mean.
const (
	ruleAnonymous  = "Anonymous"
	ruleSubmission = "submission port"
	ruleDomains    = "local Internet domains"
)

// setting gives the name under which explain knows a rule.
func (c *controls) setting(rule string, client *policy.Client) string {
	switch {
	case rule == ruleAnonymous && client.Submission, rule == ruleSubmission:
		return "Domigo_SubmissionPort"
	case rule == ruleAnonymous && client.TLS:
		return "SMTP_SSLAnonymous"
	case rule == ruleAnonymous:
		return "SMTP_AllowAnonymous"
	case rule == ruleDomains:
		return "LocalPrimaryInternetDomain"
	}
	return cmp.Or(c.labels[rule], rule)
}

// control gives the setting behind a rule; nil for no rule.
func (c *controls) control(rule string, client *policy.Client) *Control {
	if rule == "" {
		return nil
	}
	setting := c.setting(rule, client)
	key := setting + "\x00" + rule
	if c.found[key] == nil {
		c.found[key] = c.explain(rule, setting)
	}
	return c.found[key]
}

func (c *controls) explain(rule, setting string) *Control {
	r, ok := c.snap.Explained(setting)
	if !ok {
		return &Control{Rule: rule}
	}
	w := r.Winner()
	return &Control{Rule: rule, Setting: r.Row.Key(), Value: r.Shown(), Source: w.Source, Place: w.Place}
}

// accepted gives the rule that an acceptance rests on: of the two dimensions of
// a relay the one that allows explicitly, else the last step of the trail.
func accepted(trail []policy.Step) string {
	n := len(trail)
	if n == 0 {
		return ""
	}
	if n < 3 || trail[n-1].Result != "relay allowed" {
		return trail[n-1].Control
	}
	for _, s := range trail[n-3 : n-1] {
		if strings.HasPrefix(s.Control, "Allow ") && s.Result != "matches no entry" {
			return s.Control
		}
	}
	return trail[n-2].Control
}

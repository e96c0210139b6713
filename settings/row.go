package settings

import (
	"strings"

	"domigo/configdoc"
	"domigo/sitedoc"
)

// Type says how the text of a setting becomes the value of a Snapshot field.
type Type uint8

// The types of settings.
const (
	String      Type = iota
	Flag             // 0 or 1
	Int              // a number between Min and Max
	Enum             // the code of a keyword field, its number in the Snapshot by Row.Enum
	WordList         // words, kept as they are
	HostList         // connecting hosts, see settings/match
	DomainList       // destination domains
	AddrList         // mail addresses and domains
	SenderList       // mail addresses; a domain entry admits that domain only
	Days             // a number of days
	Minutes          // a number of minutes
	Seconds          // a number of seconds
	Kilobytes        // a number of KB, octets in the Snapshot
	Hours            // a number of hours
	MailboxList      // whole mail addresses and groups
	NameList         // Notes names, */OU/O, groups
	TimeRange        // a range of the day, "00:00-06:00"
	Derived          // made of several items by Build
	Notes            // fills no Snapshot field: reported, and at most looked at while one is built
)

// String names the type for docs and reports.
func (t Type) String() string {
	return [...]string{"text", "0 or 1", "number", "keyword", "list", "list of hosts", "list of domains",
		"list of addresses", "list of addresses", "days", "minutes", "seconds", "KB",
		"hours", "list of addresses", "list of names", "time range", "made of several items", "text"}[t]
}

// isList reports whether a blank value is a list of nothing, and not a value
// that is missing.
func (t Type) isList() bool {
	switch t {
	case HostList, DomainList, AddrList, SenderList, MailboxList, NameList:
		return true
	}
	return false
}

// Effect says when a change of a setting goes live (the help topic "Updating
// the SMTP configuration" and the white paper).
type Effect uint8

// The effects, in the order of what a restart thaws.
const (
	Live        Effect = iota // listener: SMTP_Config_Update_Interval or "tell smtp update config"; router: 5 minutes or "tell router update config"
	TaskRestart               // "restart task smtp"
	ServerStart               // server start
)

// String gives the words that console and docs use.
func (e Effect) String() string {
	return [...]string{"at the next configuration update", "at restart task smtp", "at server start"}[e]
}

// Status says what Domigo makes of a setting.
type Status uint8

// The statuses. Honoured means that a fixture under testdata shows the setting
// at work and fails when it is taken away.
const (
	Honoured Status = iota
	Partial         // works, with a difference that Reason names
	NotYet          // parsed and shown, without effect
	Harmless        // without effect, and nothing is lost by it
)

// String gives the word that reports use.
func (s Status) String() string {
	return [...]string{"honoured", "approximated", "not honoured yet", "ignored (harmless)"}[s]
}

// Row is everything about one setting, see Rows.
type Row struct {
	Name     string   // notes.ini variable, in the documented spelling; "" when it is only a field
	Aliases  []string // other spellings of the variable
	Form     string   // form of the field, "" when it is only a variable
	Item     string   // canonical item of the field
	SiteItem string   // item of the Site document that takes the place of the field with Internet Sites on
	Target   string   // Snapshot field, "Relay.DenyHosts"
	Also     string   // a second Snapshot field with the same value
	Type     Type
	Default  string // "" leaves it to the document's field, see Field
	Shown    string // the default in words where it is not a plain value
	Min, Max int64  // bounds of numbers; both 0 is none
	Enum     map[string]int
	Takes    Effect
	Status   Status
	Reason   string // why it is not honoured, or what differs
	Doc      string // one line
}

// ID tells rows of one name apart: two forms may have one item. It stays the same
// from one Rows to the next.
func (r *Row) ID() string { return strings.ToLower(r.Name + "|" + r.Form + "|" + r.Item) }

// Secret reports whether the values of the setting are passwords. Resolved.Value and
// Resolved.Layers hold them as they are; Shown and ShownLayers are for people.
func (r *Row) Secret() bool { return strings.Contains(strings.ToLower(r.Item), "password") }

// Key names the row: the variable's name, else the field's item.
func (r *Row) Key() string {
	if r.Name != "" {
		return r.Name
	}
	return r.Item
}

// forms are the forms that settings come from.
type forms struct {
	server, config, domain, connection, site *configdoc.Form
}

func newForms() forms {
	return forms{configdoc.Server(), configdoc.Config(), configdoc.Domain(), configdoc.Connection(), sitedoc.Form()}
}

func (f forms) byName(name string) *configdoc.Form {
	switch name {
	case "Server":
		return f.server
	case "ServerConfig":
		return f.config
	case "Domain":
		return f.domain
	case "Connection":
		return f.connection
	case sitedoc.FormName:
		return f.site
	}
	return nil
}

// field gives the field of a row, nil for one that is only a variable.
func (f forms) field(r *Row) *configdoc.Field {
	form := f.byName(r.Form)
	if form == nil {
		return nil
	}
	return form.Field(r.Item)
}

// Field gives the field of the row's document, nil when the setting is only a
// variable.
func (r *Row) Field() *configdoc.Field { return newForms().field(r) }

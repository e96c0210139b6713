package settings

import "fmt"

// Severity says how grave a finding is.
type Severity string

// The severities: an error means that something an administrator wrote cannot
// be honoured as written; a warning that it may not do what it seems to.
const (
	SevError   Severity = "error"
	SevWarning Severity = "warning"
	SevInfo    Severity = "info"
)

// Finding is one remark about a site, with the place it concerns.
type Finding struct {
	Code     Code     `json:"code"` // what kind of finding, for scripts
	Severity Severity `json:"severity"`
	File     string   `json:"file,omitempty"`
	Line     int      `json:"line,omitempty"`
	Column   int      `json:"column,omitempty"`
	Document string   `json:"document,omitempty"` // form and number in the file
	Item     string   `json:"item,omitempty"`
	Variable string   `json:"variable,omitempty"`
	Text     string   `json:"text"`
	Lost     bool     `json:"-"` // a file, or a document that matters, could not be read
	NoStart  bool     `json:"-"` // a server must not start with it; Open does not fail, its caller stops
	matter   string   // what it is about where place and text may change, see key
}

// Place gives file, line, document and item as far as they are known.
func (f Finding) Place() string {
	s := f.File
	if f.Line > 0 {
		s += fmt.Sprintf(":%d", f.Line)
	}
	if f.Column > 0 {
		s += fmt.Sprintf(":%d", f.Column)
	}
	for _, part := range []string{f.Document, f.Item} {
		if part != "" && s != "" {
			s += ": "
		}
		s += part
	}
	return s
}

// String gives "place: severity: text".
func (f Finding) String() string {
	if p := f.Place(); p != "" {
		return p + ": " + string(f.Severity) + ": " + f.Text
	}
	return string(f.Severity) + ": " + f.Text
}

// key identifies a finding across loads: lines move, the matter stays.
func (f Finding) key() string {
	if f.matter != "" {
		return string(f.Severity) + "\x00" + f.matter
	}
	return string(f.Severity) + "\x00" + f.File + "\x00" + f.Document + "\x00" + f.Item + "\x00" + f.Variable + "\x00" + f.Text
}

// At gives a finding of the code, with the severity that the table has for it, at
// a place, which is a Finding without a text.
func (c Code) At(place Finding, format string, args ...any) Finding {
	place.Code, place.Severity = c, c.Info().Severity
	place.Text = fmt.Sprintf(format, args...)
	return place
}

// Finding gives the place of a layer, for a finding about it; it is empty for a
// default.
func (l Layer) Finding() Finding {
	at := l.at
	at.Code, at.Severity, at.Text = "", "", ""
	return at
}

package sitereport

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

//go:embed report.html
var page string

// section is one class on the page.
type section struct {
	ID, Title, Text string
	Class           Class
	Settings        []Setting
}

// sections gives the classes with what they mean to somebody who has to decide.
func (r *Report) sections() []section {
	out := []section{
		{ID: "risk", Class: Risk, Title: "Ignored, at a risk", Text: "These settings restrict, protect or say where mail goes, and have no effect here: mail that Domino refuses may be taken, or mail may be lost. Each needs a decision before go-live."},
		{ID: "approximated", Class: Approximated, Title: "Approximated", Text: "These settings work, with the difference that the last column names."},
		{ID: "harmless", Class: Harmless, Title: "Ignored, without harm", Text: "These settings have no effect here, and nothing is lost by it."},
		{ID: "honoured", Class: Honoured, Title: "Honoured", Text: "These settings do what they do in Domino."},
	}
	for i := range out {
		out[i].Settings = r.Of(out[i].Class)
	}
	return out
}

// Count words the size of a section.
func (s section) Count() string { return plural(len(s.Settings), "setting") }

// WriteHTML writes the report as one page that needs nothing beside it: no
// script, no font, no image. when is the time it was made, version Domigo's.
func (r *Report) WriteHTML(w io.Writer, when time.Time, version string) error {
	t, err := template.New("report").Parse(page)
	if err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	return t.Execute(w, struct {
		*Report
		Sections []section
		When     string
		Machine  string
		Version  string
	}{r, r.sections(), when.Format("2006-01-02 15:04 MST"), when.Format(time.RFC3339), version})
}

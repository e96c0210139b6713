package sitereport

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"time"
	"unicode"

	"domigo/internal/sitetext"
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
		out[i].Settings = r.of(out[i].Class)
	}
	return out
}

// Count words the size of a section.
func (s section) Count() string { return sitetext.Count(len(s.Settings), "setting") }

// WriteHTML writes the report as one page that needs nothing beside it: no
// script, no font, no image. when is the time it was made, version Domigo's.
func (r *Report) WriteHTML(w io.Writer, when time.Time, version string) error {
	folder := r.folder()
	t, err := template.New("report").Funcs(template.FuncMap{
		"breaks": breaks,
		"short":  func(place string) string { return strings.TrimPrefix(place, folder) },
	}).Parse(page)
	if err != nil {
		return fmt.Errorf("report page: %w", err)
	}
	return t.Execute(w, struct {
		*Report
		Sections []section
		Folder   string
		When     string
		Machine  string
		Version  string
	}{r, r.sections(), folder, when.Format("2006-01-02 15:04 MST"), when.Format(time.RFC3339), version})
}

// folder gives what the places of the report begin with, up to a slash, so that
// the page need not say it in each row; "" if they have nothing in common.
func (r *Report) folder() string {
	var common string
	first := true
	each := func(place string) {
		if first {
			common, first = place[:strings.LastIndexByte(place, '/')+1], false
		}
		for !strings.HasPrefix(place, common) {
			common = common[:strings.LastIndexByte(strings.TrimSuffix(common, "/"), '/')+1]
		}
	}
	for _, d := range r.Documents {
		each(d.Place)
	}
	for _, s := range r.Settings {
		for _, p := range s.Places {
			each(p)
		}
	}
	return common
}

// breaks gives a name, a list or a path with the places at which a line may end:
// behind a separator, and where a small letter meets a capital.
func breaks(text string) template.HTML {
	var b strings.Builder
	last := rune(0)
	for _, c := range text {
		if c != ' ' && last != 0 && (strings.ContainsRune("_,/\\:;", last) || unicode.IsLower(last) && unicode.IsUpper(c)) {
			b.WriteString("<wbr>")
		}
		b.WriteString(template.HTMLEscapeString(string(c)))
		last = c
	}
	return template.HTML(b.String())
}

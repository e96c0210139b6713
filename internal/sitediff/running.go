package sitediff

import (
	"context"
	"fmt"
	"strings"

	"domigo/configdoc"
	"domigo/settings"
)

// Server has a running server answer a console command; a console.Client does.
type Server interface {
	Run(ctx context.Context, command string) (output string, failed bool, err error)
}

// Running asks a running server, by SHOW CONFIGURATION with WHY, for what is in
// effect of each setting. What it does not tell is not compared: the content of
// a password, the members of groups, and a setting that another version of
// Domigo does not know.
func Running(ctx context.Context, server Server) (*Side, error) {
	side := &Side{name: "the running server", values: map[string]value{}}
	rows := settings.Rows()
	named := map[string]bool{} // of two settings of one name the console tells the first
	for i := range rows {
		row := &rows[i]
		name := strings.ToLower(row.Key())
		if named[name] || row.Status == settings.Harmless || row.Status == settings.NotYet {
			continue
		}
		named[name] = true
		answer, failed, err := server.Run(ctx, "show config "+row.Key()+" why")
		if err != nil {
			return nil, err
		}
		if failed {
			return nil, fmt.Errorf("the running server answers show config %s why with %q", row.Key(), strings.TrimSpace(answer))
		}
		if v, told := effective(row, answer); told {
			side.values[row.ID()] = v
		}
	}
	return side, nil
}

// effective reads an answer: of the lines that say what is in effect the last
// counts, which WHY gives; after it come the sources, with a star at the one
// that won.
func effective(row *settings.Row, answer string) (v value, told bool) {
	for line := range strings.Lines(answer) {
		line = strings.TrimSuffix(line, "\n")
		if text, ok := strings.CutPrefix(line, "  in effect: "+row.Key()+"="); ok {
			v, told = value{text: text, asked: true}, true
		}
		if winner, ok := strings.CutPrefix(line, "  * "); ok && v.origin == "" {
			v.origin = origin(winner, v.text)
		}
	}
	if row.Key() == siteDocument {
		v.text = found(v.text)
	}
	if isList(row) && row.Type != settings.Derived {
		v.list = configdoc.SplitList(v.text)
	}
	return v, told
}

// origin gives the place of a source that reads "source place: value"; the
// places of documents hold colons, too.
func origin(line, text string) string {
	place, ok := strings.CutSuffix(line, ": "+text)
	if !ok {
		if i := strings.LastIndex(line, ": "); i >= 0 {
			place = line[:i]
		}
	}
	for _, source := range []string{"notes.ini ", "One-Touch notesINI ", "NOTES.INI Settings of the Configuration Settings document ",
		"Configuration Settings document ", "Server document ", "SMTP Inbound Site document "} {
		if rest, ok := strings.CutPrefix(place, source); ok {
			return rest
		}
	}
	return place
}

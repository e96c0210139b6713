package configdoc_test

import (
	"errors"
	"strings"
	"testing"

	"domigo/configdoc"
	"domigo/configdoc/note"
)

// doc makes a document of a form; items alternate name and value, a value with
// "|" is a list.
func doc(form string, items ...string) *note.Document {
	d := &note.Document{File: "names.json", Line: 1, Number: 1, Form: form}
	for i := 0; i+1 < len(items); i += 2 {
		d.Items = append(d.Items, note.Item{Name: items[i], Values: strings.Split(items[i+1], "|"), Line: 2 + i/2})
	}
	return d
}

// naming is a directory with the group Mailers, which holds ServerA.
func naming() configdoc.Naming {
	return configdoc.Naming{
		Same:    func(a, b string) bool { return strings.EqualFold(a, b) },
		InGroup: func(group, member string) bool { return group == "Mailers" && member == "ServerA/Acme" },
	}
}

func TestSelectConfig(t *testing.T) {
	own := doc("ServerConfig", "ServerName", "serverA/acme", "SMTPErrorLimit", "1")
	second := doc("ServerConfig", "ServerName", "ServerA/Acme", "SMTPErrorLimit", "2")
	group := doc("ServerConfig", "ServerName", "Mailers", "SMTPErrorLimit", "3")
	group2 := doc("ServerConfig", "ServerName", "Mailers", "SMTPErrorLimit", "4")
	byDefault := doc("ServerConfig", "ServerName", "*", "UseAsDefault", "1", "SMTPErrorLimit", "5")
	words := doc("serverconfig", "Use these settings as the default settings for all servers", "Yes", "SMTPErrorLimit", "6")
	label := doc("ServerConfig", "Group or Server name:", "ServerA/Acme", "SMTPErrorLimit", "7")
	other := doc("ServerConfig", "ServerName", "ServerB/Acme", "SMTPErrorLimit", "8")
	several := doc("ServerConfig", "ServerName", "ServerB/Acme|ServerA/Acme", "SMTPErrorLimit", "9")
	alias := doc("ServerConfig", "CfgServers", "ServerA/Acme", "SMTPErrorLimit", "10")
	backup := doc("ServerConfig", "ServerName", "ServerA/Acme", "SMTPErrorLimit", "11")
	backup.Database = "dominobackup.nsf"
	inNames := doc("ServerConfig", "ServerName", "ServerA/Acme", "SMTPErrorLimit", "12")
	inNames.Database = "Names.nsf"
	foreign := doc("ServerConfig", "BackupTarget", "/backup")
	tests := []struct {
		name   string
		docs   []*note.Document
		want   *note.Document
		rank   configdoc.Rank
		others int
	}{
		{"E31", []*note.Document{byDefault, group, own}, own, configdoc.OwnDocument, 0},
		{"own first in the file", []*note.Document{own, group, byDefault}, own, configdoc.OwnDocument, 0},
		{"group before default", []*note.Document{byDefault, group}, group, configdoc.GroupDocument, 0},
		{"default", []*note.Document{other, byDefault}, byDefault, configdoc.DefaultDocument, 0},
		{"default by the form's words and label", []*note.Document{words}, words, configdoc.DefaultDocument, 0},
		{"name by the form's label", []*note.Document{byDefault, label}, label, configdoc.OwnDocument, 0},
		{"one of several names", []*note.Document{several}, several, configdoc.OwnDocument, 0},
		{"administrator's item name", []*note.Document{alias}, alias, configdoc.OwnDocument, 0},
		{"two group documents", []*note.Document{group, group2}, group, configdoc.GroupDocument, 1},
		{"two own documents", []*note.Document{own, second}, own, configdoc.OwnDocument, 1},
		{"another server's", []*note.Document{other}, nil, configdoc.NoDocument, 0},
		{"another database's form", []*note.Document{backup, foreign}, nil, configdoc.NoDocument, 0},
		{"names.nsf", []*note.Document{inNames}, inNames, configdoc.OwnDocument, 0},
		{"none", nil, nil, configdoc.NoDocument, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, rank, others := configdoc.SelectConfig(tt.docs, "ServerA/Acme", configdoc.Aliases{"cfgservers": "ServerName"}, naming())
			var chosen *note.Document
			if got != nil {
				chosen = got.Document
			}
			if chosen != tt.want || rank != tt.rank || len(others) != tt.others {
				t.Errorf("got %v (%v, %d others), want %v (%v, %d others)", chosen, rank, len(others), tt.want, tt.rank, tt.others)
			}
		})
	}
}

func TestSelectServer(t *testing.T) {
	a, b := doc("Server", "ServerName", "ServerA/Acme"), doc("Server", "Server name", "ServerB/Acme")
	nameless, again := doc("Server", "SMTP_Port", "25"), doc("Server", "ServerName", "ServerA/Acme")
	tests := []struct {
		name  string
		docs  []*note.Document
		by    string
		want  *note.Document
		error string
	}{
		{"by name", []*note.Document{a, b}, "serverA/Acme", a, ""},
		{"by name under the form's label", []*note.Document{a, b}, "ServerB/Acme", b, ""},
		{"the only one", []*note.Document{nameless}, "", nameless, ""},
		{"two of one server", []*note.Document{a, again}, "", a, ""},
		{"no document", []*note.Document{doc("Person")}, "", nil, ""},
		{"several and no name", []*note.Document{a, b}, "", nil, "several Server documents and no server name to choose by: ServerA/Acme, ServerB/Acme"},
		{"no such name", []*note.Document{a, b}, "ServerC/Acme", nil, "no Server document for ServerC/Acme; there are: ServerA/Acme, ServerB/Acme"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := configdoc.SelectServer(tt.docs, tt.by, nil, naming())
			var at *configdoc.ServerError
			if text := tt.error; text != "" && (!errors.As(err, &at) || err.Error() != text) || text == "" && err != nil {
				t.Fatalf("error %v, want %q", err, tt.error)
			}
			var chosen *note.Document
			if got != nil {
				chosen = got.Document
			}
			if chosen != tt.want {
				t.Errorf("got %v, want %v", chosen, tt.want)
			}
		})
	}
}

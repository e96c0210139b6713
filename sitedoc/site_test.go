package sitedoc_test

import (
	"fmt"
	"strings"
	"testing"

	"domigo/configdoc"
	"domigo/configdoc/note"
	"domigo/directory"
	"domigo/sitedoc"
)

func site(items ...string) *note.Document {
	d := &note.Document{File: "names.json", Line: 1, Number: 1, Form: "smtpInboundSite"}
	for i := 0; i+1 < len(items); i += 2 {
		d.Items = append(d.Items, note.Item{Name: items[i], Values: strings.Split(items[i+1], "|"), Line: 2})
	}
	return d
}

func server() sitedoc.Server {
	return sitedoc.Server{
		Name: "CN=Server-704/O=Acme", Organization: "Acme", SameName: directory.MatchName,
		InGroup: func(group, name string) bool { return group == "Mailers" && name == "CN=Server-704/O=Acme" },
	}
}

func TestApplies(t *testing.T) {
	tests := []struct {
		name     string
		org      string
		servers  string
		adrs     string
		want     bool
		noServer bool
	}{
		{name: "every server of the organization", org: "acme", servers: "*", want: true},
		{name: "another organization", org: "Other", servers: "*"},
		{name: "no organization, no servers", want: true},
		{name: "the server's name", org: "Acme", servers: "Other/Acme|Server-704/Acme", want: true},
		{name: "the server's canonical name", org: "Acme", servers: "cn=server-704/o=acme", want: true},
		{name: "a wildcard", org: "Acme", servers: "*/Acme", want: true},
		{name: "a group", org: "Acme", servers: "Mailers", want: true},
		{name: "other servers", org: "Acme", servers: "Other/Acme"},
		{name: "an address never chooses", org: "Acme", servers: "*", adrs: "other.example|10.9.9.9", want: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := site("ISiteOrg", tt.org, "WSHostingSrvrs", tt.servers, "ISiteAdrs", tt.adrs)
			if got := sitedoc.Applies(sitedoc.Form().Read(d, nil), server()); got != tt.want {
				t.Errorf("Applies = %t, want %t", got, tt.want)
			}
		})
	}
}

func TestSelect(t *testing.T) {
	docs := []*note.Document{
		{Form: "WebSite"},
		site("ISiteName", "other", "ISiteOrg", "Other"),
		site("ISiteName", "first", "Organization", "Acme", "TCP Authentication Name & password", "Yes"),
		site("ISiteName", "second", "WSHostingSrvrs", "*"),
	}
	got := sitedoc.Select(docs, nil, server())
	if len(got) != 2 || got[0].Text("ISiteName") != "first" || got[1].Text("ISiteName") != "second" {
		t.Fatalf("got %d documents, want first and second", len(got))
	}
	if got[0].Text("TCPNameAndPwd") != "1" {
		t.Errorf("label and words of an option: %q", got[0].Text("TCPNameAndPwd"))
	}
}

func TestFields(t *testing.T) {
	form := sitedoc.Form()
	for item := range strings.FieldsSeq(`ISiteName ISiteOrg ISiteAdrs WSHostingSrvrs TCPAnonymous TCPNameAndPwd SSLAnonymous SSLNameAndPwd SSLKeyFile
		SSLCipherList WSIsDflt SSLBearerToken`) {
		if form.Field(item) == nil {
			t.Errorf("no field %s", item)
		}
	}
	for _, f := range form.Fields {
		if f.Kind == configdoc.Keyword && f.Codes[0].Code != f.Default {
			t.Errorf("%s: default %q is not its first code", f.Item, f.Default)
		}
	}
}

// The first document of the server's organization counts; the address that a
// client connects to does not choose.
func ExampleSelect() {
	acme := site("ISiteName", "Acme mail", "ISiteOrg", "Acme", "WSHostingSrvrs", "*", "TCPNameAndPwd", "1")
	other := site("ISiteName", "Other mail", "ISiteOrg", "Other", "WSHostingSrvrs", "*")
	for _, d := range sitedoc.Select([]*note.Document{other, acme}, nil, server()) {
		fmt.Println(d.Text("ISiteName"), d.Text("TCPNameAndPwd"))
	}
	// Output: Acme mail 1
}

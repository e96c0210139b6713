package ots_test

import (
	"strings"
	"testing"
)

func TestServerSetup(t *testing.T) {
	const setup = "{\"serverSetup\":{\n" +
		"\"server\":{\"name\":\"mail1\",\n\"domainName\":\"Acme\",\n\"title\":\"Mail server\",\"password\":\"secret-1\"},\n" +
		"\"network\":{\"hostName\":\"mail1.acme.com\"},\n" +
		"\"org\":{\"orgName\":\"Acme\",\"certifierPassword\":\"secret-2\"}}"
	tests := []struct{ name, in, want string }{
		{"no Server document", setup + "}",
			"2: document 1 form=\"Server\" database=\"names.nsf\"\n" +
				"  2: ServerName text [\"CN=mail1/O=Acme\"]\n  4: ServerTitle text [\"Mail server\"]\n" +
				"  3: Domain text [\"Acme\"]\n  5: SMTPFullHostDomain text [\"mail1.acme.com\"]\ntemplates=false\n"},
		{"Server document without the items", setup + ",\n" + documents(`{"findDocument":{"Type":"Server","ServerName":"cn=MAIL1/o=Acme"}}`)[1:],
			"7: document 1 form=\"Server\" database=\"names.nsf\"\n  7: Type text [\"Server\"]\n  7: ServerName text [\"cn=MAIL1/o=Acme\"]\n" +
				"  3: Domain text [\"Acme\"]\n  5: SMTPFullHostDomain text [\"mail1.acme.com\"]\ntemplates=false\n"},
		{"Server document with the items", setup + ",\n" + documents(`{"items":{"Form":"Server","ServerName":"mail1/Acme","Domain":"","SMTPFullHostDomain":"a.b"}}`)[1:],
			"7: document 1 form=\"Server\" database=\"names.nsf\"\n  7: Form text [\"Server\"]\n  7: ServerName text [\"mail1/Acme\"]\n" +
				"  7: Domain text [\"\"]\n  7: SMTPFullHostDomain text [\"a.b\"]\ntemplates=false\n"},
		{"documents before the setup", documents(`{"findDocument":{"Type":"Server","ServerName":"CN=mail1/O=Acme"}}`)[:len(documents(`{"findDocument":{"Type":"Server","ServerName":"CN=mail1/O=Acme"}}`))-1] +
			`,"serverSetup":{"network":{"hostName":"a.b"},"server":{"name":"mail1"}}}`,
			"1: document 1 form=\"Server\" database=\"names.nsf\"\n  1: Type text [\"Server\"]\n  1: ServerName text [\"CN=mail1/O=Acme\"]\n" +
				"  1: SMTPFullHostDomain text [\"a.b\"]\ntemplates=false\n"},
		{"another server, another database", setup + ",\n" + `"appConfiguration":{"databases":[{"filePath":"Names.nsf","documents":[{"items":{"Form":"Server","ServerName":"CN=mail2/O=Acme"}}]},` +
			`{"filePath":"other.nsf","documents":[{"items":{"Form":"Server","ServerName":"CN=mail1/O=Acme"}}]}]}}`,
			"7: document 1 form=\"Server\" database=\"Names.nsf\"\n  7: Form text [\"Server\"]\n  7: ServerName text [\"CN=mail2/O=Acme\"]\n" +
				"7: document 2 form=\"Server\" database=\"other.nsf\"\n  7: Form text [\"Server\"]\n  7: ServerName text [\"CN=mail1/O=Acme\"]\n" +
				"2: document 3 form=\"Server\" database=\"names.nsf\"\n  2: ServerName text [\"CN=mail1/O=Acme\"]\n  4: ServerTitle text [\"Mail server\"]\n" +
				"  3: Domain text [\"Acme\"]\n  5: SMTPFullHostDomain text [\"mail1.acme.com\"]\ntemplates=false\n"},
		{"organizational unit and country", `{"serverSetup":{"server":{"name":"mail1"},"org":{"orgName":"Acme","orgUnitName":"East","countryCode":"US"}}}`,
			"1: document 1 form=\"Server\" database=\"names.nsf\"\n  1: ServerName text [\"CN=mail1/OU=East/O=Acme/C=US\"]\ntemplates=false\n"},
		{"hierarchical name", `{"serverSetup":{"server":{"name":"CN=mail1/O=Other"},"org":{"orgName":"Acme"}}}`,
			"1: document 1 form=\"Server\" database=\"names.nsf\"\n  1: ServerName text [\"CN=mail1/O=Other\"]\ntemplates=false\n"},
		{"the first of two members", `{"serverSetup":{"server":{"name":"mail1","name":"mail2"},"org":{"orgName":null}}}`,
			"1: document 1 form=\"Server\" database=\"names.nsf\"\n  1: ServerName text [\"CN=mail1\"]\ntemplates=false\n"},
		{"no name, no document", `{"serverSetup":{"network":{"hostName":"a.b"}}}`, "templates=false\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := read(tt.in)
			if err != nil {
				t.Fatalf("Read(%s): %v", tt.in, err)
			}
			if got := dump(f); got != tt.want {
				t.Errorf("Read(%s)\ngot:\n%s\nwant:\n%s", tt.in, got, tt.want)
			}
		})
	}
}

func TestRegisterUsers(t *testing.T) {
	in := `{"serverSetup":{
"registerUsers":{"users":[
{"firstName":"Kyūzō","lastName":"Author","shortName":"kauthor","internetAddress":"k@acme.com","mailFilePath":"mail/kauthor.nsf","password":"secret-1","IDFilePath":"k.id"},
{"lastName":"Smith","shortName":null,"mailFilePath":7},
{}],
"defaults":{"password":"secret-2",
"firstName":"Jane"}},
"server":{"name":"mail1","domainName":"AcmeDom"},
"org":{"orgName":"Acme"}}}`
	f, err := read(in)
	if err != nil {
		t.Fatal(err)
	}
	got := dump(f)
	got = got[strings.Index(got, "3: user"):]
	want := `3: user 1 form="Person" database="names.nsf"
  3: Type text ["Person"]
  3: FirstName text ["Kyūzō"]
  3: LastName text ["Author"]
  3: FullName textlist ["CN=Kyūzō Author/O=Acme" "Kyūzō Author"]
  3: ShortName text ["kauthor"]
  3: InternetAddress text ["k@acme.com"]
  3: MailFile text ["mail/kauthor.nsf"]
  3: MailServer text ["CN=mail1/O=Acme"]
  8: MailDomain text ["AcmeDom"]
4: user 2 form="Person" database="names.nsf"
  4: Type text ["Person"]
  7: FirstName text ["Jane"]
  4: LastName text ["Smith"]
  4: FullName textlist ["CN=Jane Smith/O=Acme" "Jane Smith"]
  4: MailFile text ["7"]
  4: MailServer text ["CN=mail1/O=Acme"]
  8: MailDomain text ["AcmeDom"]
5: user 3 form="Person" database="names.nsf"
  5: Type text ["Person"]
  7: FirstName text ["Jane"]
  5: FullName textlist ["CN=Jane/O=Acme" "Jane"]
  5: MailServer text ["CN=mail1/O=Acme"]
  8: MailDomain text ["AcmeDom"]
templates=false
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if strings.Contains(dump(f), "secret") {
		t.Errorf("a password was kept:\n%s", dump(f))
	}
}

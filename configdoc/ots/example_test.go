package ots_test

import (
	"fmt"
	"strings"

	"domigo/configdoc/ots"
)

func ExampleRead() {
	file, err := ots.Read("setup.json", strings.NewReader(`{
  "serverSetup": {
    "server": {"name": "mail1", "domainName": "AcmeDomain"},
    "network": {"hostName": "mail1.acme.com"},
    "org": {"orgName": "Acme"},
    "notesINI": {"SMTPGreeting": "Acme mail, %s"}
  }
}`))
	for _, doc := range file.Documents {
		fmt.Println(doc.Place())
		for _, it := range doc.Items {
			fmt.Printf("%s:%d: %s = %q\n", doc.File, it.Line, it.Name, it.Values)
		}
	}
	for _, v := range file.NotesINI {
		fmt.Printf("%s=%s\n", v.Name, v.Value)
	}
	fmt.Println(err)
	// Output:
	// setup.json:3: Server document 1
	// setup.json:3: ServerName = ["CN=mail1/O=Acme"]
	// setup.json:3: Domain = ["AcmeDomain"]
	// setup.json:4: SMTPFullHostDomain = ["mail1.acme.com"]
	// SMTPGreeting=Acme mail, %s
	// <nil>
}

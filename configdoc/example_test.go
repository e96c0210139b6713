package configdoc_test

import (
	"fmt"
	"strings"

	"domigo/configdoc"
	"domigo/configdoc/ots"
)

// A document may use item names, or the labels and words of the form.
func ExampleForm_Read() {
	const export = `{"appConfiguration": {"databases": [{"filePath": "names.nsf", "documents": [{"items": {
		"Form": "ServerConfig", "ServerName": "*", "UseAsDefault": "Yes",
		"SMTPRlyCheck": "All connecting hosts",
		"Allow messages only from the following internet hosts to be sent to external internet domains": "[10.0.0.1], partner.example"}}]}]}}`
	file, err := ots.Read("names.json", strings.NewReader(export))
	if err != nil {
		fmt.Println(err)
		return
	}
	everyone := configdoc.Naming{
		Same:    func(a, b string) bool { return a == b },
		InGroup: func(string, string) bool { return false },
	}
	doc, rank, _ := configdoc.SelectConfig(file.Documents, "Server-704/Acme", nil, everyone)
	fmt.Println(rank)
	fmt.Println("SMTPRlyCheck", doc.Text("SMTPRlyCheck"))
	fmt.Printf("SMTPRlyAllowHosts %q\n", doc.Value("SMTPRlyAllowHosts").List)
	// Output:
	// the default document
	// SMTPRlyCheck 1
	// SMTPRlyAllowHosts ["[10.0.0.1]" "partner.example"]
}

package note_test

import (
	"fmt"

	"domigo/configdoc/note"
)

func ExampleDocument() {
	doc := &note.Document{File: "names.dxl", Line: 12, Number: 3, Form: "ServerConfig", Items: []note.Item{
		{Name: "SMTPRlyDenyHosts", Type: note.TextList, Values: []string{" * ", "", "[10.0.0.1]"}},
		{Name: "RelayHost", Values: []string{""}},
	}}
	fmt.Println(doc.Place())
	fmt.Printf("%q\n", doc.Values("smtprlydenyhosts"))

	// An empty field and one that the document lacks are two things.
	it, there := doc.Item("RelayHost")
	fmt.Println(there, it.Blank())
	_, there = doc.Item("SMTPRlyAllowHosts")
	fmt.Println(there)

	// Output:
	// names.dxl:12: ServerConfig document 3
	// ["*" "[10.0.0.1]"]
	// true true
	// false
}

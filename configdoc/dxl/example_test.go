package dxl_test

import (
	"fmt"
	"strings"

	"domigo/configdoc/dxl"
	"domigo/configdoc/note"
)

func ExampleRead() {
	export := `<?xml version='1.0' encoding='utf-8'?>
<database xmlns='http://www.lotus.com/dxl' version='12.0'>
<document form='Server'>
<item name='ServerName' names='true'><text>CN=mail1/O=Acme</text></item>
<item name='SMTP_Port'><number>25</number></item></document>
</database>`
	err := dxl.Read("names.dxl", strings.NewReader(export), func(doc *note.Document) error {
		fmt.Println(doc.Place())
		for _, it := range doc.Items {
			fmt.Printf("%s:%d: %s = %q\n", doc.File, it.Line, it.Name, it.Values)
		}
		return nil
	})
	fmt.Println(err)
	// Output:
	// names.dxl:3: Server document 1
	// names.dxl:4: ServerName = ["CN=mail1/O=Acme"]
	// names.dxl:5: SMTP_Port = ["25"]
	// <nil>
}

// A Reader can leave out items, and go on behind a damaged document.
func ExampleReader() {
	r := dxl.Reader{
		Keep:    func(form, item string) bool { return form != "Person" || item == "FullName" },
		Damaged: func(err *note.Error) bool { fmt.Println(err); return true },
	}
	err := r.Read("names.dxl", strings.NewReader(`<database xmlns='http://www.lotus.com/dxl'>
<document form='Person'><item name='FullName'><text>Jane Doe</text></item><item name='Comment'><text>long</text></item></document>
<document form='Person'><item name='FullName'><text>&unknown;</text></item></document>
<document form='Person'><item name='FullName'><text>John Doe</text></item></document>
</database>`), func(d *note.Document) error {
		fmt.Println(d.Place(), len(d.Items), d.Value("FullName"))
		return nil
	})
	fmt.Println(err)
	// Output:
	// names.dxl:2: Person document 1 1 Jane Doe
	// names.dxl:3:62: item FullName: invalid character entity &unknown;
	// names.dxl:4: Person document 2 1 John Doe
	// <nil>
}

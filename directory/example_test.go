package directory_test

import (
	"fmt"

	"domigo/configdoc/note"
	"domigo/directory"
)

// document makes what a reader of an export gives.
func document(form string, items map[string][]string) *note.Document {
	d := &note.Document{File: "names.dxl", Line: 1, Form: form}
	for name, values := range items {
		d.Items = append(d.Items, note.Item{Name: name, Values: values})
	}
	return d
}

func site() *directory.Directory {
	b := directory.NewBuilder()
	b.Add(0, document("Person", map[string][]string{
		"FullName":        {"CN=John Doe/OU=Sales/O=Acme"},
		"FirstName":       {"John"},
		"LastName":        {"Doe"},
		"ShortName":       {"jdoe"},
		"InternetAddress": {"John.Doe@acme.com"},
		"MailFile":        {`mail\jdoe.nsf`},
		// Form V1 of "password".
		"HTTPPassword": {"(355E98E7C7B59BD810ED845AD0FD2FC4)"},
	}))
	b.Add(0, document("Group", map[string][]string{
		"ListName": {"Staff"}, "GroupType": {"0"}, "Members": {"*/Sales/Acme"},
	}))
	return b.Build()
}

// Whom an address means, by the whole of it or by its local part.
func ExampleDirectory_Lookup() {
	d := site()
	for _, local := range []string{"john.doe", "jdoe", "John_Doe", "doe", "nobody"} {
		found := d.Lookup(directory.Query{Local: local, Domain: "acme.com"})
		if len(found) == 1 {
			fmt.Println(local, "is", found[0].Name(), "in", found[0].MailFile)
		} else {
			fmt.Println(local, "means", len(found), "entries")
		}
	}
	// Output:
	// john.doe is John Doe/Sales/Acme in mail\jdoe.nsf
	// jdoe is John Doe/Sales/Acme in mail\jdoe.nsf
	// John_Doe is John Doe/Sales/Acme in mail\jdoe.nsf
	// doe is John Doe/Sales/Acme in mail\jdoe.nsf
	// nobody means 0 entries
}

// Who logs in, with "More name variations with lower security".
func ExampleDirectory_Authenticate() {
	d := site()
	e, err := d.Authenticate("jdoe", "password", true)
	fmt.Println(e.Name(), err)
	_, err = d.Authenticate("jdoe", "Password", true)
	fmt.Println(err)
	// Output:
	// John Doe/Sales/Acme <nil>
	// authentication failed
}

// Lists of names hold names, patterns, groups, and views of people.
func ExampleDirectory_InGroup() {
	d := site()
	for _, entry := range []string{"*/Sales/Acme", "Staff", "*($Users)", "*/Other"} {
		for _, name := range d.Lookup(directory.Query{Local: "jdoe"})[0].Identities() {
			fmt.Println(entry, directory.MatchName(entry, name) || d.InGroup(entry, name))
		}
	}
	// Output:
	// */Sales/Acme true
	// Staff true
	// *($Users) true
	// */Other false
}

func ExampleAbbreviate() {
	fmt.Println(directory.Abbreviate("CN=John Doe/OU=Sales/O=Acme"))
	fmt.Println(directory.Canonical("John Doe/Sales/Acme"))
	fmt.Println(directory.CommonName("John Doe/Sales/Acme"))
	// Output:
	// John Doe/Sales/Acme
	// CN=John Doe/OU=Sales/O=Acme
	// John Doe
}

package ldap_test

import (
	"context"
	"fmt"

	"domigo/directory"
	"domigo/directory/ldap"
	"domigo/internal/ldaptest"
)

// A look-up and a login over the directory in memory, which is empty here, and LDAP.
func ExampleClient() {
	people, err := ldaptest.Parse(`
dn: uid=jdoe,ou=people,dc=acme,dc=com
objectClass: inetOrgPerson
uid: jdoe
cn: John Doe
mail: john.doe@acme.com
userPassword: secret
`)
	server := &ldaptest.Server{Entries: people}
	if err != nil || server.Start("") != nil {
		return
	}
	defer server.Stop()

	client, err := ldap.New(ldap.Config{
		Servers: []string{"ldap://" + server.Address()},
		Base:    "dc=acme,dc=com",
		Place:   directory.Place{Number: directory.Last, Logins: true},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer client.Close()

	ctx := context.Background()
	view := directory.NewBuilder().Build().Assisted(client)
	query := directory.Query{Local: "john.doe", Domain: "acme.com"}
	found, state := view.Lookup(query)
	if state == directory.Incomplete { // what is missing is fetched, then the look-up made again
		view.Fetch(ctx, client)
		found, state = view.Lookup(query)
	}
	if state != directory.Complete || len(found) != 1 {
		fmt.Println("not one person", state)
		return
	}
	fmt.Println(found[0].Name(), "in", found[0].MailFile)
	fmt.Println(client.Verify(ctx, found[0], "secret"))
	fmt.Println(client.Verify(ctx, found[0], "wrong"))
	// Output:
	// UID=jdoe/people/DC=acme/DC=com in mail/jdoe
	// <nil>
	// authentication failed
}

package settings

// ldapRows: the LDAP directory beside the Domino Directory.
func ldapRows() []Row {
	row := func(name, field string, typ Type, doc string) Row {
		return Row{Name: "Domigo_LDAP" + name, Target: "LDAP." + field, Type: typ, Takes: ServerStart, Status: Honoured, Doc: doc}
	}
	schema := row("Schema", "Schema", Enum, "What people and groups look like in it: domino, inetorgperson, ad (Active Directory); auto finds out whether it is an Active Directory and else takes the other two together.")
	schema.Default, schema.Enum = "auto", map[string]int{"auto": 0, "domino": 1, "inetorgperson": 2, "ad": 3}
	startTLS := row("StartTLS", "StartTLS", Flag, "1: on ldap:// servers nothing is said before StartTLS.")
	startTLS.Default = "0"
	file := row("MailFile", "MailFile", String, "Mail file of people whose LDAP entry names none, and that are no dominoPerson: %s is the first short name (uid, sAMAccountName).")
	file.Default = "mail/%s"
	timeout := row("Timeout", "Timeout", Seconds, "Seconds that a question may take, connecting included.")
	timeout.Default, timeout.Min, timeout.Max = "5", 1, 60
	cache := row("Cache", "Cache", Seconds, "Seconds for which an answer is kept, and that a password was right; a quarter of it that somebody was not found. 0 keeps nothing.")
	cache.Default, cache.Max = "300", 86_400
	auth := row("Auth", "Auth", Flag, "1: people of the LDAP directory may log in, verified by a bind.")
	auth.Default = "0"
	position := row("Position", "Position", Int, "Its place in the order of directories: 0 with the primary directory as one, n before the n-th further directory, -1 behind all.")
	position.Default, position.Shown, position.Min, position.Max = "-1", "behind all", -1, 1000
	return []Row{
		row("", "Servers", WordList, "Servers of an LDAP directory that is searched beside the Domino Directory: ldap://HOST[:PORT] or ldaps://HOST[:PORT], the first that answers counts."),
		row("Base", "Base", String, "Distinguished name of the entry that everybody is below, dc=acme,dc=com."),
		row("Bind", "Bind", String, "Distinguished name of the account that asks; not set: nobody's."),
		row("PasswordFile", "PasswordFile", String, "File with the account's password, below the data directory unless it is absolute; others than its owner must not have access."),
		row("CA", "CA", String, "PEM file of the certificates that vouch for the servers; not set: the system's."),
		startTLS, schema,
		row("People", "People", String, "Filter of people, in place of the schema's."),
		row("Groups", "Groups", String, "Filter of groups, in place of the schema's."),
		file, timeout, cache, auth, position,
	}
}

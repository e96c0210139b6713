package sitegen

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// units are the organizational units, so that full names are as long as they
// are in a company.
func units() []string {
	return []string{"Sales/OU=EMEA", "Research", "Plant 4/OU=Production", "IT", "Finance/OU=AMERICAS", "Büro Zürich", "Legal", "Support/OU=APAC"}
}

// name gives the names of a person. The number in the last name keeps them
// unique; first names repeat as they do in life, also outside ASCII.
func (m *maker) name(i int) Person {
	first := []string{"Anna", "Bernd", "Chloé", "Dieter", "Eva", "François", "Grace", "Hiroshi", "Inés", "Jürgen", "Kyūzō", "Lena", "Mário", "Nadia", "Oleg", "Petra",
		"Quentin", "Rosa", "Søren", "Teresa", "Ulrich", "Vera", "Walter", "Xenia", "Yusuf", "Zoë", "Marie-Louise", "John", "Jane", "Karl Heinz", "Lucia", "Miguel"}[i%32]
	last := surname(i / 32)
	unit := units()[i%8]
	short := fmt.Sprintf("%c%s%d", asciiFirst(first), strings.ToLower(last), i%32)
	return Person{
		First: first, Last: last, ShortName: short,
		FullName: fmt.Sprintf("CN=%s %s/OU=%s/O=Acme", first, last, unit),
		Address:  fmt.Sprintf("%s.%s%d@acme.com", strings.ToLower(plain(first)), strings.ToLower(last), i%32),
	}
}

// surname gives the n-th last name, made of syllables.
func surname(n int) string {
	syllables := []string{"ba", "ber", "co", "dal", "en", "fer", "gar", "hol", "in", "jan", "ko", "lin", "mar", "ner", "ost", "per"}
	var b strings.Builder
	for range 4 {
		b.WriteString(syllables[n%16])
		n /= 16
	}
	s := b.String()
	return strings.ToUpper(s[:1]) + s[1:]
}

// plain leaves out what an address cannot hold.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r > 126 || r == ' ' {
			return -1
		}
		return r
	}, s)
}

func asciiFirst(s string) byte { return strings.ToLower(s)[0] }

// person makes a Person document.
func (m *maker) person(d *document, i int) {
	p := m.name(i)
	mailFile, phone := fmt.Sprintf("mail/%02x/%s", i%256, p.ShortName), fmt.Sprintf("+49 30 %07d", i)
	if m.changed(i) {
		mailFile, phone = fmt.Sprintf("mail2/%02x/%s", i%256, p.ShortName), fmt.Sprintf("+49 40 %07d", i)
	}
	server := fmt.Sprintf("CN=Mail%d/OU=Srv/O=Acme", i%12)
	d.add("Type", text, "Person")
	d.add("FullName", names, p.FullName, p.First+" "+p.Last)
	d.add("ShortName", textList, p.ShortName)
	d.add("FirstName", text, p.First)
	d.add("LastName", text, p.Last)
	d.add("InternetAddress", text, p.Address)
	d.add("HTTPPassword", text, m.hashes[i%len(m.hashes)])
	d.add("HTTPPasswordChangeDate", date, "20240115T093012,44+01")
	d.add("MailSystem", text, "1")
	d.add("MailServer", names, server)
	d.add("MailFile", text, mailFile)
	d.add("MailDomain", text, "ACME")
	m.beside(d, i, phone)
	d.add("Certificate", binary, "200")
	d.add("UserCertificate", binary, "120")
	d.add("$PublicKey", binary, "64")
	d.add("Comment", rich, fmt.Sprintf("Moved from building %d to %d; see the notes of %s <ext. %d> & others.", d.rnd.IntN(20), d.rnd.IntN(20), p.Last, d.rnd.IntN(9999)))
	d.add("Owner", names, p.FullName)
	d.add("LocalAdmin", names, "LocalDomainAdmins", "HR Department")
	d.add("$UpdatedBy", names, p.FullName, "CN=Admin/O=Acme", server, "CN=Sync Agent/O=Acme")
	d.add("$Revisions", date, revisions(d.rnd)...)
}

// beside adds what a Person document holds that mail does not need.
func (m *maker) beside(d *document, i int, phone string) {
	for _, it := range [...]struct{ name, value string }{
		{"MessageStorage", "1"}, {"EncryptIncomingMail", "0"}, {"CheckPassword", "2"}, {"ClientType", "1"},
		{"OfficePhoneNumber", phone}, {"OfficeFAXPhoneNumber", "+49 30 1234567"},
		{"CompanyName", "Acme Corporation International"}, {"Department", units()[i%8]}, {"JobTitle", "Specialist"}, {"Manager", "CN=Vera Barbar/O=Acme"},
		{"OfficeStreetAddress", fmt.Sprintf("Müllerstraße %d", i%300)}, {"OfficeCity", "Berlin"}, {"OfficeZIP", fmt.Sprintf("%05d", 10000+i%9999)}, {"OfficeCountry", "Germany"},
		{"Location", fmt.Sprintf("B%d.%03d", i%20, i%1000)}, {"AltFullName", ""},
		{"AvailableForDirSync", "1"},
		{"$SecurePassword", "1"},
	} {
		d.add(it.name, text, it.value)
	}
	d.add("HTTPPasswordChangeInterval", number, "90")
	d.add("PasswordDigest", number, fmt.Sprint(i))
}

// revisions gives the times of some changes.
func revisions(rnd *rand.Rand) []string {
	var out []string
	for year := 2019 + rnd.IntN(5); year < 2026; year++ {
		out = append(out, fmt.Sprintf("%d%02d%02dT%02d%02d%02d,%02d+01", year, 1+rnd.IntN(12), 1+rnd.IntN(28), rnd.IntN(24), rnd.IntN(60), rnd.IntN(60), rnd.IntN(100)))
	}
	return out
}

// groupName gives the name of the group at a place.
func groupName(i int) string {
	if i == 0 {
		return "Everybody"
	}
	return fmt.Sprintf("%s list %d", strings.NewReplacer("/OU=", " ", "/", " ").Replace(units()[i%8]), i)
}

// group makes a Group document.
func (m *maker) group(d *document, i int) {
	d.add("Type", text, "Group")
	d.add("ListName", names, groupName(i))
	d.add("GroupType", text, fmt.Sprint(i%3))
	d.add("ListDescription", text, fmt.Sprintf("Members are kept by the agent, %d of %d", i, m.Groups))
	d.add("ListOwner", names, "CN=Admin/O=Acme")
	d.add("LocalAdmin", names, "LocalDomainAdmins")
	d.add("AvailableForDirSync", text, "1")
	d.add("Members", names, m.members(d.rnd, i)...)
	d.add("$UpdatedBy", names, "CN=Admin/O=Acme", "CN=Sync Agent/O=Acme")
	d.add("$Revisions", date, revisions(d.rnd)...)
}

// members gives the members of a group: persons under their canonical or
// abbreviated names, and groups that stand behind it, so that none holds itself.
func (m *maker) members(rnd *rand.Rand, i int) []string {
	if m.Persons == 0 {
		return nil
	}
	n := min(5+rnd.IntN(76), m.Persons)
	if i == 0 {
		n = m.Largest
	}
	var out []string
	start, step := rnd.IntN(m.Persons), max(1, m.Persons/n)
	for k := range n {
		name := m.name((start + k*step) % m.Persons).FullName
		if k%4 == 3 {
			name = strings.NewReplacer("CN=", "", "OU=", "", "O=", "").Replace(name)
		}
		out = append(out, name)
	}
	if i%5 == 0 {
		for inner := i + 1; inner < min(i+4, m.Groups); inner++ {
			out = append(out, groupName(inner))
		}
	}
	return out
}

// mailIn makes a Mail-in Database document.
func (m *maker) mailIn(d *document, i int) {
	d.add("Type", text, "Database")
	d.add("FullName", names, fmt.Sprintf("Mailbox %s %d", surname(i), i))
	d.add("InternetAddress", text, fmt.Sprintf("mailbox.%d@acme.com", i))
	d.add("Description", text, "Kept by the service desk")
	d.add("MailServer", names, fmt.Sprintf("CN=Mail%d/OU=Srv/O=Acme", i%12))
	d.add("MailFile", text, fmt.Sprintf("apps/mailin%d.nsf", i))
	d.add("MailDomain", text, "ACME")
	d.add("$UpdatedBy", names, "CN=Admin/O=Acme")
}

package directory

import (
	"encoding/hex"
	"fmt"
	"strings"

	"domigo/configdoc/note"
	"domigo/directory/password"
)

// maxPasswords bounds what one login can cost. Domino writes one value; a list
// is possible, as @Password maps a list to a list.
const maxPasswords = 8

// itemName is an item that is read. A reader of exports leaves out all others
// (Collector.Wants), so there is no other way to an item's value.
type itemName uint8

const (
	itemForm itemName = iota
	itemType
	itemFullName
	itemAltFullName
	itemListName
	itemShortName
	itemFirstName
	itemMiddleInitial
	itemLastName
	itemInternetAddress
	itemHTTPPassword
	itemMailServer
	itemMailFile
	itemMailDomain
	itemMailSystem
	itemMailAddress
	itemGroupType
	itemMembers
	itemReaders
)

// itemNames gives the names of the items, in the order of the constants.
func itemNames() [itemReaders + 1]string {
	return [...]string{"Form", "Type", "FullName", "AltFullName", "ListName", "ShortName", "FirstName", "MiddleInitial", "LastName", "InternetAddress", "HTTPPassword",
		"MailServer", "MailFile", "MailDomain", "MailSystem", "MailAddress", "GroupType", "Members", "$Readers"}
}

// maker makes an entry of a document.
type maker struct {
	doc      *note.Document
	names    [itemReaders + 1]string
	entry    Entry
	problems []Problem
	nameless bool // the document gives no entry
}

func (m *maker) value(n itemName) string    { return m.doc.Value(m.names[n]) }
func (m *maker) values(n itemName) []string { return m.doc.Values(m.names[n]) }

// read reports whether the document is one of this package, and fills the rest.
func (m *maker) read(dir int) bool {
	m.names = itemNames()
	d, e := m.doc, &m.entry
	form := d.Form
	if form == "" {
		form = m.value(itemType)
	}
	*e = Entry{Dir: dir, File: d.File, Line: d.Line, sequence: d.Sequence}
	if id, err := hex.DecodeString(d.UNID); err == nil && len(id) == len(e.unid) {
		e.unid = [16]byte(id)
	}
	names := itemFullName
	switch {
	case !IsForm(form):
		return false
	case strings.EqualFold(form, "Person"):
		e.Kind = Person
	case strings.EqualFold(form, "Group"):
		e.Kind = Group
		names = itemListName
	default:
		e.Kind = MailIn
	}
	e.FullName = cleaned(m.values(names))
	e.InternetAddress = m.value(itemInternetAddress)
	switch e.Kind {
	case Person:
		m.person()
	case Group:
		m.group()
	case MailIn:
		m.mailPlace()
	}
	if e.Name() == "" {
		m.nameless = true
		m.report(d.Line, "the document has no name and is left out")
		return true
	}
	if a := e.InternetAddress; a != "" {
		if i := strings.LastIndexByte(a, '@'); i <= 0 || i == len(a)-1 {
			m.report(m.line(itemInternetAddress), fmt.Sprintf("the Internet address %q is none: it has to be local@domain", a))
		}
	}
	return true
}

func (m *maker) person() {
	e := &m.entry
	e.AltFullName = cleaned(m.values(itemAltFullName))
	e.ShortName = cleaned(m.values(itemShortName))
	e.First, e.Middle, e.Last = m.value(itemFirstName), m.value(itemMiddleInitial), m.value(itemLastName)
	e.Forward = m.value(itemMailAddress)
	m.mailPlace()
	e.Password = m.values(itemHTTPPassword)
	line := m.line(itemHTTPPassword)
	if len(e.Password) > maxPasswords {
		m.report(line, fmt.Sprintf("%d Internet passwords are stored; only the first %d are tried", len(e.Password), maxPasswords))
		e.Password = e.Password[:maxPasswords:maxPasswords]
	}
	for _, stored := range e.Password {
		info, err := password.Inspect(stored)
		switch {
		case err != nil:
			m.report(line, err.Error()+"; the person cannot log in with it")
		case info.Form == password.V3 && info.Tail != password.UsualTail:
			m.report(line, fmt.Sprintf("the stored Internet password has %q where %q is usual; it may be of an unknown variant", info.Tail, password.UsualTail))
		}
	}
}

func (m *maker) group() {
	e := &m.entry
	e.Members = cleaned(m.values(itemMembers))
	e.Readers = cleaned(m.values(itemReaders))
	kind := m.value(itemGroupType)
	e.GroupType = parseGroupType(kind)
	if e.GroupType == UnknownType {
		m.report(m.line(itemGroupType), fmt.Sprintf("the group type %q is unknown; the group takes no mail and counts in no restriction field", kind))
	}
	if len(e.Members) == 0 {
		m.report(m.doc.Line, "the group has no members")
	}
}

// mailPlace reads where an entry's mail lies.
func (m *maker) mailPlace() {
	e := &m.entry
	e.MailServer, e.MailFile = m.value(itemMailServer), m.value(itemMailFile)
	e.MailDomain, e.MailSystem = m.value(itemMailDomain), m.value(itemMailSystem)
}

// line gives the line of an item, else of its document.
func (m *maker) line(n itemName) int {
	if it, ok := m.doc.Item(m.names[n]); ok && it.Line > 0 {
		return it.Line
	}
	return m.doc.Line
}

func (m *maker) report(line int, text string) {
	m.problems = append(m.problems, problem(&m.entry, line, text))
}

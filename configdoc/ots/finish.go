package ots

import (
	"path"
	"strings"

	"domigo/configdoc/note"
)

// directoryFile is the database that Domino's setup writes the server's and
// the users' documents to.
const directoryFile = "names.nsf"

// finish makes the documents that serverSetup stands for.
func (p *parser) finish() {
	server := p.server()
	p.serverTasks()
	for i := range p.setup.users {
		p.file.Users = append(p.file.Users, p.person(&p.setup.users[i], server))
	}
}

// serverTasks adds the variable ServerTasks that Domino's setup writes from the
// setup's task lists, unless notesINI gives it.
func (p *parser) serverTasks() {
	s := &p.setup
	var tasks []string
	line := 0
	for _, m := range []member{s.tasks, s.moreTasks} {
		if t := strings.Trim(m.text, ", "); t != "" {
			tasks = append(tasks, t)
			line = m.line
		}
	}
	if len(tasks) == 0 {
		return
	}
	for _, v := range p.file.NotesINI {
		if strings.EqualFold(v.Name, "ServerTasks") {
			return
		}
	}
	p.file.NotesINI = append(p.file.NotesINI, Variable{Name: "ServerTasks", Value: strings.Join(tasks, ","), Line: line})
}

// canonical gives the hierarchical name under the organization of the setup.
// A name that is hierarchical already stays.
func (s *setup) canonical(common string) string {
	if strings.ContainsAny(common, "/=") {
		return common
	}
	name := "CN=" + common
	for _, part := range []struct {
		attribute string
		member
	}{{"/OU=", s.unit}, {"/O=", s.org}, {"/C=", s.country}} {
		if t := strings.TrimSpace(part.text); t != "" {
			name += part.attribute + t
		}
	}
	return name
}

// commonName gives the first part of a hierarchical name.
func commonName(name string) string {
	first, _, _ := strings.Cut(name, "/")
	if attribute, common, ok := strings.Cut(first, "="); ok && strings.EqualFold(strings.TrimSpace(attribute), "CN") {
		first = common
	}
	return strings.TrimSpace(first)
}

// server completes the Server document of the setup's server, or makes it, and
// gives its name: "" when the setup names none.
func (p *parser) server() string {
	s := &p.setup
	name := strings.TrimSpace(s.name.text)
	if name == "" {
		return ""
	}
	doc := p.serverDocument(commonName(name))
	if doc == nil {
		doc = &note.Document{
			File: p.name, Line: s.name.line, Number: len(p.file.Documents) + 1,
			Database: directoryFile, Form: "Server",
		}
		add(doc, "ServerName", member{text: s.canonical(name), line: s.name.line})
		add(doc, "ServerTitle", s.title)
		p.file.Documents = append(p.file.Documents, doc)
	}
	add(doc, "Domain", s.domain)
	add(doc, "SMTPFullHostDomain", s.host)
	return doc.Value("ServerName")
}

// serverDocument finds the Server document by its common name: whether the
// setup's organizational unit is part of the name is up to the release.
func (p *parser) serverDocument(common string) *note.Document {
	for _, doc := range p.file.Documents {
		if doc.Is("Server") && inDirectory(doc) && strings.EqualFold(commonName(doc.Value("ServerName")), common) {
			return doc
		}
	}
	return nil
}

func inDirectory(doc *note.Document) bool {
	file := path.Base(strings.ReplaceAll(doc.Database, `\`, "/"))
	return doc.Database == "" || strings.EqualFold(file, directoryFile)
}

// person makes the Person document of a user on that server.
func (p *parser) person(u *user, server string) *note.Document {
	s := &p.setup
	doc := &note.Document{
		File: p.name, Line: u.line, Number: len(p.file.Users) + 1,
		Database: directoryFile, Form: "Person",
	}
	here := func(text string) member { return member{text: text, line: u.line} }
	first, last := u.first.or(s.defaults.first), u.last.or(s.defaults.last)
	add(doc, "Type", here("Person"))
	add(doc, "FirstName", first)
	add(doc, "MiddleInitial", u.middle.or(s.defaults.middle))
	add(doc, "LastName", last)
	if common := strings.TrimSpace(first.text + " " + last.text); common != "" {
		doc.Items = append(doc.Items, note.Item{
			Name: "FullName", Type: note.TextList, Line: u.line,
			Values: []string{s.canonical(common), common},
		})
	}
	add(doc, "ShortName", u.short.or(s.defaults.short))
	add(doc, "InternetAddress", u.address.or(s.defaults.address))
	add(doc, "MailFile", u.mailFilePath.or(s.defaults.mailFilePath))
	if server != "" {
		add(doc, "MailServer", here(server))
	}
	add(doc, "MailDomain", s.domain)
	return doc
}

// or gives the member, or the default when it is not set.
func (m member) or(byDefault member) member {
	if m.line > 0 {
		return m
	}
	return byDefault
}

// add gives the document an item that it does not have, if the member is set:
// a setup that leaves a value blank leaves it to Domino's default, which is not
// a blank item.
func add(doc *note.Document, name string, m member) {
	if _, there := doc.Item(name); there || strings.TrimSpace(m.text) == "" {
		return
	}
	doc.Items = append(doc.Items, note.Item{Name: name, Values: []string{m.text}, Line: m.line})
}

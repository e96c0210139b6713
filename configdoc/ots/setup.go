package ots

import (
	"strings"

	"domigo/configdoc/note"
)

// member is a scalar of serverSetup; line 0 means that it is not set.
type member struct {
	text string
	line int
}

// setup is what serverSetup says about the server and its people, gathered
// until the whole file is read: the order of members means nothing.
type setup struct {
	name, title, domain, host member
	tasks, moreTasks          member
	org, unit, country        member
	defaults                  user
	users                     []user
}

// user is one entry of registerUsers. There is no field for its password.
type user struct {
	line                         int
	first, middle, last          member
	short, address, mailFilePath member
}

// member reads a scalar. null leaves it unset.
func (p *parser) member(name string) (member, error) {
	outer := p.item
	p.item = name
	line := p.line
	var size note.Size
	v, err := p.value(&size)
	if err != nil {
		return member{}, err
	}
	switch v.kind {
	case null:
		line = 0
	case list, typed:
		return member{}, p.errorf("an array or object, want one value")
	}
	p.item = outer
	return member{text: v.text, line: line}, p.keep(size.Bytes())
}

// set reads the member's value into the field of that name; a value that is
// there already stays.
func (p *parser) set(key string, fields map[string]*member) error {
	field, ok := fields[strings.ToLower(key)]
	if !ok {
		return p.skip()
	}
	m, err := p.member(key)
	if err == nil && field.line == 0 {
		*field = m
	}
	return err
}

func (p *parser) serverSetup(key string) error {
	s := &p.setup
	var fields map[string]*member
	switch strings.ToLower(key) {
	case "server":
		fields = map[string]*member{"name": &s.name, "title": &s.title, "domainname": &s.domain, "servertasks": &s.tasks, "additionalservertasks": &s.moreTasks}
	case "network":
		fields = map[string]*member{"hostname": &s.host}
	case "org":
		fields = map[string]*member{"orgname": &s.org, "orgunitname": &s.unit, "countrycode": &s.country}
	case "notesini":
		return p.object(key, p.variable)
	case "registerusers":
		return p.object(key, p.registerUsers)
	default:
		return p.skip()
	}
	return p.object(key, func(key string) error { return p.set(key, fields) })
}

func (p *parser) variable(name string) error {
	if name == "" {
		return p.errorf("a notes.ini variable without a name")
	}
	if len(p.file.NotesINI) >= note.MaxItems {
		return p.errorf("notes.ini variables: %w of %d", note.ErrLimit, note.MaxItems)
	}
	m, err := p.member(name)
	if err == nil && m.line > 0 {
		p.file.NotesINI = append(p.file.NotesINI, Variable{Name: name, Value: m.text, Line: m.line})
	}
	return err
}

func (p *parser) registerUsers(key string) error {
	switch strings.ToLower(key) {
	case "defaults":
		return p.user(&p.setup.defaults)
	case "users":
		return p.array(key, func() error {
			var u user
			err := p.user(&u)
			if err != nil || u.line == 0 {
				return err
			}
			p.setup.users = append(p.setup.users, u)
			return p.keep(documentCost)
		})
	}
	return p.skip()
}

// user reads the members of a user that a Person document shows; everything
// else, the password first of all, is passed over. null leaves line 0.
func (p *parser) user(u *user) error {
	opened, err := p.open("registerUsers")
	if err != nil || !opened {
		return err
	}
	u.line = p.line
	fields := map[string]*member{
		"firstname": &u.first, "middlename": &u.middle, "lastname": &u.last,
		"shortname": &u.short, "internetaddress": &u.address, "mailfilepath": &u.mailFilePath,
	}
	return p.members(func(key string) error { return p.set(key, fields) })
}

package manual

import (
	"fmt"
	"regexp"
	"strings"
)

// Document is a file of the manual.
type Document struct {
	Name string // "domigo-check.1"
	Text string
}

// Man gives the man pages, in the macros of man(7): one of the program, one of
// each verb in section 1, and one of the variables in section 5.
func (b *Book) Man() []Document {
	out := []Document{{b.Program.Name + ".1", b.programPage()}}
	for _, e := range b.Verbs {
		out = append(out, Document{b.Program.Name + "-" + e.Name + ".1", b.verbPage(e)})
	}
	return append(out, Document{b.Program.Name + "-notes.ini.5", b.variablesPage()})
}

// roff is a man page in the making.
type roff struct{ b strings.Builder }

// raw writes a line of roff.
func (r *roff) raw(line string) { r.b.WriteString(line + "\n") }

// text writes words as they are to be read, in lines that are not long.
func (r *roff) text(s string) {
	const most = 75
	line := ""
	for _, word := range strings.Fields(escape(s)) {
		if line != "" && len(line)+1+len(word) > most {
			r.raw(shielded(line))
			line = ""
		}
		line = strings.TrimPrefix(line+" "+word, " ")
	}
	r.raw(shielded(line))
}

// item writes an entry of a list: what it is of, in roff, and its text.
func (r *roff) item(head, text string) {
	r.raw(".TP")
	r.raw(shielded(head))
	r.text(text)
}

// escape keeps roff from reading anything into a text. A hyphen becomes the sign
// of a command line, so that it can be copied.
func escape(s string) string {
	return strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`).Replace(s)
}

// shielded keeps a line that begins like a request from being one.
func shielded(line string) string {
	if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
		return `\&` + line
	}
	return line
}

func bold(s string) string   { return `\fB` + escape(s) + `\fR` }
func italic(s string) string { return `\fI` + escape(s) + `\fR` }

// placeholder is a word of a synopsis that stands for another.
var placeholder = regexp.MustCompile(`\b[A-Z][A-Z0-9]*\b|\bflags\b|\barguments\b`)

// form gives words of a synopsis with what they stand for in italics.
func form(words string) string {
	return placeholder.ReplaceAllStringFunc(escape(words), func(s string) string { return `\fI` + s + `\fR` })
}

// begin makes a page up to its name.
func (b *Book) begin(name, section, short string) *roff {
	r := &roff{}
	r.raw(`.\" Made by "` + b.Program.Name + ` man"; do not edit.`)
	r.raw(fmt.Sprintf(`.TH "%s" "%s" "%s" "%s" "Domigo Manual"`, escape(strings.ToUpper(name)), section, b.Date, escape("Domigo "+b.Version)))
	r.raw(".SH NAME")
	r.raw(escape(name) + ` \- ` + escape(short))
	return r
}

func (b *Book) verbPage(e Entry) string {
	r := b.begin(b.Program.Name+"-"+e.Name, "1", e.Short)
	r.synopsis(b.Program.Name+" "+e.Name, e.Forms)
	r.description(e.About)
	if len(e.Flags) > 0 {
		r.raw(".SH OPTIONS")
		r.options(e.Flags)
	}
	r.exits(e.Exits)
	r.examples(b.Program.Name, e.Examples)
	r.files(e.Files)
	r.raw(".SH SEE ALSO")
	r.seeAlso(append([]string{b.Program.Name + "(1)"}, b.references(e.SeeAlso, "-", "(1)")...))
	return r.b.String()
}

func (b *Book) programPage() string {
	p := b.Program
	r := b.begin(p.Name, "1", p.Short)
	r.synopsis(p.Name, p.Forms)
	r.description(p.About)
	r.raw(".SH COMMANDS")
	for _, e := range b.Verbs {
		r.item(bold(e.Name), strings.ToUpper(e.Short[:1])+e.Short[1:]+".")
	}
	r.raw(".SH OPTIONS")
	r.text("Every command takes these, before or behind its arguments; its own page names those that it heeds.")
	r.options(b.Common)
	r.exits(p.Exits)
	r.examples(p.Name, p.Examples)
	r.files(p.Files)
	r.raw(".SH SEE ALSO")
	pages := []string{p.Name + "-notes.ini(5)"}
	for _, e := range b.Verbs {
		pages = append(pages, p.Name+"-"+e.Name+"(1)")
	}
	r.seeAlso(pages)
	return r.b.String()
}

func (b *Book) variablesPage() string {
	r := b.begin(b.Program.Name+"-notes.ini", "5", "the variables of notes.ini that Domigo reads")
	r.description(variablesAbout)
	for _, part := range []struct {
		title string
		own   bool
	}{{"DOMIGO'S OWN VARIABLES", true}, {"DOMINO'S VARIABLES", false}} {
		r.raw(".SH " + escape(part.title))
		for _, v := range b.Variables {
			if v.Own == part.own {
				r.variable(v)
			}
		}
	}
	r.examplesOf(`# mail goes to Dovecot, and users submit on port 587
Domigo_Delivery=lmtp:unix:/run/dovecot/lmtp
Domigo_SubmissionPort=587
Domigo_TLSCert=/etc/domigo/mail.pem`)
	r.raw(".SH SEE ALSO")
	r.seeAlso(append([]string{b.Program.Name + "(1)"}, b.references([]string{"check", "explain", "serve"}, "-", "(1)")...))
	return r.b.String()
}

const variablesAbout = `
notes.ini in a site's folder holds a line NAME=VALUE for each setting, as in Domino.
Names are read without regard to case. Of a variable that stands there twice the first
counts. A setting may be a field of a document as well; weakest first, these count:
default, document, One-Touch notesINI, notes.ini, NOTES.INI Settings of the
Configuration Settings document. The command "domigo explain NAME" shows which did.

The variables whose names begin with Domigo_ are not Domino's; they stand there like
an add-in's, and never change what one of Domino's means.`

func (r *roff) variable(v Variable) {
	r.item(bold(v.Name), strings.TrimSuffix(v.Means, ".")+".")
	facts := []string{"Values: " + v.Values}
	if v.Default != "" {
		facts = append(facts, "default: "+v.Default)
	}
	if v.Takes != "" {
		facts = append(facts, "a change takes effect "+v.Takes)
	}
	if v.Place != "notes.ini" {
		facts = append(facts, "stands in "+v.Place)
	}
	if v.Status != "honoured" {
		facts = append(facts, v.Status)
	}
	r.text(strings.Join(facts, "; ") + ".")
}

func (r *roff) synopsis(lead string, forms []string) {
	r.raw(".SH SYNOPSIS")
	if len(forms) == 0 {
		forms = []string{""}
	}
	for i, f := range forms {
		if i > 0 {
			r.raw(".br")
		}
		r.raw(strings.TrimSpace(bold(lead) + " " + form(f)))
	}
}

func (r *roff) description(about string) {
	r.raw(".SH DESCRIPTION")
	for i, para := range paragraphs(about) {
		if i > 0 {
			r.raw(".PP")
		}
		if asIs(para) {
			r.literal(para)
			continue
		}
		r.text(para)
	}
}

// literal writes lines as they are.
func (r *roff) literal(text string) {
	r.raw(".nf")
	for _, line := range strings.Split(text, "\n") {
		r.raw(shielded(escape(line)))
	}
	r.raw(".fi")
}

func (r *roff) options(flags []Flag) {
	for _, f := range flags {
		head := bold("-" + f.Name)
		if f.Value != "" {
			head += " " + italic(f.Value)
		}
		r.item(head, f.text()+".")
	}
}

func (r *roff) exits(exits []Exit) {
	r.raw(".SH EXIT STATUS")
	for _, e := range exits {
		r.item(bold(fmt.Sprint(e.Code)), e.Means+".")
	}
}

func (r *roff) examples(program string, examples []Example) {
	r.raw(".SH EXAMPLES")
	for i, e := range examples {
		if i > 0 {
			r.raw(".PP")
		}
		r.text(strings.ToUpper(e.Does[:1]) + e.text()[1:] + ":")
		r.raw(".PP")
		r.raw(".RS 4")
		r.literal(program + " " + e.Line)
		r.raw(".RE")
	}
}

// examplesOf writes an example that is no command.
func (r *roff) examplesOf(text string) {
	r.raw(".SH EXAMPLES")
	r.literal(text)
}

func (r *roff) files(files []File) {
	if len(files) == 0 {
		return
	}
	r.raw(".SH FILES")
	for _, f := range files {
		r.item(italic(f.Name), f.Means+".")
	}
}

// seeAlso writes references as "name(1)".
func (r *roff) seeAlso(pages []string) {
	for i, p := range pages {
		name, section, _ := strings.Cut(p, "(")
		end := ","
		if i == len(pages)-1 {
			end = ""
		}
		r.raw(".BR " + escape(name) + " (" + section + end)
	}
}

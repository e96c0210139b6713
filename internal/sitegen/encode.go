package sitegen

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// encoder writes documents in one format. Errors stay in the bufio.Writer
// below it, which reports them when it is flushed.
type encoder interface {
	begin()
	document(*document)
	end()
}

// dxlEncoder writes as Domino's exporter does: attributes in single quotes, line
// breaks inside start tags.
type dxlEncoder struct{ w *bufio.Writer }

func (e *dxlEncoder) begin() {
	e.w.WriteString("<?xml version='1.0' encoding='utf-8'?>\n<!DOCTYPE database SYSTEM 'xmlschemas/domino_12_0_2.dtd'>\n" +
		"<database xmlns='http://www.lotus.com/dxl' version='12.0' maintenanceversion='2.0'\n replicaid='C1258AB00012ABCD' path='CN=Mail1/OU=Srv/O=Acme!!names.nsf' title='Acme&apos;s Directory'>\n" +
		"<databaseinfo dbid='C125873F003EE28C' odsversion='52' diskspace='655360000'\n percentused='66.04296875' numberofdocuments='105500'><datamodified><datetime\n>20260226T103018,97+01</datetime></datamodified></databaseinfo>\n")
}

func (e *dxlEncoder) end() { e.w.WriteString("</database>\n") }

func (e *dxlEncoder) document(d *document) {
	fmt.Fprintf(e.w, "<document form='%s'>\n<noteinfo noteid='%x' unid='%016X%016X' sequence='%d'>\n", d.form, 0x8f6+4*d.number, d.rnd.Uint64(), d.rnd.Uint64(), 1+d.rnd.IntN(30))
	for _, name := range []string{"created", "modified", "revised", "lastaccessed", "addedtofile"} {
		fmt.Fprintf(e.w, "<%s><datetime>2024%02d%02dT133245,57+02</datetime></%s>\n", name, 1+d.rnd.IntN(12), 1+d.rnd.IntN(28), name)
	}
	e.w.WriteString("</noteinfo>\n<updatedby><name>CN=Admin/O=Acme</name><name>CN=Sync Agent/O=Acme</name></updatedby>\n")
	for _, it := range d.items {
		e.item(d.rnd, it)
	}
	e.w.WriteString("</document>\n")
}

func (e *dxlEncoder) item(rnd *rand.Rand, it item) {
	flag := ""
	if it.kind == names {
		flag = " names='true'"
	}
	fmt.Fprintf(e.w, "<item name='%s'%s>", it.name, flag)
	switch {
	case it.kind == binary:
		size, _ := strconv.Atoi(it.values[0]) // made by this package
		e.w.WriteString("<rawitemdata type='5'>\n")
		lines(e.w, rnd, size)
		e.w.WriteString("</rawitemdata>")
	case it.kind == rich:
		e.w.WriteString("<richtext>\n<pardef id='1' leftmargin='1in' tabs='L2.1250in' keepwithnext='true'/>\n<par def='1'><run><font size='9pt' name='Helvetica Neue' pitch='variable'\n truetype='true' familyid='20'/>")
		e.escaped(it.values[0])
		e.w.WriteString("</run></par></richtext>")
	case len(it.values) == 1:
		e.value(word(it.kind), it.values[0])
	default:
		e.w.WriteString("<" + word(it.kind) + "list>")
		for _, v := range it.values {
			e.value(word(it.kind), v)
		}
		e.w.WriteString("</" + word(it.kind) + "list>")
	}
	e.w.WriteString("</item>\n")
}

// word gives the element of one value.
func word(k kind) string {
	switch k {
	case number:
		return "number"
	case date:
		return "datetime"
	}
	return "text"
}

func (e *dxlEncoder) value(element, v string) {
	if v == "" {
		e.w.WriteString("<" + element + "/>")
		return
	}
	e.w.WriteString("<" + element)
	if element == "datetime" {
		e.w.WriteString("\n")
	}
	e.w.WriteString(">")
	e.escaped(v)
	e.w.WriteString("</" + element + ">")
}

func (e *dxlEncoder) escaped(s string) {
	s = strings.ReplaceAll(s, "&", "&amp;")
	s = strings.ReplaceAll(s, "<", "&lt;")
	e.w.WriteString(strings.ReplaceAll(s, ">", "&gt;"))
}

// lines writes so many made-up bytes as base64.
func lines(w *bufio.Writer, rnd *rand.Rand, size int) {
	for size > 0 {
		w.WriteString(base64.StdEncoding.EncodeToString(made(rnd, min(size, 54))))
		w.WriteString("\n")
		size -= 54
	}
}

func made(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// jsonEncoder writes documents as One-Touch Setup takes them, each on lines of
// its own; items that JSON has no type for are typed objects.
type jsonEncoder struct {
	w     *bufio.Writer
	comma bool
}

func (e *jsonEncoder) begin() {
	e.w.WriteString("{\"appConfiguration\": {\"databases\": [{\"action\": \"update\", \"filePath\": \"names.nsf\", \"documents\": [")
}

func (e *jsonEncoder) end() { e.w.WriteString("\n]}]}}\n") }

func (e *jsonEncoder) document(d *document) {
	if e.comma {
		e.w.WriteString(",")
	}
	e.comma = true
	fmt.Fprintf(e.w, "\n{\"action\": \"create\", \"computeWithForm\": true, \"items\": {\n  \"Form\": %q", d.form)
	for _, it := range d.items {
		e.w.WriteString(",\n  ")
		e.text(it.name)
		e.w.WriteString(": ")
		e.item(d.rnd, it)
	}
	e.w.WriteString("\n}}")
}

func (e *jsonEncoder) item(rnd *rand.Rand, it item) {
	switch it.kind {
	case number:
		e.w.WriteString(it.values[0])
	case binary:
		size, _ := strconv.Atoi(it.values[0]) // made by this package
		e.w.WriteString(`{"type": "rawitemdata", "value": "` + base64.StdEncoding.EncodeToString(made(rnd, size)) + `"}`)
	case rich:
		e.w.WriteString(`{"type": "richtext", "value": `)
		e.text(it.values[0])
		e.w.WriteString("}")
	case date:
		e.w.WriteString(`{"type": "datetime", "value": `)
		e.list(it.values)
		e.w.WriteString("}")
	case text:
		e.text(it.values[0])
	default:
		e.list(it.values)
	}
}

func (e *jsonEncoder) list(values []string) {
	e.w.WriteString("[")
	for i, v := range values {
		if i > 0 {
			e.w.WriteString(", ")
		}
		e.text(v)
	}
	e.w.WriteString("]")
}

func (e *jsonEncoder) text(s string) {
	s = strings.ReplaceAll(s, `\`, `\\`)
	e.w.WriteString(`"` + strings.ReplaceAll(s, `"`, `\"`) + `"`)
}

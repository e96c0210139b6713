package ots_test

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"domigo/configdoc/note"
	"domigo/configdoc/ots"
)

// documents puts documents into the smallest file, in line 1.
func documents(docs string) string {
	return `{"appConfiguration":{"databases":[{"filePath":"names.nsf","documents":[` + docs + `]}]}}`
}

func read(in string) (*ots.File, error) { return ots.Read("x", strings.NewReader(in)) }

func TestReadItems(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"string", `"relay.acme.com"`, `text ["relay.acme.com"]`},
		{"blank", `""`, `text [""]`},
		{"escapes", `"\u0024a\n\"b\" \u00fc"`, `text ["$a\n\"b\" ü"]`},
		{"non-ASCII", `"CN=Kyūzō Author/O=Domino4Ever"`, `text ["CN=Kyūzō Author/O=Domino4Ever"]`},
		{"port as number", `8080`, `number ["8080"]`},
		{"port as string", `"8080"`, `text ["8080"]`},
		{"number as written", `1.50e3`, `number ["1.50e3"]`},
		{"true", `true`, `text ["true"]`},
		{"null sets nothing", `null`, ``},
		{"strings", `["C030","9F",""]`, `textlist ["C030" "9F" ""]`},
		{"numbers", `[1, 2]`, `numberlist ["1" "2"]`},
		{"strings and numbers", `["a", 2, null, false]`, `textlist ["a" "2" "false"]`},
		{"empty array", `[]`, `textlist []`},
		{"date", `{"type":"datetime","value":"20210515T073409,53+00"}`, `datetime ["20210515T073409,53+00"]`},
		{"dates", `{"type":"datetime","value":["20210515","20210516"]}`, `datetime ["20210515" "20210516"]`},
		{"date range", `{"type":"datetime","value":[["T000000,00","T235959,00"]]}`, `datetime ["T000000,00 - T235959,00"]`},
		{"no date", `{"type":"datetime","value":null}`, ``},
		{"value before type", `{"value":"7","type":"number"}`, `number ["7"]`},
		{"number said to be text", `{"type":"text","value":7}`, `text ["7"]`},
		{"list said to be numbers", `{"type":"Number ","value":["1","2"]}`, `numberlist ["1" "2"]`},
		{"list said to be names", `{"type":"names","value":["*/O=Acme"],"flags":{"a":[1]}}`, `textlist ["*/O=Acme"]`},
		{"value without type", `{"value":["a"]}`, `textlist ["a"]`},
		{"numbers without type", `{"value":[1,2]}`, `numberlist ["1" "2"]`},
		{"typed null", `{"type":"text","value":null}`, ``},
		{"rich text", `{"type":"richtext","value":"<par/>"}`, ``},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := read(documents(`{"items":{"Form":"F","I":` + tt.value + `}}`))
			if err != nil {
				t.Fatalf("Read(%s): %v", tt.value, err)
			}
			got := ""
			if it, ok := f.Documents[0].Item("I"); ok {
				got = fmt.Sprintf("%v %q", it.Type, it.Values)
			}
			if got != tt.want {
				t.Errorf("Read(%s) = %s, want %s", tt.value, got, tt.want)
			}
		})
	}
}

func TestReadShapes(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"nothing of ours", `{"autoConfigPreferences":{"a":[{}]},"IDVault":null}`, "templates=false\n"},
		{"members are null", `{"serverSetup":{"server":null,"notesINI":null,"registerUsers":{"users":[null],"defaults":null}},"appConfiguration":{"databases":[null,{"documents":[null]}]}}`,
			"templates=false\n"},
		{"keys with blanks and another case", `{" AppConfiguration ":{"DATABASES":[{"FilePath":"a.nsf","documents ":[{" Items":{" AutomationComment ":"x"}}]}]}}`,
			"1: document 1 form=\"\" database=\"a.nsf\"\n  1: AutomationComment text [\"x\"]\ntemplates=false\n"},
		{"filePath after the documents", "{\"appConfiguration\":{\"databases\":[{\"documents\":[\n\n{\"items\":{\n\"Form\":\"A\"}},\n{}],\"filePath\":\"a.nsf\"},{\"documents\":[{}]}]}}",
			"3: document 1 form=\"A\" database=\"a.nsf\"\n  4: Form text [\"A\"]\n5: document 2 form=\"\" database=\"a.nsf\"\n5: document 3 form=\"\" database=\"\"\ntemplates=false\n"},
		{"findDocument", documents(`{"items":{"servername":"CN=b/O=Acme","A":"1"},"findDocument":{"Type":"Server","ServerName":"CN=a/O=Acme","Gone":null}}`),
			"1: document 1 form=\"Server\" database=\"names.nsf\"\n  1: Type text [\"Server\"]\n  1: servername text [\"CN=b/O=Acme\"]\n  1: A text [\"1\"]\ntemplates=false\n"},
		{"Form wins over Type", documents(`{"items":{"Type":"Connection","Form":" local "}}`),
			"1: document 1 form=\"local\" database=\"names.nsf\"\n  1: Type text [\"Connection\"]\n  1: Form text [\" local \"]\ntemplates=false\n"},
		{"the first of two keys", documents(`{"items":{"A":"1","a":"2"}}`),
			"1: document 1 form=\"\" database=\"names.nsf\"\n  1: A text [\"1\"]\n  1: a text [\"2\"]\ntemplates=false\n"},
		{"variables", "{\"serverSetup\":{\"notesINI\":{\n\" ServerTasks \":\"smtp,router\",\"A\":25,\"B\":false,\n\"C\":null,\"D\":\"\"}}}",
			"2: ServerTasks=smtp,router\n2: A=25\n2: B=false\n3: D=\ntemplates=false\n"},
		{"placeholder", `{"IDVault":{"a":"{{ X }}"}}`, "templates=true\n"},
		{"no placeholder", `{"IDVault":{"a":"}} {{"}}`, "templates=false\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := read(tt.in)
			if err != nil {
				t.Fatalf("Read(%s): %v", tt.in, err)
			}
			if got := dump(f); got != tt.want {
				t.Errorf("Read(%s)\ngot:\n%s\nwant:\n%s", tt.in, got, tt.want)
			}
		})
	}
}

func TestReadErrors(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty file", "", "x:1:1: the file ends too early: unexpected EOF"},
		{"blank file", " \n ", "x:2:2: the file ends too early: unexpected EOF"},
		{"not an object", "[]", "x:1:1: the file: an array, want an object"},
		{"cut off", "{\"appConfiguration\":\n{\"databases\":[", "x:2:15: the file ends too early: unexpected EOF"},
		{"cut off in a string", "{\"appConfi", "x:1:11: the file ends too early: unexpected EOF"},
		{"cut off after a document", documents("{")[:len(documents("{"))-5], "x:1:73: the file ends too early: unexpected EOF"},
		{"trailing comma", "{\"a\":1,\n}", "x:2:1: invalid character '}'"},
		{"comment", "{\n// a\n}", "x:2:1: invalid character '/'"},
		{"placeholder outside a string", `{"a": {{ X }}}`, "x:1:8: invalid character '{'"},
		{"a second value", "{}\n{}", "x:2:1: more after the end of the outermost object"},
		{"not UTF-8", "{\n\"a\":\"K\xfcche\"}", "x:2:7: not UTF-8"},
		{"UTF-16", "\xff\xfe{\x00}\x00", "x:1:1: not UTF-8"},
		{"databases", "{\"appConfiguration\":{\n\"databases\":{}}}", "x:2:13: databases: an object, want an array"},
		{"documents", "{\"appConfiguration\":{\n\"databases\":[{\"documents\":\"a\"}]}}", "x:2:29: documents: a string, want an array"},
		{"a document", documents("7"), "x:1:72: documents[]: a number, want an object"},
		{"items", documents(`{"items":true}`), "x:1:84: items: true or false, want an object"},
		{"an array in an item", documents(`{"items":{"I":[["a"]]}}`), "x:1:92: item I: an array or object inside an array of values"},
		{"an object in an item", documents(`{"items":{"I":{"type":"text"}}}`), `x:1:100: item I: an object without "value"`},
		{"an object in an object", documents(`{"items":{"I":{"value":{"value":1}}}}`), `x:1:106: item I: an object as "value"`},
		{"a type that is none", documents(`{"items":{"I":{"type":1}}}`), "x:1:94: item I: the type of a value is not a string"},
		{"a date that is none", documents(`{"items":{"I":{"type":"datetime","value":[["a"]]}}}`), "x:1:120: item I: a date is neither a string nor an array of two strings"},
		{"a number as date", documents(`{"items":{"I":{"type":"datetime","value":1}}}`), "x:1:114: item I: a date is not a string"},
		{"no item name", documents(`{"items":{" ":1}}`), "x:1:84: an item without a name"},
		{"a variable that is none", `{"serverSetup":{"notesINI":{"A":["b"]}}}`, "x:1:37: item A: an array or object, want one value"},
		{"no variable name", `{"serverSetup":{"notesINI":{"":"b"}}}`, "x:1:30: a notes.ini variable without a name"},
		{"depth", `{"a":` + strings.Repeat("[", 70), "x:1:69: nesting of objects and arrays: over the limit of 64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := read(tt.in)
			if err == nil || !strings.HasPrefix(err.Error(), tt.want) || f == nil {
				t.Errorf("Read(%.200q)\ngot:  %v\nwant: %s", tt.in, err, tt.want)
			}
		})
	}
}

// TestReadBeforeAnError: what was read before the error comes with it.
func TestReadBeforeAnError(t *testing.T) {
	in := "{\"serverSetup\":{\"server\":{\"name\":\"mail1\"},\"notesINI\":{\"A\":\"1\"},\"registerUsers\":{\"users\":[{\"lastName\":\"Smith\"}]}},\n" +
		"\"appConfiguration\":{\"databases\":[{\"filePath\":\"names.nsf\",\"documents\":[\n{\"items\":{\"Form\":\"Group\"}},\n{\"items\":{\"I\":}}"
	f, err := ots.Read("a.json", strings.NewReader(in))
	var where *note.Error
	if !errors.As(err, &where) || where.Line != 4 || where.Item != "I" || where.File != "a.json" {
		t.Errorf("got error %v, want a.json:4 at item I", err)
	}
	if len(f.Documents) != 2 || len(f.Users) != 1 || len(f.NotesINI) != 1 || f.Documents[0].Database != "names.nsf" {
		t.Errorf("got:\n%swant a Group, a Server, a Person and a variable", dump(f))
	}
}

func TestReadLimits(t *testing.T) {
	repeat := strings.Repeat
	tests := []struct {
		name, in string
		fits     bool
	}{
		{"value at the limit", documents(`{"items":{"I":"` + repeat("a", note.MaxValue) + `"}}`), true},
		{"value at the limit, escaped", documents(`{"items":{"I":"` + repeat(`\u0061`, note.MaxValue) + `"}}`), true},
		{"value over the limit", documents(`{"items":{"I":"` + repeat("a", note.MaxValue+1) + `"}}`), false},
		{"string that nobody keeps", `{"a":"` + repeat("a", 9<<20) + `"}`, true},
		{"blanks", `{` + repeat(" ", 9<<20) + `}`, true},
		{"document over the limit", documents(`{"items":{"I":["` + repeat(repeat("a", note.MaxValue/2)+`","`, 33) + `"]}}`), false},
		{"empty values", documents(`{"items":{"I":[` + repeat(`"",`, note.MaxDocument/note.ValueCost) + `""]}}`), false},
		{"items at the limit", documents(`{"items":{` + repeat(`"I":"",`, note.MaxItems-1) + `"I":""}}`), true},
		{"items over the limit", documents(`{"items":{` + repeat(`"I":"",`, note.MaxItems) + `"I":""}}`), false},
		{"empty documents", documents(repeat("{},", ots.MaxFile/512) + "{}"), false},
		{"users", `{"serverSetup":{"registerUsers":{"users":[` + repeat("{},", ots.MaxFile/512) + "{}]}}}", false},
		{"variables", `{"serverSetup":{"notesINI":{` + repeat(`"A":"",`, note.MaxItems) + `"A":""}}}`, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := read(tt.in)
			if tt.fits && err != nil {
				t.Errorf("got %v, want no error", err)
			}
			if !tt.fits && !errors.Is(err, note.ErrLimit) {
				t.Errorf("got %v, want %v", err, note.ErrLimit)
			}
		})
	}
}

func TestReaderError(t *testing.T) {
	broken := errors.New("disk error")
	for _, head := range []string{"", "{", `{"appConf`} {
		_, err := ots.Read("x", io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)))
		var where *note.Error
		if !errors.Is(err, broken) || !errors.As(err, &where) {
			t.Errorf("after %q: got %v, want an *note.Error around %v", head, err, broken)
		}
	}
}

// TestSmallReads: the place does not depend on how the bytes come.
func TestSmallReads(t *testing.T) {
	in := documents("\n{\"items\":{\n\"Form\":\"Kyūzō\"}}\n")
	want, err := read(in)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ots.Read("x", iotest.OneByteReader(strings.NewReader(in)))
	if err != nil || dump(got) != dump(want) {
		t.Errorf("got %v\n%s\nwant:\n%s", err, dump(got), dump(want))
	}
}

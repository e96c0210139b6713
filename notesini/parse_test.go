package notesini

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func mustParse(t *testing.T, data string) *File {
	t.Helper()
	f, err := Parse("notes.ini", []byte(data))
	if err != nil {
		t.Fatalf("Parse(%q): %v", data, err)
	}
	return f
}

// variables gives NAME=VALUE of each variable, as line:NAME=VALUE.
func variables(f *File) []string {
	var list []string
	for _, v := range f.Variables() {
		list = append(list, strings.Join([]string{strconv.Itoa(v.Line), v.Name + "=" + v.Value}, ":"))
	}
	return list
}

// warnings gives each warning without the file's name.
func warnings(f *File) []string {
	var list []string
	for _, w := range f.Warnings() {
		list = append(list, strings.TrimPrefix(w.String(), f.Name()+":"))
	}
	return list
}

func TestParse(t *testing.T) {
	long := strings.Repeat("x", 10_000)
	tests := []struct {
		name     string
		data     string
		want     []string
		warnings []string // beginning of each
	}{
		{"plain", "[Notes]\nA=1\nB=2\n", []string{"2:A=1", "3:B=2"}, nil},
		{"CR LF", "[Notes]\r\nA=1\r\nB=2\r\n", []string{"2:A=1", "3:B=2"}, nil},
		{"no line end after the last line", "[Notes]\nA=1", []string{"2:A=1"}, nil},
		{"CR LF, none at the end", "[Notes]\r\nA=1\r\nB=2", []string{"2:A=1", "3:B=2"}, nil},
		{"blank lines", "\n[Notes]\n\n  \t\nA=1\n\n", []string{"5:A=1"}, nil},
		{"dollar names", "[Notes]\n$SnooperMode=0\n$$HasLANPort=1\n", []string{"2:$SnooperMode=0", "3:$$HasLANPort=1"}, nil},
		{"special characters in a value", "[Notes]\nA=a;b # c\\d \"e\" 100% [f] g=h 'i'\n", []string{`2:A=a;b # c\d "e" 100% [f] g=h 'i'`}, nil},
		{"value in quotes keeps them", "[Notes]\nA=\"x\"\nB='x'\nC=\"\"\n", []string{`2:A="x"`, `3:B='x'`, `4:C=""`}, nil},
		{"trailing backslash", "[Notes]\nDirectory=D:\\Data\\\nA=1\n", []string{`2:Directory=D:\Data\`, "3:A=1"}, nil},
		{"no interpolation", "[Notes]\nA=%(B)s $B ${B}\nB=1\n", []string{"2:A=%(B)s $B ${B}", "3:B=1"}, nil},
		{"empty values", "[Notes]\nA=\nB= \t\nC=1\n", []string{"2:A=", "3:B=", "4:C=1"}, nil},
		{"blanks around name and value", "[Notes]\n  A = 1 2 \n", []string{"2:A=1 2"}, nil},
		{"blank inside a name", "[Notes]\nMy Name=1\n", []string{"2:My Name=1"}, nil},
		{"section name in any case, with blanks", "[ nOTES ]\nA=1\n", []string{"2:A=1"}, nil},
		{"long line", "[Notes]\nA=" + long + "\nB=1\n", []string{"2:A=" + long, "3:B=1"}, nil},
		{"colon in a name", "[Notes]\nA:B=1\nC=d:e\n", []string{"2:A:B=1", "3:C=d:e"}, nil},
		{"trailing comma", "[Notes]\nTCPIP=TCP,0,15,0,,12288,\n", []string{"2:TCPIP=TCP,0,15,0,,12288,"}, nil},

		{"empty file", "", nil, []string{"1: no [Notes] header; the whole file counts"}},
		{"no header", "A=1\nB=2\n", []string{"1:A=1", "2:B=2"}, []string{"1: no [Notes] header; the whole file counts"}},
		{"other header only", "A=1\n[default]\nA=2\n", []string{"1:A=1"},
			[]string{"1: no [Notes] header; only", "3: A is in section default"}},
		{"other sections", "X=0\n[Notes]\nA=1\n[Other]\nA=2\n", []string{"3:A=1"},
			[]string{"1: X stands before the [Notes] header", "5: A is in section Other"}},
		{"section in two parts", "[Notes]\nA=1\n[Other]\n[Notes]\nB=2\n", []string{"2:A=1", "5:B=2"},
			[]string{"4: another [Notes] header"}},
		{"duplicates", "[Notes]\nA=1\nB=9\na=\nA=1\n", []string{"2:A=1", "3:B=9", "4:a=", "5:A=1"},
			[]string{"4: a stands on line 2 already", "5: A stands on line 2 already"}},
		{"first of the duplicates is empty", "[Notes]\nA=\nA=2\n", []string{"2:A=", "3:A=2"}, []string{"3: A stands"}},
		{"no equals sign", "[Notes]\nno sign\nA=1\n", []string{"3:A=1"}, []string{`2: line without an equals sign, not read: "no sign"`}},
		{"quotation mark without equals sign", "[Notes]\n\"x\n`y\nA=1\n", []string{"4:A=1"},
			[]string{"2: line without an equals sign", "3: line without an equals sign"}},
		{"comments", "[Notes]\n;A=1\n # B=2\n: C=3\n:d\nE=5\n", []string{"6:E=5"},
			[]string{"2: comment", "3: comment", "4: comment", "5: comment"}},
		{"no name", "[Notes]\n=1\n =2\nA=1\n", []string{"4:A=1"}, []string{"2: no name", "3: no name"}},
		{"hyphen for a name", "[Notes]\n-=1\nA=1\n", []string{"3:A=1"}, []string{"2: a lone hyphen"}},
		{"name in quotation marks", "[Notes]\n\"a\"=1\n\"b=2\n`c`=3\nA=1\n", []string{"5:A=1"},
			[]string{"2: a variable name cannot begin", "3: a variable name cannot begin", "4: a variable name cannot begin"}},
		{"broken headers", "[Notes]\n[x\n[]\n[ ]\n[y=5\nA=1\n", []string{"6:A=1"},
			[]string{"2: section header without a closing", "3: section header without a name", "4: section header without a name", "5: section header without a closing"}},
		{"value begins with a backtick", "[Notes]\nA=`x\nB=`y`\nC=`\nD=1\n", []string{"2:A=`x", "3:B=`y`", "4:C=`", "5:D=1"},
			[]string{"2: value of A begins with quotation", "3: value of B begins", "4: value of C begins"}},
		{"value begins with three quotation marks", "[Notes]\nA=\"\"\"x\nB= \"\"\"\nC=1\n", []string{`2:A="""x`, `3:B="""`, "4:C=1"},
			[]string{"2: value of A begins with quotation", "3: value of B begins"}},
		{"value begins with the guard", "[Notes]\nA=|x\nA=|`x\n", []string{"2:A=|x", "3:A=|`x"}, []string{"3: A stands"}},
		{"byte order mark", "\xef\xbb\xbf[Notes]\nA=1\n", []string{"2:A=1"}, []string{"1: byte order mark (UTF-8)"}},
		{"two byte order marks", "\xef\xbb\xbf\xef\xbb\xbfA=1\n", []string{"1:\ufeffA=1"},
			[]string{"1: byte order mark (UTF-8)", "1: no [Notes] header", "1: bytes outside ASCII"}},
		{"UTF-16", "\xff\xfeA\x00=\x001\x00", []string{"1:A\x00=\x001\x00"},
			[]string{"1: byte order mark of UTF-16", "1: no [Notes] header", "1: control character"}},
		{"code page 850", "[Notes]\nAdmin=CN=MM-\x81ller\n", []string{"2:Admin=CN=MM-üller"}, []string{"2: bytes outside ASCII, read as LMBCS"}},
		{"UTF-8", "[Notes]\nAdmin=CN=Müller\n", []string{"2:Admin=CN=Müller"}, []string{"2: bytes outside ASCII, read as UTF-8"}},
		{"each line by itself", "[Notes]\nA=ü\nB=\x81\n", []string{"2:A=ü", "3:B=ü"}, []string{"2: bytes outside ASCII, read as UTF-8", "3: bytes outside ASCII, read as LMBCS"}},
		{"name outside ASCII", "[Notes]\n\x9aBER=1\nüber=2\n", []string{"2:ÜBER=1", "3:über=2"},
			[]string{"2: bytes outside", "3: über stands on line 2 already", "3: bytes outside"}},
		{"no such character", "[Notes]\nA=\x03\xff\n", []string{"2:A=\ufffd"}, []string{"2: bytes outside", "2: bytes that stand for no character"}},
		{"equals sign in disguise", "[Notes]\nA\x14\x00==1\nB=1\n", []string{"2:A\x14\x00==1", "3:B=1"}, []string{"2: control character"}},
		{"CR inside a line", "[Notes]\nA=1\rB=2\n", []string{"2:A=1\rB=2"}, []string{"2: control character"}},
		{"NUL", "[Notes]\nA=1\x002\n", []string{"2:A=1\x002"}, []string{"2: control character"}},
		{"mixed line endings", "[Notes]\r\nA=1\nB=2\r\nC=3\n\r\n", []string{"2:A=1", "3:B=2", "4:C=3"},
			[]string{"2: mixed line endings; this line ends with LF, most with CR LF"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := mustParse(t, tt.data)
			if got := variables(f); !slices.Equal(got, tt.want) {
				t.Errorf("variables of %.200q:\n got %.300q\nwant %.300q", tt.data, got, tt.want)
			}
			got := warnings(f)
			same := slices.EqualFunc(got, tt.warnings, func(got, want string) bool { return strings.HasPrefix(got, want) })
			if !same {
				t.Errorf("warnings of %.200q:\n got %q\nwant %q", tt.data, got, tt.warnings)
			}
			if got := string(f.Bytes()); got != tt.data {
				t.Errorf("bytes: got %.200q, want %.200q", got, tt.data)
			}
		})
	}
}

func TestGetAll(t *testing.T) {
	f := mustParse(t, "[Notes]\nSMTPMaxSessions=200\nEmpty=\nsmtpmaxsessions= 150 \n")
	v, ok := f.Get("SMTPMAXSESSIONS")
	if want := (Variable{Name: "SMTPMaxSessions", Value: "200", Raw: []byte("200"), Line: 2}); !ok || v.Name != want.Name || v.Value != want.Value || v.Line != want.Line || !bytes.Equal(v.Raw, want.Raw) {
		t.Errorf("Get: got %+v, %v, want %+v", v, ok, want)
	}
	all := f.All("smtpMaxSessions")
	if len(all) != 2 || all[1].Name != "smtpmaxsessions" || all[1].Value != "150" || string(all[1].Raw) != " 150 " || all[1].Line != 4 {
		t.Errorf("All: got %+v", all)
	}
	if v, ok := f.Get("empty"); !ok || v.Value != "" || v.Line != 3 {
		t.Errorf("Get(empty): got %+v, %v, want an empty value on line 3", v, ok)
	}
	for _, name := range []string{"", "none", "SMTPMaxSession", "[Notes]"} {
		if v, ok := f.Get(name); ok || len(f.All(name)) > 0 {
			t.Errorf("Get(%q): got %+v, want none", name, v)
		}
	}
}

// What a caller does with a Raw must not reach the file.
func TestRawIsACopy(t *testing.T) {
	data := []byte("[Notes]\nA=1\n")
	f, err := Parse("notes.ini", data)
	if err != nil {
		t.Fatal(err)
	}
	v, _ := f.Get("A")
	v.Raw[0], data[10] = 'x', 'y'
	f.Variables()[0].Raw[0] = 'z'
	if got := string(f.Bytes()); got != "[Notes]\nA=1\n" {
		t.Errorf("got %q, want it unchanged", got)
	}
}

// Lines of one name far apart come to ini.v1 in different portions.
func TestManyLines(t *testing.T) {
	var b strings.Builder
	b.WriteString("[Notes]\n")
	for i := range 3*chunkLines + 5 {
		value := strconv.Itoa(i)
		if i%7 == 0 {
			value = ""
		}
		b.WriteString([]string{"A", "b", "a"}[i%3] + "=" + value + "\n")
	}
	f := checkParse(t, []byte(b.String()))
	for i, v := range f.Variables() {
		want := strconv.Itoa(i)
		if i%7 == 0 {
			want = ""
		}
		if v.Value != want || v.Line != i+2 {
			t.Fatalf("variable %d: got %q on line %d, want %q on line %d", i, v.Value, v.Line, want, i+2)
		}
	}
	if got := len(f.All("a")); got != 2*chunkLines+3 {
		t.Errorf("All(a): got %d, want %d", got, 2*chunkLines+3)
	}
}

func TestParseLimits(t *testing.T) {
	tests := []struct {
		name string
		data []byte
		want string // in the error; empty: none
	}{
		{"lines, at the limit", bytes.Repeat([]byte("A=1\n"), MaxLines), ""},
		{"lines, one more without line end", append(bytes.Repeat([]byte("A=1\n"), MaxLines), 'x'), "20001 lines"},
		{"bytes, at the limit", bytes.Repeat([]byte("x"), MaxBytes), ""},
		{"bytes, one more", bytes.Repeat([]byte("x"), MaxBytes+1), "8388609 bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse("big.ini", tt.data)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("got error %v, want none", err)
			case tt.want != "" && !errors.Is(err, ErrTooLarge):
				t.Errorf("got error %v, want ErrTooLarge", err)
			case tt.want != "" && !(strings.Contains(err.Error(), tt.want) && strings.HasPrefix(err.Error(), "big.ini: ")):
				t.Errorf("got error %q, want big.ini and %q in it", err, tt.want)
			}
		})
	}
}

// A file can hold anything; the terminal that shows a warning gets no escape
// sequence from it.
func TestWarningsArePrintable(t *testing.T) {
	f := mustParse(t, "[Notes]\nA\x1b[2J=1\nA\x1b[2J=2\nx\x1b[2J\n;\x1b[2J\n"+strings.Repeat("y", 5000)+"\n[\x1b]\nZ=1\n")
	if len(f.Warnings()) < 6 {
		t.Errorf("got %d warnings, want one for each odd line: %v", len(f.Warnings()), f.Warnings())
	}
	for _, w := range f.Warnings() {
		if strings.ContainsFunc(w.String(), isControl) || len(w.String()) > 200 {
			t.Errorf("warning %q", w.String())
		}
	}
}

func TestSamples(t *testing.T) {
	tests := []struct {
		file      string
		variables int
		values    map[string]string
		warnings  []string
	}{
		{"server-704-windows.ini", 52,
			map[string]string{
				"Admin": "CN=Müller/O=Acme", "SMTPMaxSessions": "200", "smtpgreeting": "mail gateway ready; %s # 100% up",
				"NotesProgram": `D:\Lotus\Domino\`, "PathEndingInBackslash": `D:\temp\`, "EmptyValue": "", "MailFile": "",
				"$$HasLANPort": "1", "TCPIP": "TCP, 0, 15, 0,,12320", "SMTPErrorLimit": "6", "QuotePrefix": ">", "WinInfoboxPos": "85 193",
			},
			[]string{"30: bytes outside ASCII, read as LMBCS", "48: line without an equals sign", "51: SMTPMaxSessions stands on line 35 already"}},
		{"mx7-linux.ini", 29,
			map[string]string{
				"SMTPGreeting": "mx7.renovo.example ready %s", "TCPIP": "TCP,0,15,0,,12288,", "DSTLAW": "",
				"HTTPPublicURLs": "/iwaredir.nsf/*:/.well-known*", "ServerTasks": "replica,router,update,amgr,adminp,http,smtp",
			},
			[]string{"27: comment, not read"}},
	}
	for _, tt := range tests {
		t.Run(tt.file, func(t *testing.T) {
			f, err := Load(filepath.Join("testdata", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if got := len(f.Variables()); got != tt.variables {
				t.Errorf("got %d variables, want %d", got, tt.variables)
			}
			for name, want := range tt.values {
				if v, ok := f.Get(name); !ok || v.Value != want {
					t.Errorf("%s: got %q, %v, want %q", name, v.Value, ok, want)
				}
			}
			got := warnings(f)
			if !slices.EqualFunc(got, tt.warnings, func(g, w string) bool { return strings.HasPrefix(strings.TrimPrefix(g, "testdata/"), w) }) {
				t.Errorf("warnings:\n got %q\nwant %q", got, tt.warnings)
			}
			raw, err := os.ReadFile(filepath.Join("testdata", tt.file))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(raw, f.Bytes()) {
				t.Error("bytes differ from the file")
			}
		})
	}
}

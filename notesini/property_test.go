package notesini

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"gopkg.in/ini.v1"
	"pgregory.net/rapid"
)

// genLine draws one line of a notes.ini, odd ones included, without its ending.
func genLine() *rapid.Generator[string] {
	name := rapid.SampledFrom([]string{"A", "a", "SMTPGreeting", "smtpgreeting", "$$X", " B ", "-", "", "\"q\"", "`t", "[h", "\x9a", "ü", "C D", "E:F"})
	value := rapid.OneOf(
		rapid.SampledFrom([]string{"", "1", " 2 ", "`", "\"\"\"", "\"x\"", "a;b#c", "\\", "%(A)s", "|", "\x81", "ü", "\x05\xcf", "\x14\x00\n", "=", "]", "\r"}),
		rapid.StringN(0, 20, 60),
	)
	return rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string { return name.Draw(t, "name") + "=" + value.Draw(t, "value") }),
		rapid.SampledFrom([]string{"", "  ", "[Notes]", "[Other]", "[default]", "[]", "[x", "; c", "# c=1", ": d=2", "no sign", "\"open", "[ notes ]"}),
	)
}

// genFile draws a whole file.
func genFile() *rapid.Generator[[]byte] {
	return rapid.Custom(func(t *rapid.T) []byte {
		var b bytes.Buffer
		b.WriteString(rapid.SampledFrom([]string{"", "", "", bomUTF8, bomLE}).Draw(t, "mark"))
		b.WriteString(rapid.SampledFrom([]string{"", "[Notes]\n", "[Notes]\r\n"}).Draw(t, "header"))
		usual := rapid.SampledFrom([]string{lf, crlf}).Draw(t, "ending")
		for _, l := range rapid.SliceOfN(genLine(), 0, 30).Draw(t, "lines") {
			end := usual
			if rapid.IntRange(0, 19).Draw(t, "other ending") == 0 {
				end = lf
			}
			b.WriteString(l + end)
		}
		if rapid.Bool().Draw(t, "no line end") {
			return bytes.TrimRight(b.Bytes(), "\r\n")
		}
		return b.Bytes()
	})
}

// failer is what testing.T and rapid.T share.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// checkParse holds for every input within the limits.
func checkParse(t failer, data []byte) *File {
	t.Helper()
	f, err := Parse("notes.ini", data)
	if err != nil {
		t.Fatalf("Parse(%q): %v", data, err)
	}
	if got := f.Bytes(); !bytes.Equal(got, data) {
		t.Fatalf("bytes of %q: got %q", data, got)
	}
	checkAgainstWhole(t, f)
	for i, w := range f.Warnings() {
		if w.Line < 1 || w.Line > max(1, len(f.doc.lines)) || i > 0 && w.Line < f.warnings[i-1].Line {
			t.Fatalf("warning %d of %q stands on line %d: %v", i, data, w.Line, f.Warnings())
		}
	}
	return f
}

// checkAgainstWhole gives ini.v1 the blanked copy of the whole file at once and
// compares every name and value.
func checkAgainstWhole(t failer, f *File) {
	t.Helper()
	loaded, err := ini.LoadSources(loadOptions(), iniCopy(f.doc.lines))
	if err != nil {
		t.Fatalf("ini.v1 on the copy of %q: %v", f.Bytes(), err)
	}
	section := loaded.Section("Notes")
	if got, want := len(f.byName), len(section.Keys()); got != want {
		t.Fatalf("%q: %d names, ini.v1 has %d: %q", f.Bytes(), got, want, section.KeyStrings())
	}
	for name := range f.byName {
		var got []string
		for _, v := range f.All(name) {
			value := v.Value
			if f.doc.lines[v.Line-1].guarded() {
				value = guard + value
			}
			if value != "" {
				got = append(got, value)
			}
		}
		if !section.HasKey(name) {
			t.Fatalf("%q: ini.v1 does not know %q", f.Bytes(), name)
		}
		if want := section.Key(name).ValueWithShadows(); !slices.Equal(got, want) {
			t.Fatalf("%s of %q: got %q, ini.v1 has %q", name, f.Bytes(), got, want)
		}
	}
}

// checkSet sets name to value and compares line by line.
func checkSet(t failer, f *File, name, value string) {
	t.Helper()
	before, lines, all := f.Bytes(), rawLines(f), f.Variables()
	old, existed := f.Get(name)
	if err := f.Set(name, value); err != nil {
		if !bytes.Equal(f.Bytes(), before) {
			t.Fatalf("Set(%q, %q) failed (%v) and changed %q to %q", name, value, err, before, f.Bytes())
		}
		return
	}
	value = strings.TrimSpace(value)
	if v, ok := f.Get(name); !ok || v.Value != value {
		t.Fatalf("Set(%q, %q) in %q: Get gives %q, %v", name, value, before, v.Value, ok)
	}
	now := rawLines(f)
	switch {
	case !existed && bytes.HasPrefix(f.Bytes(), before) && len(lines[len(lines)-1]) > 0:
		// The last line had no ending and has one now.
		if len(now) != len(lines)+1 {
			t.Fatalf("Set(%q, %q) in %q: got %q, want one line at the end", name, value, before, f.Bytes())
		}
	case !existed:
		if _, added := differing(lines, now); len(now) != len(lines)+1 || added > 1 {
			t.Fatalf("Set(%q, %q) in %q: got %q, want one line more", name, value, before, f.Bytes())
		}
	case old.Value == value:
		if !bytes.Equal(f.Bytes(), before) {
			t.Fatalf("Set(%q, %q) to the same value: %q became %q", name, value, before, f.Bytes())
		}
	default:
		if _, changed := differing(lines, now); len(now) != len(lines) || changed != 1 {
			t.Fatalf("Set(%q, %q) in %q: got %q, want one line changed", name, value, before, f.Bytes())
		}
	}
	sameButOne(t, all, f.Variables(), name, existed)
}

// rawLines cuts the bytes behind the byte order mark at every LF.
func rawLines(f *File) [][]byte {
	return bytes.SplitAfter(f.Bytes()[len(f.doc.bom):], []byte(lf))
}

// differing gives how many lines of each stay when what both begin and end with
// is taken off.
func differing(a, b [][]byte) (inA, inB int) {
	for len(a) > 0 && len(b) > 0 && bytes.Equal(a[0], b[0]) {
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 && bytes.Equal(a[len(a)-1], b[len(b)-1]) {
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	return len(a), len(b)
}

// sameButOne holds that the first variable called name is the only difference.
func sameButOne(t failer, before, now []Variable, name string, existed bool) {
	t.Helper()
	key := strings.ToLower(name)
	drop := func(list []Variable, really bool) []string {
		var out []string
		for _, v := range list {
			if really && strings.ToLower(v.Name) == key {
				really = false
				continue
			}
			out = append(out, v.Name+"="+v.Value)
		}
		return out
	}
	if a, b := drop(before, existed), drop(now, true); !slices.Equal(a, b) {
		t.Fatalf("other variables changed: %q became %q", a, b)
	}
}

// checkUnset removes name and holds that nothing else went.
func checkUnset(t failer, f *File, name string) {
	t.Helper()
	before, count, key := f.Bytes(), len(f.All(name)), strings.ToLower(name)
	var others []string
	for _, v := range f.Variables() {
		if strings.ToLower(v.Name) != key {
			others = append(others, v.Name+"="+v.Value)
		}
	}
	removed, err := f.Unset(name)
	if err != nil || removed != (count > 0) {
		t.Fatalf("Unset(%q) in %q: %v, %v", name, before, removed, err)
	}
	if _, ok := f.Get(name); ok {
		t.Fatalf("Unset(%q) in %q left it in %q", name, before, f.Bytes())
	}
	var left []string
	for _, v := range f.Variables() {
		left = append(left, v.Name+"="+v.Value)
	}
	if !slices.Equal(left, others) {
		t.Fatalf("Unset(%q) in %q: other variables were %q, are %q", name, before, others, left)
	}
}

func TestEveryFile(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := checkParse(t, genFile().Draw(t, "file"))
		name := rapid.SampledFrom([]string{"A", "smtpGreeting", "New", "$$x", "B", "ü", "C D", "-"}).Draw(t, "name")
		value := rapid.OneOf(rapid.StringN(0, 10, 30), rapid.SampledFrom([]string{"", "ü", "├ñ", "`", "\"\"\"", "Ελ"})).Draw(t, "value")
		checkSet(t, f, name, value)
		checkParse(t, f.Bytes())
		checkUnset(t, f, name)
		checkParse(t, f.Bytes())
	})
}

// Of a file without anything that ini.v1 has to be kept from, it reads the same
// from the bytes themselves.
func TestPlainFileAgainstINI(t *testing.T) {
	const plain = "abcXYZ019 ;#\\%=[]'$(),./:@*|"
	line := rapid.OneOf(
		rapid.Custom(func(t *rapid.T) string {
			name := rapid.StringMatching(`[A-Za-z$][A-Za-z_ ]{0,3}`).Draw(t, "name")
			value := rapid.StringOfN(rapid.RuneFrom([]rune(plain)), 0, 15, -1).Draw(t, "value")
			return name + rapid.SampledFrom([]string{"=", " = "}).Draw(t, "sign") + value
		}),
		rapid.SampledFrom([]string{"", "  ", "; c", "# c=1", "no sign", "=1"}),
	)
	rapid.Check(t, func(t *rapid.T) {
		end := rapid.SampledFrom([]string{lf, crlf}).Draw(t, "ending")
		data := []byte("[Notes]" + end + strings.Join(rapid.SliceOfN(line, 0, 40).Draw(t, "lines"), end))
		f := checkParse(t, data)
		loaded, err := ini.LoadSources(ini.LoadOptions{
			InsensitiveKeys: true, InsensitiveSections: true, IgnoreContinuation: true, IgnoreInlineComment: true,
			SkipUnrecognizableLines: true, AllowShadows: true, AllowDuplicateShadowValues: true, PreserveSurroundedQuote: true,
			KeyValueDelimiters: "=",
		}, data)
		if err != nil {
			t.Fatalf("ini.v1 on %q: %v", data, err)
		}
		for _, key := range loaded.Section("Notes").Keys() {
			if v, ok := f.Get(key.Name()); !ok || v.Value != key.Value() {
				t.Fatalf("%s of %q: got %q, %v, ini.v1 has %q", key.Name(), data, v.Value, ok, key.Value())
			}
		}
		if got, want := len(f.byName), len(loaded.Section("Notes").Keys()); got != want {
			t.Fatalf("%q: %d names, ini.v1 has %d", data, got, want)
		}
	})
}

func seeds(f *testing.F) [][]byte {
	f.Helper()
	list := [][]byte{
		nil, []byte("A=1"), []byte("[Notes]\r\nA=1\r\n\r\n[X]\nB=2"), []byte("\xef\xbb\xbf[Notes]\nA=`\nA=\"\"\"\n[x\n[]\n\"a=1\n-=2\n"),
		[]byte("A=1\n[default]\na=2\n"), []byte("[Notes]\nA=\x05\xcf\x14\x00\n=\x81\rü\n"),
	}
	paths, err := filepath.Glob("testdata/*.ini")
	if err != nil || len(paths) == 0 {
		f.Fatalf("no samples: %v", err)
	}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			f.Fatal(err)
		}
		list = append(list, data)
	}
	return list
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > MaxBytes || bytes.Count(data, []byte(lf)) >= MaxLines {
			return
		}
		for _, v := range checkParse(t, data).Variables() {
			if strings.TrimFunc(v.Value, unicode.IsSpace) != v.Value || strings.ContainsRune(v.Value, '\n') {
				t.Fatalf("line %d of %q: value %q", v.Line, data, v.Value)
			}
		}
	})
}

func FuzzSet(f *testing.F) {
	for _, s := range seeds(f) {
		f.Add(s, "A", "2")
		f.Add(s, "New", "ü")
		f.Add(s, "SMTPGreeting", "`")
	}
	f.Fuzz(func(t *testing.T, data []byte, name, value string) {
		if len(data) > MaxBytes || bytes.Count(data, []byte(lf)) >= MaxLines {
			return
		}
		file := checkParse(t, data)
		checkSet(t, file, name, value)
		checkParse(t, file.Bytes())
		checkUnset(t, file, name)
		checkParse(t, file.Bytes())
	})
}

package notesini_test

import (
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"domigo/notesini"
)

func ExampleParse() {
	f, err := notesini.Parse("notes.ini", []byte("[Notes]\r\n"+
		"SMTPGreeting=mail gateway ready; %s\r\n"+
		"SMTPMaxSessions=200\r\n"+
		"this line holds no equals sign\r\n"+
		"smtpmaxsessions=150\r\n"))
	if err != nil {
		log.Fatal(err)
	}
	v, _ := f.Get("SMTPMAXSESSIONS")
	fmt.Printf("line %d: %s is %s\n", v.Line, v.Name, v.Value)
	for _, w := range f.Warnings() {
		fmt.Println(w)
	}
	// Output:
	// line 3: SMTPMaxSessions is 200
	// notes.ini:4: line without an equals sign, not read: "this line holds no equals sign"
	// notes.ini:5: smtpmaxsessions stands on line 3 already; the first counts
}

func ExampleFile_Set() {
	f, err := notesini.Parse("notes.ini", []byte("[Notes]\nsmtpErrorLimit=6\n; a comment\n"))
	if err != nil {
		log.Fatal(err)
	}
	if err := f.Set("SMTPErrorLimit", "3"); err != nil {
		log.Fatal(err)
	}
	if err := f.Set("SMTPMaxSessions", "100"); err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s", f.Bytes())
	// Output:
	// [Notes]
	// smtpErrorLimit=3
	// ; a comment
	// SMTPMaxSessions=100
}

func ExampleFile_Unset() {
	f, err := notesini.Parse("notes.ini", []byte("[Notes]\nKitType=2\nDST=1\ndst=0\n"))
	if err != nil {
		log.Fatal(err)
	}
	removed, err := f.Unset("DST")
	fmt.Println(removed, err)
	fmt.Printf("%s", f.Bytes())
	// Output:
	// true <nil>
	// [Notes]
	// KitType=2
}

func ExampleFile_Save() {
	dir, err := os.MkdirTemp("", "notesini")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "notes.ini")
	if err := os.WriteFile(path, []byte("[Notes]\nKitType=2\n"), 0o640); err != nil {
		log.Fatal(err)
	}

	f, err := notesini.Load(path)
	if err != nil {
		log.Fatal(err)
	}
	if err := f.Set("KitType", "1"); err != nil {
		log.Fatal(err)
	}
	fmt.Println("saved:", f.Save() == nil)

	if err := os.WriteFile(path, []byte("[Notes]\nKitType=3\n"), 0o640); err != nil {
		log.Fatal(err)
	}
	fmt.Println("changed by somebody else:", errors.Is(f.Save(), notesini.ErrChanged))
	// Output:
	// saved: true
	// changed by somebody else: true
}

func ExampleInt() {
	for _, v := range []string{"150", "many"} {
		n, ok := notesini.Int(v)
		fmt.Println(n, ok)
	}
	// Output:
	// 150 true
	// 0 false
}

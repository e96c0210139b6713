// This command of package sitegen writes a made-up Domino Directory of any size as an export, to try
// Domigo with it:
//
//	go run ./internal/sitegen/cmd -persons 100000 -groups 5000 -mailins 500 -format dxl -o names.dxl
package main

import (
	"flag"
	"fmt"
	"io"
	"os"

	"domigo/internal/sitegen"
)

func main() {
	if err := run(os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "sitegen:", err)
		os.Exit(1)
	}
}

// run writes what the arguments ask for to the file they name, or to out.
func run(args []string, out, usage io.Writer) error {
	var s sitegen.Spec
	flags := flag.NewFlagSet("sitegen", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.IntVar(&s.Persons, "persons", 1000, "Person documents")
	flags.IntVar(&s.Groups, "groups", 50, "Group documents")
	flags.IntVar(&s.MailIns, "mailins", 5, "Mail-in Database documents")
	flags.IntVar(&s.Largest, "largest", 0, "members of the largest group (default a fifth of the persons)")
	flags.IntVar(&s.Changed, "changed", 0, "Person documents that differ from those of a run without this flag")
	flags.Uint64Var(&s.Seed, "seed", 0, "another directory of the same size")
	format := flags.String("format", "dxl", "dxl, json, or folder: one DXL file for each document")
	file := flags.String("o", "", "file to write, for folder the folder (default standard output)")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if s.Persons < 0 || s.Groups < 0 || s.MailIns < 0 || s.Changed < 0 || s.Changed > s.Persons {
		return fmt.Errorf("counts must not be negative, nor -changed over -persons")
	}
	if *format == "folder" {
		if *file == "" {
			return fmt.Errorf("-format folder needs -o FOLDER")
		}
		return sitegen.WriteFolder(*file, s)
	}
	if *file == "" {
		return sitegen.Write(out, sitegen.Format(*format), s)
	}
	f, err := os.Create(*file)
	if err != nil {
		return err
	}
	if err := sitegen.Write(f, sitegen.Format(*format), s); err != nil {
		_ = f.Close() // the error of writing says more
		return err
	}
	return f.Close()
}

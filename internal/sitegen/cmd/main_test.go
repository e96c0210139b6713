package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "names.dxl")
	var direct, usage bytes.Buffer
	if err := run([]string{"-persons", "40", "-groups", "2", "-mailins", "1"}, &direct, &usage); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{"-persons", "40", "-groups", "2", "-mailins", "1", "-o", file}, nil, &usage); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil || !bytes.Equal(data, direct.Bytes()) || bytes.Count(data, []byte("<document form='Person'>")) != 40 {
		t.Errorf("%d bytes in the file, %d on standard output, %v", len(data), direct.Len(), err)
	}
	if err := run([]string{"-persons", "3", "-groups", "0", "-mailins", "0", "-format", "folder", "-o", filepath.Join(dir, "names")}, nil, &usage); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "names", "*.dxl")); len(files) != 3 {
		t.Errorf("files %q, want 3", files)
	}
	for _, args := range []string{"-persons -1", "-changed 2 -persons 1", "-format csv", "-format folder", "x"} {
		if err := run(strings.Fields(args), &direct, &usage); err == nil {
			t.Errorf("%s: no error", args)
		}
	}
}

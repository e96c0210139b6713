package settings

import (
	"reflect"
	"strings"
	"testing"
)

// TestEachFieldHasOneRow holds that each exported Snapshot field is filled by
// exactly one row, and each target exists.
func TestEachFieldHasOneRow(t *testing.T) {
	rows := Rows()
	by := map[string][]string{}
	for i := range rows {
		for _, target := range []string{rows[i].Target, rows[i].Also} {
			if target != "" {
				by[target] = append(by[target], rows[i].Key())
			}
		}
	}
	var walk func(prefix string, typ reflect.Type)
	seen := map[string]bool{}
	walk = func(prefix string, typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			path := strings.TrimPrefix(prefix+"."+f.Name, ".")
			if !f.IsExported() || path == "Generation" {
				continue
			}
			if owners := by[path]; len(owners) > 0 {
				seen[path] = true
				if len(owners) != 1 {
					t.Errorf("Snapshot.%s is filled by %d rows: %v", path, len(owners), owners)
				}
				continue
			}
			if f.Type.Kind() == reflect.Struct && prefix == "" {
				walk(path, f.Type)
				continue
			}
			t.Errorf("Snapshot.%s is filled by no row", path)
		}
	}
	walk("", reflect.TypeOf(Snapshot{}))
	for target, owners := range by {
		if !seen[target] {
			t.Errorf("row %v fills Snapshot.%s, which does not exist", owners, target)
		}
	}
}

// TestRowsAreWhole holds what every row must say.
func TestRowsAreWhole(t *testing.T) {
	keys := map[string]bool{}
	for _, r := range Rows() {
		if r.Key() == "" || r.Doc == "" {
			t.Errorf("row %+v has no name or no line of documentation", r)
		}
		if keys[rowKey(&r)] {
			t.Errorf("row %s is there twice", r.Key())
		}
		keys[rowKey(&r)] = true
		if r.Form != "" && r.Field() == nil {
			t.Errorf("row %s names the field %s %s, which no form has", r.Key(), r.Form, r.Item)
		}
		if (r.Status == Partial || r.Status == Harmless) && r.Reason == "" {
			t.Errorf("row %s is %s and does not say why", r.Key(), r.Status)
		}
	}
}


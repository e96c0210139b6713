package settings

import (
	"testing"

	"domigo/configdoc"
)

// TestRuleRows holds that each rule that a document may hold has a row of the
// table of rules, and no other.
func TestRuleRows(t *testing.T) {
	rows := ruleRows()
	form := configdoc.Config()
	for _, r := range rows {
		if form.Field(r.Item) == nil {
			t.Errorf("no field %s", r.Item)
		}
	}
	if over := ruleItem(len(rows) + 1); form.Field(over) != nil {
		t.Errorf("the field %s has no row here", over)
	}
}

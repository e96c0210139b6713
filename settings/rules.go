package settings

import (
	"strconv"

	"domigo/settings/rules"
)

// maxRules is how many rules the Configuration Settings document has items for;
// a row for one more would have no field.
const maxRules = 20

// ruleItem names the item of the rule at a place in the order, from 1.
func ruleItem(n int) string { return "MailRule_" + strconv.Itoa(n) }

// ruleRows: the server mail rules ("Setting server mail rules"). The first row
// stands for the Snapshot field that they make together.
func ruleRows() []Row {
	const reason = "for mail that comes in by SMTP"
	list := make([]Row, maxRules)
	for i := range list {
		list[i] = Row{Form: "ServerConfig", Item: ruleItem(i + 1), Type: String, Status: Partial, Reason: reason,
			Doc: "A server mail rule, asked in the order of the numbers: WHEN conditions, EXCEPT WHEN conditions, THEN action."}
	}
	list[0].Type, list[0].Target = Derived, "Rules"
	return list
}

// rules reads the rules, leaves out those that cannot be read, and tells of
// them and of those that ask for a journal while journaling is not enabled.
func (b *builder) rules(s *Snapshot) []rules.Rule {
	var list []rules.Rule
	for n := 1; n <= maxRules; n++ {
		item := ruleItem(n)
		resolved, ok := s.resolved[(&Row{Form: "ServerConfig", Item: item}).ID()]
		if !ok || resolved.Value == "" {
			continue
		}
		r, err := rules.Parse(resolved.Value)
		if err != nil {
			b.listFinding(s, item, CodeRuleBad, "the rule cannot be read and does not count: "+err.Error())
			continue
		}
		if !r.Off && r.Has(rules.Journal) && !s.Router.Journal.On {
			b.listFinding(s, item, CodeRuleJournal, "Journal this message has no effect: journaling is not enabled")
		}
		r.Name = item
		list = append(list, r)
	}
	return list
}

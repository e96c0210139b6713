package rules_test

import (
	"errors"
	"fmt"

	"domigo/settings/rules"
)

// A rule's text becomes a Rule, and rules decide about a message.
func ExampleEvaluate() {
	rule, err := rules.Parse(`WHEN Subject contains "free money" EXCEPT WHEN Sender contains acme.com THEN Don't accept message`)
	if err != nil {
		fmt.Println(err)
		return
	}
	rule.Name = "MailRule_1"
	for _, m := range []rules.Message{
		{Sender: []string{"joe@stranger.example"}, Subject: "Free Money for you"},
		{Sender: []string{"john.doe@acme.com"}, Subject: "Free money in the budget?"},
	} {
		outcome := rules.Evaluate([]rules.Rule{rule}, &m)
		fmt.Println(m.Subject, "-", outcome.Action, outcome.Rule)
	}
	// Output:
	// Free Money for you - Don't accept message MailRule_1
	// Free money in the budget? - none
}

// What is wrong with a text comes with its place.
func ExampleParse() {
	_, err := rules.Parse("WHEN Subject resembles money THEN Don't accept message")
	var e *rules.Error
	fmt.Println(errors.As(err, &e))
	fmt.Println(err)
	// Output:
	// true
	// at 14: an operator such as contains or is must stand here, not "resembles"
}

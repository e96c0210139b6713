package main

import (
	"fmt"
	"strings"

	"domigo/settings"
)

func verbNames() []string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.page.Name)
	}
	return names
}

// didYouMean gives the name that a mistyped one is likest to as the end of an
// error's text; "" if none is like it.
func didYouMean(word string, names []string) string {
	best, least := "", 2+len(word)/5
	for _, name := range names {
		d := settings.Distance(strings.ToLower(word), name)
		if len(word) > 2 && strings.HasPrefix(name, strings.ToLower(word)) {
			d = 1
		}
		if d < least {
			best, least = name, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %s?", best)
}

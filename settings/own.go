package settings

import "fmt"

// The codes of findings about Domigo's own variables that have none of their own.
const (
	CodeOwnBad    Code = "own-variable"
	CodeHostsLine Code = "hosts-line"
)

func ownCodes() []CodeInfo {
	return []CodeInfo{
		{CodeOwnBad, SevError, "One of Domigo's own variables has a form that cannot be used, or names a file that cannot be read.",
			"Correct the variable that the finding names; docs/settings.md has the forms."},
		{CodeHostsLine, SevWarning, "A line of the hosts file that Domigo_Hosts names says nothing, or not all of what it seems to say.",
			"Write an IP address and one or more host names, or remove the line."},
	}
}

// checkOwn looks at the form of variables that their type does not tell.
func (b *builder) checkOwn(s *Snapshot) {
	o := &s.Own
	if _, ok := o.LocalDelivery(); !ok {
		b.listFinding(s, "Domigo_Delivery", CodeOwnBad, fmt.Sprintf("Domigo_Delivery: %q is neither maildir:DIR nor lmtp:ADDRESS: all local mail would wait", o.Delivery))
	}
}

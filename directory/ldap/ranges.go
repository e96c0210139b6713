package ldap

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-ldap/ldap/v3"
)

const (
	// maxRanges bounds the further parts of an attribute that comes in parts.
	maxRanges = 200
	// maxGroups bounds the values of all groups of one answer, in octets.
	maxGroups = 64 << 20
)

// whole fetches the rest of attributes of which the server gave a part only, as
// Active Directory does with large groups: "member;range=0-1499" (MS-ADTS,
// 3.1.1.3.1.3.3). It takes what an entry has out of room, which is octets. An entry
// is whole or an error: mail for a group goes to all of it or waits.
func whole(ctx context.Context, l *link, e *ldap.Entry, room *int) error {
	take := func(values []string) {
		for _, v := range values {
			*room -= len(v)
		}
	}
	for i := 0; i < len(e.Attributes); i++ {
		take(e.Attributes[i].Values)
		name, last, ranged := cutRange(e.Attributes[i].Name)
		if !ranged {
			continue
		}
		all := e.Attributes[i].Values
		for range maxRanges {
			if last < 0 || *room < 0 {
				break
			}
			found, _, err := search(ctx, l, &ldap.SearchRequest{BaseDN: e.DN, Scope: ldap.ScopeBaseObject, Filter: "(objectClass=*)",
				Attributes: []string{fmt.Sprintf("%s;range=%d-*", name, last+1)}, SizeLimit: 1})
			if err != nil {
				return err
			}
			next, some := -1, false
			for _, f := range found {
				for _, a := range f.Attributes {
					if n, end, ok := cutRange(a.Name); ok && strings.EqualFold(n, name) && len(a.Values) > 0 {
						take(a.Values)
						all, next, some = append(all, a.Values...), end, true
					}
				}
			}
			if !some || next >= 0 && next <= last {
				return fmt.Errorf("%w: a range that does not go on", errMessage)
			}
			last = next
		}
		if last >= 0 {
			return fmt.Errorf("%w: %s of %s", errExcess, name, e.DN)
		}
		e.Attributes[i].Name, e.Attributes[i].Values = name, all
	}
	if *room < 0 {
		return fmt.Errorf("%w: groups as large as %s", errExcess, e.DN)
	}
	return nil
}

// cutRange takes the range off an attribute's name; last is -1 where it is the
// last part.
func cutRange(text string) (name string, last int, ok bool) {
	name, option, ok := strings.Cut(text, ";")
	if !ok || len(option) < 6 || !strings.EqualFold(option[:6], "range=") {
		return text, 0, false
	}
	_, end, _ := strings.Cut(option[6:], "-")
	if end == "*" {
		return name, -1, true
	}
	last, err := strconv.Atoi(end)
	return name, last, err == nil && last >= 0
}

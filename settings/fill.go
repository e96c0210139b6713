package settings

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"domigo/settings/match"
)

// fill sets the Snapshot fields that a row names. The text was checked when it
// was resolved, so a failure here is a mistake in the table.
func fill(s *Snapshot, r *Resolved, g match.Groups) error {
	for _, target := range []string{r.Row.Target, r.Row.Also} {
		if target == "" || r.Row.Type == Derived {
			continue
		}
		f, err := fieldOf(s, target)
		if err != nil {
			return err
		}
		if err := setField(f, r, g); err != nil {
			return fmt.Errorf("settings: %s into %s: %w", r.Row.Key(), target, err)
		}
	}
	return nil
}

// fieldOf finds a Snapshot field by its path, "Relay.DenyHosts".
func fieldOf(s *Snapshot, path string) (reflect.Value, error) {
	v := reflect.ValueOf(s).Elem()
	for _, name := range strings.Split(path, ".") {
		if v = v.FieldByName(name); !v.IsValid() {
			return v, fmt.Errorf("settings: the Snapshot has no field %s", path)
		}
	}
	return v, nil
}

func setField(f reflect.Value, r *Resolved, g match.Groups) error {
	switch r.Row.Type {
	case String:
		f.SetString(r.Value)
	case Flag:
		f.SetBool(r.Value == "1")
	case Enum:
		setNumber(f, int64(r.Row.Enum[r.Value]))
	case WordList:
		f.Set(reflect.ValueOf(r.List))
	case HostList:
		f.Set(reflect.ValueOf(match.Hosts(r.List, g)))
	case DomainList:
		f.Set(reflect.ValueOf(match.Domains(r.List, g)))
	case AddrList:
		f.Set(reflect.ValueOf(match.Addresses(r.List, g, false)))
	case SenderList:
		f.Set(reflect.ValueOf(match.Addresses(r.List, g, true)))
	case MailboxList:
		f.Set(reflect.ValueOf(match.Mailboxes(r.List, g)))
	case NameList:
		f.Set(reflect.ValueOf(match.NamesOf(r.List, g)))
	case TimeRange:
		window, err := ParseWindow(r.Value)
		if err != nil {
			return err
		}
		f.Set(reflect.ValueOf(window))
	default:
		n := int64(0)
		if r.Value != "" {
			var err error
			if n, err = strconv.ParseInt(strings.TrimSpace(r.Value), 10, 64); err != nil {
				return err
			}
		}
		setNumber(f, n*unit(r.Row.Type))
	}
	return nil
}

func unit(t Type) int64 {
	switch t {
	case Days:
		return int64(24 * time.Hour)
	case Hours:
		return int64(time.Hour)
	case Minutes:
		return int64(time.Minute)
	case Seconds:
		return int64(time.Second)
	case Kilobytes:
		return 1024
	}
	return 1
}

func setNumber(f reflect.Value, n int64) {
	if f.CanUint() {
		f.SetUint(uint64(n))
		return
	}
	f.SetInt(n)
}

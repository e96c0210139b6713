package queue

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"domigo/mailbox"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		line string
		want Command
	}{
		{"list", Command{Verb: List}},
		{"LIST -json", Command{Verb: List, JSON: true}},
		{"list 00a1b2c3 -state held", Command{Verb: List, IDs: []string{"00a1b2c3"}, State: mailbox.Held}},
		{"-state DEAD list", Command{Verb: List, State: mailbox.Dead}},
		{"list -from <> -to *@x.com -dest relay:[::1]:25 -older 2d", Command{Verb: List, Sender: "<>", To: "*@x.com", Dest: "relay:[::1]:25", Older: 48 * time.Hour}},
		{"list -older=90m", Command{Verb: List, Older: 90 * time.Minute}},
		{"list -older=0.5d", Command{Verb: List, Older: 12 * time.Hour}},
		{"show 00A1B2C3 -body", Command{Verb: Show, IDs: []string{"00A1B2C3"}, Body: true}},
		{"hold 00A1B2C3 00A1B2C4", Command{Verb: Hold, IDs: []string{"00A1B2C3", "00A1B2C4"}}},
		{"hold -all -state pending", Command{Verb: Hold, All: true, State: mailbox.Pending}},
		{"release -to-sender 00A1B2C3", Command{Verb: Release, IDs: []string{"00A1B2C3"}, ToSender: true}},
		{"release 00A1B2C3 -to-recipient", Command{Verb: Release, IDs: []string{"00A1B2C3"}, ToRecipient: true}},
		{"retry -all -by root", Command{Verb: Retry, All: true, By: "root"}},
		{"edit-recipient 00A1B2C3 a@b c@d", Command{Verb: EditRecipient, IDs: []string{"00A1B2C3"}, Old: "a@b", New: "c@d"}},
		{"edit-recipient 00A1B2C3 <a@b> <-c@d>", Command{Verb: EditRecipient, IDs: []string{"00A1B2C3"}, Old: "a@b", New: "-c@d"}},
		{"edit-recipient 00A1B2C3 %=a%20b@c c@d", Command{Verb: EditRecipient, IDs: []string{"00A1B2C3"}, Old: "a b@c", New: "c@d"}},
	} {
		t.Run(c.line, func(t *testing.T) {
			got, err := Parse(strings.Fields(c.line))
			if err != nil || !reflect.DeepEqual(*got, c.want) {
				t.Fatalf("Parse(%q) = %+v, %v; want %+v", c.line, got, err, c.want)
			}
			again, err := Parse(got.Words())
			if err != nil || !reflect.DeepEqual(again, got) {
				t.Errorf("Parse(%q) = %+v, %v; want %+v", got.Words(), again, err, got)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{"", "list, show"},
		{"dance", `"dance": list, show`},
		{"hold", "wants message ids, or -all"},
		{"release -state dead", "wants message ids, or -all"},
		{"delete -to *", "wants message ids, or -all"},
		{"hold 00A1B2C3 -all", "either message ids or -all"},
		{"hold nowhere", "wants message ids"},
		{"hold 00A1B2C3 nowhere", `"nowhere" is no message id`},
		{"list 00A1B2C", `"00A1B2C" is no message id`},
		{"list -state waiting", "not pending, held or dead"},
		{"list -older soon", "no duration such as"},
		{"list -older -5m", "no duration such as"},
		{"list -older 1e9d", "no number of days"},
		{"list -older NaNd", "no number of days"},
		{"list -nosuch", "nosuch"},
		{"list -body", "-body is of show"},
		{"list -to-sender", "are of release"},
		{"release 00A1B2C3 -to-sender -to-recipient", "either -to-sender"},
		{"show", "wrong arguments: show wants one message id"},
		{"show zz", `"zz" is no message id: eight digits, or the whole; show wants one message id`},
		{"delete zz", `"zz" is no message id: eight digits, or the whole; delete wants message ids, or -all`},
		{"edit-recipient zz a@b c@d", `"zz" is no message id: eight digits, or the whole`},
		{"show 00A1B2C3 00A1B2C4", "one message id"},
		{"show 00A1B2C3 -to x", "none of the flags"},
		{"edit-recipient 00A1B2C3 a@b", "edit-recipient ID OLD NEW"},
		{"edit-recipient a@b c@d", "one message id"},
		{"edit-recipient 00A1B2C3 a@b c@@", "domain not valid"},
		{"edit-recipient 00A1B2C3 a@b <>", "edit-recipient ID OLD NEW"},
		{"edit-recipient 00A1B2C3 a@b %=c%0D@d", "control character"},
		{"list %=%zz", "invalid URL escape"},
	} {
		t.Run(c.line, func(t *testing.T) {
			got, err := Parse(strings.Fields(c.line))
			if !errors.Is(err, ErrUsage) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Parse(%q) = %+v, %v; want an error of usage with %q", c.line, got, err, c.want)
			}
		})
	}
}

// FuzzParse: what Parse takes, Words gives back, in words that a console line
// keeps as they are; and no filter or cursor makes Do panic.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"list", "list\x00-state=held\x00-json", "edit-recipient\x0000A1B2C3\x00\"a b\"@c\x00<-d@e>", "hold\x00-all\x00-to=a b\x00-older=1h",
		"list\x00-cursor=MSAyIDMgNCA1IDYgIG0v", "delete\x0000A1B2C3\x00-by=ro\"ot", "list\x00-to=%=x", "show\x0000A1B2C3\x00-body",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		c, err := Parse(strings.Split(in, "\x00"))
		if err != nil {
			if !errors.Is(err, ErrUsage) {
				t.Fatalf("Parse(%q): %v is no error of usage", in, err)
			}
			return
		}
		words := c.Words()
		if got := strings.Fields(strings.Join(words, " ")); !reflect.DeepEqual(got, words) || strings.Contains(strings.Join(words, ""), `"`) {
			t.Fatalf("words of %q do not stand on a line: %q", in, words)
		}
		again, err := Parse(words)
		if err != nil || !reflect.DeepEqual(again, c) {
			t.Fatalf("Parse(%q) = %+v, %v; want %+v", words, again, err, c)
		}
		b := newBench(t)
		b.put(t, "a@b", "Subject: x\r\n\r\n.\r\n", "c@d")
		page, _ := b.Do(t.Context(), c)
		for _, line := range page.Print(c.JSON) {
			if clean(line) != line {
				t.Fatalf("%q: line %q is not printable", in, line)
			}
		}
	})
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"", "", true}, {"", "a", false}, {"a", "A", true}, {"?", "ä", true}, {"??", "a", false},
		{"*@X.com", "jdoe@x.COM", true}, {"*@x.com", "jdoe@x.com.org", false}, {"a*b*c", "a-b-b-c", true}, {"a*b*c", "a-c-b", false},
		{"**a**", "bab", true}, {"*a?", "aab", true}, {"[a]*", "[a]b", true}, {`\*`, `\x`, true},
		{strings.Repeat("*a", 20) + "b", strings.Repeat("a", 2000), false},
	} {
		if got := glob(c.pattern, c.s); got != c.want {
			t.Errorf("glob(%q, %.40q) = %v, want %v", c.pattern, c.s, got, c.want)
		}
	}
}

func TestIsDest(t *testing.T) {
	for _, c := range []struct {
		asked, key string
		want       bool
	}{
		{"mx:x.com", "mx:x.com", true}, {"X.com", "mx:x.com", true}, {"x.com", "mx:y.com", false}, {"com", "mx:x.com", false},
		{"relay.acme.com", "relay:relay.acme.com:25", true}, {"Relay.acme.com:25", "relay:relay.acme.com:25", true},
		{"relay.acme.com:26", "relay:relay.acme.com:25", false}, {"relay:relay.acme.com:25", "relay:relay.acme.com:25", true},
		{"[localdelivery]", "[LocalDelivery]", true}, {"[Routing]", "", true}, {"", "", true},
		{"x.com", "held:3:mx:x.com", true}, {"held:3:mx:x.com", "held:3:mx:x.com", true}, {"mx:x.com", "dead:1:held:3:mx:x.com", true},
		{"[Routing]", "edited:1:", true}, {"x.com", "held:x:mx:x.com", false},
	} {
		if got := isDest(c.asked, c.key); got != c.want {
			t.Errorf("isDest(%q, %q) = %v, want %v", c.asked, c.key, got, c.want)
		}
	}
}

func TestCursor(t *testing.T) {
	in := cursor{From: "m/1/w/held:1:mx:x y.com\xff", last: "1", Done: 1, Refused: 2, Messages: 3, Pending: 4, Held: 5, Dead: 6}
	got, err := parseCursor(in.String())
	if err != nil || got != in {
		t.Errorf("parseCursor(%q) = %+v, %v; want %+v", in.String(), got, err, in)
	}
	for _, bad := range []string{"!", "MQ", "LTEgMiAzIDQgNSA2ICBtLw", "MSAyIDMgNCA1IHggIG0v"} {
		if got, err := parseCursor(bad); !errors.Is(err, ErrUsage) {
			t.Errorf("parseCursor(%q) = %+v, %v; want an error of usage", bad, got, err)
		}
	}
}

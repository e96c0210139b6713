package directory

import (
	"errors"
	"strings"
	"testing"

	"domigo/configdoc/note"
	"domigo/directory/password"
)

func TestLogin(t *testing.T) {
	d := acme(t)
	const john, jane, joan = "John Doe/Acme", "Jane Smith/Sales/Acme", "Joan Smith/Acme"
	both := func(names ...string) [2][]string { return [2][]string{names, names} }
	onlyMore := func(names ...string) [2][]string { return [2][]string{nil, names} }
	for _, c := range []struct {
		name, typed string
		want        [2][]string // fewer, more
	}{
		{"canonical name", "CN=John Doe/O=Acme", both(john)},
		{"abbreviated name", "john doe/acme", both(john)},
		{"common name", "Jane Smith", both(jane)},
		{"alias in the User name field", "jd.alias@acme.com", both(john)},
		{"Internet address", "JOHN.DOE@acme.com", both(john)},
		{"short name", "jdoe", onlyMore(john)},
		{"short name of the primary before a catalog's", "jsmith", onlyMore(jane)},
		{"first name", "jane", onlyMore(jane)},
		{"short name before first name", "joan", onlyMore(joan)},
		{"last name", "Doe", onlyMore(john)},
		{"ambiguous last name", "Smith", [2][]string{{"Smith/Third"}, {jane, joan}}},
		{"a dot is a dot", "john.doe", both()},
		{"catalog", "Mary Minor/Third", both("Mary Minor/Third")},
		{"mail-in", "help@acme.com", both()},
		{"group", "Sales", both()},
		{"local part", "john.doe@", both()},
		{"nothing", "", both()},
		{"blank", "  ", both()},
		{"too long", strings.Repeat("x", maxLogin+1), both()},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantNames(t, "fewer name variations", d.Login(c.typed, false), c.want[0]...)
			wantNames(t, "more name variations", d.Login(c.typed, true), c.want[1]...)
		})
	}
}

func TestLoginBestFitInOneDirectory(t *testing.T) {
	d := build(t, []*note.Document{person("CN=A/O=Acme", "smith", ""), person("CN=Smith/O=Acme", "b", ""), person("CN=C/O=Acme", "c", "", "LastName: Smith")})
	wantNames(t, "full name before short name", d.Login("smith", true), "Smith/Acme")
}

// TestLoginOnce: a person found by several of the names typed alike is one.
func TestLoginOnce(t *testing.T) {
	d := build(t, []*note.Document{person("CN=X/O=Acme; x@acme.com", "", "a@acme.com"), person("CN=Y/O=Acme; x@acme.com", "", ""), person("CN=Lee/O=Acme", "lee", "", "LastName: Lee"), person("Lee", "", "")})
	wantNames(t, "address", d.Login("x@acme.com", true), "X/Acme", "Y/Acme")
	wantNames(t, "name", d.Login("lee", true), "Lee/Acme", "Lee")
}

func TestLoginAmbiguousAddress(t *testing.T) {
	d := build(t, []*note.Document{person("CN=A/O=Acme; x@acme.com", "", "a@acme.com"), person("CN=B/O=Acme", "x@acme.com", "x@acme.com; y@acme.com")})
	wantNames(t, "Login", d.Login("x@acme.com", true), "A/Acme", "B/Acme")
}

func TestAuthenticate(t *testing.T) {
	v3 := password.HashV3([]byte("secret"), [16]byte{1, 2, 3}, 100)
	d := build(t, []*note.Document{
		person("CN=John Doe/O=Acme", "jdoe", "john.doe@acme.com", "HTTPPassword: (355E98E7C7B59BD810ED845AD0FD2FC4)"),
		person("CN=Jane Smith/O=Acme", "jane", "jane@acme.com", "HTTPPassword: (GDpOtD35gGlyDksQRxEU)"),
		person("CN=Joan/O=Acme", "joan; twin", "", "HTTPPassword: "+v3),
		person("CN=Jack/O=Acme", "jack; twin", "", "HTTPPassword: "+v3),
		person("CN=Clear/O=Acme", "clear", "", "HTTPPassword: secret"),
		person("CN=None/O=Acme", "none", ""),
		person("CN=Blank/O=Acme", "blank", "", "HTTPPassword: (GVMroLzc50YK/Yd+L8KH)"),
		person("CN=Two/O=Acme", "two", "", "HTTPPassword: (Ix); "+v3),
	})
	for _, c := range []struct {
		name, user, typed string
		more              bool
		want              string // "" for a failure
		cause             error
	}{
		{"full name, V1", "CN=John Doe/O=Acme", "password", false, "John Doe/Acme", nil},
		{"abbreviated", "John Doe/Acme", "password", false, "John Doe/Acme", nil},
		{"common name", "John Doe", "password", false, "John Doe/Acme", nil},
		{"short name", "jdoe", "password", true, "John Doe/Acme", nil},
		{"Internet address, V2", "jane@acme.com", "hashcat", true, "Jane Smith/Acme", nil},
		{"V3", "joan", "secret", true, "Joan/Acme", nil},
		{"short name with fewer variations", "jdoe", "password", false, "", nil},
		{"wrong", "jdoe", "Password", true, "", nil},
		{"unknown", "nobody", "password", true, "", nil},
		{"ambiguous", "twin", "secret", true, "", nil},
		{"clear text", "clear", "secret", true, "", password.ErrClear},
		{"no password", "none", "secret", true, "", nil},
		{"no password, empty typed", "none", "", true, "", nil},
		{"empty password hashed", "blank", "", true, "", password.ErrEmpty},
		{"stored text typed", "jdoe", "(355E98E7C7B59BD810ED845AD0FD2FC4)", true, "", nil},
		{"second value of the list", "two", "secret", true, "Two/Acme", nil},
		{"no value of the list", "two", "wrong", true, "", password.ErrUnsupported},
		{"overlong", "jdoe", strings.Repeat("x", password.MaxTyped+1), true, "", password.ErrTooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, err := d.Authenticate(c.user, c.typed, c.more)
			if c.want == "" {
				if e != nil || !errors.Is(err, ErrAuthFailed) || c.cause != nil && !errors.Is(err, c.cause) {
					t.Errorf("Authenticate(%q): got %v, %v, want ErrAuthFailed and %v", c.user, e, err, c.cause)
				}
				if c.cause == nil && err != ErrAuthFailed {
					t.Errorf("Authenticate(%q): got %v, want nothing beside ErrAuthFailed", c.user, err)
				}
				return
			}
			if err != nil || e.Name() != c.want {
				t.Errorf("Authenticate(%q): got %v, %v, want %s", c.user, e, err, c.want)
			}
		})
	}
}

// TestAuthenticateTakesItsTime: every failure costs as many rounds of PBKDF2 as a
// wrong password for a V3 value does, in each encoding that is tried.
func TestAuthenticateTakesItsTime(t *testing.T) {
	v3 := password.HashV3([]byte("secret"), [16]byte{1}, password.UsualIterations)
	d := build(t, []*note.Document{
		person("CN=A/O=Acme", "three; twin", "", "HTTPPassword: "+v3),
		person("CN=B/O=Acme", "one; twin", "", "HTTPPassword: (355E98E7C7B59BD810ED845AD0FD2FC4)"),
		person("CN=C/O=Acme", "few", "", "HTTPPassword: "+password.HashV3([]byte("secret"), [16]byte{1}, 1)),
		person("CN=D/O=Acme", "none", ""),
	})
	for _, c := range []struct {
		typed string
		want  int
	}{{"wrong", password.UsualIterations}, {"fälsch", 3 * password.UsualIterations}, {"", 0}} {
		for _, user := range []string{"three", "nobody", "twin", "one", "few", "none"} {
			if _, got, err := authenticate(d.Login(user, true), c.typed); got != c.want || err == nil {
				t.Errorf("login of %q with %q: took %d rounds, %v, want %d and an error", user, c.typed, got, err, c.want)
			}
		}
	}
}

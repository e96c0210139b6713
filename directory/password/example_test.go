package password_test

import (
	"fmt"

	"domigo/directory/password"
)

// A password against what the item HTTPPassword of a Person document holds.
func ExampleVerify() {
	for _, typed := range []string{"password", "Password"} {
		result, err := password.Verify("(355E98E7C7B59BD810ED845AD0FD2FC4)", typed)
		fmt.Println(result.OK, result.Form, err)
	}
	// Output:
	// true V1 <nil>
	// false V1 <nil>
}

// What a stored password can be told by, for a report.
func ExampleInspect() {
	for _, stored := range []string{"(355E98E7C7B59BD810ED845AD0FD2FC4)", "secret", ""} {
		info, err := password.Inspect(stored)
		fmt.Println(info.Form, err)
	}
	// Output:
	// V1 <nil>
	// clear text the stored Internet password is clear text, which never verifies
	// none no Internet password is stored
}

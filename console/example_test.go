package console_test

import (
	"context"
	"fmt"
	"os"

	"domigo/console"
)

// mailServer answers the commands of the example only.
type mailServer struct{ console.Server }

func (mailServer) ShowConfig(string) console.Variable {
	return console.Variable{Name: "SMTPErrorLimit", Value: "20", Set: true}
}

func ExampleRun() {
	ctx := context.Background()
	for _, line := range []string{"sh conf SMTPErrorLimit", "t"} {
		if err := console.Run(ctx, mailServer{}, line, os.Stdout); err != nil {
			fmt.Println("failed")
		}
	}
	// Output:
	//   SMTPErrorLimit=20
	// Command or option is ambiguous
	// failed
}

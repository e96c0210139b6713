package mailbox

import "testing"

func TestMem(t *testing.T) {
	suite(t, func(t *testing.T, o Options) Store { return NewMem(o) })
}

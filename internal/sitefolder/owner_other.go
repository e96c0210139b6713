//go:build !unix

package sitefolder

// owner is nobody where files have no numeric owner.
type owner struct{}

func ownerAt(string) (owner, error) { return owner{}, nil }

func give(string, owner) error { return nil }

// otherDevice reports false: a folder is taken to lie where its parent does.
func otherDevice(string) bool { return false }

//go:build !linux

package sitefolder

// swap exchanges two names.
func swap(a, b string) error { return swapInSteps(a, b) }

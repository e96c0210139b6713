package router

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"domigo/resolver"
	"domigo/router/route"
)

// TestResolverErrors: what the errors of a program's own Resolver mean to the
// Router, as its interface says.
func TestResolverErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want route.FactState
	}{
		{"an answer", nil, route.Found},
		{"no such name", resolver.ErrNXDomain, route.NXDomain},
		{"no such name, wrapped", fmt.Errorf("table: %w", resolver.ErrNXDomain), route.NXDomain},
		{"no such record", resolver.ErrNotFound, route.NotFound},
		{"no such record, of the resolver", &resolver.Error{Name: "acme.com", Type: "MX", Err: resolver.ErrNotFound}, route.NotFound},
		{"a server that failed", resolver.ErrServer, route.TempError},
		{"no answer in time", context.DeadlineExceeded, route.TempError},
		{"whatever else", errors.New("out of order"), route.TempError},
	} {
		if got := stateOf(c.err); got != c.want {
			t.Errorf("%s: %v gives %v, want %v", c.name, c.err, got, c.want)
		}
	}
}

package ldap

import (
	"context"
	"errors"
	"fmt"

	"github.com/go-ldap/ldap/v3"
)

var errExcess = errors.New("more than is taken of a server")

// search asks one question on a connection. cut says that there are more than
// the request's size limit lets through, which holds here whether the server keeps
// it or not. Referrals are not followed. It is over when the server said so, and
// no sooner: without that an answer would be taken for all of it.
func search(ctx context.Context, l *link, request *ldap.SearchRequest) (found []*ldap.Entry, cut bool, err error) {
	request.EnforceSizeLimit = true
	l.guard.begin()
	result, err := l.conn.Search(request)
	switch {
	case ldap.IsErrorWithCode(err, ldap.LDAPResultSizeLimitExceeded):
		return result.Entries, true, nil
	case errors.Is(err, ldap.ErrSizeLimitExceeded), err != nil && l.guard.full.Load():
		// What is still to come would have to be read; the connection goes.
		return nil, true, errExcess
	case err != nil:
		return nil, false, err
	case ctx.Err() != nil:
		return nil, false, context.Cause(ctx)
	case l.conn.GetLastError() != nil: // a message of no request, one that could not be decoded
		return nil, false, fmt.Errorf("%w: %w", errMessage, l.conn.GetLastError())
	}
	return result.Entries, false, nil
}

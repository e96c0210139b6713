package console

import "context"

// runQueue passes a command on the Router's queue to it, its words as they were
// typed. Domino has none: there an administrator opens the mail.box.
func runQueue(ctx context.Context, r *request) error {
	return r.tell(ctx, append([]string{"queue"}, r.told...))
}

package router

import (
	"context"

	"domigo/directory"
	"domigo/mailbox"
	"domigo/router/report"
	"domigo/router/route"
)

// Expand is route.Expand with the answers that it wants of the directory that is
// asked over the network: all that a round misses are fetched together, then the
// next round begins. env has been given from with Env.Assist; from may be nil.
func Expand(ctx context.Context, env *route.Env, from directory.Assistance, m *route.Message, start mailbox.Target, t *route.Trail) []route.Routed {
	for range route.Rounds {
		ends := route.Expand(env, m, start, t)
		if ends[0].Decision.Action != route.Ask {
			return ends
		}
		if !env.View().Fetch(ctx, from) {
			break
		}
	}
	return []route.Routed{{Target: start, Decision: route.Away()}}
}

// still is route.Still with the same.
func (r *Router) still(ctx context.Context, env *route.Env, m *route.Message, key string, t mailbox.Target) (route.Decision, bool) {
	for range route.Rounds {
		d, ok := route.Still(env, m, key, t)
		if d.Action != route.Ask {
			return d, ok
		}
		if !env.View().Fetch(ctx, r.c.Assistance) {
			break
		}
	}
	return route.Away(), false
}

// awaits is what becomes of a recipient while the directory does not answer. If
// the server stops it is not an attempt.
func awaits(ctx context.Context, e route.Routed) outcome {
	o := outcome{target: e.Target, result: deferred, reason: e.Decision.Reason, status: e.Decision.Status, class: report.UsernameFailure}
	if ctx.Err() != nil {
		o.result = cancelled
	}
	return o
}

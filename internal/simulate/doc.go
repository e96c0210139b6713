// Package simulate tells what the listener would say to a client that never
// came: the reply to each command, the setting that decided, and the steps of
// the decision; and who may relay where, as a table that can be compared
// between two sites.
//
// It decides nothing itself. The replies are those of a smtpd.Rehearsal, which
// runs the listener's own session, and the table asks policy.Relay. What DNS
// would say is given as facts, or asked of a resolver. What becomes of mail
// behind the listener is the Router's business (router/route).
package simulate

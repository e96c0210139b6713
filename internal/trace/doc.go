// Package trace tells the life of a message from the structured log: who brought
// it, what the listener said, where the Router took it, what the next hops
// answered, who was told, and what it waits for.
//
// It reads the lines that smtpd, router and internal/queue write to domigo.log,
// in the log as it is and in those that were rotated away, plain or compressed by
// gzip. However large they are, it keeps a bounded part of them. What a line means
// stands in event.go. A line of others that the query fits is passed over; one
// that was torn is counted, too.
//
// What waits in the mail.box now is for the caller to look up ([Report.IDs]) and
// to hand in ([Report.Waits]): the package opens no store.
package trace

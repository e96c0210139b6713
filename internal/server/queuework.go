package server

import (
	"context"
	"fmt"
	"strings"

	"domigo/console"
	"domigo/internal/queue"
)

// tellQueue serves "tell router queue COMMAND", also while the task is down, as
// the mail.box is the server's, and "tell router delivery stats".
func (s *Server) tellQueue(ctx context.Context, task string, words []string) (output []string, done bool, err error) {
	switch {
	case task != taskRouter:
		return nil, false, nil
	case words[0] == "queue":
		output, err = s.queueCommand(ctx, words[1:])
		return output, true, err
	case strings.Join(words, " ") == "delivery stats":
		output, err = s.deliveryStats(ctx)
		return output, true, err
	}
	return nil, false, nil
}

// queueCommand runs one command on the queue. Each change is a line of
// domigo.log and one of the console.
func (s *Server) queueCommand(ctx context.Context, words []string) ([]string, error) {
	c, err := queue.Parse(words)
	if err != nil {
		return nil, err
	}
	q := &queue.Queue{
		Store: s.store, Now: s.now, Time: s.printer.Format().Time, Who: "console",
		Trying: func(key string) {
			if r := s.runningRouter(); r != nil {
				r.Trying(key)
			}
		},
		Record: func(change queue.Change) error {
			change.Log(s.log)
			s.line("Router: " + change.String())
			return nil
		},
	}
	s.events.Flush() // what the answer tells of can be read in domigo.log
	page, err := q.Do(ctx, c)
	return page.Print(c.JSON), err
}

// deliveryStats gives what the Router's statistics say of deliveries to mail
// files. That Domino answers the command is known, in which form is not.
func (s *Server) deliveryStats(ctx context.Context) ([]string, error) {
	r := s.runningRouter()
	if r == nil {
		return nil, console.ErrTaskDown
	}
	list, err := r.Statistics(ctx)
	if err != nil {
		return nil, err
	}
	values := make(map[string]int64, len(list))
	for _, st := range list {
		values[st.Name] = st.Value
	}
	return []string{
		fmt.Sprintf("Messages delivered: %d", values["Mail.Delivered"]),
		fmt.Sprintf("Average delivery time: %d seconds", values["Mail.AverageDeliverTime"]),
		fmt.Sprintf("Average size delivered: %dK; Maximum: %dK", values["Mail.AverageSizeDelivered"], values["Mail.MaximumSizeDelivered"]),
		fmt.Sprintf("Delivery Threads: Max = %d; Total = %d", values["Mail.DeliveryThreads.Max"], values["Mail.DeliveryThreads.Total"]),
	}, nil
}

package server

import (
	"domigo/internal/queue"
	"domigo/settings"
)

// ConfigNames gives the names of the settings that are notes.ini variables, in
// the spelling and order of the settings table.
func (s *Server) ConfigNames() []string {
	var names []string
	for _, row := range settings.Rows() {
		if row.Name != "" {
			names = append(names, row.Name)
		}
	}
	return names
}

// QueueCommands gives the words that "tell router queue" takes first.
func (s *Server) QueueCommands() []string {
	verbs := []queue.Verb{queue.List, queue.Show, queue.Hold, queue.Release, queue.Retry, queue.Delete, queue.EditRecipient}
	words := make([]string, len(verbs))
	for i, v := range verbs {
		words[i] = string(v)
	}
	return words
}

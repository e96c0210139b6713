package server

import (
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"domigo/console"
	"domigo/internal/safefile"
)

// secureFile holds the hash of the console password in the state folder. Domino
// keeps it in notes.ini, in a form that nobody published. Who can remove the
// file owns the server anyway.
const secureFile = "console.secure"

// Parameters of the hash of a new password.
const (
	secureRounds = 200_000
	secureSalt   = 16
	secureHash   = 32
	maxRounds    = 10_000_000 // a file that asks for more is broken
)

// secure is the console password ("Set Secure"), which outlives the server.
type secure struct {
	path string

	mu   sync.Mutex
	hash *passwordHash // nil: none is set
}

// passwordHash is PBKDF2 with SHA-256.
type passwordHash struct {
	rounds     int
	salt, hash []byte
}

// openSecure reads the file. One that cannot be understood is an error: to go
// on without a password would open what somebody closed.
func openSecure(dir string) (*secure, error) {
	s := &secure{path: filepath.Join(dir, secureFile)}
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return nil, fmt.Errorf("console password: %w", err)
	}
	h := &passwordHash{}
	if _, err := fmt.Sscanf(string(text), "pbkdf2-sha256 %d %x %x\n", &h.rounds, &h.salt, &h.hash); err != nil ||
		h.rounds < 1 || h.rounds > maxRounds || len(h.hash) != secureHash {
		return nil, fmt.Errorf("console password: %s is damaged; without the file there is no password", s.path)
	}
	s.hash = h
	return s, nil
}

func newPasswordHash(password string) (*passwordHash, error) {
	h := &passwordHash{rounds: secureRounds, salt: make([]byte, secureSalt)}
	if _, err := rand.Read(h.salt); err != nil {
		return nil, err
	}
	var err error
	h.hash, err = pbkdf2.Key(sha256.New, password, h.salt, h.rounds, secureHash)
	return h, err
}

func (h *passwordHash) matches(password string) bool {
	got, err := pbkdf2.Key(sha256.New, password, h.salt, h.rounds, len(h.hash))
	return err == nil && subtle.ConstantTimeCompare(got, h.hash) == 1
}

// unlocked reports whether the password opens the console.
func (s *secure) unlocked(password string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hash == nil || password != "" && s.hash.matches(password)
}

// set sets, changes or removes the password. When it returns without an error,
// the file says so.
func (s *secure) set(current, fresh string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.hash == nil && fresh == "":
		fresh = current
	case s.hash == nil || !s.hash.matches(current):
		return console.ErrPassword
	case fresh == "":
		if err := os.Remove(s.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("console password: %w", err)
		}
		s.hash = nil
		return nil
	}
	h, err := newPasswordHash(fresh)
	if err == nil {
		line := fmt.Sprintf("pbkdf2-sha256 %d %s %s\n", h.rounds, hex.EncodeToString(h.salt), hex.EncodeToString(h.hash))
		err = safefile.Write(s.path, []byte(line), 0o600)
	}
	if err != nil {
		return fmt.Errorf("console password: %w", err)
	}
	s.hash = h
	return nil
}

func (s *Server) openSecure() (err error) {
	s.secure, err = openSecure(s.opt.State)
	return err
}

// Unlocked reports whether the password opens the console; it does if none is
// set.
func (s *Server) Unlocked(password string) bool { return s.secure.unlocked(password) }

// SetSecure sets, changes or removes the console password.
func (s *Server) SetSecure(current, fresh string) error { return s.secure.set(current, fresh) }

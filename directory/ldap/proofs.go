package ldap

import (
	"crypto/hmac"
	"crypto/sha256"
	"sync"
	"time"
)

// maxProofs bounds the logins that are remembered.
const maxProofs = 10_000

// proofs remembers right passwords for a while.
type proofs struct {
	ttl time.Duration
	now func() time.Time
	key [32]byte // of this run

	mu     sync.Mutex
	recent map[[32]byte]time.Time // until when
}

func (p *proofs) of(dn, password string) (sum [32]byte) {
	mac := hmac.New(sha256.New, p.key[:])
	mac.Write([]byte(dn))
	mac.Write([]byte{0})
	mac.Write([]byte(password))
	mac.Sum(sum[:0])
	return sum
}

func (p *proofs) has(dn, password string) bool {
	sum := p.of(dn, password)
	p.mu.Lock()
	defer p.mu.Unlock()
	until, ok := p.recent[sum]
	return ok && p.now().Before(until)
}

func (p *proofs) add(dn, password string) {
	if p.ttl <= 0 {
		return
	}
	sum := p.of(dn, password)
	now := p.now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.recent) >= maxProofs {
		for k, until := range p.recent {
			if !now.Before(until) {
				delete(p.recent, k)
			}
		}
	}
	if len(p.recent) < maxProofs {
		p.recent[sum] = now.Add(p.ttl)
	}
}

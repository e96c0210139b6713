package settings

import "time"

// Lockout is the Internet password lockout of the Configuration Settings
// document ("Using Internet password lockout"). The rest counts only with
// Enforce.
type Lockout struct {
	Enforce        bool
	LockIP         bool          // also addresses are locked out: for failures of names that no person has
	CountAgainstIP bool          // failures of a person's name count against the address, too
	LogLockouts    bool          // console lines of lockouts, and of attempts while locked out
	LogFailures    bool          // console line of each failure
	MaxTries       int           // failures that lock; 0 is no limit
	Expiration     time.Duration // after which a lock opens at the next try; 0 is never
	Interval       time.Duration // that must have passed for a success to clear earlier failures; 0: each success does
}

// On reports whether failures are counted at all.
func (l Lockout) On() bool { return l.Enforce && l.MaxTries > 0 }

// checkLockout warns of a lockout that anybody can turn against the users.
func (b *builder) checkLockout(s *Snapshot) {
	if !s.Lockout.On() || s.Lockout.Expiration > 0 {
		return
	}
	b.listFinding(s, "ILExpMinutes", CodeLockoutForever,
		"a lockout never ends by itself: anybody who knows a user's name can lock the user out until an administrator unlocks the name")
}

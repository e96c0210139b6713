package smtpd

import "domigo/smtpd/policy"

// unanswered are the errors of the look-ups that DNS did not answer. They are the
// administrator's, to whom they name the servers that were asked, and go into the
// log of what was refused for want of an answer.
type unanswered struct{ ptr, confirmation, domain error }

// about gives the error of a fact's look-up, nil if it was answered.
func (u *unanswered) about(fact policy.Need) error {
	switch fact {
	case policy.NeedPTR:
		return u.ptr
	case policy.NeedConfirmation:
		return u.confirmation
	case policy.NeedSenderDomain:
		return u.domain
	}
	return nil
}

// failure gives the error of a look-up that DNS did not answer, nil for an answer.
func failure(err error) error {
	if lookedUp(err) == policy.Failed {
		return err
	}
	return nil
}

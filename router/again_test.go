package router

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"

	"domigo/mailbox"
	"domigo/resolver"
)

// stuck is a Resolver that answers nothing, until who asks gives up.
type stuck struct{ *zone }

func (stuck) MX(ctx context.Context, domain string) ([]resolver.MX, error) {
	<-ctx.Done()
	return nil, &resolver.Error{Name: domain, Type: "MX", Err: ctx.Err()}
}

// A look-up that the stop of the server breaks off is no attempt, and says nothing
// of the destination: the mail goes out at once after the next start.
func TestStopDuringLookUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, _, _ := farLab(t)
		l.config.Resolver = stuck{l.zone}
		l.restart()
		l.put("jdoe@acme.com", message, "x@example.org")
		stop := l.run()
		pass(time.Second)
		stop()
		rows := l.rows()
		if len(rows) != 1 || rows[0].Attempts != 0 || rows[0].LastError != "" || rows[0].Due.After(time.Now()) {
			t.Errorf("mail.box after the stop: %+v", rows)
		}
	})
}

// Recipients that are routed anew to where others of their message wait go there
// when those have gone, and are no error.
func TestWaitsForOthersOfTheMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, f, _ := farLab(t)
		log := &lockedBuffer{}
		l.config.Log = zerolog.New(log).Level(zerolog.ErrorLevel)
		l.restart()
		l.put("jdoe@acme.com", message, "x@[192.0.2.1]", "y@[192.0.2.1]")
		claims, err := l.store.Claim(t.Context(), "test", time.Minute, mailbox.Want{Limit: 1})
		if err != nil || len(claims) != 1 {
			t.Fatal(claims, err)
		}
		to := claims[0].Recipients
		if err := l.store.Split(t.Context(), claims[0].Token, []mailbox.Work{
			{Key: "mx:[192.0.2.1]", Recipients: to[:1], Due: time.Now().Add(time.Hour), Attempts: 1},
			{Recipients: to[1:], Due: time.Now()},
		}); err != nil {
			t.Fatal(err)
		}
		defer l.run()()
		pass(30 * time.Minute)
		rows := l.rows()
		if len(rows) != 2 || rows[0].Key != "" || rows[0].LastError != reasonOthers || len(f.heardLines("RCPT")) > 0 {
			t.Errorf("mail.box while others wait: %+v", rows)
		}
		pass(32 * time.Minute)
		if got := f.heardLines("RCPT"); len(got) != 2 || len(l.rows()) != 0 {
			t.Errorf("next hop heard %q, mail.box %+v", got, l.rows())
		}
		if log.String() != "" {
			t.Errorf("log: %s", log.String())
		}
	})
}

package station

import (
	"context"
	"errors"
	"time"

	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/syncproto"
)

// enrolRetry is the pause between two attempts to reach central for enrolling.
const enrolRetry = 5 * time.Second

// Tell says something to whoever stands before the device: a translation key
// and its arguments, in pairs.
type Tell func(key string, args ...string)

// Front is what stands before the person at the device while it begins.
type Front struct {
	Tell Tell
	// Ask asks for an enrolment code, or the text of its QR code, which codes may
	// bring too. why is the key of what was in the way of the last one; address is
	// where central is looked for. False ends the beginning.
	Ask func(ctx context.Context, why, address string, codes <-chan scanner.Event) (invitation string, ok bool)
	// Compare shows the five words; giveUp has Ask called again.
	Compare func(words syncproto.Words, giveUp func())
	Done    func() // the device is enrolled
}

// Begin makes sure that the device is enrolled: with the code that is given, if
// any, else with one that the person enters. It reports false where the context
// ended. While central can't be reached with a code that was given it keeps
// trying.
func (s *Station) Begin(ctx context.Context, code string, front Front) bool {
	why, given := "", code != ""
	for {
		enrolled, err := s.Enrolled(ctx)
		if err != nil {
			s.opt.Log.Error("the identity can't be read", "err", err)
			front.Tell("device.copy_broken")
			return false
		}
		if enrolled {
			front.Done()
			return true
		}
		if code == "" {
			var ok bool
			if code, ok = s.ask(ctx, why, front); !ok {
				return false
			}
		}
		err = s.tryCode(ctx, code, front)
		switch {
		case ctx.Err() != nil:
			return false
		case err == nil:
			continue
		case errors.Is(err, context.Canceled): // the person gave up on this code
			why, code, given = "", "", false
			continue
		}
		s.opt.Log.Warn("not enrolled", "err", err)
		if !given || !errors.Is(err, agent.ErrUnreachable) {
			why, code, given = Explain(err), "", false
			continue
		}
		front.Tell(Explain(err))
		select {
		case <-ctx.Done():
			return false
		case <-time.After(enrolRetry):
		}
	}
}

// ask has the person enter a code, or the scanner on its serial line read one.
func (s *Station) ask(ctx context.Context, why string, front Front) (code string, ok bool) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	return front.Ask(ctx, why, s.opt.Central, s.Codes(ctx))
}

// tryCode enrols with a code until the person gives up on it.
func (s *Station) tryCode(ctx context.Context, code string, front Front) error {
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	return s.Enrol(ctx, code, func(words syncproto.Words) { front.Compare(words, giveUp) })
}

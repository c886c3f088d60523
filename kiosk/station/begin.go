package station

import (
	"context"
	"errors"
	"strings"
	"time"

	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/syncproto"
)

// enrolRetry is the pause between two attempts to reach central for enrolling.
const enrolRetry = 5 * time.Second

// Tell says something to whoever stands before the device: a translation key
// and its arguments, in pairs.
type Tell func(key string, args ...string)

// Begin makes sure that the device is enrolled, with the code where one is
// given. It tells what is in the way and reports whether the device may run:
// false where the context ended or the code is of no use. While central can't
// be reached it keeps trying.
func (s *Station) Begin(ctx context.Context, code string, tell Tell) bool {
	for {
		enrolled, err := s.Enrolled(ctx)
		if err == nil && enrolled {
			return true
		}
		if err == nil && code == "" {
			tell("device.not_enrolled")
			return false
		}
		if err == nil {
			err = s.Enrol(ctx, code, func(words syncproto.Words) { tell("enrol.compare", "words", strings.Join(words[:], "　")) })
		}
		if err == nil {
			return true
		}
		if ctx.Err() != nil {
			return false
		}
		s.opt.Log.Warn("not enrolled", "err", err)
		tell(Explain(err))
		if !errors.Is(err, agent.ErrUnreachable) {
			return false
		}
		select {
		case <-ctx.Done():
			return false
		case <-time.After(enrolRetry):
		}
	}
}

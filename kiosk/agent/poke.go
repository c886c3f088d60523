package agent

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"ezhitong.tw/syncproto"
)

// Poker opens the stream on which central says that there is something to pull.
type Poker interface {
	// Poke opens the stream of a session and calls seen with each number on it, the
	// latest of the site's feed, until the stream ends. It always gives an error,
	// at the latest when ctx ends.
	Poke(ctx context.Context, session string, seen func(seq int64)) error
}

// stream is central's poke stream as the agent follows it: one at a time, and only
// beside a session that works. It moves no data; without it the agent polls.
type stream struct {
	poker  Poker
	jitter func() float64
	most   time.Duration // of the pause before the stream is opened again
	news   chan struct{} // a number came, or the stream ended
	latest atomic.Int64
	open   atomic.Bool

	session string
	stop    context.CancelFunc
	running sync.WaitGroup
}

func newStream(cfg Config) *stream {
	return &stream{poker: cfg.Poker, jitter: cfg.Jitter, most: cfg.RetryMax, news: make(chan struct{}, 1), stop: func() {}}
}

// follow follows the stream of a session from now on and leaves any other; without
// a session it follows none.
func (s *stream) follow(ctx context.Context, at *session) {
	id := ""
	if at != nil {
		id = at.id
	}
	if s.poker == nil || id == s.session {
		return
	}
	s.leave()
	if s.session = id; id == "" {
		return
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.running.Go(func() { s.listen(ctx, id) })
}

// leave ends the stream and waits until it has.
func (s *stream) leave() {
	s.stop()
	s.running.Wait()
	s.session = ""
}

// listen opens the stream again whenever it ends, after a pause that is drawn at
// random below a bound, which doubles while no number comes. Where central has
// forgotten the session it gives up: the next round opens another one.
func (s *stream) listen(ctx context.Context, session string) {
	for failures := 0; ; failures++ {
		err := s.poker.Poke(ctx, session, func(seq int64) {
			failures = 0
			s.latest.Store(seq)
			s.open.Store(true)
			s.tell()
		})
		if s.open.Swap(false) {
			s.tell()
		}
		if ctx.Err() != nil {
			return
		}
		var problem syncproto.Problem
		if errors.As(err, &problem) && (problem.Code == syncproto.ProblemUnknownSession || ended(problem)) {
			return
		}
		pause := time.NewTimer(time.Duration(s.jitter() * float64(min(s.most, time.Second<<min(failures, 16)))))
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
	}
}

func (s *stream) tell() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

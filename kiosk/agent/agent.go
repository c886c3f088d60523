// Package agent moves changes between the replica and central: it pushes what
// was done here, pulls what central knows, and says how the two stand. It has no
// say in what happens at the counter, which works the same while the agent
// finds nobody at the other end.
package agent

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// Link carries bytes to central and back, one call at a time.
type Link interface {
	// Handshake sends the first message of the handshake and gives the session
	// that central opened and its answer.
	Handshake(ctx context.Context, message []byte) (session string, answer []byte, err error)
	// Exchange sends one sealed message in a session and gives the sealed answer.
	Exchange(ctx context.Context, session string, sealed []byte) ([]byte, error)
}

// Config is what the world brings in.
type Config struct {
	Replica  *replica.Replica
	Link     Link
	Poker    Poker                        // nil: only poll
	Build    string                       // of this program, for the monitor
	Version  int                          // the latest protocol version to speak; 0 means syncproto.Version
	Reader   func() syncproto.ReaderState // of the card reader, for the monitor
	FreeDisk func() int64                 // bytes
	Jitter   func() float64               // random in [0, 1)
	LAN      bool                         // learn which other devices the site has, for package lan
	Log      *slog.Logger

	// Poll is the pause between two rounds that found nothing to do.
	Poll time.Duration
	// Idle is that pause while central's poke stream is open; 0 means Poll.
	Idle time.Duration
	// RetryMax bounds the pause after rounds that failed; pauses grow from one
	// second, each drawn at random below its bound.
	RetryMax time.Duration
}

// Agent runs rounds of synchronisation.
type Agent struct {
	cfg      Config
	session  *session
	static   noise.KeyPair // the device's own
	failures int
	trip     time.Duration // of the last exchange
	behind   int64
	diverged bool // the base is not central's
	now      chan struct{}
	standing chan replica.Standing
	last     replica.Standing
	progress progress
	written  uint64      // the last own event that tell has seen
	purged   clinic.Date // the day of the last purge
	cursor   int64       // where the last pull ended
	stream   *stream
	rest     <-chan time.Time // when the next poke may begin a round; nil: now
	asks     chan *question
	waiting  []*question // for an answer of central
}

// progress is when the acknowledged number last moved.
type progress struct {
	acked uint64
	at    time.Time
}

// New makes an agent. Nothing happens before Run.
func New(cfg Config) *Agent {
	cfg.Idle = cmp.Or(cfg.Idle, cfg.Poll)
	return &Agent{cfg: cfg, now: make(chan struct{}, 1), standing: make(chan replica.Standing, 1), asks: make(chan *question), stream: newStream(cfg)}
}

// Standings receives the current standing whenever it changes. A standing that
// is not read in time is replaced by the one after it.
func (a *Agent) Standings() <-chan replica.Standing { return a.standing }

// SyncNow ends the current pause.
func (a *Agent) SyncNow() {
	select {
	case a.now <- struct{}{}:
	default:
	}
}

// Run makes rounds until the context ends. It returns only then.
func (a *Agent) Run(ctx context.Context) {
	changes, stop := a.cfg.Replica.Watch()
	defer stop()
	defer a.stream.leave()
	a.tell(ctx, nil)
	for ctx.Err() == nil {
		d, err := a.Step(ctx)
		if ctx.Err() != nil {
			return
		}
		if a.serve(ctx) {
			d = min(d, leastPause)
		}
		a.stream.follow(ctx, a.session)
		a.pause(ctx, d, changes, err)
	}
}

// Step does what Run does between two pauses: it makes a round, once a day forgets
// what is old, and says how long to pause now and what the round came to.
func (a *Agent) Step(ctx context.Context) (pause time.Duration, err error) {
	if err = a.Round(ctx); ctx.Err() != nil {
		return 0, err
	}
	if today := a.cfg.Replica.Today(); err == nil && today != a.purged {
		if err := a.cfg.Replica.Purge(ctx); err != nil {
			a.cfg.Log.Error("purge", "err", err)
		}
		a.purged = today
	}
	grew := a.tell(ctx, err)
	pause = a.interval(err)
	switch { // what was done during the round came after what the round sent
	case grew && err == nil:
		pause = 0
	case grew:
		pause = min(pause, leastPause)
	}
	return pause, err
}

// interval is how long to pause after a round.
func (a *Agent) interval(err error) time.Duration {
	if err == nil {
		a.failures = 0
		if a.stream.open.Load() {
			return a.cfg.Idle
		}
		return a.cfg.Poll
	}
	var problem syncproto.Problem
	switch {
	case errors.Is(err, errForgotten):
		return time.Duration(a.cfg.Jitter() * float64(restartSpread))
	case !errors.As(err, &problem):
	case ended(problem):
		return endedPause
	case problem.RetryAfter > 0:
		return time.Duration((float64(problem.RetryAfter) + a.cfg.Jitter()) * float64(time.Second))
	}
	bound := min(a.cfg.RetryMax, time.Second<<min(a.failures, 16))
	a.failures++
	return time.Duration((0.5 + 0.5*a.cfg.Jitter()) * float64(bound))
}

// restartSpread is the time over which the devices of a city come back to a central
// that was started again and knows none of them any more: each draws its moment in it.
// Whoever has something to send, or is told to synchronise now, does not wait.
const restartSpread = time.Minute

// endedPause is for a device that central does not let in any more: only a new
// enrolment helps, or a person who thinks better of it.
const endedPause = 10 * time.Minute

// leastPause keeps a device that has something to send from knocking without
// end at a central that does not answer.
const leastPause = time.Second

// restPause is between two rounds that central's numbers began: a site that is
// booked all the time is pulled so often, and no oftener.
const restPause = 400 * time.Millisecond

// brokenPause bounds the pause after the stream broke; it is drawn, so that not
// every device of a central that stopped knocks at the same moment.
const brokenPause = 2 * time.Second

// pause ends after d, at once on SyncNow, when something new waits to be sent, and
// when central says that there is something to pull.
func (a *Agent) pause(ctx context.Context, d time.Duration, changes <-chan struct{}, failed error) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	var least <-chan time.Time
	poked := false
	for {
		if poked && a.rest == nil {
			a.rest = time.After(restPause)
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			return
		case <-least:
			return
		case <-a.now:
			return
		case q := <-a.asks:
			a.waiting = append(a.waiting, q)
			return
		case <-a.rest:
			a.rest = nil
		case <-a.stream.news:
			switch {
			case a.stream.latest.Load() > a.cursor:
				poked = true
			case failed == nil && !a.stream.open.Load():
				timer.Reset(time.Duration(a.cfg.Jitter() * float64(min(d, brokenPause))))
			}
		case <-changes:
			grew := a.tell(ctx, failed)
			switch {
			case !grew:
			case failed == nil:
				return
			case least == nil:
				least = time.After(min(d, leastPause))
			}
		}
	}
}

// tell works out the standing and reports it when it changed. It says whether this
// device did something since the last time.
func (a *Agent) tell(ctx context.Context, failed error) (grew bool) {
	r := a.cfg.Replica
	out, err := r.Outbox(ctx, 1)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			a.cfg.Log.Error("read the outbox", "err", err)
		}
		return false
	}
	last, err := r.LastContact(ctx)
	if err != nil {
		a.cfg.Log.Error("read the last contact", "err", err)
		return false
	}
	now := r.Now()
	grew = out.Max > a.written && !a.progress.at.IsZero()
	a.written = out.Max
	if out.Acked != a.progress.acked || out.Max == out.Acked || a.progress.at.IsZero() {
		a.progress = progress{out.Acked, now}
	}
	s := replica.Standing{Pending: int(out.Max - out.Acked), Behind: a.behind, Since: a.last.Since, Last: last}
	locked, err := r.Locked(ctx)
	if err != nil {
		a.cfg.Log.Error("read the grant", "err", err)
		return false
	}
	if locked {
		if s.Open, err = r.Unlocked(ctx); err != nil {
			a.cfg.Log.Error("read who unlocked the device", "err", err)
			return false
		}
	}
	s.State = a.state(s, locked && s.Open.IsZero(), failed, now)
	if s.State != a.last.State {
		s.Since = now
		a.cfg.Log.Info("standing", "state", s.State, "pending", s.Pending)
	}
	a.last = s
	select {
	case <-a.standing:
	default:
	}
	a.standing <- s
	return grew
}

// stuckAfter is how long events may stay unacknowledged on a working link.
const stuckAfter = 5 * time.Minute

func (a *Agent) state(s replica.Standing, locked bool, failed error, now time.Time) replica.State {
	var problem syncproto.Problem
	switch {
	case errors.As(failed, &problem) && ended(problem):
		return replica.Revoked
	case locked:
		return replica.Locked
	case errors.As(failed, &problem) && problem.Code == syncproto.ProblemVersion:
		return replica.Upgrade
	case failed != nil || a.session == nil:
		return replica.Offline
	case s.Pending > 0 && now.Sub(a.progress.at) >= stuckAfter:
		return replica.Stuck
	case s.Behind > 0:
		return replica.Lagging
	}
	return replica.Live
}

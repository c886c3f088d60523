package main

import (
	"context"
	"crypto/rand"
	"errors"
	"math"
	mrand "math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// caller is a device without a replica: its keys and its place in the feed.
type caller struct {
	link   *agent.HTTPLink
	self   replica.Identity
	cursor int64  // 0: where central stands
	whole  int64  // where its last complete pull ended
	made   uint64 // events

	session string
	channel *noise.Channel
	welcome syncproto.Welcome
	sealed  int // bytes of sealed messages, both ways, without HTTP's heads
}

// connect shakes hands and says hello.
func (c *caller) connect(ctx context.Context) error {
	static, err := noise.KeyOf([32]byte(c.self.Noise))
	if err != nil {
		return err
	}
	dialing, message, err := noise.Dial(noise.DialConfig{
		Static: static, Server: [32]byte(c.self.Central.Noise), PSK: [32]byte(c.self.Grant.PSK), Random: rand.Reader,
	})
	if err != nil {
		return err
	}
	var answer []byte
	if c.session, answer, err = c.link.Handshake(ctx, message); err != nil {
		return err
	}
	if c.channel, err = dialing.Finish(answer); err != nil {
		return err
	}
	c.welcome, err = say[syncproto.Welcome](ctx, c, syncproto.Hello{
		MinVersion: syncproto.Oldest, MaxVersion: syncproto.Version, Build: "bars", Device: c.self.Grant.Device, Epoch: c.self.Grant.Epoch,
		MaxSeq: c.made, Boot: clinic.ID{1}, Reader: syncproto.ReaderReady,
	})
	return err
}

// pull asks for what is new.
func (c *caller) pull(ctx context.Context) (syncproto.Page, error) {
	cursor := c.cursor
	if cursor == 0 {
		cursor = c.welcome.SiteSeq
	}
	return say[syncproto.Page](ctx, c, syncproto.Pull{Cursor: cursor, First: math.MaxInt32, Limit: syncproto.MaxPageRows, Whole: c.whole})
}

func say[T syncproto.Message](ctx context.Context, c *caller, m syncproto.Message) (T, error) {
	var none T
	plain, err := syncproto.Encode(m)
	if err != nil {
		return none, err
	}
	sealed, err := c.channel.Seal(plain)
	if err != nil {
		return none, err
	}
	answer, err := c.link.Exchange(ctx, c.session, sealed)
	if err != nil {
		return none, err
	}
	c.sealed += len(sealed) + len(answer)
	if plain, err = c.channel.Open(answer); err != nil {
		return none, err
	}
	return syncproto.Expect[T](plain)
}

// herd is what became of all devices of a city that come back at once.
type herd struct {
	Devices    int
	Took       time.Duration // until the last one was up to date again
	Handshakes int64         // made
	Waits      int64         // told to come back later
	Errors     int64
}

// reconnect lets them all come back at once. Each does as an agent does: it
// shakes hands, says hello and pulls, and comes back later when it is told to.
func reconnect(ctx context.Context, callers []*caller) (h herd, err error) {
	h.Devices = len(callers)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var shaken, waits, failures atomic.Int64
	var all sync.WaitGroup
	began := time.Now()
	for _, c := range callers {
		all.Go(func() {
			for ctx.Err() == nil {
				var err error
				if c.channel == nil {
					err = c.connect(ctx)
					shaken.Add(1)
				}
				if err == nil {
					_, err = c.pull(ctx)
				}
				var p syncproto.Problem
				switch {
				case err == nil:
					return
				case errors.As(err, &p) && p.RetryAfter > 0:
					waits.Add(1)
					pause(ctx, time.Duration((float64(p.RetryAfter)+mrand.Float64())*float64(time.Second)))
				default:
					failures.Add(1)
					stop(err)
					return
				}
			}
		})
	}
	all.Wait()
	h.Took, h.Handshakes, h.Waits, h.Errors = time.Since(began), shaken.Load(), waits.Load(), failures.Load()
	return h, context.Cause(ctx)
}

func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// enrolAll enrols a caller for each code, with a hub that approves whoever asks.
func enrolAll(ctx context.Context, central string, codes []string) ([]*caller, error) {
	out := make([]*caller, len(codes))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(64)
	for i, text := range codes {
		out[i] = &caller{link: agent.NewHTTPLink(central)}
		work.Go(func() error { return out[i].enrol(ctx, text) })
	}
	return out, work.Wait()
}

func (c *caller) enrol(ctx context.Context, text string) error {
	code, err := syncproto.ParseCode(text)
	if err != nil {
		return err
	}
	e, err := agent.NewEnrolment(ctx, c.link, code, "bars")
	if err != nil {
		return err
	}
	for approved := false; !approved; pause(ctx, approvedEvery) {
		if _, c.self, approved, err = e.Ask(ctx); err != nil {
			return err
		}
	}
	return nil
}

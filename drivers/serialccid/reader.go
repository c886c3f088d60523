package serialccid

import (
	"context"
	"errors"
	"sync"
	"time"

	"ezhitong.tw/drivers/pause"
	"ezhitong.tw/drivers/serialline"
	"ezhitong.tw/drivers/smartcard"
)

const (
	defaultPoll = 150 * time.Millisecond
	// firstPause and longestPause bound the wait before the port is tried again.
	firstPause, longestPause = 100 * time.Millisecond, time.Second
	// dialLimit bounds one attempt to find the reader.
	dialLimit = 8 * time.Second
)

// Reader is a card reader that may be unplugged and plugged in again while the program runs.
type Reader struct {
	cfg  Config
	mu   sync.Mutex
	conn *Conn
}

// NewReader prepares a reader; Events starts it.
func NewReader(cfg Config) *Reader {
	if cfg.Poll <= 0 {
		cfg.Poll = defaultPoll
	}
	cfg.WakeFirst = false
	return &Reader{cfg: cfg}
}

// Events watches the reader until ctx ends; then the port is closed and after it the channel. Call it once.
// Nothing is dropped: a program that does not read the channel stops the watch.
func (r *Reader) Events(ctx context.Context) <-chan smartcard.Event {
	out := make(chan smartcard.Event, 16)
	go func() {
		defer close(out)
		r.run(ctx, func(e smartcard.Event) {
			select {
			case out <- e:
			case <-ctx.Done():
			}
		})
	}()
	return out
}

// Connect wakes the card in the reader. smartcard.ErrNoReader while the reader is away. Release the card afterwards.
func (r *Reader) Connect(ctx context.Context) (smartcard.Card, error) {
	r.mu.Lock()
	c := r.conn
	r.mu.Unlock()
	if c == nil {
		return nil, smartcard.ErrNoReader
	}
	card, err := c.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return card, nil
}

// Report is what the present connection noticed about the reader; false while the reader is away.
func (r *Reader) Report() (Report, bool) {
	r.mu.Lock()
	c := r.conn
	r.mu.Unlock()
	if c == nil {
		return Report{}, false
	}
	return c.Report(), true
}

func (r *Reader) use(c *Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.conn = c
}

// run finds the reader, watches it, and finds it again.
func (r *Reader) run(ctx context.Context, tell func(smartcard.Event)) {
	wait, told := firstPause, ""
	for ctx.Err() == nil {
		err := r.session(ctx, tell, func() { wait, told = firstPause, "" })
		if ctx.Err() != nil {
			return
		}
		if told != err.Error() { // the same trouble is told once
			told = err.Error()
			tell(smartcard.Event{Kind: smartcard.ReaderLost, Err: err})
		}
		var blocked *serialline.BlockedError
		if errors.As(err, &blocked) { // never two attempts at a port that does not open
			select {
			case <-blocked.Done:
			case <-ctx.Done():
				return
			}
		}
		if pause.For(ctx, wait) != nil {
			return
		}
		wait = min(wait*2, longestPause)
	}
}

// session is one connection from Dial to the error that ends it.
func (r *Reader) session(ctx context.Context, tell func(smartcard.Event), found func()) error {
	dialing, cancel := context.WithTimeout(ctx, dialLimit)
	c, err := Dial(dialing, r.cfg)
	cancel()
	if err != nil {
		return err
	}
	r.use(c)
	found()
	tell(smartcard.Event{Kind: smartcard.ReaderReady})
	present, err := r.watch(ctx, c, tell)
	r.use(nil)
	c.Close()
	select {
	case <-c.line.Done: // the port must be free before it is opened again
	case <-ctx.Done():
	}
	if present {
		tell(smartcard.Event{Kind: smartcard.CardRemoved})
	}
	return err
}

// watch looks at the slot until the connection breaks, and says whether a card was in it then.
func (r *Reader) watch(ctx context.Context, c *Conn, tell func(smartcard.Event)) (present bool, err error) {
	seen := c.removals()
	for {
		status, err := c.Status(ctx)
		if err != nil {
			return present, err
		}
		moves := c.removals()
		if present && (status == CardAbsent || moves != seen) {
			present = false
			tell(smartcard.Event{Kind: smartcard.CardRemoved})
		}
		if !present && status != CardAbsent {
			present = true
			tell(smartcard.Event{Kind: smartcard.CardInserted})
		}
		seen = moves
		c.idle(ctx, r.cfg.Poll)
		if ctx.Err() != nil {
			return present, ctx.Err()
		}
	}
}

package pcsc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/drivers/pause"
	"ezhitong.tw/drivers/smartcard"
)

// firstPause and longestPause bound the wait before a reader that is away is looked for again.
const firstPause, longestPause = 100 * time.Millisecond, time.Second

// Reader is one reader of the service, which may be unplugged and plugged in again while the program runs.
type Reader struct{ cfg Config }

var _ smartcard.Reader = (*Reader)(nil)

// NewReader prepares a reader; Events starts it.
func NewReader(cfg Config) *Reader { return &Reader{cfg} }

// Connect wakes the card in the reader. Release it soon afterwards.
func (r *Reader) Connect(ctx context.Context) (smartcard.Card, error) {
	card, err := Connect(ctx, r.cfg)
	if err != nil {
		return nil, err
	}
	return card, nil
}

// Events watches the reader until ctx ends; then the channel is closed.
func (r *Reader) Events(ctx context.Context) <-chan smartcard.Event {
	out := make(chan smartcard.Event, 16)
	go func() {
		defer close(out)
		r.run(ctx, func(kind smartcard.EventKind, err error) {
			select {
			case out <- smartcard.Event{Kind: kind, Err: err}:
			case <-ctx.Done():
			}
		})
	}()
	return out
}

// run finds the reader, watches it, and finds it again.
func (r *Reader) run(ctx context.Context, tell func(smartcard.EventKind, error)) {
	wait, told := firstPause, ""
	for ctx.Err() == nil {
		err := r.session(ctx, func(kind smartcard.EventKind) {
			wait, told = firstPause, ""
			tell(kind, nil)
		})
		if ctx.Err() != nil {
			return
		}
		if told != err.Error() { // the same trouble is told once
			told = err.Error()
			tell(smartcard.ReaderLost, err)
		}
		if pause.For(ctx, wait) != nil {
			return
		}
		wait = min(wait*2, longestPause)
	}
}

// session is one context with the service, from the finding of the reader to the error that ends it.
func (r *Reader) session(ctx context.Context, tell func(smartcard.EventKind)) (err error) {
	c, err := establish()
	if err != nil {
		return named(err)
	}
	stop := context.AfterFunc(ctx, func() { _ = cancelWait(c) }) // one that comes too early costs a slice
	defer func() {
		stop()
		_ = release(c) // a service that stopped has released it already
	}()
	names, err := listReaders(c)
	if err != nil {
		return named(err)
	}
	name, err := find(names, r.cfg.Reader)
	if err != nil {
		return err
	}
	tell(smartcard.ReaderReady)
	present, err := watch(ctx, c, name, tell)
	if present {
		tell(smartcard.CardRemoved)
	}
	return named(err)
}

// watch tells what moves in a reader until it fails, and says whether a card was in it then.
func watch(ctx context.Context, c uintptr, name string, tell func(smartcard.EventKind)) (present bool, err error) {
	seen := state{reader: name}
	moves, known := uint32(0), false
	for ctx.Err() == nil {
		err := statusChange(c, slice, &seen)
		switch {
		case errors.Is(err, errTimeout), errors.Is(err, errCancelled):
			continue
		case err != nil:
			return present, err
		case seen.event&(stateUnknown|stateUnavailable) != 0:
			return present, fmt.Errorf("%w (%s)", ErrUnknownReader, name)
		}
		now := seen.event&statePresent != 0
		exchanged := known && seen.event>>16 != moves
		if present && (!now || exchanged) {
			present = false
			tell(smartcard.CardRemoved)
		}
		if now && !present {
			present = true
			tell(smartcard.CardInserted)
		}
		moves, known = seen.event>>16, true
		seen.current = seen.event &^ stateChanged
	}
	return present, ctx.Err()
}

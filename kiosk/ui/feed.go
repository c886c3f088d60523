package ui

import (
	"context"
	"time"

	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/reception"
)

// Feed is what a screen lives on once the replica is open. A channel that is nil
// or closed brings nothing.
type Feed struct {
	Cards   <-chan cards.Event
	Codes   <-chan scanner.Event // of a scanner on a serial line
	Links   <-chan reception.Link
	Changed <-chan struct{} // the list has changed: read it again
}

// Taker says what a screen does with what its feed brings. All of it is called
// on the drawing goroutine.
type Taker struct {
	Card     func(cards.Event, time.Time) // with the time it came
	CardsEnd func()                       // there is no reader here, or no longer
	Code     func(scanner.Event, time.Time)
	Link     func(reception.Link)
	Changed  func()
	Tick     func() // once a second
}

// Run brings the feed to a screen until ctx ends. It does not return before.
func (f Feed) Run(ctx context.Context, now func() time.Time, to Taker) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case ev, open := <-f.Cards:
			if !open {
				f.Cards = nil
				Do(to.CardsEnd)
				continue
			}
			at := now()
			Do(func() { to.Card(ev, at) })
		case ev, open := <-f.Codes:
			if !open {
				f.Codes = nil
				continue
			}
			at := now()
			Do(func() { to.Code(ev, at) })
		case link, open := <-f.Links:
			if !open {
				f.Links = nil
				continue
			}
			Do(func() { to.Link(link) })
		case _, open := <-f.Changed:
			if !open {
				f.Changed = nil
				continue
			}
			Do(to.Changed)
		case <-tick.C:
			Do(to.Tick)
		}
	}
}

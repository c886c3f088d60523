package ui

import (
	"time"

	"ezhitong.tw/drivers/scanner"
)

// Keys stands between the keyboard and a screen, and takes the codes out that a
// scanner types. What a person types goes on to Typed a moment later. All its
// methods belong to the drawing goroutine.
type Keys struct {
	Now     func() time.Time                                     // a clock that is never set back
	After   func(d time.Duration, f func()) (cancel func() bool) // calls f on the drawing goroutine; nil is a timer
	Typed   func(rune)                                           // a person's character
	Scanned func(scanner.Event)                                  // Scanned or Misread

	wedge  scanner.Wedge
	cancel func() bool
	turn   int // counts the timers: one that could not be stopped in time does nothing
}

// Rune takes a character from the keyboard.
func (k *Keys) Rune(r rune) {
	k.rest()
	k.pass(k.wedge.Type(r, k.Now()))
	wait := k.wedge.Wait()
	if wait == 0 {
		return
	}
	after := k.After
	if after == nil {
		after = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, func() { Do(f) }).Stop }
	}
	turn := k.turn
	k.cancel = after(wait, func() {
		if k.turn == turn {
			k.Release()
		}
	})
}

// End takes Enter or Tab. It reports whether the key was a scanner's.
func (k *Keys) End() (used bool) {
	k.rest()
	stroke := k.wedge.End(k.Now())
	k.pass(stroke.Typed)
	switch {
	case stroke.Scanned:
		k.Scanned(scanner.Event{Kind: scanner.Scanned, Code: stroke.Code})
	case stroke.Misread != nil:
		k.Scanned(scanner.Event{Kind: scanner.Misread, Err: stroke.Misread})
	}
	return stroke.Used
}

// Release passes on what is kept, before another key is obeyed.
func (k *Keys) Release() {
	k.rest()
	k.pass(k.wedge.Release())
}

func (k *Keys) rest() {
	k.turn++
	if k.cancel != nil {
		k.cancel()
		k.cancel = nil
	}
}

func (k *Keys) pass(typed string) {
	for _, r := range typed {
		k.Typed(r)
	}
}

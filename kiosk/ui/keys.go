package ui

import (
	"time"

	"ezhitong.tw/drivers/scanner"
)

// Keys stands between the keyboard and a screen, and takes the codes out that a
// scanner types. What a person types goes on to Typed a moment later. All its
// methods belong to the drawing goroutine.
//
// While a window draws it hears no key, and those of a scanner lie in a heap
// afterwards. So the time that a window was busy counts in no pause between keys.
type Keys struct {
	Now     func() time.Time                                     // a clock that is never set back
	After   func(d time.Duration, f func()) (cancel func() bool) // calls f on the drawing goroutine; nil is a timer
	Typed   func(rune)                                           // a person's character
	Alone   bool                                                 // nobody types here but a scanner
	Scanned func(scanner.Event)                                  // Scanned or Misread

	wedge  scanner.Wedge
	cancel func() bool
	due    time.Time     // when what is kept is to be released, while cancel is there
	busy   time.Duration // how long the window was known to be busy, in all
	turn   int           // counts the timers: one that could not be stopped in time does nothing
}

// look is how long a window that was busy has for the keys that came meanwhile.
const look = 50 * time.Millisecond

// now is the time without that in which the window was busy.
func (k *Keys) now() time.Time {
	now := k.Now()
	if k.cancel != nil && now.After(k.due) { // what was to be done then is still to be done
		k.busy += now.Sub(k.due)
		k.due = now
	}
	return now.Add(-k.busy)
}

// Rune takes a character from the keyboard.
func (k *Keys) Rune(r rune) {
	at := k.now()
	k.rest()
	k.wedge.Alone = k.Alone
	k.pass(k.wedge.Type(r, at))
	if wait := k.wedge.Wait(); wait > 0 {
		k.release(wait, false)
	}
}

// release has what is kept released after a while, when no key comes. A window that
// was busy at that time hears those that came meanwhile first, once.
func (k *Keys) release(wait time.Duration, again bool) {
	after := k.After
	if after == nil {
		after = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, func() { Do(f) }).Stop }
	}
	turn := k.turn
	k.due = k.Now().Add(wait)
	k.cancel = after(wait, func() {
		if k.turn != turn {
			return
		}
		if late := k.Now().Sub(k.due); late > look && !again {
			k.busy += late
			k.release(look, true)
			return
		}
		k.Release()
	})
}

// End takes Enter or Tab. It reports whether the key was a scanner's.
func (k *Keys) End() (used bool) {
	at := k.now()
	k.rest()
	stroke := k.wedge.End(at)
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

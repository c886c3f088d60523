package scanner

import (
	"time"
	"unicode/utf8"
)

// Wedge tells a scanner that types like a keyboard from a person at the same keyboard: a scanner's characters follow each other
// faster than a person's, and Enter or Tab ends them. Characters are kept until it is known who typed them, so nothing of a code
// ever reaches a field, and a person's characters come late by Wait at most. It reads no clock: every call says when its key came.
// The zero Wedge is ready.
type Wedge struct {
	Alone bool // nobody else types here, so characters that a busy window hands on slowly are a scanner's all the same

	held  []byte
	mixed bool      // not all of held are the same character: no key that is held down
	over  bool      // the code is too long already; it is thrown away up to its end
	first time.Time // when the first of held came
	last  time.Time // and the last
	ended time.Time // when a code ended
}

const (
	// stroke is what a scanner takes for a character at most, on average over the code so far: a window hands keys on in
	// heaps, with pauses between them. Practised typists need 60 ms and more.
	stroke = 40 * time.Millisecond
	// certain is from how many characters at a scanner's pace on nobody else can be typing. The shortest code has as many.
	certain = 8
	// alone is what a scanner takes for a character where nobody else types.
	alone = 400 * time.Millisecond
	// second is how soon after the end of a code another end belongs to it, as in CR LF.
	second = 150 * time.Millisecond
)

// Keystroke is what a key has come to.
type Keystroke struct {
	Typed   string // what a person has typed, to be passed on before the key itself
	Code    Code   // what a scanner has typed
	Scanned bool   // Code is filled
	Misread error  // a scanner has typed what can't be a code
	Used    bool   // the key was the scanner's and means nothing else
}

// Wait is how long after the last character Release is due; 0 when no character is kept.
func (w *Wedge) Wait() time.Duration {
	switch {
	case len(w.held) == 0:
		return 0
	case w.burst():
		return ending // it is a scanner, and the window may have been slow for a moment
	}
	pace := stroke
	if w.Alone {
		pace = alone
	}
	return w.first.Add(time.Duration(len(w.held)) * pace).Sub(w.last)
}

func (w *Wedge) burst() bool { return w.mixed && len(w.held) >= certain }

func (w *Wedge) fast(at time.Time) bool { return at.Sub(w.last) <= w.Wait() }

// Type takes a character and gives what is now known to be a person's, this one included.
func (w *Wedge) Type(r rune, at time.Time) (typed string) {
	if !w.fast(at) {
		typed = w.Release()
	}
	if r < ' ' || r > '~' { // codes are ASCII; an input method commits whole phrases at once
		return typed + w.Release() + string(r)
	}
	if w.last = at; len(w.held) == 0 {
		w.first = at
	}
	if len(w.held) == maxCode {
		w.over = true
		return typed
	}
	w.mixed = w.mixed || len(w.held) > 0 && w.held[0] != byte(r)
	w.held = utf8.AppendRune(w.held, r)
	return typed
}

// End takes Enter or Tab.
func (w *Wedge) End(at time.Time) Keystroke {
	switch {
	case len(w.held) == 0 && !w.ended.IsZero() && at.Sub(w.ended) <= second:
		return Keystroke{Used: true}
	case !w.burst() || !w.fast(at):
		return Keystroke{Typed: w.Release()}
	}
	k := Keystroke{Used: true}
	if w.over {
		k.Misread = ErrTooLong
	} else {
		k.Scanned, k.Code = true, Code{string(w.held)}
	}
	w.clear()
	w.ended = at
	return k
}

// Release gives what is kept: no more has come within Wait, or another key was pressed. Of a code that is too long nothing is given.
func (w *Wedge) Release() string {
	typed := string(w.held)
	if w.over {
		typed = ""
	}
	w.clear()
	return typed
}

func (w *Wedge) clear() {
	clear(w.held) // it may have been a person's
	w.held, w.mixed, w.over = w.held[:0], false, false
}

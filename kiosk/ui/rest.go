package ui

import (
	"sync"
	"time"

	"fyne.io/fyne/v2"
)

// Fyne's loop sleeps longer and longer while nothing happens. What Fyne itself sends to the
// loop may come that late (the end of a glide); what a person does, and Do, wake it.
const (
	shortest = 50 * time.Millisecond
	longest  = time.Second
	// A window that is not to be seen is never drawn, however long it has to be.
	unrested = 60 // rounds
	// The second drawing waits until nobody types: it would come between the keys of a scanner.
	quiet = 250 * time.Millisecond
)

// Loop is the window system's side of Fyne's loop.
type Loop struct {
	Now  func() time.Time
	Wait func(seconds float64) // handles events and returns after the first of them, after Wake, or so many seconds
	Wake func()                // may be called from everywhere while Wait runs, and only then
	// Round is called once in each round of the loop, after Fyne heard what the hands do and
	// before it draws, and reports whether another round is due at once.
	Round  func() (more bool)
	Draws  func() bool // tells in Round's place whether this round draws
	Redraw func()      // has the next round draw
}

// Rest lets Fyne's loop sleep until something happens. By itself it looks for events and
// for something to draw sixty times a second, all night. Call it once the app is made and
// before it runs.
func Rest(l Loop) {
	rest.mu.Lock()
	rest.Loop = l
	rest.mu.Unlock()
	// An animation moves once in each round of the loop, right before it draws: the rest that
	// is asked for there comes when all is drawn.
	round := fyne.NewAnimation(time.Second, func(float32) {
		if again := rest.drawAgain(l.Draws()); again {
			fyne.Do(l.Redraw)
		}
		if more := l.Round(); !more {
			fyne.Do(rest.sleep)
		}
	})
	round.RepeatCount = fyne.AnimationRepeatForever
	round.Start()
}

var rest = sleeper{length: shortest}

// sleeper is the loop at rest, and what keeps it from it.
type sleeper struct {
	mu sync.Mutex
	Loop
	asleep  bool
	pending int           // functions that the loop still has to run
	stirred bool          // one of them ran since the last rest: something may have to be drawn
	length  time.Duration // of the next rest
	drawn   repeat
	at      time.Time // of the last drawing
	rounds  int       // since the last rest, or since all was drawn twice
}

// repeat is how far the second drawing is that follows each one. When Fyne has drawn it
// forgets to which window an object belongs that it last told long ago, also where that
// object has just been shown again, and whatever changes there afterwards stays unseen. The next
// drawing tells it anew: it comes after a round that draws nothing, in which Fyne keeps in
// mind what it still knows.
type repeat int

const (
	settled repeat = iota
	once           // drawn, and not yet again
	twice          // the second drawing is due
)

// drawAgain takes whether a round draws, and tells whether the next one has to.
func (s *sleeper) drawAgain(draws bool) (again bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case draws && s.drawn == twice:
		s.drawn = settled
	case draws:
		s.drawn, s.at = once, s.Now()
	case s.drawn == once && s.Now().Sub(s.at) >= quiet:
		s.drawn, again = twice, true
	}
	if s.rounds++; s.drawn == settled {
		s.rounds = 0
	}
	return again
}

// sleep runs on the loop, once in each of its rounds.
func (s *sleeper) sleep() {
	s.mu.Lock()
	s.asleep = s.pending == 0 && !s.stirred && (s.drawn != twice || s.rounds > unrested)
	s.stirred = false
	asleep, began, length := s.asleep, s.Now(), s.length
	if s.drawn == once {
		length = min(length, max(0, quiet-began.Sub(s.at)))
	}
	s.mu.Unlock()
	if !asleep {
		return
	}
	s.Wait(length.Seconds())
	whole := s.Now().Sub(began) >= length
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asleep = false
	switch {
	case whole:
		s.length = min(4*s.length, longest)
	case s.pending == 0: // somebody is there
		s.length = shortest
	}
}

// stir wakes the loop for f, and returns what it is to run.
func (s *sleeper) stir(f func()) func() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending++
	if s.asleep {
		s.Wake()
	}
	return func() {
		defer func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.pending--
			s.stirred = true
		}()
		f()
	}
}

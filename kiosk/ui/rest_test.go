package ui

import (
	"sync"
	"testing"
	"time"
)

// window stands for the window system: wait returns when it was woken or all of the time
// has passed, at once.
type window struct {
	slept  []time.Duration
	clock  time.Time
	during func() // what happens while the loop sleeps
	events chan struct{}
}

func (w *window) sleeper() *sleeper {
	w.events = make(chan struct{}, 1)
	return &sleeper{length: shortest, Loop: Loop{Now: func() time.Time { return w.clock }, Wait: func(seconds float64) {
		d := time.Duration(seconds * float64(time.Second))
		w.slept = append(w.slept, d)
		if w.during == nil {
			w.clock = w.clock.Add(d)
			return
		}
		w.during()
		<-w.events
	}, Wake: func() { w.events <- struct{}{} }}}
}

func TestWhatIsSentToALoopAtRestWakesIt(t *testing.T) {
	var w window
	s := w.sleeper()
	ran := false
	var queue []func()
	w.during = func() { queue = append(queue, s.stir(func() { ran = true })) }
	s.sleep() // comes back, though nobody but stir wakes it
	for _, f := range queue {
		f()
	}
	if !ran {
		t.Error("what woke the loop did not run")
	}
}

func TestALoopRestsOnlyWhenAllHasRunAndIsDrawn(t *testing.T) {
	var w window
	s := w.sleeper()
	f := s.stir(func() {})
	if s.sleep(); len(w.slept) > 0 {
		t.Fatal("it slept before what it was sent")
	}
	f()
	if s.sleep(); len(w.slept) > 0 {
		t.Fatal("it slept before a round drew what was changed")
	}
	if s.sleep(); len(w.slept) != 1 {
		t.Error("it does not rest when all is done")
	}
}

func TestRestsGrowUntilSomebodyIsThere(t *testing.T) {
	var w window
	s := w.sleeper()
	s.sleep()
	s.sleep()
	if w.slept[0] != shortest || w.slept[1] <= w.slept[0] {
		t.Errorf("slept %v", w.slept)
	}
	var sent func()
	w.during = func() { sent = s.stir(func() {}) } // a clock that goes on is nobody
	s.sleep()
	sent()
	s.sleep()                                    // draws
	w.during = func() { w.events <- struct{}{} } // a touch
	s.sleep()
	s.sleep()
	if got := w.slept[2:]; got[0] <= w.slept[1] || got[1] < got[0] || got[2] != shortest {
		t.Errorf("afterwards it slept %s", got)
	}
}

func TestNothingIsSentInVain(t *testing.T) {
	const senders, each = 4, 500
	queue := make(chan func(), senders*each)
	woken := make(chan struct{}, senders*each)
	s := &sleeper{length: shortest, Loop: Loop{Now: time.Now, Wait: func(float64) { <-woken }, Wake: func() { woken <- struct{}{} }}}
	var all sync.WaitGroup
	for range senders {
		all.Go(func() {
			for range each {
				queue <- s.stir(func() {})
			}
		})
	}
	for ran := 0; ran < senders*each; { // the loop: it would stand still if a wake were lost
		select {
		case f := <-queue:
			f()
			ran++
		default:
			s.sleep()
		}
	}
	all.Wait()
}

func TestWhatWasDrawnIsDrawnOnceMoreAQuarterOfASecondLater(t *testing.T) {
	var w window
	s := w.sleeper()
	s.length = longest
	s.drawAgain(true)
	s.sleep()
	s.drawAgain(true) // somebody types
	drawn := w.clock
	s.sleep()
	for rounds := 0; !s.drawAgain(false); rounds++ {
		if s.sleep(); rounds > 2 {
			t.Fatal("it is not drawn again, or too many rounds go by until then")
		}
	}
	if waited := w.clock.Sub(drawn); waited != quiet {
		t.Errorf("it is drawn again after %s", waited)
	}
	slept := len(w.slept)
	if s.sleep(); len(w.slept) > slept {
		t.Error("it slept before it drew again")
	}
	for range 3 {
		if s.drawAgain(len(w.slept) == slept) {
			t.Error("it is drawn a third time")
		}
		s.sleep()
	}
	if len(w.slept) != slept+3 || w.slept[slept] != longest {
		t.Errorf("afterwards it slept %s", w.slept[slept:])
	}
	s.drawAgain(true)
	for w.slept = nil; !s.drawAgain(false); {
		s.sleep()
	}
	w.slept = nil
	for range 2 * unrested { // the second drawing is of a window that is hidden
		s.drawAgain(false)
		s.sleep()
	}
	if len(w.slept) < unrested/2 {
		t.Errorf("it slept %d times while a window waited that nobody sees", len(w.slept))
	}
}

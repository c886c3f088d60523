package ui_test

import (
	"testing"
	"time"

	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/ui"
)

// keyboard is a window's keys, its clock and its timer.
type keyboard struct {
	keys    ui.Keys
	now     time.Time
	due     time.Time
	fire    func() // the timer that runs; nil for none
	typed   string
	scanned string
}

func newKeyboard() *keyboard {
	b := &keyboard{now: time.Unix(1_800_000_000, 0)}
	b.keys = ui.Keys{
		Now: func() time.Time { return b.now },
		After: func(d time.Duration, f func()) func() bool {
			b.due, b.fire = b.now.Add(d), f
			return func() bool { b.fire = nil; return true }
		},
		Typed:   func(r rune) { b.typed += string(r) },
		Scanned: func(ev scanner.Event) { b.scanned += ev.Code.Reveal() },
	}
	return b
}

// idle lets time pass in a window that does what is due when it is due.
func (b *keyboard) idle(d time.Duration) {
	end := b.now.Add(d)
	for b.fire != nil && !b.due.After(end) {
		b.now = b.due
		b.timer()
	}
	b.now = end
}

// busy lets time pass in which the window does nothing.
func (b *keyboard) busy(d time.Duration) { b.now = b.now.Add(d) }

// timer does what was due.
func (b *keyboard) timer() {
	if f := b.fire; f != nil && !b.due.After(b.now) {
		b.fire = nil
		f()
	}
}

func (b *keyboard) write(text string, pause time.Duration) {
	for _, r := range text {
		b.keys.Rune(r)
		b.idle(pause)
	}
}

func TestACodeIsHeardByAWindowThatWasBusy(t *testing.T) {
	for name, after := range map[string]func(*keyboard){
		"keys first":  func(*keyboard) {},
		"timer first": (*keyboard).timer,
	} {
		for kept := 1; kept < 20; kept++ {
			b := newKeyboard()
			code := "EZT1:aB3_-Z9aB3_-Z9aB3"
			b.write(code[:kept], 2*time.Millisecond)
			b.busy(400 * time.Millisecond)
			after(b)
			b.write(code[kept:], time.Millisecond)
			if !b.keys.End() || b.scanned != code || b.typed != "" {
				t.Errorf("%s, busy after %d characters: scanned %q, typed %q", name, kept, b.scanned, b.typed)
			}
		}
	}
}

func TestWhatAPersonTypesComesThrough(t *testing.T) {
	b := newKeyboard()
	b.write("A123456789", 90*time.Millisecond)
	if b.typed != "A123456789" || b.keys.End() || b.scanned != "" {
		t.Errorf("typed %q, scanned %q", b.typed, b.scanned)
	}
	b = newKeyboard()
	b.write("王A", 0)
	b.busy(time.Second)
	b.timer() // late: the window looks once more for keys
	if b.typed != "王" {
		t.Errorf("typed %q before it was known whose it is", b.typed)
	}
	b.busy(time.Second)
	b.timer()
	if b.typed != "王A" {
		t.Errorf("typed %q on a window that is always busy", b.typed)
	}
}

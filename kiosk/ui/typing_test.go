package ui

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// writer is Fyne's side of what is typed; Enter is written as ⏎ and the key before as ⌫.
type writer struct {
	Typing
	now  time.Time
	text string
}

func newWriter() *writer {
	w := &writer{now: time.Unix(0, 0)}
	w.Now = func() time.Time { return w.now }
	return w
}

func (w *writer) keys(n int) {
	for range n {
		w.Key(KeyWrites, func() {})
	}
}

func (w *writer) chars(text string) {
	for _, r := range text {
		w.Char(func() { w.text += string(r) })
	}
}

func (w *writer) enter() { w.Key(KeyEnds, func() { w.text += "⏎" }) }
func (w *writer) erase() { w.Key(KeyErases, func() { w.text += "⌫" }) }
func (w *writer) later() { w.now = w.now.Add(time.Second) }

func (w *writer) has(t *testing.T, want string) {
	t.Helper()
	if w.text != want {
		t.Errorf("Fyne heard %q, want %q", w.text, want)
	}
}

func TestEnterThatEndsAWordSendsNothing(t *testing.T) {
	w := newWriter()
	w.keys(3) // ㄨㄤˊ
	w.later()
	w.enter()
	w.chars("王")
	w.later()
	w.has(t, "王")
	w.enter()
	w.has(t, "王⏎")
}

func TestEnterAfterAWordNeedNotWait(t *testing.T) {
	w := newWriter()
	w.keys(3)
	w.enter()
	w.now = w.now.Add(20 * time.Millisecond)
	w.chars("王")
	w.now = w.now.Add(100 * time.Millisecond)
	w.enter()
	w.has(t, "王⏎")
}

func TestAWordThatEndsByItselfIsDone(t *testing.T) {
	w := newWriter()
	w.keys(2) // 日, with the space behind it
	w.chars("日")
	w.later()
	w.enter()
	w.has(t, "日⏎")
}

func TestEnterDoesNotOvertakeWhatAScannerTyped(t *testing.T) {
	w := newWriter()
	w.keys(3)
	w.enter()
	w.keys(2)
	w.enter()
	w.chars("abcde")
	w.has(t, "abc⏎de⏎")
}

func TestErasingInsideAWordErasesNothingElse(t *testing.T) {
	w := newWriter()
	w.keys(1)
	w.later()
	w.erase() // the method's
	w.later()
	w.erase()
	w.enter()
	w.has(t, "⌫⏎")
}

func TestWithoutAnInputMethodNothingWaits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWriter()
		var want strings.Builder
		t.Repeat(map[string]func(*rapid.T){
			"letter": func(*rapid.T) { w.keys(1); w.chars("a"); want.WriteString("a") },
			"enter":  func(*rapid.T) { w.enter(); want.WriteString("⏎") },
			"erase":  func(*rapid.T) { w.erase(); want.WriteString("⌫") },
			"later":  func(*rapid.T) { w.later() },
			"": func(t *rapid.T) {
				if w.text != want.String() {
					t.Fatalf("Fyne heard %q, want %q", w.text, want.String())
				}
			},
		})
	})
}

// An input method that hands every key back, however late, changes no order.
func TestALateInputMethodChangesNoOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWriter()
		var want strings.Builder
		open := 0
		come := func(n int) {
			w.chars(strings.Repeat("a", n))
			open -= n
		}
		t.Repeat(map[string]func(*rapid.T){
			"letter": func(*rapid.T) { w.keys(1); open++; want.WriteString("a") },
			"enter":  func(*rapid.T) { w.enter(); want.WriteString("⏎") },
			"late":   func(t *rapid.T) { come(rapid.IntRange(0, open).Draw(t, "characters")) },
		})
		come(open)
		if w.text != want.String() {
			t.Fatalf("Fyne heard %q, want %q", w.text, want.String())
		}
	})
}

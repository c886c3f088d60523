package ui

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// hand is Fyne's side: it hears a movement in the next round, and a button at once.
type hand struct {
	order   Order
	told    string // where it was told that the pointer is
	heard   string
	pressed []string // where it takes the buttons to be
}

func (h *hand) move(to string) { h.order.Moved(func() { h.told = to }) }
func (h *hand) press()         { h.order.Pressed(func() { h.pressed = append(h.pressed, h.heard) }) }

func (h *hand) round() bool {
	h.heard = h.told
	return h.order.Round()
}

func TestAFingerPressesWhereItIs(t *testing.T) {
	h := hand{heard: "before"}
	h.move("yes")
	h.press()
	h.press() // up again
	h.move("elsewhere")
	for h.round() {
	}
	if want := []string{"yes", "yes"}; !slices.Equal(h.pressed, want) || h.heard != "elsewhere" {
		t.Errorf("pressed at %v, is at %s", h.pressed, h.heard)
	}
}

func TestAHandThatRestsPressesAtOnce(t *testing.T) {
	h := hand{told: "yes"}
	h.round()
	if h.press(); len(h.pressed) != 1 {
		t.Error("it waits for nothing")
	}
}

func TestEveryButtonIsPressedWhereTheHandWasThen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h hand
		var want []string
		at := ""
		t.Repeat(map[string]func(*rapid.T){
			"move":  func(t *rapid.T) { at = fmt.Sprint(rapid.IntRange(0, 9).Draw(t, "to")); h.move(at) },
			"press": func(*rapid.T) { want = append(want, at); h.press() },
			"round": func(*rapid.T) { h.round() },
		})
		for n := 0; h.round(); n++ {
			if n > len(want)+1 {
				t.Fatal("it never comes to an end")
			}
		}
		if !slices.Equal(h.pressed, want) || h.heard != at {
			t.Fatalf("pressed at %v, want %v", h.pressed, want)
		}
	})
}

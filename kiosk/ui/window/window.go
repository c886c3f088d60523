// Package window runs a program's windows: its loop rests while nothing happens, fingers
// press where they are, and keys and characters come in order. It is apart from package
// ui because it needs the window system, which the tests of the screens do without.
package window

import (
	"context"
	"errors"
	"os"
	"time"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"

	"ezhitong.tw/kiosk/ui"
)

// Fyne opens its windows on Wayland where there is one; GLFW knows no input method
// there, so that nobody could write a name. X11 is beside it nearly everywhere.
var _ = preferX11()

func preferX11() error {
	if os.Getenv("DISPLAY") == "" || os.Getenv("FYNE_PLATFORM") != "" {
		return nil
	}
	return os.Setenv("FYNE_PLATFORM", "x11") // never fails for such a name
}

// WithoutInputMethod has keys come as they are, before the first window is made: for a
// program in which nobody writes, and which scanners type into.
func WithoutInputMethod() error { return os.Setenv("XMODIFIERS", "@im=none") }

// Run shows w and works behind it: the window comes first. It comes back when the window was
// closed or ctx ends, and work after it. Now is a clock that is never set back.
func Run(ctx context.Context, a fyne.App, w fyne.Window, now func() time.Time, work func(ctx context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w.Show()
	var order ui.Order
	own, err := native(w)
	if err != nil {
		return err
	}
	keepOrder(own, &order)
	keepTyping(own, &ui.Typing{Now: now})
	ended, unhear := make(chan error, 1), func() bool { return true }
	a.Lifecycle().SetOnStarted(func() {
		unhear = context.AfterFunc(ctx, func() { ui.Do(a.Quit) }) // Fyne misses what comes before its loop runs
		go func() { ended <- work(ctx) }()
	})
	ui.Rest(ui.Loop{Now: now, Wait: glfw.WaitEventsTimeout, Wake: glfw.PostEmptyEvent, Round: order.Round, Draws: draws, Redraw: redraw})
	a.Run()
	unhear()
	stop()
	return <-ended
}

// native gives the window of the window system.
func native(w fyne.Window) (own *glfw.Window, err error) {
	drawn, ok := w.(interface{ RunWithContext(f func()) })
	if !ok {
		return nil, errors.New("the window is none of Fyne's windows on a desktop")
	}
	drawn.RunWithContext(func() { own = glfw.GetCurrentContext() })
	if own == nil {
		return nil, errors.New("the window could not be opened: is there a display?")
	}
	return own, nil
}

// keepOrder puts order between the window system and Fyne.
func keepOrder(own *glfw.Window, order *ui.Order) {
	moved := own.SetCursorPosCallback(nil)
	own.SetCursorPosCallback(func(g *glfw.Window, x, y float64) { order.Moved(func() { moved(g, x, y) }) })
	pressed := own.SetMouseButtonCallback(nil)
	own.SetMouseButtonCallback(func(g *glfw.Window, b glfw.MouseButton, a glfw.Action, m glfw.ModifierKey) {
		order.Pressed(func() { pressed(g, b, a, m) })
	})
}

// keepTyping puts typing between the window system and Fyne.
func keepTyping(own *glfw.Window, typing *ui.Typing) {
	key := own.SetKeyCallback(nil)
	own.SetKeyCallback(func(g *glfw.Window, k glfw.Key, code int, a glfw.Action, m glfw.ModifierKey) {
		tell := func() { key(g, k, code, a, m) }
		if a == glfw.Release {
			tell()
			return
		}
		typing.Key(use(k, m), tell)
	})
	char := own.SetCharCallback(nil)
	own.SetCharCallback(func(g *glfw.Window, r rune) { typing.Char(func() { char(g, r) }) })
}

// use is what a key does in a line of text.
func use(k glfw.Key, m glfw.ModifierKey) ui.KeyUse {
	switch k {
	case glfw.KeyEnter, glfw.KeyKPEnter, glfw.KeyEscape:
		return ui.KeyEnds
	case glfw.KeyBackspace:
		return ui.KeyErases
	case glfw.KeyDelete, glfw.KeyTab, glfw.KeyLeft, glfw.KeyRight, glfw.KeyUp, glfw.KeyDown, glfw.KeyHome, glfw.KeyEnd, glfw.KeyPageUp, glfw.KeyPageDown:
		return ui.KeyMoves
	}
	if k >= glfw.KeySpace && k <= glfw.KeyGraveAccent && m&(glfw.ModControl|glfw.ModAlt|glfw.ModSuper) == 0 {
		return ui.KeyWrites
	}
	return ui.KeyOther
}

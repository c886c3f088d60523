// Package window runs a program's windows: its loop rests while nothing happens, and
// fingers press where they are. It is apart from package ui because it needs the window
// system, which the tests of the screens do without.
package window

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"

	"ezhitong.tw/kiosk/ui"
)

// Run shows w and works behind it: the window comes first. It comes back when the window was
// closed or ctx ends, and work after it. Now is a clock that is never set back.
func Run(ctx context.Context, a fyne.App, w fyne.Window, now func() time.Time, work func(ctx context.Context) error) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	w.Show()
	var order ui.Order
	if err := keepOrder(w, &order); err != nil {
		return err
	}
	ended, unhear := make(chan error, 1), func() bool { return true }
	a.Lifecycle().SetOnStarted(func() {
		unhear = context.AfterFunc(ctx, func() { ui.Do(a.Quit) }) // Fyne misses what comes before its loop runs
		go func() { ended <- work(ctx) }()
	})
	ui.Rest(ui.Loop{Now: now, Wait: glfw.WaitEventsTimeout, Wake: glfw.PostEmptyEvent, Round: order.Round})
	a.Run()
	unhear()
	stop()
	return <-ended
}

// keepOrder puts order between the window system and Fyne.
func keepOrder(w fyne.Window, order *ui.Order) error {
	drawn, ok := w.(interface{ RunWithContext(f func()) })
	if !ok {
		return errors.New("the window is none of Fyne's windows on a desktop")
	}
	var own *glfw.Window
	drawn.RunWithContext(func() { own = glfw.GetCurrentContext() })
	if own == nil {
		return errors.New("the window could not be opened: is there a display?")
	}
	moved := own.SetCursorPosCallback(nil)
	own.SetCursorPosCallback(func(g *glfw.Window, x, y float64) { order.Moved(func() { moved(g, x, y) }) })
	pressed := own.SetMouseButtonCallback(nil)
	own.SetMouseButtonCallback(func(g *glfw.Window, b glfw.MouseButton, a glfw.Action, m glfw.ModifierKey) {
		order.Pressed(func() { pressed(g, b, a, m) })
	})
	return nil
}

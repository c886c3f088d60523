// Package desktest puts one of the desk's pages into a desk's window for its tests. It is
// 09:26 of one day there, and slow work is done at once.
package desktest

import (
	"log/slog"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

// The day and the time of the tests.
var (
	Today = clinic.Date{Year: 2026, Month: time.December, Day: 1}
	Now   = Today.At(9*60 + 26)
)

// Desk is a desk with one page behind its rail.
type Desk struct {
	Config desk.PageConfig // of the page
	Keys   ui.Keys         // as a person types: each character before the next one
	Log    strings.Builder
	Front  *desk.Screen
	Window fyne.Window

	t    testing.TB
	page fyne.CanvasObject
}

// Open makes a desk that looks like l and waits for its page.
func Open(t testing.TB, l ui.Look) *Desk {
	t.Helper()
	golden.App(t, l)
	at := func() time.Time { return Now }
	d := &Desk{t: t, Keys: ui.Keys{Now: at, After: func(_ time.Duration, f func()) func() bool { f(); return func() bool { return true } }}}
	d.Config = desk.PageConfig{Look: l, Now: at, Log: slog.New(slog.NewTextHandler(&d.Log, nil)), Background: func(work func()) { work() }}
	return d
}

// Add puts the page behind the rail and opens the window.
func (d *Desk) Add(page desk.Page) {
	d.t.Helper()
	d.page = page.Content
	d.Front = desk.New(desk.Config{PageConfig: d.Config, Keys: d.Keys})
	d.Front.Add(page)
	d.Window = golden.Window(d.t, d.Front.Content(), golden.Desk)
	d.Front.Attach(d.Window.Canvas())
}

// Press presses keys.
func (d *Desk) Press(keys ...fyne.KeyName) { golden.Key(d.Window, keys...) }

// Type types a text.
func (d *Desk) Type(text string) { golden.Type(d.Window, text) }

// Says looks for texts that have to be read on the page.
func (d *Desk) Says(words ...string) {
	d.t.Helper()
	golden.Says(d.t, d.page, words...)
}

// latin is what may be Latin on a Chinese page: the caps of keys, tickets, lots, and keys
// in a sentence.
var latin = regexp.MustCompile(`^(Enter|Esc|Del|Ctrl\+[A-Z]|F\d+)$|[A-Z]\d{3}|(MD|FL)24-\d+|^↑ ↓.*Enter|按 F\d+`)

// Picture adds the page to a sheet. It has to fit its place, and where it is Chinese it
// holds no English.
func (d *Desk) Picture(sheet *golden.Sheet, name string) {
	d.t.Helper()
	sheet.Add(name, d.Window.Canvas())
	if m := d.page.MinSize(); m.Width > golden.Page.Width || m.Height > golden.Page.Height {
		d.t.Errorf("%s needs %v of %v", name, m, golden.Page)
	}
	if d.Config.Look.Locale == clinic.DefaultLocale {
		golden.NoEnglish(d.t, name, d.page, latin)
	}
}

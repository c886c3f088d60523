package golden

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/kiosk/ui"
)

// The sizes of a desk's window and of what its frame leaves to a page.
var (
	Desk = fyne.NewSize(1280, 800)
	Page = fyne.NewSize(1144, 712)
)

// Light is how a desk looks in Chinese and light colours.
func Light() ui.Look { return ui.Look{Palette: ui.Light(), Sizes: ui.DeskSizes(), Locale: "zh-TW"} }

// EachLook shows a page in Chinese and English, plain and in high contrast. The
// name tells the looks apart.
func EachLook(t *testing.T, sizes ui.Sizes, show func(t *testing.T, l ui.Look, name string)) {
	for _, locale := range []string{"zh-TW", "en"} {
		for theme, p := range map[string]ui.Palette{"light": ui.Light(), "contrast": ui.HighContrast()} {
			name := locale + "-" + theme
			t.Run(name, func(t *testing.T) { show(t, ui.Look{Palette: p, Sizes: sizes, Locale: locale}, name) })
		}
	}
}

// App makes the program that widgets of a look belong to, before the first of them.
func App(t testing.TB, l ui.Look) {
	t.Helper()
	test.NewTempApp(t).Settings().SetTheme(l.Theme())
}

// Window shows an object, without a display.
func Window(t testing.TB, o fyne.CanvasObject, size fyne.Size) fyne.Window {
	t.Helper()
	w := test.NewTempWindow(t, o)
	w.SetPadded(false)
	w.Resize(size)
	return w
}

// Press taps the button of that text.
func Press(t testing.TB, o fyne.CanvasObject, text string) {
	t.Helper()
	for _, v := range Visible(o) {
		if b, ok := v.(*ui.Button); ok && b.Text() == text {
			test.Tap(b)
			return
		}
	}
	t.Fatalf("there is no button %q", text)
}

// Key presses keys, which what has the keyboard hears, else the window.
func Key(w fyne.Window, keys ...fyne.KeyName) {
	for _, k := range keys {
		ev := &fyne.KeyEvent{Name: k}
		if f := w.Canvas().Focused(); f != nil {
			f.TypedKey(ev)
		} else {
			w.Canvas().OnTypedKey()(ev)
		}
	}
}

// Type writes a text, which what has the keyboard hears, else the window.
func Type(w fyne.Window, text string) {
	for _, r := range text {
		if f := w.Canvas().Focused(); f != nil {
			f.TypedRune(r)
		} else {
			w.Canvas().OnTypedRune()(r)
		}
	}
}

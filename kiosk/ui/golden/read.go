package golden

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/kiosk/ui"
)

// Visible lists everything that is drawn of an object, itself first.
func Visible(o fyne.CanvasObject) []fyne.CanvasObject {
	if o == nil || !o.Visible() {
		return nil
	}
	out := []fyne.CanvasObject{o}
	switch o := o.(type) {
	case *fyne.Container:
		for _, c := range o.Objects {
			out = append(out, Visible(c)...)
		}
	case fyne.Widget:
		for _, c := range test.WidgetRenderer(o).Objects() {
			out = append(out, Visible(c)...)
		}
	}
	return out
}

// Words lists what can be read of an object, as it is drawn.
func Words(o fyne.CanvasObject) (out []string) {
	for _, o := range Visible(o) {
		if t, ok := o.(*canvas.Text); ok && strings.TrimFunc(t.Text, unicode.IsSpace) != "" {
			out = append(out, t.Text)
		}
	}
	return out
}

// Says looks for texts that have to be read on a page.
func Says(t testing.TB, o fyne.CanvasObject, want ...string) {
	t.Helper()
	all := strings.Join(Words(o), "\n")
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("it does not say %q but\n%s", w, all)
		}
	}
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

// NoEnglish looks for Latin letters, which have no place on a Chinese page but in
// what known matches: keys, lots, tickets, units. A text that is missing or not
// filled in shows as well.
func NoEnglish(t testing.TB, page string, o fyne.CanvasObject, known *regexp.Regexp) {
	t.Helper()
	for _, text := range Words(o) {
		rest := known.ReplaceAllString(text, "")
		if strings.ContainsFunc(rest, func(r rune) bool { return unicode.Is(unicode.Latin, r) }) || strings.ContainsAny(text, "⟦{") {
			t.Errorf("%s says %q", page, text)
		}
	}
}

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

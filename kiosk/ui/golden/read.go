package golden

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
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

// Texts lists what can be read of an object, with its size.
func Texts(o fyne.CanvasObject) (out []*canvas.Text) {
	for _, o := range Visible(o) {
		if t, ok := o.(*canvas.Text); ok && strings.TrimFunc(t.Text, unicode.IsSpace) != "" {
			out = append(out, t)
		}
	}
	return out
}

// Words lists what can be read of an object, as it is drawn.
func Words(o fyne.CanvasObject) (out []string) {
	for _, t := range Texts(o) {
		out = append(out, t.Text)
	}
	return out
}

// Text is what can be read of an object, a line each.
func Text(o fyne.CanvasObject) string { return strings.Join(Words(o), "\n") }

// Says looks for texts that have to be read on a page.
func Says(t testing.TB, o fyne.CanvasObject, want ...string) {
	t.Helper()
	all := Text(o)
	for _, w := range want {
		if !strings.Contains(all, w) {
			t.Errorf("it does not say %q but\n%s", w, all)
		}
	}
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

package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"

	"ezhitong.tw/assets/i18n"
)

// Sizes are the measures of one kind of screen, in pixels at scale 1.
type Sizes struct {
	Title, Second, Text, Smallest float32 // type; Smallest is for hints and chips
	Caption                       float32 // key caps and table heads; 0 where there are none
	Number, Hero                  float32 // the queue number; the words of the kiosk at rest
	Target, FootTarget, Head      float32 // least heights of buttons
	Margin, Gap, Inset            float32 // round the screen; between parts; inside panels
	Border, Radius                float32
	Icon, Mark                    float32
}

// DeskSizes fit a desk screen of 1280×800 or more.
func DeskSizes() Sizes {
	return Sizes{
		Title: 34, Second: 24, Text: 18, Smallest: 16, Caption: 15, Number: 34, Hero: 34,
		Target: 44, FootTarget: 44, Head: 44, Margin: 16, Gap: 12, Inset: 18,
		Border: 2, Radius: 6, Icon: 22, Mark: 32,
	}
}

// PortraitSizes fit a standing kiosk of 1080×1920, 21.5 inch: nothing is set
// smaller than 30 points, no target is smaller than 20 mm.
func PortraitSizes() Sizes {
	return Sizes{
		Title: 100, Second: 58, Text: 44, Smallest: 44, Number: 300, Hero: 136,
		Target: 168, FootTarget: 116, Head: 88, Margin: 60, Gap: 28, Inset: 36,
		Border: 4, Radius: 16, Icon: 60, Mark: 72,
	}
}

// LandscapeSizes fit a counter kiosk of 1280×800, 15.6 inch, by the same rules.
func LandscapeSizes() Sizes {
	return Sizes{
		Title: 64, Second: 46, Text: 41, Smallest: 41, Number: 190, Hero: 84,
		Target: 112, FootTarget: 84, Head: 78, Margin: 44, Gap: 18, Inset: 24,
		Border: 4, Radius: 16, Icon: 48, Mark: 56,
	}
}

// Look is how a screen is drawn and in which language it speaks.
type Look struct {
	Palette
	Sizes  Sizes
	Locale string // BCP 47 tag of a catalogue
	// NoPointer hides the arrow of the mouse over buttons.
	NoPointer bool
}

// T says the text of a key in the look's language; args come in pairs of name
// and value.
func (l Look) T(key string, args ...string) string {
	m := make(map[string]string, len(args)/2)
	for i := 0; i+1 < len(args); i += 2 {
		m[args[i]] = args[i+1]
	}
	return i18n.T(l.Locale, key, m)
}

// Write makes one line of text.
func (l Look) Write(s string, size float32, bold bool, c color.Color) *canvas.Text {
	t := canvas.NewText(s, c)
	t.TextSize = size
	t.TextStyle.Bold = bold
	return t
}

// Width measures one line of text.
func Width(s string, size float32, bold bool) float32 {
	return fyne.MeasureText(s, size, fyne.TextStyle{Bold: bold}).Width
}

// Fit cuts a line that is too long for a width and ends it with 「…」.
func Fit(s string, size float32, bold bool, width float32) string {
	r := []rune(s)
	if float32(len(r))*size <= width || Width(s, size, bold) <= width {
		return s
	}
	for n := len(r) - 1; n > 0; n-- {
		if cut := string(r[:n]) + "…"; Width(cut, size, bold) <= width {
			return cut
		}
	}
	return "…"
}

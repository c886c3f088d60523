package selfservice

import (
	"flag"
	"testing"

	"fyne.io/fyne/v2"

	"ezhitong.tw/kiosk/ui/golden"
)

var (
	everyLook = flag.Bool("every", false, "look at every size, language and theme, as make screens does")
	update    = flag.Bool("update", false, "take the pictures anew, as make screens UPDATE=1 does")
)

// Without -every it looks at the lying screen in zh-TW and light colours.
func TestEveryPageLooksAsItDid(t *testing.T) {
	for name, size := range map[string]fyne.Size{"landscape": landscape, "portrait": portrait} {
		for _, locale := range languages() {
			for theme, contrast := range map[string]bool{"light": false, "contrast": true} {
				if !*everyLook && (contrast || locale != "zh-TW" || size == portrait) {
					continue
				}
				t.Run(name+" "+locale+" "+theme, func(t *testing.T) {
					s, w, _ := aScreen(t, size, Feed{Counter: &fakeCounter{}})
					sheet := golden.Open(t, "testdata/screens", "kiosk-"+name+"-"+locale+"-"+theme, *update)
					defer sheet.Close()
					s.m.Locale, s.m.Contrast = locale, contrast
					everyPage(t, s, func(page string) { sheet.Add(page, w.Canvas()) })
				})
			}
		}
	}
}

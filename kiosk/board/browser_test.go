package board

import (
	"context"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"ezhitong.tw/kiosk/reception"
)

// TestATelevisionShowsTheNumberAndSaysWhenItDoesNotHearTheDesk looks at the board with a
// browser, through the shutting down of the desk and its return on the same port.
func TestATelevisionShowsTheNumberAndSaysWhenItDoesNotHearTheDesk(t *testing.T) {
	w := serve(t)
	w.call(called("A012", "3"), called("B004", "1"))
	allocator, end := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.WindowSize(1280, 720))...)
	defer end()
	tab, endTab := chromedp.NewContext(allocator)
	defer endTab()
	tab, cancel := context.WithTimeout(tab, time.Minute)
	defer cancel()
	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(tab, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	sees := func(text string) chromedp.Action[chromedp.Void] {
		return chromedp.WaitVisible(chromedp.Search(`//main//*[contains(text(), "` + text + `")]`))
	}
	do("open the page", chromedp.EmulateViewport(1280, 720), chromedp.Navigate(w.address+"/"), sees("A012"), sees("請到 3 號診間"), sees("B004"), chromedp.WaitNotVisible(chromedp.CSS("#lost")))
	w.call(called("A013", "2"), called("A012", "3"))
	do("see the next call", sees("A013"), chromedp.WaitVisible(chromedp.CSS("main.fresh")))
	w.call([]reception.Place{}...)
	do("see that nobody is called", sees("請稍候"))
	w.end()
	do("see that the desk is gone", chromedp.WaitVisible(chromedp.CSS("#lost")))
	w.begin()
	w.call(called("A014", "2"))
	do("see the desk again", sees("A014"), chromedp.WaitNotVisible(chromedp.CSS("#lost")))
}

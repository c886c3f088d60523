package enrol

import (
	"cmp"
	"flag"
	"regexp"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
	"ezhitong.tw/syncproto"
)

const (
	code    = "ABCDE-FGHJK-MNPQR-STVWX"
	central = "http://127.0.0.1:8080"
)

var update = flag.Bool("update", false, "take the pictures of the page again")

var words = syncproto.Words{"天空", "鉛筆", "牛奶", "操場", "雨衣"}

func TestWhatIsTypedBecomesAnInvitation(t *testing.T) {
	for name, c := range map[string]struct{ code, address, want, why string }{
		"the code where central is known":   {code, central, code, ""},
		"small, with spaces":                {" abcde fghjk mnpqr stvwx ", central + "/", code, ""},
		"with central's address":            {code, "https://vaccine.example", "ezhitong:" + code + "@https://vaccine.example", ""},
		"an address without https":          {code, "vaccine.example:8443", "ezhitong:" + code + "@https://vaccine.example:8443", ""},
		"the QR code, whatever the address": {"ezhitong:" + code + "@https://vaccine.example", "", "ezhitong:" + code + "@https://vaccine.example", ""},
		"the QR code of the same central":   {"ezhitong:" + code + "@" + central, "", code, ""},
		"nothing":                           {"", central, "", codeWrong},
		"a character is missing":            {code[1:], central, "", codeWrong},
		"no address":                        {code, "", "", addressWrong},
		"an address that is none":           {code, "ftp://vaccine.example", "", addressWrong},
		"an address with a folder":          {code, "https://vaccine.example/staff", "", addressWrong},
	} {
		t.Run(name, func(t *testing.T) {
			var m Model
			m.Ask("", central)
			got, ok := m.Submit(c.code, c.address)
			if got != c.want || ok != (c.why == "") || m.Why != c.why {
				t.Errorf("%q, %v, because of %q; want %q because of %q", got, ok, m.Why, c.want, c.why)
			}
			if again, ok := m.Submit(c.code, c.address); c.why == "" && ok {
				t.Errorf("it is sent twice: %q", again)
			}
		})
	}
}

func screen(t *testing.T, keypad bool, l ui.Look) (*Screen, fyne.Window, *bool) {
	t.Helper()
	if keypad {
		l.Sizes = ui.LandscapeSizes()
	}
	golden.App(t, l)
	w := golden.Window(t, canvas.NewRectangle(l.Ground), golden.Desk)
	left := false
	return New(Config{Look: l, Window: w, Keypad: keypad, Leave: func() { left = true }}), w, &left
}

func says(t *testing.T, s *Screen, want ...string) {
	t.Helper()
	golden.Says(t, s.v.root, want...)
}

// asking has the screen ask in the background, until it stands on the screen.
func asking(t *testing.T, s *Screen, why string, codes <-chan scanner.Event) <-chan string {
	t.Helper()
	ui.Do(func() { s.m.Ask(why, central); s.show() })
	got := make(chan string, 1)
	go func() {
		invitation, _ := s.Ask(t.Context(), why, central, codes)
		got <- invitation
	}()
	return got
}

func TestANewDeviceFromCodeToFiveWords(t *testing.T) {
	s, w, left := screen(t, false, golden.Light())
	s.m.Ask("", central)
	s.show()
	says(t, s, "啟用這台裝置", "請輸入衛生局給的啟用碼，或掃描啟用碼旁的 QR 碼。", "衛生局主機網址", central)
	test.Type(s.v.code, "ABCDE")
	s.v.code.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	says(t, s, "啟用碼不正確。")
	test.Type(s.v.code, code[5:])
	w.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if got := <-s.typed; got != code {
		t.Errorf("%q is tried", got)
	}
	says(t, s, "正在聯絡衛生局主機")
	gaveUp := false
	s.Compare(words, func() { gaveUp = true })
	says(t, s, words[:]...)
	w.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyEscape})
	if !gaveUp || *left {
		t.Errorf("Escape: gave up %v, left %v", gaveUp, *left)
	}
	s.Done()
	if !*left {
		t.Error("the window is not given back")
	}
}

func TestWhatWasInTheWayIsSaidAndTheInputKept(t *testing.T) {
	s, _, _ := screen(t, false, golden.Light())
	s.m.Ask("", central)
	s.show()
	test.Type(s.v.code, code)
	s.m.Ask("enrol.central_unreachable", central)
	s.show()
	says(t, s, "連不到衛生局主機。")
	if s.v.code.Text != code {
		t.Errorf("the field holds %q", s.v.code.Text)
	}
}

func TestAScannedCodeIsTriedAtOnce(t *testing.T) {
	s, _, _ := screen(t, true, golden.Light())
	codes := make(chan scanner.Event, 1)
	got := asking(t, s, "", codes)
	codes <- scannedOn(t, "ezhitong:"+code+"@https://vaccine.example")
	if text := <-got; text != "ezhitong:"+code+"@https://vaccine.example" {
		t.Errorf("%q is tried", text)
	}
}

// scannedOn gives the event of a scanner that types a text.
func scannedOn(t *testing.T, text string) scanner.Event {
	t.Helper()
	var got scanner.Event
	k := ui.Keys{Now: func() time.Time { return time.Time{} }, After: func(time.Duration, func()) func() bool { return func() bool { return true } }}
	k.Typed, k.Scanned = func(rune) {}, func(ev scanner.Event) { got = ev }
	for _, r := range text {
		k.Rune(r)
	}
	k.End()
	return got
}

func TestTheKioskHasKeysToTouch(t *testing.T) {
	s, _, _ := screen(t, true, golden.Light())
	s.m.Ask("", central)
	s.show()
	for _, o := range golden.Visible(s.v.root) {
		if b, ok := o.(*ui.Button); ok && (b.Text() == "" || strings.Contains("ABC", b.Text())) {
			test.Tap(b) // the key without a letter comes last: it takes one away
		}
	}
	if s.v.code.Text != "AB" {
		t.Errorf("touched: %q", s.v.code.Text)
	}
}

var latin = regexp.MustCompile(`^(Enter|Esc|[0-9A-Z]|` + code + `|http.*)$|QR|https://vaccine.example`)

func TestEveryStateOfThePage(t *testing.T) {
	for _, keypad := range []bool{false, true} {
		golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
			if keypad {
				name = "touched-" + name
			}
			sheet := golden.Open(t, "testdata/screens", "enrol-"+name, *update)
			defer sheet.Close()
			s, w, _ := screen(t, keypad, l)
			add := func(state string) {
				t.Helper()
				s.show()
				sheet.Add(state, w.Canvas())
				if m := s.v.root.MinSize(); m.Width > 1280 || m.Height > 800 {
					t.Errorf("%s needs %v", state, m)
				}
				if l.Locale == "zh-TW" {
					golden.NoEnglish(t, state, s.v.root, latin)
				}
			}
			for _, why := range []string{"", codeWrong, addressWrong, "enrol.code_expired", "enrol.fingerprint_mismatch", "enrol.not_approved", "enrol.central_unreachable", "failure.internal"} {
				s.m.Ask(why, central)
				add(cmp.Or(why, "a code is asked for"))
			}
			s.m.Compare(words)
			add("five words")
		})
	}
}

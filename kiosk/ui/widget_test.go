package ui

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/test"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/kiosk/reception"
)

func aLook(t *testing.T, s Sizes) Look {
	t.Helper()
	l := Look{Palette: Light(), Sizes: s, Locale: "zh-TW"}
	test.NewTempApp(t).Settings().SetTheme(l.Theme())
	return l
}

func TestAButtonIsPressedByFingerEnterAndSpace(t *testing.T) {
	pressed := 0
	b := NewButton(aLook(t, DeskSizes()), ButtonSpec{Text: "報到並給號", Icon: "check", Key: "Enter", Kind: Primary}, func() { pressed++ })
	w := test.NewTempWindow(t, b)
	test.Tap(b)
	w.Canvas().Focus(b)
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyA})
	if pressed != 3 {
		t.Errorf("pressed %d times, want 3", pressed)
	}
	b.Disable()
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if pressed != 3 {
		t.Error("a dead button was pressed")
	}
}

func TestTheFocusedButtonHasARing(t *testing.T) {
	b := NewButton(aLook(t, DeskSizes()), ButtonSpec{Text: "復原"}, nil)
	r := test.TempWidgetRenderer(t, b).(*buttonRenderer)
	if r.ring.Visible() {
		t.Error("a ring without focus")
	}
	b.FocusGained()
	if !r.ring.Visible() || !r.halo.Visible() {
		t.Error("no ring with focus")
	}
	b.FocusLost()
	if r.ring.Visible() {
		t.Error("the ring stays")
	}
}

func TestTargetsAreLargeEnough(t *testing.T) {
	// 20 mm are 76 pixels at 97 dpi and 81 at 102 dpi.
	for _, c := range []struct {
		name  string
		sizes Sizes
		least float32
	}{{"desk", DeskSizes(), 44}, {"landscape", LandscapeSizes(), 76}, {"portrait", PortraitSizes(), 81}} {
		l := aLook(t, c.sizes)
		for _, height := range []float32{0, c.sizes.FootTarget, c.sizes.Head} {
			b := NewButton(l, ButtonSpec{Text: "好", Height: height}, nil)
			if m := b.MinSize(); m.Height < c.least || m.Width < 36 {
				t.Errorf("%s: a button of %v", c.name, m)
			}
		}
	}
}

func TestFynesOwnWordsAreOurs(t *testing.T) {
	aLook(t, DeskSizes())
	if err := feedFyne("zh-TW"); err != nil {
		t.Fatal(err)
	}
	for word := range baseWords {
		got := lang.L(word)
		if strings.ContainsFunc(got, func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }) {
			t.Errorf("%q is shown as %q", word, got)
		}
	}
	if got := lang.L("OK"); got != "確定" {
		t.Errorf("OK is shown as %q", got)
	}
}

func TestTheStripSaysHowThingsStand(t *testing.T) {
	l := Look{Palette: Light(), Sizes: DeskSizes(), Locale: "zh-TW"}
	for _, c := range []struct {
		link reception.Link
		tone Tone
		want string
	}{
		{reception.Link{}, Muted, "準備連線"},
		{reception.Link{State: reception.LinkLive}, Done, "已連線，剛剛同步"},
		{reception.Link{State: reception.LinkLagging, Behind: 95}, Notice, "同步中，還差 95 筆"},
		{reception.Link{State: reception.LinkLagging}, Notice, "同步中"},
		{reception.Link{State: reception.LinkOffline, Pending: 3, Since: clinic.Date{Year: 2026, Month: 11, Day: 24}.At(550)}, Notice, "離線中，3 筆待上傳"},
		{reception.Link{State: reception.LinkOffline}, Notice, "離線中"},
		{reception.Link{State: reception.LinkStuck, Pending: 3}, Alarm, "已連線，3 筆還沒確認"},
		{reception.Link{State: reception.LinkRevoked}, Alarm, "這台裝置已停用"},
		{reception.Link{State: reception.LinkUpgrade}, Info, "有新版本，結班後更新"},
	} {
		tone, icon, words := l.SyncWords(c.link)
		if words != c.want || tone != c.tone || icon == "" {
			t.Errorf("%q: %q in tone %d with icon %q", c.link.State, words, tone, icon)
		}
	}
}

func TestAFailureIsAWholeSentence(t *testing.T) {
	l := Look{Locale: "zh-TW"}
	for _, c := range []struct {
		err  error
		want string
	}{
		{fmt.Errorf("check in: %w", sqldb.ErrFull), "磁碟快滿了，紀錄都還在。請聯絡衛生局清出空間。"},
		{errors.New("anything"), "這一步沒有完成，資料沒有更動。請稍後再試一次。"},
		{fmt.Errorf("x: %w", clinic.Refuse(clinic.RefusedNotFound)), "找不到這筆預約。請核對號碼和生日，再查一次。"},
		{clinic.Refuse(reception.WrongDay, "date", "2026-12-03"), "您的預約是 12/3（四），不是今天。請當天再來，或問櫃檯能否現場接種。"},
		{clinic.Refuse("no_such_code"), "這一步沒有完成，資料沒有更動。請稍後再試一次。"},
	} {
		if got := l.Explain(c.err); got != c.want {
			t.Errorf("%v is explained as %q", c.err, got)
		}
	}
}

func TestALongNameIsCutWithAnEllipsis(t *testing.T) {
	aLook(t, DeskSizes())
	if got := Fit("王小明", 18, true, 200); got != "王小明" {
		t.Errorf("a short name became %q", got)
	}
	got := Fit(strings.Repeat("長", 40), 18, true, 200)
	if !strings.HasSuffix(got, "…") || Width(got, 18, true) > 200 {
		t.Errorf("a long name became %q", got)
	}
}

func TestNothingMovesByItself(t *testing.T) {
	a := test.NewTempApp(t)
	if !fyne.CurrentApp().Settings().ShowAnimations() {
		t.Fatal("this test app has no animations to stop")
	}
	if err := Prepare(a, Look{Palette: Light(), Sizes: DeskSizes(), Locale: "zh-TW"}); err != nil {
		t.Fatal(err)
	}
	if fyne.CurrentApp().Settings().ShowAnimations() {
		t.Error("Fyne's widgets still move")
	}
}

func TestADoseIsNamedInTheLanguageOfTheScreen(t *testing.T) {
	e := reception.Entry{Booking: clinic.Booking{Dose: "booster"}, Dose: "追加劑"}
	for locale, want := range map[string]string{"zh-TW": "追加劑", "en": "Booster"} {
		if got := (Look{Locale: locale}).Dose(e); got != want {
			t.Errorf("%s: %q", locale, got)
		}
	}
	e.Booking.Dose = "of our own"
	if got := (Look{Locale: "en"}).Dose(e); got != "追加劑" {
		t.Errorf("a dose without a translation: %q", got)
	}
}

package change

import (
	"context"
	"flag"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
	"ezhitong.tw/syncproto"
)

var (
	today  = clinic.Date{Year: 2026, Month: time.December, Day: 1}
	now    = today.At(9*60 + 26)
	update = flag.Bool("update", false, "take the pictures of the page again")
)

func TestMain(m *testing.M) {
	time.Local = clinic.Taipei
	os.Exit(m.Run())
}

func someone(n byte, name string) reception.Entry {
	return reception.Entry{
		Booking: clinic.Booking{
			ID: clinic.ID{15: n}, Slot: clinic.Slot{Date: today.AddDays(2), Start: 9 * 60, End: 10 * 60},
			Person: clinic.Person{Name: clinic.NewName(name), Birth: clinic.NewBirth(clinic.Date{Year: 1961, Month: time.June, Day: 15})},
		},
		Vaccine: "莫德納次世代", Dose: "追加劑",
	}
}

// fakeCounter notes what is asked for.
type fakeCounter struct {
	asked    []reception.Entry
	moved    clinic.ID
	correct  clinic.Person
	why      string
	openings []clinic.Slot
}

func aCounter() *fakeCounter {
	c := &fakeCounter{}
	for i := range 6 {
		c.openings = append(c.openings, clinic.Slot{ID: clinic.ID{0: 1, 15: byte(i)}, Date: today.AddDays(i + 1), Start: 14 * 60, End: 15 * 60, Capacity: 20, Taken: 17})
	}
	return c
}

func (c *fakeCounter) Asked(context.Context) ([]reception.Entry, error) {
	return slices.Clone(c.asked), nil
}

func (c *fakeCounter) Openings(context.Context, clinic.ID) ([]clinic.Slot, error) {
	return c.openings, nil
}

func (c *fakeCounter) ask(id clinic.ID, kind clinic.EventKind) error {
	e := someone(id[15], "王小明")
	e.Asked = &replica.Command{Kind: kind}
	c.asked = append(c.asked, e)
	return nil
}

func (c *fakeCounter) AskMove(_ context.Context, booking, slot clinic.ID) error {
	c.moved = slot
	return c.ask(booking, clinic.MoveAsked)
}

func (c *fakeCounter) AskCorrect(_ context.Context, booking clinic.ID, p clinic.Person) error {
	c.correct = p
	return c.ask(booking, clinic.ContactAsked)
}

func (c *fakeCounter) AskCancel(_ context.Context, booking clinic.ID, reason string) error {
	c.why = reason
	return c.ask(booking, clinic.CancelAsked)
}

// asking is the page in front of a desk, which does its slow work at once.
type asking struct {
	*Screen
	d *desk.Screen
	w fyne.Window
}

func open(t *testing.T, l ui.Look, c Counter) asking {
	t.Helper()
	golden.App(t, l)
	at, logger, inline := func() time.Time { return now }, slog.New(slog.DiscardHandler), func(f func()) { f() }
	s := New(Config{Look: l, Now: at, Log: logger, Background: inline})
	keys := ui.Keys{Now: at, After: func(_ time.Duration, f func()) func() bool { f(); return func() bool { return true } }}
	d := desk.New(desk.Config{Look: l, Now: at, Log: logger, Background: inline, Keys: keys})
	d.Add(s.Page())
	w := golden.Window(t, d.Content(), golden.Desk)
	d.Attach(w.Canvas())
	s.Begin(context.Background(), c)
	s.Open(someone(1, "王小明"))
	d.Turn(Name)
	return asking{s, d, w}
}

func (s asking) press(keys ...fyne.KeyName) { golden.Key(s.w, keys...) }

func (s asking) typed(text string) { golden.Type(s.w, text) }

func (s asking) says(t *testing.T, words ...string) {
	t.Helper()
	golden.Says(t, s.v.root, words...)
}

func TestAnotherTimeIsAskedForAndWaits(t *testing.T) {
	c := aCounter()
	s := open(t, golden.Light(), c)
	s.says(t, "王小明", "改到哪個時段？", "12/2（三） 14:00–15:00", "剩 3 位")
	s.press(fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	if c.moved != c.openings[2].ID {
		t.Errorf("moved to %v", c.moved)
	}
	s.says(t, "已記下，會送到中央。", "王○明", "等中央答覆", "連上網路就會送出")
}

func TestAPhoneIsCorrected(t *testing.T) {
	c := aCounter()
	s := open(t, golden.Light(), c)
	s.typed("2")
	s.typed("12")
	s.press(fyne.KeyReturn)
	s.says(t, "電話號碼不正確。")
	s.v.text.SetText("0912-345-678")
	s.press(fyne.KeyReturn)
	if c.correct.Mobile.Reveal() != "0912345678" || !c.correct.Landline.IsZero() {
		t.Errorf("corrected: %q", c.correct.Mobile.Reveal())
	}
}

func TestACancellationHasAReason(t *testing.T) {
	c := aCounter()
	s := open(t, golden.Light(), c)
	s.typed("3")
	s.press(fyne.KeyReturn)
	s.says(t, "請選原因，或寫下原因。")
	s.typed("本人來電取消")
	s.press(fyne.KeyReturn)
	if c.why != "本人來電取消" {
		t.Errorf("because %q", c.why)
	}
}

func TestARefusalIsSaidWithItsReasonAndSeenFromEveryPage(t *testing.T) {
	c := aCounter()
	for i, a := range []replica.Command{
		{Kind: clinic.MoveAsked, Outcome: syncproto.Rejected, Code: "STALE"},
		{Kind: clinic.CancelAsked, Outcome: syncproto.Rejected, Code: "FULL"},
		{Kind: clinic.CancelAsked, Outcome: syncproto.Rejected, Code: "CANCEL_TOO_LATE"},
		{Kind: clinic.ContactAsked, Outcome: syncproto.Accepted, Code: "PARTLY"},
		{Kind: clinic.ContactAsked, Outcome: syncproto.Accepted},
	} {
		e := someone(byte(i+1), "陳志宏")
		e.Asked = &a
		c.asked = append(c.asked, e)
	}
	s := open(t, golden.Light(), c)
	s.says(t, "沒有辦", "預約在那之前已有變動。", "這個時段剛額滿。", "衛生局的規則不允許。", "改了一部分", "已辦好")
	if strings.Contains(golden.Text(s.v.root), "⟦") {
		t.Error("a text lacks an argument")
	}
	if got := s.Page().Mark(); got != "3 件沒辦" {
		t.Errorf("the rail says %q", got)
	}
	s.press(fyne.KeyEscape)
	s.says(t, "在名單選一位還沒報到的人")
}

func TestEveryStateOfThePage(t *testing.T) {
	for _, locale := range []string{"zh-TW", "en"} {
		t.Run(locale, func(t *testing.T) {
			l := golden.Light()
			l.Locale = locale
			s := open(t, l, aCounter())
			sheet := golden.Open(t, "testdata/screens", "change-"+locale+"-light", *update)
			defer sheet.Close()
			add := func(page string) {
				t.Helper()
				sheet.Add(page, s.w.Canvas())
				if m := s.v.root.MinSize(); m.Width > 1145 || m.Height > 713 {
					t.Errorf("%s needs %v", page, m)
				}
			}
			add("another time")
			s.typed("2")
			add("another phone")
			s.press(fyne.KeyReturn)
			add("no phone")
			s.press(fyne.KeyF10)
			add("cancel")
			s.press(fyne.KeyEscape)
			add("nobody")
		})
	}
}

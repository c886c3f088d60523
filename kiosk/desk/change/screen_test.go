package change

import (
	"context"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk/desktest"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
	"ezhitong.tw/syncproto"
)

var update = flag.Bool("update", false, "take the pictures of the page again")

func TestMain(m *testing.M) {
	time.Local = clinic.Taipei
	os.Exit(m.Run())
}

func someone(n byte, name string) reception.Entry {
	return reception.Entry{
		Booking: clinic.Booking{
			ID: clinic.ID{15: n}, Slot: clinic.Slot{Date: desktest.Today.AddDays(2), Start: 9 * 60, End: 10 * 60},
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
		c.openings = append(c.openings, clinic.Slot{ID: clinic.ID{0: 1, 15: byte(i)}, Date: desktest.Today.AddDays(i + 1), Start: 14 * 60, End: 15 * 60, Capacity: 20, Taken: 17})
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

// asking is the page in front of a desk.
type asking struct {
	*Screen
	*desktest.Desk
}

func open(t *testing.T, l ui.Look, c Counter) asking {
	t.Helper()
	d := desktest.Open(t, l)
	s := New(d.Config)
	d.Add(s.Page())
	s.Begin(t.Context(), c)
	s.Open(someone(1, "王小明"))
	d.Front.Turn(Name)
	return asking{s, d}
}

func TestAnotherTimeIsAskedForAndWaits(t *testing.T) {
	c := aCounter()
	s := open(t, golden.Light(), c)
	s.Says("王小明", "改到哪個時段？", "12/2（三） 14:00–15:00", "剩 3 位")
	s.Press(fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn)
	if c.moved != c.openings[2].ID {
		t.Errorf("moved to %v", c.moved)
	}
	s.Says("已記下，會送到中央。", "王○明", "等中央答覆", "連上網路就會送出")
}

func TestAPhoneIsCorrected(t *testing.T) {
	c := aCounter()
	s := open(t, golden.Light(), c)
	s.Type("2")
	s.Type("12")
	s.Press(fyne.KeyReturn)
	s.Says("電話號碼不正確。")
	s.v.text.SetText("0912-345-678")
	s.Press(fyne.KeyReturn)
	if c.correct.Mobile.Reveal() != "0912345678" || !c.correct.Landline.IsZero() {
		t.Errorf("corrected: %q", c.correct.Mobile.Reveal())
	}
}

func TestACancellationHasAReason(t *testing.T) {
	c := aCounter()
	s := open(t, golden.Light(), c)
	s.Type("3")
	s.Press(fyne.KeyReturn)
	s.Says("請選原因，或寫下原因。")
	s.Type("本人來電取消")
	s.Press(fyne.KeyReturn)
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
	s.Says("沒有辦", "預約在那之前已有變動。", "這個時段剛額滿。", "衛生局的規則不允許。", "改了一部分", "已辦好")
	if strings.Contains(golden.Text(s.v.root), "⟦") {
		t.Error("a text lacks an argument")
	}
	if got := s.Page().Mark(); got != "3 件沒辦" {
		t.Errorf("the rail says %q", got)
	}
	s.Press(fyne.KeyEscape)
	s.Says("在名單選一位還沒報到的人")
}

func TestEveryStateOfThePage(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		s := open(t, l, aCounter())
		sheet := golden.Open(t, "testdata/screens", "change-"+name, *update)
		defer sheet.Close()
		s.Picture(sheet, "another time")
		s.Type("2")
		s.Picture(sheet, "another phone")
		s.Press(fyne.KeyReturn)
		s.Picture(sheet, "no phone")
		s.Press(fyne.KeyF10)
		s.Picture(sheet, "cancel")
		s.Press(fyne.KeyEscape)
		s.Picture(sheet, "nobody")
	})
}

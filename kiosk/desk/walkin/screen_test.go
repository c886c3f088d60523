package walkin

import (
	"context"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk/desktest"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

var (
	update = flag.Bool("update", false, "take the pictures of the page again")
	wang   = clinic.Person{
		ID: clinic.NewIDNumber("A123456789"), Name: clinic.NewName("王小明"), Birth: clinic.NewBirth(clinic.Date{Year: 1961, Month: time.June, Day: 15}),
	}
)

func TestMain(m *testing.M) {
	time.Local = clinic.Taipei
	os.Exit(m.Run())
}

// fakeCounter has places in memory.
type fakeCounter struct {
	sessions []reception.Session
	taken    []reception.WalkIn
	err      error
}

func (c *fakeCounter) Sessions(context.Context) ([]reception.Session, error) {
	return slices.Clone(c.sessions), nil
}

func (c *fakeCounter) WalkIn(_ context.Context, w reception.WalkIn) (reception.Receipt, error) {
	if c.err != nil {
		return reception.Receipt{}, c.err
	}
	for i := range c.sessions {
		s := &c.sessions[i]
		if s.Slot.ID != w.Slot {
			continue
		}
		if s.Left == 0 && !w.Beyond {
			return reception.Receipt{}, clinic.Refuse(reception.NoPlace)
		}
		s.Left = max(0, s.Left-1)
	}
	c.taken = append(c.taken, w)
	return reception.Receipt{
		Entry: reception.Entry{Booking: clinic.Booking{Person: w.Person}, Vaccine: "莫德納次世代", Dose: "追加劑"}, Ticket: "A016", Ahead: 3, At: desktest.Now,
	}, nil
}

func aDay() *fakeCounter {
	text := func(s string) clinic.Text { return clinic.Text{"zh-TW": s} }
	covid := clinic.Vaccine{Code: "xbb", Name: text("莫德納次世代"), Doses: []clinic.DoseRule{{Code: "primary1", Name: text("基礎劑 1")}, {Code: "booster", Name: text("追加劑")}}}
	elder := clinic.Vaccine{Code: "pcv", Name: text("長者肺炎鏈球菌"), Doses: []clinic.DoseRule{{Code: "single", Name: text("1 劑"), Ages: []clinic.AgeBand{{From: clinic.Age{Months: 65 * 12}}}}}}
	slot := func(n byte, from int, taken int) clinic.Slot {
		return clinic.Slot{ID: clinic.ID{15: n}, Date: desktest.Today, Start: clinic.TimeOfDay(from), End: clinic.TimeOfDay(from + 60), Capacity: 20, Taken: taken}
	}
	return &fakeCounter{sessions: []reception.Session{
		{Slot: slot(1, 9*60, 20), Vaccine: elder},
		{Slot: slot(2, 9*60, 12), Vaccine: covid, Left: 2},
		{Slot: slot(3, 10*60, 20), Vaccine: covid},
		{Slot: slot(4, 11*60, 12), Vaccine: covid, Asked: true},
		{Slot: slot(5, 13*60, 12), Vaccine: covid},
	}}
}

// desked is the page in front of a desk.
type desked struct {
	*Screen
	*desktest.Desk
}

func open(t *testing.T, l ui.Look, c Counter) desked {
	t.Helper()
	d := desktest.Open(t, l)
	s := New(d.Config)
	d.Add(s.Page())
	s.Begin(t.Context(), c)
	d.Front.Turn(Name)
	return desked{s, d}
}

// fill writes on the line in focus and those after it.
func (s desked) fill(texts ...string) {
	for _, text := range texts {
		s.Type(text)
		s.Window.Canvas().FocusNext()
	}
}

func TestSomebodyIsTypedInAndHasANumber(t *testing.T) {
	c := aDay()
	s := open(t, golden.Light(), c)
	s.fill("a123456789", "王小明", "50/6/15")
	s.Says("65歲", "還有 2 個現場名額", "09:00–10:00 莫德納次世代")
	s.Press(fyne.KeyReturn)
	if len(c.taken) != 1 {
		t.Fatalf("registered: %+v", c.taken)
	}
	w := c.taken[0]
	if w.Person.ID.Reveal() != "A123456789" || w.Person.Name.Reveal() != "王小明" || w.Person.Birth.Reveal() != wang.Birth.Reveal() || w.Slot != (clinic.ID{15: 2}) || w.Dose != "primary1" || w.Beyond {
		t.Errorf("registered: %+v", w)
	}
	s.Says("已登記並給號", "A016", "王○明", "前面還有 3 位", "還有 1 個現場名額")
	s.Press(fyne.KeyReturn)
	if s.m.Number != "" || s.Window.Canvas().Focused() != fyne.Focusable(s.v.number) {
		t.Errorf("not ready for the next one: %q", s.m.Number)
	}
}

func TestASessionWithoutPlacesSaysWhy(t *testing.T) {
	s := open(t, golden.Light(), aDay())
	s.Says("已額滿", "已向中央要名額", "這台沒有現場名額", "現場名額由中央先撥給這台")
}

func TestWhatCannotBeReadIsAskedForOneByOne(t *testing.T) {
	c := aDay()
	s := open(t, golden.Light(), c)
	s.Press(fyne.KeyReturn)
	s.Says("號碼是 10 個字")
	s.fill("A123456788")
	s.Press(fyne.KeyReturn)
	s.Says("這組號碼不正確。")
	s.v.number.SetText("A123456789")
	s.Press(fyne.KeyReturn)
	s.Says("請再確認身分證字號、姓名和出生日期。")
	s.v.name.SetText("王小明")
	s.v.birth.SetText("15/6/1961")
	s.Press(fyne.KeyReturn)
	s.Says("讀不懂這個生日。")
	if len(c.taken) != 0 {
		t.Errorf("registered: %+v", c.taken)
	}
}

func TestACardFillsThePage(t *testing.T) {
	c := aDay()
	s := open(t, golden.Light(), c)
	s.Take(wang)
	s.Says("從健保卡帶入")
	if s.v.number.Text != "A123456789" || s.v.birth.Text != "050/06/15" {
		t.Errorf("%q, %q", s.v.number.Text, s.v.birth.Text)
	}
	s.Press(fyne.KeyF10, fyne.KeyReturn)
	if len(c.taken) != 1 || c.taken[0].Dose != "booster" {
		t.Errorf("registered: %+v", c.taken)
	}
}

func TestBeyondTheLastPlaceSomebodyIsTakenOnlyWhereThatIsMeant(t *testing.T) {
	c := aDay()
	s := open(t, golden.Light(), c)
	s.Take(wang)
	s.Press(fyne.KeyDown, fyne.KeyReturn)
	s.Says("現場名額已用完。", "加收這一位並給號")
	if len(c.taken) != 0 {
		t.Fatal("taken at once")
	}
	s.Press(fyne.KeyReturn)
	if len(c.taken) != 1 || !c.taken[0].Beyond || c.taken[0].Slot != (clinic.ID{15: 3}) {
		t.Errorf("registered: %+v", c.taken)
	}
}

func TestWhoIsTooYoungIsToldTheRule(t *testing.T) {
	c := aDay()
	s := open(t, golden.Light(), c)
	young := wang
	young.Birth = clinic.NewBirth(clinic.Date{Year: 1980, Month: 1, Day: 2})
	s.Take(young)
	s.Says("這項疫苗限 65 歲以上。")
	s.Press(fyne.KeyUp, fyne.KeyUp, fyne.KeyReturn)
	if len(c.taken) != 0 || s.m.Problem == nil {
		t.Errorf("registered: %+v", c.taken)
	}
}

func TestBookedTodayIsSaidInItsOwnWords(t *testing.T) {
	c := aDay()
	c.err = clinic.Refuse(reception.BookedToday)
	s := open(t, golden.Light(), c)
	s.Take(wang)
	s.Press(fyne.KeyReturn)
	s.Says("今天已有預約，請直接報到，不用現場登記。")
	s.Press(fyne.KeyEscape)
	if s.m.Number != "" {
		t.Error("Escape does not empty the page")
	}
}

func TestEveryStateOfThePage(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		s := open(t, l, aDay())
		sheet := golden.Open(t, "testdata/screens", "walkin-"+name, *update)
		defer sheet.Close()
		s.Picture(sheet, "empty")
		s.Take(wang)
		s.Picture(sheet, "from a card")
		s.Press(fyne.KeyDown, fyne.KeyReturn)
		s.Picture(sheet, "no place left")
		s.Press(fyne.KeyReturn)
		s.Picture(sheet, "registered")
	})
}

package queue

import (
	"context"
	"errors"
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
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

var update = flag.Bool("update", false, "take the pictures of the page again")

func TestMain(m *testing.M) {
	time.Local = clinic.Taipei
	os.Exit(m.Run())
}

func someone(n byte, name, ticket string) reception.Entry {
	return reception.Entry{
		Booking: clinic.Booking{ID: clinic.ID{15: n}, Person: clinic.Person{Name: clinic.NewName(name)}},
		Visit:   clinic.Visit{Attendance: clinic.Arrived, Ticket: ticket, ArrivedAt: desktest.Now}, Vaccine: "莫德納次世代", Dose: "追加劑",
	}
}

// fakeCounter calls people from memory.
type fakeCounter struct {
	q   reception.Queue
	err error
}

func aCounter() *fakeCounter {
	c := &fakeCounter{q: reception.Queue{Pace: 4 * time.Minute}}
	for i, name := range []string{"吳美珍", "王小明", "陳志宏", "林秀美"} {
		c.q.Waiting = append(c.q.Waiting, reception.Place{Entry: someone(byte(i+1), name, "A01"+string(rune('3'+i))), Wait: time.Duration(i+1) * 4 * time.Minute})
	}
	return c
}

func (c *fakeCounter) Queue(context.Context) (reception.Queue, error) {
	return reception.Queue{
		Waiting: slices.Clone(c.q.Waiting), Called: slices.Clone(c.q.Called), Skipped: slices.Clone(c.q.Skipped), Pace: c.q.Pace, Room: c.q.Room,
	}, nil
}

func (c *fakeCounter) CallNext(ctx context.Context, room string) (reception.Entry, error) {
	if len(c.q.Waiting) == 0 {
		return reception.Entry{}, reception.ErrNobody
	}
	e := c.q.Waiting[0].Entry
	return e, c.Call(ctx, e.Booking.ID, room)
}

func (c *fakeCounter) take(id clinic.ID) (p reception.Place) {
	for _, list := range []*[]reception.Place{&c.q.Waiting, &c.q.Called, &c.q.Skipped} {
		*list = slices.DeleteFunc(*list, func(o reception.Place) bool {
			if o.Entry.Booking.ID == id {
				p = o
			}
			return o.Entry.Booking.ID == id
		})
	}
	return p
}

func (c *fakeCounter) Call(_ context.Context, id clinic.ID, room string) error {
	if c.err != nil {
		return c.err
	}
	p := c.take(id)
	p.Room, p.Times = room, p.Times+1
	c.q.Called, c.q.Room = append([]reception.Place{p}, c.q.Called...), room
	return nil
}

func (c *fakeCounter) Skip(_ context.Context, id clinic.ID) error {
	c.q.Skipped = append(c.q.Skipped, c.take(id))
	return c.err
}

// caller is the page in front of a desk.
type caller struct {
	*Screen
	*desktest.Desk
	seated []clinic.ID
}

func call(t *testing.T, l ui.Look, c Counter) *caller {
	t.Helper()
	d := desktest.Open(t, l)
	out := &caller{Desk: d}
	out.Screen = New(Config{PageConfig: d.Config, Board: NewBoard(l), Chair: func(id clinic.ID) { out.seated = append(out.seated, id) }})
	d.Add(out.Page())
	out.Begin(t.Context(), c)
	d.Front.Turn(Name)
	return out
}

func TestTheNextOneIsCalledToARoom(t *testing.T) {
	c := aCounter()
	s := call(t, golden.Light(), c)
	s.Says("還沒有叫號", "A013", "約 4 分", "約 16 分")
	s.Type("3")
	s.Press(fyne.KeyReturn)
	s.Says("請到 3 號診間，第 1 次叫號", "約 8 分")
	golden.Says(t, s.cfg.Board.Content(), "A013", "請到 3 號診間", "還有 3 位等候")
	s.Press(fyne.KeyF10)
	s.Says("請到 3 號診間，第 2 次叫號")
	s.Press(fyne.KeyRight)
	if len(s.seated) != 1 || s.seated[0] != (clinic.ID{15: 1}) {
		t.Errorf("at the chair: %v", s.seated)
	}
	s.Press(fyne.KeyF11)
	s.Says("過號", "還沒有叫號")
	s.Press(fyne.KeyUp, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown, fyne.KeyDown)
	s.Says("叫 A013")
	s.Press(fyne.KeyReturn)
	s.Says("請到 3 號診間，第 3 次叫號")
}

func TestAnotherDesksCallsAreSeenAndLeftAlone(t *testing.T) {
	c := aCounter()
	s := call(t, golden.Light(), c)
	s.Press(fyne.KeyReturn)
	other := c.take(clinic.ID{15: 2})
	other.Room, other.Times = "5", 1
	c.q.Called = append([]reception.Place{other}, c.q.Called...)
	s.show()
	s.Says("請到 1 號診間，第 1 次叫號", "叫到 5 號")
	golden.Says(t, s.cfg.Board.Content(), "A014", "請到 5 號診間", "1 號診間")
	s.Press(fyne.KeyF11) // puts this desk's own aside
	if len(c.q.Skipped) != 1 || c.q.Skipped[0].Entry.Visit.Ticket != "A013" || s.m.Current() != nil {
		t.Errorf("skipped: %+v", c.q.Skipped)
	}
	s.Type("5")
	s.Says("請到 5 號診間，第 1 次叫號")
}

func TestSomebodyIsCalledOutOfTurnOnlyWhereTheyWereChosen(t *testing.T) {
	c := aCounter()
	s := call(t, golden.Light(), c)
	s.Press(fyne.KeyDown, fyne.KeyDown)
	s.Says("叫 A014")
	s.Press(fyne.KeyEscape)
	s.Says("叫下一位")
	s.Press(fyne.KeyDown, fyne.KeyDown, fyne.KeyReturn, fyne.KeyReturn)
	if got := c.q.Called; len(got) != 2 || got[1].Entry.Visit.Ticket != "A014" || got[0].Entry.Visit.Ticket != "A013" {
		t.Errorf("called: %+v", got)
	}
}

func TestTheRoomIsThatOfTheLastCallWhenTheProgramStartsAgain(t *testing.T) {
	c := aCounter()
	if _, err := c.CallNext(t.Context(), "4"); err != nil {
		t.Fatal(err)
	}
	if s := call(t, golden.Light(), c); s.m.Room != "4" {
		t.Errorf("room %s", s.m.Room)
	}
}

func TestACallThatIsNotOnTheDiskIsNotShown(t *testing.T) {
	c := aCounter()
	c.err = errors.New("out of order")
	s := call(t, golden.Light(), c)
	s.Press(fyne.KeyReturn)
	s.Says("還沒有叫號", "叫下一位")
	if s.m.Problem == nil || slices.Contains(golden.Words(s.cfg.Board.Content()), "A013") {
		t.Error("the board shows a call that was not made")
	}
}

func TestTheBoardNamesNobody(t *testing.T) {
	c := aCounter()
	s := call(t, golden.Light(), c)
	s.Press(fyne.KeyReturn, fyne.KeyReturn, fyne.KeyReturn)
	all := golden.Text(s.cfg.Board.Content())
	if strings.ContainsAny(all, "吳王陳林○") || !strings.Contains(all, "A015") || !strings.Contains(all, "A014") {
		t.Errorf("the board says\n%s", all)
	}
}

func TestEveryStateOfThePage(t *testing.T) {
	golden.EachLook(t, ui.DeskSizes(), func(t *testing.T, l ui.Look, name string) {
		s := call(t, l, aCounter())
		sheet := golden.Open(t, "testdata/screens", "queue-"+name, *update)
		defer sheet.Close()
		s.Picture(sheet, "nobody called")
		s.Press(fyne.KeyReturn, fyne.KeyReturn)
		s.Picture(sheet, "called")
		s.Press(fyne.KeyF11, fyne.KeyDown)
		s.Picture(sheet, "skipped, one chosen")
		s.Window.SetContent(s.cfg.Board.Content())
		s.Window.Resize(golden.Desk)
		sheet.Add("board", s.Window.Canvas())
	})
}

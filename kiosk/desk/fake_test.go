package desk

import (
	"context"
	"log/slog"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
	"ezhitong.tw/kiosk/ui/golden"
)

var (
	today = clinic.Date{Year: 2026, Month: time.December, Day: 1}
	now   = today.At(9*60 + 26)
)

// someone makes a booking for the tests; n gives it its id.
func someone(n byte, name string, start string, vaccine, dose string) reception.Entry {
	at, err := clinic.ParseTimeOfDay(start)
	if err != nil {
		panic(err)
	}
	id := clinic.ID{15: n}
	return reception.Entry{
		Booking: clinic.Booking{
			ID: id, Code: clinic.CodeOf(id), Slot: clinic.Slot{Date: today, Start: at, End: at + 30},
			Person: clinic.Person{
				ID: clinic.NewIDNumber("A12345678" + string('0'+n%10)), Name: clinic.NewName(name),
				Birth: clinic.NewBirth(clinic.Date{Year: 1961, Month: time.June, Day: 15}), Sex: clinic.Male,
			},
		},
		Vaccine: vaccine, Dose: dose,
	}
}

func arrived(e reception.Entry, ticket string) reception.Entry {
	e.Visit = clinic.Visit{
		Attendance: clinic.Arrived, Ticket: ticket, ArrivedAt: today.At(9 * 60), CheckIn: clinic.EventRef{Seq: 1},
		Last: clinic.EventRef{Seq: 1},
	}
	return e
}

func as(e reception.Entry, a clinic.Attendance) reception.Entry {
	e.Visit.Attendance = a
	return e
}

func cancelled(e reception.Entry) reception.Entry {
	e.Booking.Cancelled = today.At(1)
	return e
}

// aMorning is a list with somebody in every state.
func aMorning() []reception.Entry {
	return []reception.Entry{
		as(arrived(someone(1, "林秀美", "09:00", "流感", ""), "A011"), clinic.Vaccinated),
		as(arrived(someone(2, "黃小翔", "09:00", "兒童新冠", "基礎劑 2"), "A012"), clinic.Vaccinated),
		arrived(someone(3, "吳淑珍", "09:00", "莫德納次世代", "追加劑"), "A013"),
		someone(4, "王小明", "09:30", "莫德納次世代", "追加劑"),
		someone(5, "陳志宏", "09:30", "莫德納次世代", "追加劑"),
		as(arrived(someone(6, "阮氏花", "09:30", "諾瓦瓦克斯", "追加劑"), "A014"), clinic.Deferred),
		someone(7, "李曉", "10:00", "莫德納幼兒", "基礎劑 1"),
		someone(8, "蔡美娟", "10:00", "莫德納次世代", "追加劑"),
		cancelled(someone(9, "張家文", "10:00", "流感", "")),
		someone(10, "羅小喬", "10:30", "兒童新冠", "追加劑"),
	}
}

// fakeCounter answers from a list in memory.
type fakeCounter struct {
	entries []reception.Entry
	err     error
	undone  []clinic.ID
	scans   map[string]reception.Finding // of tickets that are told apart as a whole
}

func (c *fakeCounter) Today(context.Context) ([]reception.Entry, error) {
	return append([]reception.Entry(nil), c.entries...), nil
}

func (c *fakeCounter) Search(_ context.Context, q string) ([]reception.Entry, error) {
	var out []reception.Entry
	for _, e := range c.entries {
		if strings.Contains(e.Booking.Person.Name.Reveal(), q) || strings.HasPrefix(e.Visit.Ticket, q) {
			out = append(out, e)
		}
	}
	return out, nil
}

func (c *fakeCounter) Recognise(_ context.Context, p clinic.Person) (reception.Finding, error) {
	var mine []reception.Entry
	for _, e := range c.entries {
		if e.Booking.Person.ID.Equal(p.ID) {
			mine = append(mine, e)
		}
	}
	return reception.Judge(p, mine, today), c.err
}

// Scan knows tickets by the booking code alone.
func (c *fakeCounter) Scan(_ context.Context, text string) (reception.Finding, error) {
	if f, ok := c.scans[text]; ok {
		return f, nil
	}
	for _, e := range c.entries {
		if e.Booking.Code == text {
			return reception.Judge(e.Booking.Person, []reception.Entry{e}, today), c.err
		}
	}
	return reception.Finding{Code: reception.NotTicket}, c.err
}

func (c *fakeCounter) CheckIn(_ context.Context, id clinic.ID) (reception.Receipt, error) {
	if c.err != nil {
		return reception.Receipt{}, c.err
	}
	for i, e := range c.entries {
		if e.Booking.ID == id {
			c.entries[i] = arrived(e, "A015")
			c.entries[i].Waiting = true
			return reception.Receipt{Entry: c.entries[i], Ticket: "A015", Ahead: 4, At: now}, nil
		}
	}
	return reception.Receipt{}, clinic.Refuse(clinic.RefusedNotFound)
}

func (c *fakeCounter) Undo(_ context.Context, id clinic.ID) error {
	if c.err != nil {
		return c.err
	}
	c.undone = append(c.undone, id)
	for i, e := range c.entries {
		if e.Booking.ID == id {
			c.entries[i].Visit = clinic.Visit{}
		}
	}
	return nil
}

// aScreen is a screen in a window of its own, with its list loaded, that does
// its slow work at once.
func aScreen(t *testing.T, l ui.Look, c Counter) (*Screen, fyne.Window, *strings.Builder) {
	t.Helper()
	return aScreenWith(t, l, c, &fakeKeys{slow: true})
}

// fakeKeys is the clock and the timer of the keyboard. A slow one lets time go
// by after every key, as a person does.
type fakeKeys struct {
	slow bool
	at   time.Time
	due  func()
}

func (k *fakeKeys) now() time.Time { return k.at }

func (k *fakeKeys) after(d time.Duration, f func()) func() bool {
	k.due = func() { k.at = k.at.Add(d); f() }
	if k.slow {
		k.due()
	}
	return func() bool { k.due = nil; return true }
}

func aScreenWith(t *testing.T, l ui.Look, c Counter, keys *fakeKeys) (*Screen, fyne.Window, *strings.Builder) {
	t.Helper()
	var log strings.Builder
	golden.App(t, l)
	s := New(Config{
		PageConfig: PageConfig{
			Look: l, Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil)), Background: func(work func()) { work() },
		},
		Keys: ui.Keys{Now: keys.now, After: keys.after},
	})
	w := golden.Window(t, s.Content(), golden.Desk)
	s.Attach(w.Canvas())
	s.begin(context.Background(), Feed{
		Counter: c, SyncNow: func() {}, Site: func(context.Context) (string, error) { return "綠川小兒科診所", nil },
	})
	s.m.Link = reception.Link{State: reception.LinkLive, Last: now}
	s.m.Reader = ReaderEmpty
	s.render()
	return s, w, &log
}

package selfservice

import (
	"context"
	"log/slog"
	"slices"
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

	landscape = fyne.NewSize(1280, 800)
	portrait  = fyne.NewSize(1080, 1920)
)

// someone makes a booking for the tests; n gives it its id.
func someone(n byte, name, start, vaccine, dose string) reception.Entry {
	at, err := clinic.ParseTimeOfDay(start)
	if err != nil {
		panic(err)
	}
	return reception.Entry{
		Booking: clinic.Booking{
			ID: clinic.ID{15: n}, Slot: clinic.Slot{Date: today, Start: at, End: at + 30},
			Person: clinic.Person{ID: clinic.NewIDNumber("A12345678" + string('0'+n%10)), Name: clinic.NewName(name)},
		},
		Vaccine: vaccine, Dose: dose,
	}
}

func arrived(e reception.Entry, ticket string) reception.Entry {
	e.Visit = clinic.Visit{Attendance: clinic.Arrived, Ticket: ticket, ArrivedAt: today.At(9 * 60)}
	return e
}

func aMorning() []reception.Entry {
	return []reception.Entry{
		arrived(someone(1, "林秀美", "09:00", "流感", ""), "A011"),
		arrived(someone(2, "黃小翔", "09:00", "流感", ""), "A012"),
		someone(3, "王小明", "09:30", "莫德納次世代", "追加劑"),
	}
}

// fakeCounter answers from a list in memory.
type fakeCounter struct {
	entries []reception.Entry
	offers  []reception.Offer
	err     error
}

func (c *fakeCounter) News(context.Context) (reception.News, error) {
	n := reception.News{From: 9 * 60, Until: 12 * 60}
	for _, e := range c.entries {
		if e.Visit.Attendance == clinic.Arrived {
			n.Waiting++
		}
		if !slices.ContainsFunc(n.Vaccines, func(t clinic.Text) bool { return t.In(clinic.DefaultLocale) == e.Vaccine }) {
			n.Vaccines = append(n.Vaccines, clinic.Text{clinic.DefaultLocale: e.Vaccine})
		}
	}
	return n, nil
}

func (c *fakeCounter) Offers(context.Context, clinic.Person) ([]reception.Offer, error) {
	return c.offers, nil
}

func (c *fakeCounter) WalkIn(_ context.Context, w reception.WalkIn) (reception.Receipt, error) {
	if c.err != nil {
		return reception.Receipt{}, c.err
	}
	e := arrived(someone(60, w.Person.Name.Reveal(), "09:00", "流感", ""), "A016")
	c.entries = append(c.entries, e)
	return reception.Receipt{Entry: e, Ticket: "A016", Ahead: 3, At: now}, nil
}

func (c *fakeCounter) Recognise(_ context.Context, p clinic.Person) (reception.Finding, error) {
	var mine []reception.Entry
	for _, e := range c.entries {
		if e.Booking.Person.ID.Equal(p.ID) {
			mine = append(mine, e)
		}
	}
	return reception.Judge(p, mine, today), nil
}

// Scan knows tickets by the end of the booking's id alone.
func (c *fakeCounter) Scan(_ context.Context, text string) (reception.Finding, error) {
	for _, e := range c.entries {
		if strings.HasSuffix(e.Booking.ID.String(), text) {
			return reception.Judge(e.Booking.Person, []reception.Entry{e}, today), nil
		}
	}
	return reception.Finding{Code: reception.NotTicket}, nil
}

func (c *fakeCounter) CheckIn(_ context.Context, id clinic.ID) (reception.Receipt, error) {
	if c.err != nil {
		return reception.Receipt{}, c.err
	}
	for i, e := range c.entries {
		if e.Booking.ID == id {
			c.entries[i] = arrived(e, "A015")
			return reception.Receipt{Entry: c.entries[i], Ticket: "A015", Ahead: 2, At: now}, nil
		}
	}
	return reception.Receipt{}, clinic.Refuse(clinic.RefusedNotFound)
}

// fakePrinter remembers what it printed.
type fakePrinter struct {
	slips []string
	err   error
}

func (p *fakePrinter) Print(_ context.Context, r reception.Receipt) error {
	p.slips = append(p.slips, r.Ticket)
	return p.err
}

func (p *fakePrinter) PrintAppointment(_ context.Context, a reception.Appointment) error {
	p.slips = append(p.slips, a.Code)
	return p.err
}

// aScreen is a screen in a window of its own that does its slow work at once.
func aScreen(t *testing.T, size fyne.Size, feed Feed) (*Screen, fyne.Window, *strings.Builder) {
	t.Helper()
	var log strings.Builder
	look := ui.Look{Palette: ui.Light(), Sizes: ui.LandscapeSizes(), Locale: "zh-TW"}
	golden.App(t, look)
	s := New(Config{
		Now: func() time.Time { return now }, Log: slog.New(slog.NewTextHandler(&log, nil)), Background: func(f func()) { f() },
		Keys: ui.Keys{Now: func() time.Time { return now }, After: func(time.Duration, func()) func() bool { return func() bool { return true } }},
	})
	w := golden.Window(t, s.Content(), size)
	s.Attach(w.Canvas())
	feed.Site = func(context.Context) (string, error) { return "綠川小兒科診所", nil }
	s.begin(context.Background(), feed)
	return s, w, &log
}

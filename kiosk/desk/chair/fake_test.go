package chair

import (
	"context"
	"flag"
	"os"
	"slices"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/desk/desktest"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/ui"
)

var update = flag.Bool("update", false, "take the pictures of the page again")

func TestMain(m *testing.M) {
	time.Local = clinic.Taipei
	os.Exit(m.Run())
}

func someone(n byte, name, ticket string, arrived int) reception.Entry {
	id := clinic.ID{15: n}
	return reception.Entry{
		Booking: clinic.Booking{
			ID: id, Code: clinic.CodeOf(id), Slot: clinic.Slot{Date: desktest.Today, Start: 9 * 60, End: 10 * 60, Vaccine: "xbb"}, Dose: "booster",
			Person: clinic.Person{
				ID: clinic.NewIDNumber("A12345678" + string('0'+n%10)), Name: clinic.NewName(name),
				Birth: clinic.NewBirth(clinic.Date{Year: 1960, Month: time.March, Day: 2}), Sex: clinic.Female,
			},
		},
		Visit:   clinic.Visit{Attendance: clinic.Arrived, Ticket: ticket, ArrivedAt: desktest.Today.At(clinic.TimeOfDay(arrived)), Last: clinic.EventRef{Seq: 1}},
		Vaccine: "莫德納次世代", Dose: "追加劑",
	}
}

func given(e reception.Entry, at int, lot string) reception.Entry {
	e.Visit.Attendance, e.Visit.GivenAt, e.Visit.Lot = clinic.Vaccinated, desktest.Today.At(clinic.TimeOfDay(at)), lot
	e.Visit.Injection = clinic.Injection{Vaccine: "xbb", Expires: desktest.Today.AddDays(30), Limb: "left_arm"}
	return e
}

// fakeCounter answers from memory, by the rules of reception where the page's words
// depend on them.
type fakeCounter struct {
	entries []reception.Entry
	lots    []reception.Lot
	doses   []reception.Dose
	said    []string
	err     error
}

func aCounter() *fakeCounter {
	return &fakeCounter{
		entries: []reception.Entry{
			someone(1, "吳美珍", "A013", 9*60+2), someone(2, "陳志宏", "A015", 9*60+20), someone(3, "王小明", "A014", 9*60+11),
			given(someone(4, "林秀美", "A011", 8*60+50), 9*60+8, "MD24-118"), given(someone(5, "黃小翔", "A012", 8*60+55), 9*60+17, "MD24-118"),
		},
		lots: []reception.Lot{
			{Number: "MD24-118", Vaccine: "xbb", Name: "莫德納次世代", Expires: desktest.Today.AddDays(2), Last: desktest.Now},
			{Number: "FL24-007", Vaccine: "flu", Name: "流感", Expires: desktest.Today.AddDays(120), Last: desktest.Now.Add(-time.Hour)},
		},
	}
}

func (c *fakeCounter) Today(context.Context) ([]reception.Entry, error) {
	return slices.Clone(c.entries), c.err
}

func (c *fakeCounter) Lots(context.Context) ([]reception.Lot, error) {
	return slices.Clone(c.lots), c.err
}

func (c *fakeCounter) Products(context.Context) ([]reception.Product, error) {
	return []reception.Product{{Code: "flu", Name: "流感"}, {Code: "xbb", Name: "莫德納次世代"}}, c.err
}

func (c *fakeCounter) at(id clinic.ID, change func(*clinic.Visit)) (reception.Entry, error) {
	if c.err != nil {
		return reception.Entry{}, c.err
	}
	for i := range c.entries {
		if e := &c.entries[i]; e.Booking.ID == id {
			change(&e.Visit)
			return *e, nil
		}
	}
	return reception.Entry{}, clinic.Refuse(clinic.RefusedNotFound)
}

func (c *fakeCounter) Give(_ context.Context, id clinic.ID, d reception.Dose) (reception.Entry, error) {
	switch {
	case d.Lot == "":
		return reception.Entry{}, clinic.Refuse(reception.LotMissing)
	case d.Expires.IsZero():
		return reception.Entry{}, clinic.Refuse(reception.ExpiryMissing)
	case d.Expires.Before(desktest.Today):
		return reception.Entry{}, clinic.Refuse(reception.LotExpired, "lot", d.Lot, "date", d.Expires.String())
	case d.Vaccine != "xbb" && !d.Anyway:
		return reception.Entry{}, clinic.Refuse(reception.WrongProduct, "booked", "莫德納次世代", "given", "流感")
	}
	c.doses = append(c.doses, d)
	return c.at(id, func(v *clinic.Visit) {
		v.Attendance, v.GivenAt, v.Lot, v.Injection = clinic.Vaccinated, desktest.Now, d.Lot, d.Injection
	})
}

func (c *fakeCounter) Defer(_ context.Context, id clinic.ID, reason string) (reception.Entry, error) {
	c.said = append(c.said, reason)
	return c.at(id, func(v *clinic.Visit) { v.Attendance, v.Reason = clinic.Deferred, reason })
}

func (c *fakeCounter) NoteReaction(_ context.Context, id clinic.ID, note string) (reception.Entry, error) {
	c.said = append(c.said, note)
	return c.at(id, func(v *clinic.Visit) {
		v.Reactions = append(v.Reactions, clinic.Reaction{At: desktest.Now, Note: note})
	})
}

func (c *fakeCounter) LetGo(_ context.Context, id clinic.ID) (reception.Entry, error) {
	return c.at(id, func(v *clinic.Visit) { v.LeftAt = desktest.Now })
}

func (c *fakeCounter) TakeBack(_ context.Context, id clinic.ID, reason string) (reception.Entry, error) {
	c.said = append(c.said, reason)
	return c.at(id, func(v *clinic.Visit) {
		*v = clinic.Visit{Attendance: clinic.Arrived, Ticket: v.Ticket, ArrivedAt: v.ArrivedAt}
	})
}

// seated is the page in front of a desk.
type seated struct {
	*Screen
	*desktest.Desk
}

func seat(t *testing.T, l ui.Look, c Counter) seated {
	t.Helper()
	d := desktest.Open(t, l)
	s := New(Config{PageConfig: d.Config, Keys: d.Keys})
	d.Add(s.Page())
	s.Begin(t.Context(), c)
	d.Front.Turn(Name)
	return seated{s, d}
}

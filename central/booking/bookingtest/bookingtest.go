// Package bookingtest gives tests a small city with a real database: two
// districts, three sites, two programmes, and a clock that tests set.
package bookingtest

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
)

// The codes of the small city.
const (
	SiteA  = "3536010011" // in 西屯區
	SiteB  = "3536010022" // in 西屯區
	SiteC  = "3536020033" // in 豐原區
	Covid  = "covid19"
	Flu    = "influenza"
	XBB    = "xbb"      // of Covid: primary1, primary2 (28 days), booster (84 days); from 12 years on
	FluVac = "flu-qiv"  // of Flu: single; from 6 months on
	Weekly = "2026-47"  // fixed: books Mon 09:00 to Wed 20:00 for the week after
	Next   = "2026-48"  // the fixed period after Weekly
	Open   = "flu-2026" // rolling, from D+1 on, closes at noon of the day before
)

// Monday is the instant at which tests begin: a Monday at 10:00 in Taipei, in
// the booking window of Weekly.
var Monday = time.Date(2026, 11, 16, 10, 0, 0, 0, clinic.Taipei)

// Day is the first vaccination day of Weekly, a Monday.
var Day = clinic.Date{Year: 2026, Month: 11, Day: 23}

// City is the small city.
type City struct {
	*booking.Engine
	Store *store.Store
	Path  string // of the database file, or the connection string
	now   atomic.Int64
	t     testing.TB
}

// Start opens an empty database and installs the city, each slot with so many
// places.
func Start(t testing.TB, places int) *City {
	t.Helper()
	return StartAt(t, storetest.Fresh(t), places)
}

// StartAt is Start in the database at a path or connection string.
func StartAt(t testing.TB, dsn string, places int) *City {
	t.Helper()
	c := Join(t, dsn)
	if err := c.Install(t.Context(), Profile(places)); err != nil {
		t.Fatalf("install the city: %v", err)
	}
	return c
}

// Join opens one more engine on a database. On PostgreSQL there may be several.
func Join(t testing.TB, dsn string) *City {
	t.Helper()
	c := &City{Path: dsn, t: t}
	c.Set(Monday)
	c.open()
	return c
}

func (c *City) open() {
	c.t.Helper()
	c.Store = storetest.OpenAt(c.t, c.Path)
	e, err := booking.Open(c.t.Context(), booking.Config{
		Store: c.Store, Keys: storetest.Keys(c.t), Clock: c.Now, NewID: NewID, Log: c.Log(),
	})
	if err != nil {
		c.t.Fatalf("open booking: %v", err)
	}
	c.Engine = e
	c.t.Cleanup(func() {
		if err := e.Close(); err != nil {
			c.t.Errorf("close booking: %v", err)
		}
	})
}

// Again closes the engine and opens another one on the same file.
func (c *City) Again() {
	c.t.Helper()
	if err := c.Engine.Close(); err != nil {
		c.t.Fatalf("close booking: %v", err)
	}
	c.open()
}

// Shut closes the engine and its database before the test ends.
func (c *City) Shut() {
	c.t.Helper()
	if err := errors.Join(c.Engine.Close(), c.Store.Close()); err != nil {
		c.t.Fatalf("shut the city: %v", err)
	}
}

// Log is a log that nobody reads.
func (c *City) Log() *slog.Logger { return slog.New(slog.DiscardHandler) }

// Now is the city's clock.
func (c *City) Now() time.Time { return time.Unix(0, c.now.Load()) }

// Set moves the city's clock.
func (c *City) Set(t time.Time) { c.now.Store(t.UnixNano()) }

// NewID makes a UUID of version 7.
func NewID() clinic.ID { return clinic.ID(uuid.Must(uuid.NewV7())) }

// SlotOn finds the slot of a vaccine at a site on a day at 09:00.
func (c *City) SlotOn(site, vaccine string, day clinic.Date) clinic.Slot {
	c.t.Helper()
	for _, s := range c.Slots(site, vaccine) {
		if s.Date == day && s.Start == 9*60 {
			return s
		}
	}
	c.t.Fatalf("site %s has no slot for %s on %s", site, vaccine, day)
	return clinic.Slot{}
}

// Ask is a request by person n for a place, with nothing wrong in it.
func Ask(slot clinic.Slot, n int) booking.Request {
	dose := "single"
	if slot.Vaccine == XBB {
		dose = "primary1"
	}
	return booking.Request{ID: NewID(), Slot: slot.ID, Dose: dose, Person: Person(n), Consents: 3}
}

// MustBook books for person n.
func (c *City) MustBook(slot clinic.Slot, n int) clinic.Booking {
	c.t.Helper()
	b, err := c.Book(context.WithoutCancel(c.t.Context()), Ask(slot, n))
	if err != nil {
		c.t.Fatalf("person %d books %s: %v", n, slot.Date, err)
	}
	return b
}

// Person gives the grown-up number n, each with an ID number of their own.
func Person(n int) clinic.Person {
	return clinic.Person{
		ID: IDNumber(n), Name: clinic.NewName(fmt.Sprintf("測試王%d", n)), Birth: clinic.NewBirth(clinic.Date{Year: 1980, Month: 5, Day: 1 + n%28}),
		Mobile: clinic.NewPhone(fmt.Sprintf("09%08d", n)),
	}
}

// IDNumber gives a national ID number with a right checksum for n below 10^7.
func IDNumber(n int) clinic.IDNumber { return numbered("A1", 1, n) }

// Resident gives the old and the new number of a resident (a man), with right
// checksums, for n below 10^7.
func Resident(n int) (old, now clinic.IDNumber) { return numbered("AA", 0, n), numbered("A8", 8, n) }

// numbered ends a number that begins with A and a character that counts second.
func numbered(begin string, second, n int) clinic.IDNumber {
	body := fmt.Sprintf("%07d", n)
	sum := 1 + 0*9 + second*8 // A counts 10
	for i := range body {
		sum += int(body[i]-'0') * (7 - i)
	}
	return clinic.NewIDNumber(begin + body + strconv.Itoa((10-sum%10)%10))
}

// Profile is the city's data, each slot with so many places.
func Profile(places int) booking.Profile {
	text := func(s string) clinic.Text { return clinic.Text{"zh-TW": s} }
	age := func(s string) clinic.Age {
		a, err := clinic.ParseAge(s)
		if err != nil {
			panic(err)
		}
		return a
	}
	p := booking.Profile{
		Districts: []string{"西屯區", "豐原區"},
		Programmes: []clinic.Programme{
			{Code: Covid, Name: text("COVID-19 疫苗"), Vaccines: []clinic.Vaccine{{Code: XBB, Name: text("Moderna XBB"), Doses: []clinic.DoseRule{
				{Code: "primary1", Name: text("基礎劑 1"), Ages: []clinic.AgeBand{{From: age("12y")}}},
				{Code: "primary2", Name: text("基礎劑 2"), Ages: []clinic.AgeBand{{From: age("12y")}}, After: []string{"primary1"}, IntervalDays: 28},
				{Code: "booster", Name: text("追加劑"), Ages: []clinic.AgeBand{{From: age("12y")}}, After: []string{"primary2"}, IntervalDays: 84},
			}}}},
			{Code: Flu, Name: text("流感疫苗"), Vaccines: []clinic.Vaccine{{Code: FluVac, Name: text("四價流感疫苗"), Doses: []clinic.DoseRule{
				{Code: "single", Name: text("單劑"), Ages: []clinic.AgeBand{{From: age("6m")}}},
			}}}},
		},
		Sites: []clinic.Site{
			{Code: SiteA, Name: "安心診所", Kind: "clinic", District: "西屯區", Address: "臺中市西屯區安心路1號", Phone: "04-22220001", Offers: []string{Covid, Flu}},
			{Code: SiteB, Name: "平安診所", Kind: "clinic", District: "西屯區", Address: "臺中市西屯區平安路2號", Phone: "04-22220002", Offers: []string{Covid, Flu}},
			{Code: SiteC, Name: "豐原區衛生所", Kind: "health_centre", District: "豐原區", Address: "臺中市豐原區健康路3號", Phone: "04-22220003", Offers: []string{Covid, Flu}},
		},
	}
	week := func(id string, number int, first clinic.Date) clinic.Period {
		return clinic.Period{
			ID: id, Number: number, Year: 2026, Kind: clinic.FixedPeriod, Label: text(fmt.Sprintf("2026年%d期", number)), Programmes: []string{Covid},
			Opens: first.AddDays(-7).At(9 * 60), Closes: first.AddDays(-5).At(20 * 60), First: first, Last: first.AddDays(6), LeadDays: 1, CancelDays: 2,
		}
	}
	p.Periods = []clinic.Period{
		week(Weekly, 47, Day), week(Next, 48, Day.AddDays(7)), week("2026-49", 49, Day.AddDays(14)),
		{
			ID: Open, Year: 2026, Kind: clinic.RollingPeriod, Label: text("流感疫苗預約"), Programmes: []string{Flu},
			First: Day.AddDays(-14), Last: Day.AddDays(60), LeadDays: 1, CloseDays: 1, CloseAt: 12 * 60, CancelDays: 2,
		},
	}
	for _, site := range p.Sites {
		for d := range 21 {
			for _, start := range []clinic.TimeOfDay{9 * 60, 14 * 60} {
				day := Day.AddDays(d)
				p.Slots = append(p.Slots,
					clinic.Slot{Site: site.Code, Period: p.Periods[d/7].ID, Programme: Covid, Vaccine: XBB, Date: day, Start: start, End: start + 180, Capacity: places},
					clinic.Slot{Site: site.Code, Period: Open, Programme: Flu, Vaccine: FluVac, Date: day, Start: start, End: start + 180, Capacity: places})
			}
		}
	}
	return p
}

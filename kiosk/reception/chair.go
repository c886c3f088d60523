package reception

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// The codes with which something is refused at the chair. Each has a text under
// "finding." in every language.
const (
	NotArrived    = "not_arrived"    // nobody is vaccinated before they have checked in
	DeferredToday = "deferred"       // deferred today: that has to be taken back first
	NotVaccinated = "not_vaccinated" // there is no dose yet to observe or to have a reaction to
	LotMissing    = "lot_missing"    // no lot number
	ExpiryMissing = "expiry_missing" // no last day of the lot
	LotExpired    = "lot_expired"    // args: lot, date (its last day)
	LimbMissing   = "limb_missing"   // not said where it was injected
	WrongProduct  = "wrong_product"  // args: booked, given (names)
	ReasonMissing = "reason_missing"
)

const (
	// Observation is how long people stay after a dose.
	Observation = 15 * time.Minute
	// Unobserved is how long after a dose somebody whom nobody has let go is shown.
	Unobserved = time.Hour
)

// Dose is what is recorded at the chair.
type Dose struct {
	Lot string
	clinic.Injection
	Anyway bool // the product is another one than was booked, and that is known
}

// Give records that the dose of a booking was given now, and gives the booking's
// entry; whoever was vaccinated before is refused with Finished.
func (c *Counter) Give(ctx context.Context, booking clinic.ID, d Dose) (Entry, error) {
	d.Lot = strings.ToUpper(strings.TrimSpace(d.Lot))
	switch today := c.Replica.Today(); {
	case d.Lot == "":
		return Entry{}, clinic.Refuse(LotMissing)
	case d.Expires.IsZero():
		return Entry{}, clinic.Refuse(ExpiryMissing)
	case d.Expires.Before(today):
		return Entry{}, clinic.Refuse(LotExpired, "lot", d.Lot, "date", d.Expires.String())
	case d.Limb == "":
		return Entry{}, clinic.Refuse(LimbMissing)
	}
	names, err := c.Replica.Programmes(ctx)
	if err != nil {
		return Entry{}, err
	}
	e, err := c.atChair(ctx, booking, func(b clinic.Booking) (replica.Draft, error) {
		switch visit := b.Visit(); {
		case visit.Attendance == clinic.Vaccinated:
			return replica.Draft{}, clinic.Refuse(Finished)
		case visit.Attendance == clinic.Deferred:
			return replica.Draft{}, clinic.Refuse(DeferredToday)
		case visit.Attendance != clinic.Arrived:
			return replica.Draft{}, clinic.Refuse(NotArrived)
		}
		given := d.Injection
		if given.Vaccine == "" {
			given.Vaccine = b.Slot.Vaccine
		}
		if given.Vaccine != b.Slot.Vaccine && !d.Anyway {
			return replica.Draft{}, clinic.Refuse(WrongProduct, "booked", product(names, b.Slot.Vaccine), "given", product(names, given.Vaccine))
		}
		return replica.Draft{Kind: clinic.VaccineGiven, Staff: c.author(), Lot: d.Lot, Reason: given.String()}, nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("record a dose: %w", err)
	}
	return e, nil
}

// Defer records that the doctor puts the dose of a booking off, and why.
func (c *Counter) Defer(ctx context.Context, booking clinic.ID, reason string) (Entry, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Entry{}, clinic.Refuse(ReasonMissing)
	}
	e, err := c.atChair(ctx, booking, func(b clinic.Booking) (replica.Draft, error) {
		switch visit := b.Visit(); {
		case visit.Attendance == clinic.Vaccinated, visit.Attendance == clinic.Deferred:
			return replica.Draft{}, clinic.Refuse(Finished)
		case visit.Attendance != clinic.Arrived:
			return replica.Draft{}, clinic.Refuse(NotArrived)
		}
		return replica.Draft{Kind: clinic.DoseDeferred, Staff: c.author(), Reason: reason}, nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("defer a dose: %w", err)
	}
	return e, nil
}

// NoteReaction notes an adverse event after a dose (不良反應).
func (c *Counter) NoteReaction(ctx context.Context, booking clinic.ID, note string) (Entry, error) {
	note = strings.TrimSpace(note)
	if note == "" {
		return Entry{}, clinic.Refuse(ReasonMissing)
	}
	e, err := c.afterDose(ctx, booking, replica.Draft{Kind: clinic.ReactionNoted, Reason: note})
	if err != nil {
		return Entry{}, fmt.Errorf("note a reaction: %w", err)
	}
	return e, nil
}

// LetGo ends the observation of somebody who was vaccinated.
func (c *Counter) LetGo(ctx context.Context, booking clinic.ID) (Entry, error) {
	e, err := c.afterDose(ctx, booking, replica.Draft{Kind: clinic.ObservationEnded})
	if err != nil {
		return Entry{}, fmt.Errorf("end an observation: %w", err)
	}
	return e, nil
}

// TakeBack takes back the last thing that moved a booking today, such as a dose that
// was recorded by mistake (撤銷), and says why. Both stay on record.
func (c *Counter) TakeBack(ctx context.Context, booking clinic.ID, reason string) (Entry, error) {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return Entry{}, clinic.Refuse(ReasonMissing)
	}
	e, err := c.atChair(ctx, booking, func(b clinic.Booking) (replica.Draft, error) {
		return c.void(b, reason), nil
	})
	if err != nil {
		return Entry{}, fmt.Errorf("take back for %s: %w", booking, err)
	}
	return e, nil
}

func (c *Counter) void(b clinic.Booking, reason string) replica.Draft {
	last := b.Visit().Last
	if last.IsZero() {
		return replica.Draft{}
	}
	return replica.Draft{Kind: clinic.EventVoided, Staff: c.author(), Reason: reason, Voids: last}
}

func (c *Counter) afterDose(ctx context.Context, booking clinic.ID, d replica.Draft) (Entry, error) {
	d.Staff = c.author()
	return c.atChair(ctx, booking, func(b clinic.Booking) (replica.Draft, error) {
		visit := b.Visit()
		if visit.Attendance != clinic.Vaccinated {
			return replica.Draft{}, clinic.Refuse(NotVaccinated)
		}
		if d.Kind == clinic.ObservationEnded && !visit.LeftAt.IsZero() {
			return replica.Draft{}, nil
		}
		return d, nil
	})
}

// atChair acts on a booking and gives its entry as it is on the disk afterwards.
func (c *Counter) atChair(ctx context.Context, booking clinic.ID, decide func(clinic.Booking) (replica.Draft, error)) (Entry, error) {
	after, err := c.Replica.Act(ctx, booking, decide)
	if err != nil {
		return Entry{}, err
	}
	entries, err := c.entries(ctx, []clinic.Booking{after})
	if err != nil {
		return Entry{}, err
	}
	return entries[0], nil
}

// Lot is a batch of a vaccine that was given at the site lately.
type Lot struct {
	Number  string
	Vaccine string // code
	Name    string // of the vaccine, in zh-TW
	Expires clinic.Date
	Last    time.Time // when it was last given
}

// Lots are the lots that were given today and the day before, as far as their last
// day is known and has not passed, the one last given first.
func (c *Counter) Lots(ctx context.Context) ([]Lot, error) {
	names, err := c.Replica.Programmes(ctx)
	if err != nil {
		return nil, err
	}
	today := c.Replica.Today()
	var lots []Lot
	for _, day := range []clinic.Date{today.AddDays(-1), today} {
		bookings, err := c.Replica.Day(ctx, day)
		if err != nil {
			return nil, fmt.Errorf("read the lots: %w", err)
		}
		for _, b := range bookings {
			if visit := b.Visit(); visit.Lot != "" && !visit.Injection.Expires.Before(today) {
				lots = append(lots, Lot{visit.Lot, visit.Injection.Vaccine, product(names, visit.Injection.Vaccine), visit.Injection.Expires, visit.GivenAt})
			}
		}
	}
	slices.SortStableFunc(lots, func(a, b Lot) int { return b.Last.Compare(a.Last) })
	seen := make(map[Lot]bool)
	return slices.DeleteFunc(lots, func(l Lot) bool {
		l.Last = time.Time{}
		again := seen[l]
		seen[l] = true
		return again
	}), nil
}

// Product is a vaccine that the site's programmes have.
type Product struct{ Code, Name string } // Name in zh-TW

// Products are the vaccines of all programmes of the site, by name.
func (c *Counter) Products(ctx context.Context) ([]Product, error) {
	programmes, err := c.Replica.Programmes(ctx)
	if err != nil {
		return nil, err
	}
	var out []Product
	for _, p := range programmes {
		for _, v := range p.Vaccines {
			out = append(out, Product{v.Code, v.Name.In(clinic.DefaultLocale)})
		}
	}
	slices.SortFunc(out, func(a, b Product) int { return strings.Compare(a.Name+a.Code, b.Name+b.Code) })
	return out, nil
}

// product gives a vaccine's name in zh-TW, or its code where no programme has it.
func product(programmes map[string]clinic.Programme, code string) string {
	for _, p := range programmes {
		if v, ok := p.Vaccine(code); ok {
			return v.Name.In(clinic.DefaultLocale)
		}
	}
	return code
}

// Observed tells whether somebody is still under observation, and until when they
// stay. Who has not been let go is observed beyond that time, up to an hour after
// the dose.
func Observed(v clinic.Visit, now time.Time) (until time.Time, observed bool) {
	if v.Attendance != clinic.Vaccinated || v.GivenAt.IsZero() || !v.LeftAt.IsZero() || now.Sub(v.GivenAt) > Unobserved {
		return time.Time{}, false
	}
	return v.GivenAt.Add(Observation), true
}

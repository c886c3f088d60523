package reception

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// Counter is one place where people are received: a front desk or a kiosk.
type Counter struct {
	Replica *replica.Replica
	Staff   string // who acts while nobody is signed in: an account, or "kiosk"

	signedIn atomic.Pointer[string]
}

// Today gives the day's list: every booking of today, by slot.
func (c *Counter) Today(ctx context.Context) ([]Entry, error) {
	bookings, err := c.Replica.Day(ctx, c.Replica.Today())
	if err != nil {
		return nil, fmt.Errorf("read today's list: %w", err)
	}
	return c.entries(ctx, bookings)
}

// Recognise judges what a person with a card may do now. Names are never
// compared: the ID number finds the booking, and the birth date must agree.
func (c *Counter) Recognise(ctx context.Context, p clinic.Person) (Finding, error) {
	bookings, err := c.Replica.ByPerson(ctx, p.ID)
	if err != nil {
		return Finding{}, fmt.Errorf("look the person up: %w", err)
	}
	if !p.Birth.IsZero() {
		bookings = slices.DeleteFunc(bookings, func(b clinic.Booking) bool {
			return b.Person.Birth.Reveal() != p.Birth.Reveal()
		})
	}
	entries, err := c.entries(ctx, bookings)
	if err != nil {
		return Finding{}, err
	}
	return Judge(p, entries, c.Replica.Today()), nil
}

// CheckIn notes the arrival for a booking of today and hands out a queue number.
// Who had arrived before keeps the number given then. The receipt is on disk.
func (c *Counter) CheckIn(ctx context.Context, booking clinic.ID) (Receipt, error) {
	var repeat bool
	after, err := c.Replica.Act(ctx, booking, func(b clinic.Booking) (replica.Draft, error) {
		if visit := b.Visit(); visit.Attendance >= clinic.Arrived {
			repeat = true
			return replica.Draft{}, nil
		}
		if today := c.Replica.Today(); b.Slot.Date != today {
			return replica.Draft{}, clinic.Refuse(WrongDay, "date", b.Slot.Date.String())
		}
		repeat = false
		return replica.Draft{Kind: clinic.CheckedIn, Staff: c.author(), Ticket: true}, nil
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("check in %s: %w", booking, err)
	}
	return c.receipt(ctx, after, repeat)
}

func (c *Counter) receipt(ctx context.Context, b clinic.Booking, repeat bool) (Receipt, error) {
	entries, err := c.entries(ctx, []clinic.Booking{b})
	if err != nil {
		return Receipt{}, err
	}
	visit := b.Visit()
	r := Receipt{Entry: entries[0], Ticket: visit.Ticket, At: visit.ArrivedAt, Repeat: repeat}
	err = c.Replica.EachVisit(ctx, c.Replica.Today(), func(other clinic.ID, v clinic.Visit) {
		if other != b.ID && v.Attendance == clinic.Arrived && v.Call.Times == 0 && v.ArrivedAt.Before(visit.ArrivedAt) {
			r.Ahead++
		}
	})
	if err != nil {
		return Receipt{}, fmt.Errorf("count who is before: %w", err)
	}
	return r, nil
}

// Undo takes back the last thing that happened to a booking today (復原). Both
// what happened and its undoing stay on record.
func (c *Counter) Undo(ctx context.Context, booking clinic.ID) error {
	_, err := c.Replica.Act(ctx, booking, func(b clinic.Booking) (replica.Draft, error) {
		return c.void(b, "undo"), nil
	})
	if err != nil {
		return fmt.Errorf("undo for %s: %w", booking, err)
	}
	return nil
}

// Search finds today's bookings by name, ID number, the end of a phone number,
// booking code or queue number. An empty query finds all.
func (c *Counter) Search(ctx context.Context, query string) ([]Entry, error) {
	today, err := c.Today(ctx)
	if err != nil {
		return nil, err
	}
	q := strings.ToUpper(strings.Join(strings.Fields(query), ""))
	if q == "" {
		return today, nil
	}
	return slices.DeleteFunc(today, func(e Entry) bool { return !matches(e, q) }), nil
}

func matches(e Entry, q string) bool {
	p := e.Booking.Person
	name := strings.ToUpper(strings.Join(strings.Fields(p.Name.Reveal()), ""))
	switch {
	case strings.Contains(name, q),
		strings.HasPrefix(p.ID.Reveal(), q),
		strings.HasPrefix(e.Booking.Code, q),
		strings.HasPrefix(e.Visit.Ticket, q):
		return true
	}
	return len(q) >= 3 && (strings.HasSuffix(digits(p.Mobile), q) || strings.HasSuffix(digits(p.Landline), q))
}

func digits(p clinic.Phone) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, p.Reveal())
}

func (c *Counter) entries(ctx context.Context, bookings []clinic.Booking) ([]Entry, error) {
	programmes, err := c.Replica.Programmes(ctx)
	if err != nil {
		return nil, err
	}
	waiting, err := c.Replica.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	asked, err := c.Replica.Asked(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Entry, len(bookings))
	for i, b := range bookings {
		vaccine, _ := programmes[b.Slot.Programme].Vaccine(b.Slot.Vaccine)
		dose, _ := vaccine.Dose(b.Dose)
		out[i] = Entry{
			Booking: b, Visit: b.Visit(), Waiting: waiting(b),
			Vaccine: vaccine.Name.In(clinic.DefaultLocale), Names: vaccine.Name, Dose: dose.Name.In(clinic.DefaultLocale),
		}
		if command, ok := asked[b.ID]; ok {
			out[i].Asked = &command
		}
	}
	weigh(out, programmes)
	return out, nil
}

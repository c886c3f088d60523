package syncproto

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"time"

	"ezhitong.tw/clinic"
)

// NoDay is the Day of the zero clinic.Date. It is not 0, because people were
// born on 1970-01-01.
const NoDay Day = math.MinInt32

// DayOf counts the days from 1970-01-01 to d; days before are negative.
func DayOf(d clinic.Date) Day {
	if d.IsZero() {
		return NoDay
	}
	return Day(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay)
}

const secondsPerDay = 24 * 60 * 60

// Date is the other way round of DayOf.
func (d Day) Date() clinic.Date {
	if d == NoDay {
		return clinic.Date{}
	}
	y, m, day := time.Unix(int64(d)*secondsPerDay, 0).UTC().Date()
	return clinic.Date{Year: y, Month: m, Day: day}
}

// Milli gives Unix milliseconds; the zero time is 0.
func Milli(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// TimeOf reads Unix milliseconds as a time in Taipei; 0 is the zero time.
func TimeOf(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).In(clinic.Taipei)
}

// Clock is what a device knew of the time when it made an op.
type Clock struct {
	Wall      time.Time     // the device's clock
	Monotonic time.Duration // since Boot
	Boot      clinic.ID     // of the machine's start
}

// OpOf makes the op of an event on the device that the event's Ref names. Base
// is the booking's version that the device saw.
func OpOf(e clinic.Event, c Clock, base int64) Op {
	o := Op{
		Seq: e.Ref.Seq, Kind: e.Kind, Booking: e.Booking, At: Milli(e.At),
		Wall: Milli(c.Wall), Monotonic: c.Monotonic.Milliseconds(), Boot: c.Boot,
		Base: base, Staff: e.Staff, Ticket: e.Ticket, Lot: e.Lot, Reason: e.Reason,
	}
	if !e.Voids.IsZero() {
		o.Voids = &Ref{Device: e.Voids.Device, Epoch: e.Voids.Epoch, Seq: e.Voids.Seq}
	}
	return o
}

// Event gives the event that the op of a device and epoch stands for.
func (o Op) Event(device clinic.ID, epoch uint32) clinic.Event {
	e := clinic.Event{
		Ref:  clinic.EventRef{Device: device, Epoch: epoch, Seq: o.Seq},
		Kind: o.Kind, Booking: o.Booking, At: TimeOf(o.At),
		Staff: o.Staff, Ticket: o.Ticket, Lot: o.Lot, Reason: o.Reason,
	}
	if o.Voids != nil {
		e.Voids = clinic.EventRef{Device: o.Voids.Device, Epoch: o.Voids.Epoch, Seq: o.Voids.Seq}
	}
	return e
}

// Event gives the event of the row.
func (r EventRow) Event() clinic.Event { return r.Op.Event(r.Device, r.Epoch) }

// SiteRowOf takes what a device needs from a site.
func SiteRowOf(s clinic.Site) SiteRow {
	return SiteRow{Code: s.Code, Name: s.Name, District: s.District, Address: s.Address, Phone: s.Phone}
}

// Site gives the site as far as the row tells it.
func (r SiteRow) Site() clinic.Site {
	return clinic.Site{Code: r.Code, Name: r.Name, District: r.District, Address: r.Address, Phone: r.Phone}
}

// ProgrammeRowOf writes a programme's rules.
func ProgrammeRowOf(p clinic.Programme) (ProgrammeRow, error) {
	doc, err := json.Marshal(p)
	if err != nil {
		return ProgrammeRow{}, fmt.Errorf("write programme %s: %w", p.Code, err)
	}
	return ProgrammeRow{Code: p.Code, Doc: doc}, nil
}

// Programme reads the rules. Members that this build does not know are left
// out, so central may be newer than the device.
func (r ProgrammeRow) Programme() (clinic.Programme, error) {
	var p clinic.Programme
	if err := json.Unmarshal(r.Doc, &p); err != nil {
		return clinic.Programme{}, malformed("programme: %v", err)
	}
	if p.Code != r.Code {
		return clinic.Programme{}, malformed("programme %q holds the rules of %q", r.Code, p.Code)
	}
	return p, nil
}

// SlotRowOf takes a slot; its site is the device's own.
func SlotRowOf(s clinic.Slot) SlotRow {
	return SlotRow{
		ID: s.ID, Period: s.Period, Programme: s.Programme, Vaccine: s.Vaccine, Date: DayOf(s.Date),
		Start: int(s.Start), End: int(s.End), Capacity: s.Capacity, Taken: s.Taken,
	}
}

// Slot gives the slot at a site.
func (r SlotRow) Slot(site string) clinic.Slot {
	return clinic.Slot{
		ID: r.ID, Site: site, Period: r.Period, Programme: r.Programme, Vaccine: r.Vaccine, Date: r.Date.Date(),
		Start: clinic.TimeOfDay(r.Start), End: clinic.TimeOfDay(r.End), Capacity: r.Capacity, Taken: r.Taken,
	}
}

// BookingRowOf takes a booking with its events as ops.
func BookingRowOf(b clinic.Booking, events []EventRow) BookingRow {
	return BookingRow{
		ID: b.ID, Slot: b.Slot.ID, Dose: b.Dose,
		IDNumber: b.Person.ID.Reveal(), Name: b.Person.Name.Reveal(), Birth: DayOf(b.Person.Birth.Reveal()),
		Mobile: b.Person.Mobile.Reveal(), Landline: b.Person.Landline.Reveal(), Guardian: b.Person.Guardian.Reveal(),
		Created: Milli(b.Created), Cancelled: Milli(b.Cancelled), Version: b.Version,
		Events: events, Date: DayOf(b.Slot.Date),
	}
}

// Booking gives the booking in its slot. Sex is not told to devices.
func (r BookingRow) Booking(slot clinic.Slot) clinic.Booking {
	b := clinic.Booking{
		ID: r.ID, Code: clinic.CodeOf(r.ID), Slot: slot, Dose: r.Dose,
		Person: clinic.Person{
			ID: clinic.NewIDNumber(r.IDNumber), Name: clinic.NewName(r.Name), Birth: clinic.NewBirth(r.Birth.Date()),
			Mobile: clinic.NewPhone(r.Mobile), Landline: clinic.NewPhone(r.Landline), Guardian: clinic.NewPhone(r.Guardian),
		},
		Created: TimeOf(r.Created), Cancelled: TimeOf(r.Cancelled), Version: r.Version,
	}
	for _, e := range r.Events {
		b.Events = append(b.Events, e.Event())
	}
	return b
}

// String names the slot and hides the person.
func (w WalkIn) String() string { return "walk-in of slot " + w.Slot.String() }

// GoString names the slot and hides the person.
func (w WalkIn) GoString() string { return w.String() }

// LogValue names the slot and hides the person.
func (w WalkIn) LogValue() slog.Value { return slog.StringValue(w.String()) }

// String hides the person.
func (c Contact) String() string { return "a correction of a person" }

// GoString hides the person.
func (c Contact) GoString() string { return c.String() }

// LogValue hides the person.
func (c Contact) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String names the booking and hides the person.
func (r BookingRow) String() string { return "booking " + r.ID.String() }

// GoString names the booking and hides the person.
func (r BookingRow) GoString() string { return r.String() }

// LogValue names the booking and hides the person.
func (r BookingRow) LogValue() slog.Value { return slog.StringValue(r.String()) }

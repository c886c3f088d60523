package syncproto

import (
	"log/slog"

	"ezhitong.tw/clinic"
)

// What a device asks central for somebody who stands before it and wants to come on a
// later day. Nothing of it is kept on the device: central answers at once or not at
// all. Since version 3.
const (
	KindAskOpenings Kind = 24
	KindOpenings    Kind = 25
	KindAskBooking  Kind = 26
	KindBooked      Kind = 27
)

// Limits of Openings.
const (
	MaxOpenDoses = 60
	MaxOpenSlots = 300 // of one dose
)

// AskOpenings asks what a person may book at the device's site, and when.
type AskOpenings struct {
	IDNumber string `cbor:"1,keyasint"`
	Birth    Day    `cbor:"2,keyasint"`
}

// Openings answers AskOpenings. Refused is the code of the rule that says no where
// there is nothing; without it there is no place.
type Openings struct {
	Doses   []OpenDose `cbor:"1,keyasint"`
	Refused string     `cbor:"2,keyasint,omitempty"`
}

// OpenDose is a dose that the person may have, with the slots that have a place for it,
// by time. Programme, vaccine and dose are codes.
type OpenDose struct {
	Programme string     `cbor:"1,keyasint"`
	Vaccine   string     `cbor:"2,keyasint"`
	Dose      string     `cbor:"3,keyasint"`
	Slots     []OpenSlot `cbor:"4,keyasint"`
}

// OpenSlot is a slot with a place. Start and End are minutes since midnight.
type OpenSlot struct {
	ID    clinic.ID `cbor:"1,keyasint"`
	Date  Day       `cbor:"2,keyasint"`
	Start int       `cbor:"3,keyasint"`
	End   int       `cbor:"4,keyasint"`
	Left  int       `cbor:"5,keyasint"`
}

// AskBooking books a place by the rules for citizens, for a person who has agreed to
// the three points. ID is a new UUIDv7: asked again with the same one, it is one booking.
type AskBooking struct {
	ID       clinic.ID `cbor:"1,keyasint"`
	Slot     clinic.ID `cbor:"2,keyasint"`
	Dose     string    `cbor:"3,keyasint"`
	IDNumber string    `cbor:"4,keyasint"`
	Name     string    `cbor:"5,keyasint"`
	Birth    Day       `cbor:"6,keyasint"`
	Mobile   string    `cbor:"7,keyasint"`
}

// Booked answers AskBooking: the text of the booking's QR code, or the code of the rule
// that says no.
type Booked struct {
	Ticket  string `cbor:"1,keyasint,omitempty"`
	Refused string `cbor:"2,keyasint,omitempty"`
}

// Kind is KindAskOpenings.
func (AskOpenings) Kind() Kind { return KindAskOpenings }

// Kind is KindOpenings.
func (Openings) Kind() Kind { return KindOpenings }

// Kind is KindAskBooking.
func (AskBooking) Kind() Kind { return KindAskBooking }

// Kind is KindBooked.
func (Booked) Kind() Kind { return KindBooked }

// Needs is the version that brought AskOpenings.
func (AskOpenings) Needs() int { return third }

// Needs is the version that brought Openings.
func (Openings) Needs() int { return third }

// Needs is the version that brought AskBooking.
func (AskBooking) Needs() int { return third }

// Needs is the version that brought Booked.
func (Booked) Needs() int { return third }

// Check judges the limits of AskOpenings.
func (a AskOpenings) Check() error {
	if a.IDNumber == "" || a.Birth == NoDay {
		return malformed("openings for nobody")
	}
	return texts("openings", maxShort, a.IDNumber)
}

// Check judges the limits of Openings: slots by time, none without a place.
func (o Openings) Check() error {
	if len(o.Doses) > MaxOpenDoses || len(o.Doses) > 0 && o.Refused != "" {
		return malformed("openings: %d doses, refused %t", len(o.Doses), o.Refused != "")
	}
	for _, d := range o.Doses {
		if len(d.Slots) < 1 || len(d.Slots) > MaxOpenSlots {
			return malformed("openings: a dose with %d slots", len(d.Slots))
		}
		for i, s := range d.Slots {
			late := i > 0 && (s.Date < d.Slots[i-1].Date || s.Date == d.Slots[i-1].Date && s.Start < d.Slots[i-1].Start)
			if s.ID.IsZero() || s.Date == NoDay || s.Left < 1 || late {
				return malformed("openings: slot %s, of which %d are left", s.ID, s.Left)
			}
		}
		if err := texts("openings", maxShort, d.Programme, d.Vaccine, d.Dose); err != nil {
			return err
		}
	}
	return texts("openings", maxShort, o.Refused)
}

// Check judges the limits of AskBooking.
func (a AskBooking) Check() error {
	if a.ID.IsZero() || a.Slot.IsZero() || a.Birth == NoDay {
		return malformed("a booking without an id, a slot or a birth")
	}
	if err := texts("booking", maxShort, a.Dose, a.IDNumber, a.Mobile); err != nil {
		return err
	}
	return texts("booking", maxText, a.Name)
}

// Check judges the limits of Booked.
func (b Booked) Check() error {
	if (b.Ticket == "") == (b.Refused == "") {
		return malformed("booked and refused, or neither")
	}
	return texts("booked", maxText, b.Ticket, b.Refused)
}

// String hides the person.
func (a AskOpenings) String() string { return "what a person may book" }

// GoString hides the person.
func (a AskOpenings) GoString() string { return a.String() }

// LogValue hides the person.
func (a AskOpenings) LogValue() slog.Value { return slog.StringValue(a.String()) }

// String names the slot and hides the person.
func (a AskBooking) String() string { return "a booking of slot " + a.Slot.String() }

// GoString names the slot and hides the person.
func (a AskBooking) GoString() string { return a.String() }

// LogValue names the slot and hides the person.
func (a AskBooking) LogValue() slog.Value { return slog.StringValue(a.String()) }

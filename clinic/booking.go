package clinic

import "time"

// Site is a place where people are vaccinated (接種站): a contract clinic or a
// health centre.
type Site struct {
	Code     string   `json:"code"` // the ten-digit institution code (醫事機構代碼)
	Name     string   `json:"name"`
	Kind     string   `json:"kind"` // "clinic", "hospital", "health_centre"
	District string   `json:"district"`
	Address  string   `json:"address"`
	Phone    string   `json:"phone"`
	Hours    string   `json:"hours"` // opening days and hours, for people
	Note     string   `json:"note"`
	Offers   []string `json:"offers"` // codes of programmes

	// WalkInShare is how many of a hundred places the public can't book: they
	// are for people who come without a booking (現場).
	WalkInShare int `json:"walk_in_share,omitempty"`
	// OverflowCap is how many may stand beyond the capacity of a slot before a
	// member of staff has to admit them one by one.
	OverflowCap int `json:"overflow_cap,omitempty"`
}

// WalkInPlaces is how many of a slot's places are kept for walk-ins.
func (s Site) WalkInPlaces(capacity int) int { return capacity * s.WalkInShare / 100 }

// Slot is a stretch of one day at one site for one vaccine, with a number of
// places (量能).
type Slot struct {
	ID        ID        `json:"id"`
	Site      string    `json:"site"`
	Period    string    `json:"period"`
	Programme string    `json:"programme"`
	Vaccine   string    `json:"vaccine"`
	Date      Date      `json:"date"`
	Start     TimeOfDay `json:"start"`
	End       TimeOfDay `json:"end"`
	Capacity  int       `json:"capacity"`
	Taken     int       `json:"taken"`
	// Held of the places are kept for people who are filling in their data just
	// now (他人保留), WalkIn for people who come without a booking.
	Held   int `json:"held,omitempty"`
	WalkIn int `json:"walk_in,omitempty"`
}

// Left is the number of places that can still be booked, never negative.
func (s Slot) Left() int { return max(0, s.Capacity-s.Taken-s.Held-s.WalkIn) }

// Booking is a place in a slot for a person. Its reservation half (slot,
// cancelled) is written by central only; its attendance half is folded from the
// events of the clinic's devices.
type Booking struct {
	ID        ID
	Code      string // eight characters a person can read aloud
	Slot      Slot
	Dose      string
	Person    Person
	Created   time.Time
	Cancelled time.Time // zero while active
	Version   int64     // rises with every change
	Events    []Event   // what happened at the clinic, in no order
}

// Active reports whether the booking still holds its place.
func (b Booking) Active() bool { return b.Cancelled.IsZero() }

// Visit folds what happened at the clinic.
func (b Booking) Visit() Visit { return Fold(b.Events) }

// CodeOf derives the booking code from a booking's id: eight characters of
// Crockford's base 32, from the random tail of the UUID. People read it aloud;
// it opens nothing by itself.
func CodeOf(id ID) string {
	const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	var bits uint64
	for _, b := range id[11:16] {
		bits = bits<<8 | uint64(b)
	}
	var code [8]byte
	for i := 7; i >= 0; i-- {
		code[i] = alphabet[bits&31]
		bits >>= 5
	}
	return string(code[:])
}

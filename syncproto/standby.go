package syncproto

import (
	"crypto/sha256"
	"fmt"
	"log/slog"

	"ezhitong.tw/clinic"
)

// What a desk asks central about who waits for a place of today (候補), so that doses
// which are left near closing are offered in the drawn order, with or without a line.
// Since version 4.
const (
	KindAskStandby Kind = 38
	KindStandby    Kind = 39
)

// Limits of Standby.
const (
	MaxStandby        = 200
	maxStandbyAnswers = 50 // of one entry
)

// StandbyHashSize is the length of Standby's Hash, in bytes.
const StandbyHashSize = 16

// AskStandby asks for the standby list of the device's site and today.
type AskStandby struct {
	// Have is the Hash of the list that the device has; empty for none.
	Have []byte `cbor:"1,keyasint"`
}

// Standby answers AskStandby: who waits, in the order in which they are offered a
// dose. Same says that the list is the one that the device has; then it has no entries.
type Standby struct {
	Day     Day            `cbor:"1,keyasint"`
	Entries []StandbyEntry `cbor:"2,keyasint"`
	Same    bool           `cbor:"3,keyasint,omitempty"`
}

// StandbyEntry is somebody who waits for a place in a slot. Answers are the events
// of kind StandbyAsked that central has of it.
type StandbyEntry struct {
	ID       clinic.ID  `cbor:"1,keyasint"`
	Slot     clinic.ID  `cbor:"2,keyasint"`
	Dose     string     `cbor:"3,keyasint"`
	IDNumber string     `cbor:"4,keyasint"`
	Name     string     `cbor:"5,keyasint"`
	Birth    Day        `cbor:"6,keyasint"`
	Mobile   string     `cbor:"7,keyasint"`
	Landline string     `cbor:"8,keyasint"`
	Guardian string     `cbor:"9,keyasint"`
	Created  int64      `cbor:"10,keyasint"` // when they began to wait, Unix milliseconds
	Answers  []EventRow `cbor:"11,keyasint"`
}

// Hash tells one list from another.
func (s Standby) Hash() []byte {
	sum := sha256.Sum256(marshal(s))
	return sum[:StandbyHashSize]
}

// Kind is KindAskStandby.
func (AskStandby) Kind() Kind { return KindAskStandby }

// Kind is KindStandby.
func (Standby) Kind() Kind { return KindStandby }

// Needs is the version that brought AskStandby.
func (AskStandby) Needs() int { return fourth }

// Needs is the version that brought Standby.
func (Standby) Needs() int { return fourth }

// Check judges the limits of AskStandby.
func (a AskStandby) Check() error {
	if n := len(a.Have); n != 0 && n != StandbyHashSize {
		return malformed("standby: a hash of %d bytes", n)
	}
	return nil
}

// Check judges the limits of Standby: nobody twice, and answers about the entry that
// they stand under.
func (s Standby) Check() error {
	if s.Day == NoDay || len(s.Entries) > MaxStandby || s.Same && len(s.Entries) > 0 {
		return malformed("standby: %d entries, the same %t", len(s.Entries), s.Same)
	}
	seen := make(map[clinic.ID]bool, len(s.Entries))
	for _, e := range s.Entries {
		if e.ID.IsZero() || e.Slot.IsZero() || seen[e.ID] || len(e.Answers) > maxStandbyAnswers {
			return malformed("standby: entry %s with %d answers", e.ID, len(e.Answers))
		}
		seen[e.ID] = true
		if err := texts("standby", maxText, e.Dose, e.IDNumber, e.Name, e.Mobile, e.Landline, e.Guardian); err != nil {
			return err
		}
		for _, a := range e.Answers {
			if a.Op.Kind != clinic.StandbyAsked || a.Op.Booking != e.ID {
				return malformed("standby: an event of kind %d about %s under %s", a.Op.Kind, a.Op.Booking, e.ID)
			}
			if err := a.Op.Check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// String hides the person.
func (e StandbyEntry) String() string { return fmt.Sprintf("standby %s for slot %s", e.ID, e.Slot) }

// GoString hides the person.
func (e StandbyEntry) GoString() string { return e.String() }

// LogValue hides the person.
func (e StandbyEntry) LogValue() slog.Value { return slog.StringValue(e.String()) }

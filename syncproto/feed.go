package syncproto

import "ezhitong.tw/clinic"

// Pull asks for the site's rows after a cursor. The site comes from the
// device's grant, never from the request.
type Pull struct {
	Cursor int64     `cbor:"1,keyasint"`
	First  Day       `cbor:"2,keyasint"` // the first day wanted, at most yesterday by central's calendar; earlier days are left out
	Limit  int       `cbor:"3,keyasint"` // rows, 1 to MaxPageRows
	Status PullState `cbor:"4,keyasint"`
	// Buckets asks for the digest of every bucket beside that of the site. Since
	// version 2.
	Buckets bool `cbor:"5,keyasint,omitempty"`
	// Only asks for the rows of one bucket, changed or not, after the cursor 0 or
	// the Next of the page before. Since version 2.
	Only *Day `cbor:"6,keyasint,omitempty"`
	// Wishes and Returns ask for leases and give them back, once all events that
	// used them were pushed. Since version 2.
	Wishes  []LeaseWish `cbor:"7,keyasint,omitempty"`
	Returns []clinic.ID `cbor:"8,keyasint,omitempty"`
	// Whole is the cursor at the end of the last pull that came to its end. With it,
	// rows that only the device's own events have changed since come in short, as
	// Page.Own; without it all come whole. Since version 3.
	Whole int64 `cbor:"9,keyasint,omitempty"`
	// Checkpoint is the sequence of the checkpoint that the device holds, 0 without
	// one: the page that ends the pull is to bring a later one. Since version 4.
	Checkpoint *int64 `cbor:"10,keyasint,omitempty"`
}

// PullState keeps the monitor current between two Hellos.
type PullState struct {
	MaxSeq        uint64      `cbor:"1,keyasint"`
	OldestPending int64       `cbor:"2,keyasint"` // seconds
	Wall          int64       `cbor:"3,keyasint"` // Unix milliseconds
	FreeDisk      int64       `cbor:"4,keyasint"` // bytes
	Reader        ReaderState `cbor:"5,keyasint"`
	RoundTrip     int64       `cbor:"6,keyasint"` // milliseconds
	// Diverged says that after the last complete pull the device's digest was not
	// central's. Since version 2.
	Diverged bool `cbor:"7,keyasint,omitempty"`
}

// Page answers Pull: rows in the order of their sequence. Next is the cursor
// after them; More says that another Pull will bring more. AckedSeq is read in
// the same snapshot as the rows.
type Page struct {
	Rows     []Row     `cbor:"1,keyasint"`
	Next     int64     `cbor:"2,keyasint"`
	More     bool      `cbor:"3,keyasint"`
	AckedSeq uint64    `cbor:"4,keyasint"`
	Digest   []byte    `cbor:"5,keyasint"` // of the buckets from First on, at Next when More is false: 16 bytes, or none when central does not tell it
	History  clinic.ID `cbor:"6,keyasint"`
	Time     int64     `cbor:"7,keyasint"`           // central's clock, Unix milliseconds
	Buckets  []Bucket  `cbor:"8,keyasint,omitempty"` // where they were asked for, with Digest; by day. Since version 2
	// Leases are all the device has, at the end of the first pull of a session and
	// whenever they changed. Since version 2.
	Leases *[]LeaseRow `cbor:"9,keyasint,omitempty"`
	// Own are events of the device itself, each of which changed nothing of its
	// booking's row but that it stands in it, the version, which is one more, and the
	// sequence. They stand for the rows of their bookings, which are not in Rows; in the
	// order of their numbers. Since version 3.
	Own []OwnRun `cbor:"10,keyasint,omitempty"`
	// Checkpoint is of the rows at Next, where it was asked for, More is false and
	// central can tell it just now. Since version 4.
	Checkpoint *Checkpoint `cbor:"11,keyasint,omitempty"`
}

// OwnRun is a run of the device's own events. Each number after the first goes
// with the sequence after the one before. Since version 3.
type OwnRun struct {
	First uint64 `cbor:"1,keyasint"`           // number of the first event
	Seq   int64  `cbor:"2,keyasint"`           // the sequence that its booking's row has by it
	More  int    `cbor:"3,keyasint,omitempty"` // so many events after the first
}

// OwnRuns joins events, sorted by their numbers, to runs.
func OwnRuns(events []OwnRun) []OwnRun {
	var out []OwnRun
	for _, e := range events {
		if n := len(out); n > 0 {
			last := &out[n-1]
			if far := last.More + 1; last.First+uint64(far) == e.First && last.Seq+int64(far) == e.Seq {
				last.More += 1 + e.More
				continue
			}
		}
		out = append(out, e)
	}
	return out
}

// Bucket is the digest of a part of the site's rows: those of a day, or with NoDay
// the site's own row and its programmes.
type Bucket struct {
	Day    Day    `cbor:"1,keyasint"`
	Digest []byte `cbor:"2,keyasint"` // 16 bytes
}

// Row is one row of a site's feed: exactly one of the bodies is set.
type Row struct {
	Seq       int64         `cbor:"1,keyasint"`
	Site      *SiteRow      `cbor:"2,keyasint,omitempty"`
	Programme *ProgrammeRow `cbor:"3,keyasint,omitempty"`
	Slot      *SlotRow      `cbor:"4,keyasint,omitempty"`
	Booking   *BookingRow   `cbor:"5,keyasint,omitempty"`
	Gone      *GoneRow      `cbor:"6,keyasint,omitempty"`
}

// GoneRow says that a booking has left the site: the device forgets it and what
// central told of it, and keeps its own events.
type GoneRow struct {
	ID clinic.ID `cbor:"1,keyasint"`
}

// Day counts days since 1970-01-01 in Taipei; NoDay is no day.
type Day int32

// SiteRow tells the device which site it stands in.
type SiteRow struct {
	Code     string `cbor:"1,keyasint"`
	Name     string `cbor:"2,keyasint"`
	District string `cbor:"3,keyasint"`
	Address  string `cbor:"4,keyasint"`
	Phone    string `cbor:"5,keyasint"`
}

// ProgrammeRow carries a programme's rules: the JSON form of clinic.Programme.
type ProgrammeRow struct {
	Code string `cbor:"1,keyasint"`
	Doc  []byte `cbor:"2,keyasint"`
}

// SlotRow is a slot of the site.
type SlotRow struct {
	ID        clinic.ID `cbor:"1,keyasint"`
	Period    string    `cbor:"2,keyasint"`
	Programme string    `cbor:"3,keyasint"`
	Vaccine   string    `cbor:"4,keyasint"`
	Date      Day       `cbor:"5,keyasint"`
	Start     int       `cbor:"6,keyasint"` // minutes since midnight
	End       int       `cbor:"7,keyasint"` // minutes since midnight
	Capacity  int       `cbor:"8,keyasint"`
	Taken     int       `cbor:"9,keyasint"`
}

// BookingRow is a booking at the site with everything that has happened to it
// as far as central knows. The device's view of the booking is the fold of
// Events together with its own events.
type BookingRow struct {
	ID        clinic.ID  `cbor:"1,keyasint"`
	Slot      clinic.ID  `cbor:"2,keyasint"`
	Dose      string     `cbor:"3,keyasint"`
	IDNumber  string     `cbor:"4,keyasint"`
	Name      string     `cbor:"5,keyasint"`
	Birth     Day        `cbor:"6,keyasint"`
	Mobile    string     `cbor:"7,keyasint"`
	Landline  string     `cbor:"8,keyasint"`
	Guardian  string     `cbor:"9,keyasint"`
	Created   int64      `cbor:"10,keyasint"` // Unix milliseconds
	Cancelled int64      `cbor:"11,keyasint"` // Unix milliseconds, 0 while active
	Version   int64      `cbor:"12,keyasint"`
	Events    []EventRow `cbor:"13,keyasint"`
	Date      Day        `cbor:"14,keyasint"` // the slot's day
}

// EventRow is an event as central tells it on.
type EventRow struct {
	Device clinic.ID `cbor:"1,keyasint"`
	Epoch  uint32    `cbor:"2,keyasint"`
	Op     Op        `cbor:"3,keyasint"`
}

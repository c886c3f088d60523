package clinic

import (
	"bytes"
	"cmp"
	"slices"
	"time"
)

// Attendance is how far a person got on the day. It only climbs; going back is
// a new void event. Deferred stands beside Vaccinated as the other end.
type Attendance int

// The steps of Attendance, lowest first.
const (
	NotArrived Attendance = iota // 未到
	NoShow                       // 未到場, marked at close
	Arrived                      // 已報到
	Deferred                     // 延後接種
	Vaccinated                   // 已接種
)

// String gives the step's name as used in translation keys and APIs.
func (a Attendance) String() string {
	switch a {
	case NoShow:
		return "no_show"
	case Arrived:
		return "arrived"
	case Deferred:
		return "deferred"
	case Vaccinated:
		return "vaccinated"
	default:
		return "not_arrived"
	}
}

// MarshalText writes the form of String.
func (a Attendance) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// EventKind says what happened. Values are part of the sync protocol and never
// change their meaning.
type EventKind uint8

// The kinds of event.
const (
	CheckedIn        EventKind = 1 // 報到, with a ticket
	VaccineGiven     EventKind = 2 // with a lot
	DoseDeferred     EventKind = 3 // with a reason
	NoShowMarked     EventKind = 4
	EventVoided      EventKind = 5 // takes back the event in Voids; nothing takes back a void
	WalkInRegistered EventKind = 6 // somebody without a booking took a place on site
	CancelAsked      EventKind = 7 // a desk asks central to cancel; no fact, so it folds to nothing
	MoveAsked        EventKind = 8 // the same, for another slot of the site
	ContactAsked     EventKind = 9 // the same, to correct what is known of the person

	ReactionNoted    EventKind = 10 // an adverse event after a dose (不良反應), with a note in Reason
	ObservationEnded EventKind = 11 // a person left the chair after the time of observation (觀察)

	Called     EventKind = 12 // a person who waits is called (叫號) to the room in Reason, perhaps once more
	PassedOver EventKind = 13 // and did not come (過號)

	DoubtAnswered EventKind = 14 // what a desk says of an event that central doubts: an Answer in Reason; it folds to nothing

	// StandbyAsked is of an entry of a standby list (候補), on its day: a dose that is left
	// (殘劑) was offered, or what became of that, as a StandbyAnswer in Reason. Once the entry
	// is accepted it is a booking of the same id.
	StandbyAsked EventKind = 15

	// StockMoved is about vaccine at the site (庫存), not about a booking: Booking is the id
	// of the line that it writes, or takes back, Lot the lot, and Reason a StockMove.
	StockMoved EventKind = 16
)

// LastKind is the highest kind that this build knows.
const LastKind = StockMoved

// EventRef names an event for ever: the device that made it, the device's
// epoch (a new local database is a new epoch) and the dense number in it.
type EventRef struct {
	Device ID
	Epoch  uint32
	Seq    uint64
}

// Compare orders refs by device, epoch and number.
func (r EventRef) Compare(o EventRef) int {
	return cmp.Or(bytes.Compare(r.Device[:], o.Device[:]), cmp.Compare(r.Epoch, o.Epoch), cmp.Compare(r.Seq, o.Seq))
}

// IsZero reports whether no event is named.
func (r EventRef) IsZero() bool { return r == EventRef{} }

// Event is a fact: something happened to a booking at a clinic. It is never
// changed or removed.
type Event struct {
	Ref     EventRef
	Kind    EventKind
	Booking ID
	At      time.Time // when it happened, as corrected by the device's last contact
	Staff   string    // who did it, an account or "kiosk"
	Ticket  string    // queue number, such as A012, for CheckedIn
	Lot     string    // for VaccineGiven
	Reason  string    // for DoseDeferred, EventVoided and ReactionNoted; of a VaccineGiven its Injection, of a Called the room, of a DoubtAnswered its Answer, of a StandbyAsked its StandbyAnswer, of a StockMoved its StockMove
	Voids   EventRef  // for EventVoided
}

// Visit is what the events of one booking come to.
type Visit struct {
	Attendance Attendance
	Ticket     string    // the number that counts
	Merged     []string  // further numbers handed out for the same arrival
	ArrivedAt  time.Time // of the event that counts
	CheckIn    EventRef  // the check-in that counts, for voiding it
	Last       EventRef  // the event that gave Attendance
	Lot        string
	GivenAt    time.Time // of the dose that counts
	Injection  Injection // as far as it was told
	Reason     string
	Reactions  []Reaction
	LeftAt     time.Time // when the observation ended; zero while nobody said so
	Call       Call
}

// Call is that somebody who has arrived was called; zero while they were not.
type Call struct {
	Room    string
	At      time.Time // of the last time
	Times   int
	Skipped bool // they did not come, since the last time
}

// Reaction is an adverse event that was noted after a dose.
type Reaction struct {
	Ref  EventRef
	At   time.Time
	Note string
}

// Fold reduces the events of one booking to a Visit. The result depends on the
// set of events only: not on their order, nor on repeats of the same event.
func Fold(events []Event) Visit {
	set := slices.Clone(events)
	slices.SortFunc(set, func(a, b Event) int {
		return cmp.Or(a.At.Compare(b.At), a.Ref.Compare(b.Ref))
	})
	voided := make(map[EventRef]bool)
	for _, e := range set {
		if e.Kind == EventVoided {
			voided[e.Voids] = true
		}
	}
	var v Visit
	seen := make(map[EventRef]bool, len(set))
	for _, e := range set {
		if voided[e.Ref] || seen[e.Ref] {
			continue
		}
		seen[e.Ref] = true
		v = v.after(e)
	}
	return v
}

func (v Visit) after(e Event) Visit {
	switch e.Kind {
	case CheckedIn, WalkInRegistered:
		if v.CheckIn.IsZero() {
			v.CheckIn, v.ArrivedAt, v.Ticket = e.Ref, e.At, e.Ticket
		} else if e.Ticket != "" && e.Ticket != v.Ticket && !slices.Contains(v.Merged, e.Ticket) {
			v.Merged = append(v.Merged, e.Ticket)
		}
		return v.climb(Arrived, e)
	case VaccineGiven:
		if v.Attendance < Vaccinated {
			v.Lot, v.GivenAt = e.Lot, e.At
			v.Injection, _ = ParseInjection(e.Reason) // a dose counts whatever else was told of it
		}
		return v.climb(Vaccinated, e)
	case DoseDeferred:
		if v.Attendance < Deferred {
			v.Reason = e.Reason
		}
		return v.climb(Deferred, e)
	case Called:
		if !v.CheckIn.IsZero() { // else of an arrival that was taken back
			v.Call = Call{Room: e.Reason, At: e.At, Times: v.Call.Times + 1}
		}
		return v
	case PassedOver:
		v.Call.Skipped = v.Call.Times > 0
		return v
	case NoShowMarked:
		return v.climb(NoShow, e)
	case ReactionNoted:
		v.Reactions = append(v.Reactions, Reaction{e.Ref, e.At, e.Reason})
		return v
	case ObservationEnded:
		if v.LeftAt.IsZero() {
			v.LeftAt = e.At
		}
		return v
	default:
		return v
	}
}

func (v Visit) climb(to Attendance, e Event) Visit {
	if to > v.Attendance {
		v.Attendance, v.Last = to, e.Ref
	}
	return v
}

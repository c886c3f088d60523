package clinic_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
)

// someEvents draws what two or three devices may tell of one booking: few times and tickets, so that they collide, and
// voids of events that may be missing.
func someEvents() *rapid.Generator[[]clinic.Event] {
	return rapid.Custom(func(t *rapid.T) []clinic.Event {
		var events []clinic.Event
		var next [4]uint64
		for range rapid.IntRange(0, 9).Draw(t, "n") {
			device := rapid.IntRange(0, 2).Draw(t, "device")
			next[device]++
			e := clinic.Event{
				Ref:    clinic.EventRef{Device: clinic.ID{byte(device + 1)}, Epoch: 1, Seq: next[device]},
				Kind:   clinic.EventKind(rapid.SampledFrom([]int{1, 2, 3, 4, 5, 6, 10, 11, 12, 13}).Draw(t, "kind")),
				At:     time.Unix(int64(rapid.IntRange(0, 3).Draw(t, "at")), 0),
				Ticket: fmt.Sprintf("%c%03d", 'A'+device, rapid.IntRange(1, 2).Draw(t, "ticket")),
				Lot:    rapid.SampledFrom([]string{"L1", "L2"}).Draw(t, "lot"),
				Reason: rapid.SampledFrom([]string{"fever", "asked", "site=left_arm"}).Draw(t, "reason"),
			}
			if e.Kind == clinic.EventVoided {
				e.Voids = clinic.EventRef{Device: clinic.ID{byte(rapid.IntRange(1, 3).Draw(t, "of"))}, Epoch: 1, Seq: uint64(rapid.IntRange(1, 4).Draw(t, "seq"))}
			}
			events = append(events, e)
		}
		return events
	})
}

func shuffled(t *rapid.T, events []clinic.Event) []clinic.Event {
	if len(events) == 0 {
		return nil
	}
	return rapid.Permutation(events).Draw(t, "order")
}

func TestTheOrderInWhichEventsComeDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := someEvents().Draw(t, "events")
		if a, b := clinic.Fold(events), clinic.Fold(shuffled(t, events)); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v\n%+v", a, b)
		}
	})
}

func TestAnEventToldTwiceCountsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := someEvents().Draw(t, "events")
		if a, b := clinic.Fold(events), clinic.Fold(repeated(t, events)); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v\n%+v", a, b)
		}
	})
}

// repeated are the events in any order, some of them more than once.
func repeated(t *rapid.T, events []clinic.Event) []clinic.Event {
	again := slices.Clone(events)
	for _, e := range events {
		for range rapid.IntRange(0, 2).Draw(t, "repeats") {
			again = append(again, e)
		}
	}
	return shuffled(t, again)
}

func TestAVoidedEventIsAsIfItHadNeverBeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := someEvents().Draw(t, "events")
		gone := map[clinic.EventRef]bool{}
		for _, e := range events {
			if e.Kind == clinic.EventVoided {
				gone[e.Voids] = true
			}
		}
		left := slices.DeleteFunc(slices.Clone(events), func(e clinic.Event) bool {
			return e.Kind == clinic.EventVoided || gone[e.Ref]
		})
		if a, b := clinic.Fold(events), clinic.Fold(left); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v\n%+v", a, b)
		}
	})
}

func TestAttendanceNeverFallsWithoutAVoid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var known []clinic.Event
		reached := clinic.NotArrived
		for _, e := range someEvents().Draw(t, "events") {
			if e.Kind == clinic.EventVoided {
				continue
			}
			known = append(known, e)
			now := clinic.Fold(known).Attendance
			if now < reached {
				t.Fatalf("fell from %s to %s with %+v", reached, now, e)
			}
			reached = now
		}
	})
}

func TestEveryTicketHandedOutIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := slices.DeleteFunc(someEvents().Draw(t, "events"), func(e clinic.Event) bool { return e.Kind == clinic.EventVoided })
		v := clinic.Fold(events)
		for _, e := range events {
			if e.Kind != clinic.CheckedIn && e.Kind != clinic.WalkInRegistered {
				continue
			}
			if e.Ticket != v.Ticket && !slices.Contains(v.Merged, e.Ticket) {
				t.Fatalf("%s is lost: %+v", e.Ticket, v)
			}
			if e.At.Before(v.ArrivedAt) {
				t.Fatalf("the later arrival counts: %+v", v)
			}
		}
		if slices.Contains(v.Merged, v.Ticket) || len(v.Merged) != len(slices.Compact(slices.Sorted(slices.Values(v.Merged)))) {
			t.Fatalf("a number stands twice: %+v", v)
		}
	})
}

func TestAFoldLeavesItsEventsAlone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := someEvents().Draw(t, "events")
		before := slices.Clone(events)
		clinic.Fold(events)
		if !reflect.DeepEqual(before, events) {
			t.Fatal("the events were moved")
		}
	})
}

func TestADayAtTheClinic(t *testing.T) {
	desk := func(seq uint64, kind clinic.EventKind, minute int) clinic.Event {
		return clinic.Event{Ref: clinic.EventRef{Device: clinic.ID{1}, Epoch: 1, Seq: seq}, Kind: kind, At: at("2026-11-24 09:00:00").Add(time.Duration(minute) * time.Minute)}
	}
	kiosk := func(seq uint64, kind clinic.EventKind, minute int) clinic.Event {
		e := desk(seq, kind, minute)
		e.Ref.Device = clinic.ID{2}
		return e
	}
	ticket := func(e clinic.Event, s string) clinic.Event { e.Ticket = s; return e }
	void := func(e clinic.Event, of clinic.Event) clinic.Event { e.Voids = of.Ref; return e }

	arrived := ticket(desk(1, clinic.CheckedIn, 5), "A012")
	arrivedToo := ticket(kiosk(1, clinic.CheckedIn, 4), "B003")
	given := desk(2, clinic.VaccineGiven, 20)
	given.Lot = "FK8892"
	deferred := desk(3, clinic.DoseDeferred, 15)
	deferred.Reason = "fever"
	for _, c := range []struct {
		story      string
		events     []clinic.Event
		attendance clinic.Attendance
		ticket     string
		merged     []string
	}{
		{"nothing happened", nil, clinic.NotArrived, "", nil},
		{"checked in", []clinic.Event{arrived}, clinic.Arrived, "A012", nil},
		{"at desk and kiosk, both offline: the earlier number counts", []clinic.Event{arrived, arrivedToo}, clinic.Arrived, "B003", []string{"A012"}},
		{"and if the earlier is undone, the other one does", []clinic.Event{arrived, arrivedToo, void(desk(4, clinic.EventVoided, 6), arrivedToo)}, clinic.Arrived, "A012", nil},
		{"undone", []clinic.Event{arrived, void(desk(4, clinic.EventVoided, 6), arrived)}, clinic.NotArrived, "", nil},
		{"undone before it was told", []clinic.Event{void(desk(4, clinic.EventVoided, 1), arrived), arrived}, clinic.NotArrived, "", nil},
		{"undone and checked in again", []clinic.Event{arrived, void(desk(4, clinic.EventVoided, 6), arrived), ticket(desk(5, clinic.CheckedIn, 8), "A013")}, clinic.Arrived, "A013", nil},
		{"vaccinated", []clinic.Event{arrived, given}, clinic.Vaccinated, "A012", nil},
		{"deferred, then vaccinated after all", []clinic.Event{arrived, deferred, given}, clinic.Vaccinated, "A012", nil},
		{"marked absent at close, but the kiosk knew better", []clinic.Event{desk(9, clinic.NoShowMarked, 600), arrivedToo}, clinic.Arrived, "B003", nil},
		{"marked absent", []clinic.Event{desk(9, clinic.NoShowMarked, 600)}, clinic.NoShow, "", nil},
		{"a walk-in", []clinic.Event{ticket(desk(6, clinic.WalkInRegistered, 30), "A020")}, clinic.Arrived, "A020", nil},
		{"something a newer version tells", []clinic.Event{arrived, desk(7, 99, 40)}, clinic.Arrived, "A012", nil},
	} {
		v := clinic.Fold(c.events)
		if v.Attendance != c.attendance || v.Ticket != c.ticket || !slices.Equal(v.Merged, c.merged) {
			t.Errorf("%s: %+v", c.story, v)
		}
	}
	if v := clinic.Fold([]clinic.Event{arrived, given}); v.Lot != "FK8892" || v.Last != given.Ref || v.CheckIn != arrived.Ref || !v.ArrivedAt.Equal(arrived.At) {
		t.Errorf("%+v", v)
	}
	if v := clinic.Fold([]clinic.Event{arrived, deferred}); v.Reason != "fever" || v.Attendance.String() != "deferred" {
		t.Errorf("%+v", v)
	}
	if b := (clinic.Booking{Events: []clinic.Event{arrived}}); b.Visit().Ticket != "A012" || !b.Active() {
		t.Error("the booking does not know its visit")
	}
}

func TestACallIsOfTheArrivalThatCounts(t *testing.T) {
	at := time.Unix(0, 0)
	e := func(seq int, kind clinic.EventKind, reason string) clinic.Event {
		return clinic.Event{Ref: clinic.EventRef{Device: clinic.ID{1}, Epoch: 1, Seq: uint64(seq)}, Kind: kind, At: at.Add(time.Duration(seq) * time.Minute), Reason: reason}
	}
	events := []clinic.Event{e(1, clinic.CheckedIn, ""), e(2, clinic.Called, "1"), e(3, clinic.PassedOver, "")}
	if c := clinic.Fold(events).Call; c.Room != "1" || c.Times != 1 || !c.Skipped || !c.At.Equal(at.Add(2*time.Minute)) {
		t.Errorf("%+v", c)
	}
	events = append(events, e(4, clinic.Called, "2"))
	if c := clinic.Fold(events).Call; c.Room != "2" || c.Times != 2 || c.Skipped {
		t.Errorf("called again: %+v", c)
	}
	undo := e(5, clinic.EventVoided, "")
	undo.Voids = events[0].Ref
	if c := clinic.Fold(append(events, undo, e(6, clinic.CheckedIn, ""))).Call; c != (clinic.Call{}) {
		t.Errorf("of an arrival that was taken back: %+v", c)
	}
}

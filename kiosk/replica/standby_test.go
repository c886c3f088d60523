package replica_test

import (
	"errors"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// queued is what central tells of two people who wait for a slot.
func queued(slot clinic.ID) syncproto.Standby {
	entry := func(number, name, mobile string) syncproto.StandbyEntry {
		return syncproto.StandbyEntry{
			ID: replicatest.NewID(), Slot: slot, Dose: "single", IDNumber: number, Name: name, Birth: syncproto.DayOf(wang), Mobile: mobile,
			Created: replicatest.Now.AddDate(0, 0, -3).UnixMilli(),
		}
	}
	return syncproto.Standby{Day: syncproto.DayOf(replicatest.Today), Entries: []syncproto.StandbyEntry{
		entry("B222222229", "林美麗", "0987654321"), entry("C100000003", "陳大文", "0911222333"),
	}}
}

func takeStandby(t *testing.T, r *replica.Replica, s syncproto.Standby) {
	t.Helper()
	if err := r.TakeStandby(t.Context(), s); err != nil {
		t.Fatal(err)
	}
}

func answer(t *testing.T, r *replica.Replica, entry clinic.ID, said clinic.StandbyAnswer) {
	t.Helper()
	err := r.AnswerStandby(t.Context(), entry, "nurse", func([]replica.StandbyEntry) (clinic.StandbyAnswer, error) { return said, nil })
	if err != nil {
		t.Fatal(err)
	}
}

func standbyList(t *testing.T, r *replica.Replica) []replica.StandbyEntry {
	t.Helper()
	list, err := r.Standby(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWhoWaitsIsKnownWithoutALineAndSealed(t *testing.T) {
	dir := t.TempDir()
	r := replicatest.Open(t, dir, standing)
	_, slot := booked(t, []*replica.Replica{r})
	if due, err := r.StandbyDue(t.Context()); err != nil || !due {
		t.Errorf("nothing was heard of today: due %t, %v", due, err)
	}
	told := queued(slot)
	takeStandby(t, r, told)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = replicatest.Open(t, dir, standing)
	list := standbyList(t, r)
	if len(list) != 2 || list[0].ID != told.Entries[0].ID || list[0].Person.Name.Reveal() != "林美麗" || list[0].Person.Mobile.Reveal() != "0987654321" ||
		list[0].Slot.Vaccine != "flu" || list[0].Answer != clinic.StandbyWaiting {
		t.Fatalf("%+v", list)
	}
	if have, err := r.StandbyHave(t.Context()); err != nil || string(have) != string(told.Hash()) {
		t.Errorf("it says that it has %x, %v", have, err)
	}
	holdsNone(t, r.Folder(), "B222222229", "林美麗", "0987654321", "陳大文")
	if found, err := r.ByPerson(t.Context(), clinic.NewIDNumber("B222222229")); err != nil || len(found) != 0 {
		t.Errorf("who only waits is booked: %d, %v", len(found), err)
	}
	takeStandby(t, r, syncproto.Standby{Day: told.Day})
	if list := standbyList(t, r); len(list) != 0 {
		t.Errorf("%d are left of an empty list", len(list))
	}
	if due, err := r.StandbyDue(t.Context()); err != nil || due {
		t.Errorf("nobody waits today: due %t, %v", due, err)
	}
}

func TestWhoAcceptsIsCheckedInBeforeCentralHears(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	_, slot := booked(t, []*replica.Replica{r})
	told := queued(slot)
	takeStandby(t, r, told)
	first, second := told.Entries[0].ID, told.Entries[1].ID
	answer(t, r, first, clinic.StandbyOffered)
	answer(t, r, first, clinic.StandbyUnreached)
	answer(t, r, second, clinic.StandbyOffered)
	answer(t, r, second, clinic.StandbyAccepted)
	list := standbyList(t, r)
	if list[0].Answer != clinic.StandbyUnreached || list[1].Answer != clinic.StandbyAccepted || list[1].Staff != "nurse" || list[1].At.IsZero() {
		t.Fatalf("%+v", list)
	}
	if b := arrive(t, r, second); b.Visit().Ticket != "A001" || b.Person.Name.Reveal() != "陳大文" {
		t.Errorf("%+v", b.Visit())
	}
	takeStandby(t, r, syncproto.Standby{Day: told.Day}) // central has not heard of it: it says nothing yet
	if b, err := r.Booking(t.Context(), second); err != nil || b.Visit().Attendance != clinic.Arrived {
		t.Errorf("who has arrived is gone: %v", err)
	}
	out, err := r.Outbox(t.Context(), 10)
	if err != nil || len(out.Ops) != 5 || out.Ops[3].Kind != clinic.StandbyAsked || out.Ops[3].Reason != "accepted" || out.Ops[4].Booking != second {
		t.Fatalf("%d events wait, %v", len(out.Ops), err)
	}
	// central books, and tells the booking
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 5, ChainHead: make([]byte, 32), Verdicts: []syncproto.Verdict{{Seq: 1, Outcome: syncproto.Accepted, More: 4}}}); err != nil {
		t.Fatal(err)
	}
	row := syncproto.Row{Booking: &syncproto.BookingRow{ID: second, Slot: slot, Dose: "single", IDNumber: "C100000003", Name: "陳大文", Birth: syncproto.DayOf(wang), Version: 3, Date: told.Day}}
	replicatest.Fill(t, r, 9, row)
	told.Entries = told.Entries[1:] // the first one has left
	told.Entries[0].Answers = []syncproto.EventRow{{Device: replicatest.NewID(), Epoch: 1, Op: out.Ops[3]}}
	takeStandby(t, r, told)
	if list := standbyList(t, r); len(list) != 1 || list[0].Answer != clinic.StandbyAccepted {
		t.Errorf("%+v", list)
	}
	if day, err := r.Day(t.Context(), replicatest.Today); err != nil || len(day) != 3 {
		t.Errorf("%d bookings stand in the list, %v", len(day), err)
	}
}

func TestTheOtherDeskOfTheSiteKnowsWhoWasAsked(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	_, slot := booked(t, all)
	told := queued(slot)
	for _, r := range all {
		takeStandby(t, r, told)
	}
	answer(t, all[0], told.Entries[0].ID, clinic.StandbyOffered)
	answer(t, all[0], told.Entries[0].ID, clinic.StandbyAccepted)
	answer(t, all[0], told.Entries[1].ID, clinic.StandbyOffered)
	if kept, err := pass(t, all[0], all[1]); err != nil || kept != 3 {
		t.Fatalf("%d kept, %v", kept, err)
	}
	list := standbyList(t, all[1])
	if list[0].Answer != clinic.StandbyAccepted || list[1].Answer != clinic.StandbyOffered {
		t.Errorf("%+v", list)
	}
	if b := arrive(t, all[1], told.Entries[0].ID); b.Visit().Ticket != "B001" {
		t.Errorf("%+v", b.Visit())
	}
	takeStandby(t, all[1], syncproto.Standby{Day: told.Day, Entries: told.Entries[1:]})
	if _, err := all[1].Booking(t.Context(), told.Entries[0].ID); err != nil {
		t.Errorf("what central has not heard of is gone: %v", err)
	}
}

func TestWhoWaitedLeavesTheDeviceWithTheirDay(t *testing.T) {
	now := replicatest.Now
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return now })
	_, slot := booked(t, []*replica.Replica{r})
	told := queued(slot)
	takeStandby(t, r, told)
	answer(t, r, told.Entries[0].ID, clinic.StandbyOffered)
	now = now.AddDate(0, 0, 1)
	if list := standbyList(t, r); len(list) != 0 {
		t.Errorf("%d wait for a day that is over", len(list))
	}
	r.Contact(now.UnixMilli())
	if err := r.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	now = replicatest.Now // a clock that is turned back shows nobody again
	r.Contact(now.UnixMilli())
	if list := standbyList(t, r); len(list) != 0 {
		t.Errorf("%d are on the disk still", len(list))
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 1 {
		t.Errorf("%d events wait, %v", len(out.Ops), err)
	}
}

func TestALockedDeviceOffersNothing(t *testing.T) {
	now := replicatest.Now
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return now })
	_, slot := booked(t, []*replica.Replica{r})
	told := queued(slot)
	takeStandby(t, r, told)
	now = now.AddDate(1, 0, 1)
	err := r.AnswerStandby(t.Context(), told.Entries[0].ID, "nurse", func([]replica.StandbyEntry) (clinic.StandbyAnswer, error) { return clinic.StandbyOffered, nil })
	if !errors.Is(err, clinic.Refuse(replica.RefusedLocked)) {
		t.Error(err)
	}
}

// notComing takes back that somebody comes.
func notComing(t *testing.T, r *replica.Replica, entry clinic.ID) {
	t.Helper()
	if err := r.TakeBackStandby(t.Context(), entry, "nurse", "undo", func([]replica.StandbyEntry) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

// TestWhoIsHereStaysWhateverIsHeardFirst has one device accept, the other one take it back,
// and the first one check the person in or not, before the two hear each other.
func TestWhoIsHereStaysWhateverIsHeardFirst(t *testing.T) {
	for _, come := range []bool{true, false} {
		all, _ := replicatest.Site(t, standing, "A", "B", "C")
		_, slot := booked(t, all)
		told := queued(slot)
		for _, r := range all {
			takeStandby(t, r, told)
		}
		entry := told.Entries[0].ID
		answer(t, all[0], entry, clinic.StandbyOffered)
		answer(t, all[0], entry, clinic.StandbyAccepted)
		hear := func(from, to int) {
			t.Helper()
			if _, err := pass(t, all[from], all[to]); err != nil {
				t.Fatal(err)
			}
		}
		hear(0, 1)
		notComing(t, all[1], entry)
		if come {
			arrive(t, all[0], entry)
		}
		hear(1, 0)
		hear(1, 2)
		hear(0, 2)
		hear(0, 1)
		for i, r := range all {
			list := standbyList(t, r)
			if list[0].Answer != clinic.StandbyOffered || len(list[0].Accepted) != 0 || list[0].Arrived != come {
				t.Errorf("come %t: device %d has %+v", come, i, list[0])
			}
			if day, err := r.Day(t.Context(), replicatest.Today); err != nil || len(day) != map[bool]int{true: 3, false: 2}[come] {
				t.Errorf("come %t: %d stand in the list of device %d, %v", come, len(day), i, err)
			}
		}
	}
}

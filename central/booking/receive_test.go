package booking_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// device makes events as a clinic's machine does: dense and chained.
type device struct {
	id   clinic.ID
	site string
	ops  []syncproto.Op
	hash [][]byte // hash[i] is the one before ops[i]
}

func newDevice(site string) *device {
	return &device{id: bookingtest.NewID(), site: site, hash: [][]byte{make([]byte, 32)}}
}

// say adds an event.
func (d *device) say(op syncproto.Op) syncproto.Op {
	op.Seq = uint64(len(d.ops)) + 1
	if op.At == 0 {
		op.At = bookingtest.Day.At(9 * 60).UnixMilli()
	}
	text, err := json.Marshal(op)
	if err != nil {
		panic(err)
	}
	sum := sha256.Sum256(append(bytes.Clone(d.hash[len(d.hash)-1]), text...))
	d.ops, d.hash = append(d.ops, op), append(d.hash, sum[:])
	return op
}

func (d *device) arrive(b clinic.Booking, ticket string) syncproto.Op {
	return d.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: b.ID, Ticket: ticket, Staff: "小美"})
}

// batch gives the events from number first up to last.
func (d *device) batch(first, last int) booking.Batch {
	return booking.Batch{Site: d.site, Device: d.id, Epoch: 1, Ops: d.ops[first-1 : last], Hashes: d.hash[first : last+1], Previous: d.hash[first-1]}
}

// push sends what the engine has not got yet.
func (d *device) push(t *testing.T, city *bookingtest.City) []syncproto.Verdict {
	t.Helper()
	acked, head, err := city.Stream(t.Context(), d.id, 1)
	if err != nil || !bytes.Equal(head, d.hash[acked]) {
		t.Fatalf("the stream is at %d: %v", acked, err)
	}
	ack, err := city.Receive(t.Context(), d.batch(int(acked)+1, len(d.ops)))
	if err != nil || ack.AckedSeq != uint64(len(d.ops)) || !bytes.Equal(ack.ChainHead, d.hash[len(d.ops)]) {
		t.Fatalf("push: %+v, %v", ack, err)
	}
	return ack.Verdicts
}

func expect(t *testing.T, v syncproto.Verdict, outcome syncproto.Outcome, code string) {
	t.Helper()
	if v.Outcome != outcome || v.Code != code {
		t.Errorf("event %d: outcome %d %s, want %d %s", v.Seq, v.Outcome, v.Code, outcome, code)
	}
}

func attendance(t *testing.T, city *bookingtest.City, id clinic.ID, want clinic.Attendance) clinic.Visit {
	t.Helper()
	b, err := city.Booking(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if v := b.Visit(); v.Attendance != want {
		t.Errorf("the visit is %v, want %v", v.Attendance, want)
	}
	return b.Visit()
}

func TestTheSameEventsAgainHaveNoSecondEffect(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	one, two := city.MustBook(slot, 1), city.MustBook(slot, 2)
	d := newDevice(bookingtest.SiteA)
	d.arrive(one, "A001")
	d.arrive(two, "A002")
	d.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: bookingtest.NewID()})
	first := d.push(t, city)
	expect(t, first[0], syncproto.Accepted, "")
	expect(t, first[2], syncproto.Parked, booking.CodeOrphan)
	for _, again := range []booking.Batch{d.batch(1, 3), d.batch(2, 3), d.batch(3, 3)} {
		ack, err := city.Receive(t.Context(), again)
		if err != nil || ack.AckedSeq != 3 {
			t.Fatal(ack, err)
		}
		for _, v := range ack.Verdicts {
			want := first[v.Seq-1].Outcome // what was not accepted is said again: the first answer may have been lost
			if want == syncproto.Accepted {
				want = syncproto.Duplicate
			}
			expect(t, v, want, first[v.Seq-1].Code)
		}
	}
	d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: one.ID, Lot: "L1"})
	ack, err := city.Receive(t.Context(), d.batch(2, 4)) // old and new together
	if err != nil || len(ack.Verdicts) != 3 || ack.AckedSeq != 4 {
		t.Fatal(ack, err)
	}
	expect(t, ack.Verdicts[0], syncproto.Duplicate, "")
	expect(t, ack.Verdicts[2], syncproto.Accepted, "")
	attendance(t, city, one.ID, clinic.Vaccinated)
	city.Again()
	ack, err = city.Receive(t.Context(), d.batch(1, 4))
	if err != nil || ack.AckedSeq != 4 {
		t.Fatal(ack, err)
	}
	if v := attendance(t, city, two.ID, clinic.Arrived); v.Ticket != "A002" {
		t.Errorf("the ticket is %s", v.Ticket)
	}
	reconcile(t, city)
}

func TestAForkOrGapStoresNothing(t *testing.T) {
	city := bookingtest.Start(t, 5)
	b := city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := newDevice(bookingtest.SiteA)
	for range 6 {
		d.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: b.ID})
	}
	if _, err := city.Receive(t.Context(), d.batch(1, 3)); err != nil {
		t.Fatal(err)
	}
	clone := &device{id: d.id, site: d.site, ops: d.ops[:2:2], hash: d.hash[:3:3]}
	clone.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: b.ID})
	clone.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: b.ID})
	wrongStart := d.batch(2, 3)
	wrongStart.Previous = make([]byte, 32)
	torn := d.batch(4, 6)
	torn.Ops = []syncproto.Op{torn.Ops[0], torn.Ops[2], torn.Ops[1]}
	for name, c := range map[string]struct {
		batch booking.Batch
		want  error
	}{
		"another event under a known number": {clone.batch(3, 3), booking.ErrFork},
		"known and then another":             {clone.batch(1, 4), booking.ErrFork},
		"follows another event":              {clone.batch(4, 4), booking.ErrFork},
		"begins after another event":         {wrongStart, booking.ErrFork},
		"a number left out":                  {d.batch(5, 6), booking.ErrGap},
		"out of order":                       {torn, booking.ErrGap},
	} {
		if _, err := city.Receive(t.Context(), c.batch); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if acked, _, err := city.Stream(t.Context(), d.id, 1); err != nil || acked != 3 {
		t.Errorf("acked %d, %v", acked, err)
	}
	attendance(t, city, b.ID, clinic.NoShow)
	if _, err := city.Receive(t.Context(), d.batch(4, 6)); err != nil {
		t.Errorf("the true device goes on: %v", err)
	}
}

func TestTwoDevicesCheckInTheSamePerson(t *testing.T) {
	city := bookingtest.Start(t, 5)
	b := city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	desk, kiosk := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteA)
	desk.arrive(b, "A001")
	kiosk.arrive(b, "K001")
	expect(t, desk.push(t, city)[0], syncproto.Accepted, "")
	expect(t, kiosk.push(t, city)[0], syncproto.Duplicate, booking.CodeArrivedAlready)
	v := attendance(t, city, b.ID, clinic.Arrived)
	if v.Ticket == "" || len(v.Merged) != 1 {
		t.Errorf("tickets %s and %v", v.Ticket, v.Merged)
	}
	if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth}); !errors.Is(err, clinic.Refuse(clinic.RefusedArrived)) {
		t.Errorf("cancel after arriving: %v", err)
	}
}

func TestCancelledThenArrived(t *testing.T) {
	for name, c := range map[string]struct {
		places   int
		rebooked bool
		taken    int
	}{
		"a place is left":          {2, false, 1},
		"somebody has rebooked it": {1, true, 2},
	} {
		t.Run(name, func(t *testing.T) {
			city := bookingtest.Start(t, c.places)
			slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
			b := city.MustBook(slot, 1)
			if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth}); err != nil {
				t.Fatal(err)
			}
			if c.rebooked {
				city.MustBook(slot, 2)
			}
			d := newDevice(bookingtest.SiteA)
			d.arrive(b, "A001")
			expect(t, d.push(t, city)[0], syncproto.Flagged, booking.CodeReinstated)
			if s, _ := city.Slot(slot.ID); s.Taken != c.taken {
				t.Errorf("%d places are taken", s.Taken)
			}
			if got, err := city.Booking(t.Context(), b.ID); err != nil || !got.Active() {
				t.Errorf("the booking is not back: %v", err)
			}
			reconcile(t, city)
			city.Again()
			if c.rebooked { // beyond the capacity: nobody gets a place until two are free
				if _, err := city.Book(t.Context(), bookingtest.Ask(slot, 3)); !errors.Is(err, clinic.Refuse(clinic.RefusedFull)) {
					t.Errorf("a third person: %v", err)
				}
			}
			review, err := city.Review(t.Context(), booking.Scope{Site: bookingtest.SiteA}, 10)
			if err != nil || len(review) != 1 || review[0].Code != booking.CodeReinstated || review[0].Parked {
				t.Errorf("the review has %+v, %v", review, err)
			}
		})
	}
}

func TestWhoRebookedKeepsBothWhenTheOldOneArrives(t *testing.T) {
	city := bookingtest.Start(t, 5)
	old := city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: old.ID, Number: old.Person.ID, Birth: old.Person.Birth}); err != nil {
		t.Fatal(err)
	}
	city.MustBook(city.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(4)), 1)
	d := newDevice(bookingtest.SiteA)
	d.arrive(old, "A001")
	expect(t, d.push(t, city)[0], syncproto.Flagged, booking.CodeReinstated)
	attendance(t, city, old.ID, clinic.Arrived)
	reconcile(t, city)
}

func TestWhatADeviceMayNotSayIsKeptButHasNoEffect(t *testing.T) {
	city := bookingtest.Start(t, 5)
	b := city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	elsewhere := newDevice(bookingtest.SiteB)
	elsewhere.arrive(b, "B001")
	expect(t, elsewhere.push(t, city)[0], syncproto.Parked, booking.CodeOrphan)
	kiosk := newDevice(bookingtest.SiteA)
	kiosk.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1"})
	kiosk.say(syncproto.Op{Kind: clinic.CheckedIn, Booking: b.ID, At: time.Date(2099, 1, 1, 0, 0, 0, 0, time.UTC).UnixMilli()})
	batch := kiosk.batch(1, 2)
	batch.Kiosk = true
	ack, err := city.Receive(t.Context(), batch)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, ack.Verdicts[0], syncproto.Parked, booking.CodeNotAllowed)
	expect(t, ack.Verdicts[1], syncproto.Flagged, booking.CodeClock) // never refused for its clock
	desk := newDevice(bookingtest.SiteA)
	desk.say(syncproto.Op{Kind: 99, Booking: b.ID})
	desk.say(syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID})
	desk.say(syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID, Voids: &syncproto.Ref{Device: bookingtest.NewID(), Epoch: 1, Seq: 1}})
	v := desk.push(t, city)
	expect(t, v[0], syncproto.Parked, booking.CodeUnknownKind)
	expect(t, v[1], syncproto.Parked, booking.CodeMalformed)
	expect(t, v[2], syncproto.Flagged, booking.CodeVoidUnknown)
	attendance(t, city, b.ID, clinic.Arrived)
}

func TestTwoDesksRecordADose(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	b := city.MustBook(slot, 1)
	one, two := newDevice(bookingtest.SiteA), newDevice(bookingtest.SiteA)
	at := bookingtest.Day.At(9 * 60)
	given := one.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1", At: at.UnixMilli()})
	expect(t, one.push(t, city)[0], syncproto.Accepted, "")
	two.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L1", At: at.Add(5 * time.Minute).UnixMilli()})
	two.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: b.ID, Lot: "L2", At: at.UnixMilli()})
	v := two.push(t, city)
	expect(t, v[0], syncproto.Duplicate, booking.CodeSameDose)
	expect(t, v[1], syncproto.Flagged, booking.CodeDoubleDose)
	one.say(syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID, Reason: "登錄於另一人", Voids: &syncproto.Ref{Device: one.id, Epoch: 1, Seq: given.Seq}})
	expect(t, one.push(t, city)[0], syncproto.Accepted, "")
	attendance(t, city, b.ID, clinic.Vaccinated) // two others stand
}

func TestAVoidTakesTheArrivalBack(t *testing.T) {
	city := bookingtest.Start(t, 5)
	b := city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := newDevice(bookingtest.SiteA)
	d.arrive(b, "A001")
	d.say(syncproto.Op{Kind: clinic.EventVoided, Booking: b.ID, Reason: "看錯人", Voids: &syncproto.Ref{Device: d.id, Epoch: 1, Seq: 1}})
	for _, v := range d.push(t, city) {
		expect(t, v, syncproto.Accepted, "")
	}
	attendance(t, city, b.ID, clinic.NotArrived)
	got, err := city.Booking(t.Context(), b.ID)
	if err != nil || len(got.Events) != 2 || got.Events[1].Reason != "看錯人" {
		t.Errorf("the events are %+v, %v", got.Events, err)
	}
}

func TestDosesAndNoShowsDecideWhatComesNext(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	dosed, absent, late := city.MustBook(slot, 1), city.MustBook(slot, 2), city.MustBook(slot, 3)
	d := newDevice(bookingtest.SiteA)
	d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: dosed.ID, Lot: "L1"})
	d.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: absent.ID})
	d.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: late.ID})
	d.arrive(late, "A009") // came after the close: the penalty is reversed
	d.push(t, city)
	city.Again()
	city.Set(bookingtest.Day.At(10 * 60)) // the window of the next period is open
	next := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(7))
	ask := func(n int, dose string) error {
		r := bookingtest.Ask(next, n)
		r.Dose = dose
		_, err := city.Book(t.Context(), r)
		return err
	}
	var refusal *clinic.Refusal
	if err := ask(1, "primary2"); !errors.As(err, &refusal) || refusal.Code != clinic.RefusedInterval || refusal.Args["days"] != "28" || refusal.Args["earliest"] != "2026-12-21" {
		t.Errorf("the second dose after a week: %v", err)
	}
	if err := ask(1, "primary1"); !errors.Is(err, clinic.Refuse(clinic.RefusedDoseOrder)) {
		t.Errorf("the first dose twice: %v", err)
	}
	if err := ask(2, "primary1"); !errors.As(err, &refusal) || refusal.Code != clinic.RefusedNoShow || refusal.Args["open"] != "2026年49期" {
		t.Errorf("after not coming: %v %v", err, refusal.Args)
	}
	if err := ask(3, "primary1"); !errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyBooked)) {
		t.Errorf("who stands in the clinic now: %v", err)
	}
	city.Set(bookingtest.Day.AddDays(7).At(10 * 60)) // the period after the next
	next = city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(14))
	if err := ask(2, "primary1"); err != nil {
		t.Errorf("in the period after the next: %v", err)
	}
	reconcile(t, city)
}

package replica_test

import (
	"errors"
	"slices"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// hand has a replica take over what another one heard of central later, as two devices
// do that talk.
func hand(t *testing.T, from, to *replica.Replica) (taken bool, err error) {
	t.Helper()
	at, err := to.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	offer, err := from.Offer(t.Context(), syncproto.AskCheckpoint{History: at.History, Seq: at.Cursor})
	if err != nil || offer.Checkpoint == nil {
		return false, err
	}
	c, err := to.Compare(t.Context(), *offer.Checkpoint)
	if err != nil {
		return false, err
	}
	var rows []syncproto.Row
	for _, day := range c.Days {
		for skip, more := 0, true; more; {
			part, err := from.Rows(t.Context(), syncproto.AskRows{Seq: c.Checkpoint.Seq, Day: day, Skip: skip})
			if err != nil {
				return false, err
			}
			rows, skip, more = append(rows, part.Rows...), skip+len(part.Rows), part.More
		}
	}
	return true, to.Take(t.Context(), c, rows)
}

// day is a site's rows as central tells them, in a history.
type day struct {
	history clinic.ID
	rows    []syncproto.Row
	seq     int64
}

// tells gives a row its next sequence, in the place of the older form of it.
func (d *day) tells(row syncproto.Row) syncproto.Row {
	d.seq++
	row.Seq = d.seq
	d.rows = slices.DeleteFunc(d.rows, func(old syncproto.Row) bool {
		return row.Slot != nil && old.Slot != nil && old.Slot.ID == row.Slot.ID || row.Booking != nil && old.Booking != nil && old.Booking.ID == row.Booking.ID
	})
	d.rows = append(d.rows, row)
	return row
}

func (d *day) checkpoint() syncproto.Checkpoint {
	return replicatest.Checkpoint(d.history, d.seq, d.rows...)
}

// newDay is a slot with a booking.
func newDay(t *testing.T) (d *day, slot clinic.ID, booking clinic.ID) {
	t.Helper()
	d = &day{history: replicatest.NewID()}
	s, b := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	for _, row := range []syncproto.Row{replicatest.Programme(t), s, b} {
		d.tells(row)
	}
	return d, s.Slot.ID, b.Booking.ID
}

func booking(slot clinic.ID, number, name string, on clinic.Date) syncproto.Row {
	_, b := replicatest.Booked(number, name, wang, on)
	b.Booking.Slot = slot
	return b
}

func names(t *testing.T, r *replica.Replica) (out []string) {
	t.Helper()
	list, err := r.Day(t.Context(), replicatest.Today)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range list {
		out = append(out, b.Person.Name.Reveal()+" "+b.Visit().Attendance.String())
	}
	slices.Sort(out)
	return out
}

// stands makes sure that a replica is where central is, row by row.
func stands(t *testing.T, r *replica.Replica, d *day) {
	t.Helper()
	at, err := r.Position(t.Context())
	if err != nil || at != (replica.Position{History: d.history, Cursor: d.seq, Whole: d.seq}) {
		t.Errorf("the base is at %+v, %v", at, err)
	}
	var sum syncproto.Digest
	for _, row := range d.rows {
		sum = sum.Add(row)
	}
	if got := digest(t, r); got != sum {
		t.Error("the rows are not central's")
	}
}

func TestADeviceInTheDarkTakesCentralsRowsFromItsNeighbour(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B", "C")
	d, slot, first := newDay(t)
	for _, r := range all {
		replicatest.Told(t, r, d.checkpoint(), d.rows...)
	}
	arrive(t, all[1], first) // B's own, which central does not have
	moved := d.tells(booking(slot, "F131104093", "陳美", replicatest.Today))
	replicatest.Told(t, all[0], d.checkpoint(), moved)
	s := *d.rows[1].Slot
	s.Taken++
	fuller := d.tells(syncproto.Row{Slot: &s})
	replicatest.Told(t, all[0], d.checkpoint(), fuller)

	for _, hop := range [][2]int{{0, 1}, {1, 2}} { // C never hears A
		if taken, err := hand(t, all[hop[0]], all[hop[1]]); err != nil || !taken {
			t.Fatalf("%v: %v, %v", hop, taken, err)
		}
		if taken, err := hand(t, all[hop[0]], all[hop[1]]); err != nil || taken {
			t.Errorf("%v again: %v, %v", hop, taken, err)
		}
		stands(t, all[hop[1]], d)
	}
	if got := names(t, all[1]); !slices.Equal(got, []string{"王小明 arrived", "陳美 not_arrived"}) {
		t.Errorf("B shows %v", got)
	}
	if out, err := all[1].Outbox(t.Context(), -1); err != nil || len(out.Ops) != 1 {
		t.Errorf("B would send %+v, %v", out, err)
	}
	holdsNone(t, all[1].Folder(), "F131104093", "陳美")
}

func TestWhatLeftTheSiteAndWhatMovedGoesWithTheRows(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	d, slot, first := newDay(t)
	tomorrow, _ := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today.AddDays(1))
	d.tells(tomorrow)
	moves := d.tells(booking(slot, "F131104093", "陳美", replicatest.Today))
	for _, r := range all {
		replicatest.Told(t, r, d.checkpoint(), d.rows...)
	}
	d.rows = slices.DeleteFunc(d.rows, func(r syncproto.Row) bool { return r.Booking != nil && r.Booking.ID == first })
	d.seq++
	gone := syncproto.Row{Seq: d.seq, Gone: &syncproto.GoneRow{ID: first}}
	b := *moves.Booking
	b.Slot, b.Date, b.Version = tomorrow.Slot.ID, tomorrow.Slot.Date, 2
	moved := d.tells(syncproto.Row{Booking: &b})
	replicatest.Told(t, all[0], d.checkpoint(), gone, moved)
	if taken, err := hand(t, all[0], all[1]); err != nil || !taken {
		t.Fatalf("%v, %v", taken, err)
	}
	stands(t, all[1], d)
	if got := names(t, all[1]); len(got) != 0 {
		t.Errorf("today there are %v", got)
	}
}

// B's arrival was carried to central by A: it comes back in the row.
func TestAnOwnEventThatComesBackCountsOnce(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	d, _, first := newDay(t)
	for _, r := range all {
		replicatest.Told(t, r, d.checkpoint(), d.rows...)
	}
	arrive(t, all[1], first)
	out, err := all[1].Outbox(t.Context(), -1)
	if err != nil {
		t.Fatal(err)
	}
	b := *d.rows[2].Booking
	b.Version, b.Events = 2, []syncproto.EventRow{{Device: n.Devices[1].Device, Epoch: 1, Op: out.Ops[0]}}
	arrived := d.tells(syncproto.Row{Booking: &b})
	replicatest.Told(t, all[0], d.checkpoint(), arrived)
	if taken, err := hand(t, all[0], all[1]); err != nil || !taken {
		t.Fatalf("%v, %v", taken, err)
	}
	stands(t, all[1], d)
	if got, err := all[1].Booking(t.Context(), first); err != nil || len(got.Events) != 1 || got.Visit().Ticket != "B001" {
		t.Errorf("%+v, %v", got, err)
	}
	if out, err = all[1].Outbox(t.Context(), -1); err != nil || len(out.Ops) != 1 { // central's word on it is still to come
		t.Errorf("%+v, %v", out, err)
	}
}

// C's events went to central, and with the rows to B: its chain goes on where they end.
func TestTheChainsOfOthersGoOnAfterTheRows(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B", "C")
	d, slot, first := newDay(t)
	for _, r := range all {
		replicatest.Told(t, r, d.checkpoint(), d.rows...)
	}
	person := clinic.Person{ID: clinic.NewIDNumber("B222222229"), Name: clinic.NewName("林美麗"), Birth: clinic.NewBirth(wang)}
	if _, err := all[2].Register(t.Context(), replica.WalkIn{Person: person, Slot: slot, Dose: "single"}, func(replica.Room) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if kept, err := pass(t, all[2], all[1]); err != nil || kept != 1 {
		t.Fatalf("%d, %v", kept, err)
	}
	arrive(t, all[2], first)
	out, err := all[2].Outbox(t.Context(), -1)
	if err != nil {
		t.Fatal(err)
	}
	b := *d.rows[2].Booking // to which central linked the walk-in: it was the same person
	for _, op := range out.Ops {
		op.WalkIn, op.Booking = nil, first
		b.Events = append(b.Events, syncproto.EventRow{Device: n.Devices[2].Device, Epoch: 1, Op: op})
	}
	b.Version = 3
	d.tells(syncproto.Row{Booking: &b})
	c := d.checkpoint()
	c.Heads = []syncproto.Head{{Device: n.Devices[2].Device, Epoch: 1, Seq: 2}}
	c.Sign(replicatest.Central)
	replicatest.Told(t, all[0], c, d.rows[len(d.rows)-1])
	if taken, err := hand(t, all[0], all[1]); err != nil || !taken {
		t.Fatalf("%v, %v", taken, err)
	}
	stands(t, all[1], d)
	if got := names(t, all[1]); !slices.Equal(got, []string{"王小明 arrived"}) {
		t.Errorf("B shows %v", got)
	}
	says(t, all[2], first, clinic.VaccineGiven)
	if kept, err := pass(t, all[2], all[1]); err != nil || kept != 1 {
		t.Errorf("%d kept, %v", kept, err)
	}
}

// While it hears central a device takes nothing from others.
func TestRowsComeFromCentralOrFromANeighbourNotFromBothAtOnce(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	d, slot, _ := newDay(t)
	for _, r := range all {
		replicatest.Told(t, r, d.checkpoint(), d.rows...)
	}
	next := d.tells(booking(slot, "F131104093", "陳美", replicatest.Today))
	replicatest.Told(t, all[0], d.checkpoint(), next)
	lacks, err := all[1].Compare(t.Context(), d.checkpoint())
	if err != nil {
		t.Fatal(err)
	}
	release := all[1].HoldBase()
	if _, err := all[1].Compare(t.Context(), d.checkpoint()); !errors.Is(err, replica.ErrMoved) {
		t.Errorf("compared while central is heard: %v", err)
	}
	if err := all[1].Take(t.Context(), lacks, nil); !errors.Is(err, replica.ErrCheckpoint) {
		t.Errorf("%v", err)
	}
	if taken, err := hand(t, all[0], all[1]); !taken && !errors.Is(err, replica.ErrMoved) {
		t.Errorf("%v", err)
	}
	replicatest.Told(t, all[1], d.checkpoint(), next)
	release()
	if taken, err := hand(t, all[0], all[1]); taken || err != nil {
		t.Errorf("%v, %v", taken, err)
	}
	stands(t, all[1], d)
}

// The base of the one who hands over moves between two answers.
func TestRowsOfACheckpointThatIsNoMoreAreNotGiven(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A")
	d, slot, _ := newDay(t)
	replicatest.Told(t, all[0], d.checkpoint(), d.rows...)
	ask := syncproto.AskRows{Seq: d.seq, Day: syncproto.DayOf(replicatest.Today)}
	if rows, err := all[0].Rows(t.Context(), ask); err != nil || len(rows.Rows) != 2 {
		t.Fatalf("%+v, %v", rows, err)
	}
	next := d.tells(booking(slot, "F131104093", "陳美", replicatest.Today))
	if err := all[0].Apply(t.Context(), syncproto.Page{Rows: []syncproto.Row{next}, Next: d.seq, Time: replicatest.Now.UnixMilli()}); err != nil {
		t.Fatal(err)
	}
	if _, err := all[0].Rows(t.Context(), ask); !errors.Is(err, replica.ErrMoved) {
		t.Errorf("%v", err)
	}
	if offer, err := all[0].Offer(t.Context(), syncproto.AskCheckpoint{History: d.history}); err != nil || offer.Checkpoint != nil {
		t.Errorf("%+v, %v", offer, err)
	}
}

func TestManyRowsOfADayComeInParts(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	d, slot, _ := newDay(t)
	replicatest.Told(t, all[1], d.checkpoint(), d.rows...)
	for range 1100 {
		d.tells(booking(slot, "F131104093", "陳美", replicatest.Today))
	}
	replicatest.Told(t, all[0], d.checkpoint(), d.rows...)
	if taken, err := hand(t, all[0], all[1]); err != nil || !taken {
		t.Fatalf("%v, %v", taken, err)
	}
	stands(t, all[1], d)
}

// B was told anew from the first row on when its line broke.
func TestASnapshotThatBrokeOffIsCompletedByANeighbour(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	d, slot, first := newDay(t)
	replicatest.Told(t, all[1], d.checkpoint(), d.rows...)
	d.history = replicatest.NewID() // central was restored, and has another list
	d.rows = slices.DeleteFunc(d.rows, func(r syncproto.Row) bool { return r.Booking != nil && r.Booking.ID == first })
	d.tells(booking(slot, "F131104093", "陳美", replicatest.Today))
	w := syncproto.Welcome{Version: syncproto.Version, History: d.history, Time: replicatest.Now.UnixMilli(), ChainHead: make([]byte, 32)}
	if err := all[1].Welcome(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	replicatest.Told(t, all[0], d.checkpoint(), d.rows...)
	if taken, err := hand(t, all[0], all[1]); err != nil || !taken {
		t.Fatalf("%v, %v", taken, err)
	}
	stands(t, all[1], d)
	if got := names(t, all[1]); !slices.Equal(got, []string{"陳美 not_arrived"}) {
		t.Errorf("B shows %v", got)
	}
}

// Central told B that it forgets who left before a sequence, and B is told anew; A has
// been in the dark for longer than that.
func TestRowsOfBeforeCentralsFloorAreNotTaken(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	d, _, _ := newDay(t)
	for _, r := range all {
		replicatest.Told(t, r, d.checkpoint(), d.rows...)
	}
	w := syncproto.Welcome{Version: syncproto.Version, History: d.history, MinSeq: d.seq + 1, Time: replicatest.Now.UnixMilli(), ChainHead: make([]byte, 32)}
	if err := all[1].Welcome(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if taken, err := hand(t, all[0], all[1]); taken || !errors.Is(err, replica.ErrMoved) {
		t.Errorf("%v, %v", taken, err)
	}
	if at, err := all[1].Position(t.Context()); err != nil || at.Cursor != 0 {
		t.Errorf("%+v, %v", at, err)
	}
}

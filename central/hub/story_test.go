package hub_test

import (
	"bytes"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestACheckInAtTheClinicReachesCentralAndComesBack(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := enrolled(t, w, syncproto.RoleDesk)
	welcome := d.mustConnect()
	if welcome.Site != bookingtest.SiteA || welcome.History != w.History() || welcome.AckedSeq != 0 || welcome.SiteSeq != w.SiteSeq(bookingtest.SiteA) || welcome.Expires != d.grant.Expires {
		t.Fatalf("welcome %+v", welcome)
	}
	must(t, d.pull(syncproto.MaxPageRows))
	if d.cursor != welcome.SiteSeq {
		t.Fatalf("the cursor stands at %d, the site at %d", d.cursor, welcome.SiteSeq)
	}
	row := d.bookingRow(person.ID)
	if row == nil || row.Name != person.Person.Name.Reveal() || len(row.Events) != 0 {
		t.Fatalf("the booking is not on the device: %v", row)
	}
	d.happens(clinic.CheckedIn, person.ID)
	d.happens(clinic.VaccineGiven, person.ID)
	ack, err := d.push()
	must(t, err)
	head := syncproto.HashOps(syncproto.Hash{}, d.ops)
	if ack.AckedSeq != 2 || !bytes.Equal(ack.ChainHead, head[:]) || len(ack.Verdicts) != 1 || ack.Verdicts[0] != (syncproto.Verdict{Seq: 1, Outcome: syncproto.Accepted, More: 1}) {
		t.Fatalf("ack %+v", ack)
	}
	b, err := w.Booking(t.Context(), person.ID)
	must(t, err)
	if v := b.Visit(); v.Attendance != clinic.Vaccinated || v.Lot != "FL1234" {
		t.Fatalf("central thinks %s", v.Attendance)
	}
	must(t, d.pull(syncproto.MaxPageRows))
	row = d.bookingRow(person.ID)
	if len(row.Events) != 2 || row.Events[0].Device != d.grant.Device || row.Booking(clinic.Slot{}).Visit().Attendance != clinic.Vaccinated {
		t.Fatalf("the device is told %d events", len(row.Events))
	}
	before := len(d.rows)
	must(t, d.pull(syncproto.MaxPageRows))
	if len(d.rows) != before {
		t.Fatal("rows came twice")
	}
	all, err := w.fleet.Devices(t.Context())
	must(t, err)
	if all[0].State != "live" || all[0].Pending != 0 || all[0].Behind != 0 || all[0].Acked != 2 {
		t.Fatalf("the monitor shows %+v", all[0])
	}
}

func TestSmallPagesBringTheSameRows(t *testing.T) {
	w := newWorld(t)
	for n := range 5 {
		w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), n)
	}
	large, small := connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleDesk)
	must(t, large.pull(syncproto.MaxPageRows))
	must(t, small.pull(7))
	if len(large.rows) == 0 || len(large.rows) != len(small.rows) || large.cursor != small.cursor {
		t.Fatalf("%d rows in large pages, %d in small ones", len(large.rows), len(small.rows))
	}
	for i := range large.rows {
		if large.rows[i].Seq != small.rows[i].Seq {
			t.Fatalf("row %d is %d and %d", i, large.rows[i].Seq, small.rows[i].Seq)
		}
	}
}

func TestADeviceSeesItsOwnSiteOnly(t *testing.T) {
	w := newWorld(t)
	other := w.MustBook(w.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	must(t, d.pull(syncproto.MaxPageRows))
	if d.bookingRow(other.ID) != nil {
		t.Fatal("a booking of another site came down")
	}
	d.happens(clinic.CheckedIn, other.ID)
	ack, err := d.push()
	must(t, err)
	if v := ack.Verdicts[0]; v.Outcome != syncproto.Parked || v.Code != "ORPHAN" {
		t.Fatalf("a check-in at another site's booking is %+v", v)
	}
}

func TestALostAckLosesNothingAndCountsOnce(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	d.happens(clinic.CheckedIn, person.ID)
	if _, _, err := d.call("POST", syncproto.PathExchange, d.seal(d.pushOf(1))); err != nil { // and the answer is lost
		t.Fatal(err)
	}
	if _, err := d.push(); err == nil {
		t.Fatal("the answer to another message was taken for an ack")
	}
	if welcome := d.mustConnect(); welcome.AckedSeq != 1 {
		t.Fatalf("central has %d events", welcome.AckedSeq)
	}
	d.acked = 0 // a device that did not read the welcome sends it again
	ack, err := d.push()
	must(t, err)
	if ack.AckedSeq != 1 || ack.Verdicts[0].Outcome != syncproto.Duplicate {
		t.Fatalf("ack %+v", ack)
	}
	b, err := w.Booking(t.Context(), person.ID)
	must(t, err)
	if len(b.Events) != 1 {
		t.Fatalf("the arrival counts %d times", len(b.Events))
	}
}

func TestCentralStartedAgainInTheMiddleLosesNothing(t *testing.T) {
	w := newWorld(t)
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	one, two := w.MustBook(slot, 1), w.MustBook(slot, 2)
	d := connected(t, w, syncproto.RoleDesk)
	must(t, d.pull(syncproto.MaxPageRows))
	d.happens(clinic.CheckedIn, one.ID)
	_, err := d.push()
	must(t, err)
	d.happens(clinic.CheckedIn, two.ID)
	w.restart(t)
	_, err = d.push()
	wantProblem(t, err, syncproto.ProblemUnknownSession)
	if welcome := d.mustConnect(); welcome.AckedSeq != 1 || welcome.History != w.History() {
		t.Fatalf("after the restart: %+v", welcome)
	}
	ack, err := d.push()
	must(t, err)
	if ack.AckedSeq != 2 || ack.Verdicts[0].Outcome != syncproto.Accepted {
		t.Fatalf("ack %+v", ack)
	}
	must(t, d.pull(syncproto.MaxPageRows))
	for _, id := range []clinic.ID{one.ID, two.ID} {
		if row := d.bookingRow(id); len(row.Events) != 1 {
			t.Fatalf("%s has %d events", id, len(row.Events))
		}
	}
	all, err := w.fleet.Devices(t.Context())
	must(t, err)
	if len(all) != 1 || all[0].Acked != 2 {
		t.Fatalf("the monitor shows %+v", all)
	}
}

func TestAKioskOnlySaysWhoArrived(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleKiosk)
	d.happens(clinic.CheckedIn, person.ID)
	d.happens(clinic.VaccineGiven, person.ID)
	d.happens(clinic.NoShowMarked, person.ID)
	ack, err := d.push()
	must(t, err)
	if ack.AckedSeq != 3 || ack.Verdicts[0].Outcome != syncproto.Accepted {
		t.Fatalf("ack %+v", ack)
	}
	for _, v := range ack.Verdicts[1:] {
		if v.Outcome != syncproto.Parked || v.Code == "" {
			t.Fatalf("a kiosk said more than it may: %+v", v)
		}
	}
	b, err := w.Booking(t.Context(), person.ID)
	must(t, err)
	if a := b.Visit().Attendance; a != clinic.Arrived {
		t.Fatalf("the person counts as %s", a)
	}
}

func TestAGapIsRefusedAndThenMended(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	d.happens(clinic.CheckedIn, person.ID)
	d.happens(clinic.VaccineGiven, person.ID)
	_, err := exchange[syncproto.Ack](d, d.pushOf(2))
	wantProblem(t, err, syncproto.ProblemGap)
	ack, err := d.push()
	must(t, err)
	if ack.AckedSeq != 2 {
		t.Fatalf("ack %+v", ack)
	}
}

func TestADeviceThatIsAheadOfTheFeedIsToldToGreetAgain(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	day := syncproto.DayOf(bookingtest.Day)
	_, err := exchange[syncproto.Page](d, syncproto.Pull{Cursor: 1 << 40, First: day, Limit: 10})
	wantProblem(t, err, syncproto.ProblemGap)
	_, err = exchange[syncproto.Page](d, syncproto.Pull{First: day, Limit: 10}) // and the site's feed goes on
	must(t, err)
}

func TestAForkFencesTheDevice(t *testing.T) {
	w := newWorld(t)
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	one, two := w.MustBook(slot, 1), w.MustBook(slot, 2)
	d := connected(t, w, syncproto.RoleDesk)
	d.happens(clinic.CheckedIn, one.ID)
	_, err := d.push()
	must(t, err)
	clone := *d // a copied disk: the same keys, and another story
	clone.ops, clone.acked = nil, 0
	clone.happens(clinic.CheckedIn, two.ID)
	clone.mustConnect()
	_, err = exchange[syncproto.Ack](&clone, clone.pushOf(1))
	wantProblem(t, err, syncproto.ProblemFork)
	_, err = clone.connect()
	wantProblem(t, err, syncproto.ProblemFork)
	_, err = d.connect()
	wantProblem(t, err, syncproto.ProblemFork)
	all, err := w.fleet.Devices(t.Context())
	must(t, err)
	if all[0].State != "fenced" {
		t.Fatalf("the monitor shows %s", all[0].State)
	}
	b, err := w.Booking(t.Context(), two.ID)
	must(t, err)
	if len(b.Events) != 0 {
		t.Fatal("the forked event counts")
	}
	w.restart(t)
	_, err = d.connect()
	wantProblem(t, err, syncproto.ProblemFork)
}

func TestAHelloSaysWhetherTheRowsAreCentrals(t *testing.T) {
	w := newWorld(t)
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	must(t, d.pull(syncproto.MaxPageRows))
	var right syncproto.Digest
	for _, r := range d.rows {
		right = right.Add(r)
	}
	for _, c := range []struct {
		story  string
		change func(*syncproto.Hello)
		want   fleet.State
	}{
		{"another digest", func(h *syncproto.Hello) { h.Digest = make([]byte, 16) }, fleet.Diverged},
		{"further back, it cannot be told", func(h *syncproto.Hello) { h.Cursor--; h.Digest = make([]byte, 16) }, fleet.Diverged},
		{"the right one", func(*syncproto.Hello) {}, fleet.Live},
		{"further back, it cannot be told either", func(h *syncproto.Hello) { h.Cursor--; h.Digest = make([]byte, 16) }, fleet.Live},
		{"of another history", func(h *syncproto.Hello) { h.History = bookingtest.NewID(); h.Digest = make([]byte, 16) }, fleet.Live},
	} {
		must(t, d.handshake())
		hello := d.hello()
		hello.History, hello.Digest = w.History(), right[:]
		c.change(&hello)
		_, err := exchange[syncproto.Welcome](d, hello)
		must(t, err)
		all, err := w.fleet.Devices(t.Context())
		must(t, err)
		if all[0].State != c.want {
			t.Errorf("%s: the monitor shows %s, want %s", c.story, all[0].State, c.want)
		}
	}
}

func TestADeviceOfTheVersionBeforeIsAnsweredInFull(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := enrolled(t, w, syncproto.RoleDesk)
	must(t, d.handshake())
	hello := d.hello()
	hello.MaxVersion = 2
	_, err := exchange[syncproto.Welcome](d, hello)
	must(t, err)
	must(t, d.pull(syncproto.MaxPageRows))
	whole := d.cursor
	d.happens(clinic.CheckedIn, person.ID)
	d.happens(clinic.VaccineGiven, person.ID)
	ack, err := d.push()
	must(t, err)
	if len(ack.Verdicts) != 2 || ack.Needs() > 2 {
		t.Errorf("it is answered %+v", ack.Verdicts)
	}
	before := len(d.rows)
	must(t, d.pull(syncproto.MaxPageRows))
	if len(d.rows) != before+1 || len(d.bookingRow(person.ID).Events) != 2 {
		t.Errorf("%d rows came", len(d.rows)-before)
	}
	d.mustConnect() // a newer program on the same disk
	page, err := exchange[syncproto.Page](d, syncproto.Pull{Cursor: whole, First: syncproto.DayOf(bookingtest.Day), Limit: 10, Whole: whole})
	must(t, err)
	if len(page.Rows) != 0 || len(page.Own) != 1 || page.Own[0].More != 1 {
		t.Errorf("in short it is told %d rows and %+v", len(page.Rows), page.Own)
	}
}

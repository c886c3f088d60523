package e2e_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3" // the file is spoilt from outside

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// spoil changes a device's database behind its back.
func (d *device) spoil(statement string, args ...any) {
	d.w.t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(d.dir, "replica.db")+"?_busy_timeout=5000")
	if err != nil {
		d.w.t.Fatal(err)
	}
	defer db.Close()
	result, err := db.ExecContext(d.w.t.Context(), statement, args...)
	if err != nil {
		d.w.t.Fatalf("%s: %v", statement, err)
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		d.w.t.Fatalf("%s changed nothing", statement)
	}
}

func (d *device) round() {
	d.w.t.Helper()
	if err := d.Agent.Round(d.w.t.Context()); err != nil {
		d.w.t.Fatal(err)
	}
}

// same checks that the base is exactly what central holds.
func (d *device) same() {
	d.w.t.Helper()
	d.Replica.Recount()
	first := syncproto.DayOf(clinic.DateOf(d.w.Now()).AddDays(-1))
	mine, err := d.Replica.Buckets(d.w.t.Context(), first)
	if err != nil {
		d.w.t.Fatal(err)
	}
	seq, theirs, err := d.w.Digest(d.w.t.Context(), bookingtest.SiteA, first)
	at, errAt := d.Replica.Position(d.w.t.Context())
	if err != nil || errAt != nil || at.Cursor != seq {
		d.w.t.Fatalf("the device is at %d, central at %d: %v, %v", at.Cursor, seq, err, errAt)
	}
	if sum := syncproto.SumOf(mine); len(theirs) == 0 || string(sum[:]) != string(theirs) {
		d.w.t.Errorf("the device's rows come to %x, central's to %x", sum, theirs)
	}
}

func (w *world) stateOf(d *device) fleet.State {
	w.t.Helper()
	all, err := w.fleet.Devices(w.t.Context())
	if err != nil || len(all) == 0 {
		w.t.Fatalf("the monitor: %v", err)
	}
	return all[0].State
}

// settled is a device that holds five people, one of them arrived here, one at
// another device, at the end of the feed.
func (w *world) settled() (d *device, booked []clinic.Booking) {
	w.t.Helper()
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day)
	for n := range 5 {
		booked = append(booked, w.MustBook(slot, n))
	}
	d = w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	other := w.prepare(bookingtest.SiteA, syncproto.RoleDesk)
	w.Set(bookingtest.Day.At(morning))
	for i, at := range []*device{d, other} {
		at.round()
		if _, err := at.Counter.CheckIn(w.t.Context(), booked[i].ID); err != nil {
			w.t.Fatal(err)
		}
		at.round()
	}
	d.round()
	d.same()
	return d, booked
}

func TestARowThatIsNotCentralsIsMended(t *testing.T) {
	for story, c := range map[string]struct {
		statement string
		args      []any
	}{
		"a booking changed":         {`UPDATE booking SET dose = 'another'`, nil},
		"a person changed":          {`UPDATE booking SET person = zeroblob(80) WHERE rowid = 1`, nil},
		"a booking lost":            {`DELETE FROM booking WHERE rowid = 2`, nil},
		"a booking on another day":  {`UPDATE booking SET day = day + 1 WHERE rowid = 3`, nil},
		"a booking too many":        {`INSERT INTO booking SELECT randomblob(16), slot, day, dose, who, person, created, cancelled, version, seq, stale FROM booking LIMIT 1`, nil},
		"a slot changed":            {`UPDATE slot SET taken = taken + 1 WHERE rowid = 1`, nil},
		"every slot lost":           {`DELETE FROM slot`, nil},
		"the rules changed":         {`UPDATE programme SET doc = '{"code":"influenza"}' WHERE code = 'influenza'`, nil},
		"the site changed":          {`UPDATE meta SET value = x'a0' WHERE key = 'site'`, nil},
		"another's arrival lost":    {`DELETE FROM event WHERE hash = x''`, nil},
		"another's arrival changed": {`UPDATE event SET op = x'a0' WHERE hash = x''`, nil},
		"the own arrival not told":  {`UPDATE event SET told = false`, nil},
		"an arrival of another day": {`UPDATE event SET booking = randomblob(16) WHERE hash = x''`, nil},
		"an older form":             {`UPDATE booking SET seq = seq - 1`, nil},
	} {
		t.Run(story, func(t *testing.T) {
			w := newWorld(t)
			d, booked := w.settled()
			d.spoil(c.statement, c.args...)
			w.Set(w.Now().Add(61 * time.Minute)) // time for a new handshake, and with it for a new count
			d.round()
			d.same()
			d.round() // tells central
			if s := w.stateOf(d); s != fleet.Live {
				t.Errorf("the monitor shows %s", s)
			}
			for i, b := range booked {
				got, err := d.Replica.Booking(t.Context(), b.ID)
				if err != nil || got.Person.Name.Reveal() != b.Person.Name.Reveal() || i < 2 != (got.Visit().Attendance == clinic.Arrived) {
					t.Errorf("booking %d is %v, %v", i, got.Visit(), err)
				}
			}
		})
	}
}

func TestWhatCannotBeMendedIsShownUntilItIsEqualAgain(t *testing.T) {
	w := newWorld(t)
	d, _ := w.settled()
	var op []byte
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(d.dir, "replica.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRowContext(t.Context(), `SELECT op FROM event WHERE hash <> x''`).Scan(&op); err != nil {
		t.Fatal(err)
	}
	d.spoil(`UPDATE event SET op = x'a0' WHERE hash <> x''`) // its own event, which it never takes from central
	w.Set(w.Now().Add(61 * time.Minute))
	d.round()
	d.round() // the round after tells central
	if s := w.stateOf(d); s != fleet.Diverged {
		t.Errorf("the monitor shows %s", s)
	}
	d.spoil(`UPDATE event SET op = $1 WHERE hash <> x''`, op)
	w.Set(w.Now().Add(61 * time.Minute))
	d.round()
	d.same()
	d.round()
	if s := w.stateOf(d); s != fleet.Live {
		t.Errorf("the monitor shows %s after the repair", s)
	}
}

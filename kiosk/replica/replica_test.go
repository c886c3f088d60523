package replica_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func standing() time.Time { return replicatest.Now }

var wang = clinic.Date{Year: 1961, Month: 6, Day: 15}

func checkIn(b clinic.Booking) (replica.Draft, error) {
	if b.Visit().Attendance >= clinic.Arrived {
		return replica.Draft{}, nil
	}
	return replica.Draft{Kind: clinic.CheckedIn, Staff: "nurse", Ticket: true}, nil
}

func TestWhatCentralToldIsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	r := replicatest.Open(t, dir, standing)
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 7, replicatest.Programme(t), slot, booking)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}

	r = replicatest.Open(t, dir, standing)
	day, err := r.Day(t.Context(), replicatest.Today)
	if err != nil || len(day) != 1 {
		t.Fatalf("%d bookings, %v", len(day), err)
	}
	if got := day[0].Person.Name.Reveal(); got != "王小明" {
		t.Errorf("the name came back as %q", got)
	}
	if found, err := r.ByPerson(t.Context(), clinic.NewIDNumber("a123456789")); err != nil || len(found) != 1 {
		t.Errorf("by ID number: %d bookings, %v", len(found), err)
	}
	if found, err := r.ByPerson(t.Context(), clinic.NewIDNumber("F131104093")); err != nil || len(found) != 0 {
		t.Errorf("somebody else: %d bookings, %v", len(found), err)
	}
	if at, err := r.Position(t.Context()); err != nil || at.Cursor != 7 {
		t.Errorf("the cursor is %d, %v", at.Cursor, err)
	}
}

func TestACheckInIsOnDiskBeforeItIsTold(t *testing.T) {
	dir := t.TempDir()
	r := replicatest.Open(t, dir, standing)
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	after, err := r.Act(t.Context(), booking.Booking.ID, checkIn)
	if err != nil || after.Visit().Ticket != "A001" {
		t.Fatalf("ticket %q, %v", after.Visit().Ticket, err)
	}

	// What another program reads from the files now is what a restart would find.
	copied := t.TempDir()
	for _, name := range []string{"replica.db", "replica.db-wal"} {
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	keys, err := filepath.Glob(filepath.Join(dir, "*key*"))
	if err != nil || len(keys) == 0 {
		t.Fatalf("no key beside the replica: %v", err)
	}
	for _, key := range keys {
		content, err := os.ReadFile(key)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(copied, filepath.Base(key)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := replicatest.Open(t, copied, standing)
	found, err := again.Booking(t.Context(), booking.Booking.ID)
	if err != nil || found.Visit().Attendance != clinic.Arrived {
		t.Errorf("after a crash: %v, %v", found.Visit().Attendance, err)
	}
	if out, err := again.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 1 {
		t.Errorf("after a crash %d events wait, %v", len(out.Ops), err)
	}
}

func TestTwoCheckInsAtOnceGiveOneNumber(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if after, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil || after.Visit().Ticket != "A001" {
				t.Errorf("ticket %q, %v", after.Visit().Ticket, err)
			}
		})
	}
	wg.Wait()
	if out, err := r.Outbox(t.Context(), 100); err != nil || len(out.Ops) != 1 {
		t.Errorf("%d events wait, %v", len(out.Ops), err)
	}
}

func TestOwnEventsComingBackChangeNothing(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatal(err)
	}
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out, err := r.Outbox(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	booking.Booking.Events = []syncproto.EventRow{{Device: id.Grant.Device, Epoch: id.Grant.Epoch, Op: out.Ops[0]}}
	replicatest.Fill(t, r, 3, booking)
	found, err := r.Booking(t.Context(), booking.Booking.ID)
	if err != nil || len(found.Events) != 1 || found.Visit().Ticket != "A001" {
		t.Errorf("%d events, ticket %q, %v", len(found.Events), found.Visit().Ticket, err)
	}
}

func TestTheChainLinksEveryOwnEvent(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	var last syncproto.Hash
	for i := range 5 {
		slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
		replicatest.Fill(t, r, int64(2*i+2), slot, booking)
		if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
			t.Fatal(err)
		}
	}
	out, err := r.Outbox(t.Context(), 10)
	if err != nil || len(out.Ops) != 5 {
		t.Fatalf("%d events, %v", len(out.Ops), err)
	}
	last = syncproto.HashOps(syncproto.Hash(out.Previous), out.Ops[:3])
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 3}); err != nil {
		t.Fatal(err)
	}
	out, err = r.Outbox(t.Context(), 10)
	if err != nil || len(out.Ops) != 2 || out.Ops[0].Seq != 4 {
		t.Fatalf("after an acknowledgement of 3: %d events, %v", len(out.Ops), err)
	}
	if !bytes.Equal(out.Previous, last[:]) {
		t.Error("the hash before event 4 is not the chain over events 1 to 3")
	}
}

func TestAFullDiskIsSaidAndLosesNothing(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	if err := r.FillDisk(t.Context()); err != nil {
		t.Fatal(err)
	}
	var err error
	written := 0
	for range 10_000 { // the last page of the file still has room for some
		_, err = r.Act(t.Context(), booking.Booking.ID, func(clinic.Booking) (replica.Draft, error) {
			return replica.Draft{Kind: clinic.CheckedIn, Staff: "nurse", Ticket: true}, nil
		})
		if err != nil {
			break
		}
		written++
	}
	if !errors.Is(err, replica.ErrDiskFull) {
		t.Fatalf("a full disk answers %v", err)
	}
	if out, err := r.Outbox(t.Context(), -1); err != nil || len(out.Ops) != written {
		t.Errorf("%d events were confirmed, %d are there, %v", written, len(out.Ops), err)
	}
}

func TestARestoredCentralGetsEverythingAgain(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	first, second := replicatest.NewID(), replicatest.NewID()
	welcome := syncproto.Welcome{Version: 1, History: first, Time: replicatest.Now.UnixMilli()}
	if err := r.Welcome(t.Context(), welcome); err != nil {
		t.Fatal(err)
	}
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatal(err)
	}
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 1}); err != nil {
		t.Fatal(err)
	}
	welcome.History = second
	if err := r.Welcome(t.Context(), welcome); err != nil {
		t.Fatal(err)
	}
	if at, err := r.Position(t.Context()); err != nil || at.Cursor != 0 || at.History != second {
		t.Errorf("position %+v, %v", at, err)
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 1 {
		t.Errorf("%d events wait for the restored central, %v", len(out.Ops), err)
	}
	replicatest.Fill(t, r, 2, slot, booking)
	if found, err := r.Booking(t.Context(), booking.Booking.ID); err != nil || found.Visit().Attendance != clinic.Arrived {
		t.Errorf("the arrival is %v, %v", found.Visit().Attendance, err)
	}
}

func TestNoPersonCanBeReadFromTheFiles(t *testing.T) {
	dir := t.TempDir()
	r := replicatest.Open(t, dir, standing)
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatal(err)
	}
	holdsNone(t, dir, "A123456789", "王小明", "0912345678")
}

// holdsNone makes sure that none of the canaries stands in a file of a folder.
func holdsNone(t *testing.T, dir string, canaries ...string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		content, err := os.ReadFile(filepath.Join(dir, f.Name()))
		if err != nil {
			t.Fatal(err)
		}
		for _, canary := range canaries {
			if bytes.Contains(content, []byte(canary)) {
				t.Errorf("%s holds %q in the clear", f.Name(), canary)
			}
		}
	}
}

func TestOldDaysAreForgottenButNotWhatWaits(t *testing.T) {
	now := replicatest.Now
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return now })
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	slot2, booking2 := replicatest.Booked("F131104093", "陳美", wang, replicatest.Today)
	replicatest.Fill(t, r, 4, slot, booking, slot2, booking2)
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(0, 0, 40)
	if err := r.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Booking(t.Context(), booking2.Booking.ID); !errors.Is(err, replica.ErrNoBooking) {
		t.Errorf("a booking of 40 days ago answers %v", err)
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 1 {
		t.Errorf("%d events wait, %v", len(out.Ops), err)
	}
}

func TestAClockThatIsYearsAheadForgetsNothing(t *testing.T) {
	dir := t.TempDir()
	r := replicatest.Open(t, dir, standing)
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatal(err)
	}
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 1}); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r = replicatest.Open(t, dir, func() time.Time { return replicatest.Now.AddDate(10, 0, 0) })
	if err := r.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Booking(t.Context(), booking.Booking.ID); err != nil {
		t.Errorf("the booking answers %v", err)
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || out.Max != 1 {
		t.Errorf("the last event is %d, %v", out.Max, err)
	}
}

func TestTheChainGoesOnAfterAQuietMonth(t *testing.T) {
	now := replicatest.Now
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return now })
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatal(err)
	}
	before, err := r.Outbox(t.Context(), 10)
	if err != nil {
		t.Fatal(err)
	}
	link := syncproto.HashOps(syncproto.Hash(before.Previous), before.Ops)
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 1}); err != nil {
		t.Fatal(err)
	}
	now = now.AddDate(0, 0, 40)
	if err := r.Purge(t.Context()); err != nil {
		t.Fatal(err)
	}
	slot, booking = replicatest.Booked("F131104093", "陳美", wang, replicatest.Today.AddDays(40))
	replicatest.Fill(t, r, 4, slot, booking)
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatal(err)
	}
	out, err := r.Outbox(t.Context(), 10)
	if err != nil || len(out.Ops) != 1 || out.Ops[0].Seq != 2 || !bytes.Equal(out.Previous, link[:]) {
		t.Errorf("after a month: %+v, %v", out, err)
	}
}

func TestARestoredCentralMayHaveEveryEventFromAClone(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	_, first := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	slot, second := replicatest.Booked("F131104093", "陳美", wang, replicatest.Today)
	first.Booking.Slot = second.Booking.Slot
	replicatest.Fill(t, r, 2, slot, first, second)
	for _, b := range []syncproto.Row{first, second} {
		if _, err := r.Act(t.Context(), b.Booking.ID, checkIn); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Acknowledge(t.Context(), syncproto.Ack{AckedSeq: 2}); err != nil {
		t.Fatal(err)
	}
	w := syncproto.Welcome{Version: 1, History: clinic.ID{9}, Time: replicatest.Now.UnixMilli(), AckedSeq: 2, ChainHead: bytes.Repeat([]byte{7}, 32)}
	if err := r.Welcome(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || out.Acked != 0 || len(out.Ops) != 2 {
		t.Errorf("%d are taken for acknowledged, and %d wait, %v", out.Acked, len(out.Ops), err)
	}
}

func TestAnEventOfAClonedDiskIsNotTakenForOurs(t *testing.T) {
	r := replicatest.Open(t, t.TempDir(), standing)
	slot, booking := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today)
	replicatest.Fill(t, r, 2, slot, booking)
	if _, err := r.Act(t.Context(), booking.Booking.ID, checkIn); err != nil {
		t.Fatal(err)
	}
	for _, w := range []syncproto.Welcome{
		{AckedSeq: 1, ChainHead: bytes.Repeat([]byte{7}, 32)}, // central's first event is another one
		{AckedSeq: 5, ChainHead: bytes.Repeat([]byte{8}, 32)}, // and it has more than there are
	} {
		w.Version, w.Time = 1, replicatest.Now.UnixMilli()
		if err := r.Welcome(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 1 {
			t.Errorf("central has %d others, and %d of ours wait, %v", w.AckedSeq, len(out.Ops), err)
		}
	}
}

package booking_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/internal/sqldb/pgtest"
)

func TestABrokenCommitStoresNothingAndTellsEverybody(t *testing.T) {
	city := bookingtest.Start(t, 1000)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	var commits atomic.Int64
	city.Break(func(string) error {
		if commits.Add(1)%3 != 0 {
			return sqldb.ErrFull
		}
		return nil
	})
	var kept sync.Map
	var wg sync.WaitGroup
	for n := range 300 {
		wg.Go(func() {
			ask := bookingtest.Ask(slot, n)
			switch _, err := city.Book(t.Context(), ask); {
			case err == nil:
				kept.Store(ask.ID, true)
			case !errors.Is(err, clinic.Refuse(clinic.RefusedBusy)) || !errors.Is(err, sqldb.ErrFull):
				t.Errorf("person %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	check := func() {
		n := 0
		kept.Range(func(id, _ any) bool {
			n++
			if _, err := city.Booking(t.Context(), id.(clinic.ID)); err != nil {
				t.Errorf("an answered booking is lost: %v", err)
			}
			return true
		})
		if s, _ := city.Slot(slot.ID); s.Taken != n {
			t.Errorf("%d were told yes, %d places are taken", n, s.Taken)
		}
		reconcile(t, city)
	}
	check()
	city.Again()
	check()
}

func TestAFaultOfOneDoesNotHurtTheOthers(t *testing.T) {
	city := bookingtest.Start(t, 1000)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	// Somebody else wrote a booking into the file: its id is taken, which the
	// engine cannot know.
	stolen := bookingtest.Ask(slot, 500)
	trigger := `CREATE TRIGGER poison BEFORE INSERT ON booking WHEN new.id = x'` + hexOf(stolen.ID) + `' BEGIN SELECT RAISE(ABORT, 'no'); END`
	if storetest.OnServer() {
		trigger = refusing("23514", `new.id = '\x`+hexOf(stolen.ID)+`'`)
	}
	if _, err := city.Store.DB().Writer().Exec(trigger); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		if _, err := city.Book(t.Context(), stolen); !errors.Is(err, clinic.Refuse(clinic.RefusedBusy)) {
			t.Errorf("the poisoned one: %v", err)
		}
	})
	for n := range 100 {
		wg.Go(func() {
			if _, err := city.Book(t.Context(), bookingtest.Ask(slot, n)); err != nil {
				t.Errorf("person %d: %v", n, err)
			}
		})
	}
	wg.Wait()
	if s, _ := city.Slot(slot.ID); s.Taken != 100 {
		t.Errorf("%d places are taken", s.Taken)
	}
	reconcile(t, city)
}

// refusing makes PostgreSQL refuse a booking that fits a condition.
func refusing(code, condition string) string {
	return `CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '` + code + `'; END $$;
		CREATE OR REPLACE TRIGGER refusing BEFORE INSERT ON booking FOR EACH ROW WHEN (` + condition + `) EXECUTE FUNCTION refuse()`
}

func hexOf(id clinic.ID) string {
	return string(bytes.ReplaceAll([]byte(id.String()), []byte("-"), nil))
}

func TestTooMuchAtOnceIsRefusedBeforeTheQueue(t *testing.T) {
	city := bookingtest.Start(t, 1000)
	e, err := booking.Open(t.Context(), booking.Config{
		Store: city.Store, Keys: storetest.Keys(t), Clock: city.Now, NewID: bookingtest.NewID, Log: city.Log(), Queue: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := city.Engine.Close(); err != nil { // one engine at a time
		t.Fatal(err)
	}
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	entered, leave := make(chan struct{}), make(chan struct{})
	var once sync.Once
	e.Break(func(string) error {
		once.Do(func() { close(entered); <-leave })
		return nil
	})
	answers := make(chan error, 2)
	book := func(n int) { _, err := e.Book(context.Background(), bookingtest.Ask(slot, n)); answers <- err }
	go book(0)
	<-entered // the writer is at work and will not take another
	refused := 0
	for n := 1; refused == 0; n++ { // one fits into the queue, the next does not
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := e.Book(ctx, bookingtest.Ask(slot, n)); errors.Is(err, clinic.Refuse(clinic.RefusedBusy)) {
			refused++
		} else if n > 2 {
			t.Fatalf("request %d: %v", n, err)
		}
	}
	close(leave)
	if err := <-answers; err != nil {
		t.Errorf("the one at work: %v", err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Book(t.Context(), bookingtest.Ask(slot, 9)); !errors.Is(err, booking.ErrClosed) {
		t.Errorf("after closing: %v", err)
	}
	reconcile(t, city)
}

func TestNoPersonalDataCanBeReadInTheFiles(t *testing.T) {
	city := bookingtest.Start(t, 50)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	ask := bookingtest.Ask(slot, 1)
	ask.Person.Name = clinic.NewName("金絲雀王小明")
	ask.Person.Birth = clinic.NewBirth(clinic.Date{Year: 2011, Month: 3, Day: 17})
	ask.Person.Mobile, ask.Person.Landline = clinic.NewPhone("0987654321"), clinic.NewPhone("04-22345678")
	ask.Person.Guardian, ask.GuardianConsent = clinic.NewPhone("0923456781"), true
	if _, err := city.Book(t.Context(), ask); err != nil {
		t.Fatal(err)
	}
	look := func() {
		for name, content := range filesOf(t, city) {
			for _, canary := range []string{ask.Person.ID.Reveal(), "金絲雀", "王小明", "2011-03-17", "0987654321", "22345678", "0923456781"} {
				if bytes.Contains(content, []byte(canary)) || bytes.Contains(content, []byte(hex.EncodeToString([]byte(canary)))) {
					t.Errorf("%s can be read in %s", canary, name)
				}
			}
		}
	}
	look()
	city.Again()
	look()
}

// filesOf gives all that a thief of the database would have: SQLite's files, or
// PostgreSQL's dump.
func filesOf(t *testing.T, city *bookingtest.City) map[string][]byte {
	t.Helper()
	if storetest.OnServer() {
		return map[string][]byte{"the dump": pgtest.Dump(t, city.Path)}
	}
	files, err := filepath.Glob(city.Path + "*")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	out := make(map[string][]byte)
	for _, file := range files {
		if out[filepath.Base(file)], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestADatabaseOfOtherKeysIsRefused(t *testing.T) {
	city := bookingtest.Start(t, 5)
	if err := city.Engine.Close(); err != nil {
		t.Fatal(err)
	}
	_, err := booking.Open(t.Context(), booking.Config{
		Store: city.Store, Keys: otherKeys(t), Clock: city.Now, NewID: bookingtest.NewID, Log: city.Log(),
	})
	if err == nil {
		t.Fatal("it opened")
	}
}

func otherKeys(t *testing.T) *seal.Keyring {
	t.Helper()
	k, err := seal.LoadOrCreate(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestAChangedAuditTrailIsFound(t *testing.T) {
	for name, change := range map[string]string{
		"an actor is changed":           "UPDATE audit SET actor = 'somebody else' WHERE n = 3",
		"an entry is missing":           "DELETE FROM audit WHERE n = 3",
		"two entries are swapped":       "UPDATE audit SET n = CASE n WHEN 2 THEN -3 WHEN 3 THEN -2 END WHERE n IN (2, 3); UPDATE audit SET n = -n WHERE n < 0",
		"words move to the next column": "UPDATE audit SET actor = actor || substr(action, 1, 1), action = substr(action, 2) WHERE n = 3",
	} {
		t.Run(name, func(t *testing.T) {
			city := bookingtest.Start(t, 5)
			for n := range 4 {
				city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), n)
			}
			if n, err := city.VerifyAudit(t.Context()); err != nil || n != 5 {
				t.Fatalf("%d entries, %v", n, err)
			}
			if _, err := city.Store.DB().Writer().Exec(change); err != nil {
				t.Fatal(err)
			}
			if _, err := city.VerifyAudit(t.Context()); !errors.Is(err, booking.ErrTampered) {
				t.Errorf("the answer is %v", err)
			}
		})
	}
}

func TestABatchIsNoLargerThanAsked(t *testing.T) {
	store := storetest.Open(t)
	e, err := booking.Open(t.Context(), booking.Config{
		Store: store, Keys: storetest.Keys(t), Clock: monday, NewID: bookingtest.NewID, Log: slog.New(slog.DiscardHandler), MostPerBatch: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Install(t.Context(), bookingtest.Profile(100)); err != nil {
		t.Fatal(err)
	}
	var commits atomic.Int64
	e.Break(func(string) error { commits.Add(1); return nil })
	requests := bookingtest.Requests(e.Slots(bookingtest.SiteA, bookingtest.XBB)[:1], 0, 60)
	if _, err := bookingtest.Flood(t.Context(), 30, requests, bookingtest.Raw(e)); err != nil {
		t.Fatal(err)
	}
	if n := commits.Load(); n != 60 {
		t.Errorf("60 bookings took %d transactions", n)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
}

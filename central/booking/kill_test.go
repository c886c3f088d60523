package booking_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/sqldb"
)

// The environment variables that make this test program the process
// that TestNothingThatWasAnsweredIsLostInACrash kills.
const (
	victim      = "EZHITONG_TEST_VICTIM"       // the folder of its keys
	victimStore = "EZHITONG_TEST_VICTIM_STORE" // its database
)

func TestMain(m *testing.M) {
	if folder := os.Getenv(victim); folder != "" {
		fmt.Fprintln(os.Stderr, bookUntilKilled(folder))
		os.Exit(1)
	}
	if dsn := os.Getenv(another); dsn != "" {
		if err := beAnother(dsn); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// bookUntilKilled books for person after person and prints every booking that
// was answered.
func bookUntilKilled(folder string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, os.Getenv(victimStore))
	if err != nil {
		return err
	}
	keys, err := seal.LoadOrCreate(folder)
	if err != nil {
		return err
	}
	e, err := booking.Open(ctx, booking.Config{
		Store: s, Keys: keys, Clock: monday, NewID: bookingtest.NewID, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	if err := e.Install(ctx, bookingtest.Profile(100_000)); err != nil {
		return err
	}
	slots := e.Slots(bookingtest.SiteA, bookingtest.XBB)[:6]
	var mu sync.Mutex
	_, err = bookingtest.Flood(ctx, 64, bookingtest.Requests(slots, 0, 20_000), func(ctx context.Context, r booking.Request) error {
		b, err := e.Book(ctx, r)
		mu.Lock()
		defer mu.Unlock()
		if _, printed := fmt.Println(b.ID); printed != nil {
			return printed
		}
		return err
	})
	return err
}

func TestNothingThatWasAnsweredIsLostInACrash(t *testing.T) {
	folder, dsn := t.TempDir(), storetest.Fresh(t)
	process := exec.CommandContext(t.Context(), os.Args[0])
	process.Env = append(os.Environ(), victim+"="+folder, victimStore+"="+dsn)
	process.Stderr = os.Stderr
	out, err := process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	var answered []clinic.ID
	for lines := bufio.NewScanner(out); lines.Scan(); {
		id, err := clinic.ParseID(lines.Text())
		if err != nil {
			break // a line cut short by the kill
		}
		if answered = append(answered, id); len(answered) == 500 {
			if err := process.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var killed *exec.ExitError
	if err := process.Wait(); !errors.As(err, &killed) || len(answered) < 500 {
		t.Fatalf("the process ended by itself after %d bookings: %v", len(answered), err)
	}
	keys, err := seal.LoadOrCreate(folder)
	if err != nil {
		t.Fatal(err)
	}
	city := &bookingtest.City{Store: storetest.OpenAt(t, dsn)}
	city.Engine, err = booking.Open(t.Context(), booking.Config{Store: city.Store, Keys: keys, Clock: monday, NewID: bookingtest.NewID, Log: city.Log()})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := city.Engine.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, id := range answered {
		if b, err := city.Booking(t.Context(), id); err != nil || !b.Active() {
			t.Fatalf("booking %s was answered and is lost: %v", id, err)
		}
	}
	reconcile(t, city)
	if _, err := city.Book(t.Context(), bookingtest.Ask(city.Slots(bookingtest.SiteA, bookingtest.XBB)[0], 900_000)); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestAFullDiskRefusesAndRecovers(t *testing.T) {
	city := bookingtest.Start(t, 100_000)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	kept := 0
	fill, empty := fillDisk(t, city)
	fill()
	var err error
	for ; err == nil && kept < 5000; kept++ {
		_, err = city.Book(t.Context(), bookingtest.Ask(slot, kept))
	}
	kept--
	if !errors.Is(err, sqldb.ErrFull) || !errors.Is(err, clinic.Refuse(clinic.RefusedBusy)) {
		t.Fatalf("after %d bookings: %v", kept, err)
	}
	if s, _ := city.Slot(slot.ID); s.Taken != kept {
		t.Errorf("%d were told yes, %d places are taken", kept, s.Taken)
	}
	reconcile(t, city)
	empty()
	city.MustBook(slot, kept)
	reconcile(t, city)
}

// fillDisk gives what makes the disk full a little later, and what makes room.
func fillDisk(t *testing.T, city *bookingtest.City) (fill, empty func()) {
	t.Helper()
	exec := func(statement string) {
		if _, err := city.Store.DB().Writer().Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	if storetest.OnServer() { // what it says then; a test cannot fill the server's disk
		const refuse = "new.stamp >= 250"
		return func() { exec(refusing("53100", refuse)) }, func() { exec("DROP TRIGGER refusing ON booking") }
	}
	var pages int
	if err := city.Store.DB().Writer().QueryRow("PRAGMA page_count").Scan(&pages); err != nil {
		t.Fatal(err)
	}
	limit := func(pages int) { exec(fmt.Sprintf("PRAGMA max_page_count = %d", pages)) }
	return func() { limit(pages + 20) }, func() { limit(1 << 30) }
}

func monday() time.Time { return bookingtest.Monday }

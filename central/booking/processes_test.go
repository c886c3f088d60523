package booking_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/seal"
)

// another is the environment variable that makes this test program one of several
// central processes: it opens the database and does what its input says.
const another = "EZHITONG_TEST_PROCESS"

// process is another central on the same database.
type process struct {
	*exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// begin starts another central and waits until it is open.
func begin(t *testing.T, dsn string) *process {
	t.Helper()
	p := &process{Cmd: exec.CommandContext(t.Context(), os.Args[0])}
	p.Env = append(os.Environ(), another+"="+dsn)
	p.Stderr = os.Stderr
	in, err := p.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.in, p.out = in, bufio.NewScanner(out)
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	if said := p.line(t); said != "open" {
		t.Fatalf("it says %q", said)
	}
	return p
}

func (p *process) tell(t *testing.T, command string) {
	t.Helper()
	if _, err := fmt.Fprintln(p.in, command); err != nil {
		t.Fatal(err)
	}
}

// line is the next line that it says; empty when it has ended.
func (p *process) line(t *testing.T) string {
	t.Helper()
	if !p.out.Scan() {
		return ""
	}
	return p.out.Text()
}

// end closes its input and waits for it.
func (p *process) end(t *testing.T) {
	t.Helper()
	if err := errors.Join(p.in.Close(), p.Wait()); err != nil {
		t.Error(err)
	}
}

// beAnother is the other process: 'flood SLOTS FIRST COUNT' books for COUNT people
// from FIRST on, in turn for the first SLOTS slots, and says every id that was
// answered with a place; then 'done FULL', how many were told that it is full.
func beAnother(dsn string) error {
	ctx := context.Background()
	s, err := store.Open(ctx, dsn)
	if err != nil {
		return err
	}
	keys, err := seal.New([]byte(strings.Repeat("\x07", seal.SecretSize)))
	if err != nil {
		return err
	}
	e, err := booking.Open(ctx, booking.Config{
		Store: s, Keys: keys, Clock: monday, NewID: bookingtest.NewID, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
	if err != nil {
		return err
	}
	fmt.Println("open")
	for commands := bufio.NewScanner(os.Stdin); commands.Scan(); {
		var slots, first, count int
		if _, err := fmt.Sscanf(commands.Text(), "flood %d %d %d", &slots, &first, &count); err != nil {
			return err
		}
		if err := flood(ctx, e, e.Slots(bookingtest.SiteA, bookingtest.XBB)[:slots], first, count); err != nil {
			return err
		}
	}
	return errors.Join(e.Close(), s.Close())
}

func flood(ctx context.Context, e *booking.Engine, slots []clinic.Slot, first, count int) error {
	var mu sync.Mutex
	full, again := 0, 0
	_, err := bookingtest.Flood(ctx, 64, bookingtest.Requests(slots, first, count), func(ctx context.Context, r booking.Request) error {
		_, err := e.Book(ctx, r)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case err == nil:
			fmt.Println(r.ID)
		case errors.Is(err, clinic.Refuse(clinic.RefusedFull)):
			full++
		case errors.Is(err, clinic.Refuse(clinic.RefusedAlreadyBooked)):
			again++
		default:
			return err
		}
		return nil
	})
	fmt.Println("done", full, again)
	return err
}

// onServer is a city on PostgreSQL, whatever the other tests use.
func onServer(t testing.TB, places int) *bookingtest.City {
	t.Helper()
	return bookingtest.StartAt(t, storetest.FreshServer(t), places)
}

func TestProcessesGiveTheLastPlaceToOnePerson(t *testing.T) {
	for _, processes := range []int{2, 4} {
		t.Run(strconv.Itoa(processes), func(t *testing.T) {
			const places, people, slots = 30, 300, 2
			city := onServer(t, places)
			all := make([]*process, processes)
			for i := range all {
				all[i] = begin(t, city.Path)
			}
			for i, p := range all { // each with people of its own and 50 that come everywhere
				p.tell(t, fmt.Sprintf("flood %d %d %d", slots, 0, 50))
				p.tell(t, fmt.Sprintf("flood %d %d %d", slots, 1000*(i+1), people))
			}
			got := make(map[string]bool)
			for _, p := range all {
				for ended := 0; ended < 2; {
					said := p.line(t)
					if strings.HasPrefix(said, "done") || said == "" {
						ended++
					} else if got[said] {
						t.Errorf("booking %s was given twice", said)
					} else {
						got[said] = true
					}
				}
				p.end(t)
			}
			if len(got) != places*slots {
				t.Errorf("%d got a place, there are %d", len(got), places*slots)
			}
			reconcile(t, city)
			one := "SELECT count(*) FROM (SELECT person FROM booking WHERE holds GROUP BY person, programme HAVING count(*) > 1) twice"
			var twice int
			if err := city.Store.Reader().QueryRowContext(t.Context(), one).Scan(&twice); err != nil || twice != 0 {
				t.Errorf("%d people have two bookings, %v", twice, err)
			}
			eventually(t, "the city sees what the others booked", func() bool { return city.Slots(bookingtest.SiteA, bookingtest.XBB)[0].Left() == 0 })
		})
	}
}

func TestProcessesLoseNothingWhenOneIsKilled(t *testing.T) {
	city := onServer(t, 100_000)
	victim, other := begin(t, city.Path), begin(t, city.Path)
	victim.tell(t, "flood 6 0 20000")
	other.tell(t, "flood 6 100000 3000")
	var answered []string
	for len(answered) < 400 {
		said := victim.line(t)
		if said == "" {
			t.Fatal("it ended by itself")
		}
		answered = append(answered, said)
	}
	if err := victim.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for said := victim.line(t); len(said) == 36; said = victim.line(t) {
		answered = append(answered, said)
	}
	var killed *exec.ExitError
	if err := victim.Wait(); !errors.As(err, &killed) {
		t.Errorf("the victim: %v", err)
	}
	for said := other.line(t); !strings.HasPrefix(said, "done"); said = other.line(t) {
		if said == "" {
			t.Fatal("the other ended")
		}
		answered = append(answered, said)
	}
	other.end(t)
	if len(answered) < 3400 {
		t.Errorf("%d were answered", len(answered))
	}
	for _, text := range answered {
		id, err := clinic.ParseID(text)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := city.Booking(t.Context(), id); err != nil || !b.Active() {
			t.Fatalf("booking %s was answered and is lost: %v", id, err)
		}
	}
	reconcile(t, city)
	city.MustBook(city.Slots(bookingtest.SiteA, bookingtest.XBB)[0], 900_000)
	reconcile(t, city)
}

// eventually waits for what another process does to be seen here.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(10 * time.Second); !is(); {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("%s: not yet", what)
		}
	}
}

package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/load"
)

// TestMain makes this test program the server that the bars start, as the real
// program is its own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{"serve", "hub", "device"}, os.Args[1]) {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestATownIsServedBookedAndHeldAgainstItsBooks(t *testing.T) {
	on := &bench{work: t.TempDir()}
	town, err := on.openTown(t.Context(), shape{2, 5})
	if err != nil {
		t.Fatal(err)
	}
	if rate, err := flood(t.Context(), town.doors, 8, town.bookings(300)); err != nil || rate <= 0 {
		t.Errorf("%v bookings each second, %v", rate, err)
	}
	if rate, err := flood(t.Context(), town.doors, 8, town.reads(10)); err != nil || rate <= 0 {
		t.Errorf("%v reads each second, %v", rate, err)
	}
	if rate, err := flood(t.Context(), town.hello, 8, greetings(town.hello, 10)); err != nil || rate <= 0 {
		t.Errorf("%v hellos each second, %v", rate, err)
	}
	if err := town.close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestAnAnswerThatIsNotInTheBooksIsFound(t *testing.T) {
	on := &bench{work: t.TempDir()}
	town, err := on.openTown(t.Context(), shape{1, 5})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := flood(t.Context(), town.doors, 2, town.bookings(3)); err != nil {
		t.Fatal(err)
	}
	town.sent = town.sent[1:] // somebody else booked
	if err := town.close(t.Context()); !errors.Is(err, load.ErrBooks) {
		t.Errorf("3 in the books and 2 answered: %v", err)
	}
}

func TestARefusalEndsAMeasurement(t *testing.T) {
	on := &bench{work: t.TempDir()}
	town, err := on.openTown(t.Context(), shape{1, 1})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := flood(t.Context(), town.doors, 4, town.ask([]int{0}, 5)); err == nil || !strings.Contains(err.Error(), "1 of 5") {
		t.Errorf("five people for one place: %v", err)
	}
	if err := town.close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTheStandInJudgesLikeTheEngine(t *testing.T) {
	e, err := memoryEngine(t.Context(), t.TempDir(), shape{1, 1}, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := e.close(); err != nil {
			t.Error(err)
		}
	}()
	stand := unstored{e.Engine, townClock()}
	full := asks([]int{0}, 0, 1)[0]
	if _, err := e.Book(t.Context(), full); err != nil {
		t.Fatal(err)
	}
	person := 1
	for story, change := range map[string]func(*booking.Request){
		"a good request": func(*booking.Request) {},
		"a full slot":    func(r *booking.Request) { r.Slot = full.Slot },
		"no such slot":   func(r *booking.Request) { r.Slot = slotID(9999) },
		"no such dose":   func(r *booking.Request) { r.Dose = "booster" },
		"no such person": func(r *booking.Request) { r.Person.ID = clinic.NewIDNumber("A123456780") },
		"no such phone":  func(r *booking.Request) { r.Person.Mobile = clinic.NewPhone("12") },
		"a newborn": func(r *booking.Request) {
			r.Person.Birth = clinic.NewBirth(clinic.Date{Year: 2026, Month: 11, Day: 1})
			r.Person.Guardian, r.GuardianConsent = clinic.NewPhone("0912345678"), true
		},
	} {
		t.Run(story, func(t *testing.T) {
			r := asks([]int{person}, person, 1)[0]
			person++
			change(&r)
			_, want := stand.Book(t.Context(), r)
			_, got := e.Book(t.Context(), r)
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("the engine says %v, the stand-in %v", got, want)
			}
		})
	}
}

func TestPairsTakeTurnsBetweenControls(t *testing.T) {
	s := httptest.NewServer(hello())
	defer s.Close()
	target, err := load.NewTarget(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var order strings.Builder
	half := func(name string, v float64) func() (float64, error) {
		return func() (float64, error) { order.WriteString(name); return v, nil }
	}
	got, err := pairs(t.Context(), target, half("a", 3), half("b", 4))
	if err != nil {
		t.Fatal(err)
	}
	if order.String() != "abbaabbaab" {
		t.Errorf("the order is %s", order.String())
	}
	for _, p := range got {
		if p.Ratio != 0.75 || p.Before <= 0 || p.After <= 0 {
			t.Errorf("%+v", p)
		}
	}
	broken := errors.New("broken")
	if _, err := pairs(t.Context(), target, half("a", 1), func() (float64, error) { return 0, broken }); !errors.Is(err, broken) {
		t.Errorf("a half that broke: %v", err)
	}
}

func TestWhatACrashRunFoundCounts(t *testing.T) {
	other := errors.New("central did not start")
	for story, c := range map[string]struct {
		printed string
		err     error
		value   float64
		fails   error
	}{
		"all holds":        {"符合 ok   x  1 = 1\n", nil, 0, nil},
		"the books differ": {"符合 ok   x  1 = 1\n不符 BAD  y  1 = 2\n不符 BAD  z  1 = 2\n", load.ErrBooks, 2, nil},
		"one was lost":     {"", load.ErrLost, 1, nil},
		"it did not run":   {"", other, 0, other},
	} {
		t.Run(story, func(t *testing.T) {
			f, err := judgeKills(20, c.printed, c.err, t.TempDir())
			if f.Value != c.value || !errors.Is(err, c.fails) {
				t.Errorf("%v, %v", f.Value, err)
			}
		})
	}
}

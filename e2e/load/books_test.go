package load

import (
	"errors"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
)

// wrongly does something to a trial's books or answers after a burst and gives
// the names of the checks that no longer hold.
func wrongly(t *testing.T, change func(*Trial, *bookingtest.City)) map[string]int {
	t.Helper()
	trial, city := started(t, 4, 8, nil)
	if _, err := trial.Burst(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	change(trial, city)
	after, err := trial.store.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bad := map[string]int{}
	for _, c := range Compare(trial.sent, trial.before, after) {
		if !c.OK() {
			bad[c.What] = c.Got - c.Want
		}
	}
	if err := trial.judge(after); (len(bad) > 0) != errors.Is(err, ErrBooks) {
		t.Errorf("%d checks do not hold, the trial says %v", len(bad), err)
	}
	return bad
}

func TestTheBooksGiveAwayWhatIsWrong(t *testing.T) {
	run := func(statement string) func(*Trial, *bookingtest.City) {
		return func(_ *Trial, city *bookingtest.City) {
			if _, err := city.Store.DB().Writer().ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
	}
	for story, c := range map[string]struct {
		change func(*Trial, *bookingtest.City)
		checks int
	}{
		"nothing is wrong":       {func(*Trial, *bookingtest.City) {}, 0},
		"a booking is lost":      {run("DELETE FROM reminder; DELETE FROM booking WHERE id = (SELECT id FROM booking ORDER BY id LIMIT 1)"), 4},
		"a booking is invented":  {func(trial *Trial, _ *bookingtest.City) { trial.sent = trial.sent[1:] }, 4},
		"a place is not counted": {run("UPDATE slot SET taken = taken - 1 WHERE id = (SELECT id FROM slot WHERE taken > 0 ORDER BY id LIMIT 1)"), 2},
		"a slot is overbooked": {
			run("UPDATE slot SET overflow = 9, taken = capacity + 1 WHERE id = (SELECT id FROM slot WHERE taken = 0 ORDER BY id LIMIT 1)"), 3,
		},
		"two rows have one stamp": {
			run("UPDATE booking SET stamp = (SELECT min(b.stamp) FROM booking b WHERE b.site = booking.site)"), 1,
		},
		"an audit entry is lost": {run("DELETE FROM audit WHERE n = (SELECT min(n) FROM audit WHERE action = 'book')"), 2},
		"one is there twice":     {run("UPDATE audit SET object = (SELECT min(object) FROM audit WHERE action = 'book') WHERE n = (SELECT max(n) FROM audit WHERE action = 'book')"), 1},
		"a refusal was stored":   {func(trial *Trial, _ *bookingtest.City) { trial.sent[0].become(no) }, 5},
		"nobody knows":           {func(trial *Trial, _ *bookingtest.City) { trial.sent[0].become(unknown) }, 5},
		"two for one person": {
			run("DROP INDEX booking_one_active; UPDATE booking SET person = (SELECT person FROM booking ORDER BY id LIMIT 1), programme = 'x'"), 1,
		},
	} {
		t.Run(story, func(t *testing.T) {
			if bad := wrongly(t, c.change); len(bad) != c.checks {
				t.Errorf("%d checks do not hold, not %d: %v", len(bad), c.checks, bad)
			}
		})
	}
}

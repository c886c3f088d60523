package booking_test

import (
	"errors"
	"fmt"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store/storetest"
)

func TestTheTrailOfAStoppedServerNamesTheRowThatBreaks(t *testing.T) {
	for name, c := range map[string]struct {
		change string
		row    int64
		miss   bool
	}{
		"an actor is changed":             {"UPDATE audit SET actor = 'somebody else' WHERE n = 3", 3, false},
		"a time is changed":               {"UPDATE audit SET at = at + 1 WHERE n = 5", 5, false},
		"the first entry is missing":      {"DELETE FROM audit WHERE n = 1", 1, true},
		"an entry is missing":             {"DELETE FROM audit WHERE n = 4", 4, true},
		"the gap is closed":               {"DELETE FROM audit WHERE n = 4; UPDATE audit SET n = 4 WHERE n = 5", 4, false},
		"the last entries are missing":    {"DELETE FROM audit WHERE n > 3", 4, true},
		"the last entry is another":       {"UPDATE audit SET hash = CAST('another' AS BYTEA) WHERE n = 5", 5, false},
		"everything is missing":           {"DELETE FROM audit", 1, true},
		"an entry is added at the end":    {"INSERT INTO audit SELECT 6, at, actor, action, object, detail, hash FROM audit WHERE n = 5", 6, false},
		"an old entry is put in again":    {"INSERT INTO audit SELECT 9, at, actor, action, object, detail, hash FROM audit WHERE n = 2", 6, true},
		"an entry has lost its own hash":  {"UPDATE audit SET hash = CAST('' AS BYTEA) WHERE n = 2", 2, false},
		"a hash stands with another row ": {"UPDATE audit SET hash = (SELECT hash FROM audit WHERE n = 3) WHERE n = 2", 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			city := bookingtest.Start(t, 5)
			for n := range 4 {
				city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), n)
			}
			reader := city.Store.Reader()
			mark, err := booking.VerifyTrail(t.Context(), reader, storetest.Keys(t), booking.Mark{})
			if err != nil || mark.Row != 5 {
				t.Fatalf("%v, %v", mark, err)
			}
			if again, err := booking.ParseMark(mark.String()); err != nil || again != mark {
				t.Errorf("%v reads as %v, %v", mark, again, err)
			}
			if _, err := city.Store.DB().Writer().Exec(c.change); err != nil {
				t.Fatal(err)
			}
			_, err = booking.VerifyTrail(t.Context(), reader, storetest.Keys(t), mark)
			var broken *booking.TamperedError
			if !errors.As(err, &broken) || broken.Row != c.row || broken.Missing != c.miss || !errors.Is(err, booking.ErrTampered) {
				t.Errorf("row %d, missing %v was expected: %v", c.row, c.miss, err)
			}
		})
	}
}

func TestATrailThatGrewStillHoldsAnEarlierMark(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	city.MustBook(slot, 1)
	mark, err := booking.VerifyTrail(t.Context(), city.Store.Reader(), storetest.Keys(t), booking.Mark{})
	if err != nil {
		t.Fatal(err)
	}
	city.MustBook(slot, 2)
	later, err := booking.VerifyTrail(t.Context(), city.Store.Reader(), storetest.Keys(t), mark)
	if err != nil || later.Row != mark.Row+1 {
		t.Errorf("%v, then %v: %v", mark, later, err)
	}
	mark.Hash[0]++
	if _, err := booking.VerifyTrail(t.Context(), city.Store.Reader(), storetest.Keys(t), mark); !errors.Is(err, booking.ErrTampered) {
		t.Errorf("another trail's mark: %v", err)
	}
	if _, err := booking.VerifyTrail(t.Context(), city.Store.Reader(), otherKeys(t), booking.Mark{}); !errors.Is(err, booking.ErrKeys) {
		t.Errorf("other keys: %v", err)
	}
	for _, bad := range []string{"", "5", "5-", "-5-0011223344556677", "x-0011223344556677", fmt.Sprintf("5-%018d", 0)} {
		if _, err := booking.ParseMark(bad); err == nil {
			t.Errorf("%q is read as a mark", bad)
		}
	}
}

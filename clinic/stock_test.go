package clinic_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
)

var lastOfMarch = clinic.Date{Year: 2027, Month: time.March, Day: 31}

func TestWhatIsToldOfTheStockIsReadBack(t *testing.T) {
	for want, m := range map[string]clinic.StockMove{
		"received 3 10 2027-03-31 flu": {Kind: clinic.StockReceived, Vials: 3, Doses: 10, Expires: lastOfMarch, Vaccine: "flu"},
		"received 1 1 2027-03-31 a b":  {Kind: clinic.StockReceived, Vials: 1, Doses: 1, Expires: lastOfMarch, Vaccine: "a b"},
		"opened 1":                     {Kind: clinic.StockOpened, Vials: 1},
		"wasted 2 掉到 地上":               {Kind: clinic.StockWasted, Doses: 2, Why: "掉到 地上"},
		"taken_back 打錯瓶數":              {Kind: clinic.StockTakenBack, Why: "打錯瓶數"},
	} {
		if got, err := clinic.ParseStockMove(want); err != nil || got != m || m.String() != want {
			t.Errorf("%+v is written %q and read %+v, %v", m, m, got, err)
		}
	}
	for _, s := range []string{
		"", "fever", "received", "received 3 10 2027-03-31", "received 3 10 2027-03-31 ", "received 0 10 2027-03-31 flu", "received 10000 1 2027-03-31 flu",
		"received 1 101 2027-03-31 flu", "received 03 10 2027-03-31 flu", "received 3 10 tomorrow flu", "received 3 10 2027-02-30 flu", "opened 0", "opened -1", "opened 1 2", "opened +1",
		"wasted 2", "wasted 2 ", "wasted 1000000 broken", "taken_back", "taken_back ", "lost 1",
	} {
		if got, err := clinic.ParseStockMove(s); err == nil {
			t.Errorf("%q is read as %+v", s, got)
		}
	}
}

func FuzzStockMove(f *testing.F) {
	for _, s := range []string{"received 3 10 2027-03-31 flu", "opened 1", "wasted 2 掉到地上", "taken_back 打錯瓶數", "opened 007"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if m, err := clinic.ParseStockMove(s); err == nil && m.String() != s {
			t.Errorf("%q is written again as %q", s, m)
		}
	})
}

// stockEvent is a line of a lot, or what takes it back.
func stockEvent(device byte, seq uint64, line byte, lot, reason string) clinic.Event {
	return clinic.Event{
		Ref: clinic.EventRef{Device: clinic.ID{device}, Epoch: 1, Seq: seq}, Kind: clinic.StockMoved, Booking: clinic.ID{line},
		At: time.Unix(int64(seq)*60, 0), Staff: "nurse", Lot: lot, Reason: reason,
	}
}

func TestTheStockOfASiteIsWhatItsDesksWrote(t *testing.T) {
	events := []clinic.Event{
		stockEvent(1, 1, 1, "FL1", "received 3 10 2027-03-31 flu"),
		stockEvent(1, 2, 2, "FL1", "opened 1"),
		stockEvent(2, 3, 3, " fl1", "received 2 10 2027-03-31 flu"),
		stockEvent(2, 4, 4, "FL1", "wasted 2 掉到地上"),
		stockEvent(2, 5, 5, "FL1", "opened 1"),
		stockEvent(1, 6, 5, "FL1", "taken_back 重複"),
		stockEvent(1, 7, 5, "FL1", "taken_back 再一次"),
		stockEvent(1, 8, 9, "FL1", "taken_back 沒有這筆"),
		stockEvent(1, 9, 6, "FL1", "fever"),
		{Ref: clinic.EventRef{Seq: 10}, Kind: clinic.VaccineGiven, Lot: "FL1", Reason: "opened 1"},
	}
	all := clinic.Stock(events, map[string]int{"FL1": 4, "zz9": 1})
	if len(all) != 2 || all[0].Number != "ZZ9" || all[0].Left() != -1 {
		t.Fatalf("%+v", all)
	}
	s := all[1]
	if s.Number != "FL1" || s.Received != 5 || s.Opened != 1 || s.Wasted != 2 || s.Given != 4 || s.Vaccine != "flu" || s.Expires != lastOfMarch || s.Differs {
		t.Errorf("%+v", s)
	}
	if s.Left() != 44 || s.Closed() != 4 || s.InOpen() != 4 {
		t.Errorf("left %d, closed %d, in open vials %d", s.Left(), s.Closed(), s.InOpen())
	}
	if len(s.Lines) != 5 || s.Lines[3].Device != (clinic.ID{2}) || !s.Lines[3].Back.At.IsZero() || s.Lines[4].Back.Why != "重複" || s.Lines[4].Back.Staff != "nurse" {
		t.Errorf("%+v", s.Lines)
	}
}

func TestTwoDesksThatReceiveALotOtherwiseAreTold(t *testing.T) {
	events := []clinic.Event{
		stockEvent(1, 1, 1, "FL1", "received 3 10 2027-03-31 flu"),
		stockEvent(2, 2, 2, "FL1", "received 1 5 2027-03-31 flu"),
	}
	if s := clinic.Stock(events, nil)[0]; !s.Differs || s.PerVial != 10 {
		t.Errorf("%+v", s)
	}
	back := append(events, stockEvent(2, 3, 1, "FL1", "taken_back 打錯"))
	if s := clinic.Stock(back, nil)[0]; s.Differs || s.PerVial != 5 || s.Received != 1 {
		t.Errorf("%+v", s)
	}
}

// someStock draws what desks may write: few lines, lots and times, so that they collide.
func someStock() *rapid.Generator[[]clinic.Event] {
	return rapid.Custom(func(t *rapid.T) []clinic.Event {
		var events []clinic.Event
		for seq := range rapid.IntRange(0, 9).Draw(t, "n") {
			e := stockEvent(byte(rapid.IntRange(1, 2).Draw(t, "device")), uint64(seq+1), byte(rapid.IntRange(1, 4).Draw(t, "line")),
				rapid.SampledFrom([]string{"L1", "l1 ", "L2"}).Draw(t, "lot"),
				rapid.SampledFrom([]string{"received 1 10 2027-03-31 flu", "received 2 5 2027-03-31 xbb", "opened 1", "wasted 2 掉", "taken_back 錯", "?"}).Draw(t, "reason"))
			e.At = time.Unix(int64(rapid.IntRange(0, 3).Draw(t, "at")), 0)
			events = append(events, e)
		}
		return events
	})
}

func TestTheStockIsOfTheSetOfEvents(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := someStock().Draw(t, "events")
		given := map[string]int{"L1": 2}
		if a, b := clinic.Stock(events, given), clinic.Stock(repeated(t, events), given); !reflect.DeepEqual(a, b) {
			t.Fatalf("%+v\n%+v", a, b)
		}
	})
}

func TestALineThatWasTakenBackCountsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := someStock().Draw(t, "events")
		gone := map[clinic.ID]bool{}
		for _, e := range events {
			gone[e.Booking] = gone[e.Booking] || e.Reason == "taken_back 錯"
		}
		left := slices.DeleteFunc(slices.Clone(events), func(e clinic.Event) bool { return gone[e.Booking] })
		sum := func(events []clinic.Event) map[string][5]int {
			out := map[string][5]int{}
			for _, s := range clinic.Stock(events, nil) {
				if n := [5]int{s.Received, s.Opened, s.Wasted, s.PerVial, len(s.Vaccine)}; n != [5]int{} {
					out[s.Number] = n
				}
			}
			return out
		}
		if a, b := sum(events), sum(left); !reflect.DeepEqual(a, b) {
			t.Fatalf("%v\n%v", a, b)
		}
	})
}

package syncproto

import (
	"errors"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ezhitong.tw/clinic"
)

func TestEveryDayHasItsNumber(t *testing.T) {
	for _, c := range []struct {
		date clinic.Date
		day  Day
	}{
		{clinic.Date{Year: 1970, Month: 1, Day: 1}, 0},
		{clinic.Date{Year: 1969, Month: 12, Day: 31}, -1},
		{clinic.Date{Year: 1911, Month: 10, Day: 10}, -21268},
		{clinic.Date{Year: 2026, Month: 11, Day: 24}, 20781},
		{clinic.Date{}, NoDay},
	} {
		if got := DayOf(c.date); got != c.day {
			t.Errorf("%s is day %d, want %d", c.date, got, c.day)
		}
		if got := c.day.Date(); got != c.date {
			t.Errorf("day %d is %s, want %s", c.day, got, c.date)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		d := Day(rapid.Int32Range(-30000, 60000).Draw(t, "day"))
		if DayOf(d.Date()) != d || DayOf(d.Date().AddDays(1)) != d+1 {
			t.Fatalf("day %d is %s", d, d.Date())
		}
	})
}

func TestSomebodyBornOnTheFirstOfJanuary1970HasABirthday(t *testing.T) {
	born := clinic.NewBirth(clinic.Date{Year: 1970, Month: 1, Day: 1})
	row := BookingRowOf(clinic.Booking{ID: idOf(1), Person: clinic.Person{Birth: born}}, nil)
	if got := row.Booking(clinic.Slot{}).Person.Birth; !got.Equal(born) {
		t.Fatalf("born on %v", got.Reveal())
	}
}

func TestAnEventKeepsItsMeaningOnTheWay(t *testing.T) {
	at := time.Date(2026, 11, 24, 9, 30, 0, int(123*time.Millisecond), clinic.Taipei)
	for _, e := range []clinic.Event{
		{Ref: clinic.EventRef{Device: idOf(1), Epoch: 2, Seq: 3}, Kind: clinic.CheckedIn, Booking: idOf(4), At: at, Staff: "kiosk", Ticket: "A012"},
		{Ref: clinic.EventRef{Device: idOf(1), Epoch: 2, Seq: 4}, Kind: clinic.VaccineGiven, Booking: idOf(4), At: at, Staff: "desk1", Lot: "FL1234"},
		{
			Ref: clinic.EventRef{Device: idOf(1), Epoch: 2, Seq: 5}, Kind: clinic.EventVoided, Booking: idOf(4), At: at, Staff: "desk1", Reason: "按錯",
			Voids: clinic.EventRef{Device: idOf(1), Epoch: 2, Seq: 4},
		},
	} {
		op := OpOf(e, Clock{Wall: at.Add(time.Second), Monotonic: time.Minute, Boot: idOf(8)}, 6)
		if err := op.Check(); err != nil {
			t.Fatal(err)
		}
		if op.Base != 6 || op.Monotonic != 60000 || op.Wall-op.At != 1000 || op.Boot != idOf(8) {
			t.Fatalf("the op is %+v", op)
		}
		if got := (EventRow{Device: idOf(1), Epoch: 2, Op: op}).Event(); !reflect.DeepEqual(got, e) {
			t.Fatalf("got %+v, want %+v", got, e)
		}
	}
}

func TestRowsKeepTheirMeaningOnTheWay(t *testing.T) {
	slot := clinic.Slot{
		ID: idOf(4), Site: "3536020012", Period: "47", Programme: "covid", Vaccine: "bnt", Date: clinic.Date{Year: 2026, Month: 11, Day: 25},
		Start: 540, End: 600, Capacity: 20, Taken: 3,
	}
	if got := SlotRowOf(slot).Slot(slot.Site); got != slot {
		t.Fatalf("slot %+v", got)
	}
	event := sampleOp(1)
	booking := clinic.Booking{
		ID: idOf(2), Code: clinic.CodeOf(idOf(2)), Slot: slot, Dose: "booster",
		Person: clinic.Person{
			ID: clinic.NewIDNumber("A123456789"), Name: clinic.NewName("王小明"), Birth: clinic.NewBirth(clinic.Date{Year: 1958, Month: 2, Day: 28}),
			Mobile: clinic.NewPhone("0912345678"), Landline: clinic.NewPhone("04-22289111"), Guardian: clinic.NewPhone("0987654321"),
		},
		Created: time.Date(2026, 11, 20, 8, 0, 0, 0, clinic.Taipei), Cancelled: time.Date(2026, 11, 21, 8, 0, 0, 0, clinic.Taipei), Version: 7,
		Events: []clinic.Event{event.Event(idOf(1), 1)},
	}
	row := BookingRowOf(booking, []EventRow{{Device: idOf(1), Epoch: 1, Op: event}})
	if row.Date != DayOf(slot.Date) {
		t.Fatalf("the row stands on day %d", row.Date)
	}
	if got := row.Booking(slot); !reflect.DeepEqual(got, booking) {
		t.Fatal("the booking changed on the way")
	}
	site := clinic.Site{Code: "3536020012", Name: "仁愛診所", District: "西屯區", Address: "市政路 1 號", Phone: "04-22289111"}
	if got := SiteRowOf(site).Site(); !reflect.DeepEqual(got, site) {
		t.Fatalf("site %+v", got)
	}
	programme := clinic.Programme{Code: "covid", Name: clinic.Text{"zh-TW": "新冠疫苗"}, Vaccines: []clinic.Vaccine{{Code: "bnt", Doses: []clinic.DoseRule{{Code: "booster"}}}}}
	rules, err := ProgrammeRowOf(programme)
	if err != nil {
		t.Fatal(err)
	}
	got, err := rules.Programme()
	if err != nil || got.Name.In("en") != "新冠疫苗" || len(got.Vaccines) != 1 {
		t.Fatalf("programme %+v, %v", got, err)
	}
	rules.Code = "flu"
	if _, err := rules.Programme(); !errors.Is(err, ErrMalformed) {
		t.Fatalf("rules of another programme: %v", err)
	}
	rules.Doc = []byte("{")
	if _, err := rules.Programme(); !errors.Is(err, ErrMalformed) {
		t.Fatalf("no rules: %v", err)
	}
}

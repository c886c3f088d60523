package reception_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

var (
	wang = clinic.Person{
		ID: clinic.NewIDNumber("A123456789"), Name: clinic.NewName("王小明"),
		Birth: clinic.NewBirth(clinic.Date{Year: 1961, Month: 6, Day: 15}),
	}
	chen = clinic.Person{
		ID: clinic.NewIDNumber("F131104093"), Name: clinic.NewName("陳美"),
		Birth: clinic.NewBirth(clinic.Date{Year: 1980, Month: 1, Day: 2}),
	}
)

func counter(t *testing.T) (*reception.Counter, *replica.Replica) {
	r := replicatest.Open(t, t.TempDir(), func() time.Time { return replicatest.Now })
	replicatest.Fill(t, r, 1, replicatest.Programme(t))
	return &reception.Counter{Replica: r, Staff: "nurse"}, r
}

// book puts a booking into the replica and gives its id.
func book(t *testing.T, r *replica.Replica, p clinic.Person, day clinic.Date, change func(*syncproto.BookingRow)) clinic.ID {
	t.Helper()
	slot, booking := replicatest.Booked(p.ID.Reveal(), p.Name.Reveal(), p.Birth.Reveal(), day)
	if change != nil {
		change(booking.Booking)
	}
	at, err := r.Position(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	replicatest.Fill(t, r, at.Cursor+2, slot, booking)
	return booking.Booking.ID
}

func recognise(t *testing.T, c *reception.Counter, p clinic.Person) reception.Finding {
	t.Helper()
	f, err := c.Recognise(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestACardSaysWhoItIsAndWhatComesNext(t *testing.T) {
	today := replicatest.Today
	cases := []struct {
		name  string
		setup func(t *testing.T, c *reception.Counter, r *replica.Replica)
		want  string
		arg   string
	}{
		{"booked today", func(t *testing.T, _ *reception.Counter, r *replica.Replica) { book(t, r, wang, today, nil) }, reception.Ready, ""},
		{"booked for another day", func(t *testing.T, _ *reception.Counter, r *replica.Replica) {
			book(t, r, wang, today.AddDays(2), nil)
		}, reception.WrongDay, "2026-12-03"},
		{"was here yesterday", func(t *testing.T, _ *reception.Counter, r *replica.Replica) {
			book(t, r, wang, today.AddDays(-1), nil)
		}, reception.NotBooked, ""},
		{"cancelled", func(t *testing.T, _ *reception.Counter, r *replica.Replica) {
			book(t, r, wang, today, func(b *syncproto.BookingRow) { b.Cancelled = replicatest.Now.UnixMilli() })
		}, reception.Cancelled, ""},
		{"cancelled and booked again", func(t *testing.T, _ *reception.Counter, r *replica.Replica) {
			book(t, r, wang, today, func(b *syncproto.BookingRow) { b.Cancelled = replicatest.Now.UnixMilli() })
			book(t, r, wang, today, nil)
		}, reception.Ready, ""},
		{"already arrived", func(t *testing.T, c *reception.Counter, r *replica.Replica) {
			if _, err := c.CheckIn(t.Context(), book(t, r, wang, today, nil)); err != nil {
				t.Fatal(err)
			}
		}, reception.AlreadyArrived, "A001"},
		{"two bookings today", func(t *testing.T, _ *reception.Counter, r *replica.Replica) {
			book(t, r, wang, today, nil)
			book(t, r, wang, today, nil)
		}, reception.Several, ""},
		{"somebody else's booking", func(t *testing.T, _ *reception.Counter, r *replica.Replica) { book(t, r, chen, today, nil) }, reception.NotBooked, ""},
		{"same number, other birth date", func(t *testing.T, _ *reception.Counter, r *replica.Replica) {
			other := wang
			other.Birth = chen.Birth
			book(t, r, other, today, nil)
		}, reception.NotBooked, ""},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c, r := counter(t)
			tc.setup(t, c, r)
			f := recognise(t, c, wang)
			if f.Code != tc.want {
				t.Fatalf("found %s, want %s", f.Code, tc.want)
			}
			for _, got := range f.Args {
				if got != tc.arg {
					t.Errorf("said %q, want %q", got, tc.arg)
				}
			}
			if tc.arg != "" && len(f.Args) == 0 {
				t.Errorf("said nothing, want %q", tc.arg)
			}
			if (f.Entry == nil) != (tc.want == reception.NotBooked || tc.want == reception.Several) {
				t.Errorf("entry %v with %s", f.Entry, f.Code)
			}
		})
	}
}

func TestTheReceiptTellsTheNumberAndWhoIsAhead(t *testing.T) {
	c, r := counter(t)
	first, second := book(t, r, wang, replicatest.Today, nil), book(t, r, chen, replicatest.Today, nil)
	if got, err := c.CheckIn(t.Context(), first); err != nil || got.Ticket != "A001" || got.Ahead != 0 || got.Repeat {
		t.Errorf("first: %+v, %v", got, err)
	}
	got, err := c.CheckIn(t.Context(), second)
	if err != nil || got.Ticket != "A002" || got.Repeat {
		t.Errorf("second: %+v, %v", got, err)
	}
	if got.Entry.Vaccine != "流感" || got.Entry.Dose != "1 劑" || !got.Entry.Waiting {
		t.Errorf("entry %q %q waiting %v", got.Entry.Vaccine, got.Entry.Dose, got.Entry.Waiting)
	}
}

func TestCheckingInTwiceKeepsTheNumber(t *testing.T) {
	c, r := counter(t)
	id := book(t, r, wang, replicatest.Today, nil)
	if _, err := c.CheckIn(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got, err := c.CheckIn(t.Context(), id); err != nil || got.Ticket != "A001" || !got.Repeat {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestNobodyIsCheckedInOnAnotherDay(t *testing.T) {
	c, r := counter(t)
	id := book(t, r, wang, replicatest.Today.AddDays(1), nil)
	if _, err := c.CheckIn(t.Context(), id); !errors.Is(err, clinic.Refuse(reception.WrongDay)) {
		t.Errorf("answered %v", err)
	}
}

func TestUndoBringsThePersonBackAndTheNextNumberIsFresh(t *testing.T) {
	c, r := counter(t)
	id := book(t, r, wang, replicatest.Today, nil)
	if _, err := c.CheckIn(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := c.Undo(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if f := recognise(t, c, wang); f.Code != reception.Ready {
		t.Errorf("after undo: %s", f.Code)
	}
	if got, err := c.CheckIn(t.Context(), id); err != nil || got.Ticket != "A002" {
		t.Errorf("%+v, %v", got, err)
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 3 {
		t.Errorf("%d events on record, %v", len(out.Ops), err)
	}
}

func TestSearchFindsByWhatPeopleSay(t *testing.T) {
	c, r := counter(t)
	id := book(t, r, wang, replicatest.Today, nil)
	book(t, r, chen, replicatest.Today, func(b *syncproto.BookingRow) { b.Mobile = "0987000111" })
	if _, err := c.CheckIn(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	for query, want := range map[string]int{
		"": 2, "小明": 1, "a1234": 1, "678": 1, "A001": 1, clinic.CodeOf(id): 1, "林": 0, "78": 0,
	} {
		if got, err := c.Search(t.Context(), query); err != nil || len(got) != want {
			t.Errorf("%q finds %d, want %d, %v", query, len(got), want, err)
		}
	}
}

// BenchmarkCheckIn is a check-in as the day goes on: with nobody before, and with so many
// that arrived. Its time must not grow much with them.
func BenchmarkCheckIn(b *testing.B) {
	for _, before := range []int{0, 500, 2000} {
		b.Run(fmt.Sprintf("after=%d", before), func(b *testing.B) {
			r := replicatest.Open(b, b.TempDir(), func() time.Time { return replicatest.Now })
			c := &reception.Counter{Replica: r, Staff: "nurse"}
			const fresh = 500 // the day does not grow much while it is measured
			var rows []syncproto.Row
			var ids []clinic.ID
			for range before + fresh {
				slot, booking := replicatest.Booked("A123456789", "王小明", wang.Birth.Reveal(), replicatest.Today)
				rows, ids = append(rows, slot, booking), append(ids, booking.Booking.ID)
			}
			replicatest.Fill(b, r, int64(len(rows)), rows...)
			for _, id := range ids[:before] {
				if _, err := c.CheckIn(b.Context(), id); err != nil {
					b.Fatal(err)
				}
			}
			b.ResetTimer()
			for i := 0; b.Loop(); i++ {
				if _, err := c.CheckIn(b.Context(), ids[before+i%fresh]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

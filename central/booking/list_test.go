package booking_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// fill books 23 people: 12 at A, 6 at B, 5 at C.
func fill(t *testing.T, city *bookingtest.City) (booked []clinic.Booking) {
	t.Helper()
	for n := range 23 {
		site := bookingtest.SiteA
		if n >= 18 {
			site = bookingtest.SiteC
		} else if n >= 12 {
			site = bookingtest.SiteB
		}
		booked = append(booked, city.MustBook(city.SlotOn(site, bookingtest.XBB, bookingtest.Day.AddDays(n%3)), n))
	}
	return booked
}

func TestAListKeepsToItsJurisdiction(t *testing.T) {
	city := bookingtest.Start(t, 50)
	fill(t, city)
	for name, c := range map[string]struct {
		filter booking.Filter
		want   int // -1: refused
	}{
		"the bureau sees all":        {booking.Filter{Actor: boss}, 23},
		"a district":                 {booking.Filter{Actor: booking.Actor{Scope: booking.Scope{District: "西屯區"}}}, 18},
		"its own site":               {booking.Filter{Actor: booking.Actor{Scope: booking.Scope{Site: bookingtest.SiteC}}}, 5},
		"a site of the district":     {booking.Filter{Actor: booking.Actor{Scope: booking.Scope{District: "西屯區"}}, Site: bookingtest.SiteB}, 6},
		"a site of another district": {booking.Filter{Actor: booking.Actor{Scope: booking.Scope{District: "西屯區"}}, Site: bookingtest.SiteC}, 0},
		"another district":           {booking.Filter{Actor: booking.Actor{Scope: booking.Scope{District: "西屯區"}}, District: "豐原區"}, -1},
		"another site":               {booking.Filter{Actor: booking.Actor{Scope: booking.Scope{Site: bookingtest.SiteC}}, Site: bookingtest.SiteA}, -1},
		"nobody":                     {booking.Filter{}, -1},
		"one day":                    {booking.Filter{Actor: boss, From: bookingtest.Day, To: bookingtest.Day}, 8},
		"the other programme":        {booking.Filter{Actor: boss, Programme: bookingtest.Flu}, 0},
		"a vaccine in a period":      {booking.Filter{Actor: boss, Vaccine: bookingtest.XBB, Period: bookingtest.Weekly}, 23},
		"those who stand":            {booking.Filter{Actor: boss, State: booking.StateActive}, 23},
		"those who cancelled":        {booking.Filter{Actor: boss, State: booking.StateCancelled}, 0},
		"those who arrived":          {booking.Filter{Actor: boss, State: booking.StateArrived}, 0},
		"' OR 1=1 --":                {booking.Filter{Actor: booking.Actor{Scope: booking.Scope{Site: "' OR 1=1 --"}}}, 0},
	} {
		page, err := city.List(t.Context(), c.filter)
		if c.want < 0 {
			if !errors.Is(err, clinic.Refuse(booking.RefusedOutside)) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || page.Total != c.want || len(page.Rows) != c.want {
			t.Errorf("%s: %d of %d, %v", name, len(page.Rows), page.Total, err)
		}
	}
}

func TestPagesOfAListMeetWithoutGapOrRepeat(t *testing.T) {
	city := bookingtest.Start(t, 50)
	booked := fill(t, city)
	seen := make(map[clinic.ID]bool)
	f := booking.Filter{Actor: boss, Limit: 5, Show: booking.ShowName}
	for pages := 1; ; pages++ {
		page, err := city.List(t.Context(), f)
		if err != nil || page.Total != len(booked) {
			t.Fatal(page.Total, err)
		}
		for _, row := range page.Rows {
			if seen[row.ID] {
				t.Error("a booking is listed twice")
			}
			seen[row.ID] = true
			if p := row.Person; p.Name.IsZero() || !p.ID.IsZero() || !p.Birth.IsZero() || !p.Mobile.IsZero() {
				t.Errorf("the row shows %+v", p)
			}
		}
		if page.After == nil {
			if pages != 5 || len(seen) != len(booked) {
				t.Errorf("%d pages with %d bookings", pages, len(seen))
			}
			break
		}
		f.After = page.After
	}
	entries, err := city.AuditPage(t.Context(), 0, boss.Account, "list", 10)
	if err != nil || len(entries) != 5 {
		t.Errorf("%d entries in the audit trail, %v", len(entries), err)
	}
}

func TestAnExportGivesEveryRowAndIsRecorded(t *testing.T) {
	city := bookingtest.Start(t, 50)
	fill(t, city)
	var lines []string
	for l, err := range city.Export(t.Context(), booking.Filter{Actor: boss, Show: booking.ShowAll}) {
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprint(l.Person, l.Person.ID.Reveal()))
	}
	if len(lines) != 23 || strings.Contains(lines[0], "測試王") || !strings.Contains(strings.Join(lines, ""), bookingtest.IDNumber(7).Reveal()) {
		t.Errorf("%d lines, such as %s", len(lines), lines[0])
	}
	for _, err := range city.Export(t.Context(), booking.Filter{Actor: booking.Actor{Account: "nobody"}}) {
		if !errors.Is(err, clinic.Refuse(booking.RefusedOutside)) {
			t.Errorf("without a jurisdiction: %v", err)
		}
	}
	if entries, err := city.AuditPage(t.Context(), 0, "", "export", 10); err != nil || len(entries) != 1 || entries[0].Object != "all sites" {
		t.Errorf("the audit trail has %+v, %v", entries, err)
	}
}

func TestViewingOneBookingIsRecorded(t *testing.T) {
	city := bookingtest.Start(t, 50)
	b := fill(t, city)[0] // at A
	nurse := booking.Actor{Account: "nurse", Scope: booking.Scope{Site: bookingtest.SiteA}}
	if got, err := city.View(t.Context(), nurse, b.ID); err != nil || !reflect.DeepEqual(got.Person, b.Person) {
		t.Error(got, err)
	}
	other := booking.Actor{Account: "other", Scope: booking.Scope{Site: bookingtest.SiteB}}
	if _, err := city.View(t.Context(), other, b.ID); !errors.Is(err, clinic.Refuse(clinic.RefusedNotFound)) {
		t.Errorf("another site: %v", err)
	}
	if entries, err := city.AuditPage(t.Context(), 0, "nurse", "", 10); err != nil || len(entries) != 1 || entries[0].Object != b.ID.String() {
		t.Errorf("the audit trail has %+v, %v", entries, err)
	}
}

func TestReportsCountWhatHappened(t *testing.T) {
	city := bookingtest.Start(t, 50)
	booked := fill(t, city)
	gone := booked[1]
	if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: gone.ID, Number: gone.Person.ID, Birth: gone.Person.Birth}); err != nil {
		t.Fatal(err)
	}
	d := newDevice(bookingtest.SiteA)
	d.arrive(booked[0], "A001")
	d.say(syncproto.Op{Kind: clinic.VaccineGiven, Booking: booked[3].ID, Lot: "L1"})
	d.say(syncproto.Op{Kind: clinic.NoShowMarked, Booking: booked[6].ID})
	d.push(t, city)
	f := booking.Filter{Actor: boss, Period: bookingtest.Weekly}
	districts, err := city.CountsByDistrict(t.Context(), f)
	want := booking.Count{District: "西屯區", Programme: bookingtest.Covid, Vaccine: bookingtest.XBB, Capacity: 2 * 7 * 2 * 50, Booked: 17, Arrived: 1, Given: 1, NoShow: 1, Cancelled: 1}
	if err != nil || len(districts) != 2 || districts[0] != want || districts[1].Booked != 5 {
		t.Errorf("by district %+v, %v", districts, err)
	}
	today, err := city.Arrivals(t.Context(), booking.Actor{Scope: booking.Scope{Site: bookingtest.SiteA}}, bookingtest.Day)
	if err != nil || len(today) != 2 || today[0].Vaccine != bookingtest.XBB || today[0].Booked != 4 || today[0].Arrived != 1 || today[0].Given != 1 || today[0].NoShow != 1 {
		t.Errorf("on the day %+v, %v", today, err)
	}
	ages, err := city.CountsByAge(t.Context(), f)
	if err != nil || len(ages) != 1 || ages[0] != (booking.AgeCount{Vaccine: bookingtest.XBB, Age: 46, Count: 22}) {
		t.Errorf("by age %+v, %v", ages, err)
	}
	months, err := city.CountsByMonth(t.Context(), f)
	if err != nil || len(months) != 1 || months[0] != (booking.TimeCount{Vaccine: bookingtest.XBB, Time: "2026-11", Count: 22}) {
		t.Errorf("by month %+v, %v", months, err)
	}
	byDay, err := city.CountsByDay(t.Context(), f)
	if err != nil || len(byDay) != 3 || byDay[1].Time != "2026-11-24" || byDay[1].Count != 7 {
		t.Errorf("by day %+v, %v", byDay, err)
	}
}

func TestAvailabilityShowsWhatIsLeft(t *testing.T) {
	city := bookingtest.Start(t, 2)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	before, _, tag, ok := city.Availability(bookingtest.SiteA)
	if !ok || !strings.Contains(string(before), `"id":"`+slot.ID.String()+`"`) {
		t.Fatal("the slot is not there")
	}
	if _, _, again, _ := city.Availability(bookingtest.SiteA); again != tag {
		t.Error("the tag changes by itself")
	}
	city.MustBook(slot, 1)
	if _, _, rush, _ := city.Availability(bookingtest.SiteA); rush != tag {
		t.Error("the view is written again within a second")
	}
	city.Set(bookingtest.Monday.Add(time.Second))
	after, _, other, _ := city.Availability(bookingtest.SiteA)
	if other == tag || strings.Count(string(after), `"left":1`) != 1 {
		t.Errorf("after a booking: %s", other)
	}
	left := func() (n int) {
		for _, v := range city.Vacancies() {
			if v.Site == bookingtest.SiteA && v.Vaccine == bookingtest.XBB {
				n += v.Left
			}
		}
		return n
	}
	if left() != 27 { // 14 slots of 2, one taken; only the open period counts
		t.Errorf("%d are left at A", left())
	}
	city.Set(bookingtest.Day.AddDays(-5).At(20 * 60))
	if left() != 0 {
		t.Error("there are vacancies in a closed window")
	}
	city.Set(bookingtest.Day.AddDays(20).At(0))
	if body, _, _, _ := city.Availability(bookingtest.SiteA); strings.Contains(string(body), slot.ID.String()) {
		t.Error("a past day is offered")
	}
	if _, _, _, ok := city.Availability("0000000000"); ok {
		t.Error("an unknown site has slots")
	}
}

func TestAnImportOfCapacityIsAllOrNothing(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	city.MustBook(slot, 1)
	city.MustBook(slot, 2)
	row := booking.CapacityRow{Site: slot.Site, Period: slot.Period, Vaccine: slot.Vaccine, Date: slot.Date, Start: slot.Start, End: slot.End, Capacity: 9}
	with := func(line int, change func(*booking.CapacityRow)) booking.CapacityRow {
		r := row
		r.Line = line
		change(&r)
		return r
	}
	rows := []booking.CapacityRow{
		with(2, func(*booking.CapacityRow) {}),
		with(3, func(r *booking.CapacityRow) { r.Start, r.End = 8*60, 9*60 }), // new
		with(4, func(r *booking.CapacityRow) { r.Site = "0000000000" }),
		with(5, func(r *booking.CapacityRow) { r.Vaccine = "nothing" }),
		with(6, func(r *booking.CapacityRow) { r.Period = bookingtest.Open }),
		with(7, func(r *booking.CapacityRow) { r.Date = r.Date.AddDays(7) }),
		with(8, func(r *booking.CapacityRow) { r.Start, r.End = 600, 600 }),
		with(9, func(r *booking.CapacityRow) { r.Start, r.Capacity = 610, -1 }),
		with(10, func(*booking.CapacityRow) {}),
		with(11, func(r *booking.CapacityRow) { r.Site = bookingtest.SiteC }),
		with(12, func(r *booking.CapacityRow) { r.Start, r.Capacity = 14*60, 5 }), // as it is
	}
	rows[10].End = 14*60 + 180
	centre := booking.Actor{Account: "centre", Scope: booking.Scope{District: "西屯區"}}
	want := []string{
		"4 site_unknown", "5 no_such_vaccine", "6 period_unknown", "7 date_outside_period", "8 times_invalid", "9 capacity_invalid", "10 row_repeated", "11 outside_jurisdiction",
	}
	report, err := city.ImportCapacity(t.Context(), centre, rows)
	var got []string
	for _, p := range report.Problems {
		got = append(got, fmt.Sprint(p.Line, " ", p.Refusal.Code))
	}
	if !errors.Is(err, clinic.Refuse(booking.RefusedRows)) || !slices.Equal(got, want) {
		t.Fatalf("%v: %v", err, got)
	}
	if s, _ := city.Slot(slot.ID); s.Capacity != 5 {
		t.Error("a part of it was done")
	}
	low := with(2, func(r *booking.CapacityRow) { r.Capacity = 1 })
	if p := city.Preview(centre, []booking.CapacityRow{low}); len(p.Problems) != 1 || p.Problems[0].Refusal.Args["booked"] != "2" {
		t.Errorf("below what is booked: %+v", p)
	}
	good := []booking.CapacityRow{rows[0], rows[1], rows[10]}
	preview := city.Preview(centre, good)
	report, err = city.ImportCapacity(t.Context(), centre, good)
	if err != nil || report.Added != 1 || report.Changed != 1 || report.Same != 1 || preview.Added != 1 || preview.Places != report.Places {
		t.Fatalf("%+v, %v", report, err)
	}
	if s, _ := city.Slot(slot.ID); s.Capacity != 9 || s.Taken != 2 {
		t.Errorf("the slot is %+v", s)
	}
	added := 0
	for _, s := range city.Slots(bookingtest.SiteA, bookingtest.XBB) {
		if s.Start == 8*60 {
			added++
			city.MustBook(s, 3)
		}
	}
	if added != 1 {
		t.Errorf("%d slots were added", added)
	}
	reconcile(t, city)
	city.Again()
	reconcile(t, city)
}

func TestInstallingAgainKeepsWhatStaffHaveMade(t *testing.T) {
	city := bookingtest.Start(t, 5)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	site, _ := city.Catalogue().Site(bookingtest.SiteA)
	site.Note = "請走側門"
	owner := booking.Actor{Account: "clinic", Scope: booking.Scope{Site: bookingtest.SiteA}}
	if err := city.SaveSite(t.Context(), owner, site); err != nil {
		t.Fatal(err)
	}
	if err := city.SaveSite(t.Context(), booking.Actor{Scope: booking.Scope{Site: bookingtest.SiteB}}, site); !errors.Is(err, clinic.Refuse(booking.RefusedOutside)) {
		t.Errorf("another clinic: %v", err)
	}
	period, _ := city.Catalogue().Period(bookingtest.Weekly)
	period.CancelDays = 3
	if err := city.SavePeriod(t.Context(), owner, period); !errors.Is(err, clinic.Refuse(booking.RefusedOutside)) {
		t.Errorf("a clinic changes a period: %v", err)
	}
	if err := city.SavePeriod(t.Context(), boss, period); err != nil {
		t.Fatal(err)
	}
	b := city.MustBook(slot, 1)
	seq := city.SiteSeq(bookingtest.SiteA)
	if err := city.Install(t.Context(), bookingtest.Profile(99)); err != nil {
		t.Fatal(err)
	}
	if got := city.SiteSeq(bookingtest.SiteA); got != seq {
		t.Errorf("nothing changed, but the feed went from %d to %d", seq, got)
	}
	if s, ok := city.Slot(slot.ID); !ok || s.Capacity != 5 || s.Taken != 1 {
		t.Errorf("the slot is %+v", s)
	}
	if s, _ := city.Catalogue().Site(bookingtest.SiteA); s.Note != "請走側門" {
		t.Error("the site's note is gone")
	}
	city.Set(bookingtest.Day.AddDays(-2).At(0)) // the new deadline is over
	if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: b.ID, Number: b.Person.ID, Birth: b.Person.Birth}); !errors.Is(err, clinic.Refuse(clinic.RefusedCancelTooLate)) {
		t.Errorf("the period's new deadline: %v", err)
	}
	changed := bookingtest.Profile(5)
	changed.Programmes[0].Fee = clinic.Text{"zh-TW": "免費"}
	if err := city.Install(t.Context(), changed); err != nil {
		t.Fatal(err)
	}
	if got := city.SiteSeq(bookingtest.SiteA); got != seq+1 {
		t.Errorf("a programme changed: the feed went from %d to %d", seq, got)
	}
	reconcile(t, city)
}

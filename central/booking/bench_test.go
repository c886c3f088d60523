package booking_test

import (
	"fmt"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

// BenchmarkWriter books with everything on: checks, sealing, audit, feed,
// reminder, one fsync a batch. An operation is one booking.
func BenchmarkWriter(b *testing.B) {
	for _, callers := range []int{1, 64, 512} {
		for _, shape := range []string{"spread", "hot"} {
			b.Run(fmt.Sprintf("%s-%d", shape, callers), func(b *testing.B) {
				city := bookingtest.Start(b, 9_000_000)
				slots := []clinic.Slot{city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)}
				if shape == "spread" {
					slots = nil
					for _, site := range []string{bookingtest.SiteA, bookingtest.SiteB, bookingtest.SiteC} {
						for d := range 7 {
							slots = append(slots, city.SlotOn(site, bookingtest.XBB, bookingtest.Day.AddDays(d)), city.SlotOn(site, bookingtest.FluVac, bookingtest.Day.AddDays(d)))
						}
					}
				}
				requests := bookingtest.Requests(slots, 0, b.N)
				b.ResetTimer()
				took, err := bookingtest.Flood(b.Context(), callers, requests, bookingtest.Raw(city.Engine))
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(b.N)/took.Seconds(), "bookings/s")
			})
		}
	}
}

// BenchmarkReceive takes in events in pushes of 500, each of another booking's
// arrival. An operation is one event.
func BenchmarkReceive(b *testing.B) {
	city := bookingtest.Start(b, 9_000_000)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	requests := bookingtest.Requests([]clinic.Slot{slot}, 0, b.N)
	if _, err := bookingtest.Flood(b.Context(), 256, requests, bookingtest.Raw(city.Engine)); err != nil {
		b.Fatal(err)
	}
	d := newDevice(bookingtest.SiteA)
	for _, r := range requests {
		d.arrive(clinic.Booking{ID: r.ID}, "A001")
	}
	b.ResetTimer()
	for first := 1; first <= b.N; first += 500 {
		if _, err := city.Receive(b.Context(), d.batch(first, min(first+499, b.N))); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkFeed pulls bookings in pages of 1,000. An operation is one row.
func BenchmarkFeed(b *testing.B) {
	city := bookingtest.Start(b, 9_000_000)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	if _, err := bookingtest.Flood(b.Context(), 256, bookingtest.Requests([]clinic.Slot{slot}, 0, b.N), bookingtest.Raw(city.Engine)); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	r := newReplica(bookingtest.SiteA, bookingtest.Day)
	for more := true; more; {
		var err error
		if more, err = r.pull(b.Context(), city, 1000); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(r.rows))/b.Elapsed().Seconds(), "rows/s")
}

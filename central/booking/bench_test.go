package booking_test

import (
	"context"
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
				if err != nil && err != context.Canceled {
					b.Fatal(err)
				}
				b.ReportMetric(float64(b.N)/took.Seconds(), "bookings/s")
			})
		}
	}
}

package hub_test

import (
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// crowd books so many people at site A, over all its slots.
func crowd(b *testing.B, w *world, people int) []clinic.ID {
	b.Helper()
	slots := w.Slots(bookingtest.SiteA, bookingtest.FluVac)
	requests := bookingtest.Requests(slots, 1, people)
	if _, err := bookingtest.Flood(b.Context(), 64, requests, bookingtest.Raw(w.Engine)); err != nil {
		b.Fatal(err)
	}
	ids := make([]clinic.ID, len(requests))
	for i, r := range requests {
		ids[i] = r.ID
	}
	return ids
}

// BenchmarkPull fetches the bookings of a site from nothing, over HTTP.
func BenchmarkPull(b *testing.B) {
	const people = 5000
	w := newWorldOf(b, people)
	crowd(b, w, people)
	d := connected(b, w, syncproto.RoleDesk)
	rows := 0
	for b.Loop() {
		d.cursor, d.rows = 0, nil
		must(b, d.pull(syncproto.MaxPageRows))
		rows += len(d.rows)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

// BenchmarkPush sends check-ins in batches of 500, over HTTP, each batch on the
// disk before its answer.
func BenchmarkPush(b *testing.B) {
	const people = 5000
	w := newWorldOf(b, people)
	ids := crowd(b, w, people)
	sent := 0
	for b.Loop() {
		d := connected(b, w, syncproto.RoleDesk)
		for i, id := range ids {
			d.happens(clinic.CheckedIn, id)
			if (i+1)%syncproto.MaxPushOps == 0 {
				_, err := d.push()
				must(b, err)
			}
		}
		sent += len(ids)
	}
	b.ReportMetric(float64(sent)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkIdle is a round that finds nothing.
func BenchmarkIdle(b *testing.B) {
	w := newWorldOf(b, 5)
	d := connected(b, w, syncproto.RoleDesk)
	must(b, d.pull(syncproto.MaxPageRows))
	for b.Loop() {
		must(b, d.pull(syncproto.MaxPageRows))
	}
}

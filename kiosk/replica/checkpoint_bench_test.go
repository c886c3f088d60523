package replica_test

import (
	"testing"
	"time"

	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

// BenchmarkRowsOfANeighbour brings a device from one checkpoint to the next: 15 days of
// 400 bookings each, of which one in each day is new. An operation is all of it but the
// network; compare-ms and take-ms are the two parts at the device that takes; a check-in
// waits only for the transaction at the end of the second.
func BenchmarkRowsOfANeighbour(b *testing.B) {
	all, _ := replicatest.Site(b, standing, "A", "B")
	d := &day{history: replicatest.NewID()}
	var slots []syncproto.Row
	for n := range 15 {
		slot, _ := replicatest.Booked("A123456789", "王小明", wang, replicatest.Today.AddDays(n))
		slots = append(slots, d.tells(slot))
		for range 400 {
			d.seq++
			row := booking(slot.Slot.ID, "A123456789", "王小明", replicatest.Today.AddDays(n))
			row.Seq = d.seq
			d.rows = append(d.rows, row)
		}
	}
	for _, r := range all {
		replicatest.Told(b, r, d.checkpoint(), d.rows...)
	}
	var compare, take time.Duration
	for b.Loop() {
		b.StopTimer()
		news := make([]syncproto.Row, len(slots))
		for i, slot := range slots {
			news[i] = d.tells(booking(slot.Slot.ID, "F131104093", "陳美", replicatest.Today.AddDays(i)))
		}
		replicatest.Told(b, all[0], d.checkpoint(), news...)
		b.StartTimer()
		began := time.Now()
		c, err := all[1].Compare(b.Context(), d.checkpoint())
		if err != nil || len(c.Days) != len(slots) {
			b.Fatalf("%d days, %v", len(c.Days), err)
		}
		compare += time.Since(began)
		var rows []syncproto.Row
		for _, on := range c.Days {
			for skip, more := 0, true; more; {
				part, err := all[0].Rows(b.Context(), syncproto.AskRows{Seq: c.Checkpoint.Seq, Day: on, Skip: skip})
				if err != nil {
					b.Fatal(err)
				}
				rows, skip, more = append(rows, part.Rows...), skip+len(part.Rows), part.More
			}
		}
		began = time.Now()
		if err := all[1].Take(b.Context(), c, rows); err != nil {
			b.Fatal(err)
		}
		take += time.Since(began)
	}
	b.ReportMetric(float64(compare.Milliseconds())/float64(b.N), "compare-ms")
	b.ReportMetric(float64(take.Milliseconds())/float64(b.N), "take-ms")
}

package booking

import (
	"context"
	"iter"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// Row is a booking as Export gives it, with how far its person got.
type Row struct {
	clinic.Booking
	Attendance clinic.Attendance
}

// ExportRows is Export with each booking's attendance.
func (e *Engine) ExportRows(ctx context.Context, f Filter) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		f.After = nil
		w, err := f.where()
		if err == nil {
			err = e.Audit(ctx, Note{f.Actor.Account, "export", f.object(), f.words()})
		}
		for err == nil {
			var rows []store.Booking
			if rows, err = store.Bookings(ctx, e.store.Reader(), w, mostRows); err != nil {
				break
			}
			for i := range rows {
				b, fault := e.show(&rows[i], f.Show)
				if !yield(Row{b, rows[i].Attendance}, fault) || fault != nil {
					return
				}
			}
			if len(rows) < mostRows {
				return
			}
			last := rows[len(rows)-1]
			w.After = &store.Place{Date: last.Date, Start: last.Start, ID: last.ID}
		}
		if err != nil {
			yield(Row{}, err)
		}
	}
}

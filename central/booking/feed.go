package booking

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// SiteSeq gives the latest number of a site's feed, or 0 for an unknown site.
func (e *Engine) SiteSeq(site string) int64 {
	b, ok := e.Catalogue().boards[site]
	if !ok {
		return 0
	}
	return b.now.Load().seq
}

// Stream tells how far central got with the events of a device's epoch: the
// last number and its hash, 0 and 32 zero bytes before the first.
func (e *Engine) Stream(ctx context.Context, device clinic.ID, epoch uint32) (acked uint64, head []byte, err error) {
	s, err := store.StreamOf(ctx, e.store.Reader(), device, epoch)
	return s.Acked, s.Head, err
}

// Feed lists a site's rows that changed after the cursor, in the order of their
// numbers, at most limit (1 to syncproto.MaxPageRows) of them. Slots and
// bookings before the day first are left out. next is the cursor for the page
// after this one, also when rows were left out; more says that there is one.
// acked is the stream's last event, from the same moment as the rows.
func (e *Engine) Feed(ctx context.Context, site string, cursor int64, first clinic.Date, limit int, device clinic.ID, epoch uint32) (rows []syncproto.Row, next int64, more bool, acked uint64, err error) {
	limit = max(1, min(limit, syncproto.MaxPageRows))
	err = e.store.Read(ctx, func(q store.Querier) error {
		s, err := store.StreamOf(ctx, q, device, epoch)
		if err != nil {
			return err
		}
		acked = s.Acked
		rows, next, more, err = e.page(ctx, q, site, cursor, first, limit)
		return err
	})
	if err != nil {
		return nil, 0, false, 0, fmt.Errorf("feed of site %s: %w", site, err)
	}
	return rows, next, more, acked, nil
}

func (e *Engine) page(ctx context.Context, q store.Querier, code string, cursor int64, first clinic.Date, limit int) (rows []syncproto.Row, next int64, more bool, err error) {
	site, err := store.FeedSite(ctx, q, code)
	if err != nil {
		return nil, 0, false, err
	}
	programmes, err := store.FeedProgrammes(ctx, q, code, cursor, limit+1)
	if err != nil {
		return nil, 0, false, err
	}
	slots, err := store.FeedSlots(ctx, q, code, cursor, first, limit+1)
	if err != nil {
		return nil, 0, false, err
	}
	bookings, err := store.FeedBookings(ctx, q, code, cursor, first, limit+1)
	if err != nil {
		return nil, 0, false, err
	}
	gone, err := store.FeedDepartures(ctx, q, code, cursor, first, limit+1)
	if err != nil {
		return nil, 0, false, err
	}
	for _, d := range gone {
		rows = append(rows, syncproto.Row{Seq: d.Stamp, Gone: &syncproto.GoneRow{ID: d.Booking}})
	}
	if site.Stamp > cursor {
		rows = append(rows, syncproto.Row{Seq: site.Stamp, Site: &syncproto.SiteRow{
			Code: site.Code, Name: site.Name, District: site.District, Address: site.Address, Phone: site.Phone,
		}})
	}
	for _, p := range programmes {
		rows = append(rows, syncproto.Row{Seq: p.Stamp, Programme: &syncproto.ProgrammeRow{Code: p.Code, Doc: p.Doc}})
	}
	for _, s := range slots {
		rows = append(rows, syncproto.Row{Seq: s.Stamp, Slot: &syncproto.SlotRow{
			ID: s.ID, Period: s.Period, Programme: s.Programme, Vaccine: s.Vaccine, Date: dayOf(s.Date),
			Start: int(s.Start), End: int(s.End), Capacity: s.Capacity, Taken: s.Taken,
		}})
	}
	at := make(map[int64]*store.Booking, len(bookings))
	for i := range bookings {
		at[bookings[i].Stamp] = &bookings[i]
		rows = append(rows, syncproto.Row{Seq: bookings[i].Stamp})
	}
	slices.SortFunc(rows, func(a, b syncproto.Row) int { return cmp.Compare(a.Seq, b.Seq) })
	next = site.Seq // everything up to here was looked at
	if len(rows) > limit {
		rows, more = rows[:limit], true
		next = rows[limit-1].Seq
	}
	if len(rows) == 0 {
		return nil, max(next, cursor), more, nil
	}
	events, err := e.feedEvents(ctx, q, code, cursor, next, first)
	if err != nil {
		return nil, 0, false, err
	}
	for i := range rows {
		b, ok := at[rows[i].Seq]
		if !ok {
			continue
		}
		if rows[i].Booking, err = e.bookingRow(b, events[b.ID]); err != nil {
			return nil, 0, false, err
		}
	}
	return rows, next, more, nil
}

func (e *Engine) bookingRow(b *store.Booking, events []syncproto.EventRow) (*syncproto.BookingRow, error) {
	p, err := e.reveal(b)
	if err != nil {
		return nil, err
	}
	return &syncproto.BookingRow{
		ID: b.ID, Slot: b.Slot, Dose: b.Dose, IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: dayOf(p.Birth.Reveal()),
		Mobile: p.Mobile.Reveal(), Landline: p.Landline.Reveal(), Guardian: p.Guardian.Reveal(),
		Created: b.Created, Cancelled: b.Cancelled, Version: b.Version, Events: events, Date: dayOf(b.Date),
	}, nil
}

// feedEvents reads the events of the page's bookings, by booking.
func (e *Engine) feedEvents(ctx context.Context, q store.Querier, site string, cursor, last int64, first clinic.Date) (map[clinic.ID][]syncproto.EventRow, error) {
	list, err := store.FeedEvents(ctx, q, site, cursor, last, first)
	if err != nil {
		return nil, err
	}
	out := make(map[clinic.ID][]syncproto.EventRow)
	for i := range list {
		if list[i].Op.Reason, err = e.reason(&list[i]); err != nil {
			return nil, err
		}
		b := list[i].Op.Booking
		out[b] = append(out[b], syncproto.EventRow{Device: list[i].Device, Epoch: list[i].Epoch, Op: list[i].Op})
	}
	return out, nil
}

func (e *Engine) reason(r *store.Event) (string, error) {
	plain, err := e.keys.Open(store.EventTable, "reason", store.EventKey(r.Ref()), r.Reason)
	if err != nil {
		return "", fmt.Errorf("event %d of device %s: %w", r.Op.Seq, r.Device, err)
	}
	return string(plain), nil
}

// facts gives the events that count, with their reasons.
func (e *Engine) facts(rows []store.Event) ([]clinic.Event, error) {
	var out []clinic.Event
	for i := range rows {
		if rows[i].Outcome == syncproto.Parked {
			continue
		}
		f := rows[i].Fact()
		var err error
		if f.Reason, err = e.reason(&rows[i]); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

// dayOf counts a date as the protocol does.
func dayOf(d clinic.Date) syncproto.Day {
	if d.IsZero() {
		return 0
	}
	return syncproto.Day(d.DaysSince(clinic.Date{Year: 1970, Month: 1, Day: 1}))
}

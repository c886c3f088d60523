package booking

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// ErrAhead says that a cursor lies ahead of its feed: whoever holds it has seen a
// later state of the database than this one.
var ErrAhead = errors.New("the cursor lies ahead of the feed")

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

// FeedRequest asks for a site's rows. Site, Device and Epoch come from the
// device's grant.
type FeedRequest struct {
	Site   string
	Device clinic.ID
	Epoch  uint32
	Cursor int64
	First  clinic.Date // slots and bookings before this day are left out
	Limit  int         // 1 to syncproto.MaxPageRows
	// Digest is the day from which the digest counts; NoDay wants none.
	Digest  syncproto.Day
	Buckets bool           // the digest of each bucket too
	Only    *syncproto.Day // the rows of this bucket, and no digest
	// Whole is where the device's last complete pull ended, up to Cursor: rows that only
	// its own events have changed since are told as FeedPage.Own. 0 has all told whole.
	Whole int64
	Roots bool // the roots of the buckets too, where the digest is told
}

// FeedPage is a part of a site's feed, all of one moment.
type FeedPage struct {
	Rows    []syncproto.Row // in the order of their numbers
	Next    int64           // the cursor for the page after this one, also when rows were left out
	More    bool            // there is one
	Acked   uint64          // the last event of the device's stream
	Digest  []byte          // at Next; none when there is more, or it cannot be told just now
	Buckets []syncproto.Bucket
	Leases  []syncproto.LeaseRow // all the device's, as Acked left them
	Floor   int64                // as Engine.Floor
	Own     []syncproto.OwnRun   // in the place of rows
	Roots   []syncproto.Root     // of all buckets from the day before today on, at Next

	origins map[int64]*origin // of the bookings' rows, by their numbers
}

// origin is where a booking's row comes from.
type origin struct {
	booking *store.Booking
	events  []store.Event // those that count, of whatever device
}

// Feed lists a site's rows that changed after the cursor. It refuses with ErrAhead.
func (e *Engine) Feed(ctx context.Context, r FeedRequest) (out FeedPage, err error) {
	r.Limit = max(1, min(r.Limit, syncproto.MaxPageRows))
	err = e.store.Read(ctx, func(q store.Querier) error {
		s, err := store.StreamOf(ctx, q, r.Device, r.Epoch)
		if err != nil {
			return err
		}
		if r.Only != nil {
			out, err = e.page(ctx, q, r.Site, r.Cursor, bucketOf(*r.Only), r.Limit)
			out.Acked = s.Acked
			return err
		}
		if out, err = e.news(ctx, q, r); err != nil {
			return err
		}
		out.Acked = s.Acked
		leases, err := store.LeasesOf(ctx, q, r.Device)
		for _, l := range leases {
			out.Leases = append(out.Leases, syncproto.LeaseRow{ID: l.ID, Slot: l.Slot, Granted: l.Granted, Consumed: l.Consumed})
		}
		return err
	})
	if err != nil {
		return FeedPage{}, fmt.Errorf("feed of site %s: %w", r.Site, err)
	}
	return out, nil
}

// Where all of a page came in short it goes on, up to so many pages and runs.
const (
	mostShort = 20
	mostRuns  = 200
)

// news gives a page with its digest, own events in short.
func (e *Engine) news(ctx context.Context, q store.Querier, r FeedRequest) (out FeedPage, err error) {
	var own []syncproto.OwnRun
	for n := 1; ; n++ {
		if out, err = e.page(ctx, q, r.Site, r.Cursor, since(r.First), r.Limit); err != nil {
			return out, err
		}
		if err := e.digests.of(r.Site).tell(ctx, e, q, r, &out); err != nil {
			return out, err
		}
		own = out.shorten(r, own)
		if !out.More || len(out.Rows) > 0 || n == mostShort || len(own) > mostRuns {
			out.Own = own
			return out, nil
		}
		r.Cursor = out.Next
	}
}

// shorten takes the rows out that only the asking device has changed since its last
// complete pull, and adds what it did to own: what else stands in them it has. A row
// that anybody else has changed since then may be one that it has never seen as it was
// before.
func (p *FeedPage) shorten(r FeedRequest, own []syncproto.OwnRun) []syncproto.OwnRun {
	if r.Whole == 0 {
		return nil
	}
	asker := store.WriterKey(r.Device, r.Epoch)
	p.Rows = slices.DeleteFunc(p.Rows, func(row syncproto.Row) bool {
		o, ok := p.origins[row.Seq]
		if !ok || !bytes.Equal(o.booking.Writer, asker) || o.booking.Others > r.Whole {
			return false
		}
		for _, e := range o.events {
			if e.Device == r.Device && e.Epoch == r.Epoch && e.Stamp > r.Whole { // others' may have another site's numbers
				own = append(own, syncproto.OwnRun{First: e.Op.Seq, Seq: e.Stamp})
			}
		}
		return true
	})
	slices.SortFunc(own, func(a, b syncproto.OwnRun) int { return cmp.Compare(a.First, b.First) })
	return syncproto.OwnRuns(own)
}

// portion is what of a site's feed is wanted.
type portion struct {
	days store.Days
	site bool // the site's own row and its programmes
	gone bool // what has left the site
}

func since(first clinic.Date) portion { return portion{store.Since(first), true, true} }

// bucketOf is one bucket of the digest.
func bucketOf(day syncproto.Day) portion {
	if day == syncproto.NoDay {
		return portion{days: store.NoDays(), site: true}
	}
	return portion{days: store.Days{First: day.Date(), Last: day.Date()}}
}

func (e *Engine) page(ctx context.Context, q store.Querier, code string, cursor int64, p portion, limit int) (out FeedPage, err error) {
	site, err := store.FeedSite(ctx, q, code)
	if err != nil {
		return out, err
	}
	if cursor > site.Seq {
		return out, fmt.Errorf("%w: %d of %d", ErrAhead, cursor, site.Seq)
	}
	out.Floor, out.Next = site.Floor, site.Seq // everything up to here was looked at
	if cursor == site.Seq {
		return out, nil
	}
	rows, origins, err := e.feedRows(ctx, q, site, cursor, p, limit)
	if err != nil {
		return out, err
	}
	slices.SortFunc(rows, func(a, b syncproto.Row) int { return cmp.Compare(a.Seq, b.Seq) })
	if len(rows) > limit {
		rows, out.More = rows[:limit], true
		out.Next = rows[limit-1].Seq
	}
	out.Rows, out.origins = rows, origins
	if len(origins) == 0 {
		return out, nil
	}
	events, err := e.feedEvents(ctx, q, code, cursor, out.Next, p.days)
	if err != nil {
		return out, err
	}
	for i := range rows {
		o, ok := origins[rows[i].Seq]
		if !ok {
			continue
		}
		o.events = events[o.booking.ID]
		if rows[i].Booking, err = e.bookingRow(o); err != nil {
			return out, err
		}
	}
	return out, nil
}

// feedRows reads up to limit+1 rows of each kind; those of bookings are still empty
// and stand in origins by their numbers.
func (e *Engine) feedRows(ctx context.Context, q store.Querier, site store.Site, cursor int64, p portion, limit int) (rows []syncproto.Row, origins map[int64]*origin, err error) {
	if p.gone {
		gone, err := store.FeedDepartures(ctx, q, site.Code, cursor, p.days.First, limit+1)
		if err != nil {
			return nil, nil, err
		}
		for _, d := range gone {
			rows = append(rows, syncproto.Row{Seq: d.Stamp, Gone: &syncproto.GoneRow{ID: d.Booking}})
		}
	}
	if p.site {
		if site.Stamp > cursor {
			rows = append(rows, syncproto.Row{Seq: site.Stamp, Site: &syncproto.SiteRow{
				Code: site.Code, Name: site.Name, District: site.District, Address: site.Address, Phone: site.Phone,
			}})
		}
		programmes, err := store.FeedProgrammes(ctx, q, site.Code, cursor, limit+1)
		if err != nil {
			return nil, nil, err
		}
		told, err := programmeRows(ctx, q, programmes)
		if err != nil {
			return nil, nil, err
		}
		rows = append(rows, told...)
	}
	slots, err := store.FeedSlots(ctx, q, site.Code, cursor, p.days, limit+1)
	if err != nil {
		return nil, nil, err
	}
	for _, s := range slots {
		rows = append(rows, syncproto.Row{Seq: s.Stamp, Slot: &syncproto.SlotRow{
			ID: s.ID, Period: s.Period, Programme: s.Programme, Vaccine: s.Vaccine, Date: dayOf(s.Date),
			Start: int(s.Start), End: int(s.End), Capacity: s.Capacity, Taken: s.Taken,
		}})
	}
	list, err := store.FeedBookings(ctx, q, site.Code, cursor, p.days, limit+1)
	if err != nil {
		return nil, nil, err
	}
	origins = make(map[int64]*origin, len(list))
	for i := range list {
		origins[list[i].Stamp] = &origin{booking: &list[i]}
		rows = append(rows, syncproto.Row{Seq: list[i].Stamp})
	}
	return rows, origins, nil
}

func (e *Engine) bookingRow(o *origin) (*syncproto.BookingRow, error) {
	b := o.booking
	p, err := e.reveal(b)
	if err != nil {
		return nil, err
	}
	var events []syncproto.EventRow
	for i := range o.events {
		r := &o.events[i]
		if r.Op.Reason, err = e.reason(r); err != nil {
			return nil, err
		}
		events = append(events, syncproto.EventRow{Device: r.Device, Epoch: r.Epoch, Op: r.Op})
	}
	slices.SortFunc(events, syncproto.CompareEvents)
	return &syncproto.BookingRow{
		ID: b.ID, Slot: b.Slot, Dose: b.Dose, IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: dayOf(p.Birth.Reveal()),
		Mobile: p.Mobile.Reveal(), Landline: p.Landline.Reveal(), Guardian: p.Guardian.Reveal(),
		Created: b.Created, Cancelled: b.Cancelled, Version: b.Version, Events: events, Date: dayOf(b.Date),
	}, nil
}

// feedEvents reads the events of the page's bookings, by booking.
func (e *Engine) feedEvents(ctx context.Context, q store.Querier, site string, cursor, last int64, days store.Days) (map[clinic.ID][]store.Event, error) {
	list, err := store.FeedEvents(ctx, q, site, cursor, last, days)
	if err != nil {
		return nil, err
	}
	out := make(map[clinic.ID][]store.Event)
	for _, r := range list {
		out[r.Op.Booking] = append(out[r.Op.Booking], r)
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
		if !rows[i].Outcome.Counts() || !isFact(rows[i].Op.Kind) {
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

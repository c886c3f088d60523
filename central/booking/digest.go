package booking

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// digests follow the feeds of sites as a device would, so that central can say
// what a device must hold at the end of a pull. They are caches: the writer knows
// nothing of them, and a process that starts again counts again.
type digests struct {
	mu    sync.Mutex
	sites map[string]*siteDigest
}

func (d *digests) of(site string) *siteDigest {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sites == nil {
		d.sites = make(map[string]*siteDigest)
	}
	s, ok := d.sites[site]
	if !ok {
		s = &siteDigest{}
		d.sites[site] = s
	}
	return s
}

// siteDigest counts the rows of a site's feed up to seq, of the days from first on.
type siteDigest struct {
	mu      sync.Mutex
	first   syncproto.Day
	seq     int64
	rows    map[rowKey]counted
	buckets map[syncproto.Day]syncproto.Digest
	roots   map[syncproto.Day]syncproto.Hash // of those that were asked for and have not changed since
}

// rowKey names a row: by an id, or the site and its programmes by code.
type rowKey struct {
	id   clinic.ID
	code string
}

type counted struct {
	day syncproto.Day
	sum syncproto.Digest
}

func nameOfRow(r syncproto.Row) rowKey {
	switch {
	case r.Slot != nil:
		return rowKey{id: r.Slot.ID}
	case r.Booking != nil:
		return rowKey{id: r.Booking.ID}
	case r.Gone != nil:
		return rowKey{id: r.Gone.ID}
	case r.Programme != nil:
		return rowKey{code: r.Programme.Code}
	}
	return rowKey{}
}

// take counts a row in the place of its older form.
func (d *siteDigest) take(r syncproto.Row) {
	key := nameOfRow(r)
	if old, ok := d.rows[key]; ok {
		d.buckets[old.day] = d.buckets[old.day].Minus(old.sum)
		delete(d.rows, key)
		delete(d.roots, old.day)
	}
	day, ok := r.Bucket()
	if !ok || day != syncproto.NoDay && day < d.first {
		return
	}
	n := counted{day, syncproto.DigestOf(r)}
	d.rows[key] = n
	d.buckets[day] = d.buckets[day].Plus(n.sum)
	delete(d.roots, day)
}

// forget drops the days before first.
func (d *siteDigest) forget(first syncproto.Day) {
	if first <= d.first {
		return
	}
	d.first = first
	for key, n := range d.rows {
		if n.day != syncproto.NoDay && n.day < first {
			delete(d.rows, key)
		}
	}
	for day := range d.buckets {
		if day != syncproto.NoDay && day < first {
			delete(d.buckets, day)
			delete(d.roots, day)
		}
	}
}

// tell adds to a page the digest at its end. What the page brings is counted from
// the page itself where it follows on; anything else is read. A digest that has
// moved on with another device's later page is not told.
func (d *siteDigest) tell(ctx context.Context, e *Engine, q store.Querier, r FeedRequest, page *FeedPage) error {
	yesterday := dayOf(clinic.DateOf(e.clock()).AddDays(-1))
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.rows == nil || d.seq < page.Floor { // what left below the floor is not told any more
		d.seq, d.first, d.rows, d.buckets, d.roots = 0, yesterday, make(map[rowKey]counted), make(map[syncproto.Day]syncproto.Digest), make(map[syncproto.Day]syncproto.Hash)
	}
	d.forget(yesterday)
	if r.Cursor == d.seq && dayOf(r.First) <= d.first {
		for _, row := range page.Rows {
			d.take(row)
		}
		d.seq = page.Next
	}
	if page.More || r.Digest == syncproto.NoDay || r.Digest < d.first {
		return nil
	}
	for d.seq < page.Next {
		more, err := e.page(ctx, q, r.Site, d.seq, since(d.first.Date()), syncproto.MaxPageRows)
		if err != nil {
			return err
		}
		for _, row := range more.Rows {
			d.take(row)
		}
		d.seq = more.Next
	}
	if d.seq == page.Next {
		page.Digest, page.Buckets = d.sum(r.Digest, r.Buckets)
		if r.Roots {
			page.Roots = d.allRoots()
		}
	}
	return nil
}

// allRoots gives the root of each bucket, by day.
func (d *siteDigest) allRoots() (out []syncproto.Root) {
	missing := make(map[syncproto.Day][]syncproto.Digest)
	for day, b := range d.buckets {
		if _, known := d.roots[day]; !known && b != (syncproto.Digest{}) {
			missing[day] = nil
		}
	}
	if len(missing) > 0 {
		for _, n := range d.rows {
			if _, wanted := missing[n.day]; wanted {
				missing[n.day] = append(missing[n.day], n.sum)
			}
		}
	}
	for day, rows := range missing {
		d.roots[day] = syncproto.RootOf(rows)
	}
	for day, root := range d.roots {
		out = append(out, syncproto.Root{Day: day, Root: root[:]})
	}
	slices.SortFunc(out, func(a, b syncproto.Root) int { return cmp.Compare(a.Day, b.Day) })
	return out
}

// sum adds the buckets from a day on up, and lists them when asked to.
func (d *siteDigest) sum(first syncproto.Day, list bool) (digest []byte, buckets []syncproto.Bucket) {
	var total syncproto.Digest
	for day, b := range d.buckets {
		if day != syncproto.NoDay && day < first || b == (syncproto.Digest{}) {
			continue
		}
		total = total.Plus(b)
		if list {
			buckets = append(buckets, syncproto.Bucket{Day: day, Digest: b[:]})
		}
	}
	slices.SortFunc(buckets, func(a, b syncproto.Bucket) int { return cmp.Compare(a.Day, b.Day) })
	return total[:], buckets
}

// Digest tells what a device of a site holds that is at the end of the feed, from a
// day on; none when that cannot be told.
func (e *Engine) Digest(ctx context.Context, site string, first syncproto.Day) (seq int64, digest []byte, err error) {
	err = e.store.Read(ctx, func(q store.Querier) error {
		row, err := store.FeedSite(ctx, q, site)
		if err != nil {
			return err
		}
		page := FeedPage{Next: row.Seq, Floor: row.Floor}
		seq = row.Seq
		err = e.digests.of(site).tell(ctx, e, q, FeedRequest{Site: site, Cursor: -1, Digest: first}, &page)
		digest = page.Digest
		return err
	})
	return seq, digest, err
}

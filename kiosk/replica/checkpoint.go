package replica

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/syncproto"
)

// Devices of a site hand each other the rows that central told one of them. What they
// are at a sequence is in a checkpoint, which central signs; the rows come out of the
// base, and whoever takes them holds them against it, bucket by bucket. So nothing
// is kept for the others but the checkpoint.

var (
	// ErrCheckpoint says that rows from another device are not taken: central did not
	// sign the checkpoint for this site, or the rows are not those that it tells of.
	ErrCheckpoint = errors.New("rows from another device are refused")
	// ErrMoved says that the base moves by itself just now, or is elsewhere than it was:
	// there may be something to hand over at the next question.
	ErrMoved = errors.New("the base has moved")
)

// HoldBase waits until nobody moves the base and keeps it to the caller until release.
// Whoever pulls from central holds it meanwhile, so that a page always follows on
// what it was asked after.
func (r *Replica) HoldBase() (release func()) {
	r.base.Lock()
	return r.base.Unlock
}

func keepCheckpoint(ctx context.Context, tx *sql.Tx, c syncproto.Checkpoint) error {
	raw, err := cbor.Marshal(c)
	if err != nil {
		return fmt.Errorf("keep a checkpoint: %w", err)
	}
	return setMeta(ctx, tx, metaCheckpoint, raw)
}

// Checkpoint gives the checkpoint of the base as it stands; nil where central has told
// none since the base moved.
func (r *Replica) Checkpoint(ctx context.Context) (c *syncproto.Checkpoint, err error) {
	err = r.db.Read(ctx, func(tx *sql.Tx) error {
		c, err = checkpoint(ctx, tx)
		return err
	})
	return c, err
}

func checkpoint(ctx context.Context, tx *sql.Tx) (*syncproto.Checkpoint, error) {
	raw, err := getMeta(ctx, tx, metaCheckpoint)
	if err != nil || raw == nil {
		return nil, err
	}
	var c syncproto.Checkpoint
	if err := cbor.Unmarshal(raw, &c); err != nil {
		return nil, fmt.Errorf("read the checkpoint: %w", err)
	}
	at, err := position(ctx, tx)
	if err != nil || at.History != c.History || at.Cursor != c.Seq || at.Whole != c.Seq {
		return nil, err
	}
	return &c, nil
}

// Offer gives another device the checkpoint of this one's base, where that is later.
func (r *Replica) Offer(ctx context.Context, ask syncproto.AskCheckpoint) (syncproto.Offer, error) {
	c, err := r.Checkpoint(ctx)
	if err != nil || c == nil || c.History != ask.History || c.Seq <= ask.Seq {
		return syncproto.Offer{}, err
	}
	return syncproto.Offer{Checkpoint: c}, nil
}

// handed is the most rows in one answer.
const handed = 500

// Rows gives another device rows of a bucket at a checkpoint, or ErrMoved.
func (r *Replica) Rows(ctx context.Context, ask syncproto.AskRows) (out syncproto.Rows, err error) {
	err = r.db.Read(ctx, func(tx *sql.Tx) error {
		c, err := checkpoint(ctx, tx)
		if err == nil && (c == nil || c.Seq != ask.Seq) {
			err = ErrMoved
		}
		if err != nil {
			return err
		}
		out.Rows, err = r.bucket(ctx, tx, ask.Day)
		return err
	})
	if err != nil {
		return syncproto.Rows{}, fmt.Errorf("hand over the rows of day %d: %w", ask.Day, err)
	}
	slices.SortFunc(out.Rows, syncproto.CompareRows)
	out.Rows = out.Rows[min(ask.Skip, len(out.Rows)):]
	for limit := handed; len(out.Rows) > 1; limit /= 2 {
		if len(out.Rows) > limit {
			out.Rows, out.More = out.Rows[:max(1, limit)], true
		}
		if _, err := syncproto.Encode(out); !errors.Is(err, syncproto.ErrTooLarge) {
			return out, err
		}
	}
	return out, nil
}

// Copy is what this device lacks to stand at another device's checkpoint.
type Copy struct {
	Checkpoint syncproto.Checkpoint
	Days       []syncproto.Day // buckets to ask for
	empty      []syncproto.Day // buckets of which nothing is left
	from       Position
}

// Compare judges the checkpoint that another device offers and says which buckets are
// not here as it tells of them. Its error wraps ErrCheckpoint or ErrMoved.
func (r *Replica) Compare(ctx context.Context, c syncproto.Checkpoint) (Copy, error) {
	out := Copy{Checkpoint: c}
	id, err := r.Identity(ctx)
	if err != nil {
		return out, err
	}
	if err := c.Verify(id.Grant.Site, id.Central); err != nil {
		return out, fmt.Errorf("%w: %w", ErrCheckpoint, err)
	}
	if !r.base.TryLock() {
		return out, ErrMoved
	}
	defer r.base.Unlock()
	if out.from, err = r.Position(ctx); err != nil {
		return out, err
	}
	floor, err := getNumber(ctx, r.db.Reader(), metaFloor) // central tells no departures below it any more
	if err != nil {
		return out, err
	}
	if c.History != out.from.History || c.Seq <= out.from.Cursor || c.Seq < floor {
		return out, ErrMoved
	}
	days := make([]syncproto.Day, len(c.Buckets))
	for i, b := range c.Buckets {
		days[i] = b.Day
	}
	mine, err := r.tallies(ctx, r.db.Reader(), days)
	if err != nil {
		return out, err
	}
	for i, b := range c.Buckets {
		if syncproto.Hash(b.Root) != mine[i].root {
			out.Days = append(out.Days, b.Day)
		}
	}
	held, err := heldDays(ctx, r.db.Reader(), syncproto.HelloDay(c.Time))
	out.empty = slices.DeleteFunc(held, func(day syncproto.Day) bool { return slices.Contains(days, day) })
	return out, err
}

// Take puts the rows of the buckets that were lacking, in any order, into the base and
// moves it to the checkpoint, as if central had told it: all or nothing. Its error wraps
// ErrCheckpoint or ErrMoved.
func (r *Replica) Take(ctx context.Context, c Copy, rows []syncproto.Row) error {
	if err := c.holds(rows); err != nil {
		return err
	}
	if !r.base.TryLock() {
		return ErrMoved
	}
	defer r.base.Unlock()
	n, err := r.Neighbours(ctx)
	if err != nil || len(n.Key) == 0 {
		return cmp.Or(err, ErrMoved)
	}
	for i, d := range n.Devices { // what central had of their events is in the rows
		for _, h := range c.Checkpoint.Heads {
			if h.Device == d.Device && h.Epoch == d.Epoch {
				n.Devices[i].Acked = max(d.Acked, h.Seq)
			}
		}
	}
	others, err := r.others(ctx, n)
	if err != nil {
		return err
	}
	lacking, gone, err := r.differing(ctx, c, rows)
	if err != nil {
		return err
	}
	id, err := r.Identity(ctx)
	if err != nil {
		return err
	}
	err = r.write(ctx, func(tx *sql.Tx) error {
		if at, err := position(ctx, tx); err != nil || at != c.from {
			return cmp.Or(err, ErrMoved)
		}
		made, _, err := chainHead(ctx, tx, id.Grant)
		if err != nil || another(id.Grant, made, lacking) {
			return cmp.Or(err, ErrMoved)
		}
		for _, row := range append(gone, lacking...) { // its events, too, are those that the checkpoint tells of
			if err := forget(ctx, tx, row); err != nil {
				return err
			}
		}
		if err := r.applyRows(ctx, tx, lacking); err != nil {
			return err
		}
		if c.from.Whole == 0 {
			if err := endSnapshot(ctx, tx); err != nil {
				return err
			}
		}
		return errors.Join(
			setNumber(ctx, tx, metaCursor, c.Checkpoint.Seq), setNumber(ctx, tx, metaWhole, c.Checkpoint.Seq),
			keepCheckpoint(ctx, tx, c.Checkpoint), r.settle(ctx, tx, n, others))
	})
	r.mu.Lock()
	for _, day := range append(c.empty, c.Days...) {
		delete(r.sums, day)
	}
	r.mu.Unlock()
	return err
}

// another reports whether rows tell of events of this device that it never made: another
// disk has used its name. Only central may tell it so, which then fences it.
func another(g syncproto.Grant, made uint64, rows []syncproto.Row) bool {
	return slices.ContainsFunc(rows, func(row syncproto.Row) bool {
		return row.Booking != nil && slices.ContainsFunc(row.Booking.Events, func(e syncproto.EventRow) bool {
			return e.Device == g.Device && e.Epoch == g.Epoch && e.Op.Seq > made
		})
	})
}

// holds makes sure that rows are those of the buckets to ask for, and all of them.
func (c Copy) holds(rows []syncproto.Row) error {
	buckets := make(map[syncproto.Day][]syncproto.Digest)
	for _, row := range rows {
		day, ok := row.Bucket()
		if !ok {
			return fmt.Errorf("%w: row %d is of no bucket", ErrCheckpoint, row.Seq)
		}
		buckets[day] = append(buckets[day], syncproto.DigestOf(row))
	}
	for _, b := range c.Checkpoint.Buckets {
		if !slices.Contains(c.Days, b.Day) {
			continue
		}
		if syncproto.RootOf(buckets[b.Day]) != syncproto.Hash(b.Root) {
			return fmt.Errorf("%w: the rows of day %d are not those of checkpoint %d", ErrCheckpoint, b.Day, c.Checkpoint.Seq)
		}
		delete(buckets, b.Day)
	}
	if len(buckets) > 0 {
		return fmt.Errorf("%w: rows of %d days that were not asked for", ErrCheckpoint, len(buckets))
	}
	return nil
}

// differing gives the rows that are not in the base, and those of the base that are not
// among them.
func (r *Replica) differing(ctx context.Context, c Copy, rows []syncproto.Row) (lacking, gone []syncproto.Row, err error) {
	there := make(map[syncproto.Digest]bool, len(rows))
	for _, row := range rows {
		there[syncproto.DigestOf(row)] = true
	}
	for _, day := range append(c.empty, c.Days...) {
		mine, err := r.bucket(ctx, r.db.Reader(), day)
		if err != nil {
			return nil, nil, err
		}
		for _, row := range mine {
			if d := syncproto.DigestOf(row); there[d] {
				delete(there, d)
			} else {
				gone = append(gone, row)
			}
		}
	}
	for _, row := range rows {
		if there[syncproto.DigestOf(row)] {
			lacking = append(lacking, row)
		}
	}
	return lacking, gone, nil
}

// forget takes a row out of the base. Own events stay.
func forget(ctx context.Context, tx *sql.Tx, row syncproto.Row) error {
	switch {
	case row.Programme != nil:
		return exec(ctx, tx, `DELETE FROM programme WHERE code = $1`, row.Programme.Code)
	case row.Slot != nil:
		return exec(ctx, tx, `DELETE FROM slot WHERE id = $1`, row.Slot.ID[:])
	case row.Booking != nil:
		return applyGone(ctx, tx, &syncproto.GoneRow{ID: row.Booking.ID})
	}
	return nil
}

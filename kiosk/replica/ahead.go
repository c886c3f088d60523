package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"ezhitong.tw/syncproto"
)

// aheadDone stands in the place of a cursor where all rows of a bucket have come.
const aheadDone = -1

func aheadKey(day syncproto.Day) string { return metaAhead + strconv.Itoa(int(day)) }

// Ahead reads how far the rows of a bucket have come before all others: the cursor for
// the next page of it, or wanted = false where all have, or where the base is past its
// first pull and needs none.
func (r *Replica) Ahead(ctx context.Context, day syncproto.Day) (cursor int64, wanted bool, err error) {
	at, err := r.Position(ctx)
	if err != nil || at.Whole != 0 {
		return 0, false, err
	}
	cursor, err = getNumber(ctx, r.db.Reader(), aheadKey(day))
	return cursor, err == nil && cursor != aheadDone, err
}

// ApplyAhead writes a page of one bucket into the base, while the first pull has not
// come to its end. The cursor stays: what it passes on its way is told once more, as it
// is then.
func (r *Replica) ApplyAhead(ctx context.Context, day syncproto.Day, page syncproto.Page) error {
	r.Contact(page.Time)
	next := page.Next
	if !page.More {
		next = aheadDone
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		return errors.Join(r.applyRows(ctx, tx, page.Rows), setNumber(ctx, tx, aheadKey(day), next))
	})
}

// endAhead forgets what came before all others.
func endAhead(ctx context.Context, tx *sql.Tx) error {
	if err := exec(ctx, tx, `DELETE FROM meta WHERE substr(key, 1, length($1)) = $1`, metaAhead); err != nil {
		return fmt.Errorf("forget what came ahead: %w", err)
	}
	return nil
}

package replica

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"ezhitong.tw/clinic"
)

// The refusals of Unlock.
const (
	NotLocked  = "not_locked"
	UnlockUsed = "unlock_used" // it was opened before since its grant ended
)

// unlockedFor is how long a manager opens a locked device.
const unlockedFor = 24 * time.Hour

// unlock is a manager's opening of a locked device, kept sealed.
type unlock struct {
	By    string `cbor:"1,keyasint"`
	Grant int64  `cbor:"2,keyasint"` // the end of the grant that had ended, Unix seconds
	Until int64  `cbor:"3,keyasint"` // Unix milliseconds
	Seen  int64  `cbor:"4,keyasint"` // the latest time at which somebody checked in
}

// Unlock opens a device whose grant has ended for 24 hours, for checking in,
// calling and nothing else; by is the manager's account, whose PIN the caller has judged. It
// works once for each grant. It refuses with NotLocked and UnlockUsed.
func (r *Replica) Unlock(ctx context.Context, by string) (until time.Time, err error) {
	id, err := r.Identity(ctx)
	if err != nil {
		return time.Time{}, err
	}
	err = r.write(ctx, func(tx *sql.Tx) error {
		now, err := r.latest(ctx, tx)
		if err != nil {
			return err
		}
		if now.Unix() < id.Grant.Expires {
			return clinic.Refuse(NotLocked)
		}
		before, err := r.unlocking(ctx, tx)
		if err != nil {
			return err
		}
		if before.Grant == id.Grant.Expires {
			return clinic.Refuse(UnlockUsed)
		}
		until = now.Add(unlockedFor)
		return r.saveUnlock(ctx, tx, unlock{By: by, Grant: id.Grant.Expires, Until: until.UnixMilli(), Seen: now.UnixMilli()})
	})
	return until, err
}

// Unlocked is until when a locked device may check people in; zero where no manager
// has opened it, or the time is over.
func (r *Replica) Unlocked(ctx context.Context) (time.Time, error) {
	id, err := r.Identity(ctx)
	if errors.Is(err, ErrNotEnrolled) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, err
	}
	u, open, err := r.opened(ctx, r.db.Reader(), id)
	if err != nil || !open {
		return time.Time{}, err
	}
	return time.UnixMilli(u.Until), nil
}

// opened gives the manager's opening that is at work.
func (r *Replica) opened(ctx context.Context, q querier, id Identity) (u unlock, open bool, err error) {
	if u, err = r.unlocking(ctx, q); err != nil || u.Grant != id.Grant.Expires {
		return u, false, err
	}
	now, err := r.latest(ctx, q)
	return u, now.UnixMilli() < u.Until, err
}

// latest is central's time as far as it is known, and never before a moment that was
// seen, so that a clock that is turned back opens nothing for longer.
func (r *Replica) latest(ctx context.Context, q querier) (time.Time, error) {
	heard, err := getNumber(ctx, q, metaContact)
	if err != nil {
		return time.Time{}, err
	}
	u, err := r.unlocking(ctx, q)
	if err != nil {
		return time.Time{}, err
	}
	now := r.Now()
	if seen := time.UnixMilli(max(heard, u.Seen)); now.Before(seen) {
		now = seen
	}
	return now, nil
}

// whileLocked judges an event on a locked device and notes on it who opened the device:
// central learns of it with the event.
func (r *Replica) whileLocked(ctx context.Context, tx *sql.Tx, id Identity, d *Draft) error {
	u, open, err := r.opened(ctx, tx, id)
	if err != nil {
		return err
	}
	if open && (d.Kind == clinic.Called || d.Kind == clinic.PassedOver) {
		return nil // of who has checked in
	}
	if !open || d.Kind != clinic.CheckedIn {
		return clinic.Refuse(RefusedLocked)
	}
	now, err := r.latest(ctx, tx)
	if err != nil {
		return err
	}
	d.Reason = "UNLOCKED " + u.By
	u.Seen = now.UnixMilli()
	return r.saveUnlock(ctx, tx, u)
}

func (r *Replica) unlocking(ctx context.Context, q querier) (u unlock, err error) {
	return u, r.openMeta(ctx, q, metaUnlock, &u)
}

func (r *Replica) saveUnlock(ctx context.Context, tx *sql.Tx, u unlock) error {
	return r.sealMeta(ctx, tx, metaUnlock, u)
}

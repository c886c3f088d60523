package fleet

import (
	"context"
	"fmt"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Renew answers a device that says what it holds. Once less than two thirds of
// its grant's life are left it gets a new one; one whose answer was lost gets it
// again. A grant that has ended is not renewed.
// One that holds older keys of central gets the newest.
func (f *Fleet) Renew(ctx context.Context, id clinic.ID, held syncproto.Renew) (syncproto.Renewal, error) {
	keys, ok := f.cfg.Secrets.byID(held.Keys)
	if !ok {
		return syncproto.Renewal{}, fmt.Errorf("%w: a device holds keys that are not ours", syncproto.ErrMalformed)
	}
	newest := f.cfg.Secrets.newest()
	_, err := f.change(ctx, id, store.Note{}, func(d *store.Device, now time.Time) {
		left := time.Unix(d.Expires, 0).Sub(now)
		if left > 0 && left < grantLife*2/3 && d.Revoked == 0 {
			d.Expires = now.Add(grantLife).Unix()
		}
		d.Keys = max(d.Keys, keys.number)
	})
	if err != nil {
		return syncproto.Renewal{}, err
	}
	current := keys.number == newest.number
	if current {
		if err := f.retireWhenMoved(ctx); err != nil {
			return syncproto.Renewal{}, err
		}
	}
	f.mu.Lock()
	d := f.devices[id]
	f.mu.Unlock()
	if current && d.Expires == held.Expires || f.cfg.Now().Unix() >= d.Expires {
		return syncproto.Renewal{}, nil
	}
	grant, err := f.grant(ctx, d, newest)
	if err != nil {
		return syncproto.Renewal{}, err
	}
	r := syncproto.Renewal{Grant: &grant}
	if !current {
		r.SignKeys(newest.public(), keys.sign)
	}
	return r, nil
}

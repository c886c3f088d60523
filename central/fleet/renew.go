package fleet

import (
	"bytes"
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
func (f *Fleet) Renew(ctx context.Context, id clinic.ID, held syncproto.Renew) (syncproto.Renewal, error) {
	_, err := f.change(ctx, id, func(d *store.Device, now time.Time) {
		left := time.Unix(d.Expires, 0).Sub(now)
		if left > 0 && left < grantLife*2/3 && d.Revoked == 0 {
			d.Expires = now.Add(grantLife).Unix()
		}
	})
	if err != nil {
		return syncproto.Renewal{}, err
	}
	if !bytes.Equal(held.Keys, f.cfg.Secrets.Public().ID()) {
		return syncproto.Renewal{}, fmt.Errorf("%w: a device holds keys that are not ours", syncproto.ErrMalformed)
	}
	f.mu.Lock()
	d := f.devices[id]
	f.mu.Unlock()
	if d.Expires == held.Expires || f.cfg.Now().Unix() >= d.Expires {
		return syncproto.Renewal{}, nil
	}
	grant, err := f.grant(ctx, d)
	if err != nil {
		return syncproto.Renewal{}, err
	}
	return syncproto.Renewal{Grant: &grant}, nil
}

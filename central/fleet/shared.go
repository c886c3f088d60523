package fleet

import (
	"context"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Several processes may share one database: a device comes in at one of them,
// talks to another and is shut out at a third.

const (
	shutOutEvery = 400 * time.Millisecond // a device that was shut out elsewhere has no second left here
	refreshAfter = 3                      // of those: everything else
)

// Refresh takes over what other processes changed of devices: new ones, those that
// were shut out, and what they last said.
func (f *Fleet) Refresh(ctx context.Context) error {
	devices, err := store.Devices(ctx, f.cfg.Store.Reader())
	if err != nil {
		return err
	}
	statuses, err := store.DeviceStatuses(ctx, f.cfg.Store.Reader())
	if err != nil {
		return err
	}
	if err := f.loadKeys(ctx); err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.merge(devices)
	for _, s := range statuses {
		if s.Contact > f.status[s.Device].Contact {
			f.status[s.Device] = s
		}
	}
	return nil
}

// merge takes over devices as other processes left them; the caller holds mu.
func (f *Fleet) merge(devices []store.Device) {
	for _, d := range devices {
		old := f.devices[d.ID]
		d.Revoked, d.Fenced, d.Expires = max(d.Revoked, old.Revoked), max(d.Fenced, old.Fenced), max(d.Expires, old.Expires)
		d.Keys = max(d.Keys, old.Keys)
		f.put(d)
	}
}

// shutOut takes over which devices other processes have shut out.
func (f *Fleet) shutOut(ctx context.Context) error {
	devices, err := store.DevicesShutOut(ctx, f.cfg.Store.Reader())
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.merge(devices)
	return nil
}

// Follow takes over what other processes do until ctx ends, where the database
// is shared.
func (f *Fleet) Follow(ctx context.Context) error {
	if !f.cfg.Store.Shared() {
		return nil
	}
	tick := time.NewTicker(shutOutEvery)
	defer tick.Stop()
	away := false
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		look := f.shutOut
		if n%refreshAfter == 0 {
			look = f.Refresh
		}
		if err := look(ctx); (err != nil) != away && ctx.Err() == nil {
			away = err != nil
			f.cfg.Log.Warn("other processes' devices", "readable", !away, "error", err)
		}
	}
}

// elsewhere looks for a device that this process does not know in the database.
func (f *Fleet) elsewhere(ctx context.Context, key [syncproto.NoiseKeySize]byte) (clinic.ID, bool, error) {
	if !f.cfg.Store.Shared() {
		return clinic.ID{}, false, nil
	}
	d, ok, err := store.DeviceByNoise(ctx, f.cfg.Store.Reader(), key[:])
	if err != nil || !ok {
		return clinic.ID{}, false, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(d)
	return d.ID, true, nil
}

package fleet

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// flushEvery is how late the store may be with what devices say. A crash of
// central loses no more than this, and the devices say it again.
const flushEvery = 15 * time.Second

// Greeted notes a Hello and the protocol version agreed on (0: none).
// Same says whether the device's rows are ours; nil when that cannot be told.
func (f *Fleet) Greeted(ctx context.Context, h syncproto.Hello, version int, acked uint64, same *bool) error {
	return f.note(ctx, h.Device, func(s *store.DeviceStatus, now time.Time) {
		s.Build, s.Version, s.History, s.Cursor = h.Build, version, h.History, h.Cursor
		s.DatabaseSize = h.DatabaseSize
		heard(s, syncproto.PullState{
			MaxSeq: h.MaxSeq, OldestPending: h.OldestPending, Wall: h.Wall, FreeDisk: h.FreeDisk, Reader: h.Reader, RoundTrip: h.RoundTrip,
			Diverged: same != nil && !*same || same == nil && s.Diverged,
		}, acked, now)
	})
}

// Pulled notes a Pull that was answered with rows up to next.
func (f *Fleet) Pulled(ctx context.Context, id clinic.ID, p syncproto.Pull, next int64, more bool, acked uint64) error {
	return f.note(ctx, id, func(s *store.DeviceStatus, now time.Time) {
		s.Cursor = next
		if !more {
			s.Pulled = now.UnixMilli()
		}
		heard(s, p.Status, acked, now)
	})
}

// Pushed notes a Push after which acked events are durable.
func (f *Fleet) Pushed(ctx context.Context, id clinic.ID, p syncproto.PullState, acked uint64) error {
	return f.note(ctx, id, func(s *store.DeviceStatus, now time.Time) {
		s.Pushed = now.UnixMilli()
		heard(s, p, acked, now)
	})
}

func heard(s *store.DeviceStatus, p syncproto.PullState, acked uint64, now time.Time) {
	if s.Moved == 0 || acked > s.Acked || acked >= p.MaxSeq {
		s.Moved = now.UnixMilli()
	}
	if acked >= p.MaxSeq {
		s.Settled = now.UnixMilli()
	}
	s.Contact, s.MaxSeq, s.Acked = now.UnixMilli(), p.MaxSeq, acked
	s.OldestPending, s.FreeDisk, s.Reader, s.RoundTrip, s.Diverged = p.OldestPending, p.FreeDisk, p.Reader, p.RoundTrip, p.Diverged
	if p.Wall != 0 {
		s.Skew = p.Wall - now.UnixMilli()
	}
}

func (f *Fleet) note(ctx context.Context, id clinic.ID, alter func(*store.DeviceStatus, time.Time)) error {
	now := f.cfg.Now()
	f.mu.Lock()
	s := f.status[id]
	s.Device = id
	alter(&s, now)
	f.status[id] = s
	f.dirty[id] = true
	due := now.Sub(f.flushed).Abs() >= flushEvery
	f.mu.Unlock()
	if !due {
		return nil
	}
	return f.Flush(ctx)
}

// Flush writes what devices said to the store. Central calls it when it stops.
func (f *Fleet) Flush(ctx context.Context) error {
	f.mu.Lock()
	f.flushed = f.cfg.Now()
	var due []store.DeviceStatus
	for id := range f.dirty {
		due = append(due, f.status[id])
	}
	clear(f.dirty)
	f.mu.Unlock()
	if len(due) == 0 {
		return nil
	}
	err := f.write(ctx, func(tx *store.Tx) error {
		for _, s := range due {
			if err := tx.SaveDeviceStatus(s); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		f.mu.Lock()
		for _, s := range due {
			f.dirty[s.Device] = true
		}
		f.mu.Unlock()
		return fmt.Errorf("keep what devices said: %w", err)
	}
	return nil
}

func describe(d store.Device, s store.DeviceStatus, seq int64, now time.Time, open bool) Device {
	v := Device{
		ID: d.ID, Site: d.Site, Role: d.Role, Letter: d.Letter, Label: d.Label,
		Enrolled: syncproto.TimeOf(d.Enrolled), Expires: time.Unix(d.Expires, 0).In(clinic.Taipei),
		Revoked: syncproto.TimeOf(d.Revoked), Fenced: syncproto.TimeOf(d.Fenced),
		Contact: syncproto.TimeOf(s.Contact), Pulled: syncproto.TimeOf(s.Pulled), Pushed: syncproto.TimeOf(s.Pushed),
		Oldest: time.Duration(s.OldestPending) * time.Second, Acked: s.Acked, Behind: max(0, seq-s.Cursor),
		Skew: time.Duration(s.Skew) * time.Millisecond, RoundTrip: time.Duration(s.RoundTrip) * time.Millisecond,
		Build: s.Build, Version: s.Version, FreeDisk: s.FreeDisk, DatabaseSize: s.DatabaseSize, Reader: s.Reader,
	}
	if s.MaxSeq > s.Acked {
		v.Pending = s.MaxSeq - s.Acked
	}
	facts := Facts{
		Now: now, Open: open, Revoked: d.Revoked != 0 || now.Unix() >= d.Expires, Fenced: d.Fenced != 0,
		Greeted: s.Contact != 0, Version: s.Version, Contact: v.Contact, Pulled: v.Pulled, Moved: syncproto.TimeOf(s.Moved),
		MaxSeq: s.MaxSeq, Acked: s.Acked, Behind: v.Behind, Oldest: v.Oldest, Diverged: s.Diverged,
	}
	if s.Contact == 0 {
		facts.Contact = v.Enrolled
	}
	if s.Pulled == 0 {
		facts.Pulled = v.Enrolled
	}
	v.State = StateOf(facts)
	return v
}

func bySiteAndLetter(a, b store.Device) int {
	return cmp.Or(cmp.Compare(a.Site, b.Site), cmp.Compare(len(a.Letter), len(b.Letter)), cmp.Compare(a.Letter, b.Letter))
}

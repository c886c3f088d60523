// Package fleet knows the devices of the city's clinics: how one comes in with
// a code, what it may do, when it was last heard of, and how it is shut out.
package fleet

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/syncproto"
)

// Config is what the world brings in. Every field is needed.
type Config struct {
	Store   *store.Store
	Secrets *Secrets
	Now     clock.Clock
	Random  io.Reader        // crypto/rand.Reader outside tests
	NewID   func() clinic.ID // UUIDs of version 7
	Log     *slog.Logger
	// Open says whether a site is in its opening hours.
	Open func(site string, at time.Time) bool
	// Record runs a change in a transaction and writes the note that it gives into the
	// audit trail, which package booking keeps, in the same one (booking.Engine.Record).
	Record func(ctx context.Context, change func(*store.Tx) (store.Note, error)) error
}

// Fleet holds every device in memory and writes through to the store. It is
// safe for use by many goroutines.
type Fleet struct {
	cfg Config

	mu      sync.Mutex
	devices map[clinic.ID]store.Device
	byNoise map[[syncproto.NoiseKeySize]byte]clinic.ID
	status  map[clinic.ID]store.DeviceStatus
	dirty   map[clinic.ID]bool // status newer than the store's
	flushed time.Time
	ended   map[clinic.ID]chan struct{} // closed when the device is shut out

	entry sync.Mutex // one enrolment at a time
}

// New reads the devices.
func New(ctx context.Context, cfg Config) (*Fleet, error) {
	if cfg.Store == nil || cfg.Secrets == nil || cfg.Now == nil || cfg.Random == nil || cfg.NewID == nil || cfg.Log == nil || cfg.Open == nil || cfg.Record == nil {
		return nil, errors.New("open the fleet: the configuration is incomplete")
	}
	f := &Fleet{
		cfg: cfg, devices: make(map[clinic.ID]store.Device), byNoise: make(map[[syncproto.NoiseKeySize]byte]clinic.ID),
		status: make(map[clinic.ID]store.DeviceStatus), dirty: make(map[clinic.ID]bool), ended: make(map[clinic.ID]chan struct{}), flushed: cfg.Now(),
	}
	if err := f.loadKeys(ctx); err != nil {
		return nil, err
	}
	devices, err := store.Devices(ctx, cfg.Store.Reader())
	if err != nil {
		return nil, err
	}
	for _, d := range devices {
		f.put(d)
	}
	statuses, err := store.DeviceStatuses(ctx, cfg.Store.Reader())
	if err != nil {
		return nil, err
	}
	for _, s := range statuses {
		f.status[s.Device] = s
	}
	return f, nil
}

// put keeps a device in memory; the caller holds mu or is New.
func (f *Fleet) put(d store.Device) {
	f.devices[d.ID] = d
	f.byNoise[[syncproto.NoiseKeySize]byte(d.Noise)] = d.ID
	if f.ended[d.ID] == nil {
		f.ended[d.ID] = make(chan struct{})
	}
	if d.Revoked != 0 {
		select {
		case <-f.ended[d.ID]:
		default:
			close(f.ended[d.ID])
		}
	}
}

// Secrets gives central's key material.
func (f *Fleet) Secrets() *Secrets { return f.cfg.Secrets }

// Peer is a device as the hub needs it, at one moment.
type Peer struct {
	ID      clinic.ID
	Site    string
	Role    syncproto.Role
	Letter  string
	Epoch   uint32
	Sign    []byte // Ed25519
	PSK     [syncproto.PSKSize]byte
	Expires int64 // Unix seconds
	Revoked bool
	Expired bool
	Fenced  bool
	// Ended is closed when the device is revoked.
	Ended <-chan struct{}
}

// PeerByKey finds the device with a Noise public key.
func (f *Fleet) PeerByKey(key [syncproto.NoiseKeySize]byte) (Peer, bool, error) {
	f.mu.Lock()
	id, ok := f.byNoise[key]
	f.mu.Unlock()
	if !ok {
		var err error
		if id, ok, err = f.elsewhere(context.Background(), key); err != nil || !ok {
			return Peer{}, false, err
		}
	}
	return f.Peer(id)
}

// Peer finds a device.
func (f *Fleet) Peer(id clinic.ID) (Peer, bool, error) {
	f.mu.Lock()
	d, ok := f.devices[id]
	ended := f.ended[id]
	f.mu.Unlock()
	if !ok {
		return Peer{}, false, nil
	}
	psk, err := f.cfg.Secrets.psk(id)
	if err != nil {
		return Peer{}, false, err
	}
	return Peer{
		ID: d.ID, Site: d.Site, Role: d.Role, Letter: d.Letter, Epoch: d.Epoch, Sign: d.Sign, PSK: psk, Expires: d.Expires,
		Revoked: d.Revoked != 0, Expired: f.cfg.Now().Unix() >= d.Expires, Fenced: d.Fenced != 0, Ended: ended,
	}, true, nil
}

// ErrNoDevice says that there is no such device.
var ErrNoDevice = errors.New("no such device")

// Revoke shuts a device out for good. Its live sessions end at once. Revoking
// it again changes nothing.
func (f *Fleet) Revoke(ctx context.Context, actor string, id clinic.ID) error {
	changed, err := f.change(ctx, id, store.Note{Actor: actor, Action: "device.revoke", Object: id.String()}, func(d *store.Device, now time.Time) {
		if d.Revoked == 0 {
			d.Revoked = now.UnixMilli()
		}
	})
	if err != nil || !changed {
		return err
	}
	f.cfg.Log.Warn("device revoked", "device", id, "actor", actor)
	return nil
}

// Fence shuts a device off after it told two stories under one number. Only a
// new enrolment helps. Fencing it again changes nothing.
func (f *Fleet) Fence(ctx context.Context, id clinic.ID) error {
	changed, err := f.change(ctx, id, store.Note{Actor: "device " + id.String(), Action: "device.fence", Object: id.String()}, func(d *store.Device, now time.Time) {
		if d.Fenced == 0 {
			d.Fenced = now.UnixMilli()
		}
	})
	if err != nil || !changed {
		return err
	}
	f.cfg.Log.Error("device fenced after a fork", "device", id)
	return nil
}

func (f *Fleet) known(id clinic.ID) (store.Device, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	d, ok := f.devices[id]
	return d, ok
}

// change alters a device in the store, with a note in the audit trail, then in memory.
func (f *Fleet) change(ctx context.Context, id clinic.ID, note store.Note, alter func(*store.Device, time.Time)) (changed bool, err error) {
	f.entry.Lock()
	defer f.entry.Unlock()
	d, ok := f.known(id)
	if !ok && f.cfg.Store.Shared() {
		if err := f.Refresh(ctx); err != nil { // it may have come in at another process just now
			return false, err
		}
		d, ok = f.known(id)
	}
	if !ok {
		return false, fmt.Errorf("device %s: %w", id, ErrNoDevice)
	}
	now := f.cfg.Now()
	if before := d; !altered(&d, before, alter, now) {
		return false, nil
	}
	err = f.record(ctx, func(tx *store.Tx) (store.Note, error) {
		row, ok, err := tx.DeviceForChange(id) // another process may have changed it
		if err != nil || !ok {
			return store.Note{}, errors.Join(err, store.ErrStale)
		}
		d = row
		if changed = altered(&d, row, alter, now); !changed {
			return store.Note{}, nil
		}
		return note, tx.UpdateDevice(d)
	})
	if err != nil {
		return false, fmt.Errorf("change device %s: %w", id, err)
	}
	f.mu.Lock()
	f.put(d)
	f.mu.Unlock()
	return changed, nil
}

// altered alters a device and reports whether that made a difference.
func altered(d *store.Device, before store.Device, alter func(*store.Device, time.Time), now time.Time) bool {
	alter(d, now)
	return d.Expires != before.Expires || d.Revoked != before.Revoked || d.Fenced != before.Fenced || d.Keys != before.Keys
}

// record makes a change together with its note. Whoever asked may go away meanwhile:
// what is stored is taken over into memory all the same.
func (f *Fleet) record(ctx context.Context, change func(*store.Tx) (store.Note, error)) error {
	return f.cfg.Record(context.WithoutCancel(ctx), change)
}

// write runs do in a transaction, of what nobody has to know later.
func (f *Fleet) write(ctx context.Context, do func(*store.Tx) error) error {
	tx, err := f.cfg.Store.Begin(ctx)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Device is a device as the monitor shows it.
type Device struct {
	ID       clinic.ID
	Site     string
	SiteName string
	Role     syncproto.Role
	Letter   string
	Label    string
	State    State
	Enrolled time.Time
	Expires  time.Time // of the grant
	Revoked  time.Time // zero unless revoked
	Fenced   time.Time // zero unless fenced

	Contact      time.Time // zero before the first
	Pulled       time.Time // when a pull last brought everything
	Pushed       time.Time
	Pending      uint64        // events made and not acknowledged
	Oldest       time.Duration // age of the oldest of them, at Contact
	Acked        uint64
	Behind       int64         // numbers of the site's feed that it has not got
	Skew         time.Duration // its clock minus ours, at Contact
	RoundTrip    time.Duration
	Build        string
	Version      int   // protocol version
	FreeDisk     int64 // bytes
	DatabaseSize int64 // bytes
	Reader       syncproto.ReaderState
}

// Devices lists all devices by site and letter, with their state now.
func (f *Fleet) Devices(ctx context.Context) ([]Device, error) {
	sites, err := store.Sites(ctx, f.cfg.Store.Reader())
	if err != nil {
		return nil, err
	}
	seqs, names := make(map[string]int64, len(sites)), make(map[string]string, len(sites))
	for _, s := range sites {
		seqs[s.Code], names[s.Code] = s.Seq, s.Name
	}
	now := f.cfg.Now()
	f.mu.Lock()
	defer f.mu.Unlock()
	out := make([]Device, 0, len(f.devices))
	for _, d := range slices.SortedFunc(maps.Values(f.devices), bySiteAndLetter) {
		v := describe(d, f.status[d.ID], seqs[d.Site], now, f.cfg.Open(d.Site, now))
		v.SiteName = names[d.Site]
		out = append(out, v)
	}
	return out, nil
}

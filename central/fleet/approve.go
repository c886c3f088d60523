package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// RefusedAsking is the refusal of Approve and TurnAway where no such device
// waits: its time is over, or somebody else has decided.
const RefusedAsking = "device_asking"

// Asking is a device that waits for a person to approve it.
type Asking struct {
	ID       clinic.ID // which it will have
	Site     string
	SiteName string
	Role     syncproto.Role
	Label    string
	Build    string
	Words    string // five, with spaces; the device shows the same
	Since    time.Time
	Until    time.Time // the end of its code
}

// Asking lists the devices that wait for a person, the first that came first.
func (f *Fleet) Asking(ctx context.Context) ([]Asking, error) {
	codes, err := store.AskingDevices(ctx, f.cfg.Store.Reader(), f.cfg.Now().UnixMilli())
	if err != nil {
		return nil, err
	}
	out := make([]Asking, len(codes))
	for i, c := range codes {
		name, err := f.siteName(ctx, c.Site)
		if err != nil {
			return nil, err
		}
		out[i] = Asking{
			ID: c.Device, Site: c.Site, SiteName: name, Role: c.Role, Label: c.Label, Build: c.Build, Words: c.Words,
			Since: syncproto.TimeOf(c.Asked), Until: syncproto.TimeOf(c.Expires),
		}
	}
	return out, nil
}

// Approve lets a device in whose words a person has compared. It has CodeLife
// to fetch its grant.
func (f *Fleet) Approve(ctx context.Context, actor string, id clinic.ID) error {
	f.entry.Lock()
	defer f.entry.Unlock()
	code, err := f.asking(ctx, id)
	if err != nil {
		return err
	}
	now := f.cfg.Now()
	code.Approved, code.Expires = now.UnixMilli(), now.Add(CodeLife).UnixMilli()
	d := store.Device{
		ID: code.Device, Site: code.Site, Role: code.Role, Label: code.Label, Epoch: 1, Noise: code.Noise, Sign: code.Sign,
		Enrolled: now.UnixMilli(), NotBefore: now.Unix(), Expires: now.Add(grantLife).Unix(),
	}
	err = f.record(ctx, func(tx *store.Tx) (store.Note, error) {
		n, err := store.CountDevices(ctx, tx.Reads(), code.Site)
		if err != nil {
			return store.Note{}, err
		}
		d.Letter = letter(n)
		if err := answer(tx, code); err != nil {
			return store.Note{}, err
		}
		return store.Note{Actor: actor, Action: "device.enrol", Object: d.ID.String(), Detail: d.Site + " " + string(d.Role) + " " + d.Letter}, tx.InsertDevice(d)
	})
	if err != nil {
		return fmt.Errorf("approve a device: %w", err)
	}
	f.mu.Lock()
	f.put(d)
	f.mu.Unlock()
	f.cfg.Log.Info("device enrolled", "device", d.ID, "site", d.Site, "role", string(d.Role), "actor", actor)
	return nil
}

// answer writes what a person decided on a code, unless somebody else has decided.
func answer(tx *store.Tx, code store.EnrolCode) error {
	err := tx.AnswerEnrolCode(code)
	if errors.Is(err, store.ErrStale) {
		return clinic.Refuse(RefusedAsking)
	}
	return err
}

// TurnAway ends the code of a device that waits.
func (f *Fleet) TurnAway(ctx context.Context, actor string, id clinic.ID) error {
	f.entry.Lock()
	defer f.entry.Unlock()
	code, err := f.asking(ctx, id)
	if err != nil {
		return err
	}
	code.Refused = f.cfg.Now().UnixMilli()
	err = f.record(ctx, func(tx *store.Tx) (store.Note, error) {
		return store.Note{Actor: actor, Action: "device.turn_away", Object: id.String(), Detail: code.Site + " " + string(code.Role)}, answer(tx, code)
	})
	if err != nil {
		return fmt.Errorf("turn a device away: %w", err)
	}
	f.cfg.Log.Warn("device turned away", "device", id, "site", code.Site, "actor", actor)
	return nil
}

func (f *Fleet) asking(ctx context.Context, id clinic.ID) (store.EnrolCode, error) {
	codes, err := store.AskingDevices(ctx, f.cfg.Store.Reader(), f.cfg.Now().UnixMilli())
	if err != nil {
		return store.EnrolCode{}, err
	}
	for _, c := range codes {
		if c.Device == id {
			return c, nil
		}
	}
	return store.EnrolCode{}, clinic.Refuse(RefusedAsking)
}

package fleet

import (
	"context"
	"fmt"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// Refusals of ResetCode.
const (
	RefusedChallenge = "device_challenge" // not the digits that a device shows
	RefusedRevoked   = "device_revoked"   // the device is shut out
)

// ResetCode answers the challenge of a device whose managers have forgotten their PIN.
// The code works on this device alone, once, while the challenge stands there; the device
// needs no network for it. That it was given out is in the audit trail before it is told.
func (f *Fleet) ResetCode(ctx context.Context, actor string, id clinic.ID, typed string) (code string, err error) {
	challenge, err := syncproto.ParseResetChallenge(typed)
	if err != nil {
		return "", clinic.Refuse(RefusedChallenge)
	}
	peer, ok, err := f.Peer(id)
	if err != nil {
		return "", err
	}
	if !ok {
		return "", fmt.Errorf("device %s: %w", id, ErrNoDevice)
	}
	if peer.Revoked {
		return "", clinic.Refuse(RefusedRevoked)
	}
	code, err = syncproto.ResetCode(peer.PSK[:], id, challenge)
	if err != nil {
		return "", err
	}
	err = f.record(ctx, func(*store.Tx) (store.Note, error) {
		return store.Note{Actor: actor, Action: "device.reset", Object: id.String()}, nil
	})
	if err != nil {
		return "", fmt.Errorf("give out a reset code: %w", err)
	}
	f.cfg.Log.Warn("reset code given out", "device", id, "actor", actor)
	return code, nil
}

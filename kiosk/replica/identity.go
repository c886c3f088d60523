package replica

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// Identity is what enrolment gave the device: central's grant and public keys,
// and the device's own private keys. It is stored sealed.
type Identity struct {
	Grant   syncproto.Grant `cbor:"1,keyasint"`
	Central syncproto.Keys  `cbor:"2,keyasint"`
	Noise   []byte          `cbor:"3,keyasint"`           // X25519 private key, 32 bytes
	Sign    []byte          `cbor:"4,keyasint"`           // Ed25519 seed, 32 bytes
	Address string          `cbor:"5,keyasint,omitempty"` // of central, where the enrolment named one
}

// RefusedLocked is the refusal of every act on a device whose grant has ended, but for
// checking in while a manager has opened it.
const RefusedLocked = "device_locked"

// Holder gives what the device can show and check in public.
func (id Identity) Holder() (syncproto.Holder, error) {
	if len(id.Noise) != syncproto.NoiseKeySize || len(id.Sign) != ed25519.SeedSize {
		return syncproto.Holder{}, errors.New("the device's identity has keys of another size")
	}
	static, err := noise.KeyOf([syncproto.NoiseKeySize]byte(id.Noise))
	if err != nil {
		return syncproto.Holder{}, fmt.Errorf("the device's identity: %w", err)
	}
	sign := ed25519.NewKeyFromSeed(id.Sign).Public().(ed25519.PublicKey)
	return syncproto.Holder{Grant: id.Grant, Keys: id.Central, Noise: static.Public[:], Sign: sign}, nil
}

// Locked reports whether the device's grant has ended: by central's time as far
// as this run knows it, and never earlier than central was last heard, so that a
// clock that was turned back opens nothing. A device that is not enrolled is not
// locked.
func (r *Replica) Locked(ctx context.Context) (bool, error) {
	id, err := r.Identity(ctx)
	if errors.Is(err, ErrNotEnrolled) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return r.locked(ctx, id)
}

func (r *Replica) locked(ctx context.Context, id Identity) (bool, error) {
	now, err := r.latest(ctx, r.db.Reader())
	return now.Unix() >= id.Grant.Expires, err
}

// Identity gives the stored identity, or ErrNotEnrolled. It is read once.
func (r *Replica) Identity(ctx context.Context) (Identity, error) {
	if id := r.identity.Load(); id != nil {
		return *id, nil
	}
	sealed, err := getMeta(ctx, r.db.Reader(), metaGrant)
	if err != nil {
		return Identity{}, err
	}
	if sealed == nil {
		return Identity{}, ErrNotEnrolled
	}
	plain, err := r.keys.Open("meta", "value", []byte(metaGrant), sealed)
	if err != nil {
		return Identity{}, fmt.Errorf("open the device's identity: %w", err)
	}
	var id Identity
	if err := cbor.Unmarshal(plain, &id); err != nil {
		return Identity{}, fmt.Errorf("read the device's identity: %w", err)
	}
	r.identity.CompareAndSwap(nil, &id) // unless another was saved meanwhile
	return id, nil
}

// SaveIdentity stores what enrolment gave.
func (r *Replica) SaveIdentity(ctx context.Context, id Identity) error {
	plain, err := cbor.Marshal(id)
	if err != nil {
		return fmt.Errorf("write the device's identity: %w", err)
	}
	err = r.write(ctx, func(tx *sql.Tx) error {
		return setMeta(ctx, tx, metaGrant, r.keys.Seal("meta", "value", []byte(metaGrant), plain))
	})
	if err == nil {
		r.identity.Store(&id)
	}
	return err
}

package replica

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/syncproto"
)

// Identity is what enrolment gave the device: central's grant and public keys,
// and the device's own private keys. It is stored sealed.
type Identity struct {
	Grant   syncproto.Grant `cbor:"1,keyasint"`
	Central syncproto.Keys  `cbor:"2,keyasint"`
	Noise   []byte          `cbor:"3,keyasint"` // X25519 private key, 32 bytes
	Sign    []byte          `cbor:"4,keyasint"` // Ed25519 seed, 32 bytes
}

// Identity gives the stored identity, or ErrNotEnrolled.
func (r *Replica) Identity(ctx context.Context) (Identity, error) {
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
	return id, nil
}

// SaveIdentity stores what enrolment gave.
func (r *Replica) SaveIdentity(ctx context.Context, id Identity) error {
	plain, err := cbor.Marshal(id)
	if err != nil {
		return fmt.Errorf("write the device's identity: %w", err)
	}
	return r.write(ctx, func(tx *sql.Tx) error {
		return setMeta(ctx, tx, metaGrant, r.keys.Seal("meta", "value", []byte(metaGrant), plain))
	})
}

package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"fmt"

	"ezhitong.tw/clinic"
)

// The shape of a receipt; see SPEC.md section 9.
const (
	receiptMark   = "ezhitong receipt 1\n"
	signedReceipt = "ezhitong receipt 1\x00"

	// MaxReceipt is the longest receipt, in bytes.
	MaxReceipt = MaxBundle
)

// ErrNoReceipt says that the bytes are no receipt at all.
var ErrNoReceipt = fmt.Errorf("%w: not a receipt", ErrMalformed)

// Receipt is what central says of a bundle, for carrying back to its device. It names
// nobody and is signed, not sealed.
type Receipt struct {
	Keys      []byte    `cbor:"1,keyasint"` // Keys.ID of those that signed: those the bundle is sealed to
	History   clinic.ID `cbor:"2,keyasint"`
	Time      int64     `cbor:"3,keyasint"` // central's clock, Unix milliseconds
	Device    clinic.ID `cbor:"4,keyasint"`
	Epoch     uint32    `cbor:"5,keyasint"`
	Acks      []Ack     `cbor:"6,keyasint"` // of the bundle's pushes, in order
	Signature []byte    `cbor:"7,keyasint"` // Ed25519 by Keys.Sign over receiptBytes
}

// Last is the answer to the bundle's last push: how far central is.
func (r Receipt) Last() Ack { return r.Acks[len(r.Acks)-1] }

// Check judges the limits of a Receipt.
func (r Receipt) Check() error {
	switch {
	case len(r.Keys) != KeysIDSize || len(r.Signature) != ed25519.SignatureSize:
		return malformed("receipt: id of %d, signature of %d bytes", len(r.Keys), len(r.Signature))
	case r.Device.IsZero() || r.Epoch == 0 || r.History.IsZero() || r.Time <= 0:
		return malformed("receipt: no device, epoch, history or time")
	case len(r.Acks) == 0 || len(r.Acks) > maxPushes:
		return malformed("receipt of %d answers", len(r.Acks))
	}
	var before uint64
	for _, a := range r.Acks {
		if err := a.Check(); err != nil {
			return err
		}
		if a.AckedSeq == 0 || a.AckedSeq < before {
			return malformed("receipt: event %d after event %d", a.AckedSeq, before)
		}
		before = a.AckedSeq
	}
	return nil
}

// receiptBytes gives what a receipt's signature covers: a label and the canonical CBOR
// of the receipt with an empty Signature.
func receiptBytes(r Receipt) []byte {
	r.Signature = []byte{}
	return append([]byte(signedReceipt), marshal(r)...)
}

// SignReceipt writes a receipt's file, signed with the key that belongs to keys.
func SignReceipt(r Receipt, keys Keys, key ed25519.PrivateKey) ([]byte, error) {
	r.Keys = keys.ID()
	r.Acks = append([]Ack(nil), r.Acks...)
	for i, a := range r.Acks {
		r.Acks[i] = a.For(third)
	}
	r.Signature = ed25519.Sign(key, receiptBytes(r))
	if err := r.Check(); err != nil {
		return nil, err
	}
	out := append([]byte(receiptMark), marshal(r)...)
	if len(out) > MaxReceipt {
		return nil, fmt.Errorf("receipt of %d bytes: %w", len(out), ErrTooLarge)
	}
	return out, nil
}

// OpenReceipt reads a receipt's file for a device that holds keys of central. One that
// was signed with others is ErrOtherCentral, a changed one ErrSignature or ErrMalformed.
// Whose it is, and whether its links are the device's own, is for the device to say.
func OpenReceipt(keys Keys, b []byte) (Receipt, error) {
	r, err := readReceipt(b)
	if err != nil {
		return Receipt{}, err
	}
	if !bytes.Equal(r.Keys, keys.ID()) {
		return Receipt{}, ErrOtherCentral
	}
	if len(keys.Sign) != ed25519.PublicKeySize || !ed25519.Verify(keys.Sign, receiptBytes(r), r.Signature) {
		return Receipt{}, fmt.Errorf("receipt: %w", ErrSignature)
	}
	return r, nil
}

// readReceipt judges the form alone.
func readReceipt(b []byte) (r Receipt, err error) {
	if len(b) > MaxReceipt {
		return r, fmt.Errorf("receipt of %d bytes: %w", len(b), ErrTooLarge)
	}
	body, ok := bytes.CutPrefix(b, []byte(receiptMark))
	if !ok {
		return r, ErrNoReceipt
	}
	if err := unmarshal(body, &r); err != nil {
		return r, err
	}
	return r, r.Check()
}

// IsReceipt reports whether a file begins as a receipt does.
func IsReceipt(b []byte) bool { return bytes.HasPrefix(b, []byte(receiptMark)) }

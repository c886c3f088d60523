package replica

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// An event is kept sealed: its reason is what somebody wrote about a person's health.
// Hashes and signatures are of the op as it is in the clear.

// sealOp writes an op that has been parted from its person (sealPersonal).
func (r *Replica) sealOp(device clinic.ID, epoch uint32, op syncproto.Op) []byte {
	return r.keys.Seal("event", "op", eventKey(device, epoch, op.Seq), syncproto.EncodeOp(op))
}

// openOp reads what sealOp wrote, without the person.
func (r *Replica) openOp(device clinic.ID, epoch uint32, seq uint64, sealed []byte) (syncproto.Op, error) {
	plain, err := r.keys.Open("event", "op", eventKey(device, epoch, seq), sealed)
	if err != nil {
		return syncproto.Op{}, fmt.Errorf("open event %d: %w", seq, err)
	}
	return syncproto.DecodeOp(plain)
}

// openWhole reads what sealOp and sealPersonal wrote: the op that its hash covers.
func (r *Replica) openWhole(device clinic.ID, epoch uint32, seq uint64, sealed, person []byte) (syncproto.Op, error) {
	op, err := r.openOp(device, epoch, seq, sealed)
	if err != nil {
		return op, err
	}
	return op, r.openPersonal(device, epoch, &op, person)
}

// personal is what an op tells of a person, sealed beside the op.
func personal(op *syncproto.Op) (any, bool) {
	if op.Kind == clinic.ContactAsked {
		return &op.Contact, op.Contact != nil
	}
	return &op.WalkIn, op.WalkIn != nil
}

// sealPersonal takes the person out of an op that is to be kept, sealed; nil where
// there is none.
func (r *Replica) sealPersonal(device clinic.ID, epoch uint32, op *syncproto.Op) ([]byte, error) {
	body, ok := personal(op)
	if !ok {
		return nil, nil
	}
	plain, err := cbor.Marshal(body)
	if err != nil {
		return nil, fmt.Errorf("keep whom an event is about: %w", err)
	}
	op.WalkIn, op.Contact = nil, nil
	return r.keys.Seal("event", "walk_in", eventKey(device, epoch, op.Seq), plain), nil
}

// openPersonal puts the person back into an op, which then is what its hash covers.
func (r *Replica) openPersonal(device clinic.ID, epoch uint32, op *syncproto.Op, sealed []byte) error {
	if sealed == nil {
		return nil
	}
	plain, err := r.keys.Open("event", "walk_in", eventKey(device, epoch, op.Seq), sealed)
	if err != nil {
		return fmt.Errorf("open whom event %d is about: %w", op.Seq, err)
	}
	body, _ := personal(op)
	return cbor.Unmarshal(plain, body)
}

func eventKey(device clinic.ID, epoch uint32, seq uint64) []byte {
	return fmt.Appendf(nil, "%s %d %d", device, epoch, seq)
}

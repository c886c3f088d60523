package replica

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"ezhitong.tw/syncproto"
)

// Why a receipt of central is not taken. Nothing has changed then.
var (
	ErrReceiptDevice  = errors.New("the receipt is for another device")
	ErrReceiptOld     = errors.New("the receipt is older than what is known of central")
	ErrReceiptHistory = errors.New("the receipt is of another history of central")
	ErrReceiptChain   = errors.New("the receipt tells of events that are not this device's")
)

// TakeReceipt notes what central has and what it made of each event, as Acknowledge
// does, from a receipt whose signature was verified.
func (r *Replica) TakeReceipt(ctx context.Context, receipt syncproto.Receipt) error {
	id, err := r.Identity(ctx)
	if err != nil {
		return err
	}
	if receipt.Device != id.Grant.Device || receipt.Epoch != id.Grant.Epoch {
		return ErrReceiptDevice
	}
	last := receipt.Last()
	return r.write(ctx, func(tx *sql.Tx) error {
		history, err := getMeta(ctx, tx, metaHistory)
		if err != nil {
			return err
		}
		if !bytes.Equal(history, receipt.History[:]) {
			return ErrReceiptHistory
		}
		acked, err := getNumber(ctx, tx, metaAcked)
		if err != nil {
			return err
		}
		if last.AckedSeq < uint64(acked) {
			return ErrReceiptOld
		}
		hash, err := hashAt(ctx, tx, id.Grant, last.AckedSeq)
		if err != nil {
			return err
		}
		if !bytes.Equal(hash, last.ChainHead) {
			return ErrReceiptChain
		}
		for _, ack := range receipt.Acks {
			if err := r.acknowledge(ctx, tx, id.Grant, ack); err != nil {
				return err
			}
		}
		return nil
	})
}

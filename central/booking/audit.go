package booking

import (
	"context"
	"encoding/binary"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/seal"
)

// note adds an entry to the audit trail in the batch's transaction.
func (b *batch) note(actor, action string, object clinic.ID, detail string) {
	b.noteText(actor, action, object.String(), detail)
}

func (b *batch) noteText(actor, action, object, detail string) {
	b.auditN++
	a := store.Audit{N: b.auditN, At: b.now.UnixMilli(), Actor: actor, Action: action, Object: object, Detail: detail}
	a.Hash = auditHash(b.e.keys, b.audit, &a)
	b.audit = a.Hash
	b.added = append(b.added, a)
}

// auditHash chains an entry to the one before it, under a key that is not in
// the database.
func auditHash(keys *seal.Keyring, before []byte, a *store.Audit) []byte {
	text := append(make([]byte, 0, 256), before...)
	text = binary.BigEndian.AppendUint64(text, uint64(a.N))
	text = binary.BigEndian.AppendUint64(text, uint64(a.At))
	for _, s := range []string{a.Actor, a.Action, a.Object, a.Detail} {
		text = append(binary.BigEndian.AppendUint32(text, uint32(len(s))), s...)
	}
	sum := keys.Index("audit", string(text))
	return sum[:]
}

// Note is something to remember in the audit trail.
type Note = store.Note

// Audit writes a note into the audit trail and waits until it is durable.
func (e *Engine) Audit(ctx context.Context, n Note) error {
	return e.Record(ctx, func(*store.Tx) (Note, error) { return n, nil })
}

// Record runs a change of another room in the writer's transaction and writes the
// note that it gives into the audit trail beside it: both are stored or neither. A
// change may run again, so it sets what it tells its caller anew each time. It
// refuses before it writes anything, and gives no note where nothing has changed.
func (e *Engine) Record(ctx context.Context, change func(*store.Tx) (Note, error)) error {
	return e.do(ctx, func(b *batch) error {
		tx, err := b.tx()
		if err != nil {
			return err
		}
		n, err := change(tx)
		if err == nil && n != (Note{}) {
			b.noteText(n.Actor, n.Action, n.Object, n.Detail)
		}
		return err
	})
}

// AuditEntry is an entry of the audit trail.
type AuditEntry = store.Audit

// AuditPage lists entries before number n (0: from the newest), newest first;
// an empty actor or action means any.
func (e *Engine) AuditPage(ctx context.Context, before int64, actor, action string, limit int) ([]AuditEntry, error) {
	return store.AuditPage(ctx, e.store.Reader(), before, actor, action, limit)
}

package replica

import (
	"context"
	"database/sql"
)

// settingOf names a setting among the keys of the meta table.
func settingOf(name string) string { return "setting." + name }

// Setting gives what was kept under a name on this device; nil for nothing. It is
// not sealed: nothing of people belongs there.
func (r *Replica) Setting(ctx context.Context, name string) ([]byte, error) {
	return getMeta(ctx, r.db.Reader(), settingOf(name))
}

// Keep keeps a setting on this device.
func (r *Replica) Keep(ctx context.Context, name string, value []byte) error {
	return r.db.InTx(ctx, func(tx *sql.Tx) error { return setMeta(ctx, tx, settingOf(name), value) })
}

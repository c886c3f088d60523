package replica

import (
	"context"
	"database/sql"
)

// Reset is how far a way back stands for who has forgotten the PIN. It is kept sealed.
type Reset struct {
	Challenge string `cbor:"1,keyasint,omitempty"` // what central is asked with; empty for none
	Until     int64  `cbor:"2,keyasint,omitempty"` // the end of the challenge, Unix milliseconds
	Wrong     int    `cbor:"3,keyasint,omitempty"` // codes in a row that were not right, over all challenges
	Again     int64  `cbor:"4,keyasint,omitempty"` // before this none is judged, Unix milliseconds
}

// ChangeReset has change decide how far the way back stands and who works here from now
// on, inside one transaction. An error of change leaves all as it was.
func (r *Replica) ChangeReset(ctx context.Context, change func(*Reset, []StaffMember) ([]StaffMember, error)) error {
	return r.db.InTx(ctx, func(tx *sql.Tx) error {
		var now Reset
		if err := r.openMeta(ctx, tx, metaReset, &now); err != nil {
			return err
		}
		err := r.changeStaff(ctx, tx, func(all []StaffMember) ([]StaffMember, error) { return change(&now, all) })
		if err != nil {
			return err
		}
		return r.sealMeta(ctx, tx, metaReset, now)
	})
}

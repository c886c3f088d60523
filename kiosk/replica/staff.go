package replica

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
)

// StaffMember is somebody who works at this device. Only Account leaves it, on
// events; the rest is sealed.
type StaffMember struct {
	Account string
	Name    string
	Manager bool
	PIN     string    // its hash
	Card    []byte    // the blind index of their card, as CardIndex gives it; empty for none
	Wrong   int       // PINs in a row that were not right
	Again   time.Time // before this no PIN is judged; zero for none
}

type sealedStaff struct {
	Name    string `cbor:"1,keyasint"`
	Manager bool   `cbor:"2,keyasint"`
	PIN     string `cbor:"3,keyasint"`
	Card    []byte `cbor:"4,keyasint,omitempty"`
}

// CardIndex is the keyed hash by which a card is known again on this device and on no
// other; its number is kept nowhere.
func (r *Replica) CardIndex(number string) []byte {
	index := r.keys.Index("staff.card", number)
	return index[:]
}

// Staff gives everybody who works here, by account.
func (r *Replica) Staff(ctx context.Context) ([]StaffMember, error) {
	return r.staff(ctx, r.db.Reader())
}

func (r *Replica) staff(ctx context.Context, q querier) ([]StaffMember, error) {
	out, err := list(ctx, q, func(rows *sql.Rows, m *StaffMember) error {
		var (
			sealed []byte
			again  int64
			doc    sealedStaff
		)
		if err := rows.Scan(&m.Account, &sealed, &m.Wrong, &again); err != nil {
			return err
		}
		plain, err := r.keys.Open("staff", "doc", []byte(m.Account), sealed)
		if err != nil {
			return err
		}
		if err := cbor.Unmarshal(plain, &doc); err != nil {
			return err
		}
		m.Name, m.Manager, m.PIN, m.Card = doc.Name, doc.Manager, doc.PIN, doc.Card
		if again != 0 {
			m.Again = time.UnixMilli(again)
		}
		return nil
	}, `SELECT account, doc, wrong, again FROM staff ORDER BY account`)
	if err != nil {
		return nil, fmt.Errorf("read who works here: %w", err)
	}
	return out, nil
}

// ChangeStaff has change decide who works here from now on, inside a transaction.
// An error of change leaves all as it was.
func (r *Replica) ChangeStaff(ctx context.Context, change func([]StaffMember) ([]StaffMember, error)) error {
	return r.db.InTx(ctx, func(tx *sql.Tx) error { return r.changeStaff(ctx, tx, change) })
}

func (r *Replica) changeStaff(ctx context.Context, tx *sql.Tx, change func([]StaffMember) ([]StaffMember, error)) error {
	before, err := r.staff(ctx, tx)
	if err != nil {
		return err
	}
	after, err := change(before)
	if err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM staff`); err != nil {
		return fmt.Errorf("write who works here: %w", err)
	}
	for _, m := range after {
		if err := r.insertStaff(ctx, tx, m); err != nil {
			return fmt.Errorf("write who works here: %w", err)
		}
	}
	return nil
}

func (r *Replica) insertStaff(ctx context.Context, tx *sql.Tx, m StaffMember) error {
	plain, err := cbor.Marshal(sealedStaff{Name: m.Name, Manager: m.Manager, PIN: m.PIN, Card: m.Card})
	if err != nil {
		return err
	}
	var again int64
	if !m.Again.IsZero() {
		again = m.Again.UnixMilli()
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO staff (account, doc, wrong, again) VALUES ($1, $2, $3, $4)`,
		m.Account, r.keys.Seal("staff", "doc", []byte(m.Account), plain), m.Wrong, again)
	return err
}

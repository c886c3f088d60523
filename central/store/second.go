package store

import (
	"context"
	"database/sql"
)

// SecondStepTable is the table's name in sealed values (column secret, primary key the
// account's name).
const SecondStepTable = "second_step"

// SecondStep is the second step of an account's login.
type SecondStep struct {
	Name   string
	Secret []byte // sealed
	Began  int64  // Unix milliseconds; 0 until a first code was right
	Step   int64  // time step of the last code that was used
	Codes  []byte // keyed hashes of the recovery codes that are left, 32 bytes each
}

// SecondStepOf reads an account's second step; ok is false where there is none.
func SecondStepOf(ctx context.Context, q Querier, name string) (s SecondStep, ok bool, err error) {
	err = each(ctx, q, "read a second step", func(r *sql.Rows, v *SecondStep) error { return r.Scan(&v.Name, &v.Secret, &v.Began, &v.Step, &v.Codes) },
		func(v *SecondStep) error { s, ok = *v, true; return nil }, "SELECT name, secret, began, step, codes FROM second_step WHERE name = $1", name)
	return s, ok, err
}

// SaveSecondStep writes an account's second step.
func (t *Tx) SaveSecondStep(s SecondStep) error {
	return t.one("save a second step", `INSERT INTO second_step (name, secret, began, step, codes) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (name) DO UPDATE SET secret = excluded.secret, began = excluded.began, step = excluded.step, codes = excluded.codes`,
		s.Name, s.Secret, s.Began, s.Step, s.Codes)
}

// DropSecondStep removes it, if there is one.
func (t *Tx) DropSecondStep(name string) error {
	return t.any("DELETE FROM second_step WHERE name = $1", name)
}

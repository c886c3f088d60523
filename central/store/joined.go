package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"ezhitong.tw/clinic"
)

// Joined says that two numbers are one person's: what was booked with Number stands
// under Canonical. Both are blind indexes.
type Joined struct {
	Number, Canonical [32]byte
	At                int64 // Unix milliseconds
}

// InsertJoined joins two numbers.
func (t *Tx) InsertJoined(j Joined) error {
	t.joins = true
	return t.one("join numbers", "INSERT INTO joined (number, canonical, at) VALUES ($1, $2, $3)", j.Number[:], j.Canonical[:], j.At)
}

// DropJoined takes a number apart from the one that it stands under.
func (t *Tx) DropJoined(number [32]byte) error {
	t.joins = true
	return t.one("split numbers", "DELETE FROM joined WHERE number = $1", number[:])
}

// AllJoined lists the numbers that stand under another one.
func AllJoined(ctx context.Context, q Querier) ([]Joined, error) {
	return collect(ctx, q, "list joined numbers", func(r *sql.Rows, j *Joined) error {
		var number, canonical sql.RawBytes
		err := r.Scan(&number, &canonical, &j.At)
		copy(j.Number[:], number)
		copy(j.Canonical[:], canonical)
		return err
	}, "SELECT number, canonical, at FROM joined")
}

// SetPerson puts a booking under another person. Nothing that devices see changes.
func (t *Tx) SetPerson(booking clinic.ID, person [32]byte) error {
	return t.one("set a booking's person", "UPDATE booking SET person = $1 WHERE id = $2", person[:], booking[:])
}

// SetStandbyPerson does the same for somebody who waits.
func (t *Tx) SetStandbyPerson(entry clinic.ID, person [32]byte) error {
	t.claims = true
	return t.one("set an entry's person", "UPDATE standby SET person = $1 WHERE id = $2", person[:], entry[:])
}

// PersonOf reads under whom a booking stands, and whether it holds.
func PersonOf(ctx context.Context, q Querier, booking clinic.ID) (person [32]byte, holds bool, err error) {
	var key []byte
	err = q.QueryRowContext(ctx, "SELECT person, holds FROM booking WHERE id = $1", booking[:]).Scan(&key, &holds)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrStale
	}
	if err != nil {
		return person, false, fmt.Errorf("read a booking's person: %w", err)
	}
	copy(person[:], key)
	return person, holds, nil
}

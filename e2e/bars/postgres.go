package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/clinic"
	"ezhitong.tw/e2e/load"
	"ezhitong.tw/internal/sqldb/pgtest"
)

// onPostgres runs do with a PostgreSQL of our own, which waits for the disk.
func onPostgres(do func(context.Context, *bench, *pgtest.Server) (finding, error)) func(context.Context, *bench) (finding, error) {
	return func(ctx context.Context, on *bench) (f finding, err error) {
		s, err := pgtest.Alone()
		if err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, s.Remove()) }()
		return do(ctx, on, s)
	}
}

// batchesOnPostgres is R5: the engine on PostgreSQL ÷ a transaction with SELECT
// FOR UPDATE for each booking, as people write it.
func batchesOnPostgres(slots []int) func(context.Context, *bench, *pgtest.Server) (finding, error) {
	return func(ctx context.Context, on *bench, s *pgtest.Server) (f finding, err error) {
		e, err := engineOnPostgres(ctx, on, s)
		if err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, e.close()) }()
		naive, err := openNaive(ctx, s, large)
		if err != nil {
			return f, err
		}
		defer func() { err = errors.Join(err, naive.db.Close()) }()
		person := 0
		next := func(count int) []booking.Request {
			person += count
			return asks(slots, person, count)
		}
		p, err := on.withControl(ctx,
			func() (float64, error) { return raw(ctx, e.Book, batchCallers, next(booksOfAHalf)) },
			func() (float64, error) { return raw(ctx, naive.book, batchCallers, next(booksOfAHalf)) })
		return ofPairs(p), err
	}
}

func engineOnPostgres(ctx context.Context, on *bench, s *pgtest.Server) (*engine, error) {
	folder, err := os.MkdirTemp(on.work, "keys-*")
	if err != nil {
		return nil, err
	}
	dsn, err := s.Database(ctx, "ours")
	if err != nil {
		return nil, err
	}
	return openEngine(ctx, folder, dsn, large, 0, silent())
}

// naive books on PostgreSQL with a transaction for each booking that locks the
// slot. It writes neither audit nor feed nor reminder and seals nothing.
type naive struct{ db *sql.DB }

const naiveTables = `
CREATE TABLE slot (id BYTEA PRIMARY KEY, capacity BIGINT NOT NULL, taken BIGINT NOT NULL, CHECK (taken <= capacity));
CREATE TABLE booking (id BYTEA PRIMARY KEY, slot BYTEA NOT NULL REFERENCES slot (id), person BYTEA NOT NULL UNIQUE,
	name TEXT NOT NULL, birth TEXT NOT NULL, mobile TEXT NOT NULL, created TIMESTAMPTZ NOT NULL DEFAULT now());`

func openNaive(ctx context.Context, s *pgtest.Server, town shape) (n *naive, err error) {
	dsn, err := s.Database(ctx, "naive")
	if err != nil {
		return nil, err
	}
	n = &naive{}
	if n.db, err = sql.Open("pgx", dsn); err != nil {
		return nil, err
	}
	n.db.SetMaxOpenConns(64) // more only queue inside the server
	n.db.SetMaxIdleConns(64)
	if _, err = n.db.ExecContext(ctx, naiveTables); err != nil {
		return nil, errors.Join(err, n.db.Close())
	}
	for i := range town.slots() {
		id := slotID(i)
		if _, err = n.db.ExecContext(ctx, "INSERT INTO slot VALUES ($1, $2, 0)", id[:], town.Places); err != nil {
			return nil, errors.Join(err, n.db.Close())
		}
	}
	return n, nil
}

func (n *naive) book(ctx context.Context, r booking.Request) (b clinic.Booking, err error) {
	tx, err := n.db.BeginTx(ctx, nil)
	if err != nil {
		return b, err
	}
	defer tx.Rollback()
	var left int
	if err := tx.QueryRowContext(ctx, "SELECT capacity - taken FROM slot WHERE id = $1 FOR UPDATE", r.Slot[:]).Scan(&left); err != nil {
		return b, err
	}
	if left <= 0 {
		return b, clinic.Refuse(clinic.RefusedFull)
	}
	p := r.Person
	if _, err := tx.ExecContext(ctx, "INSERT INTO booking (id, slot, person, name, birth, mobile) VALUES ($1, $2, $3, $4, $5, $6)",
		r.ID[:], r.Slot[:], []byte(p.ID.Reveal()), p.Name.Reveal(), p.Birth.Reveal().String(), p.Mobile.Reveal()); err != nil {
		return b, err
	}
	if _, err := tx.ExecContext(ctx, "UPDATE slot SET taken = taken + 1 WHERE id = $1", r.Slot[:]); err != nil {
		return b, err
	}
	return b, tx.Commit()
}

// gormOnPostgres is R6b: R6a with both on PostgreSQL. The peer's pool is the one of
// GORM's documentation; what a better one does is told beside it.
func gormOnPostgres(ctx context.Context, on *bench, s *pgtest.Server) (finding, error) {
	number := 0
	fresh := func() (string, error) {
		number++
		return s.Database(ctx, fmt.Sprintf("bars%d", number))
	}
	better, err := beside(ctx, on, tuned, fresh)
	if err != nil {
		return finding{}, err
	}
	f, err := beside(ctx, on, documented, fresh)
	f.Notes = append(f.Notes, fmt.Sprintf("GORM with %d connections that stay open: ours is %.1f times as fast", tuned.idle, better.Value))
	return f, err
}

// booksOf are the books of a town: in its folder, or on PostgreSQL.
func booksOf(folder, database string) load.Store {
	if database != "" {
		return load.Store{Driver: "pgx", DSN: database}
	}
	return load.SQLite(folder)
}

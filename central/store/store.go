// Package store keeps central's rows: one concrete store on SQLite or PostgreSQL,
// rows in and rows out. It decides nothing; package booking does.
package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is central's database. It is safe for use by many goroutines.
type Store struct {
	db   *sqldb.DB
	sets map[string]set // of the frequent writes, on a server
}

// Schema is a name for the tables as the migrations make them; it changes with
// every migration.
func Schema() string {
	sum := sha256.New()
	err := fs.WalkDir(migrations, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := migrations.ReadFile(path)
		sum.Write(text)
		return err
	})
	if err != nil {
		panic(fmt.Sprintf("the embedded migrations cannot be read: %v", err))
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// Open opens the database and brings it up to date. dsn is the path of a SQLite
// file or a connection string of PostgreSQL (sqldb.Open).
func Open(ctx context.Context, dsn string) (*Store, error) {
	return OpenBy(ctx, dsn, sqldb.Open)
}

// OpenBy is Open with another way to open the database itself.
func OpenBy(ctx context.Context, dsn string, open sqldb.Opener) (*Store, error) {
	folder, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("find the migrations: %w", err)
	}
	if sqldb.KindOf(dsn) != sqldb.PostgreSQL {
		folder = portable{folder}
	}
	db, err := open(ctx, dsn, folder)
	if err != nil {
		return nil, err
	}
	s := &Store{db: db}
	if s.Shared() {
		s.sets = newSets()
	}
	return s, nil
}

// portable are the migrations for every database: all but *_postgres.sql.
type portable struct{ fs.FS }

// ReadDir lists them.
func (p portable) ReadDir(name string) ([]fs.DirEntry, error) {
	all, err := fs.ReadDir(p.FS, name)
	return slices.DeleteFunc(all, func(d fs.DirEntry) bool { return strings.HasSuffix(d.Name(), "_postgres.sql") }), err
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Shared reports whether other processes may write into this database too.
func (s *Store) Shared() bool { return s.db.Kind() == sqldb.PostgreSQL }

// CopyTo writes a copy of one moment into a new file (sqldb.DB.CopyTo).
func (s *Store) CopyTo(ctx context.Context, path string) error { return s.db.CopyTo(ctx, path) }

// DB gives the database itself, for copies and checks.
func (s *Store) DB() *sqldb.DB { return s.db }

// Tx is a write transaction.
type Tx struct {
	ctx   context.Context
	tx    *sql.Tx
	conn  *sql.Conn
	store *Store

	queues  [queues]queue
	waiting map[rowKey]bool // rows in queues
	wrote   bool
	claims  bool // it changed who waits for a place or has one to give out
	joins   bool // it changed which numbers are one person's
	fault   error
}

// Begin opens a write transaction and waits for its turn. The transaction runs
// on when ctx ends; whoever opened it ends it with Commit or Rollback.
func (s *Store) Begin(ctx context.Context) (*Tx, error) {
	ctx = context.WithoutCancel(ctx)
	t := &Tx{ctx: ctx, store: s, waiting: make(map[rowKey]bool)}
	var err error
	if t.conn, err = s.db.Writer().Conn(ctx); err != nil {
		return nil, fmt.Errorf("begin: %w", sqldb.Classify(err))
	}
	if t.tx, err = t.conn.BeginTx(ctx, nil); err != nil {
		return nil, errors.Join(fmt.Errorf("begin: %w", sqldb.Classify(err)), t.conn.Close())
	}
	return t, nil
}

// Commit makes the transaction durable: it is on the disk when Commit returns.
// sqldb.ErrUnknown says that it may be; after any other error it is not.
func (t *Tx) Commit() error {
	if err := errors.Join(t.fault, t.flush()); err != nil {
		return errors.Join(err, t.Rollback())
	}
	return errors.Join(t.store.db.Commit(t.tx), t.conn.Close())
}

// Rollback forgets the transaction.
func (t *Tx) Rollback() error {
	err := t.tx.Rollback()
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	if err != nil {
		err = fmt.Errorf("roll back: %w", err)
	}
	return errors.Join(err, t.conn.Close())
}

// Wrote reports whether there is anything to commit.
func (t *Tx) Wrote() bool { return t.wrote }

// ChangedClaims reports whether it changed who waits for a place or has one to
// give out.
func (t *Tx) ChangedClaims() bool { return t.claims }

// ChangedJoins reports whether it changed which numbers are one person's.
func (t *Tx) ChangedJoins() bool { return t.joins }

// exec runs a statement.
func (t *Tx) exec(query string, args ...any) (int64, error) {
	t.wrote = true
	if err := t.flush(); err != nil {
		return 0, err
	}
	result, err := t.tx.ExecContext(t.ctx, query, args...)
	if err != nil {
		return 0, sqldb.Classify(err)
	}
	return result.RowsAffected()
}

// one runs a statement that must change exactly one row.
func (t *Tx) one(what, query string, args ...any) error {
	if s, ok := t.store.sets[query]; ok {
		t.wrote = true
		return t.later(s, what, args)
	}
	n, err := t.exec(query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	if n != 1 {
		return fmt.Errorf("%s: %d rows changed, not one: %w", what, n, ErrStale)
	}
	return nil
}

// any runs a statement that changes as many rows as there are.
func (t *Tx) any(query string, args ...any) error {
	if s, ok := t.store.sets[query]; ok {
		t.wrote = true
		return t.later(s, "write", args)
	}
	_, err := t.exec(query, args...)
	return err
}

// ErrStale says that a row was not as the writer believed: nothing may be
// committed, and what is kept in memory must be read again.
var ErrStale = errors.New("the row is not as expected")

// Querier is a transaction or a pool of connections to read from.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Reads gives the transaction's own view, for reading what it has written.
func (t *Tx) Reads() Querier {
	if t.store.Shared() {
		return upToDate{t}
	}
	return t.tx
}

// Reader gives the pool of readers, each statement in its own snapshot.
func (s *Store) Reader() Querier { return s.db.Reader() }

// Read runs do against one snapshot.
func (s *Store) Read(ctx context.Context, do func(Querier) error) error {
	return s.db.Read(ctx, func(tx *sql.Tx) error { return do(tx) })
}

// id scans 16 bytes.
type id clinic.ID

// Scan takes a blob.
func (k *id) Scan(v any) error {
	b, ok := v.([]byte)
	if !ok && v != nil {
		return fmt.Errorf("an id is a blob, not %T", v)
	}
	if v == nil {
		*k = id{}
		return nil
	}
	if len(b) != len(k) {
		return fmt.Errorf("an id has 16 bytes, not %d", len(b))
	}
	copy(k[:], b)
	return nil
}

// day scans 2026-11-24.
type day clinic.Date

// Scan takes a text.
func (d *day) Scan(v any) error {
	s, ok := v.(string)
	if !ok {
		return fmt.Errorf("a date is a text, not %T", v)
	}
	parsed, err := clinic.ParseDate(s)
	*d = day(parsed)
	return err
}

// collect runs a query and scans every row.
func collect[T any](ctx context.Context, q Querier, what string, scan func(*sql.Rows, *T) error, query string, args ...any) ([]T, error) {
	var out []T
	err := each(ctx, q, what, scan, func(v *T) error { out = append(out, *v); return nil }, query, args...)
	return out, err
}

// each runs a query and hands over every row; the value is used again.
func each[T any](ctx context.Context, q Querier, what string, scan func(*sql.Rows, *T) error, do func(*T) error, query string, args ...any) (err error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", what, sqldb.Classify(err))
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var v T
		if err := scan(rows, &v); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if err := do(&v); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, sqldb.Classify(err))
	}
	return nil
}

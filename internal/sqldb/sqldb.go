// Package sqldb opens SQLite and PostgreSQL the one right way: a log that reaches
// the disk before COMMIT returns, writers, a pool of readers, migrations.
package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"runtime"
	"strconv"
	"time"

	// The only SQLite of the process: a second one would drop this one's locks.
	_ "github.com/mattn/go-sqlite3"
	"github.com/pressly/goose/v3"
)

// DB is an open database. Writes go through InTx or Writer, on SQLite one at a
// time; reads go through Read or Reader and never wait for a writer.
type DB struct {
	writer *sql.DB
	reader *sql.DB
	kind   Kind
	path   string                          // of SQLite's file
	around func(commit func() error) error // of a trial, else nil
	folder *folder                         // of SQLite, else nil
}

// busyWait is how long a statement waits for another process's lock.
const busyWait = 5 * time.Second

// mostPages is how long the write-ahead log grows before a COMMIT folds it back
// itself: 1 GiB. It comes to that when there is no pause for many minutes, and
// then the folder has left it little to do.
const mostPages = 262144

// keptStatements is how many prepared statements a connection to SQLite keeps by
// their text: more than a program has. To prepare one costs more than most of them
// take to run.
const keptStatements = 256

// Open opens a database and brings its schema up to date with the *.sql files
// of migrations (goose's format). dsn is the path of a SQLite file, which is
// created when it is not there, or a connection string that begins with
// postgres://; several processes may open one PostgreSQL at the same time.
func Open(ctx context.Context, dsn string, migrations fs.FS) (*DB, error) {
	if KindOf(dsn) == PostgreSQL {
		return openPostgres(ctx, dsn, migrations)
	}
	db, err := openUnfolded(ctx, dsn, migrations)
	if err != nil {
		return nil, err
	}
	if db.folder, err = openFolder(dsn); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	db.folder.start()
	return db, nil
}

// openUnfolded opens a SQLite file whose log nobody folds back.
func openUnfolded(ctx context.Context, path string, migrations fs.FS) (*DB, error) {
	return openFile(ctx, path, "FULL", func(writer *sql.DB) error {
		if _, err := writer.ExecContext(ctx, "PRAGMA wal_autocheckpoint = "+strconv.Itoa(mostPages)); err != nil {
			return err
		}
		return up(ctx, goose.DialectSQLite3, writer, migrations)
	})
}

// openFile opens a SQLite file and has it made ready before anybody reads it.
func openFile(ctx context.Context, path, synchronous string, ready func(writer *sql.DB) error) (*DB, error) {
	if err := steady(); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600) // SQLite gives its other files the same rights
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	if err := file.Close(); err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	writer, err := sql.Open("sqlite3", dsn(path, "immediate", synchronous, false))
	if err != nil {
		return nil, fmt.Errorf("open database %s: %w", path, err)
	}
	writer.SetMaxOpenConns(1)
	db := &DB{writer: writer, path: path}
	if err := ready(writer); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", path, classify(err)), db.Close())
	}
	db.reader, err = sql.Open("sqlite3", dsn(path, "deferred", synchronous, true))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s for reading: %w", path, err), db.Close())
	}
	readers := max(4, runtime.NumCPU())
	db.reader.SetMaxOpenConns(readers)
	db.reader.SetMaxIdleConns(readers)
	if err := db.reader.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s for reading: %w", path, err), db.Close())
	}
	return db, nil
}

// dsn writes the one right set of options. synchronous=FULL makes COMMIT wait
// for the disk; txlock=immediate takes the write lock at BEGIN, where waiting
// for it is still possible.
func dsn(path, lock, synchronous string, queryOnly bool) string {
	q := url.Values{}
	q.Set("_journal_mode", "WAL")
	q.Set("_synchronous", synchronous)
	q.Set("_busy_timeout", fmt.Sprint(busyWait.Milliseconds()))
	q.Set("_foreign_keys", "on")
	q.Set("_txlock", lock)
	q.Set("_cache_size", "-32000")
	q.Set("_stmt_cache_size", strconv.Itoa(keptStatements))
	if queryOnly {
		q.Set("_query_only", "true")
	}
	if synchronous == forTrial {
		q.Set("vfs", alone)
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

func up(ctx context.Context, dialect goose.Dialect, db *sql.DB, migrations fs.FS, more ...goose.ProviderOption) error {
	provider, err := goose.NewProvider(dialect, db, migrations, append(more, goose.WithAllowOutofOrder(true))...)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Kind tells which database it is.
func (db *DB) Kind() Kind { return db.kind }

// Writer is what writes go through: on SQLite a single connection, and whoever
// keeps a transaction open on it stops every other writer; on PostgreSQL a pool.
func (db *DB) Writer() *sql.DB { return db.writer }

// Reader is the pool of read-only connections.
func (db *DB) Reader() *sql.DB { return db.reader }

// Close closes both; SQLite's last connection folds the write-ahead log back.
func (db *DB) Close() error {
	if db.folder != nil {
		db.folder.close()
	}
	var read error
	if db.reader != nil {
		read = db.reader.Close()
	}
	return errors.Join(read, db.writer.Close())
}

// attempts is how often InTx runs a transaction that met a busy database. SQLite
// has waited for the lock each time; PostgreSQL tells at once that two
// transactions got into each other's way.
func (k Kind) attempts() int {
	if k == PostgreSQL {
		return 12
	}
	return 3
}

// InTx runs do in a write transaction and commits it. do may run again when
// the database was busy or its connection was lost before the commit, so it must
// not change anything outside. A context that ends rolls back.
func (db *DB) InTx(ctx context.Context, do func(*sql.Tx) error) error {
	var err error
	for n := range db.kind.attempts() {
		err = db.runTx(ctx, db.writer, nil, do)
		if !errors.Is(err, ErrBusy) && !errors.Is(err, ErrLost) {
			return err
		}
		if db.kind == PostgreSQL && !pause(ctx, n) {
			return err
		}
	}
	return err
}

// pause lets the other transaction finish: up to 1, 2, 4, … 256 ms.
func pause(ctx context.Context, n int) bool {
	timer := time.NewTimer(rand.N(time.Millisecond << min(n, 8)))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// Read runs do in a read transaction: everything it sees is of one moment.
func (db *DB) Read(ctx context.Context, do func(*sql.Tx) error) error {
	opts := &sql.TxOptions{ReadOnly: true}
	if db.kind == PostgreSQL { // where each statement else has its own moment
		opts.Isolation = sql.LevelRepeatableRead
	}
	return db.runTx(ctx, db.reader, opts, do)
}

func (db *DB) runTx(ctx context.Context, pool *sql.DB, opts *sql.TxOptions, do func(*sql.Tx) error) error {
	tx, err := pool.BeginTx(ctx, opts)
	if err != nil {
		return fmt.Errorf("begin: %w", classify(err))
	}
	if err := do(tx); err != nil {
		if undo := tx.Rollback(); undo != nil && !errors.Is(undo, sql.ErrTxDone) && !errors.Is(classify(undo), ErrLost) {
			return errors.Join(Classify(err), fmt.Errorf("roll back: %w", undo))
		}
		return Classify(err)
	}
	if opts != nil { // it wrote nothing
		return commit(tx)
	}
	return db.Commit(tx)
}

// Commit commits a write transaction and says what became of it: nil is stored;
// ErrUnknown is perhaps stored; any other error is not stored.
func (db *DB) Commit(tx *sql.Tx) error {
	if db.around == nil {
		return commit(tx)
	}
	err := db.around(func() error { return commit(tx) })
	if err != nil {
		_ = tx.Rollback() // unless it has been committed
	}
	return err
}

func commit(tx *sql.Tx) error {
	err := classify(tx.Commit())
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrLost):
		return fmt.Errorf("commit: %w: %v", ErrUnknown, err)
	}
	return fmt.Errorf("commit: %w", err)
}

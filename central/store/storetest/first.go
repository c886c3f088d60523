package storetest

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"path/filepath"
	"testing"

	"ezhitong.tw/internal/sqldb/pgtest"
)

// The first release's database: the small city of bookingtest with three places
// in each slot, written with the keys of Keys by the programs as they were when
// the schema ended with migration 4, until noon of bookingtest.Day. That release
// knew SQLite only; the other file is the same rows in the tables that its
// migrations make on PostgreSQL, as pg_dump writes them.
//
//go:embed testdata/first.*.sql
var first embed.FS

// FirstRelease gives the path or connection string of a copy of the first
// release's database, which no later program has opened yet.
func FirstRelease(t testing.TB) string {
	t.Helper()
	if OnServer() {
		dsn := pgtest.Fresh(t)
		pgtest.Restore(t, dumped(t, "testdata/first.postgres.sql"), dsn)
		return dsn
	}
	path := filepath.Join(t.TempDir(), "central.db")
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.ExecContext(context.WithoutCancel(t.Context()), string(dumped(t, "testdata/first.sqlite.sql")))
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatalf("read the first release's dump: %v", err)
	}
	return path
}

func dumped(t testing.TB, name string) []byte {
	t.Helper()
	text, err := first.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

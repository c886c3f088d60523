package sqldb

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"
)

var noSchema = fstest.MapFS{"0001_blob.sql": {Data: []byte("-- +goose Up\nCREATE TABLE blob (b BYTEA NOT NULL);\n")}}

func size(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

func TestTheLogIsFoldedBackBesideAWriter(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := openUnfolded(t.Context(), path, noSchema)
	if err != nil {
		t.Fatal(err)
	}
	f, err := openFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.db.Close() }()
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	const row = 1 << 20
	write := func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.Background(), "INSERT INTO blob VALUES (zeroblob($1))", row)
		return err
	}
	for range 8 {
		if err := db.InTx(t.Context(), write); err != nil {
			t.Fatal(err)
		}
	}
	if n := size(t, path); n >= row {
		t.Fatalf("a COMMIT folded the log back: the database has %d bytes", n)
	}
	err = db.InTx(t.Context(), func(tx *sql.Tx) error {
		if err := write(tx); err != nil {
			return err
		}
		f.fold() // waits for nobody, or this transaction would never end
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := size(t, path); n < 8*row {
		t.Fatalf("the database has %d bytes after the log was folded back", n)
	}
	f.fold() // the last row
	was := f.written
	if f.fold(); f.written != was || size(t, path) < 9*row {
		t.Error("a log that nobody wrote was not left alone")
	}
	var n int
	if err := db.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM blob WHERE length(b) = $1", row).Scan(&n); err != nil || n != 9 {
		t.Errorf("%d rows (%v), want 9", n, err)
	}
}

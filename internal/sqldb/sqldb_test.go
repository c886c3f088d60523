package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"

	"ezhitong.tw/internal/sqldb"
)

var schema = fstest.MapFS{"0001_places.sql": {Data: []byte(`-- +goose Up
CREATE TABLE place (id BIGINT NOT NULL PRIMARY KEY, taken BIGINT NOT NULL, places BIGINT NOT NULL, CHECK (taken <= places));
INSERT INTO place VALUES (1, 0, 50);
`)}}

func open(t *testing.T) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "a ?#% name.db"), schema)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

func TestEveryConnectionIsOpenedTheRightWay(t *testing.T) {
	db := open(t)
	for name, pool := range map[string]*sql.DB{"writer": db.Writer(), "reader": db.Reader()} {
		for pragma, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"} {
			var got string
			if err := pool.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s: %s is %q (%v), want %q", name, pragma, got, err, want)
			}
		}
	}
	if _, err := db.Reader().ExecContext(t.Context(), "UPDATE place SET taken = 1"); err == nil {
		t.Error("a reader wrote")
	}
}

func TestManyWritersTakeTurns(t *testing.T) {
	db := open(t)
	var wg sync.WaitGroup
	errs := make(chan error, 80)
	for range 80 {
		wg.Go(func() {
			errs <- db.InTx(t.Context(), func(tx *sql.Tx) error {
				r, err := tx.ExecContext(t.Context(), "UPDATE place SET taken = taken + 1 WHERE id = $1 AND taken < places", 1)
				if err != nil {
					return err
				}
				if n, err := r.RowsAffected(); err != nil || n != 1 {
					return fmt.Errorf("full: %w", errors.Join(err, sql.ErrNoRows))
				}
				return nil
			})
		})
	}
	wg.Wait()
	close(errs)
	full := 0
	for err := range errs {
		if errors.Is(err, sql.ErrNoRows) {
			full++
		} else if err != nil {
			t.Error(err)
		}
	}
	if full != 30 {
		t.Errorf("%d were told that it is full, want 30", full)
	}
}

func TestAReaderSeesOneMoment(t *testing.T) { readsOneMoment(t, open(t)) }

func readsOneMoment(t *testing.T, db *sqldb.DB) {
	t.Helper()
	err := db.Read(t.Context(), func(tx *sql.Tx) error {
		var before, after int
		if err := tx.QueryRowContext(t.Context(), "SELECT taken FROM place").Scan(&before); err != nil {
			return err
		}
		if err := db.InTx(t.Context(), func(w *sql.Tx) error {
			_, err := w.ExecContext(t.Context(), "UPDATE place SET taken = 7")
			return err
		}); err != nil {
			return err
		}
		if err := tx.QueryRowContext(t.Context(), "SELECT taken FROM place").Scan(&after); err != nil {
			return err
		}
		if before != after {
			t.Errorf("the snapshot moved from %d to %d", before, after)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestErrorsSayWhatToDo(t *testing.T) {
	db := open(t)
	exec := func(q string) error {
		return db.InTx(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(q); return err })
	}
	if err := exec("INSERT INTO place VALUES (1, 0, 1)"); !errors.Is(err, sqldb.ErrUnique) {
		t.Errorf("a second row with the same key: %v", err)
	}
	if err := exec("UPDATE place SET taken = 51"); !errors.Is(err, sqldb.ErrCheck) {
		t.Errorf("more taken than there is: %v", err)
	}
	if err := sqldb.Classify(fmt.Errorf("write: %w", syscall.ENOSPC)); !errors.Is(err, sqldb.ErrFull) {
		t.Errorf("no space: %v", err)
	}
	if _, err := db.Writer().Exec("PRAGMA max_page_count = 4"); err != nil {
		t.Fatal(err)
	}
	if err := exec("CREATE TABLE big AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) SELECT i FROM n"); !errors.Is(err, sqldb.ErrFull) {
		t.Errorf("a full database: %v", err)
	}
}

func TestPlaceholdersOutOfOrderAreFound(t *testing.T) {
	for statement, good := range map[string]bool{
		"SELECT 1": true, "a = $1 AND b = $2": true, "a = $1 AND b = $1 AND c = $2": true, "price $ 5": true,
		"a = $2 AND b = $1": false, "a = $1 AND b = $3": false, "a = $0": false,
	} {
		if err := sqldb.InOrder(statement); (err == nil) != good {
			t.Errorf("%s: %v", statement, err)
		}
	}
}

func TestACopyIsWholeAndNeverReplacesAnother(t *testing.T) {
	db := open(t)
	folder := t.TempDir()
	path := filepath.Join(folder, "copy.db")
	stop, stopped := make(chan struct{}), make(chan error)
	go func() { // somebody writes all the time
		for {
			select {
			case <-stop:
				stopped <- nil
				return
			default:
			}
			if err := db.InTx(context.Background(), func(tx *sql.Tx) error {
				_, err := tx.Exec("UPDATE place SET taken = (taken + 1) % 50")
				return err
			}); err != nil {
				stopped <- err
				return
			}
		}
	}()
	err := db.CopyTo(t.Context(), path)
	close(stop)
	if err := errors.Join(err, <-stopped); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := db.CopyTo(t.Context(), path); !errors.Is(err, os.ErrExist) {
		t.Errorf("over an existing file: %v", err)
	}
	if files, err := os.ReadDir(folder); err != nil || len(files) != 1 {
		t.Errorf("the folder holds %v, %v", files, err)
	}
	copied, err := sqldb.Open(t.Context(), path, schema)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := copied.Close(); err != nil {
			t.Error(err)
		}
	}()
	var verdict string
	if err := copied.Reader().QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("the copy is %s, %v", verdict, err)
	}
}

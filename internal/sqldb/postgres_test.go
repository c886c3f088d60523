package sqldb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"sync"
	"testing"

	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/internal/sqldb/pgtest"
)

func openServer(t *testing.T, dsn string) *sqldb.DB {
	t.Helper()
	db, err := sqldb.Open(t.Context(), dsn, schema)
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

func TestEveryConnectionToAServerIsOpenedTheRightWay(t *testing.T) {
	db := openServer(t, pgtest.Fresh(t)+"&lock_timeout=3s")
	for setting, want := range map[string][2]string{
		"synchronous_commit": {"on", "on"}, "default_transaction_read_only": {"off", "on"}, "lock_timeout": {"3s", "3s"},
		"idle_in_transaction_session_timeout": {"15s", "15s"}, "application_name": {"ezhitong", "ezhitong"},
	} {
		for i, pool := range []*sql.DB{db.Writer(), db.Reader()} {
			var got string
			if err := pool.QueryRowContext(t.Context(), "SHOW "+setting).Scan(&got); err != nil || got != want[i] {
				t.Errorf("%s is %q (%v), want %q", setting, got, err, want[i])
			}
		}
	}
	if _, err := db.Reader().ExecContext(t.Context(), "UPDATE place SET taken = 1"); err == nil {
		t.Error("a reader wrote")
	}
	if err := db.CopyTo(t.Context(), filepath.Join(t.TempDir(), "copy.db")); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("a copy: %v", err)
	}
}

func TestManyProcessesMayStartAtOnce(t *testing.T) {
	dsn := pgtest.Fresh(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			db, err := sqldb.Open(t.Context(), dsn, schema)
			if err != nil {
				t.Error(err)
				return
			}
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestManyWritersShareAServer(t *testing.T) {
	for _, isolation := range []string{"read committed", "serializable"} {
		t.Run(isolation, func(t *testing.T) {
			db := openServer(t, pgtest.Fresh(t)+"&default_transaction_isolation="+url.PathEscape(isolation))
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
		})
	}
}

func TestAServersErrorsSayWhatToDo(t *testing.T) {
	server := pgtest.Own(t)
	db := openServer(t, server.DSN("postgres"))
	exec := func(q string) error {
		return db.InTx(context.Background(), func(tx *sql.Tx) error { _, err := tx.Exec(q); return err })
	}
	raise := func(code string) string {
		return "DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '" + code + "'; END $$"
	}
	for statement, want := range map[string]error{
		"INSERT INTO place VALUES (1, 0, 1)": sqldb.ErrUnique, "UPDATE place SET taken = 51": sqldb.ErrCheck,
		raise("53100"): sqldb.ErrFull, raise("40P01"): sqldb.ErrBusy, raise("40001"): sqldb.ErrBusy, raise("57P01"): sqldb.ErrLost,
	} {
		if err := exec(statement); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", statement, err, want)
		}
	}
	tx, err := db.Writer().BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ExecContext(t.Context(), "UPDATE place SET taken = 1"); err != nil {
		t.Fatal(err)
	}
	server.Kill(t)
	if err := db.Commit(tx); !errors.Is(err, sqldb.ErrUnknown) {
		t.Errorf("a commit whose connection is lost: %v", err)
	}
	if err := exec("UPDATE place SET taken = 1"); !errors.Is(err, sqldb.ErrLost) {
		t.Errorf("without a server: %v", err)
	}
	server.Start(t)
	if err := exec("UPDATE place SET taken = 2"); err != nil {
		t.Errorf("after the server is back: %v", err)
	}
}

func TestAReaderOfAServerSeesOneMoment(t *testing.T) {
	readsOneMoment(t, openServer(t, pgtest.Fresh(t)))
}

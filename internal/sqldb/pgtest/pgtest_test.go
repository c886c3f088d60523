package pgtest_test

import (
	"database/sql"
	"testing"

	"ezhitong.tw/internal/sqldb/pgtest"
)

func TestEveryTestHasADatabaseOfItsOwn(t *testing.T) {
	for range 2 {
		db, err := sql.Open("pgx", pgtest.Fresh(t))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE mine (n BIGINT)"); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestWhatWasCommittedOutlivesAKilledServer(t *testing.T) {
	server := pgtest.Own(t)
	db, err := sql.Open("pgx", server.DSN("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE kept (n BIGINT)"); err != nil {
		t.Fatal(err)
	}
	for n := range 3 {
		if _, err := db.ExecContext(t.Context(), "INSERT INTO kept VALUES ($1)", n); err != nil {
			t.Fatal(err)
		}
		open, err := db.BeginTx(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := open.ExecContext(t.Context(), "INSERT INTO kept VALUES (-1)"); err != nil {
			t.Fatal(err)
		}
		server.Kill(t)
		server.Start(t)
		if err := open.Commit(); err == nil {
			t.Error("a transaction outlived its server")
		}
		var rows, least int
		if err := db.QueryRowContext(t.Context(), "SELECT count(*), min(n) FROM kept").Scan(&rows, &least); err != nil {
			t.Fatal(err)
		}
		if rows != n+1 || least != 0 {
			t.Errorf("after kill %d: %d rows, the least %d", n+1, rows, least)
		}
	}
}

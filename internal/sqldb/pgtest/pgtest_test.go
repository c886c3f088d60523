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

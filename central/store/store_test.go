package store_test

import (
	"os"
	"testing"

	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/internal/sqldb"
)

func TestEveryStatementBindsInOrder(t *testing.T) {
	faults, seen, err := sqldb.CheckFolder(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
	if seen < 20 {
		t.Errorf("only %d statements were seen", seen)
	}
}

func TestAFreshStoreHasItsTables(t *testing.T) {
	s := storetest.Open(t)
	for _, table := range []string{"setting", "booking", "slot", "event", "stream", "audit", "reminder"} {
		var n int
		if err := s.Reader().QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: %d rows, %v", table, n, err)
		}
	}
}

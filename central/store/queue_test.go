package store

import (
	"strings"
	"testing"

	"ezhitong.tw/internal/sqldb"
)

func TestEveryQueueKnowsItsColumns(t *testing.T) {
	for one, s := range newSets() {
		if n := strings.Count(one, "$"); n != len(s.types) {
			t.Errorf("%d arguments, %d kinds: %s", n, len(s.types), one)
		}
		columns := strings.Count(s.many, "$")
		if s.copies {
			columns = strings.Count(s.many, ",") + 1
		}
		if columns != len(s.types) {
			t.Errorf("%d columns, %d kinds: %s", columns, len(s.types), s.many)
		}
		if err := sqldb.InOrder(s.many); err != nil {
			t.Error(err)
		}
		if s.key >= len(s.types) {
			t.Errorf("the key is beyond the arguments: %s", one)
		}
	}
}

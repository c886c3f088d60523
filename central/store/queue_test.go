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
		if n := strings.Count(s.many, "$"); n != len(s.types) {
			t.Errorf("%d arrays, %d kinds: %s", n, len(s.types), s.many)
		}
		if err := sqldb.InOrder(s.many); err != nil {
			t.Error(err)
		}
		if s.key >= len(s.types) {
			t.Errorf("the key is beyond the arguments: %s", one)
		}
	}
}

package sqldb_test

import (
	"database/sql"
	"strings"
	"testing"
)

// What a LIKE without a constant pattern can use an index for depends on the
// parameter: whoever plans it as a scan has not looked.
func TestPlansDoNotDependOnParameters(t *testing.T) {
	db := open(t)
	if _, err := db.Writer().ExecContext(t.Context(), "CREATE TABLE name (name TEXT COLLATE NOCASE PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	for name, pool := range map[string]*sql.DB{"writer": db.Writer(), "reader": db.Reader()} {
		for pattern, want := range map[string]string{"$1": "SCAN", "'a%'": "SEARCH"} {
			var id, parent, unused int
			var plan string
			args := []any{"a%"}[:strings.Count(pattern, "$1")]
			err := pool.QueryRowContext(t.Context(), "EXPLAIN QUERY PLAN SELECT name FROM name WHERE name LIKE "+pattern, args...).Scan(&id, &parent, &unused, &plan)
			if err != nil || !strings.HasPrefix(plan, want) {
				t.Errorf("%s: LIKE %s: %s: %v, want a %s", name, pattern, plan, err, want)
			}
		}
	}
}

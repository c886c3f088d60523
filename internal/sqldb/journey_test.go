package sqldb_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"slices"
	"testing"

	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/internal/sqldb/pgtest"
)

const (
	copyThings = "COPY thing (id, name, body, seen) FROM STDIN (FORMAT binary)"
	moveThings = "UPDATE thing SET id = thing.id + u.by FROM unnest($1::bigint[], $2::bigint[]) AS u (by, id) WHERE thing.id = u.id"
)

// openTransaction begins one on a server with an empty table.
func openTransaction(t *testing.T) (*sqldb.DB, *sql.Conn, *sql.Tx) {
	t.Helper()
	db := openServer(t, pgtest.Fresh(t))
	if _, err := db.Writer().ExecContext(t.Context(), "CREATE TABLE thing (id BIGINT PRIMARY KEY, name TEXT NOT NULL, body BYTEA, seen BOOLEAN NOT NULL)"); err != nil {
		t.Fatal(err)
	}
	conn, err := db.Writer().Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(); err != nil && !errors.Is(err, sql.ErrConnDone) {
			t.Error(err)
		}
	})
	tx, err := conn.BeginTx(context.WithoutCancel(t.Context()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return db, conn, tx
}

func things(t *testing.T, ids ...int) []byte {
	t.Helper()
	rows := sqldb.NewCopyRows("itbo")
	for _, id := range ids {
		body := []byte{0, byte(id)}
		if id%2 == 0 {
			body = nil
		}
		if err := rows.Add([]any{id, "疫苗", body, id > 2}); err != nil {
			t.Fatal(err)
		}
	}
	return rows.Binary()
}

func integers(t *testing.T, values ...int) []byte {
	t.Helper()
	a := sqldb.NewArray(sqldb.Integer)
	for _, v := range values {
		if err := a.Add(v); err != nil {
			t.Fatal(err)
		}
	}
	return a.Binary()
}

func TestAJourneyTellsWhatEachStatementChanged(t *testing.T) {
	db, conn, tx := openTransaction(t)
	var j sqldb.Journey
	j.Copy(copyThings, things(t, 1, 2, 3))
	j.Exec(moveThings, integers(t, 10, -10, 10), integers(t, 1, 2, 9))
	j.Copy(copyThings, things(t, 4))
	changed, err := j.Run(t.Context(), conn)
	if err != nil || !slices.Equal(changed, []int64{3, 2, 1}) {
		t.Fatalf("changed %d: %v", changed, err)
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		id   int
		body []byte
		seen bool
	}{{-8, nil, false}, {3, []byte{0, 3}, true}, {4, nil, true}, {11, []byte{0, 1}, false}} {
		var name string
		var body []byte
		var seen bool
		err := db.Reader().QueryRowContext(t.Context(), "SELECT name, body, seen FROM thing WHERE id = $1", want.id).Scan(&name, &body, &seen)
		if err != nil || name != "疫苗" || !bytes.Equal(body, want.body) || (body == nil) != (want.body == nil) || seen != want.seen {
			t.Errorf("%d: %q %x %v: %v", want.id, name, body, seen, err)
		}
	}
}

func TestAJourneyEndsWhereAStatementIsRefused(t *testing.T) {
	_, conn, tx := openTransaction(t)
	var j sqldb.Journey
	j.Copy(copyThings, things(t, 1))
	j.Copy(copyThings, things(t, 2, 1))
	j.Exec("DELETE FROM thing")
	j.Copy(copyThings, things(t, 3))
	changed, err := j.Run(t.Context(), conn)
	if !errors.Is(err, sqldb.ErrUnique) || !slices.Equal(changed, []int64{1}) {
		t.Fatalf("changed %d: %v", changed, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := conn.QueryRowContext(t.Context(), "SELECT count(*) FROM thing").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows on the same connection: %v", n, err)
	}
}

func TestAJourneyThatLosesItsConnectionIsLost(t *testing.T) {
	db, conn, tx := openTransaction(t)
	var pid int
	if err := tx.QueryRowContext(t.Context(), "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Writer().ExecContext(t.Context(), "SELECT pg_terminate_backend($1, 5000)", pid); err != nil {
		t.Fatal(err)
	}
	var j sqldb.Journey
	j.Copy(copyThings, things(t, 1))
	if _, err := j.Run(t.Context(), conn); !errors.Is(err, sqldb.ErrLost) {
		t.Errorf("journey: %v", err)
	}
	if err := tx.Rollback(); err == nil {
		t.Error("what had no connection was rolled back")
	}
	if err := db.Writer().PingContext(t.Context()); err != nil {
		t.Errorf("the pool has no other connection: %v", err)
	}
}

func TestAValueOfAnotherKindDoesNotTravel(t *testing.T) {
	kinds := map[byte]any{sqldb.Bytes: []byte("a"), sqldb.Integer: 1, sqldb.Text: "a", sqldb.Boolean: true, 'x': 1.5}
	for kind := range kinds {
		for other, v := range kinds {
			if err := sqldb.NewArray(kind).Add(v); (err == nil) != (kind == other && kind != 'x') {
				t.Errorf("%T as %c: %v", v, kind, err)
			}
		}
	}
	if err := sqldb.NewCopyRows("it").Add([]any{1}); err == nil {
		t.Error("a row without its last column")
	}
}

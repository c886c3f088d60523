package load

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/sqldb"
)

// Store says where central's books are: a driver of database/sql and its data
// source name. The statements of this package run on SQLite and PostgreSQL.
type Store struct{ Driver, DSN string }

// SQLite is the store in a data folder of central, for reading only.
func SQLite(data string) Store {
	file := url.URL{Path: filepath.Join(data, "central.db")}
	return Store{"sqlite3", "file:" + file.EscapedPath() + "?mode=ro&_busy_timeout=5000"}
}

// PostgreSQL is the store behind a connection string, postgres://….
func PostgreSQL(dsn string) (Store, error) {
	if sqldb.KindOf(dsn) != sqldb.PostgreSQL {
		return Store{}, errors.New("連線字串要以 postgres:// 開頭 / a connection string begins with postgres://")
	}
	return Store{"pgx", dsn}, nil
}

// Counts are the sums of the books that have to agree.
type Counts struct {
	Bookings int // rows of bookings
	Standing int // of them not cancelled
	Taken    int // places that the slots count
	Stamped  int // bookings with a number of their own in their site's feed
	Audited  int // bookings in the audit trail
	Crooked  int // slots that count other than their bookings
	Over     int // the largest of taken − capacity
	Twice    int // people with two bookings of a programme
}

// Books are what central has written down.
type Books struct {
	Counts
	Stored  map[clinic.ID]bool // every booking
	Entries map[string]int     // booking → its entries in the audit trail
}

// Open reads the books at one moment, while central runs or after it ended.
func (s Store) Open(ctx context.Context) (*Books, error) {
	db, err := sql.Open(s.Driver, s.DSN)
	if err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	defer db.Close() //nolint:errcheck // it was only read
	tx, err := db.BeginTx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead})
	if err != nil {
		return nil, fmt.Errorf("open the books: %w", err)
	}
	defer tx.Rollback()
	b := &Books{Stored: make(map[clinic.ID]bool), Entries: make(map[string]int)}
	if err := errors.Join(b.sums(ctx, tx), b.rows(ctx, tx)); err != nil {
		return nil, fmt.Errorf("read the books: %w", err)
	}
	return b, nil
}

func (b *Books) sums(ctx context.Context, tx *sql.Tx) error {
	for _, c := range []struct {
		into  *int
		query string
	}{
		{&b.Bookings, `SELECT count(*) FROM booking`},
		{&b.Standing, `SELECT count(*) FROM booking WHERE cancelled = 0`},
		{&b.Taken, `SELECT coalesce(sum(taken), 0) FROM slot`},
		{&b.Stamped, `SELECT count(*) FROM (SELECT DISTINCT b.site, b.stamp FROM booking b JOIN site s ON s.code = b.site
			WHERE b.stamp > 0 AND b.stamp <= s.seq) AS given`},
		{&b.Audited, `SELECT count(*) FROM audit WHERE action = 'book'`},
		{&b.Crooked, `SELECT count(*) FROM slot s LEFT JOIN (SELECT slot, count(*) AS n FROM booking WHERE cancelled = 0 GROUP BY slot) AS held
			ON held.slot = s.id WHERE s.taken <> coalesce(held.n, 0)`},
		{&b.Over, `SELECT coalesce(max(taken - capacity), 0) FROM slot`},
		{&b.Twice, `SELECT count(*) FROM (SELECT person FROM booking WHERE holds GROUP BY person, programme HAVING count(*) > 1) AS twice`},
	} {
		if err := tx.QueryRowContext(ctx, c.query).Scan(c.into); err != nil {
			return err
		}
	}
	return nil
}

func (b *Books) rows(ctx context.Context, tx *sql.Tx) error {
	stored, err := tx.QueryContext(ctx, `SELECT id FROM booking`)
	if err != nil {
		return err
	}
	defer stored.Close()
	for stored.Next() {
		var id []byte
		if err := stored.Scan(&id); err != nil {
			return err
		}
		if len(id) != len(clinic.ID{}) {
			return fmt.Errorf("a booking's id has %d bytes", len(id))
		}
		b.Stored[clinic.ID(id)] = true
	}
	if err := stored.Err(); err != nil {
		return err
	}
	entries, err := tx.QueryContext(ctx, `SELECT object, count(*) FROM audit WHERE action = 'book' GROUP BY object`)
	if err != nil {
		return err
	}
	defer entries.Close()
	for entries.Next() {
		var id string
		var n int
		if err := entries.Scan(&id, &n); err != nil {
			return err
		}
		b.Entries[id] = n
	}
	return entries.Err()
}

// Check is one thing that has to hold.
type Check struct {
	What string
	Got  int
	Want int
	Most bool // Want is the most, rather than exactly
}

// OK says whether it holds.
func (c Check) OK() bool { return c.Got == c.Want || c.Most && c.Got < c.Want }

// Compare holds the answers to shots against the books before and after them.
// Nobody else may have booked or cancelled in between.
func Compare(shots []*Shot, before, after *Books) []Check {
	var answered, lost, unaudited, refused, open int
	seen := make(map[clinic.ID]bool, len(shots))
	for _, s := range shots {
		if !s.books() || seen[s.ID] {
			continue
		}
		seen[s.ID] = true
		switch {
		case s.is(yes):
			answered++
			if !after.Stored[s.ID] {
				lost++
			}
			if after.Entries[s.ID.String()] != 1 {
				unaudited++
			}
		case s.is(unknown):
			open++
		case after.Stored[s.ID]:
			refused++
		}
	}
	return []Check{
		{What: "結果不明的請求 / requests whose outcome is unknown", Got: open},
		{What: "答覆成功卻不在帳上 / answered 2xx and lost", Got: lost},
		{What: "答覆不成功卻在帳上 / refused and stored all the same", Got: refused},
		{What: "帳上的預約 = 答覆成功的編號 / bookings = ids answered 2xx", Got: after.Bookings - before.Bookings, Want: answered},
		{What: "時段計算的名額 = 預約 / places that slots count = bookings", Got: after.Taken - before.Taken, Want: answered},
		{What: "院所異動的列 = 預約 / rows stamped in the sites' feeds = bookings", Got: after.Stamped - before.Stamped, Want: answered},
		{What: "稽核紀錄 = 預約 / audit entries = bookings", Got: after.Audited - before.Audited, Want: answered},
		{What: "稽核紀錄不是恰好一筆 / bookings without exactly one audit entry", Got: unaudited},
		{What: "名額與預約不符的時段 / slots that count other than their bookings", Got: after.Crooked},
		{What: "超過量能最多 / largest of taken − capacity", Got: after.Over, Most: true},
		{What: "同一人有兩筆 / people with two bookings of a programme", Got: after.Twice},
	}
}

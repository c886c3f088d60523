package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"ezhitong.tw/clinic"
)

// DataKey is a row of the data_key table: a key that seals personal fields. The
// first has no row before another one is drawn. Instants are Unix milliseconds.
type DataKey struct {
	Number   uint32
	Handover []byte // its secret, sealed with the key before; nil when every process has it
	Drawn    int64
	Began    int64 // 0 while nothing is sealed with it yet
	Retired  int64 // 0 while something may be
}

// DataKeys lists all keys, the oldest first.
func DataKeys(ctx context.Context, q Querier) ([]DataKey, error) {
	return collect(ctx, q, "list the data keys", func(r *sql.Rows, k *DataKey) error {
		return r.Scan(&k.Number, &k.Handover, &k.Drawn, &k.Began, &k.Retired)
	}, "SELECT number, handover, drawn, began, retired FROM data_key ORDER BY number")
}

// InsertDataKey adds a key.
func (t *Tx) InsertDataKey(k DataKey) error {
	return t.one("insert a data key", "INSERT INTO data_key (number, handover, drawn, began, retired) VALUES ($1, $2, $3, $4, 0)", k.Number, k.Handover, k.Drawn, k.Began)
}

// BeginDataKey notes that values are sealed with a key from now on.
func (t *Tx) BeginDataKey(number uint32, at int64) error {
	_, err := t.exec("UPDATE data_key SET began = $1 WHERE number = $2 AND began = 0", at, number)
	return err
}

// RetireDataKeys notes that nothing is sealed any more with the keys before one, and
// forgets its handover.
func (t *Tx) RetireDataKeys(before uint32, at int64) error {
	if _, err := t.exec("UPDATE data_key SET retired = $1 WHERE number < $2 AND retired = 0", at, before); err != nil {
		return fmt.Errorf("retire data keys: %w", err)
	}
	_, err := t.exec("UPDATE data_key SET handover = NULL WHERE number = $1", before)
	return err
}

// SealedTable is a table with sealed columns.
type SealedTable struct {
	Name    string   // of the table
	Sealed  string   // its name in sealed values
	Key     []string // columns of the primary key
	Columns []string // sealed ones, which have the same names in sealed values
	key     func(SealedRow) ([]byte, error)
}

// SealedRow is a row of a SealedTable: its key and sealed values, nil where there is
// none.
type SealedRow struct {
	Key    []any
	Values [][]byte
}

// PK is a row's key as sealed values know it.
func (t SealedTable) PK(r SealedRow) ([]byte, error) { return t.key(r) }

var personColumns = []string{"number", "name", "birth", "mobile", "landline", "guardian"}

// SealedTables lists every table with sealed columns that one of the data keys
// seals.
func SealedTables() []SealedTable {
	return []SealedTable{
		{"booking", Table, []string{"id"}, personColumns, keyOfID},
		{"standby", Table, []string{"id"}, personColumns, keyOfID},
		{"event", EventTable, []string{"device", "epoch", "seq"}, []string{"reason", "walk_in"}, keyOfEvent},
		{"second_step", SecondStepTable, []string{"name"}, []string{"secret"}, keyOfName},
	}
}

func keyOfID(r SealedRow) ([]byte, error) {
	b, ok := r.Key[0].([]byte)
	if !ok {
		return nil, fmt.Errorf("an id is a blob, not %T", r.Key[0])
	}
	return b, nil
}

func keyOfName(r SealedRow) ([]byte, error) {
	switch name := r.Key[0].(type) {
	case string:
		return []byte(name), nil
	case []byte:
		return name, nil
	}
	return nil, fmt.Errorf("a name is a text, not %T", r.Key[0])
}

func keyOfEvent(r SealedRow) ([]byte, error) {
	device, err := keyOfID(r)
	epoch, ok := r.Key[1].(int64)
	seq, good := r.Key[2].(int64)
	if err != nil || !ok || !good || len(device) != 16 {
		return nil, fmt.Errorf("the key of an event is %T, %T, %T", r.Key[0], r.Key[1], r.Key[2])
	}
	return EventKey(clinic.EventRef{Device: clinic.ID(device), Epoch: uint32(epoch), Seq: uint64(seq)}), nil
}

// otherwise is the condition that a row has a value that does not begin with $1.
func (t SealedTable) otherwise() string {
	conditions := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		conditions[i] = "substr(" + c + ", 1, 5) <> $1"
	}
	return "(" + strings.Join(conditions, " OR ") + ")"
}

// CountSealed counts the rows with a value that does not begin with header.
func CountSealed(ctx context.Context, q Querier, t SealedTable, header []byte) (n int64, err error) {
	if err = q.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+t.Name+" WHERE "+t.otherwise(), header).Scan(&n); err != nil {
		return 0, fmt.Errorf("count the sealed values of %s: %w", t.Name, err)
	}
	return n, nil
}

// SealedRows lists rows with a value that does not begin with header, in the order of
// their keys after one; nil begins.
func SealedRows(ctx context.Context, q Querier, t SealedTable, header []byte, after []any, limit int) ([]SealedRow, error) {
	keys := strings.Join(t.Key, ", ")
	query := "SELECT " + keys + ", " + strings.Join(t.Columns, ", ") + " FROM " + t.Name + " WHERE " + t.otherwise()
	args := append([]any{header}, after...)
	if after != nil {
		query += " AND (" + keys + ") > (" + places(2, len(after)) + ")"
	}
	query += fmt.Sprintf(" ORDER BY %s LIMIT %d", keys, limit)
	return collect(ctx, q, "read the sealed values of "+t.Name, func(r *sql.Rows, row *SealedRow) error {
		row.Key, row.Values = make([]any, len(t.Key)), make([][]byte, len(t.Columns))
		to := make([]any, 0, len(t.Key)+len(t.Columns))
		for i := range row.Key {
			to = append(to, &row.Key[i])
		}
		for i := range row.Values {
			to = append(to, &row.Values[i])
		}
		return r.Scan(to...)
	}, query, args...)
}

// Reseal writes the sealed values of a row.
func (t *Tx) Reseal(of SealedTable, r SealedRow) error {
	var b strings.Builder
	args := make([]any, 0, len(r.Values)+len(r.Key))
	for i, c := range of.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s = $%d", c, len(args)+1)
		args = append(args, r.Values[i])
	}
	query := "UPDATE " + of.Name + " SET " + b.String() + " WHERE (" + strings.Join(of.Key, ", ") + ") = (" + places(len(args)+1, len(r.Key)) + ")"
	return t.one("seal "+of.Name+" anew", query, append(args, r.Key...)...)
}

// places writes $first and so on, n of them.
func places(first, n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("$%d", first+i)
	}
	return strings.Join(all, ", ")
}

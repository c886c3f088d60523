package sqldb

import (
	"encoding/binary"
	"fmt"
)

// The kinds of values that central's tables have.
const (
	Bytes   = 'b'
	Integer = 'i' // 64 bits
	Text    = 't'
	Boolean = 'o'
)

// Array collects the values of a parameter in PostgreSQL's binary form
// (array_recv in its arrayfuncs.c).
type Array struct {
	kind   byte
	count  uint32
	values []byte
}

// NewArray makes an array of a kind of values.
func NewArray(kind byte) *Array { return &Array{kind: kind, values: make([]byte, 20)} }

// Add adds a value of the array's kind.
func (a *Array) Add(v any) (err error) {
	a.count++
	a.values, err = appendValue(a.values, a.kind, v)
	return err
}

// Binary gives all of it.
func (a *Array) Binary() []byte {
	var element uint32 // PostgreSQL's number of the type (its pg_type.dat)
	switch a.kind {
	case Boolean:
		element = 16
	case Bytes:
		element = 17
	case Integer:
		element = 20
	case Text:
		element = 25
	}
	for i, n := range [...]uint32{1, 1, element, a.count, 1} { // one dimension, maybe with NULL, of the type, so many, from 1
		binary.BigEndian.PutUint32(a.values[4*i:], n)
	}
	return a.values
}

// CopyRows collects rows in the binary form of COPY (PostgreSQL 15, COPY, File
// Formats).
type CopyRows struct {
	kinds string
	rows  []byte
}

// NewCopyRows makes it for rows whose columns are of the given kinds.
func NewCopyRows(kinds string) *CopyRows {
	return &CopyRows{kinds, []byte("PGCOPY\n\xff\r\n\x00\x00\x00\x00\x00\x00\x00\x00\x00")}
}

// Add adds a row.
func (c *CopyRows) Add(row []any) (err error) {
	if len(row) != len(c.kinds) {
		return fmt.Errorf("a row of %d values for %d columns", len(row), len(c.kinds))
	}
	c.rows = binary.BigEndian.AppendUint16(c.rows, uint16(len(row)))
	for i, v := range row {
		if c.rows, err = appendValue(c.rows, c.kinds[i], v); err != nil {
			return fmt.Errorf("value %d: %w", i+1, err)
		}
	}
	return nil
}

// Binary gives all of it.
func (c *CopyRows) Binary() []byte { return binary.BigEndian.AppendUint16(c.rows, 0xffff) }

// appendValue adds a value's length and bytes. A nil []byte is NULL.
func appendValue(to []byte, kind byte, v any) ([]byte, error) {
	big := binary.BigEndian
	var is byte
	switch v := v.(type) {
	case []byte:
		if is = Bytes; v == nil {
			to = big.AppendUint32(to, 0xffffffff)
		} else {
			to = append(big.AppendUint32(to, uint32(len(v))), v...)
		}
	case string:
		is, to = Text, append(big.AppendUint32(to, uint32(len(v))), v...)
	case int64:
		is, to = Integer, big.AppendUint64(big.AppendUint32(to, 8), uint64(v))
	case int:
		is, to = Integer, big.AppendUint64(big.AppendUint32(to, 8), uint64(v))
	case bool:
		is, to = Boolean, append(big.AppendUint32(to, 1), truth(v))
	default:
		is = 0
	}
	if is != kind {
		return nil, fmt.Errorf("%T is not of kind %c", v, kind)
	}
	return to, nil
}

func truth(v bool) byte {
	if v {
		return 1
	}
	return 0
}

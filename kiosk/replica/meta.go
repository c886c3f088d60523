package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strconv"

	"github.com/fxamacker/cbor/v2"
)

type querier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// getMeta gives nil where the key was never set.
func getMeta(ctx context.Context, q querier, key string) ([]byte, error) {
	var value []byte
	err := q.QueryRowContext(ctx, `SELECT value FROM meta WHERE key = $1`, key).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	return value, nil
}

// openMeta reads what sealMeta kept; where nothing was kept, value stays as it is.
func (r *Replica) openMeta(ctx context.Context, q querier, key string, value any) error {
	sealed, err := getMeta(ctx, q, key)
	if err != nil || sealed == nil {
		return err
	}
	plain, err := r.keys.Open("meta", "value", []byte(key), sealed)
	if err != nil {
		return fmt.Errorf("open %s: %w", key, err)
	}
	if err := cbor.Unmarshal(plain, value); err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	return nil
}

// sealMeta keeps a value as CBOR, sealed.
func (r *Replica) sealMeta(ctx context.Context, tx *sql.Tx, key string, value any) error {
	plain, err := cbor.Marshal(value)
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return setMeta(ctx, tx, key, r.keys.Seal("meta", "value", []byte(key), plain))
}

func setMeta(ctx context.Context, tx *sql.Tx, key string, value []byte) error {
	if value == nil {
		value = []byte{} // a nil slice would be NULL
	}
	_, err := tx.ExecContext(ctx,
		`INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value`, key, value)
	if err != nil {
		return fmt.Errorf("write %s: %w", key, err)
	}
	return nil
}

func getNumber(ctx context.Context, q querier, key string) (int64, error) {
	value, err := getMeta(ctx, q, key)
	if err != nil || value == nil {
		return 0, err
	}
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read %s: %w", key, err)
	}
	return n, nil
}

func setNumber(ctx context.Context, tx *sql.Tx, key string, n int64) error {
	return setMeta(ctx, tx, key, strconv.AppendInt(nil, n, 10))
}

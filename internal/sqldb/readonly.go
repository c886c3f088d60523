package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"strconv"
)

// OpenReadOnly opens an existing database to look at it: nothing in it is
// changed, its schema is not brought up to date, and where no write-ahead log
// lies beside it no other file is made. A log that a killed process left behind
// is read, not folded back. On PostgreSQL its connections are read-only. Close what
// it gives.
func OpenReadOnly(ctx context.Context, path string) (*sql.DB, error) {
	if KindOf(path) == PostgreSQL {
		db, err := pool(path, map[string]string{"default_transaction_read_only": "on"})
		if err != nil {
			return nil, err
		}
		if err := db.PingContext(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("open database for reading: %w", classify(err)), db.Close())
		}
		return db, nil
	}
	return openReadOnly(ctx, path, url.Values{})
}

// openReadOnly opens an existing file; q is what its address says further.
func openReadOnly(ctx context.Context, path string, q url.Values) (*sql.DB, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open database for reading: %w", err)
	}
	q.Set("mode", "ro")
	q.Set("_query_only", "true")
	q.Set("_busy_timeout", strconv.FormatInt(busyWait.Milliseconds(), 10))
	switch _, err := os.Stat(path + "-wal"); {
	case errors.Is(err, fs.ErrNotExist):
		q.Set("immutable", "1") // nobody has it open: SQLite need not lock it, nor make files to lock with
	case err != nil:
		return nil, fmt.Errorf("open database for reading: %w", err)
	}
	db, err := sql.Open("sqlite3", "file:"+(&url.URL{Path: path}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open database %s for reading: %w", path, err)
	}
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s for reading: %w", path, classify(err)), db.Close())
	}
	return db, nil
}

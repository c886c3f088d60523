package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// CopyTo writes a complete copy of one moment into a new file, readable by its
// owner only, while others read and write. The copy is a database of its own,
// without a log beside it, and on the disk when CopyTo returns; it appears under
// its name only when it is whole. An existing file is never replaced. A server's
// database is copied with its own tools: errors.ErrUnsupported.
func (db *DB) CopyTo(ctx context.Context, path string) (err error) {
	if db.kind == PostgreSQL {
		return fmt.Errorf("copy the database with pg_dump: %w", errors.ErrUnsupported)
	}
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("copy the database: %s: %w", path, os.ErrExist)
	}
	draft, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600; VACUUM takes an empty file
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	defer func() {
		err = errors.Join(err, draft.Close())
		if err != nil {
			err = errors.Join(err, os.Remove(draft.Name()))
		}
	}()
	if err := vacuumInto(ctx, db.path, draft.Name()); err != nil {
		return fmt.Errorf("copy the database: %w", classify(err))
	}
	if err := draft.Sync(); err != nil {
		return fmt.Errorf("copy the database: %w", classify(err))
	}
	if err := os.Rename(draft.Name(), path); err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	folder, err := os.Open(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("copy the database: %w", err)
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// vacuumInto copies over a connection of its own: the writer's would make others
// wait, and the readers' may not write, not even a copy.
func vacuumInto(ctx context.Context, from, to string) (err error) {
	own, err := sql.Open("sqlite3", dsn(from, "deferred", "FULL", false))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, own.Close()) }()
	_, err = own.ExecContext(ctx, "VACUUM INTO $1", to)
	return err
}

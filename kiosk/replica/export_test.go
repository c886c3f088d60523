package replica

import (
	"context"
	"path/filepath"
)

// FillDisk makes every further growth of the database fail as a full disk does.
func (r *Replica) FillDisk(ctx context.Context) error {
	var pages int
	if err := r.db.Writer().QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages); err != nil {
		return err
	}
	_, err := r.db.Writer().ExecContext(ctx, `PRAGMA max_page_count = 1`) // SQLite raises it to the present size
	return err
}

// Folder is where the database lies.
func (r *Replica) Folder() string { return filepath.Dir(r.path) }

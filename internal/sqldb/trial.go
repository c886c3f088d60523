package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"net/url"
	"os"

	"github.com/pressly/goose/v3"
)

// Opener opens a database as Open does.
type Opener func(ctx context.Context, dsn string, migrations fs.FS) (*DB, error)

// Trial opens SQLite files for a simulation that opens and crashes thousands of
// them: real files, but no COMMIT waits for the disk, so they do not outlive a
// power cut, and locks between connections are this process's own: a lock of the
// machine's costs a call of the system, and a trial takes millions. No other process
// may have the file open meanwhile. It works where SQLite has that file system, which
// Windows has not (sqlite.org/vfs.html).
type Trial struct {
	// Commit stands around every COMMIT of a write transaction. It may fail before
	// or after it calls commit, like a process that dies there; nil does nothing.
	Commit func(commit func() error) error
	// Readers bounds the connections that read, 0 as Open does. With one, whoever reads
	// while the rows of another statement are open waits for ever.
	Readers int
}

const (
	forTrial = "OFF" // synchronous
	alone    = "unix-excl"
)

// Look opens a file that a trial has open, to look at it. Close what it gives.
func (t Trial) Look(ctx context.Context, path string) (*sql.DB, error) {
	return openReadOnly(ctx, path, url.Values{"vfs": {alone}})
}

// Open is an Opener. A file that is not empty has its schema already.
func (t Trial) Open(ctx context.Context, path string, migrations fs.FS) (*DB, error) {
	info, err := os.Stat(path)
	made := err == nil && info.Size() > 0
	db, err := openFile(ctx, path, forTrial, func(writer *sql.DB) error {
		if made {
			return nil
		}
		return up(ctx, goose.DialectSQLite3, writer, migrations)
	})
	if err != nil {
		return nil, fmt.Errorf("for a trial: %w", err)
	}
	db.around = t.Commit
	if t.Readers > 0 {
		db.reader.SetMaxOpenConns(t.Readers)
	}
	return db, nil
}

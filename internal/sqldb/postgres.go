package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// Kind is which database it is.
type Kind int

// The databases.
const (
	SQLite     Kind = iota // a file, written by one process
	PostgreSQL             // a server, shared by several processes
)

// KindOf tells a connection string of PostgreSQL from the path of a file.
func KindOf(dsn string) Kind {
	if strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://") {
		return PostgreSQL
	}
	return SQLite
}

const (
	connectWait = 5 * time.Second
	// A process that stopped in the middle of a transaction must not hold up the
	// others for long. The connection string may say otherwise.
	lockWait = "10s"
	idleWait = "15s"
)

// idleConnection is how long a connection that nobody needs is kept.
const idleConnection = 5 * time.Minute

// openPostgres opens two pools on one server, one of them read-only.
func openPostgres(ctx context.Context, dsn string, migrations fs.FS) (*DB, error) {
	writer, err := pool(dsn, map[string]string{"synchronous_commit": "on"}) // COMMIT waits for the disk, whatever the server's file says
	if err != nil {
		return nil, err
	}
	db := &DB{writer: writer, kind: PostgreSQL}
	if err := migratePostgres(ctx, writer, migrations); err != nil {
		return nil, errors.Join(fmt.Errorf("open database: %w", classify(err)), db.Close())
	}
	if db.reader, err = pool(dsn, map[string]string{"default_transaction_read_only": "on"}); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	if err := db.reader.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database for reading: %w", classify(err)), db.Close())
	}
	return db, nil
}

// pool makes a pool whose connections have the given settings, which always hold.
func pool(dsn string, settings map[string]string) (*sql.DB, error) {
	config, err := pgx.ParseConfig(dsn) // its error leaves the password out
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	usual := map[string]string{"application_name": "ezhitong", "lock_timeout": lockWait, "idle_in_transaction_session_timeout": idleWait}
	for name, value := range usual {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
	for name, value := range settings {
		config.RuntimeParams[name] = value
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectWait
	}
	opened := stdlib.OpenDB(*config)
	most := max(4, runtime.NumCPU())
	opened.SetMaxOpenConns(most)
	opened.SetMaxIdleConns(most)
	opened.SetConnMaxIdleTime(idleConnection)
	return opened, nil
}

// migratePostgres brings the schema up to date while other processes may want
// the same: one of them does it, the others wait.
func migratePostgres(ctx context.Context, db *sql.DB, migrations fs.FS) error {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 120), lock.WithUnlockTimeout(1, 30))
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	return up(ctx, goose.DialectPostgres, db, migrations, goose.WithSessionLocker(locker))
}

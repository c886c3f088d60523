package sqldb

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"time"
)

// folder folds SQLite's write-ahead log back into the database, beside the
// writer: a COMMIT that did it would make everybody wait for as long as it takes.
type folder struct {
	db      *sql.DB // a connection of its own
	log     string
	written time.Time // the log's last change that was folded back
	stop    context.CancelFunc
	stopped chan struct{}
}

// foldEvery is how often a log that was written is folded back. A page that
// changed a hundred times in between is copied once.
const foldEvery = 5 * time.Second

func openFolder(path string) (*folder, error) {
	db, err := sql.Open("sqlite3", dsn(path, "deferred", "FULL", false))
	if err != nil {
		return nil, fmt.Errorf("open database %s to fold its log back: %w", path, err)
	}
	db.SetMaxOpenConns(1)
	return &folder{db: db, log: path + "-wal"}, nil
}

// start folds the log back until close.
func (f *folder) start() {
	ctx, stop := context.WithCancel(context.Background())
	f.stop, f.stopped = stop, make(chan struct{})
	go f.run(ctx)
}

func (f *folder) run(ctx context.Context) {
	defer close(f.stopped)
	tick := time.NewTicker(foldEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			f.fold()
		}
	}
}

// fold copies what readers have done with, waits for nobody, and leaves alone a
// log that is as it was. What it can't do, on a full disk for example, is left
// for the next time: nothing is lost, the log holds it.
func (f *folder) fold() {
	info, err := os.Stat(f.log)
	if err != nil || info.ModTime().Equal(f.written) {
		return
	}
	if _, err := f.db.ExecContext(context.Background(), "PRAGMA wal_checkpoint(PASSIVE)"); err == nil {
		f.written = info.ModTime()
	}
}

func (f *folder) close() {
	f.stop()
	<-f.stopped
	_ = f.db.Close() // it wrote nothing of its own
}

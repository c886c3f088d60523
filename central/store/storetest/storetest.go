// Package storetest opens a fresh, real database for a test: SQLite, and once
// more PostgreSQL for the packages that ask for it with Again.
package storetest

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ezhitong.tw/central/store"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/sqldb/pgtest"
)

// server is the environment variable that has a test program use PostgreSQL.
const server = "EZHITONG_TEST_SERVER"

// OnServer reports whether this test program's databases are on PostgreSQL.
func OnServer() bool { return os.Getenv(server) != "" }

// Again runs this test program's tests once more, with every database on
// PostgreSQL. Call it from a test of its own. except, regular expressions, name the
// tests that use PostgreSQL the first time already.
func Again(t *testing.T, except ...string) {
	t.Helper()
	if OnServer() {
		return // this is the second time
	}
	arguments := []string{"-test.run=^Test", "-test.skip=" + strings.Join(except, "|")}
	for _, name := range []string{"timeout", "v", "short", "count", "parallel", "failfast"} {
		if f := flag.Lookup("test." + name); f != nil {
			arguments = append(arguments, "-test."+name+"="+f.Value.String())
		}
	}
	c := exec.CommandContext(t.Context(), os.Args[0], arguments...)
	c.Env = append(os.Environ(), server+"=1")
	said, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("on PostgreSQL: %v\n%s", err, said)
	} else if testing.Verbose() {
		t.Logf("on PostgreSQL:\n%s", said)
	}
}

// Open gives an empty store of the test's own, closed at its end.
func Open(t testing.TB) *store.Store {
	t.Helper()
	return OpenAt(t, Fresh(t))
}

// Fresh gives the path or connection string of a database that is new.
func Fresh(t testing.TB) string {
	t.Helper()
	if OnServer() {
		return FreshServer(t)
	}
	return filepath.Join(t.TempDir(), "central.db")
}

// FreshServer gives the connection string of a new database on PostgreSQL, with
// the store's tables in it.
func FreshServer(t testing.TB) string {
	t.Helper()
	return pgtest.FreshFrom(t, "store_"+store.Schema(), func(ctx context.Context, dsn string) error {
		s, err := store.Open(ctx, dsn)
		if err != nil {
			return err
		}
		return s.Close()
	})
}

// Copy backs a store up as its operator would and gives the path or connection
// string of the copy.
func Copy(t testing.TB, s *store.Store, dsn string) string {
	t.Helper()
	if s.Shared() {
		copied := pgtest.Fresh(t)
		pgtest.Restore(t, pgtest.Dump(t, dsn), copied)
		return copied
	}
	path := filepath.Join(t.TempDir(), "copy.db")
	if err := s.CopyTo(t.Context(), path); err != nil {
		t.Fatalf("copy the store: %v", err)
	}
	return path
}

// OpenAt opens the store at a path or connection string, closed at the test's end.
func OpenAt(t testing.TB, dsn string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dsn)
	if err != nil {
		t.Fatalf("open a store: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

// Record gives what stands in for booking.Engine.Record where a test has no engine:
// a change and its note are kept together, or neither when keep says no.
func Record(s *store.Store, keep func(store.Note) error) func(context.Context, func(*store.Tx) (store.Note, error)) error {
	return func(ctx context.Context, change func(*store.Tx) (store.Note, error)) error {
		tx, err := s.Begin(ctx)
		if err != nil {
			return err
		}
		var n store.Note
		if _, err = tx.LockLedger(); err == nil {
			n, err = change(tx)
		}
		if err == nil && n != (store.Note{}) {
			err = keep(n)
		}
		if err != nil {
			return errors.Join(err, tx.Rollback())
		}
		return tx.Commit()
	}
}

// Keys gives a keyring that is the same in every test.
func Keys(t testing.TB) *seal.Keyring {
	t.Helper()
	k, err := seal.New(bytes.Repeat([]byte{7}, seal.SecretSize))
	if err != nil {
		t.Fatalf("make a keyring: %v", err)
	}
	return k
}

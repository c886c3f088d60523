// Package pgtest gives tests a real PostgreSQL: a fresh database for each test,
// on one server that all test programs of a run share and that stops when the
// last of them has ended.
package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver of the maintenance connection
)

// Fresh gives the connection string of a new, empty database, which is dropped
// at the test's end.
func Fresh(t testing.TB) string {
	t.Helper()
	return FreshFrom(t, "template1", nil)
}

// FreshFrom gives the connection string of a new database that is a copy of a
// template, and is dropped at the test's end. The first to need the template
// has fill make it.
func FreshFrom(t testing.TB, template string, fill func(ctx context.Context, dsn string) error) string {
	t.Helper()
	s := shared(t)
	ctx := context.WithoutCancel(t.Context())
	if fill != nil {
		if err := s.template(ctx, template, fill); err != nil {
			t.Fatalf("make the template database: %v", err)
		}
	}
	name := "test_" + rand.Text()
	if err := s.run(ctx, `CREATE DATABASE "`+name+`" TEMPLATE "`+template+`"`); err != nil {
		t.Fatalf("make a database: %v", err)
	}
	t.Cleanup(func() {
		if err := s.run(ctx, `DROP DATABASE "`+name+`" WITH (FORCE)`); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return s.DSN(name)
}

// Dump gives a database as pg_dump writes it.
func Dump(t testing.TB, dsn string) []byte {
	t.Helper()
	return client(t, "pg_dump", nil, dsn)
}

// Restore reads a dump into an empty database.
func Restore(t testing.TB, dump []byte, dsn string) {
	t.Helper()
	client(t, "psql", dump, "-q", "-v", "ON_ERROR_STOP=1", dsn)
}

// client runs one of PostgreSQL's programs for users and gives what it says.
func client(t testing.TB, name string, input []byte, arguments ...string) []byte {
	t.Helper()
	path, err := find(name)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), path, arguments...)
	var problems bytes.Buffer
	c.Stdin, c.Stderr = bytes.NewReader(input), &problems
	said, err := c.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", name, err, problems.Bytes())
	}
	return said
}

// shared gives the server of all test programs and starts it when it is not
// there. This program counts as its user for as long as it lives.
func shared(t testing.TB) *Server {
	t.Helper()
	s, err := join()
	if err != nil {
		t.Fatalf("PostgreSQL for the tests: %v", err)
	}
	t.Cleanup(func() { // the lock itself goes with the program, or with its last test
		if err := s.users.Close(); err != nil {
			t.Errorf("leave PostgreSQL: %v", err)
		}
	})
	return s
}

// join takes the shared server's lock for users, which a guard waits for, and
// starts the server unless it runs.
func join() (s *Server, err error) {
	owner, err := ordinaryUser()
	if err != nil {
		return nil, err
	}
	folder := filepath.Join(roomy(), "ezhitong-postgres-"+strconv.Itoa(os.Getuid()))
	if err := ownFolder(folder, owner); err != nil {
		return nil, err
	}
	s = &Server{folder: folder, owner: owner}
	start, err := lockFile(filepath.Join(folder, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, start.Close()) }()
	if s.users, err = lockFile(filepath.Join(folder, "users.lock"), syscall.LOCK_SH); err != nil {
		return nil, err
	}
	if s.answers() {
		return s, nil
	}
	err = s.create(false)
	if err == nil {
		err = s.Restart()
	}
	if err == nil {
		err = s.guard()
	}
	if err != nil {
		return nil, errors.Join(err, s.users.Close())
	}
	return s, nil
}

// roomy is where the shared server's files go: into memory where there is enough
// of it, because nothing there needs to last and each test makes 300 files.
func roomy() string {
	const memory, enough = "/dev/shm", 2 << 30
	var at syscall.Statfs_t
	if err := syscall.Statfs(memory, &at); err == nil && at.Bavail*uint64(at.Bsize) >= enough && syscall.Access(memory, 2) == nil {
		return memory
	}
	return os.TempDir()
}

// template makes a database that others are copied from, once.
func (s *Server) template(ctx context.Context, name string, fill func(ctx context.Context, dsn string) error) (err error) {
	start, err := lockFile(filepath.Join(s.folder, "start.lock"), syscall.LOCK_EX)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, start.Close()) }()
	var there bool
	if err := s.ask(ctx, func(db *sql.DB) error {
		return db.QueryRowContext(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name).Scan(&there)
	}); err != nil || there {
		return err
	}
	draft := name + "_draft" // a program that is killed meanwhile leaves no half template
	if err := errors.Join(s.run(ctx, `DROP DATABASE IF EXISTS "`+draft+`" WITH (FORCE)`), s.run(ctx, `CREATE DATABASE "`+draft+`"`)); err != nil {
		return err
	}
	if err := fill(ctx, s.DSN(draft)); err != nil {
		return err
	}
	return s.run(ctx, `ALTER DATABASE "`+draft+`" RENAME TO "`+name+`"`)
}

// run runs a statement on the server's maintenance database.
func (s *Server) run(ctx context.Context, statement string) error {
	return s.ask(ctx, func(db *sql.DB) error { _, err := db.ExecContext(ctx, statement); return err })
}

func (s *Server) ask(_ context.Context, do func(*sql.DB) error) (err error) {
	db, err := sql.Open("pgx", s.DSN("postgres"))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return do(db)
}

// ownFolder makes a folder that only the server's user and root may enter.
func ownFolder(path string, owner *user.User) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	uid, gid, err := numbers(owner)
	if err != nil {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.IsDir() || stat.Uid != uid && int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("the folder %s is somebody else's: please remove it", path)
	}
	return os.Chown(path, int(uid), int(gid))
}

// lockFile opens a file and locks it, for as long as it is open.
func lockFile(path string, how int) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644) //nolint:gosec // the guard, another user, opens it too
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), file.Close())
	}
	return file, nil
}

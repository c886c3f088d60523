package pgtest

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Server is a PostgreSQL of our own in a folder of its own, reached through a
// socket in that folder.
type Server struct {
	folder string
	owner  *user.User // who runs it: PostgreSQL refuses root
	users  *os.File   // locked by all users of the shared server
}

// Own starts a server for one test, stopped and removed at its end. Unlike the
// shared one it waits for the disk, so it may be killed.
func Own(t testing.TB) *Server {
	t.Helper()
	owner, err := ordinaryUser()
	if err != nil {
		t.Fatalf("PostgreSQL for the test: %v", err)
	}
	folder, err := os.MkdirTemp("", "pg") //nolint:usetesting // short: a socket's path has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{folder: folder, owner: owner}
	if err := errors.Join(ownFolder(folder, owner), s.create(true)); err != nil {
		t.Fatalf("PostgreSQL for the test: %v", err)
	}
	s.Start(t)
	t.Cleanup(func() {
		if err := s.Remove(); err != nil {
			t.Errorf("stop PostgreSQL: %v", err)
		}
	})
	return s
}

// DSN is the connection string of one of the server's databases; postgres is
// always there.
func (s *Server) DSN(database string) string {
	return "postgres:///" + database + "?" + url.Values{"host": {s.sockets()}, "user": {"app"}, "sslmode": {"disable"}}.Encode()
}

// Kill is Crash for a test.
func (s *Server) Kill(t testing.TB) {
	t.Helper()
	if err := s.Crash(); err != nil {
		t.Fatal(err)
	}
}

// Start starts the server again and waits until it answers.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	if err := s.Restart(); err != nil {
		t.Fatalf("start PostgreSQL: %v", err)
	}
}

func (s *Server) data() string    { return filepath.Join(s.folder, "data") }
func (s *Server) pidFile() string { return filepath.Join(s.data(), "postmaster.pid") }
func (s *Server) sockets() string { return filepath.Join(s.folder, "s") }
func (s *Server) socket() string  { return filepath.Join(s.sockets(), ".s.PGSQL.5432") }

// create makes an empty cluster, in place of what an earlier run left there.
func (s *Server) create(durable bool) error {
	if err := errors.Join(os.RemoveAll(s.data()), os.RemoveAll(s.sockets()), ownFolder(s.folder, s.owner)); err != nil {
		return err
	}
	if err := os.Mkdir(s.sockets(), 0o700); err != nil {
		return err
	}
	if err := ownFolder(s.sockets(), s.owner); err != nil {
		return err
	}
	if err := s.tool("initdb", "-N", "-A", "trust", "-U", "app", "-E", "UTF8", "--locale=C.UTF-8", "-D", s.data()); err != nil {
		return err
	}
	settings := "listen_addresses = ''\nunix_socket_directories = '" + s.sockets() + "'\nmax_connections = 400\nshared_buffers = '128MB'\n" +
		"wal_level = minimal\nmax_wal_senders = 0\n"
	if !durable {
		settings += "fsync = off\nfull_page_writes = off\nautovacuum = off\n"
	}
	file, err := os.OpenFile(filepath.Join(s.data(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteString(settings)
	return errors.Join(err, file.Close())
}

// Restart starts the server and waits until it answers.
func (s *Server) Restart() error {
	return s.control("start", "-w", "-t", "120", "-l", filepath.Join(s.folder, "data", "server.log"))
}

func (s *Server) control(arguments ...string) error {
	return s.tool("pg_ctl", append(arguments, "-D", s.data())...)
}

// answers reports whether somebody listens on the socket.
func (s *Server) answers() bool {
	c, err := net.Dial("unix", s.socket())
	if err != nil {
		return false
	}
	return c.Close() == nil
}

// guard leaves a process behind that waits until nobody uses the server any
// more, for some seconds, because the next test program of the run may be on its
// way, and then stops it and removes its files.
func (s *Server) guard() error {
	control, err := find("pg_ctl")
	if err != nil {
		return err
	}
	const script = `
exec 9<"$1/users.lock"
while :; do
	flock -x 9
	flock -u 9
	sleep 5
	flock -n -x 9 && break
done
"$2" stop -m immediate -D "$1/data"
rm -rf "$1/data" "$1/s"
`
	c := exec.Command("/bin/sh", "-c", script, "guard", s.folder, control)
	if err := s.as(c); err != nil {
		return err
	}
	c.SysProcAttr.Setsid = true // it outlives this program
	if err := c.Start(); err != nil {
		return fmt.Errorf("start the guard: %w", err)
	}
	return c.Process.Release()
}

// tool runs one of PostgreSQL's programs as the server's user.
func (s *Server) tool(name string, arguments ...string) error {
	path, err := find(name)
	if err != nil {
		return err
	}
	c := exec.Command(path, arguments...)
	if err := s.as(c); err != nil {
		return err
	}
	said, err := os.CreateTemp("", "pg-*.txt") // not a pipe: the server would keep it open
	if err != nil {
		return err
	}
	defer func() { _ = errors.Join(said.Close(), os.Remove(said.Name())) }()
	c.Stdout, c.Stderr = said, said
	if err := c.Run(); err != nil {
		text, _ := os.ReadFile(said.Name())
		return fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(text))
	}
	return nil
}

// as has a command run as the server's user, in its folder.
func (s *Server) as(c *exec.Cmd) error {
	c.Dir, c.SysProcAttr = s.folder, &syscall.SysProcAttr{}
	c.Env = []string{"PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"}
	if os.Getuid() != 0 {
		return nil
	}
	uid, gid, err := numbers(s.owner)
	if err != nil {
		return err
	}
	c.SysProcAttr.Credential = &syscall.Credential{Uid: uid, Gid: gid}
	return nil
}

const missing = "請安裝 PostgreSQL：./setup test 或 apt-get install postgresql / please install PostgreSQL: ./setup test, or apt-get install postgresql"

// find looks for a program of the newest PostgreSQL; Debian keeps them off the PATH.
func find(name string) (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/" + name)
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		version := func(path string) int {
			n, _ := strconv.Atoi(strings.Split(path, "/")[4]) // Debian's folders are numbers
			return n
		}
		return slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) }), nil
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return "", errors.New(missing)
	}
	return path, nil
}

// ordinaryUser is who runs the server: whoever runs the tests, or for root the
// user that Debian's package makes.
func ordinaryUser() (*user.User, error) {
	if os.Getuid() != 0 {
		return user.Current()
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, missing)
	}
	return u, nil
}

func numbers(u *user.User) (uid, gid uint32, err error) {
	a, errA := strconv.ParseUint(u.Uid, 10, 32)
	b, errB := strconv.ParseUint(u.Gid, 10, 32)
	return uint32(a), uint32(b), errors.Join(errA, errB)
}

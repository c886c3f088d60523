package pgtest

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Crash kills every process of the server (kill -9) at whatever they are. What was
// in their memory only is lost. Its folder stays as it is but for the files that
// say who runs it: whoever is the parent of the dead may not have noticed yet, and
// a new server takes them for alive until then.
func (s *Server) Crash() error {
	pids, err := s.processes()
	if err == nil {
		err = kill(pids)
	}
	if err == nil {
		err = errors.Join(os.Remove(s.pidFile()), os.Remove(s.socket()+".lock"))
	}
	if err != nil {
		return fmt.Errorf("kill PostgreSQL: %w", err)
	}
	return nil
}

// processes gives the postmaster, which is stopped so that it makes no more
// children, and those that it has. Killed alone it would leave them at work for a
// while, and a new one does not start beside them.
func (s *Server) processes() ([]int, error) {
	text, err := os.ReadFile(s.pidFile()) // its first line: pg_ctl reads it too
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(text), "\n")
	postmaster, err := strconv.Atoi(first)
	if err != nil {
		return nil, err
	}
	if err := unix.Kill(postmaster, unix.SIGSTOP); err != nil {
		return nil, err
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%[1]d/task/%[1]d/children", postmaster)) // proc(5)
	if err != nil {
		return nil, err
	}
	pids := []int{postmaster}
	for _, word := range strings.Fields(string(children)) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			return nil, err
		}
		pids = append(pids, pid)
	}
	return pids, nil
}

// kill kills processes and waits until they are gone.
func kill(pids []int) error {
	var dying []unix.PollFd
	for _, pid := range pids {
		fd, err := unix.PidfdOpen(pid, 0)
		if errors.Is(err, unix.ESRCH) {
			continue // a child that ended by itself
		}
		if err != nil {
			return err
		}
		defer unix.Close(fd) //nolint:errcheck // it was only waited for
		if err := unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return err
		}
		dying = append(dying, unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}) //nolint:gosec // a file descriptor
	}
	for i := range dying {
		for {
			_, err := unix.Poll(dying[i:i+1], -1)
			if err == nil {
				break
			}
			if !errors.Is(err, unix.EINTR) {
				return err
			}
		}
	}
	return nil
}

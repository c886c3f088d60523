package emulator

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// line is one life of the serial line: a pseudo terminal whose slave stays
// open and raw, so that a host may come and go.
type line struct {
	ctx    context.Context
	cancel context.CancelFunc
	master *os.File
	slave  *os.File
}

func openLine(ctx context.Context) (*line, error) {
	blocking, slave, err := pty.Open()
	if err != nil {
		return nil, fmt.Errorf("open a pseudo terminal: %w", err)
	}
	master, err := pollable(blocking)
	if err == nil {
		err = raw(int(slave.Fd()))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("set up the pseudo terminal: %w", err), slave.Close())
	}
	l := &line{master: master, slave: slave}
	l.ctx, l.cancel = context.WithCancel(ctx)
	return l, nil
}

// pollable replaces a blocking file by one whose reads end when it is closed.
func pollable(f *os.File) (*os.File, error) {
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := errors.Join(unix.SetNonblock(fd, true), f.Close()); err != nil {
		return nil, errors.Join(err, unix.Close(fd))
	}
	return os.NewFile(uintptr(fd), f.Name()), nil
}

// raw makes the terminal carry bytes unchanged, without echo of its own.
func raw(fd int) error {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return err
	}
	t.Iflag = unix.IGNBRK | unix.IGNPAR
	t.Oflag, t.Lflag = 0, 0
	t.Cflag = unix.CS8 | unix.CSTOPB | unix.CREAD | unix.CLOCAL | unix.B115200
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(fd, unix.TCSETS, t)
}

func (l *line) path() string { return l.slave.Name() }

// close ends the line: a host that has it open sees it hang up.
func (l *line) close() error {
	l.cancel()
	return errors.Join(l.master.Close(), l.slave.Close())
}

// listen cuts what hosts send into tokens until the line closes. A frame that
// stays unfinished for gap is given up.
func (l *line) listen(gap time.Duration, heard func(Token) bool) {
	var d Decoder
	buf := make([]byte, 512)
	for {
		deadline := time.Time{}
		if d.Pending() > 0 {
			deadline = time.Now().Add(gap)
		}
		if err := l.master.SetReadDeadline(deadline); err != nil {
			return
		}
		n, err := l.master.Read(buf)
		d.Feed(buf[:n])
		for tok, ok := d.Next(); ok; tok, ok = d.Next() {
			if !heard(tok) {
				return
			}
		}
		switch {
		case errors.Is(err, os.ErrDeadlineExceeded):
			if half := d.Flush(); half != nil && !heard(Token{Kind: TokenJunk, Raw: half}) {
				return
			}
		case err != nil:
			return
		}
	}
}

// link points a symbolic link at the line, replacing an older link but never
// another kind of file.
func (l *line) link(name string) error {
	old, err := os.Lstat(name)
	if err == nil && old.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("%s is there and is not a link", name)
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	fresh := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".new")
	if err := os.Remove(fresh); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.Symlink(l.path(), fresh); err != nil {
		return err
	}
	return os.Rename(fresh, name)
}

package serialline

import (
	"os"

	"golang.org/x/sys/unix"
)

// checkPort looks at the path before it is opened: a regular file or a folder is no port.
func checkPort(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode()&os.ModeCharDevice == 0 {
		return ErrNotSerial
	}
	return nil
}

// dropRTS drives RTS low, which stops the plug-and-play string some readers send when a line is opened. The
// serial library has no call for it, so a second descriptor does it. A pseudo-terminal has no such wire, and
// a reader works without it, so a refusal changes nothing.
func dropRTS(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(func(fd uintptr) {
			_ = unix.IoctlSetPointerInt(int(fd), unix.TIOCMBIC, unix.TIOCM_RTS) // see above
		})
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

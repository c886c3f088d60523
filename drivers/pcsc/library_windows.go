package pcsc

import (
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var winscard = windows.NewLazySystemDLL("winscard.dll")

func proc(name string) *windows.LazyProc { return winscard.NewProc(name) }

var (
	procEstablish  = proc("SCardEstablishContext")
	procRelease    = proc("SCardReleaseContext")
	procList       = proc("SCardListReadersW")
	procCancel     = proc("SCardCancel")
	procChange     = proc("SCardGetStatusChangeW")
	procConnect    = proc("SCardConnectW")
	procReconnect  = proc("SCardReconnect")
	procDisconnect = proc("SCardDisconnect")
	procBegin      = proc("SCardBeginTransaction")
	procEnd        = proc("SCardEndTransaction")
	procStatus     = proc("SCardStatusW")
	procTransmit   = proc("SCardTransmit")
)

// call calls the library; the functions answer with a 32-bit code.
func call(p *windows.LazyProc, args ...uintptr) error {
	rc, _, _ := p.Call(args...)
	if code := Error(uint32(rc)); code != 0 {
		return code
	}
	return nil
}

func establish() (uintptr, error) {
	if err := winscard.Load(); err != nil {
		return 0, fmt.Errorf("winscard.dll: %w", ErrNoService)
	}
	var c uintptr
	err := call(procEstablish, 2, 0, 0, uintptr(unsafe.Pointer(&c))) // SCARD_SCOPE_SYSTEM
	return c, err
}

func release(c uintptr) error { return call(procRelease, c) }

func listReaders(c uintptr) ([]string, error) {
	var n uint32
	if err := call(procList, c, 0, 0, uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, err
	}
	names := make([]uint16, n+1)
	if err := call(procList, c, 0, uintptr(unsafe.Pointer(&names[0])), uintptr(unsafe.Pointer(&n))); err != nil {
		return nil, err
	}
	var out []string
	for len(names) > 0 && names[0] != 0 {
		name := windows.UTF16ToString(names)
		out = append(out, name)
		for names[0] != 0 {
			names = names[1:]
		}
		names = names[1:]
	}
	return out, nil
}

func cancelWait(c uintptr) error { return call(procCancel, c) }

// readerState is SCARD_READERSTATEW.
type readerState struct {
	reader  *uint16
	user    uintptr
	current uint32
	event   uint32
	atrSize uint32
	atr     [36]byte
}

func statusChange(c uintptr, wait time.Duration, s *state) error {
	name, err := windows.UTF16PtrFromString(s.reader)
	if err != nil {
		return err
	}
	r := readerState{reader: name, current: s.current}
	err = call(procChange, c, uintptr(wait.Milliseconds()), uintptr(unsafe.Pointer(&r)), 1)
	s.event = r.event
	return err
}

// Shared with other programs, T=0 or T=1, and left as it is.
const shared, protocols, leave, reset = 2, 3, 0, 1

func connect(c uintptr, reader string) (handle uintptr, protocol uint32, err error) {
	name, err := windows.UTF16PtrFromString(reader)
	if err != nil {
		return 0, 0, err
	}
	err = call(procConnect, c, uintptr(unsafe.Pointer(name)), shared, protocols, uintptr(unsafe.Pointer(&handle)), uintptr(unsafe.Pointer(&protocol)))
	return handle, protocol, err
}

func reconnect(h uintptr, cold bool) (protocol uint32, err error) {
	how := uintptr(leave)
	if cold {
		how = reset
	}
	err = call(procReconnect, h, shared, protocols, how, uintptr(unsafe.Pointer(&protocol)))
	return protocol, err
}

func disconnect(h uintptr) error { return call(procDisconnect, h, leave) }

func begin(h uintptr) error { return call(procBegin, h) }

func end(h uintptr) error { return call(procEnd, h, leave) }

func answerToReset(h uintptr) ([]byte, error) {
	atr := make([]byte, 36)
	n := uint32(len(atr))
	var names, state, protocol uint32
	err := call(procStatus, h, 0, uintptr(unsafe.Pointer(&names)), uintptr(unsafe.Pointer(&state)), uintptr(unsafe.Pointer(&protocol)),
		uintptr(unsafe.Pointer(&atr[0])), uintptr(unsafe.Pointer(&n)))
	return atr[:min(int(n), len(atr))], err
}

func transmit(h uintptr, protocol uint32, command []byte) ([]byte, error) {
	send := struct{ protocol, size uint32 }{protocol, 8}
	in := make([]byte, 264)
	n := uint32(len(in))
	err := call(procTransmit, h, uintptr(unsafe.Pointer(&send)), uintptr(unsafe.Pointer(&command[0])), uintptr(len(command)), 0,
		uintptr(unsafe.Pointer(&in[0])), uintptr(unsafe.Pointer(&n)))
	return in[:min(int(n), len(in))], err
}

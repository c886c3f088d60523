//go:build linux && cgo

package pcsc

// libpcsclite is loaded at run time: its headers are not needed to compile, nor the library to start. The types are those of
// its ABI on Linux, where DWORD and LONG are long.

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

typedef struct { unsigned long protocol, size; } pci;
typedef struct { const char *reader; void *user; unsigned long current, event, atrSize; unsigned char atr[33]; } readerState;

static struct {
	long (*establish)(unsigned long, const void *, const void *, long *);
	long (*release)(long);
	long (*list)(long, const char *, char *, unsigned long *);
	long (*cancel)(long);
	long (*change)(long, unsigned long, readerState *, unsigned long);
	long (*connect)(long, const char *, unsigned long, unsigned long, long *, unsigned long *);
	long (*reconnect)(long, unsigned long, unsigned long, unsigned long, unsigned long *);
	long (*disconnect)(long, unsigned long);
	long (*begin)(long);
	long (*end)(long, unsigned long);
	long (*status)(long, char *, unsigned long *, unsigned long *, unsigned long *, unsigned char *, unsigned long *);
	long (*transmit)(long, const pci *, const unsigned char *, unsigned long, pci *, unsigned char *, unsigned long *);
} lib;

// pcscLoad returns 0, or -1 when the library or one of its functions is not there.
static int pcscLoad(void) {
	void *so = dlopen("libpcsclite.so.1", RTLD_NOW | RTLD_LOCAL);
	if (!so) return -1;
	struct { void *into; const char *name; } all[] = {
		{&lib.establish, "SCardEstablishContext"}, {&lib.release, "SCardReleaseContext"}, {&lib.list, "SCardListReaders"},
		{&lib.cancel, "SCardCancel"}, {&lib.change, "SCardGetStatusChange"}, {&lib.connect, "SCardConnect"},
		{&lib.reconnect, "SCardReconnect"}, {&lib.disconnect, "SCardDisconnect"}, {&lib.begin, "SCardBeginTransaction"},
		{&lib.end, "SCardEndTransaction"}, {&lib.status, "SCardStatus"}, {&lib.transmit, "SCardTransmit"},
	};
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		void *f = dlsym(so, all[i].name);
		if (!f) return -1;
		memcpy(all[i].into, &f, sizeof f);
	}
	return 0;
}

static long pcscEstablish(long *c) { return lib.establish(2, NULL, NULL, c); } // SCARD_SCOPE_SYSTEM
static long pcscRelease(long c) { return lib.release(c); }
static long pcscList(long c, char *names, unsigned long *n) { return lib.list(c, NULL, names, n); }
static long pcscCancel(long c) { return lib.cancel(c); }
static long pcscChange(long c, unsigned long ms, readerState *s) { return lib.change(c, ms, s, 1); }
static long pcscConnect(long c, const char *r, unsigned long share, unsigned long protocols, long *h, unsigned long *p) {
	return lib.connect(c, r, share, protocols, h, p);
}
static long pcscReconnect(long h, unsigned long share, unsigned long protocols, unsigned long init, unsigned long *p) {
	return lib.reconnect(h, share, protocols, init, p);
}
static long pcscDisconnect(long h, unsigned long how) { return lib.disconnect(h, how); }
static long pcscBegin(long h) { return lib.begin(h); }
static long pcscEnd(long h, unsigned long how) { return lib.end(h, how); }
static long pcscStatus(long h, unsigned char *atr, unsigned long *n) {
	char name[256];
	unsigned long length = sizeof name, state = 0, protocol = 0;
	return lib.status(h, name, &length, &state, &protocol, atr, n);
}
static long pcscTransmit(long h, unsigned long protocol, const unsigned char *out, unsigned long outSize, unsigned char *in, unsigned long *inSize) {
	pci send = {protocol, sizeof send};
	return lib.transmit(h, &send, out, outSize, NULL, in, inSize);
}
*/
import "C"

import (
	"fmt"
	"sync"
	"time"
	"unsafe"
)

var load = sync.OnceValue(func() error {
	if C.pcscLoad() != 0 {
		return fmt.Errorf("libpcsclite.so.1 is not installed: %w", ErrNoService)
	}
	return nil
})

func answer(rc C.long) error {
	if rc == 0 {
		return nil
	}
	return Error(uint32(rc)) //nolint:gosec // the codes are 32 bits wide
}

func establish() (uintptr, error) {
	if err := load(); err != nil {
		return 0, err
	}
	var c C.long
	err := answer(C.pcscEstablish(&c))
	return uintptr(c), err
}

func release(c uintptr) error { return answer(C.pcscRelease(C.long(c))) }

func listReaders(c uintptr) ([]string, error) {
	var n C.ulong
	if err := answer(C.pcscList(C.long(c), nil, &n)); err != nil {
		return nil, err
	}
	names := make([]byte, n+1)
	if err := answer(C.pcscList(C.long(c), (*C.char)(unsafe.Pointer(&names[0])), &n)); err != nil {
		return nil, err
	}
	return multiString(names), nil
}

func cancelWait(c uintptr) error { return answer(C.pcscCancel(C.long(c))) }

func statusChange(c uintptr, wait time.Duration, s *state) error {
	name := C.CString(s.reader)
	defer C.free(unsafe.Pointer(name))
	r := (*C.readerState)(C.calloc(1, C.sizeof_readerState))
	defer C.free(unsafe.Pointer(r))
	r.reader, r.current = name, C.ulong(s.current)
	err := answer(C.pcscChange(C.long(c), C.ulong(wait.Milliseconds()), r))
	s.event = uint32(r.event)
	return err
}

// Shared with other programs, T=0 or T=1, and left as it is.
const shared, protocols, leave, reset = 2, 3, 0, 1

func connect(c uintptr, reader string) (handle uintptr, protocol uint32, err error) {
	name := C.CString(reader)
	defer C.free(unsafe.Pointer(name))
	var h C.long
	var p C.ulong
	err = answer(C.pcscConnect(C.long(c), name, shared, protocols, &h, &p))
	return uintptr(h), uint32(p), err
}

func reconnect(h uintptr, cold bool) (protocol uint32, err error) {
	how := C.ulong(leave)
	if cold {
		how = reset
	}
	var p C.ulong
	err = answer(C.pcscReconnect(C.long(h), shared, protocols, how, &p))
	return uint32(p), err
}

func disconnect(h uintptr) error { return answer(C.pcscDisconnect(C.long(h), leave)) }

func begin(h uintptr) error { return answer(C.pcscBegin(C.long(h))) }

func end(h uintptr) error { return answer(C.pcscEnd(C.long(h), leave)) }

func answerToReset(h uintptr) ([]byte, error) {
	atr := make([]byte, 36)
	n := C.ulong(len(atr))
	err := answer(C.pcscStatus(C.long(h), (*C.uchar)(&atr[0]), &n))
	return atr[:min(int(n), len(atr))], err
}

func transmit(h uintptr, protocol uint32, command []byte) ([]byte, error) {
	in := make([]byte, 264)
	n := C.ulong(len(in))
	err := answer(C.pcscTransmit(C.long(h), C.ulong(protocol), (*C.uchar)(&command[0]), C.ulong(len(command)), (*C.uchar)(&in[0]), &n))
	return in[:min(int(n), len(in))], err
}

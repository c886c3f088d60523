package emulator

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestAHostMayLeaveAndAnotherCome(t *testing.T) {
	r := start(t, Config{Card: sample(t, "nhi")})
	first := connect(t, r.Path())
	first.power()
	if err := first.file.Close(); err != nil {
		t.Fatal(err)
	}
	second := connect(t, r.Path())
	if a := second.ask(Message{Type: hostSlotStatus}); a.Params[0] != iccActive {
		t.Errorf("status %02X: the card lost its power", a.Params[0])
	}
}

func TestAHalfFrameOfAHostThatLeftIsGivenUp(t *testing.T) {
	junk := make(chan struct{})
	ask := Message{Type: hostSlotStatus}
	r := start(t, Config{Gap: time.Millisecond, Watch: func(p Piece) {
		if p.From == FromHost && len(p.Bytes) == 5 {
			close(junk)
		}
	}})
	h := connect(t, r.Path())
	h.write(ask.Frame()[:5])
	<-junk
	h.ask(ask)
}

func TestAFrameWithABadLRCIsRefused(t *testing.T) {
	r := start(t, Config{})
	h := connect(t, r.Path())
	bad := Message{Type: hostSlotStatus}.Frame()
	bad[len(bad)-1] ^= 0x80
	h.write(bad)
	h.expect(nak())
	h.ask(Message{Type: hostSlotStatus})
}

func TestACutLineHangsUpAndComesBack(t *testing.T) {
	link := filepath.Join(t.TempDir(), "reader")
	r := start(t, Config{Link: link, Card: sample(t, "nhi")})
	h := connect(t, link)
	h.power()
	if err := errors.Join(r.Cut(), r.Cut()); err != nil {
		t.Fatal(err)
	}
	if n, err := h.file.Read(make([]byte, 1)); err == nil {
		t.Errorf("read %d bytes from a dead line", n)
	} else if errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the dead line looks idle")
	}
	if err := h.file.Close(); err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Mend(), r.Mend()); err != nil {
		t.Fatal(err)
	}
	if a := connect(t, link).ask(Message{Type: hostSlotStatus}); a.Params[0] != iccInactive {
		t.Errorf("status %02X, want a card without power", a.Params[0])
	}
	if target, err := os.Readlink(link); err != nil || target != r.Path() {
		t.Errorf("link to %s, line %s, %v", target, r.Path(), err)
	}
}

func TestClosingDoesNotWaitForADelay(t *testing.T) {
	for _, f := range []Faults{{Delay: time.Hour}, {ByteGap: time.Hour}} {
		r := start(t, Config{Faults: f})
		h := connect(t, r.Path())
		h.write(Message{Type: hostSlotStatus}.Frame())
		counted(t, r, 1)
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestClosingDoesNotWaitForAHostThatNeverReads(t *testing.T) {
	r := start(t, Config{Card: sample(t, "nhi")})
	h := connect(t, r.Path())
	ask := Message{Type: hostPowerOn}.Frame()
	if err := h.file.SetWriteDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := h.file.Write(ask); err != nil {
			break // both directions are full
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestTheEndOfTheContextIsTheEndOfTheReader(t *testing.T) {
	link := filepath.Join(t.TempDir(), "reader")
	ctx, cancel := context.WithCancel(context.Background())
	r, err := Start(ctx, Config{Link: link})
	if err != nil {
		t.Fatal(err)
	}
	h := connect(t, link)
	cancel()
	if _, err := h.file.Read(make([]byte, 1)); err == nil {
		t.Error("the line still speaks")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(link); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the link is still there: %v", err)
	}
	if err := r.Cut(); !errors.Is(err, ErrClosed) {
		t.Errorf("Cut after Close: %v", err)
	}
	if err := r.Mend(); !errors.Is(err, ErrClosed) {
		t.Errorf("Mend after Close: %v", err)
	}
}

func TestALinkReplacesALinkButNoFile(t *testing.T) {
	folder := t.TempDir()
	old := filepath.Join(folder, "old")
	if err := os.Symlink("/nowhere", old); err != nil {
		t.Fatal(err)
	}
	one := start(t, Config{Link: old})
	two := start(t, Config{Link: old})
	if err := one.Close(); err != nil {
		t.Fatal(err)
	}
	if target, err := os.Readlink(old); err != nil || target != two.Path() {
		t.Errorf("the link that another reader took over leads to %q, %v", target, err)
	}
	file := filepath.Join(folder, "file")
	if err := os.WriteFile(file, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := Start(t.Context(), Config{Link: file}); err == nil {
		t.Error("a file was replaced", r.Close())
	}
	if r, err := Start(t.Context(), Config{Faults: Faults{Chunk: -1}}); err == nil {
		t.Error("a piece of -1 bytes was accepted", r.Close())
	}
}

func TestTheSlotRefusesWhatItCanNotDo(t *testing.T) {
	r := start(t, Config{})
	h := connect(t, r.Path())
	refused := func(m Message, status, why byte) {
		t.Helper()
		if a := h.ask(m); a.Params[0] != status || a.Params[1] != why || len(a.Data) != 0 {
			t.Errorf("%v answered %X % X", m, a.Params, a.Data)
		}
	}
	block := Message{Type: hostXfrBlock, Data: []byte{0, 0xC1, 1, 0xFE, 0x3E}}
	params := Message{Type: hostSetParameters, Params: [3]byte{1}, Data: []byte{0x18, 0x10, 0xFF, 0x45, 0, 0xFE, 0}}
	refused(Message{Type: hostPowerOn}, 0x42, errMute)
	refused(block, 0x42, errMute)
	refused(params, 0x42, errMute)
	refused(Message{Type: 0x7E}, 0x42, errNotSupported)
	refused(Message{Type: hostSlotStatus, Slot: 1}, 0x42, errBadSlot)
	r.Insert(sample(t, "nhi"))
	h.write(Message{Type: hostSlotStatus}.Frame())
	h.read(overhead + 2) // the echo and the event
	h.message()
	refused(Message{Type: hostPowerOn, Params: [3]byte{4}}, 0x41, errBadValue)
	h.must(Message{Type: hostPowerOn})
	refused(block, 0x40, errMute) // the reader still speaks T=0
	refused(Message{Type: hostSetParameters, Params: [3]byte{2}}, 0x40, errBadValue)
	refused(Message{Type: hostSetParameters, Params: [3]byte{1}, Data: []byte{1}}, 0x40, errBadLength)
	h.must(params)
	refused(block, 0x40, errParity) // the card still speaks at the default speed
	h.must(Message{Type: hostPowerOn})
	short := Message{Type: hostXfrBlock, Data: []byte{0xFF, 0x11, 0x96, 0x78}}
	if got := h.must(short); string(got) != "\xFF\x01\xFE" {
		t.Errorf("an unknown speed was answered % X", got)
	}
	params.Data[0] = defaultFiDi
	h.must(params)
	h.must(block)
	if a := h.ask(Message{Type: hostGetParameters}); a.Params[2] != 1 || string(a.Data) != string(params.Data) {
		t.Errorf("parameters are %X % X", a.Params, a.Data)
	}
	if a := h.ask(Message{Type: hostResetParameters}); a.Params[2] != 0 || len(a.Data) != 5 {
		t.Errorf("parameters are %X % X", a.Params, a.Data)
	}
}

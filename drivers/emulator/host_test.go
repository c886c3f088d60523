package emulator

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// host is a driver's end of the line: it only moves bytes.
type host struct {
	t    *testing.T
	file *os.File
	seq  byte
}

func start(t *testing.T, c Config) *Reader {
	t.Helper()
	r, err := Start(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func connect(t *testing.T, path string) *host {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() }) // a test may have closed it
	return &host{t: t, file: f}
}

func (h *host) write(b []byte) {
	h.t.Helper()
	if _, err := h.file.Write(b); err != nil {
		h.t.Fatal(err)
	}
}

// read returns exactly n bytes, or fails after 5 s.
func (h *host) read(n int) []byte {
	h.t.Helper()
	b := make([]byte, n)
	if err := h.file.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		h.t.Fatal(err)
	}
	if got, err := io.ReadFull(h.file, b); err != nil {
		h.t.Fatalf("read %d bytes: %v after % X", n, err, b[:got])
	}
	return b
}

func (h *host) expect(want []byte) {
	h.t.Helper()
	if got := h.read(len(want)); !bytes.Equal(got, want) {
		h.t.Fatalf("got  % X\nwant % X", got, want)
	}
}

// message reads one whole frame.
func (h *host) message() Message {
	h.t.Helper()
	head := h.read(2 + headerSize)
	rest := h.read(int(head[lengthAt]) + int(head[lengthAt+1])<<8 + 1)
	frame := append(head, rest...)
	if frame[0] != frameSync || frame[1] != frameCtrl || lrc(frame) != 0 {
		h.t.Fatalf("not a frame: % X", frame)
	}
	return Message{
		Type: frame[2], Slot: frame[7], Seq: frame[8],
		Params: [3]byte(frame[9:12]), Data: frame[12 : len(frame)-1],
	}
}

// ask sends a command, takes its echo and returns the answer.
func (h *host) ask(m Message) Message {
	h.t.Helper()
	m.Seq = h.seq
	h.seq++
	h.write(m.Frame())
	h.expect(m.Frame())
	return h.message()
}

func (h *host) must(m Message) []byte {
	h.t.Helper()
	a := h.ask(m)
	if a.Params[0] != 0 {
		h.t.Fatalf("%v answered bStatus %02X bError %02X", m, a.Params[0], a.Params[1])
	}
	return a.Data
}

// power brings a T=1 card to the point where its blocks flow.
func (h *host) power() {
	h.t.Helper()
	atr := h.must(Message{Type: hostPowerOn, Params: [3]byte{1}})
	speed := fiDi(atr)
	if speed != defaultFiDi {
		pps := []byte{0xFF, 0x11, speed}
		pps = append(pps, lrc(pps))
		if got := h.must(Message{Type: hostXfrBlock, Data: pps}); !bytes.Equal(got, pps) {
			h.t.Fatalf("PPS answered % X", got)
		}
	}
	h.must(Message{Type: hostSetParameters, Params: [3]byte{1}, Data: []byte{speed, 0x10, 0xFF, 0x45, 0, 0xFE, 0}})
}

func sample(t *testing.T, kind string) Card {
	t.Helper()
	c, err := cardOf(kind)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func cardOf(kind string) (Card, error) {
	switch kind {
	case "nhi":
		return NHI(Sample())
	case "new":
		return NewCard(Sample())
	case "t0":
		return T0(Sample())
	case "hpc":
		return HPC(), nil
	case "foreign":
		return Foreign(), nil
	case "mute":
		return Mute(), nil
	}
	return Card{}, fmt.Errorf("no kind %q", kind)
}

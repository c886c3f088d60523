package serialccid

import (
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"ezhitong.tw/drivers/iso7816"
	"ezhitong.tw/drivers/smartcard"
)

// odd is a reader with an NHI card that does something of its own at some commands: act gives the raw bytes
// to send, or false to leave the command to the usual answer. It sends no echo.
type odd struct {
	atr   []byte
	act   func(o *odd, m message) ([]byte, bool)
	mu    sync.Mutex
	heard []message
}

// start serves the reader on a pseudo-terminal and gives its path.
func (o *odd) start(t *testing.T) string {
	t.Helper()
	if o.atr == nil {
		o.atr = unhex(t, "3BFD180000813 1FE45534C4A3532477878797979 7A52AA")
	}
	master, near, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	fd, err := unix.Dup(int(master.Fd()))
	if err == nil {
		err = unix.SetNonblock(fd, true) // so that Close ends a pending Read
	}
	if err == nil {
		err = master.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	far := os.NewFile(uintptr(fd), "far end")
	done := make(chan struct{})
	go func() {
		defer close(done)
		var d decoder
		buf := make([]byte, 512)
		for {
			n, err := far.Read(buf)
			if err != nil {
				return
			}
			d.feed(buf[:n])
			for {
				tok, ok := d.next()
				if !ok {
					break
				}
				if tok.Kind != tokenFrame {
					continue
				}
				if _, err := far.Write(o.answer(tok.Msg)); err != nil {
					return
				}
			}
		}
	}()
	t.Cleanup(func() {
		if err := errors.Join(far.Close(), near.Close()); err != nil {
			t.Error(err)
		}
		<-done
	})
	return near.Name()
}

func (o *odd) answer(m message) []byte {
	o.mu.Lock()
	o.heard = append(o.heard, m)
	o.mu.Unlock()
	if o.act != nil {
		if raw, ok := o.act(o, m); ok {
			return raw
		}
	}
	return encode(o.usual(m))
}

func (o *odd) count(kind byte) (n int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, m := range o.heard {
		if m.Kind == kind {
			n++
		}
	}
	return n
}

// usual is what a sound reader and its card answer.
func (o *odd) usual(m message) message {
	a := message{Seq: m.Seq}
	switch m.Kind {
	case cmdPowerOn:
		a.Kind, a.Data = ansDataBlock, o.atr
	case cmdSetParameters:
		a.Kind, a.P[2], a.Data = ansParameters, m.P[0], m.Data
	case cmdEscape:
		a.Kind, a.Data = ansEscape, []byte("odd")
	case cmdXfrBlock:
		a.Kind, a.Data = ansDataBlock, m.Data // PPS is echoed
		if b, err := iso7816.ParseBlock(m.Data, false); err == nil {
			b = respond(b)
			a.Data, _ = b.Bytes(false) // b.Info is short
		}
	default:
		a.Kind = ansSlotStatus
	}
	return a
}

// respond is the card's answer to a sound block: 90 00 to SELECT, 57 bytes and 90 00 to GET DATA.
func respond(b iso7816.Block) iso7816.Block {
	if b.Kind != iso7816.IBlock {
		b.Reply = true
		return b
	}
	info := []byte{0x90, 0}
	if b.Info[1] == 0xCA {
		info = append(make([]byte, 57), info...)
	}
	b.Info = info
	return b
}

func refuse(m message, kind, code byte) []byte {
	return encode(message{Kind: kind, Seq: m.Seq, P: [3]byte{0x40, code, 0}})
}

// reading is a whole reading: wake the card, send both commands.
func reading(t *testing.T, o *odd) (*Conn, *Card, error) {
	t.Helper()
	ctx := within(t, 9*time.Second)
	c, err := Dial(ctx, Config{Port: o.start(t)})
	if err != nil {
		return nil, nil, err
	}
	t.Cleanup(c.Close)
	k, err := c.Connect(ctx)
	if err != nil {
		return c, nil, err
	}
	return c, k, basic(ctx, k)
}

func TestOddReadersAreReadAllTheSame(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		atr  string
		act  func(o *odd, m message) ([]byte, bool)
		slow bool
		note string
	}{
		"an unknown Escape is refused with a slot status": {act: func(_ *odd, m message) ([]byte, bool) {
			return refuse(m, ansSlotStatus, 0), m.Kind == cmdEscape
		}},
		"an Escape is never answered": {act: func(_ *odd, m message) ([]byte, bool) {
			return nil, m.Kind == cmdEscape
		}},
		"every answer carries the same bSeq": {act: func(o *odd, m message) ([]byte, bool) {
			a := o.usual(m)
			a.Seq = 0
			return encode(a), true
		}, note: "wrong bSeq"},
		"the reader refuses the parameters": {act: func(_ *odd, m message) ([]byte, bool) {
			return refuse(m, ansParameters, 0), m.Kind == cmdSetParameters
		}, slow: true, note: "reader refused the card's parameters"},
		"the card agrees to its default speed only": {act: func(_ *odd, m message) ([]byte, bool) {
			return encode(message{Kind: ansDataBlock, Seq: m.Seq, Data: []byte{0xFF, 1, 0xFE}}), m.Kind == cmdXfrBlock && m.Data[0] == 0xFF
		}, slow: true},
		"the card answers PPS with something else": {act: func(_ *odd, m message) ([]byte, bool) {
			return encode(message{Kind: ansDataBlock, Seq: m.Seq, Data: []byte{0xFF, 0x11, 0x18, 0}}), m.Kind == cmdXfrBlock && m.Data[0] == 0xFF
		}, slow: true, note: "card kept at its default speed"},
		"the card wakes at 1.8 V only": {act: func(_ *odd, m message) ([]byte, bool) {
			return refuse(m, ansDataBlock, errMute), m.Kind == cmdPowerOn && m.P[0] != 3
		}},
		"the reader chooses the voltage itself": {act: func(_ *odd, m message) ([]byte, bool) {
			return refuse(m, ansDataBlock, errBadParameter), m.Kind == cmdPowerOn && m.P[0] != 0
		}},
		"the reader is busy at first": {act: func(o *odd, m message) ([]byte, bool) {
			return refuse(m, ansDataBlock, errBusy), m.Kind == cmdPowerOn && o.count(cmdPowerOn) < 4
		}},
		"the answer to reset has a wrong check byte": {
			atr: "3BFD18000081 31FE45534C4A35324778787979797A52AB", note: iso7816.ErrATRCheck.Error(),
		},
		"the answer to reset is unknown": {atr: "3B F2 95 00 00 81 31 20 15 41 42 E1"},
		"the card refuses longer blocks": {act: func(_ *odd, m message) ([]byte, bool) {
			return refuse(m, ansDataBlock, errMute), m.Kind == cmdXfrBlock && len(m.Data) > 1 && m.Data[1] == 0xC1
		}, slow: true},
		"a late answer comes before the right one": {act: func(o *odd, m message) ([]byte, bool) {
			old := o.usual(m)
			old.Seq = m.Seq - 1
			return append(encode(old), encode(o.usual(m))...), m.Kind == cmdXfrBlock
		}},
		"the card asks for a long wait in the answer": {act: func(o *odd, m message) ([]byte, bool) {
			wait := encode(message{Kind: ansDataBlock, Seq: m.Seq, P: [3]byte{0x80, 3, 0}})
			return append(wait, encode(o.usual(m))...), m.Kind == cmdXfrBlock
		}},
		"a sound exchange": {},
	} {
		t.Run(name, func(t *testing.T) {
			o := &odd{act: c.act}
			if c.atr != "" {
				o.atr = unhex(t, c.atr)
			}
			conn, card, err := reading(t, o)
			if err != nil {
				t.Fatal(err)
			}
			if slow := card.FiDi() == iso7816.DefaultFiDi; slow != c.slow {
				t.Errorf("speed %02X", card.FiDi())
			}
			notes := conn.Report().Degraded
			if (c.note == "") != (len(notes) == 0) && !c.slow || c.note != "" && notes[0] != c.note {
				t.Errorf("noted %q, want %q", notes, c.note)
			}
		})
	}
}

func TestTroublesHaveTheirNames(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		act  func(o *odd, m message) ([]byte, bool)
		want error
	}{
		"removed within an exchange": {func(_ *odd, m message) ([]byte, bool) {
			return append([]byte{0x50, 2}, encode(message{Kind: ansDataBlock, Seq: m.Seq, P: [3]byte{0x42, 0xFE, 0}})...), m.Kind == cmdXfrBlock
		}, smartcard.ErrCardRemoved},
		"removed and the answer swallowed": {func(_ *odd, m message) ([]byte, bool) {
			return []byte{0x50, 2}, m.Kind == cmdXfrBlock
		}, smartcard.ErrCardRemoved},
		"no card": {func(_ *odd, m message) ([]byte, bool) {
			return encode(message{Kind: ansDataBlock, Seq: m.Seq, P: [3]byte{0x42, 0xFE, 0}}), m.Kind == cmdPowerOn
		}, smartcard.ErrNoCard},
		"no voltage wakes it": {func(_ *odd, m message) ([]byte, bool) {
			return refuse(m, ansDataBlock, errMute), m.Kind == cmdPowerOn
		}, smartcard.ErrCardMute},
		"an answer to reset of junk": {func(_ *odd, m message) ([]byte, bool) {
			return encode(message{Kind: ansDataBlock, Seq: m.Seq, Data: []byte{1, 2, 3}}), m.Kind == cmdPowerOn
		}, smartcard.ErrCardMute},
		"an answer to reset of nothing": {func(_ *odd, m message) ([]byte, bool) {
			return encode(message{Kind: ansDataBlock, Seq: m.Seq}), m.Kind == cmdPowerOn
		}, smartcard.ErrCardMute},
		"a protocol nobody speaks": {func(_ *odd, m message) ([]byte, bool) {
			return encode(message{Kind: ansDataBlock, Seq: m.Seq, Data: []byte{0x3B, 0x80, 0x0E, 0x8E}}), m.Kind == cmdPowerOn
		}, smartcard.ErrCardProtocol},
		"the card stops after it woke": {func(_ *odd, m message) ([]byte, bool) {
			return refuse(m, ansDataBlock, errMute), m.Kind == cmdXfrBlock
		}, iso7816.ErrDead},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := reading(t, &odd{act: c.act}); !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
		})
	}
	t.Run("a reader that refuses everything", func(t *testing.T) {
		_, _, err := reading(t, &odd{act: func(*odd, message) ([]byte, bool) { return []byte{3, 0x15, 0x16}, true }})
		var no *CommandError
		if !errors.As(err, &no) || !no.Refused {
			t.Fatal(err)
		}
	})
}

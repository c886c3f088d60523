package pcsc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"ezhitong.tw/drivers/emulator"
	"ezhitong.tw/drivers/emulator/pcscdtest"
	"ezhitong.tw/drivers/smartcard"
	"ezhitong.tw/drivers/smartcard/smartcardtest"
)

// virtual starts pcscd with vsmartcard's virtual reader and gives the address at which a card goes in. Unlike the Twin, that
// reader does the card's protocol itself, as USB readers of the APDU level do.
func virtual(t *testing.T) string {
	t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	channel := fmt.Sprintf("0x%X", port)
	service(t, pcscdtest.Reader{
		Name: "Virtual PCD", Device: "/dev/null:" + channel, Library: "/usr/lib/pcsc/drivers/serial/libifdvpcd.so", Channel: channel,
	})
	return fmt.Sprintf("127.0.0.1:%d", port)
}

// insert puts a card into the virtual reader; it goes when the connection is closed, or at the command that answers false.
func insert(t *testing.T, at string, card emulator.Card, stays func(command []byte) bool) (remove func()) {
	t.Helper()
	conn, err := net.Dial("tcp", at)
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer conn.Close()
		head := make([]byte, 2)
		for {
			if _, err := io.ReadFull(conn, head); err != nil {
				return
			}
			command := make([]byte, binary.BigEndian.Uint16(head))
			if _, err := io.ReadFull(conn, command); err != nil {
				return
			}
			var answer []byte
			switch {
			case len(command) == 1 && command[0] == 4:
				answer = card.ATR()
			case len(command) == 1: // power off, power on, reset
				continue
			case !stays(command):
				return
			default:
				answer = card.Answer(command)
			}
			if _, err := conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)); err != nil {
				return
			}
		}
	}()
	remove = func() {
		_ = conn.Close() // it may be closed already
		<-done
	}
	t.Cleanup(remove)
	return remove
}

func always([]byte) bool { return true }

func TestOracleAVirtualReaderIsReadLikeAUSBReader(t *testing.T) {
	at := virtual(t)
	r, events := observe(t, Config{Reader: "Virtual PCD 00 00"})
	for e := range events { // pcscd takes this reader up a little after it has begun
		if e.Kind == smartcard.ReaderReady {
			break
		}
	}
	for range 2 {
		remove := insert(t, at, nhi(t), always)
		smartcardtest.Expect(t, events, smartcard.CardInserted)
		if card, err := read(within(t, 10*time.Second), r); err != nil || card.ID.Reveal() != "A123456789" {
			t.Fatalf("%v", err)
		}
		remove()
		smartcardtest.Expect(t, events, smartcard.CardRemoved)
	}
	insert(t, at, nhi(t), func(command []byte) bool { return command[1] != 0xCA }) // gone at GET DATA
	smartcardtest.Expect(t, events, smartcard.CardInserted)
	if _, err := read(within(t, 10*time.Second), r); !errors.Is(err, smartcard.ErrCardRemoved) {
		t.Errorf("pulled out: %v", err)
	}
	smartcardtest.Expect(t, events, smartcard.CardRemoved)
}

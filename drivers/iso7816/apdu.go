package iso7816

import (
	"context"
	"fmt"
)

// Status is the pair SW1 SW2 of a response.
type Status uint16

// OK is 90 00.
const OK Status = 0x9000

func (s Status) String() string { return fmt.Sprintf("%04X", uint16(s)) }

// Response is a response APDU: its data and its status.
type Response struct {
	Data   []byte
	Status Status
}

// ParseResponse splits a response APDU; ErrShort when it has no two status bytes.
func ParseResponse(b []byte) (Response, error) {
	n := len(b) - 2
	if n < 0 {
		return Response{}, ErrShort
	}
	return Response{Data: b[:n:n], Status: Status(b[n])<<8 | Status(b[n+1])}, nil
}

// Command is a command APDU of the short form.
type Command struct {
	CLA, INS, P1, P2 byte
	Data             []byte // at most 255 bytes
	Ne               int    // bytes expected, 1 to 256; 0 sends no Le
}

// Bytes writes the APDU; ErrCommand when Data or Ne is out of range.
func (c Command) Bytes() ([]byte, error) {
	if len(c.Data) > 255 || c.Ne < 0 || c.Ne > 256 {
		return nil, ErrCommand
	}
	out := []byte{c.CLA, c.INS, c.P1, c.P2}
	if len(c.Data) > 0 {
		out = append(append(out, byte(len(c.Data))), c.Data...)
	}
	if c.Ne > 0 {
		out = append(out, byte(c.Ne))
	}
	return out, nil
}

// ParseCommand reads a command APDU of the short form.
func ParseCommand(b []byte) (Command, error) {
	if len(b) < 4 {
		return Command{}, ErrCommand
	}
	c := Command{CLA: b[0], INS: b[1], P1: b[2], P2: b[3]}
	rest := b[4:]
	if len(rest) > 1 {
		n := int(rest[0])
		if n == 0 || len(rest) < 1+n || len(rest) > 2+n {
			return Command{}, ErrCommand
		}
		c.Data, rest = append([]byte(nil), rest[1:1+n]...), rest[1+n:]
	}
	if len(rest) == 1 {
		c.Ne = int(rest[0])
		if c.Ne == 0 {
			c.Ne = 256
		}
	}
	return c, nil
}

// maxFollow bounds the GET RESPONSE commands one command may need.
const maxFollow = 32

// Send transmits a command and follows the card: 61xx is fetched with GET RESPONSE, 6Cxx is asked again
// with the length the card named. Response.Data is everything the card gave.
func Send(ctx context.Context, t Transmitter, apdu []byte) (Response, error) {
	var data []byte
	mended := false
	for range maxFollow {
		raw, err := t.Transmit(ctx, apdu)
		if err != nil {
			return Response{}, err
		}
		r, err := ParseResponse(raw)
		if err != nil {
			return Response{}, err
		}
		data = append(data, r.Data...)
		switch {
		case r.Status>>8 == 0x61:
			apdu = []byte{apdu[0] &^ 0x10, 0xC0, 0, 0, byte(r.Status)}
			mended = false
		case r.Status>>8 == 0x6C && !mended:
			apdu = corrected(apdu, byte(r.Status))
			mended = true
		default:
			return Response{Data: data, Status: r.Status}, nil
		}
	}
	return Response{}, fmt.Errorf("card never finishes its answer: %w", ErrAborted)
}

// corrected is a command with the length that the card named. One that sends data and says how much it expects is sent again
// whole; of any other the card took the fifth byte for Le, as T=0 does: its head goes out with the right one.
func corrected(apdu []byte, le byte) []byte {
	if c, err := ParseCommand(apdu); err == nil && len(c.Data) > 0 && c.Ne > 0 {
		return append(append([]byte(nil), apdu[:len(apdu)-1]...), le)
	}
	return append(append([]byte(nil), apdu[:4]...), le)
}

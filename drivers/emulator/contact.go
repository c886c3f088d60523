package emulator

import "bytes"

const defaultFiDi = 0x11

// contact is a card under power: what it has agreed with the reader since its
// answer to reset.
type contact struct {
	card  Card
	speed byte // Fi and Di the card now talks at
	fresh bool // nothing but the answer to reset has been said: PPS may come
	t1    *t1
	t0    *t0
}

func newContact(c Card) *contact {
	k := &contact{card: c, speed: defaultFiDi, fresh: true}
	if c.protocol == 1 {
		k.t1 = newT1(c.applet)
	} else {
		k.t0 = &t0{applet: c.applet}
	}
	return k
}

// isPPS tells a protocol and parameters selection from any other first bytes:
// FF is neither a node address nor a class byte.
func (k *contact) isPPS(b []byte) bool {
	return k.fresh && len(b) > 0 && b[0] == 0xFF
}

// pps answers a request (ISO 7816-3, 9). A request that is not well formed or
// asks for another protocol gets no answer: false. An offer of a speed the
// card did not name is answered without it, and the default speed stays.
func (k *contact) pps(b []byte) ([]byte, bool) {
	if len(b) < 3 || lrc(b) != 0 || b[1]&0x0F != k.card.protocol || b[1]&0x80 != 0 {
		return nil, false
	}
	size := 3
	for _, bit := range []byte{0x10, 0x20, 0x40} {
		if b[1]&bit != 0 {
			size++
		}
	}
	if len(b) != size {
		return nil, false
	}
	k.fresh = false
	if b[1]&0x70 == 0x10 && (b[2] == fiDi(k.card.atr) || b[2] == defaultFiDi) {
		k.speed = b[2]
		return bytes.Clone(b), true
	}
	answer := []byte{0xFF, k.card.protocol}
	return append(answer, lrc(answer)), true
}

// exchange gives the card one block or command at the speed it talks at.
func (k *contact) exchange(b []byte, f Faults) []byte {
	k.fresh = false
	if k.t1 != nil {
		return k.t1.receive(b, f.Chunk, f.WTX)
	}
	return k.t0.receive(b)
}

// t0 is the card's side of T=0 as a TPDU reader shows it: the answer to a
// command with data waits for GET RESPONSE.
type t0 struct {
	applet func([]byte) []byte
	held   []byte // answer data that GET RESPONSE fetches
}

func (c *t0) receive(command []byte) []byte {
	if len(command) < 4 || (len(command) > 5 && len(command) != 5+int(command[4])) {
		return statusLength()
	}
	if command[0] == 0 && command[1] == insGetResponse {
		return c.getResponse(command)
	}
	c.held = nil
	answer := c.applet(command)
	data, status := answer[:len(answer)-2], answer[len(answer)-2:]
	if len(data) == 0 {
		return status
	}
	c.held = data
	return []byte{0x61, byte(len(data))}
}

func (c *t0) getResponse(command []byte) []byte {
	if len(c.held) == 0 {
		return []byte{0x69, 0x85}
	}
	if len(command) != 5 || int(command[4]) != len(c.held) {
		return []byte{0x6C, byte(len(c.held))}
	}
	answer := append(c.held, statusOK()...)
	c.held = nil
	return answer
}

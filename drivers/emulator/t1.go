package emulator

// t1 is the card's side of the T=1 block protocol (ISO 7816-3, 11), one
// instance for each power-on. It answers every block it is given: a real card
// would keep silent only over noise that never forms a block.
type t1 struct {
	applet func([]byte) []byte
	ns     byte // number of the next I-block to send
	nr     byte // number of the I-block expected
	ifsd   int  // longest information field the reader takes

	in     []byte // command so far, while the host chains
	out    []byte // answer still to send
	ready  []byte // answer held back while more time is asked for
	waits  int    // time requests still to make for this answer
	lastI  []byte // I-block the host has not acknowledged yet
	asking []byte // S-request the host has not answered yet
	chunk  int    // longest information field to send, 0 = no limit of its own
}

const (
	initialIFSD = 32
	maxIFS      = 254

	rEDC   = 1 // R-block error: redundancy code
	rOther = 2 // R-block error: anything else

	sResynch  = 0xC0
	sIFS      = 0xC1
	sAbort    = 0xC2
	sWTX      = 0xC3
	sResponse = 0x20

	wtxMultiplier = 1
)

func newT1(applet func([]byte) []byte) *t1 {
	return &t1{applet: applet, ifsd: initialIFSD}
}

// receive takes one block from the reader and returns the card's answer. chunk
// limits the card's information fields, waits is how many times it asks for
// more time before it answers a command.
func (c *t1) receive(block []byte, chunk, waits int) []byte {
	c.chunk = chunk
	if len(block) < 4 || int(block[2]) != len(block)-4 || block[2] > maxIFS {
		return c.again(rOther)
	}
	if lrc(block) != 0 {
		return c.again(rEDC)
	}
	if block[0]&0x88 != 0 {
		return c.again(rOther)
	}
	pcb, info := block[1], block[3:len(block)-1]
	var answer []byte
	switch {
	case pcb&0x80 == 0:
		answer = c.iBlock(pcb, info, waits)
	case pcb&0xC0 == 0x80:
		answer = c.rBlock(pcb, info)
	default:
		answer = c.sBlock(pcb, info)
	}
	return turn(answer, block[0])
}

// turn swaps source and destination in the node address and mends the LRC.
func turn(answer []byte, nad byte) []byte {
	out := append([]byte{nad>>4 | nad<<4}, answer[1:len(answer)-1]...)
	return append(out, lrc(out))
}

func blockOf(pcb byte, info []byte) []byte {
	b := append([]byte{0, pcb, byte(len(info))}, info...)
	return append(b, lrc(b))
}

// again says that the last block was not understood: an unanswered S-request
// is repeated (rule 7.3), otherwise an R-block asks for what is expected.
func (c *t1) again(why byte) []byte {
	if c.asking != nil {
		return c.asking
	}
	return c.rReady(why)
}

func (c *t1) rReady(why byte) []byte {
	return blockOf(0x80|c.nr<<4|why, nil)
}

func (c *t1) iBlock(pcb byte, info []byte, waits int) []byte {
	more := pcb&0x20 != 0
	switch {
	case pcb&0x1F != 0, pcb>>6&1 != c.nr, c.asking != nil, len(c.out) > 0:
		return c.again(rOther)
	case more && len(info) == 0, len(c.in)+len(info) > MaxData:
		return c.again(rOther)
	}
	c.nr ^= 1
	c.lastI = nil
	c.in = append(c.in, info...)
	if more {
		return c.rReady(0)
	}
	command := c.in
	c.in = nil
	c.ready = c.applet(command)
	c.waits = waits
	return c.answerOrWait()
}

func (c *t1) answerOrWait() []byte {
	if c.waits > 0 {
		c.waits--
		c.asking = blockOf(sWTX, []byte{wtxMultiplier})
		return c.asking
	}
	c.out, c.ready = c.ready, nil
	return c.nextI()
}

// nextI sends the next piece of the answer.
func (c *t1) nextI() []byte {
	n := min(len(c.out), c.ifsd)
	if c.chunk > 0 {
		n = min(n, c.chunk)
	}
	pcb := c.ns << 6
	if n < len(c.out) {
		pcb |= 0x20
	}
	c.lastI = blockOf(pcb, c.out[:n])
	c.out = c.out[n:]
	c.ns ^= 1
	return c.lastI
}

func (c *t1) rBlock(pcb byte, info []byte) []byte {
	if len(info) != 0 || pcb&0x2C != 0 || pcb&3 == 3 {
		return c.again(rOther)
	}
	wanted := pcb >> 4 & 1
	switch {
	case c.asking != nil:
		return c.asking
	case c.lastI != nil && wanted != c.ns:
		return c.lastI
	case len(c.out) > 0 && wanted == c.ns && pcb&3 == 0:
		return c.nextI()
	}
	return c.rReady(0)
}

func (c *t1) sBlock(pcb byte, info []byte) []byte {
	switch {
	case pcb == sResynch && len(info) == 0:
		*c = *newT1(c.applet)
		return blockOf(sResynch|sResponse, nil)
	case pcb == sIFS && len(info) == 1 && info[0] > 0 && info[0] <= maxIFS:
		c.ifsd = int(info[0])
		return blockOf(sIFS|sResponse, info)
	case pcb == sAbort && len(info) == 0:
		c.in, c.out, c.ready, c.asking, c.waits = nil, nil, nil, nil, 0
		return blockOf(sAbort|sResponse, nil)
	case pcb == sWTX|sResponse && c.asking != nil && len(info) == 1 && info[0] == wtxMultiplier:
		c.asking = nil
		return c.answerOrWait()
	}
	return c.again(rOther)
}

package emulator

import "bytes"

// bStatus and bError values of CCID 1.1, 6.2.6.
const (
	iccActive   = 0x00
	iccInactive = 0x01
	iccAbsent   = 0x02

	cmdFailed  = 0x40
	cmdTimeExt = 0x80

	errNotSupported = 0x00
	errBadLength    = 0x01
	errBadSlot      = 0x05
	errBadValue     = 0x07 // offset of bPowerSelect and bProtocolNum
	errEscape       = 0x0A // offset of the first byte of Escape data
	errParity       = 0xFD
	errMute         = 0xFE
)

// slot is the one card slot of a reader and what the CCID commands do with it.
type slot struct {
	card     Card // zero when the slot is empty
	contact  *contact
	protocol byte   // the reader's idea of the card's protocol
	params   []byte // the reader's protocol parameters
	passed   int    // bytes over the contacts since power-on
	blocks   int    // blocks the card has sent since power-on
	moves    []byte // movements not told yet, eventGone or eventHere
	firmware string
}

func (s *slot) insert(c Card) {
	if s.card.kind != "" {
		s.remove()
	}
	s.card = c
	s.moves = append(s.moves, eventHere)
}

func (s *slot) remove() {
	if s.card.kind == "" {
		return
	}
	s.card = Card{}
	s.powerOff()
	s.moves = append(s.moves, eventGone)
}

func (s *slot) powerOff() {
	s.contact = nil
	s.passed, s.blocks = 0, 0
	s.resetParameters()
}

func (s *slot) resetParameters() {
	s.protocol = 0
	s.params = []byte{defaultFiDi, 0, 0, 0x0A, 0}
}

func (s *slot) icc() byte {
	switch {
	case s.card.kind == "":
		return iccAbsent
	case s.contact == nil:
		return iccInactive
	}
	return iccActive
}

// execute does one CCID command. f.RemoveAt is set to 0 when it has struck.
func (s *slot) execute(m Message, f *Faults) Message {
	if m.Slot != 0 {
		return s.failed(m, errBadSlot)
	}
	switch m.Type {
	case hostEscape:
		return s.escape(m, *f)
	case hostSlotStatus:
		return s.ok(m, s.clock(), nil)
	case hostPowerOn:
		return s.powerOn(m, f)
	case hostPowerOff:
		s.powerOff()
		return s.ok(m, s.clock(), nil)
	case hostSetParameters:
		return s.setParameters(m)
	case hostResetParameters:
		s.resetParameters()
		return s.ok(m, s.protocol, bytes.Clone(s.params))
	case hostGetParameters:
		return s.ok(m, s.protocol, bytes.Clone(s.params))
	case hostXfrBlock:
		return s.xfrBlock(m, f)
	}
	return s.failed(m, errNotSupported)
}

// clock is bClockStatus: running only while the card has power.
func (s *slot) clock() byte {
	if s.icc() == iccActive {
		return 0
	}
	return 1
}

func (s *slot) escape(m Message, f Faults) Message {
	switch {
	case f.RefuseEscapes:
		return s.failed(m, errEscape)
	case len(m.Data) == 1 && m.Data[0] == 0x02:
		return s.ok(m, 0, []byte(s.firmware))
	case bytes.Equal(m.Data, []byte{1, 1, 1}):
		return s.ok(m, 0, nil)
	}
	return s.failed(m, errEscape)
}

func (s *slot) powerOn(m Message, f *Faults) Message {
	if m.Params[0] > 3 {
		return s.failed(m, errBadValue)
	}
	s.powerOff()
	if s.card.kind == "" || s.card.mute {
		return s.failed(m, errMute)
	}
	s.contact = newContact(s.card)
	atr := s.card.ATR()
	if s.pass(len(atr), f) {
		return s.failed(m, errMute)
	}
	return s.ok(m, 0, atr)
}

// pass counts bytes over the contacts and says whether the card was pulled out at one of them.
func (s *slot) pass(n int, f *Faults) (gone bool) {
	s.passed += n
	if f.RemoveAt == 0 || s.passed < f.RemoveAt {
		return false
	}
	f.RemoveAt = 0
	s.remove()
	return true
}

func (s *slot) setParameters(m Message) Message {
	if s.contact == nil {
		return s.failed(m, errMute)
	}
	sizes := []int{5, 7}
	protocol := m.Params[0]
	if int(protocol) >= len(sizes) {
		return s.failed(m, errBadValue)
	}
	if len(m.Data) != sizes[protocol] {
		return s.failed(m, errBadLength)
	}
	s.protocol, s.params = protocol, bytes.Clone(m.Data)
	return s.ok(m, protocol, m.Data)
}

// xfrBlock passes bytes to the card. A reader at TPDU level adds nothing: with
// another protocol or speed than the card's the card does not answer.
func (s *slot) xfrBlock(m Message, f *Faults) Message {
	if s.contact == nil || len(m.Data) == 0 {
		return s.failed(m, errMute)
	}
	var answer []byte
	switch k := s.contact; {
	case k.isPPS(m.Data):
		var ok bool
		if answer, ok = k.pps(m.Data); !ok || f.RefusePPS {
			s.powerOff()
			return s.failed(m, errMute)
		}
	case s.protocol != k.card.protocol:
		return s.failed(m, errMute)
	case s.params[0] != k.speed:
		return s.failed(m, errParity)
	default:
		answer = bytes.Clone(k.exchange(m.Data, *f))
		s.blocks++
		if k.t1 != nil && every(f.CardBadEDC, s.blocks) {
			answer[len(answer)-1] ^= 0x01
		}
	}
	if s.pass(len(m.Data)+len(answer), f) {
		return s.failed(m, errMute)
	}
	return s.ok(m, 0, answer)
}

func (s *slot) ok(m Message, last byte, data []byte) Message {
	return Message{Type: answerType(m.Type), Slot: m.Slot, Seq: m.Seq, Params: [3]byte{s.icc(), 0, last}, Data: data}
}

func (s *slot) failed(m Message, why byte) Message {
	last := byte(0)
	switch answerType(m.Type) {
	case readerSlotStatus:
		last = s.clock()
	case readerParameters:
		last = s.protocol
	}
	return Message{Type: answerType(m.Type), Slot: m.Slot, Seq: m.Seq, Params: [3]byte{cmdFailed | s.icc(), why, last}}
}

// timeExtension asks the host for one more unit of waiting time.
func timeExtension(m Message) Message {
	return Message{Type: answerType(m.Type), Slot: m.Slot, Seq: m.Seq, Params: [3]byte{cmdTimeExt | iccActive, 1, 0}}
}

func answerType(host byte) byte {
	switch host {
	case hostEscape:
		return readerEscape
	case hostPowerOn, hostXfrBlock:
		return readerData
	case hostSetParameters, hostGetParameters, hostResetParameters:
		return readerParameters
	}
	return readerSlotStatus
}

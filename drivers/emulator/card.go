package emulator

import (
	"bytes"
	"errors"
)

// Card is a chip card; it is a value that does not change, so one Card may be
// put into several readers. What a power-on begins lives in the reader.
type Card struct {
	kind     string
	atr      []byte
	protocol byte // 0 or 1
	mute     bool
	applet   func(command []byte) []byte
}

// Kind says what was made: nhi, new, t0, foreign, hpc or mute; "" for the zero
// Card, which is no card.
func (c Card) Kind() string { return c.kind }

// ATR returns a copy of the card's answer to reset.
func (c Card) ATR() []byte { return bytes.Clone(c.atr) }

// Answer is the card's response to a command APDU, as a reader that does the card's protocol itself shows it.
func (c Card) Answer(command []byte) []byte { return c.applet(command) }

type making struct {
	chip    Chip
	pad     Padding
	rawName []byte
	record  []byte
}

// Option changes how a card of a Holder is made.
type Option func(*making)

// WithChip chooses the answer to reset.
func WithChip(c Chip) Option { return func(m *making) { m.chip = c } }

// WithPadding chooses what follows the name.
func WithPadding(p Padding) Option { return func(m *making) { m.pad = p } }

// WithRawName puts these bytes (20 are used) where the Big5 name belongs.
func WithRawName(b []byte) Option {
	return func(m *making) { m.rawName = append([]byte{}, b...) }
}

// WithRecord makes the card answer GET DATA with these bytes, at most 254,
// whatever the Holder says: for records that no real card should have.
func WithRecord(b []byte) Option {
	return func(m *making) { m.record = append([]byte{}, b...) }
}

// NHI makes a National Health Insurance card. It is an error if h can not be
// written on a card.
func NHI(h Holder, opts ...Option) (Card, error) {
	atr, record, err := mint(h, ChipTHCC10N2, opts)
	if err != nil {
		return Card{}, err
	}
	return Card{kind: "nhi", atr: atr, protocol: 1, applet: nhiApplet(record, statusOK)}, nil
}

// NewCard makes a card of the kind issued since late 2025: SELECT answers
// 6D00 and GET DATA works at once (one public report, on an SLJ52G chip).
func NewCard(h Holder, opts ...Option) (Card, error) {
	atr, record, err := mint(h, ChipSLJ52, opts)
	if err != nil {
		return Card{}, err
	}
	return Card{kind: "new", atr: atr, protocol: 1, applet: nhiApplet(record, statusNoINS)}, nil
}

// T0 makes an NHI card that speaks T=0: no such card is known, drivers handle
// it all the same. Its answer to reset has no TA1, and WithChip has no effect.
func T0(h Holder, opts ...Option) (Card, error) {
	_, record, err := mint(h, ChipTHCC10N2, opts)
	if err != nil {
		return Card{}, err
	}
	atr, err := fromHex(t0ATR)
	return Card{kind: "t0", atr: atr, protocol: 0, applet: nhiApplet(record, statusOK)}, err
}

// HPC makes a health professional card (醫事人員卡): it knows no NHI applet.
func HPC() Card {
	return otherCard("hpc", hpcATR, false, []byte{0x6A, 0x86})
}

// Foreign makes some T=1 card that has nothing to do with health.
func Foreign() Card {
	return otherCard("foreign", foreignATR, true, []byte{0x6D, 0x00})
}

// Mute makes a card that never answers to reset: dead, dirty or upside down.
func Mute() Card { return Card{kind: "mute", mute: true} }

func otherCard(kind, atrHex string, tck bool, getData []byte) Card {
	atr, err := fromHex(atrHex)
	if err != nil {
		panic("emulator: built-in ATR: " + err.Error())
	}
	if tck {
		atr = withTCK(atr)
	}
	return Card{kind: kind, atr: atr, protocol: 1, applet: func(c []byte) []byte {
		switch {
		case len(c) < 4:
			return statusLength()
		case c[1] == insSelect:
			return []byte{0x6A, 0x82}
		case c[1] == insGetData:
			return bytes.Clone(getData)
		}
		return statusNoINS()
	}}
}

func mint(h Holder, chip Chip, opts []Option) (atr, record []byte, err error) {
	m := making{chip: chip}
	for _, o := range opts {
		o(&m)
	}
	if atr, err = m.chip.ATR(); err != nil {
		return nil, nil, err
	}
	if m.record != nil {
		if len(m.record) > 254 {
			return nil, nil, errors.New("a record has at most 254 bytes")
		}
		return atr, m.record, nil
	}
	record, err = h.record(m.pad, m.rawName)
	return atr, record, err
}

const (
	insSelect      = 0xA4
	insGetData     = 0xCA
	insGetResponse = 0xC0
)

func statusOK() []byte     { return []byte{0x90, 0x00} }
func statusNoINS() []byte  { return []byte{0x6D, 0x00} }
func statusLength() []byte { return []byte{0x67, 0x00} }

// nhiAID is the application of the NHI card's public data.
func nhiAID() []byte {
	return []byte{0xD1, 0x58, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x11, 0}
}

// nhiApplet answers the two public commands; selected is what SELECT of the
// right application answers.
func nhiApplet(record []byte, selected func() []byte) func([]byte) []byte {
	return func(c []byte) []byte {
		if len(c) < 4 {
			return statusLength()
		}
		if c[0] != 0 {
			return []byte{0x6E, 0x00}
		}
		data, ok := commandData(c)
		if !ok {
			return statusLength()
		}
		switch c[1] {
		case insSelect:
			if answer := selected(); !bytes.Equal(answer, statusOK()) {
				return answer
			}
			if c[2] != 4 || c[3] != 0 || !bytes.Equal(data, nhiAID()) {
				return []byte{0x6A, 0x82}
			}
			return statusOK()
		case insGetData:
			if c[2] != 0x11 || c[3] != 0 {
				return []byte{0x6A, 0x86}
			}
			if !bytes.Equal(data, []byte{0, 0}) {
				return statusLength()
			}
			return append(bytes.Clone(record), 0x90, 0x00)
		}
		return statusNoINS()
	}
}

// commandData returns the data field of a short command APDU, cases 1 to 4;
// false means that its lengths do not agree.
func commandData(c []byte) ([]byte, bool) {
	if len(c) <= 5 {
		return nil, true
	}
	lc := int(c[4])
	if lc == 0 || (len(c) != 5+lc && len(c) != 6+lc) {
		return nil, false
	}
	return c[5 : 5+lc], true
}

package serialccid

import (
	"bytes"

	"ezhitong.tw/drivers/iso7816"
	"ezhitong.tw/drivers/smartcard"
)

func (c *Conn) trace(p smartcard.Piece) {
	if c.cfg.Trace != nil {
		c.cfg.Trace(p)
	}
}

// next gives the next thing the reader said.
func (c *Conn) next() (token, bool) {
	tok, ok := c.dec.next()
	if ok {
		tok = c.heard(tok)
	}
	return tok, ok
}

// heard traces what the reader said.
func (c *Conn) heard(tok token) token {
	if c.cfg.Trace != nil {
		c.trace(smartcard.NewPiece(smartcard.FromReader, tok.Raw, personal(tok, c.asked)))
	}
	return tok
}

// personal names the bytes that may have come from a card's memory. Of a sound frame they are the information field of a
// block, but for its status, and every check byte over them; what belongs to no sound frame is hidden whole.
func personal(tok token, asked byte) func(int) bool {
	switch tok.Kind {
	case tokenNAK, tokenRemoved, tokenInserted, tokenTime:
		return nil
	case tokenGarbage:
		return all
	}
	if tok.Msg.BadLRC {
		return all
	}
	if tok.Msg.Kind != ansDataBlock {
		return nil
	}
	from, to := personalData(tok.Msg.Data, asked)
	if from >= to {
		return nil
	}
	size := len(tok.Raw)
	return func(i int) bool {
		at := i - 2 - headLen
		return at >= from && at < to || i == size-1 || at == len(tok.Msg.Data)-1 && to < len(tok.Msg.Data)-2
	}
}

func all(int) bool { return true }

// personalData gives the part of a data block that may be personal.
func personalData(data []byte, asked byte) (from, to int) {
	if _, err := iso7816.ParseATR(data); err == nil && asked == cmdPowerOn {
		return 0, 0
	}
	if len(data) >= 3 && data[0] == 0xFF && lrc(data) == 0 { // PPS
		return 0, 0
	}
	if b, err := iso7816.ParseBlock(data, false); err == nil {
		switch {
		case b.Kind != iso7816.IBlock, !b.More && len(b.Info) <= 2:
			return 0, 0
		case b.More:
			return 3, len(data)
		}
		return 3, len(data) - 3
	}
	if len(data) <= 2 || bytes.HasSuffix(data, []byte{0x90, 0}) { // T=0
		return 0, len(data) - 2
	}
	return 0, len(data)
}

package iso7816

import "context"

// T0 sends commands to a card that speaks T=0 through a reader which does the procedure bytes itself.
// 61xx and 6Cxx come back as they are: Send follows them.
type T0 struct{ blocks Blocks }

// NewT0 returns the protocol over b.
func NewT0(b Blocks) *T0 { return &T0{blocks: b} }

// Transmit sends a command of the short form. T=0 has one length byte, so a command with data leaves its Le
// out, and one with neither sends 00.
func (t *T0) Transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	c, err := ParseCommand(apdu)
	if err != nil {
		return nil, err
	}
	tpdu := []byte{c.CLA, c.INS, c.P1, c.P2, 0}
	switch {
	case len(c.Data) > 0:
		tpdu[4] = byte(len(c.Data))
		tpdu = append(tpdu, c.Data...)
	case c.Ne > 0:
		tpdu[4] = byte(c.Ne)
	}
	answer, err := t.blocks.Exchange(ctx, tpdu, 0)
	if err != nil {
		return nil, err
	}
	if len(answer) < 2 {
		return nil, ErrShort
	}
	return answer, nil
}

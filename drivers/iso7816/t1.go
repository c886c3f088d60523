package iso7816

import (
	"context"
	"errors"
	"fmt"
)

const (
	// retries is how often a block is asked for again before the next stronger means (ISO/IEC 7816-3, 11.6.3.2).
	retries = 3
	// rounds is how often one command survives a resynchronisation.
	rounds = 2
	// firstIFS is the information field size both sides begin with when nothing else is said.
	firstIFS = 32
)

// T1Params is what the answer to reset says about T=1.
type T1Params struct {
	IFSC byte // longest information field the card takes; 0 means 32
	CRC  bool // blocks end in a CRC
}

// T1 is the reader's side of T=1 for one card since its last reset. It is not safe for concurrent use.
type T1 struct {
	blocks Blocks
	params T1Params
	ifsc   int
	ns, nr byte // number of our next I-block, number expected from the card
	dead   bool
	faults int
}

// NewT1 starts the protocol with a card that has just been reset.
func NewT1(b Blocks, p T1Params) *T1 {
	if p.IFSC == 0 || p.IFSC == 0xFF {
		p.IFSC = firstIFS
	}
	return &T1{blocks: b, params: p, ifsc: int(p.IFSC)}
}

// Dead says whether the card must be reset before it can be used again.
func (t *T1) Dead() bool { return t.dead }

// Faults counts the blocks that had to be asked for again since the reset.
func (t *T1) Faults() int { return t.faults }

// errLost means that asking again did not help and a resynchronisation is due.
var errLost = errors.New("no valid block after three requests")

// Negotiate tells the card how long a block it may send (IFSD, 1 to 254). A card that refuses keeps 32 and
// chains its longer answers, so the error may be ignored.
func (t *T1) Negotiate(ctx context.Context, ifsd byte) error {
	request := Block{Kind: SBlock, Code: IFS, Info: []byte{ifsd}}
	return t.supervise(ctx, request)
}

// supervise sends a supervisory request until its answer comes, retries times at most.
func (t *T1) supervise(ctx context.Context, request Block) error {
	out, factor := request, byte(0)
	for tries := 0; tries < retries; {
		in, err := t.exchange(ctx, out, factor)
		out, factor = request, 0
		switch {
		case fatal(err):
			return err
		case err != nil:
		case in.Kind == SBlock && in.Reply && in.Code == request.Code && string(in.Info) == string(request.Info):
			return nil
		case in.Kind == SBlock && !in.Reply && in.Code != Resynch:
			out, factor = t.reply(in)
			if in.Code == WTX {
				continue
			}
		}
		t.faults++
		tries++
	}
	return fmt.Errorf("S-block %d unanswered: %w", request.Code, errLost)
}

// Transmit sends one APDU, chaining both ways, and returns the response whole. ErrDead means that the card
// needs a reset, ErrAborted that it broke off a chain.
func (t *T1) Transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	if t.dead {
		return nil, ErrDead
	}
	if len(apdu) < 4 {
		return nil, ErrCommand
	}
	for range rounds {
		answer, err := t.once(ctx, apdu)
		if !errors.Is(err, errLost) {
			return answer, err
		}
		if err := t.resynch(ctx); err != nil {
			t.dead = true
			if errors.Is(err, errLost) {
				return nil, ErrDead
			}
			return nil, err
		}
	}
	t.dead = true
	return nil, ErrDead
}

func (t *T1) resynch(ctx context.Context) error {
	if err := t.supervise(ctx, Block{Kind: SBlock, Code: Resynch}); err != nil {
		return err
	}
	t.ns, t.nr, t.ifsc = 0, 0, int(t.params.IFSC)
	return nil
}

// once runs one command from its first block to the last block of the response.
func (t *T1) once(ctx context.Context, apdu []byte) ([]byte, error) {
	var (
		answer  []byte
		rest    = apdu
		sent    Block // our latest I-block, to be repeated when the card asks
		acked   bool  // the card has answered our last I-block, it is its turn
		aborted bool
		bad     int
		factor  byte
	)
	next := func() Block {
		n := min(len(rest), t.ifsc)
		sent = Block{Kind: IBlock, Seq: t.ns, More: n < len(rest), Info: rest[:n]}
		rest = rest[n:]
		return sent
	}
	out := next()
	for {
		in, err := t.exchange(ctx, out, factor)
		factor = 0
		if fatal(err) {
			return nil, err
		}
		fault := OtherFault
		switch {
		case errors.Is(err, ErrBlockCheck):
			fault = EDCFault
		case err != nil:
		case in.Kind == SBlock && !in.Reply && in.Code != Resynch:
			out, factor = t.reply(in)
			aborted = aborted || in.Code == Abort
			bad = 0 // a sound block; how long a card may go on asking is for ctx to say
			continue
		case in.Kind == RBlock && aborted:
			t.ns = in.Seq
			return nil, ErrAborted
		case in.Kind == IBlock && in.Seq == t.nr && (!sent.More || aborted):
			if !acked {
				acked = true
				t.ns ^= 1
			}
			t.nr ^= 1
			answer = append(answer, in.Info...)
			if !in.More {
				return answer, nil
			}
			out, bad = Block{Kind: RBlock, Seq: t.nr}, 0
			continue
		case in.Kind == RBlock && !acked && in.Seq != t.ns && sent.More:
			t.ns ^= 1
			out, bad = next(), 0
			continue
		case in.Kind == RBlock && !acked && in.Seq == t.ns:
			if t.again(&bad) {
				out = sent
				continue
			}
			return nil, errLost
		case in.Kind == RBlock && acked:
			fault = NoFault
		}
		if !t.again(&bad) {
			return nil, errLost
		}
		out = Block{Kind: RBlock, Seq: t.nr, Fault: fault}
	}
}

func (t *T1) again(bad *int) bool {
	*bad++
	t.faults++
	return *bad <= retries
}

// reply answers a supervisory request of the card and gives the waiting factor of the next exchange.
func (t *T1) reply(in Block) (Block, byte) {
	factor := byte(0)
	switch in.Code {
	case IFS:
		if v := in.Info[0]; v != 0 && v != 0xFF {
			t.ifsc = int(v)
		}
	case WTX:
		factor = max(in.Info[0], 1)
	}
	return Block{Kind: SBlock, Code: in.Code, Reply: true, Info: in.Info}, factor
}

func (t *T1) exchange(ctx context.Context, out Block, factor byte) (Block, error) {
	if err := ctx.Err(); err != nil {
		return Block{}, err
	}
	raw, err := out.Bytes(t.params.CRC)
	if err != nil {
		return Block{}, err
	}
	answer, err := t.blocks.Exchange(ctx, raw, factor)
	if err != nil {
		return Block{}, err
	}
	return ParseBlock(answer, t.params.CRC)
}

// fatal tells an error that ends everything from one that T=1 repairs by asking again.
func fatal(err error) bool {
	return err != nil && !errors.Is(err, ErrNoBlock) && !errors.Is(err, ErrBlock) && !errors.Is(err, ErrBlockCheck)
}

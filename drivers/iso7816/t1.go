package iso7816

import (
	"context"
	"errors"
	"fmt"
)

const (
	// attempts is how often in a row a sound block may fail to come before the next stronger means (ISO/IEC 7816-3, 11.6.3.2,
	// rules 7.4.2 and 6.4).
	attempts = 3
	// rounds is how often one command is begun: once more after a resynchronisation.
	rounds = 2
	// firstIFS is the information field size both sides begin with when nothing else is said.
	firstIFS = 32
	// maxAnswer is the longest response there is, in bytes, and the most blocks that one may come in.
	maxAnswer = 1<<16 + 2
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
	astray bool // a command was given up half-way: only a resynchronisation tells what the card thinks
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

// supervise sends a supervisory request until its answer comes, as often as attempts says (rule 7.3).
func (t *T1) supervise(ctx context.Context, request Block) error {
	out, factor := request, byte(0)
	for tries := 0; tries < attempts; {
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
// needs a reset, ErrAborted that it broke off a chain, ErrEndless that its response was broken off. After any other error
// the next command begins with a resynchronisation: the card may still hold the answer to this one.
func (t *T1) Transmit(ctx context.Context, apdu []byte) ([]byte, error) {
	if t.dead {
		return nil, ErrDead
	}
	if len(apdu) < 4 {
		return nil, ErrCommand
	}
	for range rounds {
		if t.astray {
			if err := t.resynch(ctx); errors.Is(err, errLost) {
				break
			} else if err != nil {
				return nil, err
			}
		}
		t.astray = true
		e := transfer{T1: t, rest: apdu}
		answer, err := e.run(ctx)
		if !errors.Is(err, errLost) {
			t.astray = err != nil && !errors.Is(err, ErrAborted)
			return answer, err
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

// transfer is one command on its way, from its first block to the last block of the response.
type transfer struct {
	*T1
	rest    []byte // of the command, still to be sent
	sent    Block  // our latest I-block, to be repeated when the card asks
	acked   bool   // the card has answered our last I-block, it is its turn
	aborted bool
	answer  []byte
	blocks  int // of the answer
	bad     int // attempts in a row that brought no sound block
	asked   int // how often the card has asked for sent
}

// next cuts the next I-block off the command.
func (e *transfer) next() Block {
	n := min(len(e.rest), e.ifsc)
	e.sent = Block{Kind: IBlock, Seq: e.ns, More: n < len(e.rest), Info: e.rest[:n]}
	e.rest = e.rest[n:]
	e.asked = 0
	return e.sent
}

func (e *transfer) run(ctx context.Context) ([]byte, error) {
	out, factor := e.next(), byte(0)
	for {
		in, err := e.exchange(ctx, out, factor)
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
			out, factor = e.reply(in)
			if in.Code == Abort { // what came of a chain of the card's own is void
				e.aborted, e.answer = true, nil
			}
			e.bad = 0 // a sound block; how long a card may go on asking is for ctx to say
			continue
		case in.Kind == RBlock && e.aborted:
			e.ns = in.Seq
			return nil, ErrAborted
		case in.Kind == IBlock && in.Seq == e.nr && (!e.sent.More || e.aborted):
			e.take(in)
			if !in.More {
				return e.answer, nil
			}
			if len(e.answer) > maxAnswer || e.blocks > maxAnswer {
				return nil, e.breakOff(ctx)
			}
			out = Block{Kind: RBlock, Seq: e.nr}
			continue
		case in.Kind == RBlock && !e.acked && in.Seq != e.ns && e.sent.More:
			e.ns ^= 1
			out, e.bad = e.next(), 0
			continue
		case in.Kind == RBlock && !e.acked && in.Seq == e.ns:
			if e.asked++; e.asked == attempts {
				return nil, errLost
			}
			e.faults++
			out, e.bad = e.sent, 0
			continue
		}
		e.faults++
		if e.bad++; e.bad == attempts {
			return nil, errLost
		}
		if out.Kind != RBlock { // one that was sent already is sent again as it was (rule 7.2)
			out = Block{Kind: RBlock, Seq: e.nr, Fault: fault}
		}
	}
}

// take adds an I-block to the answer.
func (e *transfer) take(in Block) {
	if !e.acked {
		e.acked = true
		e.ns ^= 1
	}
	e.nr ^= 1
	e.answer = append(e.answer, in.Info...)
	e.blocks++
	e.bad = 0
}

// breakOff ends the card's chain, which is longer than any response (rule 9).
func (e *transfer) breakOff(ctx context.Context) error {
	if err := e.supervise(ctx, Block{Kind: SBlock, Code: Abort}); err != nil {
		return err
	}
	return ErrEndless
}

// reply answers a supervisory request of the card and gives the waiting factor of the next exchange.
func (t *T1) reply(in Block) (Block, byte) {
	factor := byte(0)
	switch in.Code {
	case IFS:
		t.ifsc = int(in.Info[0])
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
	in, err := ParseBlock(answer, t.params.CRC)
	if err == nil && in.NAD != 0 {
		err = fmt.Errorf("node address %02X: %w", in.NAD, ErrBlock)
	}
	return in, err
}

// fatal tells an error that ends everything from one that T=1 repairs by asking again.
func fatal(err error) bool {
	return err != nil && !errors.Is(err, ErrNoBlock) && !errors.Is(err, ErrBlock) && !errors.Is(err, ErrBlockCheck)
}

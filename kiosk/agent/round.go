package agent

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// ended reports a problem after which central has nothing more to say to this
// device.
func ended(p syncproto.Problem) bool {
	switch p.Code {
	case syncproto.ProblemRevoked, syncproto.ProblemUnknownDevice, syncproto.ProblemFork, syncproto.ProblemKeyRetired:
		return true
	}
	return false
}

// session is an open conversation with central.
type session struct {
	id      string
	channel *noise.Channel
	opened  time.Time
	version int
	self    replica.Identity
	asked   time.Time // when central last told the site's devices
	standby bool      // central has told the standby list
	noLists bool      // central knows of no standby lists
	stocked int64     // the cursor up to which every line of the stock is here; -1 while none is known
	noStock bool      // central knows of no stock
}

// sessionAge is when a new handshake is due.
const sessionAge = time.Hour

// Round brings both sides up to date once: what waits goes up, then what is new
// comes down. Any error leaves both sides as they were before the step that
// failed; the next round goes on from there. Where central has forgotten the session
// and nothing waits to be sent, the round ends with that: see restartSpread.
func (a *Agent) Round(ctx context.Context) error {
	talking := a.session != nil
	err := a.round(ctx)
	if talking && errors.Is(err, syncproto.Problem{Code: syncproto.ProblemUnknownSession}) {
		out, fault := a.cfg.Replica.Outbox(ctx, 1)
		if fault == nil && len(out.Ops) == 0 {
			a.session = nil
			return fmt.Errorf("%w: %w", errForgotten, err)
		}
	}
	var problem syncproto.Problem
	if errors.As(err, &problem) && (problem.Code == syncproto.ProblemUnknownSession || problem.Code == syncproto.ProblemGap) || errors.Is(err, replica.ErrOwn) {
		a.session = nil // central was restarted, counts differently, or has to tell rows whole: greet again, once
		err = a.round(ctx)
	}
	if err != nil && !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemBusy}) { // whoever is told to wait keeps the session
		a.session = nil
	}
	return err
}

// errForgotten says that central has forgotten a session that was at work: it was
// started again.
var errForgotten = errors.New("central has forgotten the session")

func (a *Agent) round(ctx context.Context) error {
	if a.session != nil && a.cfg.Replica.Now().Sub(a.session.opened).Abs() > sessionAge {
		a.session = nil
	}
	if a.session == nil {
		if err := a.connect(ctx); err != nil {
			return fmt.Errorf("connect to central: %w", err)
		}
	}
	if err := a.push(ctx); err != nil {
		return fmt.Errorf("push: %w", err)
	}
	if err := a.verdicts(ctx); err != nil {
		return fmt.Errorf("ask for verdicts: %w", err)
	}
	neighbours, err := a.neighbours(ctx)
	if err != nil {
		return fmt.Errorf("ask for the site's devices: %w", err)
	}
	if neighbours != nil {
		if err := a.carry(ctx, *neighbours); err != nil {
			return fmt.Errorf("carry others' events: %w", err)
		}
	}
	if err := a.pull(ctx); err != nil {
		return fmt.Errorf("pull: %w", err)
	}
	if neighbours != nil {
		if err := a.cfg.Replica.TakeNeighbours(ctx, *neighbours); err != nil {
			return err
		}
	}
	if err := a.standby(ctx); err != nil {
		return fmt.Errorf("ask for the standby list: %w", err)
	}
	if err := a.stock(ctx); err != nil {
		return fmt.Errorf("ask for the stock: %w", err)
	}
	return nil
}

func (a *Agent) connect(ctx context.Context) error {
	self, err := a.cfg.Replica.Identity(ctx)
	if err != nil {
		return err
	}
	dialing, message, err := a.dial(self)
	if err != nil {
		return fmt.Errorf("begin the handshake: %w", err)
	}
	id, answer, err := a.cfg.Link.Handshake(ctx, message)
	if err != nil {
		return err
	}
	channel, err := dialing.Finish(answer)
	if err != nil {
		return fmt.Errorf("finish the handshake: %w", err)
	}
	s := &session{id: id, channel: channel, self: self, stocked: -1}
	hello, err := a.hello(ctx, self)
	if err != nil {
		return err
	}
	welcome, err := call[syncproto.Welcome](ctx, a, s, hello)
	if errors.Is(err, syncproto.Problem{Code: syncproto.ProblemRevoked}) {
		return a.handIn(ctx, s, err)
	}
	if err != nil {
		return err
	}
	if err := a.welcome(ctx, welcome); err != nil {
		return fmt.Errorf("take over the welcome: %w", err)
	}
	if err := a.renew(ctx, s); err != nil {
		return err
	}
	s.opened, s.version = a.cfg.Replica.Now(), welcome.Version
	a.session = s
	return nil
}

func (a *Agent) welcome(ctx context.Context, w syncproto.Welcome) error {
	defer a.cfg.Replica.HoldBase()()
	return a.cfg.Replica.Welcome(ctx, w)
}

// renew asks for a longer grant and for new keys of central and keeps what may
// be taken. What may not is logged and left: the device works on with what it
// has.
func (a *Agent) renew(ctx context.Context, s *session) error {
	renewal, err := call[syncproto.Renewal](ctx, a, s, syncproto.Renew{Keys: s.self.Central.ID(), Expires: s.self.Grant.Expires})
	if err != nil {
		return err
	}
	if renewal.Grant == nil {
		return nil
	}
	held, err := s.self.Holder()
	if err != nil {
		return err
	}
	next, err := held.Take(renewal, a.cfg.Replica.Now().Unix())
	if err != nil {
		a.cfg.Log.Error("central's renewal is refused", "err", err)
		return nil
	}
	self := s.self
	self.Grant, self.Central = next.Grant, next.Keys
	if err := a.cfg.Replica.SaveIdentity(ctx, self); err != nil {
		return fmt.Errorf("keep the renewed grant: %w", err)
	}
	s.self = self
	a.cfg.Log.Info("grant renewed", "until", time.Unix(next.Grant.Expires, 0).UTC())
	return nil
}

// handIn pushes what waits in a session in which central tells nothing any more:
// people there judge it. The refusal stays the round's outcome.
func (a *Agent) handIn(ctx context.Context, s *session, refused error) error {
	a.session = s
	defer func() { a.session = nil }()
	err := a.push(ctx)
	if err == nil {
		err = a.repeat(ctx)
	}
	if errors.Is(err, syncproto.Problem{Code: syncproto.ProblemGap}) { // it was restored from a backup, which no welcome tells
		if err = a.cfg.Replica.Unacknowledge(ctx); err == nil {
			err = a.push(ctx)
		}
	}
	if err != nil {
		a.cfg.Log.Warn("hand in what waits", "err", err)
	}
	return refused
}

// repeat pushes the last acknowledged event once more, to see that central has it.
func (a *Agent) repeat(ctx context.Context) error {
	out, err := a.cfg.Replica.Acknowledged(ctx)
	if err != nil || len(out.Ops) == 0 {
		return err
	}
	_, err = a.send(ctx, out)
	return err
}

func (a *Agent) dial(self replica.Identity) (*noise.Dialing, []byte, error) {
	if !bytes.Equal(a.static.Private[:], self.Noise) { // worked out once
		var err error
		if a.static, err = noise.KeyOf([32]byte(self.Noise)); err != nil {
			return nil, nil, err
		}
	}
	return noise.Dial(noise.DialConfig{
		Static: a.static, Server: [32]byte(self.Central.Noise), PSK: [32]byte(self.Grant.PSK), Random: rand.Reader,
	})
}

func (a *Agent) hello(ctx context.Context, self replica.Identity) (syncproto.Hello, error) {
	defer a.cfg.Replica.HoldBase()()
	a.cfg.Replica.Recount() // from here on what lies on the disk is compared with central
	at, err := a.cfg.Replica.Position(ctx)
	if err != nil {
		return syncproto.Hello{}, err
	}
	status, out, err := a.status(ctx)
	if err != nil {
		return syncproto.Hello{}, err
	}
	buckets, err := a.cfg.Replica.Buckets(ctx, syncproto.HelloDay(status.Wall))
	if err != nil {
		return syncproto.Hello{}, err
	}
	digest := syncproto.SumOf(buckets)
	return syncproto.Hello{
		MinVersion: syncproto.Oldest, MaxVersion: cmp.Or(a.cfg.Version, syncproto.Version), Build: a.cfg.Build,
		Device: self.Grant.Device, Epoch: self.Grant.Epoch,
		History: at.History, Cursor: at.Cursor, Digest: digest[:],
		MaxSeq: out.Max, AckedSeq: out.Acked, OldestPending: status.OldestPending,
		Wall: status.Wall, Monotonic: a.cfg.Replica.Monotonic().Milliseconds(), Boot: a.cfg.Replica.Boot(),
		FreeDisk: status.FreeDisk, DatabaseSize: a.cfg.Replica.Size(), Reader: status.Reader, RoundTrip: status.RoundTrip,
	}, nil
}

func (a *Agent) status(ctx context.Context) (syncproto.PullState, replica.Outbox, error) {
	out, err := a.cfg.Replica.Outbox(ctx, 1)
	if err != nil {
		return syncproto.PullState{}, out, err
	}
	s := syncproto.PullState{
		MaxSeq: out.Max, Wall: a.cfg.Replica.Wall().UnixMilli(), FreeDisk: a.cfg.FreeDisk(),
		Reader: a.cfg.Reader(), RoundTrip: a.trip.Milliseconds(), Diverged: a.diverged && a.session != nil,
	}
	if out.Oldest != 0 {
		s.OldestPending = max(0, (a.cfg.Replica.Now().UnixMilli()-out.Oldest)/1000)
	}
	return s, out, nil
}

func (a *Agent) push(ctx context.Context) error {
	for {
		out, err := a.cfg.Replica.Outbox(ctx, syncproto.MaxPushOps)
		if err != nil {
			return err
		}
		if len(out.Ops) == 0 {
			return nil
		}
		ack, err := a.send(ctx, out)
		if err != nil {
			return err
		}
		if err := a.cfg.Replica.Acknowledge(ctx, ack); err != nil {
			return err
		}
		if ack.AckedSeq <= out.Acked {
			return fmt.Errorf("central has %d events after a push of %d to %d", ack.AckedSeq, out.Ops[0].Seq, out.Max)
		}
		a.cfg.Log.Info("pushed", "ops", len(out.Ops), "acked", ack.AckedSeq)
	}
}

// verdicts pushes events once more that central has and whose verdict was lost with
// its answer: whoever asked for something at the desk waits for it.
func (a *Agent) verdicts(ctx context.Context) error {
	out, err := a.cfg.Replica.Unanswered(ctx, syncproto.MaxPushOps)
	if err != nil || len(out.Ops) == 0 {
		return err
	}
	ack, err := a.send(ctx, out)
	if err != nil {
		return err
	}
	return a.cfg.Replica.Acknowledge(ctx, ack)
}

func (a *Agent) send(ctx context.Context, out replica.Outbox) (syncproto.Ack, error) {
	status, _, err := a.status(ctx)
	if err != nil {
		return syncproto.Ack{}, err
	}
	p, err := signed(a.session.self, out.Previous, out.Ops, status)
	if err != nil {
		return syncproto.Ack{}, err
	}
	return call[syncproto.Ack](ctx, a, a.session, p)
}

// signed makes a push of ops after the one whose hash is previous.
func signed(self replica.Identity, previous []byte, ops []syncproto.Op, status syncproto.PullState) (syncproto.Push, error) {
	p := syncproto.Push{Device: self.Grant.Device, Epoch: self.Grant.Epoch, Previous: previous, Ops: ops, Status: status}
	if err := p.Sign(ed25519.NewKeyFromSeed(self.Sign)); err != nil {
		return p, fmt.Errorf("sign: %w", err)
	}
	return p, nil
}

// call sends one message and reads the answer, which must be of type T. A
// syncproto.Problem in its place is the error.
func call[T syncproto.Message](ctx context.Context, a *Agent, s *session, message syncproto.Message) (T, error) {
	plain, err := a.talk(ctx, s, message)
	if err != nil {
		var none T
		return none, err
	}
	return syncproto.Expect[T](plain)
}

// talk sends one message and gives the bytes of the answer.
func (a *Agent) talk(ctx context.Context, s *session, message syncproto.Message) ([]byte, error) {
	plain, err := syncproto.Encode(message)
	if err != nil {
		return nil, fmt.Errorf("encode: %w", err)
	}
	sealed, err := s.channel.Seal(plain)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", err)
	}
	began := a.cfg.Replica.Monotonic()
	answer, err := a.cfg.Link.Exchange(ctx, s.id, sealed)
	if err != nil {
		return nil, err
	}
	a.trip = a.cfg.Replica.Monotonic() - began
	if plain, err = s.channel.Open(answer); err != nil {
		return nil, fmt.Errorf("open the answer: %w", err)
	}
	return plain, nil
}

package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// mostKills and longestLife bound a crash run: how often central is killed, and
// how long it lives under load each time.
const (
	mostKills   = 1000
	longestLife = 400 * time.Millisecond
)

// mostAsked is how often one booking is asked for. A kill costs it one try.
const mostAsked = mostKills + 100

// ErrLost says that an answered booking is not in the books after a restart.
var ErrLost = errors.New("答覆過的預約不見了 / an answered booking is lost")

// Crash books without a pause and kills central (kill -9) so many times, each at
// a random moment after the first answer since its start. An own PostgreSQL dies
// with it at a quarter of them, as in a power cut, and at as many more moments
// alone: then central has to go on by itself. Whoever waited for an answer asks
// again with the same id. After each restart every id that was answered is looked
// for in the books; Reconcile does the sums.
//
// A killed process leaves what it wrote to the kernel. That a COMMIT reaches the
// disk before the answer, which only a cut of the power could show, is
// SQLite's synchronous=FULL and PostgreSQL's fsync; that PostgreSQL hands it to
// the kernel before the answer shows here.
func (t *Trial) Crash(ctx context.Context, times int, seed uint64) error {
	if t.central == nil {
		return errors.New("只能中斷自己啟動的中央，請不要給 --url / only a central of our own is killed: leave --url out")
	}
	if times < 1 || times > mostKills {
		return fmt.Errorf("次數要在 1 到 %d 之間 / kills must be 1 to %d, not %d", mostKills, mostKills, times)
	}
	m := &mob{plan: t.Plan, crew: t.crew(), gate: newGate(), result: newResult()}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var wg sync.WaitGroup
	for range m.crew.size {
		wg.Go(func() {
			if err := m.work(ctx); err != nil {
				stop(err)
			}
		})
	}
	dice := rand.New(rand.NewPCG(seed, 0x6b696c6c))
	blows := blowsOf(times, t.server != nil, dice)
	err := t.strike(ctx, m, blows, dice)
	m.enough.Store(true)
	if err != nil {
		stop(err)
	}
	wg.Wait()
	t.keep(m.shots)
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("crash: %w", err)
	}
	t.Print.Line("中斷 %d 次，預約 %d 筆，重送 %d 次 / kills, bookings, sent again", len(blows), m.result.Booked.Load(), m.result.Repeated.Load())
	return nil
}

// blow is what dies at one moment.
type blow struct{ central, server bool }

func (b blow) String() string {
	switch {
	case b.central && b.server:
		return "中央與資料庫 / both"
	case b.server:
		return "資料庫 / database"
	}
	return "中央 / central"
}

// blowsOf has central die so many times, and a server where there is one.
func blowsOf(times int, server bool, dice *rand.Rand) []blow {
	var blows []blow
	for i := range times {
		with := server && i%4 == 0
		blows = append(blows, blow{central: true, server: with})
		if with {
			blows = append(blows, blow{server: true})
		}
	}
	dice.Shuffle(len(blows), func(i, j int) { blows[i], blows[j] = blows[j], blows[i] })
	return blows
}

func (t *Trial) strike(ctx context.Context, m *mob, blows []blow, dice *rand.Rand) error {
	for i, b := range blows {
		answered := m.result.Booked.Load()
		first := m.gate.lift()
		select {
		case <-first:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		life := time.Duration(dice.Int64N(int64(longestLife)))
		if !wait(ctx, life) {
			return context.Cause(ctx)
		}
		m.gate.shut()
		down := time.Now()
		if err := t.fell(ctx, b); err != nil {
			return fmt.Errorf("kill %d, %s: %w", i+1, b, err)
		}
		back := time.Since(down)
		lost, err := t.missing(ctx, m)
		if err != nil {
			return err
		}
		t.Print.Line("%3d  %s 後中斷 / killed after，答覆 / answered %d，遺失 / lost %d，%s 後恢復 / back after  %s",
			i+1, short(life), m.result.Booked.Load()-answered, lost, short(back), b)
		if lost > 0 {
			return fmt.Errorf("%w: %d", ErrLost, lost)
		}
	}
	m.gate.lift()
	return nil
}

// fell kills what a blow hits and starts it again.
func (t *Trial) fell(ctx context.Context, b blow) error {
	if b.central {
		t.central.Kill()
	}
	if b.server {
		if err := errors.Join(t.server.Crash(), t.server.Restart()); err != nil {
			return err
		}
	}
	if b.central {
		return t.central.Start(ctx)
	}
	return nil
}

// missing counts the answered bookings that the books do not hold.
func (t *Trial) missing(ctx context.Context, m *mob) (int, error) {
	answered := m.answered() // first: where central lives on, more come while the books are read
	books, err := t.store.Open(ctx)
	if err != nil {
		return 0, err
	}
	lost := 0
	for _, s := range answered {
		if !books.Stored[s.ID] {
			lost++
		}
	}
	return lost, nil
}

// mob are callers that book one after the other, whatever happens to central.
type mob struct {
	crew   *crew
	gate   *gate
	result *Result
	enough atomic.Bool // ends the mob, each after the booking at hand

	mu    sync.Mutex
	plan  *Plan
	shots []*Shot
}

func (m *mob) next() (*Shot, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	made, err := m.plan.Bookings(1)
	if err != nil {
		return nil, err
	}
	m.shots = append(m.shots, made[0])
	return made[0], nil
}

func (m *mob) answered() (shots []*Shot) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, s := range m.shots {
		if s.is(yes) {
			shots = append(shots, s)
		}
	}
	return shots
}

func (m *mob) work(ctx context.Context) error {
	l := &line{target: m.crew.target, patience: m.crew.patience}
	defer l.close()
	for ctx.Err() == nil && !m.enough.Load() {
		s, err := m.next()
		if err != nil {
			return err
		}
		if err := m.insist(ctx, l, s); err != nil {
			return err
		}
	}
	return nil
}

// insist asks until the booking is answered with yes, over every kill. When the
// context ends, whoever ended it knows why.
func (m *mob) insist(ctx context.Context, l *line, s *Shot) error {
	for asked := 0; m.gate.pass(ctx); asked++ {
		if asked > 0 {
			m.result.Repeated.Add(1)
		}
		s.become(unknown)
		a, err := l.ask(ctx, s)
		o := unknown // central was killed, or is gone
		if err == nil {
			o = a.outcome()
		}
		s.become(o)
		switch {
		case o == yes:
			m.result.Booked.Add(1)
			m.gate.answered()
			return nil
		case o == no:
			return fmt.Errorf("a booking was refused with %d: %s", a.status, a.body)
		case asked == mostAsked:
			return fmt.Errorf("after %d tries a booking has no answer: HTTP %d, %w", asked, a.status, err)
		case !wait(ctx, a.later):
			return nil
		}
	}
	return nil
}

// gate holds callers back while central is down.
type gate struct {
	mu    sync.Mutex
	open  chan struct{} // closed while callers may pass
	first chan struct{} // closed by the first answer since the gate was lifted
	seen  bool
}

func newGate() *gate { return &gate{open: make(chan struct{}), first: make(chan struct{}), seen: true} }

// lift lets callers pass; the channel it gives is closed at their first answer.
func (g *gate) lift() <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.first, g.seen = make(chan struct{}), false
	close(g.open)
	return g.first
}

func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = make(chan struct{})
}

func (g *gate) answered() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.seen {
		g.seen = true
		close(g.first)
	}
}

func (g *gate) pass(ctx context.Context) bool {
	g.mu.Lock()
	open := g.open
	g.mu.Unlock()
	select {
	case <-open:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

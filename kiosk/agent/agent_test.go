package agent_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/agent"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// far is the other end of the line as these tests need it: it keeps what is
// pushed, gives out rows, forgets its sessions and loses the line on demand. The
// real one is tested together with the agent in e2e.
type far struct {
	key    noise.KeyPair
	verify ed25519.PublicKey
	sign   ed25519.PrivateKey // of central

	mu      sync.Mutex
	channel *noise.Channel
	cut     bool
	problem string // answered instead of anything else
	ops     []syncproto.Op
	head    syncproto.Hash
	rows    []syncproto.Row
	pulls   chan struct{}
	renewal syncproto.Renewal

	neighbours syncproto.Neighbours
	carried    []syncproto.Push
	session    string
	history    clinic.ID
	loseAck    bool
	pages      int // that are answered before the line breaks; 0: all
	alone      int // so many pages of a single bucket are answered before the line breaks; 0: all
	ahead      []syncproto.Day
	version    int // that it speaks, 0: the present one
	asked      []syncproto.Pull
	own        []syncproto.OwnRun // told in short to whoever says how far it is whole

	checkpoint func(seq int64) *syncproto.Checkpoint // of the rows, for whoever wants one; nil: none
	meanwhile  func()                                // is done while a pull is under way, where it is not nil

	standby     syncproto.Standby
	standbyAsks int
	before      bool // it knows of no standby lists

	stock     map[int64]syncproto.Stock // by the number after which it was asked for; none: it knows of none
	stockAsks []syncproto.AskStock
	skip      int // so many of the last rows are numbers without a row

	openings    syncproto.Openings
	busy        bool // for questions about people
	loseAnswers int  // to so many of them
}

var errCut = errors.New("the cable is out")

func (f *far) Handshake(_ context.Context, message []byte) (string, []byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut {
		return "", nil, errCut
	}
	channel, answer, _, err := noise.Accept(noise.AcceptConfig{Static: f.key, Random: rand.Reader}, message,
		func([32]byte) ([32]byte, error) { return [32]byte{}, nil })
	f.channel = channel
	return f.session, answer, err
}

func (f *far) Exchange(_ context.Context, _ string, sealed []byte) ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.cut {
		return nil, errCut
	}
	if f.channel == nil {
		return nil, syncproto.Problem{Code: syncproto.ProblemUnknownSession}
	}
	plain, err := f.channel.Open(sealed)
	if err != nil {
		return nil, err
	}
	message, err := syncproto.Decode(plain)
	if err != nil {
		return nil, err
	}
	answer := f.answer(message)
	if _, pushed := message.(syncproto.Push); pushed && f.loseAck {
		f.loseAck = false
		return nil, errCut
	}
	if _, asked := message.(syncproto.AskOpenings); asked && f.loseAnswers > 0 {
		f.loseAnswers--
		return nil, errCut
	}
	if plain, err = syncproto.Encode(answer); err != nil {
		return nil, err
	}
	return f.channel.Seal(plain)
}

func (f *far) answer(message syncproto.Message) syncproto.Message {
	if f.problem != "" {
		return syncproto.Problem{Code: f.problem}
	}
	acked := uint64(len(f.ops))
	switch m := message.(type) {
	case syncproto.Hello:
		return syncproto.Welcome{
			Version: cmp.Or(f.version, syncproto.Version), History: f.history, Time: replicatest.Now.UnixMilli(), Site: "3817010001", AckedSeq: acked, ChainHead: f.head[:],
		}
	case syncproto.Renew:
		return f.renewal
	case syncproto.AskNeighbours:
		return f.neighbours
	case syncproto.AskStandby:
		f.standbyAsks++
		if f.before {
			return syncproto.Problem{Code: syncproto.ProblemMalformed}
		}
		if bytes.Equal(m.Have, f.standby.Hash()) {
			return syncproto.Standby{Day: f.standby.Day, Same: true}
		}
		return f.standby
	case syncproto.AskStock:
		f.stockAsks = append(f.stockAsks, m)
		if told, ok := f.stock[m.After]; ok {
			return told
		}
	case syncproto.AskOpenings:
		if f.busy {
			return syncproto.Problem{Code: syncproto.ProblemBusy, RetryAfter: 60}
		}
		return f.openings
	case syncproto.Passed:
		var at syncproto.Heads
		for _, e := range m.Events {
			f.carried = append(f.carried, e)
			at.Heads = append(at.Heads, syncproto.Head{Device: e.Device, Epoch: e.Epoch, Seq: e.Ops[0].Seq})
		}
		return at
	case syncproto.Push:
		if err := syncproto.VerifyPush(m, f.verify); err != nil {
			return syncproto.Problem{Code: syncproto.ProblemSignature}
		}
		if last := m.Ops[len(m.Ops)-1].Seq; last <= acked { // once more
			ack := syncproto.Ack{AckedSeq: acked, ChainHead: f.head[:]}
			for _, op := range m.Ops {
				ack.Verdicts = append(ack.Verdicts, syncproto.Verdict{Seq: op.Seq, Outcome: syncproto.Rejected, Code: "STALE"})
			}
			return ack
		}
		if m.Ops[0].Seq != acked+1 || !bytes.Equal(m.Previous, f.head[:]) {
			return syncproto.Problem{Code: syncproto.ProblemGap}
		}
		f.ops, f.head = append(f.ops, m.Ops...), syncproto.HashOps(f.head, m.Ops)
		ack := syncproto.Ack{AckedSeq: uint64(len(f.ops)), ChainHead: f.head[:]}
		for _, op := range m.Ops {
			ack.Verdicts = append(ack.Verdicts, syncproto.Verdict{Seq: op.Seq, Outcome: syncproto.Accepted})
		}
		return ack
	case syncproto.Pull:
		if m.Only != nil {
			f.ahead = append(f.ahead, *m.Only)
			if f.alone > 0 {
				f.alone--
				f.cut = f.alone == 0
			}
			return f.bucket(*m.Only, m.Cursor)
		}
		f.asked = append(f.asked, m)
		if f.meanwhile != nil {
			f.meanwhile()
		}
		if m.Whole != 0 && len(f.own) > 0 {
			return syncproto.Page{Next: int64(len(f.rows)), AckedSeq: acked, History: f.history, Time: replicatest.Now.UnixMilli(), Own: f.own}
		}
		if f.pages > 0 {
			if f.pages--; f.pages == 0 {
				f.cut = true
			}
		}
		page := syncproto.Page{Next: m.Cursor, AckedSeq: acked, History: f.history, Time: replicatest.Now.UnixMilli()}
		if int(m.Cursor) < len(f.rows) { // two rows a page, to see more than one
			end := min(len(f.rows), int(m.Cursor)+2)
			page.Rows, page.Next, page.More = f.rows[m.Cursor:min(end, len(f.rows)-f.skip)], int64(end), end < len(f.rows)
		}
		if m.Checkpoint != nil && !page.More && f.checkpoint != nil && *m.Checkpoint != page.Next {
			page.Checkpoint = f.checkpoint(page.Next)
		}
		select {
		case f.pulls <- struct{}{}:
		default:
		}
		return page
	}
	return syncproto.Problem{Code: syncproto.ProblemMalformed}
}

// bucket answers with the first row of a bucket after a cursor.
func (f *far) bucket(day syncproto.Day, cursor int64) syncproto.Page {
	page := syncproto.Page{Next: int64(len(f.rows)), AckedSeq: uint64(len(f.ops)), History: f.history, Time: replicatest.Now.UnixMilli()}
	for _, row := range f.rows[min(int(cursor), len(f.rows)):] {
		of, ok := row.Bucket()
		switch {
		case !ok || of != day:
		case page.Rows == nil:
			page.Rows = []syncproto.Row{row}
		default:
			page.Next, page.More = page.Rows[0].Seq, true
			return page
		}
	}
	return page
}

func (f *far) set(change func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change()
}

func pair(t *testing.T) (*agent.Agent, *replica.Replica, *far, clinic.ID) {
	t.Helper()
	return pairWith(t, func(*agent.Config) {})
}

// pairWith is pair with an agent that is configured otherwise.
func pairWith(t *testing.T, change func(*agent.Config)) (*agent.Agent, *replica.Replica, *far, clinic.ID) {
	t.Helper()
	device, err := noise.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	server, err := noise.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	verify, sign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	central, centralSign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	r, err := replica.Open(t.Context(), replica.Config{Dir: t.TempDir(), Clock: func() time.Time { return replicatest.Now }, NewID: replicatest.NewID})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	err = r.SaveIdentity(t.Context(), replica.Identity{
		Grant: syncproto.Grant{
			Device: replicatest.NewID(), Site: "3817010001", Role: syncproto.RoleDesk, Letter: "A", Epoch: 1, PSK: make([]byte, 32),
			NotBefore: replicatest.Now.AddDate(0, 0, -20).Unix(), Expires: replicatest.Now.AddDate(0, 0, 10).Unix(),
		},
		Central: syncproto.Keys{Noise: server.Public[:], Sign: central}, Noise: device.Private[:], Sign: sign.Seed(),
	})
	if err != nil {
		t.Fatal(err)
	}
	f := &far{session: "s", history: clinic.ID{1}, key: server, verify: verify, sign: centralSign, pulls: make(chan struct{}, 1)}
	slot, booking := replicatest.Booked("A123456789", "王小明", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today)
	f.rows = []syncproto.Row{replicatest.Programme(t), slot, booking}
	for i := range f.rows {
		f.rows[i].Seq = int64(i + 1)
	}
	cfg := agent.Config{
		Replica: r, Link: f, Build: "test", Log: slog.New(slog.DiscardHandler),
		Reader: func() syncproto.ReaderState { return syncproto.ReaderReady }, FreeDisk: func() int64 { return 1 << 30 },
		Jitter: func() float64 { return 0 }, Poll: time.Hour, RetryMax: 10 * time.Millisecond,
	}
	change(&cfg)
	return agent.New(cfg), r, f, booking.Booking.ID
}

func arrive(t *testing.T, r *replica.Replica, id clinic.ID) {
	t.Helper()
	_, err := r.Act(t.Context(), id, func(clinic.Booking) (replica.Draft, error) {
		return replica.Draft{Kind: clinic.CheckedIn, Staff: "nurse", Ticket: true}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestARoundBringsBothSidesUpToDate(t *testing.T) {
	a, r, f, id := pair(t)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if day, err := r.Day(t.Context(), replicatest.Today); err != nil || len(day) != 1 {
		t.Fatalf("%d bookings, %v", len(day), err)
	}
	arrive(t, r, id)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.ops) != 1 || f.ops[0].Booking != id {
		t.Errorf("central has %d events", len(f.ops))
	}
	if out, err := r.Outbox(t.Context(), 10); err != nil || len(out.Ops) != 0 {
		t.Errorf("%d events still wait, %v", len(out.Ops), err)
	}
}

func TestACentralThatForgotTheSessionIsGreetedAgain(t *testing.T) {
	a, r, f, id := pair(t)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.set(func() { f.channel = nil })
	arrive(t, r, id)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.ops) != 1 {
		t.Errorf("central has %d events", len(f.ops))
	}
}

func TestAfterARestartOfCentralTheDevicesOfACityComeBackOverAMinute(t *testing.T) {
	const devices = 300
	var draw float64
	a, r, f, id := pairWith(t, func(c *agent.Config) { c.Jitter = func() float64 { return draw } })
	perSecond := make(map[time.Duration]int)
	for n := range devices { // one device that lives through as many restarts, its draws spread evenly
		draw = (float64(n) + 0.5) / devices
		if _, err := a.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		f.set(func() { f.channel = nil })
		pause, err := a.Step(t.Context())
		if !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemUnknownSession}) || pause < 0 || pause >= time.Minute {
			t.Fatalf("it pauses for %s, %v", pause, err)
		}
		perSecond[pause.Truncate(time.Second)]++
	}
	for at, n := range perSecond {
		if n > devices/60 {
			t.Errorf("%d of %d come back in second %s", n, devices, at)
		}
	}
	if _, err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.set(func() { f.channel = nil })
	arrive(t, r, id) // somebody's arrival waits for no draw
	if _, err := a.Step(t.Context()); err != nil || len(f.ops) != 1 {
		t.Errorf("central has %d events, %v", len(f.ops), err)
	}
}

func TestACentralThatLostItsLastEventsGetsThemAgain(t *testing.T) {
	a, r, f, id := pair(t)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	arrive(t, r, id)
	arrive(t, r, id)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	f.set(func() { f.ops, f.head, f.channel = f.ops[:1], syncproto.HashOps(syncproto.Hash{}, f.ops[:1]), nil })
	arrive(t, r, id)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.ops) != 3 || f.ops[2].Seq != 3 {
		t.Errorf("central has %d events", len(f.ops))
	}
}

// waitFor reads standings until one is as wanted.
func waitFor(t *testing.T, a *agent.Agent, want func(replica.Standing) bool) replica.Standing {
	t.Helper()
	deadline := time.NewTimer(20 * time.Second)
	defer deadline.Stop()
	var last replica.Standing
	for {
		select {
		case last = <-a.Standings():
			if want(last) {
				return last
			}
		case <-deadline.C:
			t.Fatalf("the standing is still %+v", last)
		}
	}
}

func TestWhatIsDoneOfflineGoesUpWhenTheLineIsBack(t *testing.T) {
	a, r, f, id := pair(t)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	defer func() { stop(); <-done }()
	waitFor(t, a, func(s replica.Standing) bool { return s.State == replica.Live })
	f.set(func() { f.cut = true })
	arrive(t, r, id)
	off := waitFor(t, a, func(s replica.Standing) bool { return s.State == replica.Offline && s.Pending == 1 })
	if off.Last.IsZero() {
		t.Error("the last contact is not known")
	}
	f.set(func() { f.cut = false })
	waitFor(t, a, func(s replica.Standing) bool { return s.State == replica.Live && s.Pending == 0 })
	f.set(func() {
		if len(f.ops) != 1 {
			t.Errorf("central has %d events", len(f.ops))
		}
	})
}

func TestARevokedDeviceSaysSoAndKeepsItsEvents(t *testing.T) {
	a, r, f, id := pair(t)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	arrive(t, r, id)
	f.set(func() { f.problem = syncproto.ProblemRevoked })
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); a.Run(ctx) }()
	defer func() { stop(); <-done }()
	s := waitFor(t, a, func(s replica.Standing) bool { return s.State == replica.Revoked })
	if s.Pending != 1 {
		t.Errorf("%d events wait", s.Pending)
	}
}

func TestADeviceThatIsToldToWaitKeepsItsSession(t *testing.T) {
	a, _, f, _ := pair(t)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := f.channel
	f.set(func() { f.problem = syncproto.ProblemBusy })
	if err := a.Round(t.Context()); !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemBusy}) {
		t.Fatalf("a busy central: %v", err)
	}
	f.set(func() { f.problem = "" })
	if err := a.Round(t.Context()); err != nil || f.channel != before {
		t.Errorf("it shook hands again, %v", err)
	}
}

func TestAfterACompletePullOwnEventsComeInShort(t *testing.T) {
	a, r, f, id := pair(t)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if first := f.asked[0]; len(f.asked) != 2 || first.Whole != 0 || f.asked[1].Whole != 0 {
		t.Fatalf("before the first pull has come to its end it asks %+v", f.asked)
	}
	arrive(t, r, id)
	f.set(func() {
		f.rows = append(f.rows, f.rows[2])
		f.rows[3].Seq, f.own, f.asked = 4, []syncproto.OwnRun{{First: 1, Seq: 4}}, nil
	})
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.asked) != 1 || f.asked[0].Whole != 3 {
		t.Errorf("it asks %+v", f.asked)
	}
	if b, err := r.Booking(t.Context(), id); err != nil || b.Version != 2 || b.Visit().Attendance != clinic.Arrived {
		t.Errorf("version %d, %s, %v", b.Version, b.Visit().Attendance, err)
	}
}

func TestWhatCannotBeTakenInShortIsAskedForWhole(t *testing.T) {
	a, _, f, _ := pair(t)
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, another := replicatest.Booked("A123456789", "王小明", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today)
	f.set(func() {
		another.Seq = 4
		f.rows, f.own, f.asked = append(f.rows, another), []syncproto.OwnRun{{First: 9, Seq: 4}}, nil // never made here
	})
	if err := a.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if len(f.asked) != 2 || f.asked[0].Whole != 3 || f.asked[1].Whole != 0 || f.asked[1].Cursor != 3 {
		t.Errorf("it asks %+v", f.asked)
	}
}

func TestAnOlderCentralIsNotAskedToTellInShort(t *testing.T) {
	a, _, f, _ := pair(t)
	f.version = 2
	for range 2 {
		if err := a.Round(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for _, ask := range f.asked {
		if ask.Whole != 0 {
			t.Errorf("it asks %+v", ask)
		}
	}
}

func TestWhatIsDoneWhileARoundIsUnderWayGoesUpInTheNextAtOnce(t *testing.T) {
	a, r, f, first := pair(t)
	slot, booking := replicatest.Booked("F131104093", "陳美", clinic.Date{Year: 1980, Month: 1, Day: 2}, replicatest.Today)
	slot.Seq, booking.Seq = 4, 5
	f.rows = append(f.rows, slot, booking)
	if _, err := a.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	arrive(t, r, first)
	f.set(func() { f.meanwhile = func() { arrive(t, r, booking.Booking.ID) } }) // after the first was pushed
	pause, err := a.Step(t.Context())
	if err != nil || len(f.ops) != 1 || pause != 0 {
		t.Fatalf("central has %d events, the next round is in %s, %v", len(f.ops), pause, err)
	}
	f.set(func() { f.meanwhile = nil })
	if pause, err := a.Step(t.Context()); err != nil || len(f.ops) != 2 || pause == 0 {
		t.Errorf("central has %d events, the next round is in %s, %v", len(f.ops), pause, err)
	}
}

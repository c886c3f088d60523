package vault_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/central/vault"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/syncproto"
)

func TestEverythingAgainOnPostgreSQL(t *testing.T) {
	storetest.Again(t, "Processes")
}

// process is one process of central: its data folder, keys, vault and engine.
type process struct {
	t      *testing.T
	folder string
	dsn    string
	store  *store.Store
	keys   *seal.Keyring
	vault  *vault.Vault
	engine *booking.Engine
	stop   func()
}

// begin starts a process on a data folder and a database; it runs its vault until
// stop.
func begin(t *testing.T, folder, dsn string) *process {
	t.Helper()
	p := open(t, folder, dsn)
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan error, 1)
	go func() { ran <- p.vault.Run(ctx) }()
	p.stop = func() {
		p.stop = func() {}
		cancel()
		must(t, errors.Join(<-ran, p.engine.Close()))
	}
	t.Cleanup(func() { p.stop() })
	return p
}

func open(t *testing.T, folder, dsn string) *process {
	t.Helper()
	p := &process{t: t, folder: folder, dsn: dsn, store: storetest.OpenAt(t, dsn)}
	now := func() time.Time { return bookingtest.Monday }
	log := slog.New(slog.DiscardHandler)
	var err error
	p.keys, err = seal.LoadOrCreate(folder)
	must(t, err)
	p.vault, err = vault.Open(t.Context(), vault.Config{
		Store: p.store, Keys: p.keys, Folder: folder, Now: now, Log: log, Look: 5 * time.Millisecond, Looks: 4,
		Record: func(ctx context.Context, change func(*store.Tx) (store.Note, error)) error {
			return p.engine.Record(ctx, change)
		},
	})
	must(t, err)
	p.engine, err = booking.Open(t.Context(), booking.Config{Store: p.store, Keys: p.keys, Clock: now, NewID: bookingtest.NewID, Log: log})
	must(t, err)
	must(t, p.engine.Install(t.Context(), bookingtest.Profile(2000)))
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// books lets people number first to last book.
func (p *process) books(first, last int) (made []clinic.Booking) {
	p.t.Helper()
	slots := p.engine.Slots(bookingtest.SiteA, bookingtest.FluVac)
	for n := first; n <= last; n++ {
		b, err := p.engine.Book(p.t.Context(), bookingtest.Ask(slots[0], n))
		must(p.t, err)
		made = append(made, b)
	}
	return made
}

// walksIn has a device say that person n came without a booking, and why.
func (p *process) walksIn(n int) {
	p.t.Helper()
	slot := p.engine.Slots(bookingtest.SiteA, bookingtest.FluVac)[0]
	who := bookingtest.Person(n)
	op := syncproto.Op{
		Seq: 1, Kind: clinic.WalkInRegistered, Booking: bookingtest.NewID(), At: bookingtest.Monday.UnixMilli(), Staff: "kiosk", Ticket: "A001", Reason: "passing by",
		WalkIn: &syncproto.WalkIn{
			IDNumber: who.ID.Reveal(), Name: who.Name.Reveal(), Birth: syncproto.DayOf(who.Birth.Reveal()), Slot: slot.ID, Dose: bookingtest.Ask(slot, n).Dose,
		},
	}
	hash := syncproto.HashOp(syncproto.Hash{}, op)
	_, err := p.engine.Receive(p.t.Context(), booking.Batch{
		Site: bookingtest.SiteA, Device: bookingtest.NewID(), Epoch: 1, Ops: []syncproto.Op{op}, Previous: make([]byte, 32), Hashes: [][]byte{hash[:]},
	})
	must(p.t, err)
}

// reads looks every booking up as the feed tells it.
func (p *process) reads(want int) {
	p.t.Helper()
	page, err := p.engine.Feed(p.t.Context(), booking.FeedRequest{Site: bookingtest.SiteA, First: bookingtest.Day.AddDays(-30), Limit: 1000})
	must(p.t, err)
	names := 0
	for _, r := range page.Rows {
		if r.Booking != nil && r.Booking.Name != "" {
			names++
		}
	}
	if names != want {
		p.t.Errorf("the feed names %d people, not %d", names, want)
	}
}

// settled waits until nothing is sealed with an older key.
func (p *process) settled(newest uint32) {
	p.t.Helper()
	deadline := time.After(30 * time.Second)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		states, err := p.vault.States(p.t.Context())
		must(p.t, err)
		last := states[len(states)-1]
		if last.Number == newest && last.Used && last.Left == 0 && len(states) > 1 && !states[len(states)-2].Retired.IsZero() {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			p.t.Fatalf("the keys stand at %+v", states)
		}
	}
}

// sealedWith counts, in whatever column of whatever table, what looks sealed with a
// key.
func (p *process) sealedWith(number uint32) (n int64) {
	p.t.Helper()
	for _, table := range store.SealedTables() {
		for _, column := range table.Columns {
			var some int64
			must(p.t, p.store.Reader().QueryRowContext(p.t.Context(),
				fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE substr(%s, 1, 5) = $1", table.Name, column), seal.Header(number)).Scan(&some))
			n += some
		}
	}
	return n
}

func TestEverySealedFieldIsSealedAnewWhileCentralWorks(t *testing.T) {
	p := begin(t, t.TempDir(), storetest.Fresh(t))
	p.books(1, 450)
	before := p.sealedWith(1)
	p.walksIn(511)
	if n := p.sealedWith(1) - before; before != 450*4 || n < 5 {
		t.Fatalf("%d values are sealed, and %d of a walk-in and its event", before, n)
	}
	must(t, p.vault.Rotate(t.Context(), "admin"))
	if err := p.vault.Rotate(t.Context(), "admin"); !errors.Is(err, clinic.Refuse(vault.RefusedResealing)) {
		t.Errorf("twice at once: %v", err)
	}
	p.books(451, 500) // meanwhile
	p.settled(2)
	p.books(501, 510)
	if n := p.sealedWith(1); n != 0 {
		t.Errorf("%d values are still sealed with the old key", n)
	}
	p.reads(511)
	must(t, p.vault.Rotate(t.Context(), "admin"))
	p.settled(3)
	p.stop()
	again := begin(t, p.folder, p.dsn)
	again.reads(511)
	if _, uses := again.keys.Keys(); uses != 3 {
		t.Errorf("after a restart it seals with key %d", uses)
	}
}

func TestResealingGoesOnWhereItWasKilled(t *testing.T) {
	dsn, folder := storetest.Fresh(t), t.TempDir()
	p := open(t, folder, dsn)
	p.books(1, 300)
	must(t, p.vault.Rotate(t.Context(), "admin"))
	must(t, p.engine.Close()) // before anything was sealed anew
	half := begin(t, folder, dsn)
	for half.sealedWith(2) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("nothing is sealed anew")
		}
	}
	half.stop()
	again := begin(t, folder, dsn)
	again.settled(2)
	again.reads(300)
}

func TestWhoLacksTheKeyIsToldWhereToFindIt(t *testing.T) {
	dsn, folder := storetest.Fresh(t), t.TempDir()
	p := begin(t, folder, dsn)
	p.books(1, 3)
	first, err := seal.LoadOrCreate(folder)
	must(t, err)
	must(t, p.vault.Rotate(t.Context(), "admin"))
	p.settled(2)
	_, err = vault.Open(t.Context(), vault.Config{
		Store: p.store, Keys: first, Folder: t.TempDir(), Now: time.Now, Log: slog.New(slog.DiscardHandler),
		Record: p.engine.Record,
	})
	if !errors.Is(err, vault.ErrMissing) {
		t.Errorf("it opens: %v", err)
	}
}

func TestProcessesOfOneDatabaseTakeANewKeyOver(t *testing.T) {
	dsn := storetest.FreshServer(t)
	first := t.TempDir()
	here := begin(t, first, dsn)
	text, err := os.ReadFile(filepath.Join(first, seal.KeyFile))
	must(t, err)
	second := t.TempDir()
	must(t, os.WriteFile(filepath.Join(second, seal.KeyFile), text, 0o600))
	there := begin(t, second, dsn)
	here.books(1, 200)
	must(t, there.vault.Rotate(t.Context(), "admin"))
	here.books(201, 250)
	here.settled(2)
	there.settled(2)
	there.reads(250)
	here.books(251, 260)
	there.reads(260)
	if n := here.sealedWith(1); n != 0 {
		t.Errorf("%d values are sealed with the old key", n)
	}
}

func TestTheSecretOfASecondStepIsSealedAnewToo(t *testing.T) {
	p := begin(t, t.TempDir(), storetest.Fresh(t))
	seals := func() []byte { return p.keys.Seal(store.SecondStepTable, "secret", []byte("lin"), []byte("a secret")) }
	tx, err := p.store.Begin(t.Context())
	must(t, err)
	must(t, errors.Join(
		tx.InsertAccount(store.Account{Name: "lin", Display: "林", Role: "bureau", Hash: "x", Stamp: 1}),
		tx.SaveSecondStep(store.SecondStep{Name: "lin", Secret: seals(), Began: 1, Codes: []byte{}}), tx.Commit(),
	))
	must(t, p.vault.Rotate(t.Context(), "admin"))
	p.settled(2)
	row, ok, err := store.SecondStepOf(t.Context(), p.store.Reader(), "lin")
	must(t, err)
	secret, err := p.keys.Open(store.SecondStepTable, "secret", []byte("lin"), row.Secret)
	if !ok || err != nil || string(secret) != "a secret" || !bytes.HasPrefix(row.Secret, seal.Header(2)) {
		t.Errorf("%t, %q, %v, begins with %x", ok, secret, err, row.Secret[:5])
	}
}

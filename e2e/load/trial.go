package load

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/sqldb"
	"ezhitong.tw/internal/sqldb/pgtest"
)

// Options say what is put under load, and how much of it at most.
type Options struct {
	URL         string // of a central that runs already; empty starts one from Bin
	Data        string // its data folder; empty with an own central: a new one
	Store       string // the connection string of its PostgreSQL; empty: SQLite in Data
	Postgres    bool   // an own central gets a PostgreSQL of its own
	Bin         string // folder of the programs
	Sites       int    // of the city of an own central
	Seed        uint64 // of that city and of who books what
	Connections int
	Out         io.Writer
}

// Trial is a central under load, from before the first request to the books.
type Trial struct {
	*Plan
	Print   *Printer
	central *Central       // nil when it is somebody else's
	server  *pgtest.Server // an own central's; nil with SQLite
	target  *Target
	store   Store
	before  *Books
	sent    []*Shot // the bookings of all runs
	size    int     // connections
	data    string  // folder of an own central
	books   string  // its database: path or connection string
	temp    string  // folder around it when it is ours, which goes when all holds
}

// ErrBooks says that what was answered and what is in the books differ.
var ErrBooks = errors.New("答覆與帳不符 / the answers and the books differ")

// Begin starts central, or finds the given one, and reads what can be booked.
func Begin(ctx context.Context, o Options) (*Trial, error) {
	if o.Connections < 1 || o.Connections > 20_000 {
		return nil, fmt.Errorf("連線數要在 1 到 20000 之間 / connections must be 1 to 20000, not %d", o.Connections)
	}
	t := &Trial{Print: NewPrinter(o.Out), size: o.Connections}
	err := t.begin(ctx, o)
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

func (t *Trial) begin(ctx context.Context, o Options) (err error) {
	if o.URL != "" {
		if o.Postgres {
			return errors.New("--postgres 會另起一個中央，請不要給 --url / --postgres starts a central of its own: leave --url out")
		}
		if o.Data == "" && o.Store == "" {
			return errors.New("請用 --data 或 --store 指出它的資料庫，才能對帳 / --data or --store has to name its database, to read its books")
		}
		if t.target, err = NewTarget(o.URL); err != nil {
			return err
		}
	} else if err = t.own(ctx, &o); err != nil {
		return err
	}
	t.store = SQLite(o.Data)
	if o.Store != "" {
		if t.store, err = PostgreSQL(o.Store); err != nil {
			return err
		}
	}
	if t.before, err = t.store.Open(ctx); err != nil {
		return err
	}
	if t.Plan, err = ReadPlan(ctx, t.target, o.Seed); err != nil {
		return err
	}
	t.Print.Line("%s，資料夾 / data %q，PostgreSQL %q，種子 / seed %d，名額 / places %d", t.target.URL(), o.Data, t.folder(), o.Seed, t.Places())
	return nil
}

// own starts a central of our own.
func (t *Trial) own(ctx context.Context, o *Options) error {
	if o.Store != "" {
		return errors.New("自己啟動的中央不用別人的資料庫，請給 --url 或 --postgres / an own central takes nobody's database: give --url, or --postgres")
	}
	if o.Data == "" {
		folder, err := os.MkdirTemp("", "load") // short: central's socket lies in it
		if err != nil {
			return fmt.Errorf("make a folder: %w", err)
		}
		t.temp, o.Data = folder, filepath.Join(folder, "data")
	}
	if o.Postgres {
		server, err := pgtest.Alone()
		if err != nil {
			return err
		}
		t.server = server
		if o.Store, err = server.Database(ctx, "central"); err != nil {
			return err
		}
	}
	c := &Central{Bin: o.Bin, Data: o.Data, DB: o.Store, Sites: o.Sites, Seed: o.Seed}
	if err := c.Make(ctx); err != nil {
		return err
	}
	if err := c.Start(ctx); err != nil {
		return err
	}
	t.central, t.target, t.data, t.books = c, c.target, o.Data, c.database()
	return nil
}

// folder is where an own PostgreSQL has its files.
func (t *Trial) folder() string {
	if t.server == nil {
		return ""
	}
	return t.server.Folder()
}

// Close stops what the trial started. Its files stay when something is wrong.
func (t *Trial) Close() error {
	err := t.halt()
	if t.server != nil {
		err = errors.Join(err, t.server.Stop())
		t.server = nil
	}
	return err
}

// halt stops an own central.
func (t *Trial) halt() error {
	if t.central == nil {
		return nil
	}
	err := t.central.Stop()
	t.central = nil
	return err
}

// clear removes what the trial made.
func (t *Trial) clear() (err error) {
	if t.server != nil {
		err = t.server.Remove()
		t.server = nil
	}
	if t.temp != "" {
		err = errors.Join(err, os.RemoveAll(t.temp))
	}
	return err
}

func (t *Trial) crew() *crew {
	return &crew{target: t.target, size: t.size, patience: answerWithin}
}

// Reconcile settles what is open, stops an own central, and holds every answer
// against its books. It prints a line for each thing that has to hold; ErrBooks
// says that one does not.
func (t *Trial) Reconcile(ctx context.Context) error {
	if _, err := t.crew().settle(ctx, t.sent); err != nil {
		return err
	}
	if err := t.halt(); err != nil {
		return err
	}
	after, err := t.store.Open(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(t.judge(after), t.trail(ctx)); err != nil {
		return err
	}
	return t.clear()
}

// End ends a trial: the books are read also after a run that missed its aim, and
// not after one that was cut short. The error is what went wrong first.
func (t *Trial) End(ctx context.Context, measured error) error {
	if ctx.Err() != nil {
		return errors.Join(measured, t.Close())
	}
	return errors.Join(measured, t.Reconcile(ctx), t.Close())
}

// trail recomputes the audit trail of an own central. The keys of somebody else's
// are nobody's business.
func (t *Trial) trail(ctx context.Context) error {
	if t.data == "" {
		return nil
	}
	keys, err := seal.LoadOrCreate(t.data)
	if err != nil {
		return err
	}
	db, err := sqldb.OpenReadOnly(ctx, t.books)
	if err != nil {
		return err
	}
	mark, err := booking.VerifyTrail(ctx, db, keys, booking.Mark{})
	if err = errors.Join(err, db.Close()); err != nil {
		return err
	}
	t.Print.Line("符合 ok   稽核紀錄的鏈，筆數 / the chain of the audit trail, entries  %d", mark.Row)
	return nil
}

func (t *Trial) judge(after *Books) error {
	var err error
	for _, c := range Compare(t.sent, t.before, after) {
		word, sign := "符合 ok ", "="
		if !c.OK() {
			word, err = "不符 BAD", ErrBooks
		}
		if c.Most {
			sign = "≤"
		}
		t.Print.Line("%s  %s  %d %s %d", word, c.What, c.Got, sign, c.Want)
	}
	return err
}

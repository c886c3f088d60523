// Package vault keeps the keys that seal personal fields: it draws further ones,
// hands them to every process of central, and seals anew what an older one sealed,
// while central works.
package vault

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/seal"
)

// RefusedResealing says that values of an older key are still being sealed anew.
const RefusedResealing = "data_key_at_work"

// ErrMissing says that the database has values of a key that is not in the data
// folder and that nobody hands over any more.
var ErrMissing = errors.New("a data key is missing: copy seal.*.key from the data folder of another central process")

// Config is what a Vault needs; all but the numbers is required.
type Config struct {
	Store  *store.Store
	Keys   *seal.Keyring
	Folder string // of the key files
	Now    clock.Clock
	Log    *slog.Logger
	// Record is booking.Engine.Record: a change and its note in the audit trail are
	// stored together.
	Record func(ctx context.Context, change func(*store.Tx) (store.Note, error)) error

	// Look is the pause between two looks at what other processes did; 0 means a
	// second. A new key is used after Looks of them, so that every process has it;
	// 0 means ten.
	Look  time.Duration
	Looks int
}

// Vault looks after the keys. It is safe for use by many goroutines.
type Vault struct {
	cfg    Config
	taking sync.Mutex // while keys are taken over
	waited int        // looks since a key could be used, or since nothing was left to seal
}

// rows is how many rows are sealed anew in one transaction, between which whoever
// books has his turn.
const rows = 200

// Open learns the keys that are in use. Call it before anything sealed is read.
func Open(ctx context.Context, cfg Config) (*Vault, error) {
	if cfg.Store == nil || cfg.Keys == nil || cfg.Folder == "" || cfg.Now == nil || cfg.Log == nil || cfg.Record == nil {
		return nil, errors.New("open the vault: the configuration is incomplete")
	}
	if cfg.Look == 0 {
		cfg.Look = time.Second
	}
	if cfg.Looks == 0 {
		cfg.Looks = 10
	}
	v := &Vault{cfg: cfg}
	if _, err := v.learn(ctx); err != nil {
		return nil, fmt.Errorf("open the vault: %w", err)
	}
	return v, nil
}

// learn takes over the keys that any process has drawn, and gives their rows.
func (v *Vault) learn(ctx context.Context) ([]store.DataKey, error) {
	v.taking.Lock()
	defer v.taking.Unlock()
	all, err := store.DataKeys(ctx, v.cfg.Store.Reader())
	if err != nil {
		return nil, err
	}
	for _, k := range all {
		if count, _ := v.cfg.Keys.Keys(); k.Number > count {
			if k.Handover == nil {
				return nil, fmt.Errorf("key %d: %w", k.Number, ErrMissing)
			}
			secret, err := v.cfg.Keys.Open("data_key", "handover", name(k.Number), k.Handover)
			if err != nil {
				return nil, fmt.Errorf("take data key %d over: %w", k.Number, err)
			}
			if err := v.cfg.Keys.Keep(v.cfg.Folder, k.Number, secret); err != nil {
				return nil, fmt.Errorf("keep data key %d: %w", k.Number, err)
			}
		}
		if _, uses := v.cfg.Keys.Keys(); k.Began != 0 && k.Number > uses {
			v.cfg.Keys.Use(k.Number)
		}
	}
	return all, nil
}

func name(number uint32) []byte { return binary.BigEndian.AppendUint32(nil, number) }

// Rotate draws the next key. Every process takes it over within a second; then
// values are sealed with it, and Run seals anew what older ones have sealed.
func (v *Vault) Rotate(ctx context.Context, actor string) error {
	if _, err := v.learn(ctx); err != nil {
		return err
	}
	secret := make([]byte, seal.SecretSize)
	if _, err := io.ReadFull(rand.Reader, secret); err != nil {
		return fmt.Errorf("draw a data key: %w", err)
	}
	next, uses := v.cfg.Keys.Keys()
	next++
	now := v.cfg.Now().UnixMilli()
	err := v.cfg.Record(ctx, func(tx *store.Tx) (store.Note, error) {
		all, err := store.DataKeys(ctx, tx.Reads())
		if err != nil {
			return store.Note{}, err
		}
		if len(all) == 0 {
			for n := uint32(1); n < next; n++ {
				if err := tx.InsertDataKey(store.DataKey{Number: n, Drawn: now, Began: now}); err != nil {
					return store.Note{}, err
				}
			}
		}
		for _, k := range all {
			if k.Retired == 0 && k.Number != uses || k.Number >= next {
				return store.Note{}, clinic.Refuse(RefusedResealing)
			}
		}
		return store.Note{Actor: actor, Action: "data_key.rotate", Object: fmt.Sprint(next)},
			tx.InsertDataKey(store.DataKey{Number: next, Handover: v.cfg.Keys.Seal("data_key", "handover", name(next), secret), Drawn: now})
	})
	if err != nil {
		return fmt.Errorf("draw the next data key: %w", err)
	}
	if _, err := v.learn(ctx); err != nil {
		return err
	}
	v.cfg.Log.Warn("a new data key is drawn", "number", next, "actor", actor)
	return nil
}

// State is a key and how much it has sealed.
type State struct {
	Number  uint32
	Drawn   time.Time // zero for the first
	Used    bool      // values are sealed with it
	Retired time.Time // zero while something may be sealed with it
	Left    int64     // rows that are to be sealed with it and are not yet; of the newest only
	Rows    int64     // rows with sealed values, of the newest only
}

// States gives every key, the oldest first.
func (v *Vault) States(ctx context.Context) ([]State, error) {
	all, err := v.learn(ctx)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		_, uses := v.cfg.Keys.Keys()
		all = []store.DataKey{{Number: uses, Began: 1}}
	}
	states := make([]State, len(all))
	for i, k := range all {
		states[i] = State{Number: k.Number, Used: k.Began != 0}
		if i > 0 {
			states[i].Drawn = time.UnixMilli(k.Drawn)
		}
		if k.Retired != 0 {
			states[i].Retired = time.UnixMilli(k.Retired)
		}
	}
	newest := &states[len(states)-1]
	newest.Left, newest.Rows, err = v.left(ctx, newest.Number)
	return states, err
}

// left counts the rows that a key has not sealed, and all.
func (v *Vault) left(ctx context.Context, number uint32) (left, all int64, err error) {
	for _, t := range store.SealedTables() {
		n, err := store.CountSealed(ctx, v.cfg.Store.Reader(), t, seal.Header(number))
		if err != nil {
			return 0, 0, err
		}
		every, err := store.CountSealed(ctx, v.cfg.Store.Reader(), t, []byte{})
		if err != nil {
			return 0, 0, err
		}
		left, all = left+n, all+every
	}
	return left, all, nil
}

// Run looks after the keys until the context ends. Several processes may do so at
// the same time, and one that is killed is gone on with by any other, or by itself.
func (v *Vault) Run(ctx context.Context) error {
	tick := time.NewTicker(v.cfg.Look)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if err := v.look(ctx); err != nil && ctx.Err() == nil {
			v.cfg.Log.Error("look after the data keys", "err", err)
		}
	}
}

func (v *Vault) look(ctx context.Context) error {
	all, err := v.learn(ctx)
	if err != nil || len(all) == 0 || len(all) > 1 && all[len(all)-2].Retired != 0 {
		return err
	}
	newest := all[len(all)-1]
	if newest.Began != 0 {
		sealed, err := v.reseal(ctx, newest.Number)
		if err != nil || sealed > 0 {
			v.waited = 0
			return err
		}
	}
	if v.waited++; v.waited < v.cfg.Looks { // also for what a process sealed before it knew
		return nil
	}
	v.waited = 0
	now := v.cfg.Now().UnixMilli()
	if newest.Began == 0 {
		if err := v.write(ctx, func(tx *store.Tx) error { return tx.BeginDataKey(newest.Number, now) }); err != nil {
			return fmt.Errorf("begin data key %d: %w", newest.Number, err)
		}
		v.cfg.Log.Info("values are sealed with the new data key", "number", newest.Number)
		return nil
	}
	if left, _, err := v.left(ctx, newest.Number); err != nil || left > 0 {
		return err
	}
	err = v.cfg.Record(ctx, func(tx *store.Tx) (store.Note, error) {
		return store.Note{Actor: "central", Action: "data_key.retire", Object: fmt.Sprint(newest.Number)}, tx.RetireDataKeys(newest.Number, now)
	})
	if err != nil {
		return err
	}
	v.cfg.Log.Warn("nothing is sealed with an older data key any more", "newest", newest.Number)
	return nil
}

// reseal seals with a key what another one has sealed, and says how many rows that
// were.
func (v *Vault) reseal(ctx context.Context, number uint32) (sealed int, err error) {
	for _, t := range store.SealedTables() {
		var after []any
		for done := false; !done; {
			if ctx.Err() != nil {
				return sealed, ctx.Err()
			}
			err := v.write(ctx, func(tx *store.Tx) error {
				part, err := store.SealedRows(ctx, tx.Reads(), t, seal.Header(number), after, rows)
				if err != nil {
					return err
				}
				for _, r := range part {
					if err := v.sealRow(tx, t, r); err != nil {
						return err
					}
					after = r.Key
				}
				sealed += len(part)
				done = len(part) < rows
				return nil
			})
			if err != nil {
				return sealed, err
			}
		}
	}
	return sealed, nil
}

func (v *Vault) sealRow(tx *store.Tx, t store.SealedTable, r store.SealedRow) error {
	pk, err := t.PK(r)
	if err != nil {
		return err
	}
	for i, column := range t.Columns {
		plain, err := v.cfg.Keys.Open(t.Sealed, column, pk, r.Values[i])
		if err != nil {
			return err
		}
		r.Values[i] = v.cfg.Keys.Seal(t.Sealed, column, pk, plain)
	}
	return tx.Reseal(t, r)
}

// write runs a transaction in its turn among the decisions about bookings.
func (v *Vault) write(ctx context.Context, do func(*store.Tx) error) error {
	tx, err := v.cfg.Store.Begin(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.LockLedger(); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Package account knows the members of staff: who they are, what they may see,
// and whether the one at the staff door is who they say.
package account

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/seal"
)

// Role is what an account is for.
type Role string

// The roles (S1).
const (
	Admin        Role = "admin"         // 系統管理者: accounts, devices, audit
	Bureau       Role = "bureau"        // 衛生局: the whole city
	HealthCentre Role = "health_centre" // 衛生所: its district
	Site         Role = "site"          // 合約院所: its own site
)

// Roles lists the roles, from the widest view to the narrowest.
func Roles() []Role { return []Role{Admin, Bureau, HealthCentre, Site} }

// Jurisdiction (轄區) is what one may see: everything, a district or a site.
type Jurisdiction = booking.Scope

// Life is how long an account is valid after it was made or renewed.
const Life = 365 * 24 * time.Hour

// Account is a member of staff. Instants are zero for never.
type Account struct {
	Name     string // to log in with
	Display  string // what colleagues see
	Role     Role
	District string // of a health centre
	Site     string // code of a clinic's site
	Stamp    int64  // a session with another stamp is over
	Created  time.Time
	Expires  time.Time
	Disabled time.Time
	Locked   time.Time // until when
	Login    time.Time // the last one
	Second   bool      // of Login's answer: LoginSecond has to follow
}

// Jurisdiction gives what the account may see.
func (a Account) Jurisdiction() Jurisdiction {
	switch a.Role {
	case Admin, Bureau:
		return Jurisdiction{All: true}
	case HealthCentre:
		return Jurisdiction{District: a.District}
	case Site:
		return Jurisdiction{Site: a.Site}
	}
	return Jurisdiction{}
}

// Actor is the account as booking wants it.
func (a Account) Actor() booking.Actor {
	return booking.Actor{Account: a.Name, Scope: a.Jurisdiction()}
}

// Usable refuses an account that was switched off or whose year is over.
func (a Account) Usable(now time.Time) error {
	if !a.Disabled.IsZero() {
		return clinic.Refuse(RefusedDisabled)
	}
	if !now.Before(a.Expires) {
		return clinic.Refuse(RefusedExpired, "expired", a.Expires.Format(time.RFC3339))
	}
	return nil
}

// Refusals. Those of the login tell a stranger nothing about which accounts
// there are: disabled and expired come after the right password only.
const (
	RefusedWrong    = "account_wrong"    // name or password
	RefusedLocked   = "account_locked"   // args: until, tries
	RefusedDisabled = "account_disabled" //
	RefusedExpired  = "account_expired"  // args: expired
	RefusedName     = "account_name"     // 3 to 32 of a-z 0-9 . _ -
	RefusedTaken    = "account_taken"    //
	RefusedDisplay  = "account_display"  // 1 to 40 characters
	RefusedRole     = "account_role"     //
	RefusedDistrict = "account_district" // no such district
	RefusedSite     = "account_site"     // no such site
	RefusedUnknown  = "account_unknown"  //
	RefusedCode     = "account_code"     // not the code of the authenticator app, nor a recovery code
	RefusedSecond   = "account_second"   // there is a second step already
	RefusedPassword = "account_password" // args: least (characters)
	RefusedSame     = "account_same"     // the password is the one from before
	RefusedSelf     = "account_self"     // nobody switches off or removes themselves
)

// Config is what the world brings in. Parallel may be 0, the rest is needed.
type Config struct {
	Store  *store.Store
	Keys   *seal.Keyring
	Now    clock.Clock
	Random io.Reader // crypto/rand.Reader outside tests
	Log    *slog.Logger
	// Record runs a change in a transaction and writes the note that it gives into the
	// audit trail, which package booking keeps, in the same one (booking.Engine.Record):
	// a login that can't be written down does not happen.
	Record func(ctx context.Context, change func(*store.Tx) (store.Note, error)) error

	Parallel int // passwords judged at the same time, 19 MiB each; 0 means 2
}

// Service keeps the accounts. It is safe for use by many goroutines.
type Service struct {
	cfg       Config
	gate      gate
	strangers strangers
	nobody    string // a hash that no password has
}

// New makes the service.
func New(cfg Config) (*Service, error) {
	if cfg.Store == nil || cfg.Keys == nil || cfg.Now == nil || cfg.Random == nil || cfg.Log == nil || cfg.Record == nil {
		return nil, errors.New("account: Store, Keys, Now, Random, Log and Record are needed")
	}
	if cfg.Parallel <= 0 {
		cfg.Parallel = 2
	}
	s := &Service{cfg: cfg, gate: newGate(cfg.Parallel)}
	unguessed, err := newPassword(cfg.Random)
	if err != nil {
		return nil, err
	}
	if s.nobody, err = hash(unguessed); err != nil {
		return nil, err
	}
	return s, nil
}

// Find reads an account, as every request of a session does. ok is false where
// there is none.
func (s *Service) Find(ctx context.Context, name string) (a Account, ok bool, err error) {
	row, ok, err := store.AccountByName(ctx, s.cfg.Store.Reader(), name)
	return fromRow(row), ok, err
}

// List gives all accounts by name.
func (s *Service) List(ctx context.Context) ([]Account, error) {
	rows, err := store.Accounts(ctx, s.cfg.Store.Reader())
	if err != nil {
		return nil, err
	}
	out := make([]Account, len(rows))
	for i, r := range rows {
		out[i] = fromRow(r)
	}
	return out, nil
}

func fromRow(r store.Account) Account {
	return Account{
		Name: r.Name, Display: r.Display, Role: Role(r.Role), District: r.District, Site: r.Site, Stamp: r.Stamp,
		Created: instant(r.Created), Expires: instant(r.Expires), Disabled: instant(r.Disabled), Locked: instant(r.Locked), Login: instant(r.Login),
	}
}

func instant(milli int64) time.Time {
	if milli == 0 {
		return time.Time{}
	}
	return time.UnixMilli(milli).In(clinic.Taipei)
}

// change alters one account, with a note of it, and does also what goes with it. A
// refusal of alter changes nothing.
func (s *Service) change(ctx context.Context, name string, alter func(*store.Account) (store.Note, error), also ...func(*store.Tx) error) error {
	return s.cfg.Record(ctx, func(tx *store.Tx) (store.Note, error) {
		row, ok, err := tx.AccountForChange(name)
		if err != nil {
			return store.Note{}, err
		}
		if !ok {
			return store.Note{}, clinic.Refuse(RefusedUnknown)
		}
		note, err := alter(&row)
		if err != nil {
			return store.Note{}, err
		}
		for _, do := range also {
			err = errors.Join(err, do(tx))
		}
		return note, errors.Join(err, tx.UpdateAccount(row))
	})
}

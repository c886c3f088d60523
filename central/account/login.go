package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"strconv"
	"strings"
	"sync"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// An account is locked for LockFor after Tries wrong passwords in a row.
const (
	Tries   = 5
	LockFor = 15 * time.Minute
)

// stranger is the actor of attempts with a name that nobody has. What was typed
// is not written down: it may be a password in the wrong field.
const stranger = "unknown"

// Login judges a name and password. It refuses with RefusedWrong, the same for
// an unknown name; RefusedLocked, also for unknown names; and, after the right
// password, RefusedDisabled or RefusedExpired. Where the account it gives says Second,
// LoginSecond belongs between this and the session.
func (s *Service) Login(ctx context.Context, name, password string) (Account, error) {
	name = strings.ToLower(strings.TrimSpace(name))
	row, known, err := store.AccountByName(ctx, s.cfg.Store.Reader(), name)
	if err != nil {
		return Account{}, err
	}
	now := s.cfg.Now()
	actor, secret, until := stranger, s.nobody, s.strangers.until(name)
	if known {
		actor, secret, until = row.Name, row.Hash, instant(row.Locked)
	}
	if now.Before(until) {
		return s.refuse(ctx, actor, locked(until))
	}
	ok, err := s.gate.matches(ctx, password, secret)
	if err != nil {
		return Account{}, err
	}
	switch {
	case !known:
		return s.refuse(ctx, actor, s.strangers.count(name, now))
	case !ok:
		return s.wrong(ctx, name, now)
	}
	return s.enter(ctx, name, row.Hash, now)
}

func locked(until time.Time) *clinic.Refusal {
	return clinic.Refuse(RefusedLocked, "until", until.Format(time.RFC3339), "tries", strconv.Itoa(Tries))
}

// refuse writes a refusal down and gives it back.
func (s *Service) refuse(ctx context.Context, actor string, no error) (Account, error) {
	var refusal *clinic.Refusal
	if !errors.As(no, &refusal) {
		return Account{}, no
	}
	s.cfg.Log.Warn("login refused", "account", actor, "rule", refusal.Code)
	if err := s.cfg.Record(ctx, func(*store.Tx) (store.Note, error) { return refused(actor, refusal), nil }); err != nil {
		return Account{}, err
	}
	return Account{}, refusal
}

func refused(actor string, no *clinic.Refusal) store.Note {
	return store.Note{Actor: actor, Action: "login.refused", Object: actor, Detail: no.Code}
}

// wrong counts a wrong password and locks after the last allowed one.
func (s *Service) wrong(ctx context.Context, name string, now time.Time) (Account, error) {
	var no *clinic.Refusal
	err := s.change(ctx, name, func(a *store.Account) (store.Note, error) {
		if until := instant(a.Locked); now.Before(until) { // somebody else's guess was the last one
			no = locked(until)
			return refused(name, no), nil
		}
		no = fail(a, now, RefusedWrong)
		return refused(name, no), nil
	})
	if err != nil {
		return Account{}, err
	}
	s.cfg.Log.Warn("login refused", "account", name, "rule", no.Code)
	return Account{}, no
}

// enter lets an account in, if it still is as it was when its password was
// judged.
func (s *Service) enter(ctx context.Context, name, hash string, now time.Time) (Account, error) {
	second, _, err := store.SecondStepOf(ctx, s.cfg.Store.Reader(), name)
	if err != nil {
		return Account{}, err
	}
	var in Account
	err = s.change(ctx, name, func(a *store.Account) (store.Note, error) {
		if until := instant(a.Locked); now.Before(until) {
			return store.Note{}, locked(until)
		}
		if a.Hash != hash {
			return store.Note{}, clinic.Refuse(RefusedWrong)
		}
		if err := fromRow(*a).Usable(now); err != nil {
			return store.Note{}, err
		}
		if second.Began != 0 { // wrong codes go on being counted
			in = fromRow(*a)
			in.Second = true
			return store.Note{Actor: name, Action: "login.password", Object: name}, nil
		}
		a.Failures, a.Locked, a.Login = 0, 0, now.UnixMilli()
		in = fromRow(*a)
		return store.Note{Actor: name, Action: "login", Object: name}, nil
	})
	if err != nil {
		return s.refuse(ctx, name, err)
	}
	s.cfg.Log.Info("login", "account", name)
	return in, nil
}

// strangers counts wrong names like wrong passwords, so that a lock does not
// tell which names exist. It keeps hashes, in memory, and at most so many.
type strangers struct {
	mu   sync.Mutex
	seen map[[sha256.Size]byte]attempt
}

type attempt struct {
	failures int
	last     time.Time
	until    time.Time
}

const mostStrangers = 10_000

func (s *strangers) until(name string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen[sha256.Sum256([]byte(name))].until
}

func (s *strangers) count(name string, now time.Time) error {
	key := sha256.Sum256([]byte(name))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen == nil || len(s.seen) >= mostStrangers {
		s.forget(now)
	}
	a := s.seen[key]
	a.last = now
	if a.failures++; a.failures >= Tries {
		a.failures, a.until = 0, now.Add(LockFor)
	}
	s.seen[key] = a
	if now.Before(a.until) {
		return locked(a.until)
	}
	return clinic.Refuse(RefusedWrong)
}

// forget drops what is old, or everything when nothing is.
func (s *strangers) forget(now time.Time) {
	kept := make(map[[sha256.Size]byte]attempt)
	for k, a := range s.seen {
		if now.Sub(a.last) < LockFor {
			kept[k] = a
		}
	}
	if len(kept) >= mostStrangers {
		clear(kept)
	}
	s.seen = kept
}

package account

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// LeastPassword is how many characters a password has that somebody chose.
const LeastPassword = 12

// ChangePassword gives an account the password that its owner chose, and gives the
// account as it is then: every other session of it has ended. The present password is
// judged and counted as at a login: RefusedWrong, RefusedLocked. RefusedPassword is
// the answer to one that is too short or too long, or that the name is part of, and
// RefusedSame to the present one.
func (s *Service) ChangePassword(ctx context.Context, name, present, next string) (Account, error) {
	row, known, err := store.AccountByName(ctx, s.cfg.Store.Reader(), name)
	if err != nil {
		return Account{}, err
	}
	if !known {
		return Account{}, clinic.Refuse(RefusedUnknown)
	}
	now := s.cfg.Now()
	if until := instant(row.Locked); now.Before(until) {
		return s.refuse(ctx, name, locked(until))
	}
	ok, err := s.gate.matches(ctx, present, row.Hash)
	if err != nil {
		return Account{}, err
	}
	switch {
	case !ok:
		return s.wrong(ctx, name, now)
	case utf8.RuneCountInString(next) < LeastPassword || len(next) > longest || !utf8.ValidString(next) || strings.Contains(strings.ToLower(next), name):
		return Account{}, clinic.Refuse(RefusedPassword, "least", strconv.Itoa(LeastPassword))
	case next == present:
		return Account{}, clinic.Refuse(RefusedSame)
	}
	secret, err := hash(next)
	if err != nil {
		return Account{}, err
	}
	var own Account
	err = s.change(ctx, name, func(a *store.Account) (store.Note, error) {
		if a.Hash != row.Hash { // somebody else has changed it since it was judged
			return store.Note{}, clinic.Refuse(RefusedWrong)
		}
		a.Hash, a.Failures, a.Locked = secret, 0, 0
		a.Stamp++
		own = fromRow(*a)
		return store.Note{Actor: name, Action: "account.password", Object: name}, nil
	})
	return own, err
}

package account

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// NewAccount is what an administrator enters.
type NewAccount struct {
	Name     string // made lower-case
	Display  string
	Role     Role
	District string // for HealthCentre only
	Site     string // for Site only
}

var goodName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{2,31}$`)

const mostDisplay = 40 // characters

// Add makes an account, valid for a year, and gives its password: it is shown
// once and not kept. Only the field that the role needs of District and Site is
// looked at.
func (s *Service) Add(ctx context.Context, actor string, n NewAccount) (password string, err error) {
	n, err = s.check(ctx, n)
	if err != nil {
		return "", err
	}
	if password, err = newPassword(s.cfg.Random); err != nil {
		return "", err
	}
	secret, err := hash(password)
	if err != nil {
		return "", err
	}
	now := s.cfg.Now()
	note := store.Note{Actor: actor, Action: "account.add", Object: n.Name, Detail: strings.TrimSpace(string(n.Role) + " " + n.District + n.Site)}
	err = s.cfg.Record(ctx, func(tx *store.Tx) (store.Note, error) {
		if _, taken, err := store.AccountByName(ctx, tx.Reads(), n.Name); err != nil {
			return store.Note{}, err
		} else if taken {
			return store.Note{}, clinic.Refuse(RefusedTaken)
		}
		return note, tx.InsertAccount(store.Account{
			Name: n.Name, Display: n.Display, Role: string(n.Role), District: n.District, Site: n.Site, Hash: secret,
			Stamp: 1, Created: now.UnixMilli(), Expires: now.Add(Life).UnixMilli(),
		})
	})
	if err != nil {
		return "", err
	}
	return password, nil
}

func (s *Service) check(ctx context.Context, n NewAccount) (NewAccount, error) {
	n.Name = strings.ToLower(strings.TrimSpace(n.Name))
	n.Display = strings.TrimSpace(n.Display)
	switch {
	case !goodName.MatchString(n.Name) || n.Name == stranger || n.Name == "public" || n.Name == "central" || n.Name == "device":
		return n, clinic.Refuse(RefusedName) // those are actors of the audit trail
	case n.Display == "" || utf8.RuneCountInString(n.Display) > mostDisplay || strings.ContainsFunc(n.Display, unicode.IsControl):
		return n, clinic.Refuse(RefusedDisplay)
	}
	switch n.Role {
	case Admin, Bureau:
		n.District, n.Site = "", ""
	case HealthCentre:
		n.Site = ""
		if !twid.IsDistrict(n.District) {
			return n, clinic.Refuse(RefusedDistrict)
		}
	case Site:
		n.District = ""
		_, err := store.FeedSite(ctx, s.cfg.Store.Reader(), n.Site)
		if errors.Is(err, sql.ErrNoRows) {
			return n, clinic.Refuse(RefusedSite)
		}
		return n, err
	default:
		return n, clinic.Refuse(RefusedRole)
	}
	return n, nil
}

// Enable switches an account on or off. Its open sessions end when it is
// switched off; switching it on also ends a lock.
func (s *Service) Enable(ctx context.Context, actor, name string, on bool) error {
	if !on && actor == name {
		return clinic.Refuse(RefusedSelf)
	}
	action := "account.disable"
	if on {
		action = "account.enable"
	}
	return s.changed(ctx, actor, action, name, func(a *store.Account) error {
		a.Failures, a.Locked, a.Disabled = 0, 0, 0
		if !on {
			a.Disabled = s.cfg.Now().UnixMilli()
			a.Stamp++
		}
		return nil
	})
}

// Renew lets an account be used for another year from now.
func (s *Service) Renew(ctx context.Context, actor, name string) error {
	return s.changed(ctx, actor, "account.renew", name, func(a *store.Account) error {
		a.Expires = s.cfg.Now().Add(Life).UnixMilli()
		return nil
	})
}

// Reset gives an account a new password, ends its lock, its second step and its open
// sessions.
func (s *Service) Reset(ctx context.Context, actor, name string) (password string, err error) {
	if password, err = newPassword(s.cfg.Random); err != nil {
		return "", err
	}
	secret, err := hash(password)
	if err != nil {
		return "", err
	}
	err = s.changed(ctx, actor, "account.reset", name, func(a *store.Account) error {
		a.Hash, a.Failures, a.Locked = secret, 0, 0
		a.Stamp++
		return nil
	}, func(tx *store.Tx) error { return tx.DropSecondStep(name) })
	if err != nil {
		return "", err
	}
	return password, nil
}

// Delete removes an account; the audit trail keeps its name.
func (s *Service) Delete(ctx context.Context, actor, name string) error {
	if actor == name {
		return clinic.Refuse(RefusedSelf)
	}
	return s.cfg.Record(ctx, func(tx *store.Tx) (store.Note, error) {
		if _, ok, err := store.AccountByName(ctx, tx.Reads(), name); err != nil {
			return store.Note{}, err
		} else if !ok {
			return store.Note{}, clinic.Refuse(RefusedUnknown)
		}
		return store.Note{Actor: actor, Action: "account.delete", Object: name}, tx.DeleteAccount(name)
	})
}

func (s *Service) changed(ctx context.Context, actor, action, name string, alter func(*store.Account) error, also ...func(*store.Tx) error) error {
	return s.change(ctx, name, func(a *store.Account) (store.Note, error) {
		return store.Note{Actor: actor, Action: action, Object: name}, alter(a)
	}, also...)
}

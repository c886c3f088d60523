// Package roster is who works at a device: names and PINs, kept on the device so
// that signing in needs no network. What people do there carries their account.
package roster

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
)

// The codes of refusals. Each has a text under "roster." in every language.
const (
	PINWrong    = "pin_wrong"    // args: left, the tries until there is a pause
	PINPause    = "pin_pause"    // too many wrong ones; args: at, when to try again
	PINForm     = "pin_form"     // not four to eight digits
	PINSimple   = "pin_simple"   // too easy to guess
	AccountForm = "account_form" // not 2 to 16 letters, digits, dots and dashes
	NameMissing = "name_missing"
	Taken       = "account_taken"
	Unknown     = "account_unknown"
	LastManager = "last_manager" // nobody would be left to manage the device
	NotManager  = "not_manager"
	CardUnknown = "card_unknown" // nobody's card
	CardTaken   = "card_taken"   // somebody else's
	CardAndPIN  = "card_and_pin" // the card alone is not enough here, or not for a manager
)

const (
	tries      = 5 // wrong PINs before there is a pause
	firstPause = time.Minute
	longPause  = 15 * time.Minute
	longName   = 40 // characters
)

// cost is OWASP's first choice for argon2id; about 25 ms. A PIN has few digits:
// the hash lies sealed, so that a stolen disk alone has nothing to guess at.
var cost = argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// Member is somebody who works here.
type Member struct {
	Account string // what stands on events, such as a staff number
	Name    string // shown on this device only
	Manager bool   // may change the roster
	Card    bool   // a card of theirs is known here
}

// Roster is who works at a device.
type Roster struct {
	Replica *replica.Replica
}

// Members gives everybody, by account.
func (r *Roster) Members(ctx context.Context) ([]Member, error) {
	all, err := r.Replica.Staff(ctx)
	if err != nil {
		return nil, err
	}
	out := make([]Member, len(all))
	for i, m := range all {
		out[i] = memberOf(m)
	}
	return out, nil
}

func memberOf(m replica.StaffMember) Member {
	return Member{Account: m.Account, Name: m.Name, Manager: m.Manager, Card: len(m.Card) > 0}
}

// Begin puts the first one on an empty roster: a manager.
func (r *Roster) Begin(ctx context.Context, m Member, pin string) error {
	m.Manager = true
	return r.add(ctx, m, pin, func(all []replica.StaffMember) error {
		if len(all) > 0 {
			return clinic.Refuse(NotManager)
		}
		return nil
	})
}

// Add puts somebody on the roster; by is the manager who does it.
func (r *Roster) Add(ctx context.Context, by string, m Member, pin string) error {
	return r.add(ctx, m, pin, func(all []replica.StaffMember) error { return managed(all, by) })
}

func (r *Roster) add(ctx context.Context, m Member, pin string, allowed func([]replica.StaffMember) error) error {
	m.Account, m.Name = strings.TrimSpace(m.Account), strings.TrimSpace(m.Name)
	if !accountForm.MatchString(m.Account) {
		return clinic.Refuse(AccountForm)
	}
	if m.Name == "" || len([]rune(m.Name)) > longName {
		return clinic.Refuse(NameMissing)
	}
	hash, err := hashOf(pin)
	if err != nil {
		return err
	}
	return r.Replica.ChangeStaff(ctx, func(all []replica.StaffMember) ([]replica.StaffMember, error) {
		if err := allowed(all); err != nil {
			return nil, err
		}
		if find(all, m.Account) != nil {
			return nil, clinic.Refuse(Taken)
		}
		return append(all, replica.StaffMember{Account: m.Account, Name: m.Name, Manager: m.Manager, PIN: hash}), nil
	})
}

// SetPIN gives somebody another PIN: their own, or by a manager; it also ends a
// pause.
func (r *Roster) SetPIN(ctx context.Context, by, account, pin string) error {
	hash, err := hashOf(pin)
	if err != nil {
		return err
	}
	return r.Replica.ChangeStaff(ctx, func(all []replica.StaffMember) ([]replica.StaffMember, error) {
		m, err := ownOrManaged(all, by, account)
		if err != nil {
			return nil, err
		}
		m.PIN, m.Wrong, m.Again = hash, 0, time.Time{}
		return all, nil
	})
}

// Remove takes somebody off the roster. What they did stays as it is.
func (r *Roster) Remove(ctx context.Context, by, account string) error {
	return r.Replica.ChangeStaff(ctx, func(all []replica.StaffMember) ([]replica.StaffMember, error) {
		if err := managed(all, by); err != nil {
			return nil, err
		}
		if find(all, account) == nil {
			return nil, clinic.Refuse(Unknown)
		}
		left := slices.DeleteFunc(all, func(m replica.StaffMember) bool { return same(m.Account, account) })
		if !slices.ContainsFunc(left, func(m replica.StaffMember) bool { return m.Manager }) {
			return nil, clinic.Refuse(LastManager)
		}
		return left, nil
	})
}

// SignIn judges a PIN. A try counts before it is judged, so that ending the
// program in between gives nobody another one.
func (r *Roster) SignIn(ctx context.Context, account, pin string) (Member, error) {
	var found replica.StaffMember
	err := r.Replica.ChangeStaff(ctx, func(all []replica.StaffMember) ([]replica.StaffMember, error) {
		m := find(all, account)
		if m == nil {
			return nil, clinic.Refuse(Unknown)
		}
		now := r.Replica.Now()
		if pausing(m.Again, now) {
			return nil, clinic.Refuse(PINPause, "at", clinic.TimeOfDayOf(m.Again.Add(time.Minute-1)).String())
		}
		m.Wrong++
		if m.Wrong >= tries {
			m.Again = now.Add(pauseAfter(m.Wrong))
		}
		found = *m
		return all, nil
	})
	if err != nil {
		return Member{}, err
	}
	right, err := argon2id.ComparePasswordAndHash(pin, found.PIN)
	if err != nil {
		return Member{}, fmt.Errorf("judge a PIN: %w", err)
	}
	if !right {
		return Member{}, clinic.Refuse(PINWrong, "left", strconv.Itoa(max(0, tries-found.Wrong)))
	}
	return memberOf(found), r.Replica.ChangeStaff(ctx, func(all []replica.StaffMember) ([]replica.StaffMember, error) {
		if m := find(all, account); m != nil {
			m.Wrong, m.Again = 0, time.Time{}
		}
		return all, nil
	})
}

// pausing tells whether nothing is judged before again; a pause that is longer than any
// was noted by a clock that went wrong.
func pausing(again, now time.Time) bool { return now.Before(again) && again.Sub(now) <= longPause }

// pauseAfter is how long nothing is judged after so many wrong ones, from tries on.
func pauseAfter(wrong int) time.Duration { return min(longPause, firstPause<<min(wrong-tries, 4)) }

// Unlock opens a device whose grant has ended for 24 hours of checking in, once a
// manager's PIN is right, and gives the end. It refuses as SignIn does, with NotManager,
// and as replica.Unlock does.
func (r *Roster) Unlock(ctx context.Context, account, pin string) (until time.Time, err error) {
	m, err := r.SignIn(ctx, account, pin)
	if err != nil {
		return time.Time{}, err
	}
	if !m.Manager {
		return time.Time{}, clinic.Refuse(NotManager)
	}
	return r.Replica.Unlock(ctx, m.Account)
}

// Extend is Unlock for a manager who has signed in, whose PIN was judged then.
func (r *Roster) Extend(ctx context.Context, by string) (until time.Time, err error) {
	all, err := r.Replica.Staff(ctx)
	if err != nil {
		return time.Time{}, err
	}
	if err := managed(all, by); err != nil {
		return time.Time{}, err
	}
	return r.Replica.Unlock(ctx, by)
}

// Locked tells whether the device's grant has ended and nobody has opened it, and until
// when it is open where a manager has.
func (r *Roster) Locked(ctx context.Context) (locked bool, open time.Time, err error) {
	locked, err = r.Replica.Locked(ctx)
	if err != nil || !locked {
		return false, time.Time{}, err
	}
	open, err = r.Replica.Unlocked(ctx)
	return open.IsZero(), open, err
}

// same tells whether two accounts are one: people type theirs in small letters too.
func same(a, b string) bool { return strings.EqualFold(a, b) }

func find(all []replica.StaffMember, account string) *replica.StaffMember {
	for i := range all {
		if same(all[i].Account, account) {
			return &all[i]
		}
	}
	return nil
}

// managed refuses what only a manager may do.
func managed(all []replica.StaffMember, by string) error {
	if m := find(all, by); m == nil || !m.Manager {
		return clinic.Refuse(NotManager)
	}
	return nil
}

// ownOrManaged gives whose account it is, for what only they and managers may change.
func ownOrManaged(all []replica.StaffMember, by, account string) (*replica.StaffMember, error) {
	if !same(by, account) {
		if err := managed(all, by); err != nil {
			return nil, err
		}
	}
	if m := find(all, account); m != nil {
		return m, nil
	}
	return nil, clinic.Refuse(Unknown)
}

var (
	accountForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{1,15}$`)
	pinForm     = regexp.MustCompile(`^[0-9]{4,8}$`)
)

// hashOf judges a new PIN and hashes it.
func hashOf(pin string) (string, error) {
	if !pinForm.MatchString(pin) {
		return "", clinic.Refuse(PINForm)
	}
	if simple(pin) {
		return "", clinic.Refuse(PINSimple)
	}
	hash, err := argon2id.CreateHash(pin, &cost)
	if err != nil {
		return "", fmt.Errorf("hash a PIN: %w", err)
	}
	return hash, nil
}

// simple reports whether each digit follows from the one before by the same step:
// 1111, 1234, 8642.
func simple(pin string) bool {
	step := pin[1] - pin[0]
	for i := 2; i < len(pin); i++ {
		if pin[i]-pin[i-1] != step {
			return false
		}
	}
	return true
}

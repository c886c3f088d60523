package roster

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"strconv"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/syncproto"
)

// The refusals of Reset. Each has a text under "roster." in every language.
const (
	ResetForm  = "reset_form"  // a digit is missing, too many or mistyped; no try is counted
	ResetWrong = "reset_wrong" // args: left, the tries until there is a pause
	ResetPause = "reset_pause" // too many wrong ones; args: at, when to try again
	ResetOver  = "reset_over"  // the challenge is used or too old
)

// resetLife is how long a challenge stands: a call to central and some waiting.
const resetLife = 30 * time.Minute

// Challenge is what somebody who has forgotten the PIN reads out to central, which
// answers with a code, and until when it stands. Until then, and until a code was
// right, it is the same one.
func (r *Roster) Challenge(ctx context.Context) (digits string, until time.Time, err error) {
	fresh, err := syncproto.NewResetChallenge(rand.Reader)
	if err != nil {
		return "", time.Time{}, err
	}
	err = r.Replica.ChangeReset(ctx, func(s *replica.Reset, all []replica.StaffMember) ([]replica.StaffMember, error) {
		if now := r.Replica.Now(); !standing(*s, now) {
			s.Challenge, s.Until = fresh, now.Add(resetLife).UnixMilli()
		}
		digits, until = s.Challenge, time.UnixMilli(s.Until)
		return all, nil
	})
	return digits, until, err
}

// standing tells whether there is a challenge that counts; one that ends later than a
// new one would was drawn by a clock that went wrong.
func standing(s replica.Reset, now time.Time) bool {
	until := time.UnixMilli(s.Until)
	return s.Challenge != "" && now.Before(until) && until.Sub(now) <= resetLife
}

// Reset gives a manager another PIN, once central's code for the challenge is right,
// without a network. The code counts once. A try is counted before it is judged.
func (r *Roster) Reset(ctx context.Context, account, typed, pin string) error {
	code, err := syncproto.ParseResetCode(typed)
	if err != nil {
		return clinic.Refuse(ResetForm)
	}
	hash, err := hashOf(pin)
	if err != nil {
		return err
	}
	id, err := r.Replica.Identity(ctx)
	if err != nil {
		return fmt.Errorf("judge a reset code: %w", err)
	}
	tried, err := r.countReset(ctx, account)
	if err != nil {
		return err
	}
	want, err := syncproto.ResetCode(id.Grant.PSK, id.Grant.Device, tried.Challenge)
	if err != nil {
		return err
	}
	if subtle.ConstantTimeCompare([]byte(code), []byte(want)) != 1 {
		return clinic.Refuse(ResetWrong, "left", strconv.Itoa(max(0, tries-tried.Wrong)))
	}
	return r.Replica.ChangeReset(ctx, func(s *replica.Reset, all []replica.StaffMember) ([]replica.StaffMember, error) {
		m := find(all, account)
		if s.Challenge != tried.Challenge || m == nil || !m.Manager {
			return nil, clinic.Refuse(ResetOver)
		}
		m.PIN, m.Wrong, m.Again = hash, 0, time.Time{}
		*s = replica.Reset{}
		return all, nil
	})
}

// countReset counts a try, where one may be made.
func (r *Roster) countReset(ctx context.Context, account string) (tried replica.Reset, err error) {
	err = r.Replica.ChangeReset(ctx, func(s *replica.Reset, all []replica.StaffMember) ([]replica.StaffMember, error) {
		now := r.Replica.Now()
		if m := find(all, account); m == nil || !m.Manager {
			return nil, clinic.Refuse(NotManager)
		}
		if !standing(*s, now) {
			return nil, clinic.Refuse(ResetOver)
		}
		again := time.UnixMilli(s.Again)
		if pausing(again, now) {
			return nil, clinic.Refuse(ResetPause, "at", clinic.TimeOfDayOf(again.Add(time.Minute-1)).String())
		}
		s.Wrong++
		if s.Wrong >= tries {
			s.Again = now.Add(pauseAfter(s.Wrong)).UnixMilli()
		}
		tried = *s
		return all, nil
	})
	return tried, err
}

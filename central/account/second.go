package account

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/base32"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// The second step of a login (兩步驟登入) is a code of an authenticator app, TOTP of RFC
// 6238: six digits, SHA-1, a new one every half minute. A code counts once, half a minute
// early or late. Ten recovery codes of 50 bits stand in for a phone that is lost, each
// once. Wrong codes count as wrong passwords do, and a right password alone does not
// begin the count anew.
const (
	codeEvery     = 30 * time.Second
	secretSize    = 20 // bytes
	recoveryCodes = 10
	recoverySize  = 10 // letters
)

// issuer is what authenticator apps call us.
const issuer = "疫苗E指通"

var plainBase32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// SecondStep says since when an account has a second step, zero where it has none, and
// how many recovery codes are left.
func (s *Service) SecondStep(ctx context.Context, name string) (since time.Time, left int, err error) {
	second, _, err := store.SecondStepOf(ctx, s.cfg.Store.Reader(), name)
	return instant(second.Began), len(second.Codes) / 32, err
}

// BeginSecondStep draws a secret for an account that has no second step, and gives it as
// an address for the QR code of an authenticator app. It counts once ConfirmSecondStep
// has seen a code. An account that has one is RefusedSecond.
func (s *Service) BeginSecondStep(ctx context.Context, name string) (address string, err error) {
	secret := make([]byte, secretSize)
	if _, err := io.ReadFull(s.cfg.Random, secret); err != nil {
		return "", fmt.Errorf("draw a secret: %w", err)
	}
	err = s.cfg.Record(ctx, func(tx *store.Tx) (store.Note, error) {
		if second, ok, err := store.SecondStepOf(ctx, tx.Reads(), name); err != nil {
			return store.Note{}, err
		} else if ok && second.Began != 0 {
			return store.Note{}, clinic.Refuse(RefusedSecond)
		}
		return store.Note{}, tx.SaveSecondStep(store.SecondStep{Name: name, Secret: s.cfg.Keys.Seal(store.SecondStepTable, "secret", []byte(name), secret), Codes: []byte{}})
	})
	if err != nil {
		return "", err
	}
	q := url.Values{"secret": {plainBase32.EncodeToString(secret)}, "issuer": {issuer}}
	return "otpauth://totp/" + url.PathEscape(issuer+":"+name) + "?" + strings.ReplaceAll(q.Encode(), "+", "%20"), nil
}

// ConfirmSecondStep turns the second step on with a first code, and gives the recovery
// codes: they are shown once and not kept.
func (s *Service) ConfirmSecondStep(ctx context.Context, name, code string) (recovery []string, err error) {
	recovery = make([]string, recoveryCodes)
	var hashes []byte
	for i := range recovery {
		password, err := newPassword(s.cfg.Random)
		if err != nil {
			return nil, err
		}
		letters := strings.ReplaceAll(password, "-", "")[:recoverySize]
		recovery[i] = letters[:recoverySize/2] + "-" + letters[recoverySize/2:]
		hash := s.recoveryHash(name, letters)
		hashes = append(hashes, hash[:]...)
	}
	_, err = s.bySecondStep(ctx, name, code, "second.on", func(_ *store.Tx, _ *store.Account, second *store.SecondStep) error {
		if second.Began != 0 {
			return clinic.Refuse(RefusedSecond)
		}
		second.Began, second.Codes = s.cfg.Now().UnixMilli(), hashes
		return nil
	})
	return recovery, err
}

// EndSecondStep turns the second step off, with a last code.
func (s *Service) EndSecondStep(ctx context.Context, name, code string) error {
	_, err := s.bySecondStep(ctx, name, code, "second.off", func(tx *store.Tx, _ *store.Account, second *store.SecondStep) error {
		second.Name = "" // not to be saved
		return tx.DropSecondStep(name)
	})
	return err
}

// LoginSecond ends the login of an account for which Login said Second. stamp is the
// account's at that time. It refuses with RefusedCode and RefusedLocked.
func (s *Service) LoginSecond(ctx context.Context, name string, stamp int64, code string) (Account, error) {
	return s.bySecondStep(ctx, name, code, "login", func(_ *store.Tx, a *store.Account, second *store.SecondStep) error {
		switch {
		case a.Stamp != stamp || second.Began == 0: // everything has changed since the password was judged
			return clinic.Refuse(RefusedWrong)
		default:
			a.Login = s.cfg.Now().UnixMilli()
			return fromRow(*a).Usable(s.cfg.Now())
		}
	})
}

// bySecondStep lets then change an account whose code is right, and counts a wrong one.
// then refuses before it changes anything in the store.
func (s *Service) bySecondStep(ctx context.Context, name, code, action string, then func(*store.Tx, *store.Account, *store.SecondStep) error) (Account, error) {
	now := s.cfg.Now()
	var own Account
	var no *clinic.Refusal
	err := s.cfg.Record(ctx, func(tx *store.Tx) (store.Note, error) {
		no = nil
		a, ok, err := tx.AccountForChange(name)
		if err != nil {
			return store.Note{}, err
		}
		second, has, err := store.SecondStepOf(ctx, tx.Reads(), name)
		if err != nil {
			return store.Note{}, err
		}
		if !ok || !has {
			return store.Note{}, clinic.Refuse(RefusedUnknown)
		}
		if until := instant(a.Locked); now.Before(until) {
			no = locked(until)
			return refused(name, no), nil
		}
		right, err := s.accepts(&second, code, now)
		if err != nil {
			return store.Note{}, err
		}
		if !right {
			no = fail(&a, now, RefusedCode)
			return refused(name, no), tx.UpdateAccount(a)
		}
		a.Failures, a.Locked = 0, 0
		if err := then(tx, &a, &second); err != nil {
			return store.Note{}, err
		}
		if err := tx.UpdateAccount(a); err != nil {
			return store.Note{}, err
		}
		own = fromRow(a)
		if second.Name != "" {
			err = tx.SaveSecondStep(second)
		}
		return store.Note{Actor: name, Action: action, Object: name}, err
	})
	if err != nil {
		return Account{}, err
	}
	if no != nil {
		s.cfg.Log.Warn("second step refused", "account", name, "rule", no.Code)
		return Account{}, no
	}
	return own, nil
}

// fail counts a failure, and locks the account at the last one that is allowed.
func fail(a *store.Account, now time.Time, code string) *clinic.Refusal {
	if a.Failures++; a.Failures < Tries {
		return clinic.Refuse(code)
	}
	a.Failures, a.Locked = 0, now.Add(LockFor).UnixMilli()
	return locked(instant(a.Locked))
}

// accepts judges a code and uses it up.
func (s *Service) accepts(second *store.SecondStep, code string, now time.Time) (bool, error) {
	code = strings.ToLower(strings.Join(strings.FieldsFunc(code, func(r rune) bool { return r == ' ' || r == '-' }), ""))
	if len(code) == recoverySize {
		hash := s.recoveryHash(second.Name, code)
		for i := 0; i+32 <= len(second.Codes); i += 32 {
			if subtle.ConstantTimeCompare(second.Codes[i:i+32], hash[:]) == 1 {
				second.Codes = slices.Delete(bytes.Clone(second.Codes), i, i+32)
				return true, nil
			}
		}
		return false, nil
	}
	secret, err := s.cfg.Keys.Open(store.SecondStepTable, "secret", []byte(second.Name), second.Secret)
	if err != nil {
		return false, fmt.Errorf("open a second step: %w", err)
	}
	for _, off := range []time.Duration{0, -codeEvery, codeEvery} {
		at := now.Add(off)
		step := at.Unix() / int64(codeEvery.Seconds())
		want, err := totp.GenerateCodeCustom(plainBase32.EncodeToString(secret), at, totp.ValidateOpts{Period: uint(codeEvery.Seconds()), Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return false, fmt.Errorf("compute a code: %w", err)
		}
		if step > second.Step && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			second.Step = step
			return true, nil
		}
	}
	return false, nil
}

func (s *Service) recoveryHash(name, code string) [32]byte {
	return s.cfg.Keys.Index("recovery code", name+" "+code)
}

package account

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
)

// phone is an authenticator app that has scanned an account's QR code.
type phone struct {
	o      *office
	secret string
}

func (o *office) scans(t *testing.T, address string) phone {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "otpauth" || u.Host != "totp" || u.Path != "/疫苗E指通:lin" || u.Query().Get("issuer") != "疫苗E指通" {
		t.Fatalf("the QR code says %q, %v", address, err)
	}
	return phone{o, u.Query().Get("secret")}
}

// shows is the code of a moment so far from now.
func (p phone) shows(t *testing.T, off time.Duration) string {
	t.Helper()
	code, err := totp.GenerateCode(p.secret, p.o.cfg.Now().Add(off))
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// second is an account with a second step, its password, phone and recovery codes.
func second(t *testing.T) (o *office, password string, p phone, recovery []string) {
	t.Helper()
	o = newOffice(t)
	password = o.add(t, lin)
	address, err := o.BeginSecondStep(t.Context(), "lin")
	if err != nil {
		t.Fatal(err)
	}
	p = o.scans(t, address)
	if in, err := o.Login(t.Context(), "lin", password); err != nil || in.Second {
		t.Fatalf("before it is confirmed: %+v, %v", in, err)
	}
	if recovery, err = o.ConfirmSecondStep(t.Context(), "lin", p.shows(t, 0)); err != nil || len(recovery) != recoveryCodes {
		t.Fatal(recovery, err)
	}
	o.later(codeEvery)
	return o, password, p, recovery
}

func (o *office) enters(t *testing.T, password, code string) error {
	t.Helper()
	in, err := o.Login(t.Context(), "lin", password)
	if err != nil {
		return err
	}
	if !in.Second {
		t.Fatalf("the password alone is enough: %+v", in)
	}
	_, err = o.LoginSecond(t.Context(), "lin", in.Stamp, code)
	return err
}

func TestALoginNeedsTheCodeOfTheAuthenticator(t *testing.T) {
	o, password, p, _ := second(t)
	if since, left, err := o.SecondStep(t.Context(), "lin"); err != nil || since.IsZero() || left != recoveryCodes {
		t.Errorf("since %s, %d left, %v", since, left, err)
	}
	code := p.shows(t, 0)
	if err := o.enters(t, password, code[:3]+" "+code[3:]); err != nil {
		t.Error(err)
	}
	wrong := clinic.Refuse(RefusedCode)
	if err := o.enters(t, password, code); !errors.Is(err, wrong) {
		t.Errorf("a code was taken twice: %v", err)
	}
	if err := o.enters(t, password, p.shows(t, codeEvery)); err != nil {
		t.Errorf("a clock that is half a minute ahead: %v", err)
	}
	if err := o.enters(t, password, p.shows(t, 0)); !errors.Is(err, wrong) {
		t.Errorf("a code before one that was used: %v", err)
	}
	for _, code := range []string{"", "12345", "1234567", "abcdefghjk"} {
		if err := o.enters(t, password, code); !errors.Is(err, wrong) && !errors.Is(err, clinic.Refuse(RefusedLocked)) {
			t.Errorf("%q: %v", code, err)
		}
	}
	o.later(LockFor)
	for _, off := range []time.Duration{-2 * codeEvery, 2 * codeEvery} {
		if err := o.enters(t, password, p.shows(t, off)); !errors.Is(err, wrong) {
			t.Errorf("the code of %s from now: %v", off, err)
		}
	}
}

func TestARightPasswordDoesNotBeginTheCountOfWrongCodesAnew(t *testing.T) {
	o, password, p, recovery := second(t)
	for n := range Tries {
		want := RefusedCode
		if n == Tries-1 {
			want = RefusedLocked
		}
		if err := o.enters(t, password, "nonsense"); !errors.Is(err, clinic.Refuse(want)) {
			t.Fatalf("guess %d: %v, want %s", n, err, want)
		}
	}
	if err := o.enters(t, password, p.shows(t, 0)); !errors.Is(err, clinic.Refuse(RefusedLocked)) {
		t.Errorf("while it is locked: %v", err)
	}
	a, _, err := o.Find(t.Context(), "lin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.LoginSecond(t.Context(), "lin", a.Stamp, recovery[0]); !errors.Is(err, clinic.Refuse(RefusedLocked)) {
		t.Errorf("a recovery code while it is locked: %v", err)
	}
	o.later(LockFor)
	if err := o.enters(t, password, p.shows(t, 0)); err != nil {
		t.Error(err)
	}
}

func TestARecoveryCodeStandsInOnce(t *testing.T) {
	o, password, _, recovery := second(t)
	if err := o.enters(t, password, strings.ToUpper(strings.ReplaceAll(recovery[3], "-", " "))); err != nil {
		t.Error(err)
	}
	if err := o.enters(t, password, recovery[3]); !errors.Is(err, clinic.Refuse(RefusedCode)) {
		t.Errorf("the second time: %v", err)
	}
	if err := o.enters(t, password, recovery[4]); err != nil {
		t.Error(err)
	}
	if _, left, err := o.SecondStep(t.Context(), "lin"); err != nil || left != recoveryCodes-2 {
		t.Errorf("%d are left, %v", left, err)
	}
}

func TestTheSecondStepIsEndedWithACodeOrANewPassword(t *testing.T) {
	o, password, p, _ := second(t)
	if _, err := o.BeginSecondStep(t.Context(), "lin"); !errors.Is(err, clinic.Refuse(RefusedSecond)) {
		t.Errorf("another begins: %v", err)
	}
	if _, err := o.ConfirmSecondStep(t.Context(), "lin", p.shows(t, 0)); !errors.Is(err, clinic.Refuse(RefusedSecond)) {
		t.Errorf("confirmed again: %v", err)
	}
	if err := o.EndSecondStep(t.Context(), "lin", "000"); !errors.Is(err, clinic.Refuse(RefusedCode)) {
		t.Errorf("ended without a code: %v", err)
	}
	if err := o.EndSecondStep(t.Context(), "lin", p.shows(t, 0)); err != nil {
		t.Fatal(err)
	}
	if in, err := o.Login(t.Context(), "lin", password); err != nil || in.Second {
		t.Errorf("%+v, %v", in, err)
	}
	address, err := o.BeginSecondStep(t.Context(), "lin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.ConfirmSecondStep(t.Context(), "lin", o.scans(t, address).shows(t, 0)); err != nil {
		t.Fatal(err)
	}
	if password, err = o.Reset(t.Context(), "root", "lin"); err != nil {
		t.Fatal(err)
	}
	if in, err := o.Login(t.Context(), "lin", password); err != nil || in.Second {
		t.Errorf("after a reset: %+v, %v", in, err)
	}
	trail := strings.Join(o.notes, "\n")
	for _, want := range []string{"lin second.on lin", "lin second.off lin", "lin login.refused lin account_code"} {
		if !strings.Contains(trail, want) {
			t.Errorf("%q is not in the trail:\n%s", want, trail)
		}
	}
}

func TestAHalfLoginEndsWhenThePasswordChanges(t *testing.T) {
	o, password, p, _ := second(t)
	half, err := o.Login(t.Context(), "lin", password)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.ChangePassword(t.Context(), "lin", password, "quite another password"); err != nil {
		t.Fatal(err)
	}
	if _, err := o.LoginSecond(t.Context(), "lin", half.Stamp, p.shows(t, 0)); !errors.Is(err, clinic.Refuse(RefusedWrong)) {
		t.Errorf("with a stamp from before: %v", err)
	}
	if err := o.Delete(t.Context(), "root", "lin"); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := store.SecondStepOf(t.Context(), o.cfg.Store.Reader(), "lin"); ok || err != nil {
		t.Errorf("the second step outlives its account: %v", err)
	}
}

func TestNoSecretOfASecondStepLiesInTheClear(t *testing.T) {
	o, _, p, recovery := second(t)
	row, _, err := store.SecondStepOf(t.Context(), o.cfg.Store.Reader(), "lin")
	if err != nil {
		t.Fatal(err)
	}
	secret, err := plainBase32.DecodeString(p.secret)
	if err != nil || len(secret) != secretSize {
		t.Fatal(err)
	}
	kept := append(bytes.Clone(row.Secret), row.Codes...)
	for _, plain := range append([]string{string(secret), p.secret}, recovery...) {
		if bytes.Contains(kept, []byte(plain)) || strings.Contains(o.log.String()+fmt.Sprint(o.notes), plain) {
			t.Errorf("%q lies in the clear", plain)
		}
	}
}

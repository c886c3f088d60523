package roster_test

import (
	"fmt"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/syncproto"
)

// answered is central's code for a challenge of this device.
func answered(t *testing.T, r *roster.Roster, challenge string) string {
	t.Helper()
	id, err := r.Replica.Identity(t.Context())
	must(t, err)
	code, err := syncproto.ResetCode(id.Grant.PSK, id.Grant.Device, challenge)
	must(t, err)
	return code
}

// another is a well-formed code that is not this one.
func another(t *testing.T, code string) string {
	t.Helper()
	for n := range 100 {
		if other, err := syncproto.ParseResetCode(fmt.Sprintf("00000000%02d", n)); err == nil && other != code {
			return other
		}
	}
	t.Fatal("no other code")
	return ""
}

func TestAManagerWhoForgotThePINComesBackOnce(t *testing.T) {
	r, now := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), chen, "4071"))
	must(t, r.Add(t.Context(), chen.Account, lin, "80312"))
	refused(t, r.Reset(t.Context(), chen.Account, "0000000000", "5150"), roster.ResetOver) // nobody asked
	for range 5 {
		_, _ = r.SignIn(t.Context(), chen.Account, "0000")
	}
	challenge, until, err := r.Challenge(t.Context())
	must(t, err)
	if until.Sub(*now) != 30*time.Minute {
		t.Errorf("it stands until %s", until)
	}
	*now = now.Add(29 * time.Minute)
	if same, _, err := r.Challenge(t.Context()); err != nil || same != challenge {
		t.Errorf("asked again it is %s, %v; before it was %s", same, err, challenge)
	}
	code := answered(t, r, challenge)
	refused(t, r.Reset(t.Context(), chen.Account, code, "1234"), roster.PINSimple)
	refused(t, r.Reset(t.Context(), chen.Account, code[:9], "5150"), roster.ResetForm)
	refused(t, r.Reset(t.Context(), lin.Account, code, "5150"), roster.NotManager)
	must(t, r.Reset(t.Context(), chen.Account, syncproto.ReadOut(code), "5150"))
	if _, err := r.SignIn(t.Context(), chen.Account, "5150"); err != nil {
		t.Errorf("with the new PIN, after a pause: %v", err)
	}
	refused(t, r.Reset(t.Context(), chen.Account, code, "6262"), roster.ResetOver)
	if next, _, err := r.Challenge(t.Context()); err != nil || next == challenge {
		t.Errorf("the next challenge is %s, %v", next, err)
	}
	refused(t, r.Reset(t.Context(), chen.Account, another(t, answered(t, r, challenge)), "6262"), roster.ResetWrong)
}

func TestACodeEndsWithItsChallenge(t *testing.T) {
	dir := t.TempDir()
	r, now := on(t, dir)
	must(t, r.Begin(t.Context(), chen, "4071"))
	challenge, until, err := r.Challenge(t.Context())
	must(t, err)
	*now = until
	refused(t, r.Reset(t.Context(), chen.Account, answered(t, r, challenge), "5150"), roster.ResetOver)
	*now = until.Add(-2 * time.Hour) // turned back
	refused(t, r.Reset(t.Context(), chen.Account, answered(t, r, challenge), "5150"), roster.ResetOver)
	challenge, _, err = r.Challenge(t.Context())
	must(t, err)
	must(t, r.Replica.Close())
	again, clock := on(t, dir) // the program was started again
	*clock = *now
	if same, _, err := again.Challenge(t.Context()); err != nil || same != challenge {
		t.Errorf("after a restart it is %s, %v; before it was %s", same, err, challenge)
	}
	must(t, again.Reset(t.Context(), chen.Account, answered(t, again, challenge), "5150"))
}

func TestGuessingACodeTakesLonger(t *testing.T) {
	r, now := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), chen, "4071"))
	challenge, _, err := r.Challenge(t.Context())
	must(t, err)
	right := answered(t, r, challenge)
	for left := 4; left >= 0; left-- {
		err := r.Reset(t.Context(), chen.Account, another(t, right), "5150")
		refused(t, err, roster.ResetWrong)
		if want := clinic.Refuse(roster.ResetWrong, "left", fmt.Sprint(left)); err.Error() != want.Error() {
			t.Errorf("said %v, want %v", err, want)
		}
	}
	refused(t, r.Reset(t.Context(), chen.Account, right, "5150"), roster.ResetPause)
	*now = now.Add(time.Minute)
	refused(t, r.Reset(t.Context(), chen.Account, another(t, right), "5150"), roster.ResetWrong)
	*now = now.Add(time.Minute)
	refused(t, r.Reset(t.Context(), chen.Account, right, "5150"), roster.ResetPause) // two minutes now
	*now = now.Add(40 * time.Minute)                                                 // a new challenge does not begin the count anew
	challenge, _, err = r.Challenge(t.Context())
	must(t, err)
	right = answered(t, r, challenge)
	refused(t, r.Reset(t.Context(), chen.Account, another(t, right), "5150"), roster.ResetWrong)
	*now = now.Add(3 * time.Minute)
	refused(t, r.Reset(t.Context(), chen.Account, right, "5150"), roster.ResetPause)
	*now = now.Add(time.Minute)
	must(t, r.Reset(t.Context(), chen.Account, right, "5150"))
}

package roster_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/kiosk/roster"
)

var (
	chen = roster.Member{Account: "N014", Name: "陳護理師", Manager: true}
	lin  = roster.Member{Account: "N027", Name: "林行政"}
)

// on opens a roster whose clock the test moves.
func on(t *testing.T, dir string) (r *roster.Roster, clock *time.Time) {
	t.Helper()
	now := replicatest.Now
	return &roster.Roster{Replica: replicatest.Open(t, dir, func() time.Time { return now })}, &now
}

func refused(t *testing.T, err error, code string) {
	t.Helper()
	if !errors.Is(err, clinic.Refuse(code)) {
		t.Errorf("answered %v, want %s", err, code)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestOnlyAManagersPINOpensALockedDevice(t *testing.T) {
	r, now := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), chen, "4071"))
	must(t, r.Add(t.Context(), chen.Account, lin, "80312"))
	unlock := func(account, pin string) error { _, err := r.Unlock(t.Context(), account, pin); return err }
	refused(t, unlock(chen.Account, "4071"), replica.NotLocked)
	id, err := r.Replica.Identity(t.Context())
	must(t, err)
	*now = time.Unix(id.Grant.Expires, 0)
	refused(t, unlock(lin.Account, "80312"), roster.NotManager)
	for range 5 {
		if err := unlock(chen.Account, "9999"); err == nil {
			t.Fatal("a wrong PIN opens it")
		}
	}
	if err := unlock(chen.Account, "4071"); err == nil {
		t.Fatal("the right PIN is judged in the pause after five wrong ones")
	}
	*now = now.Add(2 * time.Minute)
	until, err := r.Unlock(t.Context(), chen.Account, "4071")
	must(t, err)
	if open, err := r.Replica.Unlocked(t.Context()); err != nil || !open.Equal(until) || !until.Equal(now.Add(24*time.Hour)) {
		t.Errorf("open until %s, said %s, %v", open, until, err)
	}
	refused(t, unlock(chen.Account, "4071"), replica.UnlockUsed)
}

func TestAManagerWhoIsSignedInOpensALockedDevice(t *testing.T) {
	r, now := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), chen, "4071"))
	must(t, r.Add(t.Context(), chen.Account, lin, "80312"))
	stands := func(locked bool, open time.Time) {
		t.Helper()
		if l, o, err := r.Locked(t.Context()); err != nil || l != locked || !o.Equal(open) {
			t.Errorf("locked %v, open until %s, %v", l, o, err)
		}
	}
	stands(false, time.Time{})
	_, err := r.Extend(t.Context(), chen.Account)
	refused(t, err, replica.NotLocked)
	id, err := r.Replica.Identity(t.Context())
	must(t, err)
	*now = time.Unix(id.Grant.Expires, 0)
	stands(true, time.Time{})
	_, err = r.Extend(t.Context(), lin.Account)
	refused(t, err, roster.NotManager)
	until, err := r.Extend(t.Context(), chen.Account)
	must(t, err)
	stands(false, until)
	*now = until
	stands(true, time.Time{})
	_, err = r.Extend(t.Context(), chen.Account)
	refused(t, err, replica.UnlockUsed)
}

func TestTheFirstManagerSetsUpTheOthers(t *testing.T) {
	r, _ := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), roster.Member{Account: " N014 ", Name: "陳護理師"}, "4071"))
	refused(t, r.Begin(t.Context(), lin, "4071"), roster.NotManager)
	must(t, r.Add(t.Context(), chen.Account, lin, "80312"))
	refused(t, r.Add(t.Context(), lin.Account, roster.Member{Account: "N99", Name: "某某"}, "4071"), roster.NotManager)
	refused(t, r.Add(t.Context(), chen.Account, roster.Member{Account: "n027", Name: "某某"}, "4071"), roster.Taken)
	for account, code := range map[string]string{"": roster.AccountForm, "陳": roster.AccountForm, "a b": roster.AccountForm} {
		refused(t, r.Add(t.Context(), chen.Account, roster.Member{Account: account, Name: "某某"}, "4071"), code)
	}
	refused(t, r.Add(t.Context(), chen.Account, roster.Member{Account: "N99"}, "4071"), roster.NameMissing)
	for _, pin := range []string{"", "123", "123456789", "12a4", "１２３５"} {
		refused(t, r.SetPIN(t.Context(), lin.Account, lin.Account, pin), roster.PINForm)
	}
	for _, pin := range []string{"1111", "1234", "8642", "98765432"} {
		refused(t, r.SetPIN(t.Context(), lin.Account, lin.Account, pin), roster.PINSimple)
	}
	all, err := r.Members(t.Context())
	must(t, err)
	if len(all) != 2 || all[0] != chen || all[1] != lin {
		t.Errorf("the roster is %+v", all)
	}
	refused(t, r.Remove(t.Context(), chen.Account, chen.Account), roster.LastManager)
	refused(t, r.Remove(t.Context(), lin.Account, chen.Account), roster.NotManager)
	refused(t, r.Remove(t.Context(), chen.Account, "N77"), roster.Unknown)
	must(t, r.Remove(t.Context(), chen.Account, lin.Account))
	_, err = r.SignIn(t.Context(), lin.Account, "80312")
	refused(t, err, roster.Unknown)
}

func TestGuessingAPINTakesLonger(t *testing.T) {
	dir := t.TempDir()
	r, _ := on(t, dir)
	must(t, r.Begin(t.Context(), chen, "4071"))
	guess := func() error {
		_, err := r.SignIn(t.Context(), chen.Account, "0000")
		return err
	}
	for range 5 {
		refused(t, guess(), roster.PINWrong)
	}
	if _, err := r.SignIn(t.Context(), chen.Account, "4071"); !errors.Is(err, clinic.Refuse(roster.PINPause)) {
		t.Fatalf("the right PIN during the pause: %v", err)
	}
	must(t, r.Replica.Close())
	r, now := on(t, dir) // the pause outlives the program
	refused(t, guess(), roster.PINPause)
	*now = now.Add(time.Minute)
	refused(t, guess(), roster.PINWrong)
	*now = now.Add(time.Minute)
	refused(t, guess(), roster.PINPause) // two minutes now
	*now = now.Add(time.Minute)
	if got, err := r.SignIn(t.Context(), chen.Account, "4071"); err != nil || got != chen {
		t.Fatalf("after the pause: %+v, %v", got, err)
	}
	refused(t, guess(), roster.PINWrong)
	got, err := r.SignIn(t.Context(), "n014", "4071")
	if err != nil || got != chen {
		t.Errorf("the count did not begin anew: %v", err)
	}
}

func TestAManagerGivesANewPIN(t *testing.T) {
	r, _ := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), chen, "4071"))
	must(t, r.Add(t.Context(), chen.Account, lin, "80312"))
	for range 5 {
		_, _ = r.SignIn(t.Context(), lin.Account, "0000")
	}
	refused(t, r.SetPIN(t.Context(), lin.Account, chen.Account, "5150"), roster.NotManager)
	must(t, r.SetPIN(t.Context(), chen.Account, lin.Account, "7263"))
	if _, err := r.SignIn(t.Context(), lin.Account, "7263"); err != nil {
		t.Errorf("with the new PIN: %v", err)
	}
}

func TestAttemptsAtOnceAllCount(t *testing.T) {
	r, _ := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), chen, "4071"))
	wrong := make(chan error, 12)
	for range cap(wrong) {
		go func() { _, err := r.SignIn(context.WithoutCancel(t.Context()), chen.Account, "9999"); wrong <- err }()
	}
	judged := 0
	for range cap(wrong) {
		if err := <-wrong; errors.Is(err, clinic.Refuse(roster.PINWrong)) {
			judged++
		}
	}
	if judged != 5 {
		t.Errorf("%d PINs were judged before there was a pause", judged)
	}
}

func TestNoNameAndNoPINLieOnTheDisk(t *testing.T) {
	dir := t.TempDir()
	r, _ := on(t, dir)
	must(t, r.Begin(t.Context(), chen, "4071"))
	must(t, r.Replica.Close())
	data, err := os.ReadFile(filepath.Join(dir, replica.File))
	must(t, err)
	for _, word := range []string{"陳護理師", "argon2id", "4071$"} {
		if bytes.Contains(data, []byte(word)) {
			t.Errorf("%s can be read from the disk", word)
		}
	}
}

func TestAnAccountIsTheSameInSmallLetters(t *testing.T) {
	r, _ := on(t, t.TempDir())
	must(t, r.Begin(t.Context(), chen, "4071"))
	must(t, r.Add(t.Context(), "n014", lin, "80312"))
	must(t, r.SetPIN(t.Context(), "n027", "N027", "7263"))
	must(t, r.SetCard(t.Context(), "n027", "N027", "000012345678"))
	if _, err := r.SignIn(t.Context(), "n027", "7263"); err != nil {
		t.Error(err)
	}
	must(t, r.Remove(t.Context(), "n014", "n027"))
	if all, err := r.Members(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d are left, %v", len(all), err)
	}
}

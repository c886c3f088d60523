package account

import (
	"errors"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
)

func TestSomebodyChoosesAPasswordOfTheirOwn(t *testing.T) {
	o := newOffice(t)
	first := o.add(t, lin)
	before, err := o.Login(t.Context(), "lin", first)
	if err != nil {
		t.Fatal(err)
	}
	const chosen = "三隻小貓在屋頂上曬太陽喔"
	for next, want := range map[string]string{
		"short": RefusedPassword, strings.Repeat("貓", LeastPassword-1): RefusedPassword, strings.Repeat("x", longest+1): RefusedPassword,
		"my name is LIN, yes": RefusedPassword, "\xff\xfe" + strings.Repeat("x", 20): RefusedPassword, first: RefusedSame,
	} {
		if _, err := o.ChangePassword(t.Context(), "lin", first, next); !errors.Is(err, clinic.Refuse(want)) {
			t.Errorf("%q: %v, want %s", next, err, want)
		}
	}
	if _, err := o.ChangePassword(t.Context(), "nobody", first, chosen); !errors.Is(err, clinic.Refuse(RefusedUnknown)) {
		t.Errorf("an account that is not there: %v", err)
	}
	after, err := o.ChangePassword(t.Context(), "lin", first, chosen)
	if err != nil || after.Stamp == before.Stamp {
		t.Fatalf("%+v, %v", after, err)
	}
	if last := o.notes[len(o.notes)-1]; last != "lin account.password lin" {
		t.Errorf("the trail says %q", last)
	}
	if _, err := o.Login(t.Context(), "lin", first); !errors.Is(err, clinic.Refuse(RefusedWrong)) {
		t.Errorf("the password from before: %v", err)
	}
	if _, err := o.Login(t.Context(), "lin", chosen); err != nil {
		t.Error(err)
	}
	if strings.Contains(o.log.String()+strings.Join(o.notes, ""), chosen) {
		t.Error("the password is written down")
	}
}

func TestGuessingThePresentPasswordLocksTheAccount(t *testing.T) {
	o := newOffice(t)
	password := o.add(t, lin)
	for n := range Tries {
		want := RefusedWrong
		if n == Tries-1 {
			want = RefusedLocked
		}
		if _, err := o.ChangePassword(t.Context(), "lin", "guess", "quite another password"); !errors.Is(err, clinic.Refuse(want)) {
			t.Errorf("guess %d: %v, want %s", n, err, want)
		}
	}
	if _, err := o.ChangePassword(t.Context(), "lin", password, "quite another password"); !errors.Is(err, clinic.Refuse(RefusedLocked)) {
		t.Errorf("while it is locked: %v", err)
	}
	o.later(LockFor)
	if _, err := o.ChangePassword(t.Context(), "lin", password, "quite another password"); err != nil {
		t.Error(err)
	}
}

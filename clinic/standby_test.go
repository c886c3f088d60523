package clinic_test

import (
	"testing"

	"ezhitong.tw/clinic"
)

func TestWhatTwoDesksHeardComesToOneAnswerInEitherOrder(t *testing.T) {
	rising := []clinic.StandbyAnswer{
		clinic.StandbyWaiting, clinic.StandbyOffered, clinic.StandbyUnreached, clinic.StandbyDeclined, clinic.StandbyAccepted,
	}
	for i, a := range rising {
		if a.Known() != (i > 0) {
			t.Errorf("%q is known: %t", a, a.Known())
		}
		for j, b := range rising {
			if want := rising[max(i, j)]; a.Then(b) != want {
				t.Errorf("%q and %q come to %q, want %q", a, b, a.Then(b), want)
			}
		}
	}
	if clinic.StandbyAnswer("maybe").Known() || clinic.StandbyOffered.Then("maybe") != clinic.StandbyOffered {
		t.Error("an answer that nobody knows counts")
	}
}

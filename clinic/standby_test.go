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

func TestWhatWasTakenBackDoesNotCountInAnyOrder(t *testing.T) {
	at := func(seq uint64, kind clinic.EventKind, said string, voids uint64) clinic.Event {
		e := clinic.Event{Ref: clinic.EventRef{Device: clinic.ID{1}, Epoch: 1, Seq: seq}, Kind: kind, Reason: said}
		if voids > 0 {
			e.Voids = clinic.EventRef{Device: clinic.ID{1}, Epoch: 1, Seq: voids}
		}
		return e
	}
	offered, accepted := at(1, clinic.StandbyAsked, "offered", 0), at(2, clinic.StandbyAsked, "accepted", 0)
	back, again := at(3, clinic.EventVoided, "undo", 2), at(4, clinic.StandbyAsked, "accepted", 0)
	for want, all := range map[int][][]clinic.Event{
		0: {{offered}, {offered, accepted, back}, {back, accepted, offered}},
		1: {{offered, accepted}, {accepted, back, again}, {again, back, accepted}, {back, again}},
		2: {{accepted, again}},
	} {
		for _, events := range all {
			if got := clinic.StandbyAcceptances(events); len(got) != want {
				t.Errorf("%d acceptances count, want %d", len(got), want)
			}
		}
	}
}

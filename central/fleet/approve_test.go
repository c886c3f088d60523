package fleet

import (
	"errors"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestADeviceWaitsUntilAPersonHasComparedFiveWords(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	a := w.attempt(t, m, w.code(t).Secret)
	r, err := a.ask(t)
	if err != nil || r.Grant != nil {
		t.Fatalf("the device came in by itself: %v, %v", r.Grant, err)
	}
	words := a.opener.Words(r)
	d := w.asking(t, words)
	if d.Site != site || d.SiteName != "仁愛診所" || d.Label != "櫃檯" || d.Role != syncproto.RoleDesk || !d.Until.Equal(w.clock().Add(CodeLife)) {
		t.Errorf("central shows %+v", d)
	}
	if _, known, err := w.PeerByKey(m.noise.Public); known || err != nil {
		t.Error("central knows a device that nobody approved")
	}
	if r, err = a.ask(t); err != nil || r.Grant != nil || a.opener.Words(r) != words {
		t.Fatalf("asking again changed something: %v", err)
	}
	w.pass(CodeLife - 1)
	if err := w.Approve(t.Context(), "boss", d.ID); err != nil {
		t.Fatal(err)
	}
	w.pass(2) // the code would be over, the grant is still there
	if r, err = a.ask(t); err != nil || r.Grant == nil || r.Grant.Device != d.ID {
		t.Fatalf("an approved device gets %v, %v", r.Grant, err)
	}
	if all, err := w.Asking(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d devices still wait, %v", len(all), err)
	}
	w.pass(CodeLife)
	_, err = a.ask(t)
	wantProblem(t, err, syncproto.ProblemCodeExpired)
}

func TestADeviceThatWasTurnedAwayIsToldSo(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	a := w.attempt(t, m, w.code(t).Secret)
	r, err := a.ask(t)
	if err != nil {
		t.Fatal(err)
	}
	d := w.asking(t, a.opener.Words(r))
	if err := w.TurnAway(t.Context(), "boss", d.ID); err != nil {
		t.Fatal(err)
	}
	_, err = a.ask(t)
	wantProblem(t, err, syncproto.ProblemNotApproved)
	for name, err := range map[string]error{"approve": w.Approve(t.Context(), "boss", d.ID), "turn away": w.TurnAway(t.Context(), "boss", d.ID)} {
		if !errors.Is(err, clinic.Refuse(RefusedAsking)) {
			t.Errorf("%s afterwards: %v", name, err)
		}
	}
	if n := w.notes[len(w.notes)-1]; n.Actor != "boss" || n.Action != "device.turn_away" {
		t.Errorf("the audit trail says %+v", n)
	}
}

func TestWhoeverStoleTheCodeShowsOtherWords(t *testing.T) {
	w := newTown(t)
	code := w.code(t)
	thief, device := w.attempt(t, newMachine(t), code.Secret), w.attempt(t, newMachine(t), code.Secret)
	r, err := thief.ask(t)
	if err != nil {
		t.Fatal(err)
	}
	_, err = device.ask(t)
	wantProblem(t, err, syncproto.ProblemCodeUsed)
	if device.opener.Words(r) == thief.opener.Words(r) {
		t.Error("two requests have the same words")
	}
}

func TestNobodyIsApprovedAfterTheCodeHasEnded(t *testing.T) {
	w := newTown(t)
	a := w.attempt(t, newMachine(t), w.code(t).Secret)
	r, err := a.ask(t)
	if err != nil {
		t.Fatal(err)
	}
	d := w.asking(t, a.opener.Words(r))
	w.pass(CodeLife)
	if err := w.Approve(t.Context(), "boss", d.ID); !errors.Is(err, clinic.Refuse(RefusedAsking)) {
		t.Errorf("approved with %v", err)
	}
	if err := w.Approve(t.Context(), "boss", clinic.ID{1}); !errors.Is(err, clinic.Refuse(RefusedAsking)) {
		t.Errorf("approved somebody unknown with %v", err)
	}
}

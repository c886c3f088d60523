package fleet

import (
	"errors"
	"strings"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestCentralAnswersADevicesChallengeAsTheDeviceDoes(t *testing.T) {
	w := newTown(t)
	g := w.enrolled(t, newMachine(t), w.code(t).Secret)
	challenge, err := syncproto.NewResetChallenge(strings.NewReader("seven bytes and a few more of it"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := syncproto.ResetCode(g.PSK, g.Device, challenge)
	if err != nil {
		t.Fatal(err)
	}
	code, err := w.ResetCode(t.Context(), "boss", g.Device, syncproto.ReadOut(challenge))
	if err != nil || code != want {
		t.Fatalf("central says %q, %v; the device waits for %q", code, err, want)
	}
	if n := w.notes[len(w.notes)-1]; n.Actor != "boss" || n.Action != "device.reset" || n.Object != g.Device.String() || strings.Contains(n.Detail, code) {
		t.Errorf("the audit trail says %+v", n)
	}
	notes := len(w.notes)
	for typed, want := range map[string]error{"": clinic.Refuse(RefusedChallenge), challenge[1:]: clinic.Refuse(RefusedChallenge)} {
		if _, err := w.ResetCode(t.Context(), "boss", g.Device, typed); !errors.Is(err, want) {
			t.Errorf("%q: %v", typed, err)
		}
	}
	if _, err := w.ResetCode(t.Context(), "boss", clinic.ID{1}, challenge); !errors.Is(err, ErrNoDevice) {
		t.Errorf("of no device: %v", err)
	}
	w.full = errors.New("the disk is full")
	if code, err := w.ResetCode(t.Context(), "boss", g.Device, challenge); !errors.Is(err, w.full) || code != "" {
		t.Errorf("not written down, it gives %q, %v", code, err)
	}
	w.full = nil
	if err := w.Revoke(t.Context(), "boss", g.Device); err != nil {
		t.Fatal(err)
	}
	if _, err := w.ResetCode(t.Context(), "boss", g.Device, challenge); !errors.Is(err, clinic.Refuse(RefusedRevoked)) {
		t.Errorf("of a device that is shut out: %v", err)
	}
	if len(w.notes) != notes+1 { // of the revoking
		t.Error("what was refused is in the audit trail")
	}
}

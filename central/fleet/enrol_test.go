package fleet

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestADeviceComesInWithACode(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	code := w.code(t)
	if !code.Matches(w.Secrets().Public()) {
		t.Fatal("the code does not name this central")
	}
	g := w.enrolled(t, m, code.Secret)
	if g.Site != site || g.SiteName != "仁愛診所" || g.Role != syncproto.RoleDesk || g.Letter != "A" || g.Label != "櫃檯" || g.Epoch != 1 {
		t.Fatalf("the grant says %+v", g)
	}
	if time.Unix(g.Expires, 0).Sub(w.clock()) != 30*24*time.Hour {
		t.Fatalf("the grant ends at %d", g.Expires)
	}
	p, ok, err := w.PeerByKey(m.noise.Public)
	if err != nil || !ok || p.ID != g.Device || !bytes.Equal(p.PSK[:], g.PSK) {
		t.Fatalf("central does not know the device it just admitted: %v", err)
	}
	if len(w.notes) != 2 || w.notes[0].Action != "device.code" || w.notes[1].Action != "device.enrol" || w.notes[1].Actor != "boss" {
		t.Fatalf("the audit trail says %+v", w.notes)
	}
}

func TestALostAnswerIsGivenAgainToTheSameDeviceOnly(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	code := w.code(t)
	first := w.enrolled(t, m, code.Secret)
	if again := w.enrolled(t, m, code.Secret); again.Device != first.Device || !bytes.Equal(again.Signature, first.Signature) {
		t.Fatal("the same device became another one")
	}
	_, err := w.enrol(t, newMachine(t), code.Secret)
	wantProblem(t, err, syncproto.ProblemCodeUsed)
	if err := w.Revoke(t.Context(), "admin", first.Device); err != nil {
		t.Fatal(err)
	}
	_, err = w.enrol(t, m, code.Secret)
	wantProblem(t, err, syncproto.ProblemCodeUsed)
}

func TestACodeEndsAfterAQuarterOfAnHour(t *testing.T) {
	w := newTown(t)
	code := w.code(t)
	w.pass(CodeLife)
	_, err := w.enrol(t, newMachine(t), code.Secret)
	wantProblem(t, err, syncproto.ProblemCodeExpired)
}

func TestACodeEndsAfterFiveWrongTries(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	code, other := w.code(t), w.code(t)
	last := map[byte]string{'0': "1"}[code.Secret[9]]
	if last == "" {
		last = "0"
	}
	for range CodeTries {
		_, err := w.enrol(t, m, code.Secret[:9]+last)
		wantProblem(t, err, syncproto.ProblemCodeWrong)
	}
	_, err := w.enrol(t, m, code.Secret)
	wantProblem(t, err, syncproto.ProblemCodeExpired)
	w.enrolled(t, m, other.Secret) // another code is not hurt
}

func TestACodeThatNobodyMadeIsWrong(t *testing.T) {
	w := newTown(t)
	_, err := w.enrol(t, newMachine(t), "0000000000")
	wantProblem(t, err, syncproto.ProblemCodeWrong)
	_, err = w.Enrol(t.Context(), []byte("not sealed"))
	wantProblem(t, err, syncproto.ProblemMalformed)
}

func TestADeviceMakesNewKeysForEveryEnrolment(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	w.enrolled(t, m, w.code(t).Secret)
	_, err := w.enrol(t, m, w.code(t).Secret)
	wantProblem(t, err, syncproto.ProblemMalformed)
}

func TestLettersAreDenseAndNeverGivenTwice(t *testing.T) {
	w := newTown(t)
	for _, want := range []string{"A", "B", "C"} {
		g := w.enrolled(t, newMachine(t), w.code(t).Secret)
		if g.Letter != want {
			t.Fatalf("the letter is %s, want %s", g.Letter, want)
		}
		if err := w.Revoke(t.Context(), "admin", g.Device); err != nil {
			t.Fatal(err)
		}
	}
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 51: "AZ", 52: "BA", 701: "ZZ", 702: "AAA"} {
		if got := letter(n); got != want {
			t.Errorf("letter %d is %s, want %s", n, got, want)
		}
	}
}

func TestACodeNeedsASiteARoleAndALabel(t *testing.T) {
	w := newTown(t)
	for _, c := range []struct {
		site, label, want string
		role              syncproto.Role
	}{
		{"0000000000", "櫃檯", RefusedSite, syncproto.RoleDesk},
		{site, "櫃檯", RefusedRole, "manager"},
		{site, "", RefusedLabel, syncproto.RoleKiosk},
		{site, strings.Repeat("櫃", 21), RefusedLabel, syncproto.RoleKiosk},
	} {
		if _, _, err := w.NewCode(t.Context(), "admin", c.site, c.role, c.label); !errors.Is(err, clinic.Refuse(c.want)) {
			t.Errorf("%+v: %v", c, err)
		}
	}
}

func TestNoLogLineHoldsACode(t *testing.T) {
	w := newTown(t)
	code := w.code(t)
	_, _ = w.enrol(t, newMachine(t), code.Secret[:9]+"~") // refused by the size of its alphabet or as wrong
	w.enrolled(t, newMachine(t), code.Secret)
	if strings.Contains(w.log.String(), code.Secret) || strings.Contains(w.log.String(), code.Text()) {
		t.Fatal("the log holds a code")
	}
}

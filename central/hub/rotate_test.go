package hub_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// renew asks what became of grant and keys and takes it over, as a device does.
func (d *device) renew() {
	d.t.Helper()
	held := d.holder()
	r, err := exchange[syncproto.Renewal](d, syncproto.Renew{Keys: held.Keys.ID(), Expires: held.Grant.Expires})
	must(d.t, err)
	next, err := held.Take(r, d.w.Now().Unix())
	must(d.t, err)
	d.keys, d.grant = next.Keys, next.Grant
}

func TestDevicesMoveToNewKeysWithoutAPauseAndTheOldOnesEnd(t *testing.T) {
	w := newWorld(t)
	first, second := connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleKiosk)
	first.renew() // seen with the keys of today
	before := first.keys
	code := w.code(t, syncproto.RoleDesk) // made before the rotation
	must(t, w.fleet.RotateKeys(t.Context(), "admin"))
	if err := w.fleet.RotateKeys(t.Context(), "admin"); !errors.Is(err, clinic.Refuse(fleet.RefusedRotating)) {
		t.Fatalf("rotated twice at once: %v", err)
	}
	must(t, first.pull(10)) // the live session goes on

	late := newDevice(t, w)
	must(t, late.enrol(code))
	if !bytes.Equal(late.keys.ID(), before.ID()) {
		t.Fatal("a code of yesterday brought the keys of today")
	}
	late.mustConnect() // with the old keys, which are valid
	fresh := enrolled(t, w, syncproto.RoleDesk)
	if bytes.Equal(fresh.keys.ID(), before.ID()) {
		t.Fatal("a new device got the old keys")
	}
	w.restart(t)
	w.pass(time.Hour)
	all := []*device{first, second, late, fresh}
	for i, d := range all {
		d.mustConnect()
		d.renew()
		d.mustConnect() // with what it holds now
		if bytes.Equal(d.keys.ID(), before.ID()) {
			t.Fatalf("device %d did not learn the new keys", i)
		}
		if states, _ := w.fleet.Keys(); !states[1].Retired.IsZero() {
			t.Fatalf("the old keys ended while %d devices had them", len(all)-i)
		}
	}
	for _, d := range all { // each shows that it has the new ones
		d.renew()
	}
	states, unseen := w.fleet.Keys()
	if len(states) != 2 || states[0].Devices != 4 || states[1].Devices != 0 || states[1].Retired.IsZero() || unseen != 0 {
		t.Fatalf("%+v, %d unseen", states, unseen)
	}
	must(t, w.fleet.RotateKeys(t.Context(), "admin")) // and again
	first.mustConnect()
	first.renew()
	if states, _ = w.fleet.Keys(); len(states) != 3 || states[0].Fingerprint != first.keys.Fingerprint() {
		t.Fatalf("%+v", states)
	}
}

func TestAHandshakeWithARetiredKeyIsToldSo(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	must(t, w.fleet.RotateKeys(t.Context(), "admin"))
	old := d.keys
	d.mustConnect()
	must(t, w.fleet.RetireKeys(t.Context(), "admin"))
	_, err := d.connect()
	wantProblem(t, err, syncproto.ProblemKeyRetired)
	w.restart(t)
	_, err = d.connect()
	wantProblem(t, err, syncproto.ProblemKeyRetired)
	if err := w.fleet.RetireKeys(t.Context(), "admin"); !errors.Is(err, clinic.Refuse(fleet.RefusedRetired)) {
		t.Errorf("retired the only keys: %v", err)
	}
	w.pass(time.Minute)
	again := newDevice(t, w)
	must(t, again.enrol(w.code(t, syncproto.RoleDesk)))
	if bytes.Equal(again.keys.ID(), old.ID()) {
		t.Error("a new device got the retired keys")
	}
}

func TestARotationIsKnownAtEveryCentral(t *testing.T) {
	dsn := storetest.FreshServer(t)
	here := newWorldIn(t, bookingtest.StartAt(t, dsn, 5), t.TempDir())
	there := newWorldIn(t, bookingtest.Join(t, dsn), here.keys)
	d := connected(t, there, syncproto.RoleDesk)
	must(t, here.fleet.RotateKeys(t.Context(), "admin"))
	must(t, there.fleet.Refresh(t.Context()))
	d.renew()
	d.w = here
	d.mustConnect()
	if d.keys.Fingerprint() != here.fleet.Secrets().Public().Fingerprint() {
		t.Error("the two centrals have different keys")
	}
	if err := there.fleet.RotateKeys(t.Context(), "admin"); !errors.Is(err, clinic.Refuse(fleet.RefusedRotating)) {
		t.Errorf("the other one rotates meanwhile: %v", err)
	}
}

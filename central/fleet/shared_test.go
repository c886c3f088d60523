package fleet

import (
	"testing"

	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// twins are two centrals on one PostgreSQL.
func twins(t *testing.T) (a, b *town) {
	t.Helper()
	dsn := storetest.FreshServer(t)
	a = newTownOn(t, storetest.OpenAt(t, dsn))
	b = &town{path: a.path, now: a.now, ids: 1 << 32}
	b.open(t, storetest.OpenAt(t, dsn))
	return a, b
}

func TestTwinsShareTheirDevices(t *testing.T) {
	a, b := twins(t)
	m, code := newMachine(t), a.code(t)
	g := b.enrolled(t, m, code.Secret) // the code is the other's
	if again := a.enrolled(t, m, code.Secret); again.Device != g.Device {
		t.Error("the same device became another one at the other central")
	}
	second := newMachine(t)
	if g := b.enrolled(t, second, b.code(t).Secret); g.Letter != "B" {
		t.Errorf("the second device has the letter %s", g.Letter)
	}
	if p, ok, err := a.PeerByKey(second.noise.Public); err != nil || !ok || p.Letter != "B" {
		t.Errorf("the one central does not know the other's device: %v, %v", ok, err)
	}
	third := newMachine(t)
	if g := a.enrolled(t, third, a.code(t).Secret); g.Letter != "C" {
		t.Errorf("the third device has the letter %s", g.Letter)
	}

	p, _, err := b.Peer(g.Device)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Revoke(t.Context(), "admin", g.Device); err != nil {
		t.Fatal(err)
	}
	b.pass(grantLife / 2)
	if _, err := b.Renew(t.Context(), g.Device, syncproto.Renew{Keys: b.Secrets().Public().ID(), Expires: g.Expires}); err != nil { // with an old memory of the device
		t.Fatal(err)
	}
	<-p.Ended // its sessions end here too
	if p, _, err := b.Peer(g.Device); err != nil || !p.Revoked {
		t.Errorf("renewing brought a revoked device back: %v", err)
	}
	if err := a.Fence(t.Context(), a.lettered(t, "B")); err != nil {
		t.Fatal(err)
	}
	if err := b.Refresh(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p, _, err := b.Peer(b.lettered(t, "B")); err != nil || !p.Fenced {
		t.Errorf("the other central has not heard of the fence: %v", err)
	}
}

func TestTwinsAdmitAtTheSameTime(t *testing.T) {
	a, b := twins(t)
	const each = 5
	grants := make(chan syncproto.Grant, 2*each)
	for _, w := range []*town{a, b} {
		codes := make([]string, each)
		for i := range codes {
			codes[i] = w.code(t).Secret
		}
		go func() {
			for _, secret := range codes {
				grants <- w.enrolled(t, newMachine(t), secret)
			}
		}()
	}
	letters := make(map[string]bool)
	for range 2 * each {
		letters[(<-grants).Letter] = true
	}
	if len(letters) != 2*each {
		t.Errorf("%d letters for %d devices", len(letters), 2*each)
	}
}

// lettered finds the device with a letter.
func (w *town) lettered(t *testing.T, letter string) clinic.ID {
	t.Helper()
	all, err := w.Devices(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if d.Letter == letter {
			return d.ID
		}
	}
	t.Fatalf("there is no device %s", letter)
	return clinic.ID{}
}

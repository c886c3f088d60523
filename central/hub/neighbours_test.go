package hub_test

import (
	"bytes"
	"errors"
	"testing"

	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func TestADeviceLearnsOfTheOthersOnceItsSiteWantsThat(t *testing.T) {
	w := newWorld(t)
	first, second := connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleKiosk)
	ask := func(d *device) syncproto.Neighbours {
		t.Helper()
		n, err := exchange[syncproto.Neighbours](d, syncproto.AskNeighbours{})
		must(t, err)
		return n
	}
	if n := ask(first); len(n.Key) != 0 || len(n.Devices) != 0 {
		t.Fatalf("told without having been turned on: %+v", n)
	}
	if err := w.fleet.SetLAN(t.Context(), "admin", "0000000000", true); !errors.Is(err, clinic.Refuse(fleet.RefusedSite)) {
		t.Errorf("turned on for no site: %v", err)
	}
	for range 2 { // twice is once
		must(t, w.fleet.SetLAN(t.Context(), "admin", first.grant.Site, true))
	}
	n, same := ask(first), ask(second)
	if len(n.Key) != syncproto.LANKeySize || !bytes.Equal(n.Key, same.Key) || len(n.Devices) != 2 {
		t.Fatalf("%+v", n)
	}
	for i, d := range []*device{first, second} {
		got, holder := n.Devices[i], d.holder()
		if got.Device != d.grant.Device || got.Epoch != d.grant.Epoch || got.Role != d.grant.Role || got.Letter != d.grant.Letter || got.Revoked ||
			!bytes.Equal(got.Noise, holder.Noise) || !bytes.Equal(got.Sign, holder.Sign) {
			t.Errorf("device %d is told as %+v", i, got)
		}
	}
	if bytes.Equal(n.Key, first.grant.PSK) {
		t.Error("the site's key is the device's")
	}
	w.restart(t)
	first.mustConnect()
	if again := ask(first); !bytes.Equal(again.Key, n.Key) {
		t.Error("the site's key changed with a restart")
	}
	must(t, w.fleet.Revoke(t.Context(), "admin", second.grant.Device))
	if n = ask(first); !n.Devices[1].Revoked || n.Devices[0].Revoked {
		t.Errorf("after one was revoked: %+v", n.Devices)
	}
	must(t, w.fleet.SetLAN(t.Context(), "admin", first.grant.Site, false))
	if n = ask(first); len(n.Key) != 0 || len(n.Devices) != 0 {
		t.Errorf("told after having been turned off: %+v", n)
	}
}

func TestADeviceLearnsHowFarTheOthersCameAtCentral(t *testing.T) {
	w := newWorld(t)
	first, second := connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleDesk)
	must(t, w.fleet.SetLAN(t.Context(), "admin", first.grant.Site, true))
	first.happens(clinic.CheckedIn, clinic.ID{7})
	first.happens(clinic.CheckedIn, clinic.ID{8})
	_, err := first.push()
	must(t, err)
	n, err := exchange[syncproto.Neighbours](second, syncproto.AskNeighbours{})
	must(t, err)
	if n.Devices[0].Acked != 2 || n.Devices[1].Acked != 0 {
		t.Errorf("%+v", n.Devices)
	}
}

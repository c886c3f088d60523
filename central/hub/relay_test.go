package hub_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// passed are events of a device from a number on, one push each, as it signs them for
// its neighbours.
func (d *device) passed(from uint64) (out []syncproto.Push) {
	d.t.Helper()
	var link syncproto.Hash
	for _, op := range d.ops {
		if op.Seq >= from {
			p := syncproto.Push{Device: d.grant.Device, Epoch: d.grant.Epoch, Previous: bytes.Clone(link[:]), Ops: []syncproto.Op{op}}
			must(d.t, p.Sign(d.sign))
			out = append(out, p)
		}
		link = syncproto.HashOp(link, op)
	}
	return out
}

// carries has a device bring events of others, and gives how far central is then.
func (d *device) carries(events ...syncproto.Push) (map[clinic.ID]uint64, error) {
	d.t.Helper()
	heads, err := exchange[syncproto.Heads](d, syncproto.Passed{Events: events})
	out := make(map[clinic.ID]uint64)
	for _, h := range heads.Heads {
		out[h.Device] = h.Seq
	}
	return out, err
}

func TestANeighbourCarriesWhatADeviceWithoutALineDid(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	dark, other := connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleDesk)
	must(t, w.fleet.SetLAN(t.Context(), "admin", other.grant.Site, true))
	dark.happens(clinic.CheckedIn, b.ID)
	dark.happens(clinic.VaccineGiven, b.ID)
	for range 2 { // carried twice it counts once
		at, err := other.carries(dark.passed(1)...)
		if err != nil || at[dark.grant.Device] != 2 {
			t.Fatalf("central is at %v, %v", at, err)
		}
	}
	got, err := w.Booking(t.Context(), b.ID)
	if err != nil || len(got.Events) != 2 || got.Visit().Attendance != clinic.Vaccinated || got.Events[0].Ref.Device != dark.grant.Device {
		t.Errorf("%+v, %v", got.Events, err)
	}
	if welcome := dark.mustConnect(); welcome.AckedSeq != 2 { // its own line is back
		t.Errorf("the device is told %d", welcome.AckedSeq)
	}
}

func TestACarrierCanNeitherForgeNorBringOtherSitesEvents(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	dark, kept, other := connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleDesk)
	dark.happens(clinic.CheckedIn, b.ID)
	dark.happens(clinic.CheckedIn, b.ID)
	kept.happens(clinic.CheckedIn, b.ID)
	if _, err := other.carries(dark.passed(1)...); !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemMalformed}) {
		t.Errorf("a site that has not turned the help on: %v", err)
	}
	other.mustConnect()
	must(t, w.fleet.SetLAN(t.Context(), "admin", other.grant.Site, true))

	forged := dark.passed(1)[:1]
	_, foreign, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	forged[0].Ops[0].Staff = "somebody"
	must(t, forged[0].Sign(foreign))
	stranger := kept.passed(1)
	stranger[0].Device = clinic.ID{9}
	must(t, stranger[0].Sign(kept.sign))
	at, err := other.carries(append(append(forged, stranger...), kept.passed(1)...)...)
	if err != nil || at[dark.grant.Device] != 0 || at[kept.grant.Device] != 1 {
		t.Errorf("central is at %v, %v", at, err)
	}
	if at, err = other.carries(dark.passed(2)...); err != nil || at[dark.grant.Device] != 0 { // the first one is missing
		t.Errorf("central is at %v, %v", at, err)
	}
	if got, err := w.Booking(t.Context(), b.ID); err != nil || len(got.Events) != 1 {
		t.Errorf("%d events, %v", len(got.Events), err)
	}
	must(t, w.fleet.Revoke(t.Context(), "admin", dark.grant.Device))
	if at, err = other.carries(dark.passed(1)...); err != nil || at[dark.grant.Device] != 2 {
		t.Errorf("central is at %v, %v", at, err)
	}
	if got, err := w.Booking(t.Context(), b.ID); err != nil || len(got.Events) != 1 {
		t.Errorf("what a revoked device did counts: %d events, %v", len(got.Events), err)
	}
}

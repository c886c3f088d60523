package hub_test

import (
	"bytes"
	"errors"
	"testing"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/hub"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func (d *device) bundle(pushes ...syncproto.Push) []byte {
	d.t.Helper()
	b, err := syncproto.SealBundle(d.w.fleet.Secrets().Public(), pushes)
	must(d.t, err)
	return b
}

func TestACarriedEventCountsOnceHoweverItCame(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	d.happens(clinic.CheckedIn, b.ID)
	d.happens(clinic.VaccineGiven, b.ID)
	carried := d.bundle(d.pushOf(1))
	for _, want := range []syncproto.Outcome{syncproto.Accepted, syncproto.Duplicate} {
		device, ack, receipt, err := w.hub.Import(t.Context(), carried)
		if err != nil || device != d.grant.Device || ack.AckedSeq != 2 || len(ack.Verdicts) != 2 || ack.Verdicts[1].Outcome != want {
			t.Fatalf("%+v of %s, %v", ack, device, err)
		}
		r, err := syncproto.OpenReceipt(w.fleet.Secrets().Public(), receipt)
		if err != nil || r.Device != device || r.Epoch != d.grant.Epoch || r.History != w.History() || r.Last().AckedSeq != 2 || !bytes.Equal(r.Last().ChainHead, ack.ChainHead) ||
			r.Acks[0].Verdicts[0].Outcome != want {
			t.Errorf("the receipt is %+v, %v", r, err)
		}
	}
	if welcome := d.mustConnect(); welcome.AckedSeq != 2 {
		t.Errorf("the device is told %d", welcome.AckedSeq)
	}
	if got, err := w.Booking(t.Context(), b.ID); err != nil || len(got.Events) != 2 || got.Visit().Attendance != clinic.Vaccinated {
		t.Errorf("%d events, %v", len(got.Events), err)
	}
}

func TestAReceiptIsSignedWithTheKeysThatTheDeviceHolds(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	d.happens(clinic.CheckedIn, b.ID)
	held := w.fleet.Secrets().Public()
	carried := d.bundle(d.pushOf(1))
	must(t, w.fleet.RotateKeys(t.Context(), "admin"))
	must(t, w.fleet.RetireKeys(t.Context(), "admin")) // while the device was dark
	_, _, receipt, err := w.hub.Import(t.Context(), carried)
	must(t, err)
	if _, err := syncproto.OpenReceipt(held, receipt); err != nil {
		t.Errorf("with the older keys: %v", err)
	}
	if _, err := syncproto.OpenReceipt(w.fleet.Secrets().Public(), receipt); !errors.Is(err, syncproto.ErrOtherCentral) {
		t.Errorf("with the newer ones: %v", err)
	}
}

func TestABundleThatIsNotRightIsRefusedWhole(t *testing.T) {
	w := newWorld(t)
	b := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d, other := connected(t, w, syncproto.RoleDesk), connected(t, w, syncproto.RoleDesk)
	for range 3 {
		d.happens(clinic.CheckedIn, b.ID)
	}
	refuses := func(story, code string, sealed []byte) {
		t.Helper()
		if _, _, _, err := w.hub.Import(t.Context(), sealed); !errors.Is(err, clinic.Refuse(code)) {
			t.Errorf("%s: %v", story, err)
		}
	}
	all := d.pushOf(1)
	first := all
	first.Ops = all.Ops[:1]
	must(t, first.Sign(d.sign))
	second := d.pushOf(2)
	must(t, second.Sign(other.sign))
	refuses("another file", hub.RefusedBundleNone, []byte("hello"))
	refuses("the second half signed by somebody else", hub.RefusedBundleDamaged, d.bundle(first, second))
	if acked, _, err := w.Stream(t.Context(), d.grant.Device, d.grant.Epoch); err != nil || acked != 0 {
		t.Errorf("%d events were stored of it, %v", acked, err)
	}
	refuses("events before it are missing", hub.RefusedBundleGap, d.bundle(d.pushOf(2)))
	_, err := d.push()
	must(t, err)
	d.ops[2].Ticket = "A099" // a clone tells another story
	refuses("another story under the same number", hub.RefusedBundleFork, d.bundle(d.pushOf(1)))
	refuses("and from then on", hub.RefusedBundleShut, d.bundle(all))
	must(t, w.fleet.Revoke(t.Context(), "admin", other.grant.Device))
	other.happens(clinic.CheckedIn, b.ID)
	_, ack, _, err := w.hub.Import(t.Context(), other.bundle(other.pushOf(1)))
	if err != nil || len(ack.Verdicts) != 1 || ack.Verdicts[0].Outcome != syncproto.Parked {
		t.Errorf("people judge what a revoked device did: %+v, %v", ack.Verdicts, err)
	}
}

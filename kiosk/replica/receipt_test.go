package replica_test

import (
	"bytes"
	"errors"
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func TestAReceiptHasWhatWasCarriedWaitNoMore(t *testing.T) {
	r, rows := counter(t)
	here := restored()
	if err := r.Welcome(t.Context(), here); err != nil {
		t.Fatal(err)
	}
	tell(t, r, 4, false, rows...)
	says(t, r, rows[1].Booking.ID, clinic.CheckedIn)
	says(t, r, rows[2].Booking.ID, clinic.CheckedIn)
	id, err := r.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	links := func(n int) []byte {
		out, err := r.Outbox(t.Context(), -1)
		if err != nil || len(out.Ops) < n {
			t.Fatalf("%d events, %v", len(out.Ops), err)
		}
		link := syncproto.HashOps(syncproto.Hash(out.Previous), out.Ops[:n])
		return link[:]
	}
	one, two := links(1), links(2)
	receipt := func(seq uint64, head []byte) syncproto.Receipt {
		return syncproto.Receipt{History: here.History, Time: here.Time, Device: id.Grant.Device, Epoch: id.Grant.Epoch, Acks: []syncproto.Ack{
			{AckedSeq: seq, ChainHead: head, Verdicts: []syncproto.Verdict{{Seq: seq, Outcome: syncproto.Parked, Code: "ORPHAN"}}},
		}}
	}
	waits := func(want int) {
		t.Helper()
		if out, err := r.Outbox(t.Context(), -1); err != nil || len(out.Ops) != want {
			t.Errorf("%d events wait, not %d; %v", len(out.Ops), want, err)
		}
	}
	other, later, elsewhere := receipt(1, one), receipt(1, one), receipt(1, one)
	other.Device, later.Epoch, elsewhere.History = replicatest.NewID(), 2, replicatest.NewID()
	for _, c := range []struct {
		story string
		file  syncproto.Receipt
		want  error
	}{
		{"another device's", other, replica.ErrReceiptDevice},
		{"of another epoch", later, replica.ErrReceiptDevice},
		{"of a central that has been restored since", elsewhere, replica.ErrReceiptHistory},
		{"of another chain", receipt(2, bytes.Repeat([]byte{7}, 32)), replica.ErrReceiptChain},
		{"of an event that never was", receipt(3, two), replica.ErrReceiptChain},
		{"of a link that is another event's", receipt(2, one), replica.ErrReceiptChain},
	} {
		if err := r.TakeReceipt(t.Context(), c.file); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.story, err)
		}
		waits(2)
	}
	if err := r.TakeReceipt(t.Context(), receipt(1, one)); err != nil {
		t.Fatal(err)
	}
	waits(1)
	if err := r.TakeReceipt(t.Context(), receipt(2, two)); err != nil {
		t.Fatal(err)
	}
	waits(0)
	if err := r.TakeReceipt(t.Context(), receipt(1, one)); !errors.Is(err, replica.ErrReceiptOld) {
		t.Errorf("the one before: %v", err)
	}
	waits(0)
	if un, err := r.Unanswered(t.Context(), 10); err != nil || len(un.Ops) != 0 {
		t.Errorf("%d events are without a verdict, %v", len(un.Ops), err)
	}
}

package station_test

import (
	"crypto/ed25519"
	"crypto/hpke"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

// dark is a device that has checked two people in since it heard central, and what
// signs for central.
func dark(t *testing.T) (dir string, r *replica.Replica, keys syncproto.Keys, sign ed25519.PrivateKey) {
	t.Helper()
	dir = t.TempDir()
	r = replicatest.Open(t, dir, func() time.Time { return replicatest.Now })
	id, err := r.Identity(t.Context())
	must(t, err)
	sign = ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	private, err := hpke.MLKEM768X25519().NewPrivateKey(make([]byte, syncproto.HPKEPrivateSize))
	must(t, err)
	keys = syncproto.Keys{HPKE: private.PublicKey().Bytes(), Noise: make([]byte, syncproto.NoiseKeySize), Sign: sign.Public().(ed25519.PublicKey)}
	id.Central = keys
	must(t, r.SaveIdentity(t.Context(), id))
	must(t, r.Welcome(t.Context(), syncproto.Welcome{Version: 1, History: clinic.ID{9}, Time: replicatest.Now.UnixMilli()}))
	slot, one := replicatest.Booked("A123456789", "王小明", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today)
	_, two := replicatest.Booked("F131104093", "陳美", clinic.Date{Year: 1961, Month: 6, Day: 15}, replicatest.Today)
	two.Booking.Slot = slot.Slot.ID
	replicatest.Fill(t, r, 3, slot, one, two)
	for _, b := range []syncproto.Row{one, two} {
		_, err := r.Act(t.Context(), b.Booking.ID, func(clinic.Booking) (replica.Draft, error) {
			return replica.Draft{Kind: clinic.CheckedIn, Staff: "nurse", Ticket: true}, nil
		})
		must(t, err)
	}
	return dir, r, keys, sign
}

func TestEveryReceiptThatIsNotTakenSaysWhatToDo(t *testing.T) {
	dir, r, keys, sign := dark(t)
	id, err := r.Identity(t.Context())
	must(t, err)
	out, err := r.Outbox(t.Context(), -1)
	must(t, err)
	head := func(n int) []byte {
		link := syncproto.HashOps(syncproto.Hash(out.Previous), out.Ops[:n])
		return link[:]
	}
	take := func(folder string, file []byte) (string, error) {
		c := station.ReceiptCommand{File: filepath.Join(t.TempDir(), "clinic.ezreceipt")}
		must(t, os.WriteFile(c.File, file, 0o600))
		return c.Run(t.Context(), folder, station.Flags{Keys: "file"})
	}
	receipt := func(seq uint64, head []byte, change func(*syncproto.Receipt)) []byte {
		r := syncproto.Receipt{
			History: clinic.ID{9}, Time: replicatest.Now.UnixMilli(), Device: id.Grant.Device, Epoch: id.Grant.Epoch,
			Acks: []syncproto.Ack{{AckedSeq: seq, ChainHead: head, Verdicts: []syncproto.Verdict{{Seq: 1, Outcome: syncproto.Accepted}, {Seq: 2, Outcome: syncproto.Flagged, Code: "RECALLED_LOT"}}}},
		}
		change(&r)
		b, err := syncproto.SignReceipt(r, keys, sign)
		must(t, err)
		return b
	}
	asItIs := func(*syncproto.Receipt) {}
	refuses := func(says string, file []byte) {
		t.Helper()
		if text, err := take(dir, file); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("not %s, but %q, %v", says, text, err)
		}
		if out, err := r.Outbox(t.Context(), -1); err != nil || out.Acked > 1 {
			t.Errorf("after that %d are acknowledged, %v", out.Acked, err)
		}
	}
	whole := receipt(2, head(2), asItIs)
	refuses("請確認檔名", make([]byte, syncproto.MaxReceipt+1))
	refuses("請在中央把原來的檔案再匯入一次", whole[:len(whole)-1])
	refuses("回條是給另一台裝置的", receipt(2, head(2), func(r *syncproto.Receipt) { r.Device = clinic.ID{7} }))
	refuses("中央還原過備份", receipt(2, head(2), func(r *syncproto.Receipt) { r.History = clinic.ID{7} }))
	refuses("請聯絡管理者", receipt(2, head(1), asItIs))
	if text, err := take(dir, receipt(1, head(1), asItIs)); err != nil || !strings.Contains(text, "還有 1 筆等待送出") {
		t.Errorf("half of it: %q, %v", text, err)
	}
	if text, err := take(dir, whole); err != nil || !strings.Contains(text, "還有 0 筆等待送出") || !strings.Contains(text, "1 筆由中央的人員查看") {
		t.Errorf("all of it: %q, %v", text, err)
	}
	if text, err := take(dir, receipt(1, head(1), asItIs)); err == nil || !strings.Contains(err.Error(), "回條比較舊") {
		t.Errorf("an older one: %q, %v", text, err)
	}
	empty := t.TempDir()
	fresh, err := replica.Open(t.Context(), replica.Config{Dir: empty, Clock: func() time.Time { return replicatest.Now }, NewID: replicatest.NewID})
	must(t, err)
	must(t, fresh.Close())
	if text, err := take(empty, whole); err == nil || !strings.Contains(err.Error(), "還沒啟用") {
		t.Errorf("at a device that is not enrolled: %q, %v", text, err)
	}
}

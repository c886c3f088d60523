package e2e_test

import (
	"crypto/ed25519"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/syncproto"
)

// cable lays a cable that can be cut to central.
func (w *town) cable() *toxiproxy.Proxy {
	w.t.Helper()
	c := toxiproxy.NewProxy(toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop()),
		"cable", "127.0.0.1:0", strings.TrimPrefix(w.Target().URL(), "http://"))
	w.must(c.Start())
	w.t.Cleanup(c.Stop)
	return c
}

// program runs one of the programs to its end and gives what it printed.
func (w *town) program(name string, args ...string) (string, error) {
	out, err := exec.CommandContext(w.t.Context(), filepath.Join(programs, name), args...).CombinedOutput()
	return string(out), err
}

func TestEventsTravelByStickWhileTheLineIsDark(t *testing.T) {
	const people, arrived = 12, 7
	w := startTown(t)
	w.book(people)
	cable := w.cable()
	u := w.device("http://" + cable.Listen)
	u.start()
	u.enrol()
	all := u.holds(people)
	cable.Stop()
	for _, b := range all[:arrived] {
		_, err := u.tell("act", b.ID.String())
		w.must(err)
	}
	stick := t.TempDir()
	file := filepath.Join(stick, "clinic.ezbundle")
	export := func(to string) (string, error) {
		return w.program("frontdesk", "bundle", "export", "--keys", "file", "--data", u.dir, to)
	}
	bring := func(data, from string) (string, error) {
		return w.program("central", "bundle", "import", "--data", data, from)
	}
	if text, err := export(file); err != nil || !strings.Contains(text, "7 筆紀錄已加密寫入") {
		t.Fatalf("export: %s, %v", text, err)
	}
	if text, err := export(file); err == nil || !strings.Contains(text, "已經存在") {
		t.Errorf("a file is replaced: %s", text)
	}
	sealed, err := os.ReadFile(file)
	w.must(err)

	t.Run("another central refuses", func(t *testing.T) {
		other := startTown(t)
		if text, err := bring(other.Data, file); err == nil || !strings.Contains(text, "給別的中央主機") {
			t.Errorf("%s, %v", text, err)
		}
	})
	t.Run("an altered byte", func(t *testing.T) {
		bad := filepath.Join(stick, "altered")
		changed := append([]byte(nil), sealed...)
		changed[len(changed)-100] ^= 1
		w.must(os.WriteFile(bad, changed, 0o600))
		if text, err := bring(w.Data, bad); err == nil || !strings.Contains(text, "一筆都沒有匯入") {
			t.Errorf("%s, %v", text, err)
		}
	})
	t.Run("a photograph", func(t *testing.T) {
		bad := filepath.Join(stick, "photo.jpg")
		w.must(os.WriteFile(bad, []byte("not a bundle"), 0o600))
		if text, err := bring(w.Data, bad); err == nil || !strings.Contains(text, "這不是院所匯出的紀錄檔") {
			t.Errorf("%s, %v", text, err)
		}
	})
	t.Run("a device that this central never enrolled", func(t *testing.T) {
		bad := filepath.Join(stick, "foreign")
		w.must(os.WriteFile(bad, w.foreignBundle(t, sealed), 0o600))
		if text, err := bring(w.Data, bad); err == nil || !strings.Contains(text, "不是這裡登記的") {
			t.Errorf("%s, %v", text, err)
		}
	})
	if got := w.events(); len(got) != 0 {
		t.Fatalf("central took %d events of bundles that it refused", len(got))
	}

	text, err := bring(w.Data, file)
	if err != nil || !strings.Contains(text, "接受 / accepted：7") {
		t.Fatalf("import: %s, %v", text, err)
	}
	first, err := os.ReadFile(file + ".ezreceipt")
	w.must(err)
	if text, err = bring(w.Data, file); err != nil || !strings.Contains(text, "先前已收到 / came before：7") {
		t.Errorf("import again: %s, %v", text, err)
	}
	w.must(os.WriteFile(filepath.Join(stick, "photo.jpg"), []byte("not a receipt"), 0o600))
	if text, err := w.program("central", "bundle", "import", "--data", w.Data, "--receipt", filepath.Join(stick, "photo.jpg"), file); err == nil || !strings.Contains(text, "是別的檔案") {
		t.Errorf("a receipt in the place of a picture: %s, %v", text, err)
	}
	if picture, err := os.ReadFile(filepath.Join(stick, "photo.jpg")); err != nil || string(picture) != "not a receipt" {
		t.Errorf("the picture is %q, %v", picture, err)
	}
	w.carriesBack(u, stick, first, arrived)
	_, err = u.tell("act", all[arrived].ID.String()) // one more, after the stick left
	w.must(err)
	w.must(cable.Start())
	u.until("no event pending", time.Minute, func(h heard) bool { return h.Pending == 0 })
	got := w.events()
	if len(got) != arrived+1 {
		t.Errorf("central has events of %d people, not %d", len(got), arrived+1)
	}
	for id, n := range got {
		if n != 1 {
			t.Errorf("%d events of %s", n, id)
		}
	}
	if text, err := export(filepath.Join(stick, "later")); err != nil || !strings.Contains(text, "沒有等待送出的紀錄") {
		t.Errorf("with nothing to carry: %s, %v", text, err)
	}
}

// carriesBack has the device take the receipt for so many events in, after everything
// that is none has been refused. The line is dark meanwhile.
func (w *town) carriesBack(u *unit, stick string, receipt []byte, events int) {
	t := w.t
	t.Helper()
	take := func(data string, b []byte) (string, error) {
		path := filepath.Join(stick, "back")
		w.must(os.WriteFile(path, b, 0o600))
		return w.program("frontdesk", "bundle", "receipt", "--keys", "file", "--data", data, path)
	}
	forged, err := syncproto.OpenReceipt(w.keys(), receipt)
	w.must(err)
	seed := ed25519.NewKeyFromSeed(make([]byte, 32))
	forgery, err := syncproto.SignReceipt(forged, w.keys(), seed)
	w.must(err)
	elsewhere := w.keys()
	elsewhere.Sign = seed.Public().(ed25519.PublicKey)
	foreign, err := syncproto.SignReceipt(forged, elsewhere, seed)
	w.must(err)
	for _, c := range []struct {
		story, says string
		file        []byte
	}{
		{"a photograph", "這不是中央的回條", []byte("hello")},
		{"cut", "回條不完整", receipt[:len(receipt)-1]},
		{"forged", "回條不是中央簽的", forgery},
		{"of another central", "別的中央主機", foreign},
	} {
		if text, err := take(u.dir, c.file); err == nil || !strings.Contains(text, c.says) {
			t.Errorf("%s: %s, %v", c.story, text, err)
		}
	}
	if text, err := take(t.TempDir(), receipt); err == nil || !strings.Contains(text, "沒有本機資料") {
		t.Errorf("in an empty folder: %s, %v", text, err)
	}
	if h, err := u.tell("look", ""); err != nil || h.Pending != events {
		t.Fatalf("%d events wait before a receipt was taken, %v", h.Pending, err)
	}
	for range 2 { // twice does no harm
		if text, err := take(u.dir, receipt); err != nil || !strings.Contains(text, "還有 0 筆等待送出") {
			t.Fatalf("the receipt: %s, %v", text, err)
		}
	}
	if h, err := u.tell("look", ""); err != nil || h.Pending != 0 || h.Made != uint64(events) {
		t.Errorf("%d of %d events wait, %v", h.Pending, h.Made, err)
	}
}

// foreignBundle is a bundle that is sealed to this central by a device that it
// does not know.
func (w *town) foreignBundle(t *testing.T, like []byte) []byte {
	t.Helper()
	keys := w.keys()
	if !strings.Contains(string(like[:64]), keys.Fingerprint()) {
		t.Fatal("the bundle does not name central")
	}
	p := syncproto.Push{Device: bookingtest.NewID(), Epoch: 1, Ops: []syncproto.Op{{Seq: 1, Kind: 1, Booking: bookingtest.NewID(), At: 1, Wall: 1, Boot: bookingtest.NewID()}}}
	w.must(p.Sign(ed25519.NewKeyFromSeed(make([]byte, 32))))
	b, err := syncproto.SealBundle(keys, []syncproto.Push{p})
	w.must(err)
	return b
}

// keys are central's, as it serves them.
func (w *town) keys() syncproto.Keys {
	w.t.Helper()
	request, err := http.NewRequestWithContext(w.t.Context(), http.MethodGet, w.Target().URL()+syncproto.PathKeys, nil)
	w.must(err)
	answer, err := http.DefaultClient.Do(request)
	w.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	w.must(err)
	keys, err := syncproto.DecodeKeys(text)
	w.must(err)
	return keys
}

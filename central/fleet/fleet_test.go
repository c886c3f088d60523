package fleet

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/central/store"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

const site = "3536020012"

// town is a central with one site, a clock that stands still, and what was
// written in the audit trail.
type town struct {
	*Fleet
	path  string
	mu    sync.Mutex
	now   time.Time
	ids   uint64
	notes []store.Note
	full  error // of the audit trail, when nothing can be written there
	log   bytes.Buffer
}

func newTown(t *testing.T) *town {
	t.Helper()
	return newTownOn(t, storetest.Open(t))
}

func newTownOn(t *testing.T, s *store.Store) *town {
	t.Helper()
	w := &town{path: t.TempDir(), now: time.Date(2026, 11, 24, 10, 0, 0, 0, clinic.Taipei)}
	tx, err := s.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = errors.Join(tx.SaveDistrict("西屯區", 1), tx.SaveSite(store.Site{Site: clinic.Site{Code: site, Name: "仁愛診所", District: "西屯區"}, Position: 1, Stamp: 1}), tx.AdvanceSite(site, 0, 5), tx.Commit())
	if err != nil {
		t.Fatal(err)
	}
	w.open(t, s)
	return w
}

func (w *town) open(t *testing.T, s *store.Store) {
	t.Helper()
	secrets, err := LoadOrCreateSecrets(w.path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.Fleet, err = New(t.Context(), Config{
		Store: s, Secrets: secrets, Now: w.clock, Random: rand.Reader, NewID: w.newID, Log: slog.New(slog.NewTextHandler(&w.log, nil)),
		Open: func(_ string, at time.Time) bool { return clinic.TimeOfDayOf(at) < 18*60 },
		Record: storetest.Record(s, func(n store.Note) error {
			if w.full != nil {
				return w.full
			}
			w.notes = append(w.notes, n)
			return nil
		}),
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *town) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *town) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *town) newID() clinic.ID {
	w.ids++
	var id clinic.ID
	binary.BigEndian.PutUint64(id[8:], w.ids)
	return id
}

func (w *town) code(t *testing.T) syncproto.Code {
	t.Helper()
	text, expires, err := w.NewCode(t.Context(), "admin", site, syncproto.RoleDesk, "櫃檯")
	if err != nil {
		t.Fatal(err)
	}
	if !expires.Equal(w.clock().Add(15 * time.Minute)) {
		t.Fatalf("the code ends at %s", expires)
	}
	c, err := syncproto.ParseCode(text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// machine is a device with keys of its own.
type machine struct {
	noise noise.KeyPair
	sign  ed25519.PrivateKey
}

func newMachine(t testing.TB) machine {
	t.Helper()
	k, err := noise.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, sign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return machine{k, sign}
}

// attempt is a device that asks with a code.
type attempt struct {
	w      *town
	sealed []byte
	opener *syncproto.Opener
}

func (w *town) attempt(t testing.TB, m machine, secret string) attempt {
	t.Helper()
	sealed, opener, err := syncproto.SealEnrolment(w.Secrets().Public(), syncproto.EnrolRequest{
		Code: secret, Noise: m.noise.Public[:], Sign: m.sign.Public().(ed25519.PublicKey), Build: "1.0.0",
	})
	if err != nil {
		t.Fatal(err)
	}
	return attempt{w, sealed, opener}
}

func (a attempt) ask(t testing.TB) (syncproto.EnrolReply, error) {
	t.Helper()
	reply, err := a.w.Enrol(t.Context(), a.sealed)
	if err != nil {
		return syncproto.EnrolReply{}, err
	}
	return a.opener.Open(reply)
}

// asking finds the device that waits with these words.
func (w *town) asking(t testing.TB, words syncproto.Words) Asking {
	t.Helper()
	all, err := w.Asking(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		if d.Words == words.String() {
			return d
		}
	}
	t.Fatalf("nobody asks with the words %s", words)
	return Asking{}
}

// enrol asks, has the device approved, and asks again.
func (w *town) enrol(t testing.TB, m machine, secret string) (syncproto.Grant, error) {
	t.Helper()
	a := w.attempt(t, m, secret)
	r, err := a.ask(t)
	if err == nil && r.Grant == nil {
		if err := w.Approve(t.Context(), "boss", w.asking(t, a.opener.Words(r)).ID); err != nil {
			t.Fatal(err)
		}
		r, err = a.ask(t)
	}
	if err != nil {
		return syncproto.Grant{}, err
	}
	return *r.Grant, nil
}

func (w *town) enrolled(t testing.TB, m machine, secret string) syncproto.Grant {
	t.Helper()
	g, err := w.enrol(t, m, secret)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func wantProblem(t testing.TB, err error, code string) {
	t.Helper()
	if !errors.Is(err, syncproto.Problem{Code: code}) {
		t.Fatalf("got %v, want the problem %s", err, code)
	}
}

func TestARevokedDeviceIsShutOutAtOnceAndForGood(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	g := w.enrolled(t, m, w.code(t).Secret)
	p, _, err := w.Peer(g.Device)
	if err != nil || p.Revoked {
		t.Fatal(err)
	}
	if err := w.Revoke(t.Context(), "admin", g.Device); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.Ended:
	default:
		t.Fatal("a live session is not told")
	}
	if err := w.Revoke(t.Context(), "admin", g.Device); err != nil { // again
		t.Fatal(err)
	}
	if n := len(w.notes); n != 3 {
		t.Fatalf("%d notes, want three", n)
	}
	if err := w.Revoke(t.Context(), "admin", clinic.ID{9}); !errors.Is(err, ErrNoDevice) {
		t.Fatalf("a device that never was: %v", err)
	}
	w.open(t, w.cfg.Store)
	p, _, err = w.Peer(g.Device)
	if err != nil || !p.Revoked {
		t.Fatalf("central forgot the revocation: %v", err)
	}
	if d := w.device(t); d.State != Revoked || !d.Revoked.Equal(w.clock()) {
		t.Fatalf("the monitor shows %s", d.State)
	}
}

func TestAFencedDeviceStaysFenced(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	g := w.enrolled(t, m, w.code(t).Secret)
	if err := w.Fence(t.Context(), g.Device); err != nil {
		t.Fatal(err)
	}
	w.open(t, w.cfg.Store)
	if d := w.device(t); d.State != Fenced {
		t.Fatalf("the monitor shows %s", d.State)
	}
}

func TestAGrantIsRenewedAfterAThirdOfItsLife(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	g := w.enrolled(t, m, w.code(t).Secret)
	w.pass(9 * 24 * time.Hour)
	held := syncproto.Holder{Grant: g, Keys: w.Secrets().Public(), Noise: m.noise.Public[:], Sign: m.sign.Public().(ed25519.PublicKey)}
	renew := func() syncproto.Renewal {
		t.Helper()
		r, err := w.Renew(t.Context(), g.Device, syncproto.Renew{Keys: held.Keys.ID(), Expires: held.Grant.Expires})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	if renew().Grant != nil {
		t.Fatal("renewed too early")
	}
	w.pass(2 * 24 * time.Hour)
	renew() // the answer is lost
	w.pass(time.Hour)
	next, err := held.Take(renew(), w.clock().Unix())
	if err != nil || next.Grant.Expires != w.clock().Add(grantLife-time.Hour).Unix() {
		t.Fatalf("not renewed, %v", err)
	}
	if held = next; renew().Grant != nil {
		t.Fatal("renewed twice")
	}
	w.pass(grantLife)
	if renew().Grant != nil {
		t.Fatal("a grant that had ended was renewed")
	}
	if _, err := w.Renew(t.Context(), g.Device, syncproto.Renew{Keys: make([]byte, syncproto.KeysIDSize), Expires: 1}); !errors.Is(err, syncproto.ErrMalformed) {
		t.Fatalf("keys of another central: %v", err)
	}
	if p, _, err := w.Peer(g.Device); err != nil || !p.Expired {
		t.Fatalf("a grant that ended still holds, %v", err)
	}
}

func (w *town) device(t *testing.T) Device {
	t.Helper()
	all, err := w.Devices(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%d devices, %v", len(all), err)
	}
	return all[0]
}

func TestTheMonitorShowsWhatADeviceSaysAndRemembersItOverARestart(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	g := w.enrolled(t, m, w.code(t).Secret)
	if d := w.device(t); d.State != Live || d.SiteName != "仁愛診所" || d.Behind != 5 || !d.Contact.IsZero() {
		t.Fatalf("a new device is %+v", d)
	}
	hello := syncproto.Hello{Device: g.Device, Build: "1.0.0", Cursor: 2, MaxSeq: 3, OldestPending: 40, Wall: w.clock().UnixMilli() + 61000, Reader: syncproto.ReaderReady, DatabaseSize: 9}
	if err := w.Greeted(t.Context(), hello, syncproto.Oldest, 1, nil); err != nil {
		t.Fatal(err)
	}
	d := w.device(t)
	if d.State != Live || d.Pending != 2 || d.Behind != 3 || d.Skew != 61*time.Second || d.Oldest != 40*time.Second || d.Reader != syncproto.ReaderReady {
		t.Fatalf("after the hello: %+v", d)
	}
	if err := w.Pushed(t.Context(), g.Device, syncproto.PullState{MaxSeq: 3}, 3); err != nil {
		t.Fatal(err)
	}
	if err := w.Pulled(t.Context(), g.Device, syncproto.Pull{Status: syncproto.PullState{MaxSeq: 3}}, 5, false, 3); err != nil {
		t.Fatal(err)
	}
	if d := w.device(t); d.Pending != 0 || d.Behind != 0 || d.State != Live || !d.Pulled.Equal(w.clock()) {
		t.Fatalf("after a round: %+v", d)
	}
	if err := w.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := w.device(t)
	w.open(t, w.cfg.Store)
	if after := w.device(t); fmt.Sprint(after) != fmt.Sprint(before) {
		t.Fatalf("after a restart: %+v, before: %+v", after, before)
	}
	w.pass(3 * time.Minute)
	if d := w.device(t); d.State != Lagging {
		t.Fatalf("silent for three minutes: %s", d.State)
	}
	w.pass(13 * time.Minute)
	if d := w.device(t); d.State != Stale {
		t.Fatalf("silent for sixteen minutes: %s", d.State)
	}
	w.pass(9 * time.Hour)
	if d := w.device(t); d.State != Quiet {
		t.Fatalf("in the evening: %s", d.State)
	}
}

func TestWhatDevicesSayReachesTheStoreWithinSeconds(t *testing.T) {
	w, m := newTown(t), newMachine(t)
	g := w.enrolled(t, m, w.code(t).Secret)
	stored := func() int {
		all, err := store.DeviceStatuses(t.Context(), w.cfg.Store.Reader())
		if err != nil {
			t.Fatal(err)
		}
		return len(all)
	}
	if err := w.Pushed(t.Context(), g.Device, syncproto.PullState{}, 0); err != nil || stored() != 0 {
		t.Fatalf("written at once, %v", err)
	}
	w.pass(flushEvery)
	if err := w.Pushed(t.Context(), g.Device, syncproto.PullState{}, 0); err != nil || stored() != 1 {
		t.Fatalf("not written, %v", err)
	}
}

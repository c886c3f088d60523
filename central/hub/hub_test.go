package hub_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/hub"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// world is a central with its hub behind a real HTTP server.
type world struct {
	*bookingtest.City
	keys  string // the folder of central's secrets
	fleet *fleet.Fleet
	hub   *hub.Hub
	log   lockedBuffer
	url   string
	serve http.Handler
	mu    sync.RWMutex
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) Bytes() []byte {
	b.mu.Lock()
	defer b.mu.Unlock()
	return bytes.Clone(b.b.Bytes())
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return newWorldOf(t, 5)
}

// newWorldOf is a central whose slots have so many places.
func newWorldOf(t testing.TB, places int) *world {
	t.Helper()
	return newWorldIn(t, bookingtest.Start(t, places), t.TempDir())
}

// newWorldIn is a central on a city, with the keys of a folder.
func newWorldIn(t testing.TB, city *bookingtest.City, keys string) *world {
	t.Helper()
	w := &world{City: city, keys: keys}
	w.start(t)
	server := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.RLock()
		serve := w.serve
		w.mu.RUnlock()
		serve.ServeHTTP(rw, r)
	}))
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) start(t testing.TB) {
	t.Helper()
	log := slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	secrets, err := fleet.LoadOrCreateSecrets(w.keys, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w.fleet, err = fleet.New(t.Context(), fleet.Config{
		Store: w.Store, Secrets: secrets, Now: w.Now, Random: rand.Reader, NewID: bookingtest.NewID, Log: log,
		Open:   func(string, time.Time) bool { return true },
		Record: w.Record,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.hub, err = hub.New(hub.Config{Engine: w.Engine, Fleet: w.fleet, Now: w.Now, Random: rand.Reader, Log: log, Watch: w.Watch})
	if err != nil {
		t.Fatal(err)
	}
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	w.hub.Mount(e)
	w.mu.Lock()
	w.serve = e
	w.mu.Unlock()
}

// restart stops central and starts it again on the same database.
func (w *world) restart(t *testing.T) {
	t.Helper()
	if err := w.fleet.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.Again()
	w.start(t)
}

func (w *world) pass(d time.Duration) { w.Set(w.Now().Add(d)) }

// device is the clinic's side, written straight from the protocol.
type device struct {
	t       testing.TB
	w       *world
	key     noise.KeyPair
	sign    ed25519.PrivateKey
	keys    syncproto.Keys
	grant   syncproto.Grant
	session string
	channel *noise.Channel

	ops    []syncproto.Op
	acked  uint64
	cursor int64
	rows   []syncproto.Row
}

func newDevice(t testing.TB, w *world) *device {
	t.Helper()
	key, err := noise.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, sign, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, w: w, key: key, sign: sign}
}

// enrolled is a device of a role that has come in at site A.
func enrolled(t testing.TB, w *world, role syncproto.Role) *device {
	t.Helper()
	d := newDevice(t, w)
	if err := d.enrol(w.code(t, role)); err != nil {
		t.Fatal(err)
	}
	return d
}

// connected is an enrolled device that has said hello.
func connected(t testing.TB, w *world, role syncproto.Role) *device {
	t.Helper()
	d := enrolled(t, w, role)
	d.mustConnect()
	return d
}

func (w *world) code(t testing.TB, role syncproto.Role) string {
	t.Helper()
	code, _, err := w.fleet.NewCode(t.Context(), "admin", bookingtest.SiteA, role, "櫃檯 A")
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// call is one HTTP request; a Problem in the header is the error.
func (d *device) call(method, path string, body []byte) ([]byte, http.Header, error) {
	d.t.Helper()
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.w.url+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set(syncproto.HeaderSession, d.session)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	out, err := io.ReadAll(res.Body)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		d.t.Fatal(err)
	}
	if code := res.Header.Get(syncproto.HeaderProblem); code != "" {
		if res.StatusCode == http.StatusOK || len(out) != 0 {
			d.t.Fatalf("problem %s with status %d and a body of %d bytes", code, res.StatusCode, len(out))
		}
		after, _ := strconv.Atoi(res.Header.Get("Retry-After")) // absent is 0
		return nil, res.Header, syncproto.Problem{Code: code, RetryAfter: after}
	}
	if res.StatusCode != http.StatusOK {
		d.t.Fatalf("%s answered %s", path, res.Status)
	}
	return out, res.Header, nil
}

func (d *device) enrol(text string) error {
	d.t.Helper()
	code, err := syncproto.ParseCode(text)
	if err != nil {
		return err
	}
	raw, _, err := d.call(http.MethodGet, syncproto.PathKeys+"?"+syncproto.QueryFingerprint+"="+code.Fingerprint, nil)
	if err != nil {
		return err
	}
	if d.keys, err = syncproto.DecodeKeys(raw); err != nil {
		return err
	}
	if !code.Matches(d.keys) {
		return errMismatch
	}
	sealed, opener, err := syncproto.SealEnrolment(d.keys, syncproto.EnrolRequest{
		Code: code.Secret, Noise: d.key.Public[:], Sign: d.sign.Public().(ed25519.PublicKey), Build: "test",
	})
	if err != nil {
		return err
	}
	for {
		raw, _, err := d.call(http.MethodPost, syncproto.PathEnrol, sealed)
		if err != nil {
			return err
		}
		reply, err := opener.Open(raw)
		if err != nil {
			return err
		}
		if reply.Grant != nil {
			d.grant = *reply.Grant
			return nil
		}
		d.w.approve(d.t, opener.Words(reply))
	}
}

// approve compares words like a person at central.
func (w *world) approve(t testing.TB, words syncproto.Words) {
	t.Helper()
	all, err := w.fleet.Asking(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range all {
		if a.Words == words.String() {
			if err := w.fleet.Approve(t.Context(), "admin", a.ID); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
	t.Fatalf("nobody asks with the words %s", words)
}

var errMismatch = errors.New("the code is of another central")

func (d *device) handshake() error {
	d.t.Helper()
	dialing, message1, err := noise.Dial(noise.DialConfig{Static: d.key, Server: [32]byte(d.keys.Noise), PSK: [32]byte(d.grant.PSK), Random: rand.Reader})
	if err != nil {
		return err
	}
	message2, header, err := d.call(http.MethodPost, syncproto.PathHandshake, message1)
	if err != nil {
		return err
	}
	d.session = header.Get(syncproto.HeaderSession)
	d.channel, err = dialing.Finish(message2)
	return err
}

func (d *device) seal(m syncproto.Message) []byte {
	d.t.Helper()
	plain, err := syncproto.Encode(m)
	if err != nil {
		d.t.Fatal(err)
	}
	sealed, err := d.channel.Seal(plain)
	if err != nil {
		d.t.Fatal(err)
	}
	return sealed
}

func exchange[T syncproto.Message](d *device, m syncproto.Message) (T, error) {
	d.t.Helper()
	var none T
	reply, _, err := d.call(http.MethodPost, syncproto.PathExchange, d.seal(m))
	if err != nil {
		return none, err
	}
	plain, err := d.channel.Open(reply)
	if err != nil {
		return none, err
	}
	return syncproto.Expect[T](plain)
}

func (d *device) hello() syncproto.Hello {
	return syncproto.Hello{
		MinVersion: syncproto.Oldest, MaxVersion: syncproto.Version, Build: "test", Device: d.grant.Device, Epoch: d.grant.Epoch,
		Cursor: d.cursor, MaxSeq: uint64(len(d.ops)), AckedSeq: d.acked, Wall: d.w.Now().UnixMilli(),
	}
}

// holder is what the device knows of itself and of central.
func (d *device) holder() syncproto.Holder {
	return syncproto.Holder{Grant: d.grant, Keys: d.keys, Noise: d.key.Public[:], Sign: d.sign.Public().(ed25519.PublicKey)}
}

func (d *device) connect() (syncproto.Welcome, error) {
	d.t.Helper()
	if err := d.handshake(); err != nil {
		return syncproto.Welcome{}, err
	}
	welcome, err := exchange[syncproto.Welcome](d, d.hello())
	if err == nil {
		d.acked = welcome.AckedSeq
	}
	return welcome, err
}

func (d *device) mustConnect() syncproto.Welcome {
	d.t.Helper()
	welcome, err := d.connect()
	if err != nil {
		d.t.Fatal(err)
	}
	return welcome
}

// happens notes an event on the device.
func (d *device) happens(kind clinic.EventKind, booking clinic.ID) {
	op := syncproto.Op{Seq: uint64(len(d.ops) + 1), Kind: kind, Booking: booking, At: d.w.Now().UnixMilli(), Staff: "desk1"}
	switch kind {
	case clinic.CheckedIn, clinic.WalkInRegistered:
		op.Ticket = "A001"
	case clinic.VaccineGiven:
		op.Lot = "FL1234"
	}
	d.ops = append(d.ops, op)
}

// pushOf makes a signed push of the ops from number first on.
func (d *device) pushOf(first uint64) syncproto.Push {
	d.t.Helper()
	head := syncproto.HashOps(syncproto.Hash{}, d.ops[:first-1])
	p := syncproto.Push{
		Device: d.grant.Device, Epoch: d.grant.Epoch, Previous: head[:], Ops: append([]syncproto.Op(nil), d.ops[first-1:]...),
		Status: syncproto.PullState{MaxSeq: uint64(len(d.ops))},
	}
	if err := p.Sign(d.sign); err != nil {
		d.t.Fatal(err)
	}
	return p
}

func (d *device) push() (syncproto.Ack, error) {
	d.t.Helper()
	ack, err := exchange[syncproto.Ack](d, d.pushOf(d.acked+1))
	if err == nil {
		d.acked = ack.AckedSeq
	}
	return ack, err
}

// pull brings everything that is new.
func (d *device) pull(limit int) error {
	d.t.Helper()
	for {
		page, err := exchange[syncproto.Page](d, syncproto.Pull{Cursor: d.cursor, First: syncproto.DayOf(clinic.DateOf(d.w.Now())), Limit: limit, Status: syncproto.PullState{MaxSeq: uint64(len(d.ops))}})
		if err != nil {
			return err
		}
		d.rows, d.cursor = append(d.rows, page.Rows...), page.Next
		if !page.More {
			return nil
		}
	}
}

// bookingRow finds the newest row of a booking.
func (d *device) bookingRow(id clinic.ID) *syncproto.BookingRow {
	var found *syncproto.BookingRow
	for _, r := range d.rows {
		if r.Booking != nil && r.Booking.ID == id {
			found = r.Booking
		}
	}
	return found
}

func wantProblem(t *testing.T, err error, code string) {
	t.Helper()
	if !errors.Is(err, syncproto.Problem{Code: code}) {
		t.Fatalf("got %v, want the problem %s", err, code)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

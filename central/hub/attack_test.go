package hub_test

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/http"
	"testing"
	"time"

	flynn "github.com/flynn/noise"

	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

// message1 begins a handshake of a device with any prologue, psk and key of
// central.
func (d *device) message1(prologue []byte, psk, central []byte) []byte {
	d.t.Helper()
	state, err := flynn.NewHandshakeState(flynn.Config{
		CipherSuite: flynn.NewCipherSuite(flynn.DH25519, flynn.CipherChaChaPoly, flynn.HashBLAKE2s), Pattern: flynn.HandshakeIK, Initiator: true,
		Random: rand.Reader, Prologue: prologue, PresharedKey: psk, PresharedKeyPlacement: 2,
		StaticKeypair: flynn.DHKey{Private: d.key.Private[:], Public: d.key.Public[:]}, PeerStatic: central,
	})
	if err != nil {
		d.t.Fatal(err)
	}
	m, _, _, err := state.WriteMessage(nil, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	return m
}

// prologue is what SPEC.md section 5 says, for a version.
func (d *device) prologue(version byte) []byte {
	id := sha256.Sum256(d.keys.Noise)
	return append(append([]byte("ezhitong-sync"), version), id[:8]...)
}

func TestADowngradedHandshakeIsTurnedAway(t *testing.T) {
	w := newWorld(t)
	d := enrolled(t, w, syncproto.RoleDesk)
	for name, c := range map[string]struct {
		prologue []byte
		want     string
	}{
		"the version spoken":  {d.prologue(noise.Version), ""},
		"an earlier version":  {d.prologue(noise.Version - 1), syncproto.ProblemMalformed},
		"a later version":     {d.prologue(noise.Version + 1), syncproto.ProblemMalformed},
		"no key of central":   {d.prologue(noise.Version)[:14], syncproto.ProblemMalformed},
		"no prologue":         {nil, syncproto.ProblemMalformed},
		"another application": {[]byte("ezhitong-Sync"), syncproto.ProblemMalformed},
	} {
		_, _, err := d.call(http.MethodPost, syncproto.PathHandshake, d.message1(c.prologue, d.grant.PSK, d.keys.Noise))
		var p syncproto.Problem
		if errors.As(err, &p); p.Code != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.mustConnect()
	for name, alter := range map[string]func([]byte){
		"an envelope of version 0":     func(b []byte) { b[1] = 0 },
		"an envelope of a later one":   func(b []byte) { b[1] = syncproto.Version + 1 },
		"a body of unknown packing":    func(b []byte) { b[2] = 9 },
		"a length beyond the message":  func(b []byte) { binary.BigEndian.PutUint32(b[3:], 1<<19) },
		"a message that nobody speaks": func(b []byte) { b[0] = 99 },
	} {
		plain, err := syncproto.Encode(syncproto.Pull{Limit: 1})
		must(t, err)
		alter(plain)
		_, err = raw(d, plain)
		if !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemMalformed}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	must(t, d.pull(10))
}

// raw sends bytes through the channel and reads the answer, which has to be a
// message.
func raw(d *device, plain []byte) (syncproto.Page, error) {
	d.t.Helper()
	sealed, err := d.channel.Seal(plain)
	must(d.t, err)
	reply, _, err := d.call(http.MethodPost, syncproto.PathExchange, sealed)
	if err != nil {
		return syncproto.Page{}, err
	}
	out, err := d.channel.Open(reply)
	must(d.t, err)
	return syncproto.Expect[syncproto.Page](out)
}

func TestAReplayedHandshakeOpensNothingAndHurtsNobody(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := enrolled(t, w, syncproto.RoleDesk)
	dialing, m1, err := noise.Dial(noise.DialConfig{Static: d.key, Server: [32]byte(d.keys.Noise), PSK: [32]byte(d.grant.PSK), Random: rand.Reader})
	must(t, err)
	m2, header, err := d.call(http.MethodPost, syncproto.PathHandshake, m1)
	must(t, err)
	d.session = header.Get(syncproto.HeaderSession)
	d.channel, err = dialing.Finish(m2)
	must(t, err)
	hello := d.seal(d.hello())
	reply, _, err := d.call(http.MethodPost, syncproto.PathExchange, hello)
	must(t, err)
	_, err = d.channel.Open(reply)
	must(t, err)
	d.happens(clinic.CheckedIn, person.ID)
	push := d.seal(d.pushOf(1))
	reply, _, err = d.call(http.MethodPost, syncproto.PathExchange, push)
	must(t, err)
	_, err = d.channel.Open(reply)
	must(t, err)

	mine := d.session
	for range 5 { // whoever saw it all says it all again
		_, header, err := d.call(http.MethodPost, syncproto.PathHandshake, m1)
		must(t, err)
		d.session = header.Get(syncproto.HeaderSession)
		for _, sealed := range [][]byte{hello, push} {
			_, _, err = d.call(http.MethodPost, syncproto.PathExchange, sealed)
			wantProblem(t, err, syncproto.ProblemUnknownSession)
		}
	}
	d.session = mine
	must(t, d.pull(10))
	b, err := w.Booking(t.Context(), person.ID)
	must(t, err)
	if len(b.Events) != 1 {
		t.Fatalf("%d events", len(b.Events))
	}
}

func TestAReflectedMessageIsRefused(t *testing.T) {
	w := newWorld(t)
	d := enrolled(t, w, syncproto.RoleDesk)
	dialing, m1, err := noise.Dial(noise.DialConfig{Static: d.key, Server: [32]byte(d.keys.Noise), PSK: [32]byte(d.grant.PSK), Random: rand.Reader})
	must(t, err)
	m2, header, err := d.call(http.MethodPost, syncproto.PathHandshake, m1)
	must(t, err)
	for _, m := range [][]byte{m2, append(bytes.Clone(m2), m2...)} { // 48 bytes, and as long as message 1
		_, _, err = d.call(http.MethodPost, syncproto.PathHandshake, m)
		wantProblem(t, err, syncproto.ProblemMalformed)
	}
	d.session = header.Get(syncproto.HeaderSession)
	d.channel, err = dialing.Finish(m2)
	must(t, err)
	reply, _, err := d.call(http.MethodPost, syncproto.PathExchange, d.seal(d.hello()))
	must(t, err)
	_, _, err = d.call(http.MethodPost, syncproto.PathExchange, reply)
	wantProblem(t, err, syncproto.ProblemUnknownSession)
	_, err = d.channel.Open(reply)
	must(t, err)
	must(t, d.pull(10))
}

func TestACutOrLengthenedMessageIsRefusedAndTheWholeOneCounts(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	const frame = 2 + 65519 + 16
	whole, err := d.channel.Seal(make([]byte, 2*65519+100)) // three frames
	must(t, err)
	for _, n := range []int{0, 1, 2, 3, frame, 1 + frame, 1 + 2*frame, len(whole) - 17, len(whole) - 1} {
		_, _, err := d.call(http.MethodPost, syncproto.PathExchange, whole[:n])
		wantProblem(t, err, syncproto.ProblemUnknownSession)
	}
	for _, more := range [][]byte{{0}, {0, 0}, whole[1 : 1+frame]} {
		_, _, err := d.call(http.MethodPost, syncproto.PathExchange, append(bytes.Clone(whole), more...))
		wantProblem(t, err, syncproto.ProblemUnknownSession)
	}
	reply, _, err := d.call(http.MethodPost, syncproto.PathExchange, whole) // opens, and holds zeros
	must(t, err)
	plain, err := d.channel.Open(reply)
	must(t, err)
	_, err = syncproto.Expect[syncproto.Page](plain)
	wantProblem(t, err, syncproto.ProblemMalformed)
	must(t, d.pull(10))
}

func TestADeviceWithoutItsPSKGetsNowhere(t *testing.T) {
	w := newWorld(t)
	d := enrolled(t, w, syncproto.RoleDesk)
	right := d.grant.PSK
	d.grant.PSK = bytes.Repeat([]byte{1}, 32)
	if err := d.handshake(); !errors.Is(err, noise.ErrHandshake) {
		t.Fatalf("finished with another psk: %v", err)
	}
	_, _, err := d.call(http.MethodPost, syncproto.PathExchange, make([]byte, 200))
	wantProblem(t, err, syncproto.ProblemUnknownSession)
	if _, _, err := d.call(http.MethodGet, syncproto.PathPoke, nil); !errors.Is(err, syncproto.Problem{Code: syncproto.ProblemUnknownSession}) {
		t.Errorf("a handshake that nobody proved is told of changes: %v", err)
	}
	d.grant.PSK = right
	d.mustConnect()
}

func TestAForeignGrantOpensNothing(t *testing.T) {
	w := newWorld(t)
	d, other := enrolled(t, w, syncproto.RoleDesk), enrolled(t, w, syncproto.RoleKiosk)
	own := d.grant
	d.grant = other.grant
	if err := d.handshake(); !errors.Is(err, noise.ErrHandshake) {
		t.Fatalf("another device's psk: %v", err)
	}
	d.grant.PSK = own.PSK
	_, err := d.connect() // says hello as the other device
	wantProblem(t, err, syncproto.ProblemMalformed)
	if _, err := d.holder().Take(syncproto.Renewal{Grant: &other.grant}, w.Now().Unix()); !errors.Is(err, syncproto.ErrSignature) {
		t.Errorf("another device's grant was taken: %v", err)
	}
}

func TestAnExpiredGrantGetsNoRowsAndNoRenewal(t *testing.T) {
	w := newWorld(t)
	d := enrolled(t, w, syncproto.RoleDesk)
	w.pass(30 * 24 * time.Hour)
	d.mustConnect()
	wantProblem(t, d.pull(10), syncproto.ProblemRevoked)
	d.mustConnect()
	r, err := exchange[syncproto.Renewal](d, syncproto.Renew{Keys: d.keys.ID(), Expires: d.grant.Expires})
	must(t, err)
	if r.Grant != nil {
		t.Error("a grant that has ended was renewed")
	}
}

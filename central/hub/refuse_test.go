package hub_test

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/hub"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
	"ezhitong.tw/syncproto/noise"
)

func TestCodesThatDoNotHold(t *testing.T) {
	w := newWorld(t)
	good := w.code(t, syncproto.RoleDesk)
	code, err := syncproto.ParseCode(good)
	must(t, err)
	swap := map[bool]string{true: "1", false: "0"}[code.Secret[9] == '0']
	wrong := syncproto.Code{Secret: code.Secret[:9] + swap, Fingerprint: code.Fingerprint}.Text()
	for range fleet.CodeTries {
		wantProblem(t, newDevice(t, w).enrol(wrong), syncproto.ProblemCodeWrong)
	}
	wantProblem(t, newDevice(t, w).enrol(good), syncproto.ProblemCodeExpired)

	used := w.code(t, syncproto.RoleDesk)
	must(t, newDevice(t, w).enrol(used))
	wantProblem(t, newDevice(t, w).enrol(used), syncproto.ProblemCodeUsed)

	late := w.code(t, syncproto.RoleDesk)
	w.pass(fleet.CodeLife)
	wantProblem(t, newDevice(t, w).enrol(late), syncproto.ProblemCodeExpired)

	fresh, err := syncproto.ParseCode(w.code(t, syncproto.RoleDesk))
	must(t, err)
	fresh.Fingerprint = "0000000000"
	if err := newDevice(t, w).enrol(fresh.Text()); !errors.Is(err, errMismatch) {
		t.Fatalf("a central with another fingerprint: %v", err)
	}
}

func TestALostGrantIsGivenAgain(t *testing.T) {
	w := newWorld(t)
	d, code := newDevice(t, w), w.code(t, syncproto.RoleKiosk)
	must(t, d.enrol(code))
	first := d.grant
	must(t, d.enrol(code))
	if d.grant.Device != first.Device || d.grant.Letter != "A" {
		t.Fatalf("the same device is now %s", d.grant)
	}
	d.mustConnect()
}

func TestAnUnknownDeviceIsToldSo(t *testing.T) {
	w := newWorld(t)
	d := enrolled(t, w, syncproto.RoleDesk)
	stranger := newDevice(t, w)
	stranger.keys, stranger.grant = d.keys, d.grant
	_, err := stranger.connect()
	wantProblem(t, err, syncproto.ProblemUnknownDevice)
}

func TestARevokedDeviceGetsNothingMore(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	must(t, w.fleet.Revoke(t.Context(), "admin", d.grant.Device))
	wantProblem(t, d.pull(10), syncproto.ProblemRevoked) // in the live session, sealed
	wantProblem(t, d.pull(10), syncproto.ProblemUnknownSession)
	_, err := d.connect()
	wantProblem(t, err, syncproto.ProblemRevoked)
	d.happens(clinic.CheckedIn, person.ID)
	w.restart(t)
	_, err = d.connect()
	wantProblem(t, err, syncproto.ProblemRevoked)
	ack, err := d.push() // what happened is never turned away, but it has no effect
	must(t, err)
	if v := ack.Verdicts[0]; ack.AckedSeq != 1 || v.Outcome != syncproto.Parked || v.Code != booking.CodeQuarantined {
		t.Errorf("ack %+v", ack)
	}
	wantProblem(t, d.pull(10), syncproto.ProblemRevoked)
	wantProblem(t, d.pull(10), syncproto.ProblemUnknownSession)
	if b, err := w.Booking(t.Context(), person.ID); err != nil || len(b.Events) != 0 {
		t.Errorf("the booking has %d events, %v", len(b.Events), err)
	}
}

func TestADeviceWhoseGrantEndedMayStillHandInWhatHappened(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := enrolled(t, w, syncproto.RoleDesk)
	d.happens(clinic.CheckedIn, person.ID)
	w.pass(31 * 24 * time.Hour)
	d.mustConnect()
	ack, err := d.push()
	must(t, err)
	if ack.AckedSeq != 1 {
		t.Fatalf("ack %+v", ack)
	}
	wantProblem(t, d.pull(10), syncproto.ProblemRevoked)
}

func TestAGrantIsRenewedWhileADeviceKeepsInTouch(t *testing.T) {
	w := newWorld(t)
	d := enrolled(t, w, syncproto.RoleDesk)
	for range 5 {
		w.pass(15 * 24 * time.Hour)
		d.mustConnect()
		held := d.holder()
		r, err := exchange[syncproto.Renewal](d, syncproto.Renew{Keys: held.Keys.ID(), Expires: held.Grant.Expires})
		must(t, err)
		next, err := held.Take(r, w.Now().Unix())
		must(t, err)
		if next.Grant.Expires != w.Now().Add(30*24*time.Hour).Unix() {
			t.Fatalf("the grant ends at %d", next.Grant.Expires)
		}
		d.grant = next.Grant
	}
}

func TestAReplayedMessageChangesNothing(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	d.happens(clinic.CheckedIn, person.ID)
	sealed := d.seal(d.pushOf(1))
	reply, _, err := d.call(http.MethodPost, syncproto.PathExchange, sealed)
	must(t, err)
	for range 3 {
		_, _, err = d.call(http.MethodPost, syncproto.PathExchange, sealed)
		wantProblem(t, err, syncproto.ProblemUnknownSession)
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		_, _, err = d.call(http.MethodPost, syncproto.PathExchange, bad)
		wantProblem(t, err, syncproto.ProblemUnknownSession)
	}
	_, err = d.channel.Open(reply)
	must(t, err)
	must(t, d.pull(10)) // the true conversation goes on
	b, err := w.Booking(t.Context(), person.ID)
	must(t, err)
	if len(b.Events) != 1 {
		t.Fatalf("%d events", len(b.Events))
	}
}

func TestTheNewerOfTwoSessionsStays(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	second := *d
	must(t, second.handshake())
	must(t, d.pull(10)) // a handshake alone, perhaps replayed, ends nothing
	_, err := exchange[syncproto.Welcome](&second, second.hello())
	must(t, err)
	wantProblem(t, d.pull(10), syncproto.ProblemUnknownSession)
	must(t, second.pull(10))
	if n := w.hub.Sessions(); n != 1 {
		t.Fatalf("%d sessions are alive", n)
	}
}

func TestAHelloThatComesLateFencesNobody(t *testing.T) {
	w := newWorld(t)
	slot := w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	one := w.MustBook(slot, 1)
	d := enrolled(t, w, syncproto.RoleDesk)
	must(t, d.handshake())
	late, sealed := *d, d.seal(d.hello()) // it made no event yet, and the line keeps the message
	must(t, d.handshake())
	_, err := exchange[syncproto.Welcome](d, d.hello())
	must(t, err)
	d.happens(clinic.CheckedIn, one.ID)
	_, err = d.push()
	must(t, err)
	_, _, err = late.call(http.MethodPost, syncproto.PathExchange, sealed)
	wantProblem(t, err, syncproto.ProblemUnknownSession)
	must(t, d.pull(10))
}

func TestSessionsAreFewAndEnd(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	proven := *d
	for range 10 {
		must(t, d.handshake())
	}
	if n := w.hub.Sessions(); n > 3 {
		t.Fatalf("one device holds %d sessions", n)
	}
	must(t, proven.pull(10))
	w.pass(3 * time.Minute)
	_, err := exchange[syncproto.Welcome](d, d.hello())
	wantProblem(t, err, syncproto.ProblemUnknownSession) // a handshake nobody followed up
	must(t, proven.pull(10))
	w.pass(time.Hour + 10*time.Minute)
	wantProblem(t, proven.pull(10), syncproto.ProblemUnknownSession)
	if n := w.hub.Sessions(); n != 0 {
		t.Fatalf("%d sessions are alive", n)
	}
}

func TestAPushNobodySignedIsRefused(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	d.happens(clinic.CheckedIn, person.ID)
	p := d.pushOf(1)
	p.Ops[0].Ticket = "A999"
	_, err := exchange[syncproto.Ack](d, p)
	wantProblem(t, err, syncproto.ProblemSignature)
	other := d.pushOf(1)
	other.Epoch = 2
	must(t, other.Sign(d.sign))
	_, err = exchange[syncproto.Ack](d, other)
	wantProblem(t, err, syncproto.ProblemMalformed)
	_, err = d.push()
	must(t, err)
}

func TestMessagesOutOfPlaceAreMalformed(t *testing.T) {
	w := newWorld(t)
	d := enrolled(t, w, syncproto.RoleDesk)
	must(t, d.handshake())
	wantProblem(t, d.pull(10), syncproto.ProblemMalformed) // before the hello
	hello := d.hello()
	hello.Device = bookingtest.NewID()
	_, err := exchange[syncproto.Welcome](d, hello)
	wantProblem(t, err, syncproto.ProblemMalformed)
	d.mustConnect()
	_, err = exchange[syncproto.Page](d, syncproto.Problem{Code: "busy"})
	wantProblem(t, err, syncproto.ProblemMalformed)
	sealed, err := d.channel.Seal([]byte("no message"))
	must(t, err)
	reply, _, err := d.call(http.MethodPost, syncproto.PathExchange, sealed)
	must(t, err)
	plain, err := d.channel.Open(reply)
	must(t, err)
	_, err = syncproto.Expect[syncproto.Page](plain)
	wantProblem(t, err, syncproto.ProblemMalformed)
	must(t, d.pull(10))
}

func TestADeviceOfTheFutureMayStillPush(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := enrolled(t, w, syncproto.RoleDesk)
	must(t, d.handshake())
	hello := d.hello()
	hello.MinVersion, hello.MaxVersion = syncproto.Version+1, syncproto.Version+2
	_, err := exchange[syncproto.Welcome](d, hello)
	wantProblem(t, err, syncproto.ProblemVersion)
	wantProblem(t, d.pull(10), syncproto.ProblemVersion)
	d.happens(clinic.CheckedIn, person.ID)
	_, err = d.push()
	must(t, err)
	all, err := w.fleet.Devices(t.Context())
	must(t, err)
	if all[0].State != "upgrade" {
		t.Fatalf("the monitor shows %s", all[0].State)
	}
}

func TestBytesThatAreNoProtocolAreTurnedAway(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	for path, size := range map[string]int{
		syncproto.PathEnrol: 100, syncproto.PathHandshake: 96, syncproto.PathHandshake + "?": 10000, syncproto.PathEnrol + "?": 100000,
	} {
		_, _, err := d.call(http.MethodPost, path, make([]byte, size))
		wantProblem(t, err, syncproto.ProblemMalformed)
	}
	_, _, err := d.call(http.MethodPost, syncproto.PathExchange, make([]byte, hub.MaxBody+1))
	wantProblem(t, err, syncproto.ProblemMalformed)
	d.session = "nobody"
	_, _, err = d.call(http.MethodPost, syncproto.PathExchange, make([]byte, 100))
	wantProblem(t, err, syncproto.ProblemUnknownSession)
}

func TestAHandshakeWithAnotherCentralsKeyIsTurnedAway(t *testing.T) {
	w := newWorld(t)
	d := enrolled(t, w, syncproto.RoleDesk)
	other, err := noise.GenerateKey(rand.Reader)
	must(t, err)
	d.keys.Noise = other.Public[:]
	wantProblem(t, d.handshake(), syncproto.ProblemMalformed)
}

func TestAClockThatIsAheadHidesNoBooking(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	page, err := exchange[syncproto.Page](d, syncproto.Pull{First: syncproto.DayOf(clinic.Date{Year: 2036, Month: 1, Day: 1}), Limit: syncproto.MaxPageRows})
	must(t, err)
	d.rows = page.Rows
	if d.bookingRow(person.ID) == nil {
		t.Fatal("the booking was left out, and the cursor is past it")
	}
}

func TestOneExchangeAtATime(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	sealed := d.seal(syncproto.Pull{Limit: 10})
	var wg sync.WaitGroup
	var mu sync.Mutex
	answers := map[string]int{}
	for range 8 {
		wg.Go(func() {
			_, _, err := d.call(http.MethodPost, syncproto.PathExchange, sealed)
			var p syncproto.Problem
			errors.As(err, &p)
			mu.Lock()
			defer mu.Unlock()
			answers[p.Code]++
		})
	}
	wg.Wait()
	if answers[""] != 1 || answers[syncproto.ProblemBusy]+answers[syncproto.ProblemUnknownSession] != 7 {
		t.Fatalf("the same message eight times at once: %v", answers)
	}
}

func TestAPokeSaysThatThereIsSomethingNew(t *testing.T) {
	w := newWorld(t)
	d := connected(t, w, syncproto.RoleDesk)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+syncproto.PathPoke, nil)
	must(t, err)
	req.Header.Set(syncproto.HeaderSession, d.session)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer func() { must(t, res.Body.Close()) }()
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%s, %s", res.Status, res.Header.Get("Content-Type"))
	}
	lines := bufio.NewScanner(res.Body)
	next := func() int64 {
		for lines.Scan() {
			if number, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				n, err := strconv.ParseInt(number, 10, 64)
				must(t, err)
				return n
			}
		}
		return -1
	}
	if n := next(); n != w.SiteSeq(bookingtest.SiteA) {
		t.Fatalf("the first number is %d", n)
	}
	w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	if n := next(); n != w.SiteSeq(bookingtest.SiteA) {
		t.Fatalf("after a booking the number is %d", n)
	}
	must(t, w.fleet.Revoke(t.Context(), "admin", d.grant.Device))
	if n := next(); n != -1 {
		t.Fatalf("a revoked device is still told %d", n)
	}
	d.session = "nobody"
	_, _, err = d.call(http.MethodGet, syncproto.PathPoke, nil)
	wantProblem(t, err, syncproto.ProblemUnknownSession)
}

func TestNothingPersonalIsInTheLogOrOnTheWire(t *testing.T) {
	w := newWorld(t)
	person := w.MustBook(w.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	d := connected(t, w, syncproto.RoleDesk)
	sealed := d.seal(syncproto.Pull{Limit: syncproto.MaxPageRows})
	reply, _, err := d.call(http.MethodPost, syncproto.PathExchange, sealed)
	must(t, err)
	d.happens(clinic.CheckedIn, person.ID)
	d.mustConnect()
	_, err = exchange[syncproto.Ack](d, d.pushOf(1))
	must(t, err)
	_, err = exchange[syncproto.Ack](d, d.pushOf(1))
	must(t, err)
	for _, canary := range []string{
		person.Person.ID.Reveal(), person.Person.Name.Reveal(), person.Person.Mobile.Reveal(), bookingtest.SiteA + "0", d.session,
	} {
		if bytes.Contains(w.log.Bytes(), []byte(canary)) {
			t.Errorf("the log holds %q", canary)
		}
		if bytes.Contains(reply, []byte(canary)) {
			t.Errorf("the wire holds %q", canary)
		}
	}
}

func TestAHubNeedsEverythingItWasPromised(t *testing.T) {
	if _, err := hub.New(hub.Config{}); err == nil {
		t.Fatal("a hub out of nothing")
	}
	if _, err := fleet.New(t.Context(), fleet.Config{}); err == nil {
		t.Fatal("a fleet out of nothing")
	}
}

package lan_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/lan"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/syncproto"
)

func standing() time.Time { return replicatest.Now }

// room is a network in which everybody who was announced is found.
type room struct {
	mu    sync.Mutex
	there map[clinic.ID][]string
}

func (r *room) Announce(ctx context.Context, device clinic.ID, port int) error {
	address := (&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port}).String()
	r.mu.Lock()
	r.there[device] = []string{"127.0.0.1:1", address} // one network on which it is not
	r.mu.Unlock()
	<-ctx.Done()
	r.mu.Lock()
	delete(r.there, device)
	r.mu.Unlock()
	return nil
}

func (r *room) Find(context.Context) (map[clinic.ID][]string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	out := make(map[clinic.ID][]string, len(r.there))
	for device, addresses := range r.there {
		out[device] = addresses
	}
	return out, nil
}

// run has a replica take part until the test ends.
func run(t *testing.T, r *replica.Replica, finder lan.Finder) *lan.Helper {
	t.Helper()
	return ringing(t, r, finder, nil)
}

// ringing is run with calls for help.
func ringing(t *testing.T, r *replica.Replica, finder lan.Finder, bell lan.Bell) *lan.Helper {
	t.Helper()
	h, err := lan.New(t.Context(), lan.Config{
		Replica: r, Finder: finder, Listen: "127.0.0.1:0", Every: 10 * time.Millisecond, Bell: bell, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- h.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return h
}

func booked(t *testing.T, all []*replica.Replica, people int) []clinic.ID {
	t.Helper()
	slot, first := replicatest.Booked("A123456789", "王小明", replicatest.Today.AddDays(-9000), replicatest.Today)
	rows, ids := []syncproto.Row{replicatest.Programme(t), slot, first}, []clinic.ID{first.Booking.ID}
	for range people - 1 {
		_, b := replicatest.Booked("F131104093", "陳美", replicatest.Today.AddDays(-9000), replicatest.Today)
		b.Booking.Slot = slot.Slot.ID
		rows, ids = append(rows, b), append(ids, b.Booking.ID)
	}
	for _, r := range all {
		replicatest.Fill(t, r, int64(len(rows)), rows...)
	}
	return ids
}

func arrive(t *testing.T, r *replica.Replica, booking clinic.ID) {
	t.Helper()
	_, err := r.Act(t.Context(), booking, func(clinic.Booking) (replica.Draft, error) {
		return replica.Draft{Kind: clinic.CheckedIn, Staff: "desk", Ticket: true}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// queue is who has arrived, as a device shows it: booking and the numbers handed out.
func queue(t *testing.T, r *replica.Replica) string {
	t.Helper()
	day, err := r.Day(t.Context(), replicatest.Today)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, b := range day {
		if v := b.Visit(); v.Attendance == clinic.Arrived {
			lines = append(lines, strings.Join(append([]string{b.ID.String(), v.Ticket}, v.Merged...), " "))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// until waits, at each change of a replica, for something to hold.
func until(t *testing.T, r *replica.Replica, holds func() bool) {
	t.Helper()
	changes, stop := r.Watch()
	defer stop()
	late := time.After(20 * time.Second)
	for !holds() {
		select {
		case <-changes:
		case <-late:
			t.Fatal("the devices do not agree")
		}
	}
}

func TestThreeDevicesAgreeWithoutCentral(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B", "C")
	ids := booked(t, all, 30)
	network := &room{there: make(map[clinic.ID][]string)}
	for _, r := range all {
		run(t, r, network)
	}
	var work sync.WaitGroup
	for i, r := range all {
		work.Go(func() {
			for _, id := range ids[i*9 : i*9+12] { // three people each are taken by two devices
				arrive(t, r, id)
			}
		})
	}
	work.Wait()
	for _, r := range all {
		until(t, r, func() bool {
			q := queue(t, r)
			return strings.Count(q, "\n") == 29 && strings.Count(q, " ") == 36
		})
	}
	if a, b, c := queue(t, all[0]), queue(t, all[1]), queue(t, all[2]); a != b || b != c {
		t.Errorf("the queue is\n%s\nat A,\n%s\nat B,\n%s\nat C", a, b, c)
	}
}

func TestALongBacklogComesInSeveralAnswers(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	ids := booked(t, all, 1)
	for range 2*syncproto.MaxPassed + 7 {
		arrive(t, all[0], ids[0])
	}
	network := &room{there: make(map[clinic.ID][]string)}
	for _, r := range all {
		run(t, r, network)
	}
	until(t, all[1], func() bool {
		b, err := all[1].Booking(t.Context(), ids[0])
		return err == nil && len(b.Events) == 2*syncproto.MaxPassed+7
	})
}

func TestACallerFromElsewhereLearnsNothing(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B")
	foreign, other := replicatest.Site(t, standing, "A")
	ids := booked(t, all, 1)
	arrive(t, all[0], ids[0])
	network := &room{there: make(map[clinic.ID][]string)}
	here, there := run(t, all[0], network), run(t, foreign[0], network)
	stranger, err := foreign[0].Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if kept, err := there.Fetch(t.Context(), stranger, n, n.Devices[0], here.Addr().String()); err == nil { // even with a stolen key of the site
		t.Errorf("a foreign device was given %d events", kept)
	}
	member, err := all[1].Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	wrong := n
	wrong.Key = other.Key
	if kept, err := here.Fetch(t.Context(), member, wrong, n.Devices[0], here.Addr().String()); err == nil {
		t.Errorf("a device with another site's key was given %d events", kept)
	}
	if _, err := here.Fetch(t.Context(), member, syncproto.Neighbours{}, n.Devices[0], here.Addr().String()); !errors.Is(err, lan.ErrStranger) {
		t.Errorf("without a key: %v", err)
	}
	n.Devices = slices.Clone(n.Devices)
	n.Devices[1].Revoked = true
	if err := all[0].TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if kept, err := here.Fetch(t.Context(), member, n, n.Devices[0], here.Addr().String()); err == nil {
		t.Errorf("a revoked device was given %d events", kept)
	}
}

func TestOneWhoSaysNothingOrNonsenseIsInNobodysWay(t *testing.T) {
	all, _ := replicatest.Site(t, standing, "A", "B")
	ids := booked(t, all, 1)
	network := &room{there: make(map[clinic.ID][]string)}
	here := run(t, all[0], network)
	for _, words := range []string{"", "GET / HTTP/1.1\r\n\r\n", "\x00\x00\x00\x60" + strings.Repeat("x", 96)} {
		conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", here.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, words); err != nil {
			t.Fatal(err)
		}
	}
	arrive(t, all[0], ids[0])
	run(t, all[1], network)
	until(t, all[1], func() bool { return queue(t, all[1]) != "" })
}

// callBox is a device's part in calls for help.
type callBox struct {
	mu       sync.Mutex
	calling  int64
	answered int64
	heard    chan int64 // from the other device, whenever it is asked
}

func (b *callBox) Calling(answered int64) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calling == answered {
		b.calling = 0
	}
	return b.calling
}

func (b *callBox) Answered(clinic.ID) int64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.answered
}

func (b *callBox) Heard(_ syncproto.Neighbour, since int64) {
	select {
	case b.heard <- since:
	default:
	}
}

// hears waits until a device has heard something.
func (b *callBox) hears(t *testing.T, want int64) {
	t.Helper()
	for {
		select {
		case since := <-b.heard:
			if since == want {
				return
			}
		case <-t.Context().Done():
			t.Fatalf("it never hears %d", want)
		case <-time.After(20 * time.Second):
			t.Fatalf("it does not hear %d", want)
		}
	}
}

func TestACallAtAKioskIsHeardAtEveryDeskUntilOneAnswers(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B", "K")
	n.Devices[2].Role = syncproto.RoleKiosk
	network := &room{there: make(map[clinic.ID][]string)}
	var boxes []*callBox
	for _, r := range all {
		if err := r.TakeNeighbours(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		b := &callBox{heard: make(chan int64)}
		boxes = append(boxes, b)
		ringing(t, r, network, b)
	}
	boxes[0].hears(t, 0)
	boxes[2].mu.Lock()
	boxes[2].calling = 1795500000123
	boxes[2].mu.Unlock()
	boxes[0].hears(t, 1795500000123)
	boxes[1].hears(t, 1795500000123)
	boxes[0].mu.Lock()
	boxes[0].answered = 1795500000123
	boxes[0].mu.Unlock()
	boxes[0].hears(t, 0)
	boxes[1].hears(t, 0)
}

func FuzzReadPiece(f *testing.F) {
	f.Add([]byte{0, 0, 0, 2, 'a', 'b'})
	f.Add([]byte{0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		piece, err := lan.ReadPiece(bytes.NewReader(b), 64)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := lan.WritePiece(&again, piece); err != nil || len(piece) > 64 || !bytes.HasPrefix(b, again.Bytes()) {
			t.Fatalf("%x came back as %x, %v", b, again.Bytes(), err)
		}
	})
}

// B has no line; what was booked at central it sees as soon as A has heard it.
func TestCentralsRowsReachADeviceWithoutALine(t *testing.T) {
	all, n := replicatest.Site(t, standing, "A", "B", "C")
	slot, first := replicatest.Booked("A123456789", "王小明", replicatest.Today.AddDays(-9000), replicatest.Today)
	rows := []syncproto.Row{replicatest.Programme(t), slot, first}
	for i := range rows {
		rows[i].Seq = int64(i + 1)
	}
	history := replicatest.NewID()
	c := replicatest.Checkpoint(history, 3, rows...)
	for _, r := range all {
		replicatest.Told(t, r, c, rows...)
	}
	n.Devices = slices.Clone(n.Devices)
	n.Devices[0].Version = 3 // what central agreed on with A, as far as C knows
	n.Devices[1].Version = 3
	if err := all[2].TakeNeighbours(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	network := &room{there: make(map[clinic.ID][]string)}
	for _, r := range all {
		run(t, r, network)
	}
	_, next := replicatest.Booked("F131104093", "陳美", replicatest.Today.AddDays(-9000), replicatest.Today)
	next.Seq, next.Booking.Slot = 4, slot.Slot.ID
	replicatest.Told(t, all[0], replicatest.Checkpoint(history, 4, append(rows, next)...), next)
	until(t, all[1], func() bool {
		_, err := all[1].Booking(t.Context(), next.Booking.ID)
		return err == nil
	})
	if at, err := all[1].Position(t.Context()); err != nil || at.Cursor != 4 {
		t.Errorf("%+v, %v", at, err)
	}
	arrive(t, all[1], next.Booking.ID) // events go to C all the same, which asks nobody for rows
	until(t, all[2], func() bool {
		heads, err := all[2].Heads(t.Context())
		return err == nil && heads.Heads[1].Seq == 1
	})
	if at, err := all[2].Position(t.Context()); err != nil || at.Cursor != 3 {
		t.Errorf("%+v, %v", at, err)
	}
}

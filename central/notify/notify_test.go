package notify_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/central/notify"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

func start(t *testing.T) (*bookingtest.City, *notify.Notifier, string) {
	t.Helper()
	city := bookingtest.Start(t, 5)
	path := filepath.Join(t.TempDir(), "messages.jsonl")
	return city, &notify.Notifier{Outbox: city, Sender: open(t, path), Clock: city.Now, Log: city.Log()}, path
}

func open(t *testing.T, path string) *notify.FileSender {
	t.Helper()
	f, err := notify.OpenFile(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func once(t *testing.T, n *notify.Notifier, want int) {
	t.Helper()
	if sent, err := n.Once(t.Context()); err != nil || sent != want {
		t.Errorf("%d reminders went out, want %d: %v", sent, want, err)
	}
}

func TestAReminderGoesOutOnceTwoDaysBefore(t *testing.T) {
	city, n, path := start(t)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	city.MustBook(slot, 1)
	gone := city.MustBook(slot, 2)
	if _, err := city.Cancel(t.Context(), booking.Cancellation{ID: gone.ID, Number: gone.Person.ID, Birth: gone.Person.Birth}); err != nil {
		t.Fatal(err)
	}
	due := bookingtest.Day.AddDays(-2).At(10 * 60)
	city.Set(due.Add(-time.Millisecond))
	once(t, n, 0)
	city.Set(due)
	once(t, n, 1)
	once(t, n, 0)
	city.Again()
	n.Outbox = city
	once(t, n, 0)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{`"to":"0900000001"`, "測○○1您好", "11月23日（一）09:00", "安心診所", "Moderna XBB", "04-22220001"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the message lacks %s: %s", part, text)
		}
	}
	if bytes.Count(text, []byte("\n")) != 1 {
		t.Errorf("the file is %s", text)
	}
}

type broken struct{ calls int }

func (b *broken) Send(context.Context, notify.Message) error {
	b.calls++
	return errors.New("the gateway answers 500")
}

func TestAFailedReminderIsTriedAgainAndThenGivenUp(t *testing.T) {
	city, n, path := start(t)
	slot := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day)
	city.MustBook(slot, 1)
	var log bytes.Buffer
	n.Log = slog.New(slog.NewTextHandler(&log, nil))
	gateway := &broken{}
	n.Sender = gateway
	city.Set(bookingtest.Day.AddDays(-2).At(10 * 60))
	once(t, n, 0)
	once(t, n, 0)
	if gateway.calls != 1 {
		t.Errorf("it was tried %d times at once", gateway.calls)
	}
	city.Set(city.Now().Add(time.Minute))
	once(t, n, 0)
	if gateway.calls != 2 {
		t.Errorf("after a minute it had been tried %d times", gateway.calls)
	}
	n.Sender = open(t, path)
	city.Set(city.Now().Add(2 * time.Minute))
	once(t, n, 1)
	city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.FluVac, bookingtest.Day.AddDays(3)), 2)
	n.Sender = gateway
	city.Set(bookingtest.Day.AddDays(3).At(8*60 + 30))
	once(t, n, 0) // the next attempt would come after the person
	city.Set(bookingtest.Day.AddDays(10).At(0))
	n.Sender = open(t, path)
	once(t, n, 0)
	for _, secret := range []string{"0900000001", "測試王"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in the log", secret)
		}
	}
}

func TestACrashAfterSendingSendsNothingTwice(t *testing.T) {
	path := filepath.Join(t.TempDir(), "messages.jsonl")
	m := notify.Message{ID: bookingtest.NewID().String(), To: bookingtest.Person(1).Mobile, Text: "您好"}
	for range 2 { // the second process finds it in the file
		f, err := notify.OpenFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(f.Send(t.Context(), m), f.Send(t.Context(), m), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || bytes.Count(text, []byte("\n")) != 1 {
		t.Errorf("%s, %v", text, err)
	}
}

func TestRunStopsWithItsContext(t *testing.T) {
	city, n, _ := start(t)
	city.MustBook(city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day), 1)
	city.Set(bookingtest.Day.AddDays(-2).At(10 * 60))
	n.Every = time.Millisecond
	ctx, stop := context.WithCancel(t.Context())
	sent := make(chan struct{}, 1)
	n.Sender = senderFunc(func() { sent <- struct{}{} })
	done := make(chan error)
	go func() { done <- n.Run(ctx) }()
	<-sent
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

type senderFunc func()

func (f senderFunc) Send(context.Context, notify.Message) error { f(); return nil }

func TestWhoWasVaccinatedElsewhereIsToldThatTheOtherBookingIsGone(t *testing.T) {
	city, n, path := start(t)
	other := city.MustBook(city.SlotOn(bookingtest.SiteB, bookingtest.XBB, bookingtest.Day.AddDays(4)), 1)
	city.Set(bookingtest.Day.AddDays(2).At(10 * 60))
	once(t, n, 1) // the reminder of it
	here := city.SlotOn(bookingtest.SiteA, bookingtest.XBB, bookingtest.Day.AddDays(2))
	p, id, at := bookingtest.Person(1), bookingtest.NewID(), city.Now().UnixMilli()
	in := booking.Batch{Site: bookingtest.SiteA, Device: bookingtest.NewID(), Epoch: 1, Previous: make([]byte, 32), Hashes: [][]byte{bytes.Repeat([]byte{1}, 32), bytes.Repeat([]byte{2}, 32)}, Ops: []syncproto.Op{
		{Seq: 1, Kind: clinic.WalkInRegistered, Booking: id, Ticket: "A001", At: at, WalkIn: &syncproto.WalkIn{
			IDNumber: p.ID.Reveal(), Name: p.Name.Reveal(), Birth: syncproto.DayOf(p.Birth.Reveal()), Slot: here.ID, Dose: "primary1",
		}},
		{Seq: 2, Kind: clinic.VaccineGiven, Booking: id, Lot: "L1", At: at},
	}}
	if _, err := city.Receive(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	good := n.Sender
	n.Sender = &broken{}
	once(t, n, 0)
	n.Sender = good
	once(t, n, 0) // not before a minute is over
	city.Set(city.Now().Add(time.Minute))
	once(t, n, 1)
	once(t, n, 0)
	text, err := os.ReadFile(path)
	if err != nil || bytes.Count(text, []byte("\n")) != 2 {
		t.Fatalf("%s, %v", text, err)
	}
	for _, part := range []string{`"id":"` + other.ID.String() + `/released"`, "測○○1您好，您已經接種過Moderna XBB這一劑，原本11月27日（五）09:00 在平安診所的預約已為您取消", "04-22220002"} {
		if !strings.Contains(string(text), part) {
			t.Errorf("the notice lacks %s: %s", part, text)
		}
	}
}

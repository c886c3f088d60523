package e2e_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"
	"time"

	"ezhitong.tw/clinic"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

// TestMain makes this test program a device's, too: a process that can be killed.
func TestMain(m *testing.M) {
	if len(os.Args) >= 5 && os.Args[1] == "device" {
		if err := deviceMain(os.Args[2], os.Args[3], os.Args[4], slices.Contains(os.Args[5:], "lan")); err != nil {
			fmt.Fprintln(os.Stderr, "device:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// say is a line of a device's input, and heard a line of its output.
type say struct {
	Do   string `json:"do"`   // enrol, act, draft, register, hold, fill, free, sync, look, roster, forgot, reset, signin
	Text string `json:"text"` // the code, the id of the booking or slot, or the JSON of a draft or walkIn
}

type heard struct {
	Words    string          `json:"words,omitempty"` // a person compares
	Error    string          `json:"error,omitempty"`
	Digits   string          `json:"digits,omitempty"` // that central is to be told
	State    replica.State   `json:"state,omitempty"`
	Pending  int             `json:"pending"`
	Made     uint64          `json:"made"`   // events, ever
	Cursor   int64           `json:"cursor"` // how far its base has got
	Others   int             `json:"others"` // devices of the site that it knows of, itself too
	Bookings []deviceBooking `json:"bookings,omitempty"`
}

// deviceBooking is a booking as the device shows it.
type deviceBooking struct {
	ID         clinic.ID
	Attendance string
	Ticket     string
	Events     int
	Slot       clinic.ID
	Dose       string
}

// walkIn is somebody who comes without a booking.
type walkIn struct {
	Number, Name string
	Birth        clinic.Date
	Slot         clinic.ID
	Dose         string
}

// deviceMain runs a station on a folder and does what each line of the input
// says. Its clock is the machine's and what a file says. With help it finds the
// site's other devices on this machine.
func deviceMain(dir, central, clockFile string, help bool) (err error) {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	now, err := clock.Shifted(clockFile, log)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	s, err := station.Open(ctx, station.Options{Data: dir, Central: central, Staff: "nurse", Build: "e2e", Clock: now, Log: log, LAN: help, Finder: onThisMachine(), Listen: "127.0.0.1:0"})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if enrolled, err := s.Enrolled(ctx); err != nil {
		return err
	} else if enrolled {
		go s.Run(ctx)
	}
	out := json.NewEncoder(os.Stdout)
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var what say
		if err := json.Unmarshal(in.Bytes(), &what); err != nil {
			return err
		}
		var h heard
		switch what.Do {
		case "enrol":
			err = s.Enrol(ctx, what.Text, func(w syncproto.Words) { _ = out.Encode(heard{Words: w.String()}) })
			if err == nil {
				go s.Run(ctx)
			}
		case "act":
			err = arrives(ctx, s, what.Text)
		case "draft":
			err = drafts(ctx, s, what.Text)
		case "register":
			err = registers(ctx, s, what.Text)
		case "hold":
			err = holds(ctx, s, what.Text)
		case "fill":
			err = fill(dir)
		case "free":
			err = os.Remove(filepath.Join(dir, ballast))
		case "sync":
			s.Agent.SyncNow()
		case "roster", "forgot", "reset", "signin":
			h.Digits, err = remembers(ctx, s, what.Do, what.Text)
		case "look":
			h, err = look(ctx, s)
		default:
			err = fmt.Errorf("what is %q", what.Do)
		}
		if err != nil {
			h.Error = err.Error()
		}
		if err := out.Encode(h); err != nil {
			return err
		}
	}
	return nil
}

// ballast is a file that fills the disk.
const ballast = "ballast"

func fill(dir string) error {
	file, err := os.Create(filepath.Join(dir, ballast))
	if err != nil {
		return err
	}
	for _, size := range []int{64 << 10, 512, 1} { // down to the last byte
		for full := make([]byte, size); err == nil; {
			_, err = file.Write(full)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return err
		}
		err = nil
	}
	return file.Close()
}

// arrives checks a person in with a queue number, once.
func arrives(ctx context.Context, s *station.Station, booking string) error {
	id, err := clinic.ParseID(booking)
	if err != nil {
		return err
	}
	_, err = s.Replica.Act(ctx, id, func(b clinic.Booking) (replica.Draft, error) {
		if b.Visit().Attendance != clinic.NotArrived {
			return replica.Draft{}, nil
		}
		return replica.Draft{Kind: clinic.CheckedIn, Staff: "nurse", Ticket: true}, nil
	})
	return err
}

// draft is an event to write, a void of the check-in that counts among them.
type draft struct {
	Booking           clinic.ID
	Kind              clinic.EventKind
	Lot, Name, Mobile string
	Reason            string
	To                clinic.ID
}

func drafts(ctx context.Context, s *station.Station, text string) error {
	var d draft
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return err
	}
	_, err := s.Replica.Act(ctx, d.Booking, func(b clinic.Booking) (replica.Draft, error) {
		out := replica.Draft{
			Kind: d.Kind, Staff: "nurse", Ticket: d.Kind == clinic.CheckedIn, Lot: d.Lot, Reason: d.Reason, To: d.To,
			Person: clinic.Person{Name: clinic.NewName(d.Name), Mobile: clinic.NewPhone(d.Mobile)},
		}
		if d.Kind == clinic.EventVoided {
			out.Voids, out.Reason = b.Visit().CheckIn, cmp.Or(d.Reason, "看錯人")
		}
		return out, nil
	})
	return err
}

func registers(ctx context.Context, s *station.Station, text string) error {
	var w walkIn
	if err := json.Unmarshal([]byte(text), &w); err != nil {
		return err
	}
	_, err := s.Replica.Register(ctx, replica.WalkIn{
		Person: clinic.Person{ID: clinic.NewIDNumber(w.Number), Name: clinic.NewName(w.Name), Birth: clinic.NewBirth(w.Birth)},
		Slot:   w.Slot, Dose: w.Dose, Staff: "nurse",
	}, func(replica.Room) error { return nil })
	return err
}

// holds asks central for a place of a slot for people without a booking.
func holds(ctx context.Context, s *station.Station, slot string) error {
	id, err := clinic.ParseID(slot)
	if err != nil {
		return err
	}
	return s.Counter.HoldPlaces(ctx, id, 1)
}

func look(ctx context.Context, s *station.Station) (h heard, err error) {
	out, err := s.Replica.Outbox(ctx, -1)
	if errors.Is(err, replica.ErrNotEnrolled) {
		return h, nil
	}
	if err != nil {
		return h, err
	}
	h.Pending, h.Made = len(out.Ops), out.Max
	at, err := s.Replica.Position(ctx)
	if err != nil {
		return h, err
	}
	h.Cursor = at.Cursor
	others, err := s.Replica.Neighbours(ctx)
	if err != nil {
		return h, err
	}
	h.Others = len(others.Devices)
	select {
	case last := <-s.Agent.Standings():
		h.State = last.State
	default:
	}
	today := clinic.DateOf(time.Now()) // the replica's own idea of today may be years off
	for d := range 60 {
		day, err := s.Replica.Day(ctx, today.AddDays(d-1))
		if err != nil {
			return h, err
		}
		for _, b := range day {
			v := b.Visit()
			h.Bookings = append(h.Bookings, deviceBooking{b.ID, v.Attendance.String(), v.Ticket, len(b.Events), b.Slot.ID, b.Dose})
		}
	}
	return h, nil
}

package fleet

import (
	"context"
	"errors"
	"testing"

	"ezhitong.tw/central/store"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// TestNothingIsDoneToADeviceThatCannotBeWrittenDown breaks the audit trail between a
// change and its note: neither may be stored, nor known in memory.
func TestNothingIsDoneToADeviceThatCannotBeWrittenDown(t *testing.T) {
	w := newTown(t)
	m := newMachine(t)
	id := w.enrolled(t, m, w.code(t).Secret).Device
	a := w.attempt(t, newMachine(t), w.code(t).Secret)
	r, err := a.ask(t)
	if err != nil {
		t.Fatal(err)
	}
	waits := w.asking(t, a.opener.Words(r)).ID
	peer := func() Peer {
		p, _, err := w.Peer(id)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	stands := func() [6]bool {
		_, in, err := w.Peer(waits)
		asking, errAsking := w.Asking(t.Context())
		lan, errLAN := w.LAN(t.Context(), site)
		keys, _ := w.Keys()
		if err := errors.Join(err, errAsking, errLAN); err != nil {
			t.Fatal(err)
		}
		return [6]bool{peer().Revoked, peer().Fenced, in, len(asking) == 1, lan, len(keys) == 1}
	}
	before := stands()
	full := errors.New("the disk is full")
	acts := []struct {
		name string
		do   func(context.Context) error
	}{
		{"rotate the keys", func(ctx context.Context) error { return w.RotateKeys(ctx, "boss") }},
		{"turn the help on", func(ctx context.Context) error { return w.SetLAN(ctx, "boss", site, true) }},
		{"turn away", func(ctx context.Context) error { return w.TurnAway(ctx, "boss", waits) }},
		{"approve", func(ctx context.Context) error { return w.Approve(ctx, "boss", waits) }},
		{"fence", func(ctx context.Context) error { return w.Fence(ctx, id) }},
		{"revoke", func(ctx context.Context) error { return w.Revoke(ctx, "boss", id) }},
		{"draw a code", func(ctx context.Context) error {
			_, _, err := w.NewCode(ctx, "boss", site, syncproto.RoleDesk, "櫃檯")
			return err
		}},
	}
	rows := func() int {
		n := 0
		if err := w.cfg.Store.Reader().QueryRowContext(t.Context(), "SELECT COUNT(*) FROM enrol_code").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	codes, notes := rows(), len(w.notes)
	for _, act := range acts {
		w.full = full
		if err := act.do(t.Context()); !errors.Is(err, full) {
			t.Errorf("%s: %v", act.name, err)
		}
		w.full = nil
		if now := stands(); now != before {
			t.Errorf("%s: it was %v, now it is %v", act.name, before, now)
		}
		w.open(t, w.cfg.Store) // as it is stored
		if now := stands(); now != before || rows() != codes {
			t.Errorf("%s, after a restart: it was %v, now it is %v with %d codes", act.name, before, now, rows())
		}
	}
	select {
	case <-peer().Ended:
		t.Error("its sessions have ended")
	default:
	}
	for _, act := range acts {
		err := act.do(t.Context())
		if refused := errors.Is(err, clinic.Refuse(RefusedAsking)); act.name == "approve" && refused { // it was turned away
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", act.name, err)
		}
	}
	if n := len(w.notes) - notes; n != len(acts)-1 {
		t.Errorf("%d notes for %d acts", n, len(acts)-1)
	}
	w.full = full
	if err := w.RetireKeys(t.Context(), "boss"); !errors.Is(err, full) || len(w.Secrets().valid()) != 2 {
		t.Errorf("retire the keys: %v, %d are valid", err, len(w.Secrets().valid()))
	}
}

func TestARevocationIsKeptWhenWhoeverAskedHasGone(t *testing.T) {
	w := newTown(t)
	id := w.enrolled(t, newMachine(t), w.code(t).Secret).Device
	ctx, cancel := context.WithCancel(t.Context())
	record := w.cfg.Record
	w.cfg.Record = func(ctx context.Context, change func(*store.Tx) (store.Note, error)) error {
		cancel()
		return errors.Join(ctx.Err(), record(ctx, change)) // as the engine does
	}
	if err := w.Revoke(ctx, "boss", id); err != nil {
		t.Fatal(err)
	}
	if p, _, err := w.Peer(id); err != nil || !p.Revoked {
		t.Errorf("it is %+v, %v", p, err)
	}
}

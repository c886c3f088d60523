package console_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"

	"ezhitong.tw/central/console"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
)

// line is the devices that wait before a door.
type line struct {
	console.Devices
	asking  []fleet.Asking
	decided map[clinic.ID]string
}

func (l *line) Asking(context.Context) ([]fleet.Asking, error) { return l.asking, nil }

func (l *line) Approve(_ context.Context, actor string, id clinic.ID) error {
	l.decided[id] = actor + " approved"
	return nil
}

func (l *line) TurnAway(_ context.Context, actor string, id clinic.ID) error {
	l.decided[id] = actor + " turned away"
	return nil
}

func TestADeviceIsApprovedByTheWordsOnItsScreen(t *testing.T) {
	first, second := fleet.Asking{ID: clinic.ID{1}, Words: "蘋果 香蕉 鳳梨 芒果 西瓜", Label: "櫃檯 A"}, fleet.Asking{ID: clinic.ID{2}, Words: "蘋果 香蕉 鳳梨 芒果 葡萄"}
	l := &line{asking: []fleet.Asking{first, second}, decided: map[clinic.ID]string{}}
	folder := t.TempDir()
	listener, err := console.Listen(t.Context(), folder)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	go func() {
		served <- console.Serve(ctx, listener, console.Config{Devices: l, Log: slog.New(slog.DiscardHandler)})
	}()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	if all, err := console.Asking(t.Context(), folder); err != nil || len(all) != 2 || all[0].Words != first.Words {
		t.Fatalf("%+v, %v", all, err)
	}
	if d, err := console.Approve(t.Context(), folder, console.ApproveRequest{Words: "  蘋果 香蕉  鳳梨 芒果 西瓜"}); err != nil || d.Label != "櫃檯 A" {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := console.Approve(t.Context(), folder, console.ApproveRequest{Words: second.Words, TurnAway: true}); err != nil {
		t.Error(err)
	}
	for _, words := range []string{"", "蘋果 香蕉 鳳梨 芒果", "香蕉 蘋果 鳳梨 芒果 西瓜"} {
		if _, err := console.Approve(t.Context(), folder, console.ApproveRequest{Words: words}); !errors.Is(err, clinic.Refuse(fleet.RefusedAsking)) {
			t.Errorf("%q: %v", words, err)
		}
	}
	if l.decided[first.ID] != "console approved" || l.decided[second.ID] != "console turned away" {
		t.Errorf("%v", l.decided)
	}
}

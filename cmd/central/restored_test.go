package main

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ezhitong.tw/central/console"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/seal"
)

// told is the history that devices would be told of.
func told(t *testing.T, data string) string {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	h, err := open(t.Context(), &options{Data: data}, clock.System(), log)
	if err != nil {
		t.Fatal(err)
	}
	defer h.close(log)
	return h.bookings.History().String()
}

func TestARestoredDatabaseBeginsANewHistoryAndKeepsItsTrail(t *testing.T) {
	data := stopped(t, 3)
	before := told(t, data)
	var out bytes.Buffer
	if err := restored(t.Context(), &out, &options{Data: data}); err != nil {
		t.Fatal(err)
	}
	after := told(t, data)
	if after == before || !strings.Contains(out.String(), after) {
		t.Errorf("history %s, then %s, said: %s", before, after, out.String())
	}
	if told(t, data) != after {
		t.Error("another start changed the history")
	}
}

func TestOnlyAWholeStoppedFolderIsTakenForRestored(t *testing.T) {
	data := stopped(t, 1)
	refused := func(why string) {
		t.Helper()
		if err := restored(t.Context(), &bytes.Buffer{}, &options{Data: data}); err == nil || !strings.Contains(err.Error(), why) {
			t.Errorf("%v, want %s", err, why)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	listener, err := console.Listen(ctx, data)
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- console.Serve(ctx, listener, console.Config{Log: slog.New(slog.DiscardHandler)}) }()
	refused("請先停掉")
	stop()
	if err := <-served; err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(data, seal.KeyFile)
	if err := os.Rename(key, key+".away"); err != nil {
		t.Fatal(err)
	}
	refused("請連金鑰一起還原")
	other := stopped(t, 1)
	if err := os.Rename(filepath.Join(other, seal.KeyFile), key); err != nil {
		t.Fatal(err)
	}
	refused("同一次備份的金鑰")
}

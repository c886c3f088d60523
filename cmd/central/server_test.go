package main

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/city"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/store/storetest"
	"ezhitong.tw/internal/clock"
	"ezhitong.tw/internal/seal"
)

func TestTwoCentralsOnOnePostgreSQL(t *testing.T) {
	log, now := slog.New(slog.DiscardHandler), clock.System()
	first := &options{Data: t.TempDir(), DB: storetest.FreshServer(t)}
	one, err := open(t.Context(), first, now, log)
	if err != nil {
		t.Fatal(err)
	}
	defer one.close(log)
	if err := one.install(t.Context(), now, city.Load); err != nil {
		t.Fatal(err)
	}
	second := &options{Data: t.TempDir(), DB: first.DB}
	if _, err := open(t.Context(), second, now, log); !errors.Is(err, booking.ErrKeys) {
		t.Errorf("with keys of its own: %v", err)
	}
	for _, name := range []string{seal.KeyFile, fleet.SecretsFile} {
		text, err := os.ReadFile(filepath.Join(first.Data, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(second.Data, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	two, err := open(t.Context(), second, now, log)
	if err != nil {
		t.Fatal(err)
	}
	defer two.close(log)
	if err := two.install(t.Context(), now, city.Load); err != nil {
		t.Fatal(err)
	}
	if a, b := len(one.bookings.Catalogue().Sites), len(two.bookings.Catalogue().Sites); a == 0 || a != b {
		t.Errorf("the one has %d sites, the other %d", a, b)
	}
	if one.bookings.History() != two.bookings.History() {
		t.Error("they have two histories")
	}
	var out strings.Builder
	if err := verifyAudit(t.Context(), &out, second, ""); err != nil || !strings.Contains(out.String(), "稽核紀錄 2 筆") {
		t.Errorf("the audit trail: %s, %v", out.String(), err)
	}
	if _, err := os.Stat(filepath.Join(second.Data, "central.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a file, too: %v", err)
	}
}

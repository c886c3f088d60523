package load

import (
	"context"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/central/store/storetest"
)

func TestEverythingAgainOnPostgreSQL(t *testing.T) { storetest.Again(t) }

// bin is where make build puts the programs.
var bin = filepath.Join("..", "..", ".build", "bin")

func TestNothingThatWasAnsweredIsLostWhenCentralOrItsServerIsKilled(t *testing.T) {
	if _, err := os.Stat(filepath.Join(bin, "central")); err != nil {
		t.Fatalf("central is not built, run: make build (%v)", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	trial, err := Begin(ctx, Options{Bin: bin, Postgres: storetest.OnServer(), Sites: 60, Seed: 3, Connections: 16, Out: out{t}})
	if err != nil {
		t.Fatal(err)
	}
	made := []string{trial.temp, trial.folder()}
	// More than one address may send in a minute with the limits on.
	if _, err := trial.Burst(ctx, 700); err != nil {
		t.Error(err)
	}
	if err := trial.End(ctx, trial.Crash(ctx, 3, 3)); err != nil {
		t.Fatalf("%v, everything is kept in %q", err, made)
	}
	if len(trial.sent) <= 700 {
		t.Errorf("%d bookings: nobody booked before the kills", len(trial.sent))
	}
	for _, folder := range made {
		if _, err := os.Stat(folder); !os.IsNotExist(err) {
			t.Errorf("the data of a trial that went well is still there: %q, %v", folder, err)
		}
	}
}

func TestAServerDiesWithCentralAndAlone(t *testing.T) {
	dice := rand.New(rand.NewPCG(1, 1))
	for server, want := range map[bool]map[blow]int{
		false: {{central: true}: 20},
		true:  {{central: true}: 15, {central: true, server: true}: 5, {server: true}: 5},
	} {
		got := make(map[blow]int)
		for _, b := range blowsOf(20, server, dice) {
			got[b]++
		}
		if !maps.Equal(got, want) {
			t.Errorf("with a server %v: %v", server, got)
		}
	}
}

func TestACentralThatDoesNotStartSaysWhereToLook(t *testing.T) {
	c := &Central{Bin: t.TempDir(), Data: filepath.Join(t.TempDir(), "data"), Sites: 1}
	if err := c.Make(t.Context()); err == nil {
		t.Error("a city was made without a program")
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "letter"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&Central{Bin: bin, Data: full, Sites: 1}).Make(t.Context()); err == nil {
		t.Error("a city was made among somebody's files")
	}
	if err := os.WriteFile(filepath.Join(full, "central.db"), []byte("no database, whoever reads it"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := (&Central{Bin: bin, Data: full}).Start(t.Context()); err == nil || !strings.Contains(err.Error(), "central.log") {
		t.Errorf("central started on a letter: %v", err)
	}
}

package main

import (
	"os"
	"testing"
)

func TestADeviceIsFilledPushesAndTheHerdComesBack(t *testing.T) {
	const rows, events = 1200, 30 // more than a page
	on := &bench{work: t.TempDir()}
	s, err := on.openOurs(t.Context(), 2, rows, 2)
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.measure(rows, events)
	if err != nil {
		t.Fatal(err)
	}
	for name, st := range map[string]step{"pull": x.Pull, "push": x.Push, "idle": x.Idle} {
		if st.Seconds <= 0 || st.Bytes <= 0 {
			t.Errorf("%s: %+v", name, st)
		}
	}
	if x.Pull.Bytes < 10*x.Push.Bytes || int64(x.Sealed) >= x.Idle.Bytes || x.Pull.cpu() <= 0 {
		t.Errorf("%+v", x)
	}
	callers, err := enrolAll(t.Context(), "http://"+s.server.at.Sync, s.server.at.Codes[1:])
	if err != nil {
		t.Fatal(err)
	}
	if h, err := reconnect(t.Context(), callers); err != nil || h.Devices != 4 || h.Handshakes < 4 || h.Errors != 0 {
		t.Errorf("%+v, %v", h, err)
	}
	if err := s.end(); err != nil {
		t.Error(err)
	}
}

func TestADeedThatFailsEndsTheMeasurement(t *testing.T) {
	s, err := (&bench{work: t.TempDir()}).openOurs(t.Context(), 1, 5, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.end(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := s.measure(6, 1); err == nil || err.Error() != "5 of 6 rows came" {
		t.Errorf("a row too few: %v", err)
	}
	if _, err := s.step("dance"); err == nil {
		t.Error("an unknown deed was done")
	}
}

func TestACrowdIsOfDifferentPeople(t *testing.T) {
	seen := make(map[string]bool)
	for _, r := range crowd(firstSite(), 5000) {
		if number := r.Person.ID.Reveal(); seen[number] {
			t.Fatalf("%s comes twice", number)
		} else {
			seen[number] = true
		}
	}
}

func TestTheManualHasAPlaceForTheTableOfSync(t *testing.T) {
	text, err := os.ReadFile("../../docs/performance.md")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tableOfSync.between(string(text), "table"); err != nil {
		t.Error(err)
	}
}

// Package smartcardtest is what the tests of every kind of reader share.
package smartcardtest

import (
	"testing"
	"time"

	"ezhitong.tw/drivers/smartcard"
)

// Expect waits for the next event, which must be of this kind.
func Expect(t testing.TB, events <-chan smartcard.Event, want smartcard.EventKind) smartcard.Event {
	t.Helper()
	limit := time.NewTimer(15 * time.Second)
	defer limit.Stop()
	select {
	case e, open := <-events:
		if !open || e.Kind != want {
			t.Fatalf("got %v (%v), want %v", e.Kind, e.Err, want)
		}
		return e
	case <-limit.C:
		t.Fatalf("no event, want %v", want)
	}
	return smartcard.Event{}
}

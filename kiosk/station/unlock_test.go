package station_test

import (
	"strings"
	"testing"
	"time"

	"ezhitong.tw/kiosk/replica/replicatest"
	"ezhitong.tw/kiosk/roster"
	"ezhitong.tw/kiosk/station"
)

func TestAManagerOpensALockedDeviceFromTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	r := replicatest.Open(t, dir, time.Now)
	id, err := r.Identity(t.Context())
	must(t, err)
	id.Grant.Expires = time.Now().Add(-time.Hour).Unix()
	must(t, r.SaveIdentity(t.Context(), id))
	must(t, (&roster.Roster{Replica: r}).Begin(t.Context(), roster.Member{Account: "N014", Name: "陳護理師"}, "4071"))

	c := station.UnlockCommand{Account: "N014"}
	if text, err := c.Run(t.Context(), dir, station.Flags{}, strings.NewReader("9999\n")); err == nil || !strings.Contains(err.Error(), "PIN 不正確") {
		t.Errorf("a wrong PIN: %q, %v", text, err)
	}
	text, err := c.Run(t.Context(), dir, station.Flags{}, strings.NewReader("4071\n"))
	must(t, err)
	if until, err := r.Unlocked(t.Context()); err != nil || until.IsZero() || !strings.Contains(text, until.Local().Format("15:04")) && !strings.Contains(text, "open for checking in until") {
		t.Errorf("open until %s, said %q, %v", until, text, err)
	}
	if _, err := c.Run(t.Context(), t.TempDir(), station.Flags{}, strings.NewReader("4071")); err == nil {
		t.Error("a folder without a local copy is opened")
	}
}

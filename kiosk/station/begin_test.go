package station_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

func TestAStationSaysWhatKeepsItFromWorking(t *testing.T) {
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "replica.db"), []byte("this is no database, and longer than its head of a hundred bytes would be, so that it is looked at in earnest"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		dir   string
		flags station.Flags
		want  string
	}{
		"no code":         {t.TempDir(), station.Flags{}, "device.not_enrolled"},
		"a wrong code":    {t.TempDir(), station.Flags{Enrol: "ABC"}, "enrol.code_wrong"},
		"nobody answers":  {t.TempDir(), station.Flags{Enrol: "00000-00000-00000-00000", Central: "http://127.0.0.1:9"}, "enrol.central_unreachable"},
		"a broken copy":   {broken, station.Flags{}, "device.copy_broken"},
		"an unknown disk": {"/proc/nowhere", station.Flags{}, "device.copy_broken"},
	} {
		t.Run(name, func(t *testing.T) {
			c.flags.Log = filepath.Join(t.TempDir(), "log")
			p, err := c.flags.Begin()
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			var told string
			tell := func(key string, _ ...string) { told = key; cancel() }
			_ = p.Work(ctx, c.dir, "nurse", tell, func(context.Context, *station.Station) { t.Error("it works all the same") })
			if told != c.want {
				t.Errorf("told %q, want %q", told, c.want)
			}
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestEveryTroubleHasItsWords(t *testing.T) {
	for want, err := range map[string]error{
		"":                     nil,
		"device.disk_full":     replica.ErrDiskFull,
		"enrol.code_expired":   syncproto.Problem{Code: syncproto.ProblemCodeExpired},
		"enrol.device_revoked": syncproto.Problem{Code: syncproto.ProblemRevoked},
		"failure.internal":     errors.New("anything"),
		"enrol.code_wrong":     syncproto.ErrCode,
		"enrol.key_retired":    syncproto.Problem{Code: syncproto.ProblemKeyRetired},
		"enrol.not_approved":   syncproto.Problem{Code: syncproto.ProblemNotApproved},
	} {
		if got := station.Explain(err); got != want {
			t.Errorf("%v is explained as %s, want %s", err, got, want)
		}
	}
}

func TestAStationWithoutAReaderIsReadyForNames(t *testing.T) {
	s, err := station.Open(t.Context(), station.Options{Data: t.TempDir(), Central: "http://127.0.0.1:9", Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if name, err := s.SiteName(t.Context()); err != nil || name != "" {
		t.Errorf("site %q, %v", name, err)
	}
	if s.Cards.State() != syncproto.ReaderNone {
		t.Error("a reader is there")
	}
}

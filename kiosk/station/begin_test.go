package station_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ezhitong.tw/drivers/scanner"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

func TestAStationSaysWhatKeepsItFromWorking(t *testing.T) {
	broken := t.TempDir()
	if err := os.WriteFile(filepath.Join(broken, "replica.db"), []byte("this is no database, and longer than its head of a hundred bytes would be, so that it is looked at in earnest"), 0o600); err != nil {
		t.Fatal(err)
	}
	nowhere := station.Flags{Central: "http://127.0.0.1:9"}
	given := nowhere
	given.Enrol = aCode
	for name, c := range map[string]struct {
		dir         string
		flags       station.Flags
		typed       []string // what the person answers, one after the other
		told, asked string   // what the person is told, and why they are asked the last time
	}{
		"a new device":        {t.TempDir(), nowhere, nil, "", ""},
		"a wrong code":        {t.TempDir(), station.Flags{Enrol: "ABC"}, nil, "", "enrol.code_wrong"},
		"a code was typed":    {t.TempDir(), nowhere, []string{aCode}, "", "enrol.central_unreachable"},
		"another was scanned": {t.TempDir(), nowhere, []string{aCode, "ezhitong:" + aCode + "@nonsense"}, "", "enrol.code_wrong"},
		"nobody answers":      {t.TempDir(), given, nil, "enrol.central_unreachable", ""},
		"a broken copy":       {broken, station.Flags{}, nil, "device.copy_broken", ""},
		"an unknown disk":     {"/proc/nowhere", station.Flags{}, nil, "device.copy_broken", ""},
	} {
		t.Run(name, func(t *testing.T) {
			c.flags.Log = filepath.Join(t.TempDir(), "log")
			p, err := c.flags.Begin()
			must(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			var told, asked string
			front := station.Front{
				Tell: func(key string, _ ...string) { told = key; cancel() },
				Ask: func(_ context.Context, why, address string, _ <-chan scanner.Event) (string, bool) {
					if asked = why; len(c.typed) == 0 {
						cancel()
						return "", false
					}
					if address != c.flags.Central {
						t.Errorf("central is looked for at %s", address)
					}
					next := c.typed[0]
					c.typed = c.typed[1:]
					return next, true
				},
				Compare: func(syncproto.Words, func()) { t.Error("words are compared") },
				Done:    func() { t.Error("it is enrolled") },
			}
			_ = p.Work(ctx, c.dir, "nurse", front, func(context.Context, *station.Station) { t.Error("it works all the same") })
			if told != c.told || asked != c.asked {
				t.Errorf("told %q and asked because of %q, want %q and %q", told, asked, c.told, c.asked)
			}
			must(t, p.Close())
		})
	}
}

const aCode = "00000-00000-00000-00000"

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

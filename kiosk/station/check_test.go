package station

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"ezhitong.tw/assets/i18n"
	"ezhitong.tw/kiosk/replica/replicatest"
)

func TestTheSelfCheckFindsWhatIsWrong(t *testing.T) {
	folder, now := t.TempDir(), replicatest.Now
	if err := replicatest.Open(t, folder, func() time.Time { return now }).Close(); err != nil { // enrolled, but nothing came yet
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Data: folder, Clock: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	is := func(code string, state CheckState, say string) {
		t.Helper()
		for _, c := range s.SelfCheck(context.Background()) {
			if c.Code == code && (c.State != state || c.Say != say) {
				t.Errorf("%s says %q in state %d, want %q in %d", code, c.Say, c.State, say, state)
			}
		}
	}
	is("E01", CheckNone, "none")
	is("E02", CheckNone, "none")
	is("E03", CheckNone, "none")
	is("E04", CheckOK, "ok")
	is("E06", CheckWarn, "plain")
	is("E07", CheckOK, "ok")
	is("E08", CheckBad, "never")
	is("E09", CheckBad, "part")
	is("E10", CheckWarn, "nobody")
	is("E11", CheckOK, "ok")
	s.use(Gear{Readers: []string{"/dev/no-reader"}, Printer: "/dev/no-printer", Scanner: "/dev/no-scanner"})
	s.scannerLost.Store(true)
	is("E01", CheckBad, "silent")
	is("E02", CheckBad, "silent")
	is("E03", CheckBad, "silent")
	s.Replica.Contact(now.Add(7 * time.Minute).UnixMilli())
	is("E04", CheckBad, "off")
	s.Replica.Contact(now.UnixMilli())
	is("E04", CheckOK, "ok")
	now = now.AddDate(0, 0, 355)
	is("E07", CheckWarn, "short")
	now = now.AddDate(0, 0, 30)
	is("E07", CheckBad, "ended")
	s.opt.Data = filepath.Join(folder, "nowhere")
	is("E05", CheckBad, "low")
}

func TestEveryVerdictOfTheSelfCheckHasItsWords(t *testing.T) {
	for code, says := range map[string][]string{
		"E01": {"ok", "none", "silent"}, "E02": {"ok", "none", "silent", "stopped", "paper_low"}, "E03": {"ok", "none", "silent"},
		"E04": {"ok", "off"}, "E05": {"ok", "low"}, "E06": {"ok", "plain"}, "E07": {"ok", "short", "ended"}, "E08": {"ok", "never", "away"},
		"E09": {"ok", "part"}, "E10": {"ok", "none", "nobody"}, "E11": {"ok", "old"},
	} {
		for _, say := range says {
			if !i18n.Has("zh-TW", "check."+code+"."+say) {
				t.Errorf("%s has no words for %q", code, say)
			}
		}
	}
}

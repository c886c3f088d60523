package station

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"

	"github.com/alecthomas/kong"
)

func TestSettingsComeFromAFileAndTheCommandLineComesFirst(t *testing.T) {
	t.Chdir(t.TempDir())
	read := func(args ...string) (Flags, error) {
		var f Flags
		parser, err := kong.New(&f, Settings("frontdesk", 5)...)
		if err != nil {
			return f, err
		}
		_, err = parser.Parse(args)
		return f, err
	}
	if f, err := read(); err != nil || len(f.Reader) != 0 || f.WalkIns != 5 {
		t.Errorf("without a file: %v, %d places, %v", f.Reader, f.WalkIns, err)
	}
	settings := `{"reader": ["COM3", "pcsc:ACS"], "scanner": "COM4", "scanner_baud": 19200, "scanner_prefix": "\\x02", "lan": true}`
	if err := os.WriteFile("frontdesk.json", []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := read("--scanner=COM5", "--walk-ins=0")
	if err != nil || !slices.Equal(f.Reader, []string{"COM3", "pcsc:ACS"}) || f.Scanner != "COM5" || f.scanner().Baud != 19200 || f.scanner().Prefix != "\x02" || !f.LAN || f.WalkIns != 0 {
		t.Errorf("%+v, %v", f, err)
	}
	for _, wrong := range []string{`{"reader"`, `[]`, `{"readers": ["COM3"]}`, `{"scanner_baud": 12}`} {
		if err := os.WriteFile("frontdesk.json", []byte(wrong), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := read(); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
}

func TestAProgramThatIsToldToEndWhileItOpensEndsWell(t *testing.T) {
	p, err := Flags{Keys: "file"}.Begin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(t.Context())
	end()
	front := Front{Tell: func(key string, _ ...string) { t.Errorf("it tells %s", key) }}
	feed := func(context.Context, *Station) { t.Error("it opened") }
	if err := errors.Join(p.Work(ctx, t.TempDir(), "desk", front, feed), p.Close()); err != nil {
		t.Error(err)
	}
}

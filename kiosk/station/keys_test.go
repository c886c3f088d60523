package station_test

import (
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/zalando/go-keyring"

	"ezhitong.tw/internal/seal"
	"ezhitong.tw/internal/secretfile"
	"ezhitong.tw/kiosk/replica"
	"ezhitong.tw/kiosk/station"
	"ezhitong.tw/syncproto"
)

// device opens a station on a folder and closes it again; with keep it stores an
// identity, else it wants to find one.
func device(t *testing.T, folder string, keys station.Keys, keep bool) error {
	t.Helper()
	s, err := station.Open(t.Context(), station.Options{Data: folder, Keys: keys, Clock: time.Now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	if keep {
		err = s.Replica.SaveIdentity(t.Context(), replica.Identity{Grant: syncproto.Grant{Label: "櫃檯 A"}})
	} else {
		var id replica.Identity
		if id, err = s.Replica.Identity(t.Context()); err == nil && id.Grant.Label != "櫃檯 A" {
			err = errors.New("another identity")
		}
	}
	return errors.Join(err, s.Close())
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func passphrase(t *testing.T, text string) station.Keys {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passphrase")
	must(t, os.WriteFile(path, []byte(text+"\n"), 0o600))
	return station.Keys{Place: station.InPassphrase, Passphrase: path}
}

func plain(folder string) bool {
	_, err := os.Stat(filepath.Join(folder, seal.KeyFile))
	return err == nil
}

func TestAPassphraseKeepsTheKeyOffTheDisk(t *testing.T) {
	folder, right := t.TempDir(), passphrase(t, "一二三四五六七八")
	must(t, device(t, folder, right, true))
	must(t, device(t, folder, right, false))
	export := station.ExportCommand{File: filepath.Join(t.TempDir(), "clinic.ezbundle")}
	if text, err := export.Run(t.Context(), folder, station.Flags{Keys: "passphrase", Passphrase: right.Passphrase}); err != nil {
		t.Errorf("what waits can't be carried by hand: %q, %v", text, err)
	}
	if plain(folder) {
		t.Error("the key lies in the folder")
	}
	if err := device(t, folder, passphrase(t, "一二三四五六七九"), false); !errors.Is(err, secretfile.ErrPassphrase) {
		t.Errorf("another passphrase: %v", err)
	}
	if err := device(t, folder, passphrase(t, "short"), false); err == nil {
		t.Error("a short passphrase was taken")
	}
	must(t, os.Chmod(right.Passphrase, 0o644))
	if err := device(t, folder, right, false); err == nil {
		t.Error("a passphrase that everybody can read was taken")
	}
}

func TestTheKeyMovesFromThePlainFile(t *testing.T) {
	folder, keys := t.TempDir(), passphrase(t, "correct horse")
	must(t, device(t, folder, station.Keys{}, true))
	if !plain(folder) {
		t.Fatal("there is no plain file")
	}
	must(t, device(t, folder, keys, false))
	if plain(folder) {
		t.Error("the plain file is still there")
	}
	must(t, os.Remove(filepath.Join(folder, "seal.key.wrapped")))
	if err := device(t, folder, keys, false); !errors.Is(err, station.ErrKeyLost) {
		t.Errorf("a copy whose key is gone: %v", err)
	}
}

func TestTheKeyringOfTheOSHoldsTheKey(t *testing.T) {
	folder, keys := t.TempDir(), station.Keys{Place: station.InOS}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+filepath.Join(t.TempDir(), "nobody"))
	if err := device(t, folder, keys, true); !errors.Is(err, station.ErrKeyring) {
		t.Fatalf("without a keyring: %v", err)
	}
	if station.Explain(station.ErrKeyring) != "device.no_keyring" || plain(folder) {
		t.Error("it does not say so, or fell back to a file")
	}
	keyring.MockInit()
	must(t, device(t, folder, keys, true))
	must(t, device(t, folder, keys, false))
	if plain(folder) {
		t.Error("the key lies in the folder")
	}
	keyring.MockInit() // the keyring is lost
	if err := device(t, folder, keys, false); !errors.Is(err, station.ErrKeyLost) {
		t.Errorf("a copy whose key is gone: %v", err)
	}
}

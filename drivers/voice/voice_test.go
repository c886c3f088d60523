//go:build unix

package voice

import (
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// machine is one that has programs with the given names and no others.
func machine(t *testing.T, programs map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range programs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", dir)
	return dir
}

// found is the machine's speaker; what fails is received.
func found(t *testing.T) (*Speaker, <-chan error) {
	t.Helper()
	failed := make(chan error, 10)
	s, err := Find(func(err error) { failed <- err })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, failed
}

func TestEspeakSpeaksEveryLanguageOfTheKiosk(t *testing.T) {
	p, err := find()
	if err != nil {
		t.Fatalf("%v: run ./setup test", err)
	}
	if filepath.Base(p.path) != "espeak-ng" {
		t.Fatalf("it is %s", p.path)
	}
	for locale, words := range map[string]string{
		"zh-TW": "請插入健保卡", "en": "Insert your NHI card", "vi": "Đưa thẻ bảo hiểm vào máy", "id": "Masukkan kartu NHI",
	} {
		t.Run(locale, func(t *testing.T) {
			loud := make(map[int]int)
			for _, volume := range []int{30, 100} {
				wav := filepath.Join(t.TempDir(), "said.wav")
				q := p
				q.args = func(locale string, volume int) []string { return append(p.args(locale, volume), "-w", wav) }
				failed := make(chan error, 1)
				s := newSpeaker(q, func(err error) { failed <- err })
				if err := s.speak(t.Context(), text{locale, words, volume}); err != nil {
					t.Fatal(err)
				}
				s.Close()
				sound, err := os.ReadFile(wav)
				if err != nil || len(sound) < 20_000 || string(sound[:4]) != "RIFF" {
					t.Fatalf("%d bytes, %v", len(sound), err)
				}
				for i := 44; i+1 < len(sound); i += 2 {
					loud[volume] = max(loud[volume], int(int16(binary.LittleEndian.Uint16(sound[i:]))))
				}
			}
			if loud[100] < 2000 || loud[30] >= loud[100] {
				t.Errorf("as loud as %v", loud)
			}
		})
	}
}

// pipe makes a pipe with a name; whoever opens it for reading waits for a writer.
func pipe(t *testing.T, path string) {
	t.Helper()
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestANewTextCutsTheOneBeforeOff(t *testing.T) {
	dir := machine(t, map[string]string{"espeak-ng": `here="${0%/*}"
read -r words
echo "$words" > "$here/begun"
[ "$words" = long ] && exec /bin/cat "$here/never" >/dev/null
exit 0
`})
	pipe(t, filepath.Join(dir, "begun"))
	pipe(t, filepath.Join(dir, "never"))
	s, failed := found(t)
	begun := func(want string) {
		t.Helper()
		got, err := os.ReadFile(filepath.Join(dir, "begun")) // waits until a text begins
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Fatalf("%q began, want %q: %v", got, want, err)
		}
	}
	s.Say("zh-TW", "long") // would never end
	begun("long")
	s.Say("zh-TW", "short")
	begun("short")
	s.Say("en", "long")
	begun("long")
	s.Hush()
	s.SetVolume(0)
	s.Say("en", "silent") // would begin before the next one, and be heard
	s.SetVolume(50)
	s.Say("en", "short")
	begun("short")
	s.Close()
	select {
	case err := <-failed:
		t.Errorf("being cut off is no failure: %v", err)
	default:
	}
}

func TestAProgramThatFailsIsToldAndTheNextTextIsTried(t *testing.T) {
	machine(t, map[string]string{"espeak-ng": "echo no such voice; exit 3"})
	s, failed := found(t)
	for range 2 {
		s.Say("vi", "words")
		if err := <-failed; !strings.Contains(err.Error(), "no such voice") || !strings.Contains(err.Error(), "vi") {
			t.Errorf("told %v", err)
		}
	}
}

func TestTheMachinesProgramIsFound(t *testing.T) {
	machine(t, nil)
	if _, err := Find(nil); !errors.Is(err, ErrNone) {
		t.Errorf("without one: %v", err)
	}
	machine(t, map[string]string{"spd-say": ""})
	p, err := find()
	if err != nil || filepath.Base(p.path) != "spd-say" || !slices.Contains(p.args("zh-TW", 50), "cmn") || p.hush == nil {
		t.Errorf("%v, %v", p.path, err)
	}
	machine(t, map[string]string{"spd-say": "", "espeak-ng": ""})
	if p, err = find(); err != nil || filepath.Base(p.path) != "espeak-ng" {
		t.Errorf("of two it is %s, %v", p.path, err)
	}
}

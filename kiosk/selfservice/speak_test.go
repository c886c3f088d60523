package selfservice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"ezhitong.tw/kiosk/cards"
	"ezhitong.tw/kiosk/ui/golden"
)

// fakeVoice remembers what was spoken; an empty text is silence.
type fakeVoice struct {
	said   []string
	volume int
}

func (f *fakeVoice) Say(locale, words string) {
	f.said = append(f.said, fmt.Sprintf("%s %d: %s", locale, f.volume, words))
}
func (f *fakeVoice) Hush()                 { f.said = append(f.said, "") }
func (f *fakeVoice) SetVolume(percent int) { f.volume = percent }

// fakeVolumes keeps a volume in memory.
type fakeVolumes int

func (f *fakeVolumes) Volume(context.Context) (int, error) { return int(*f), nil }
func (f *fakeVolumes) KeepVolume(_ context.Context, percent int) error {
	*f = fakeVolumes(percent)
	return nil
}

func TestEachPageSaysOnceWhatItAsksFor(t *testing.T) {
	voice, kept := &fakeVoice{}, fakeVolumes(40)
	c := &fakeCounter{entries: aMorning()}
	s, _, _ := aScreen(t, landscape, Feed{Counter: c, Voice: voice, Volumes: &kept})
	touch(t, s, "開始報到")
	s.tick()
	touch(t, s, "取消")
	touch(t, s, "English")
	touch(t, s, "Start")
	touch(t, s, "Cancel")
	s.card(cards.Event{Kind: cards.Recognised, Person: c.entries[2].Booking.Person}, now)
	touch(t, s, "是，我要報到")
	touch(t, s, "完成")
	s.card(cards.Event{Kind: cards.Removed}, now)
	want := []string{
		"", "zh-TW 40: 請插入健保卡. 晶片朝上，插到底。 讀取約 3 秒，先不要抽出。", "", "",
		"en 40: Insert your NHI card. Chip side up, all the way. Leave it in 3 seconds.", "",
		"zh-TW 40: 要現在報到嗎？", "zh-TW 40: 您的號碼. A 0 1 5. 前面還有 2 位. 請取回健保卡", "zh-TW 40: 請取回健保卡", "",
	}
	got := slices.DeleteFunc(slices.Clone(voice.said), func(words string) bool { return strings.Contains(words, "正在讀卡") })
	if !slices.Equal(got, want) {
		t.Errorf("said\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestNothingSpokenTellsWhoStandsThere(t *testing.T) {
	for _, locale := range languages() {
		s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}})
		s.m.Locale = locale
		everyPage(t, s, func(page string) {
			words := s.m.Spoken()
			if strings.Contains(words, "歐") || strings.Contains(words, "⟦") || strings.Contains(words, "0912") {
				t.Errorf("%s in %s says %q", page, locale, words)
			}
			if (s.m.Page == Menu || s.m.Page == Gate) && words != "" {
				t.Errorf("staff are told %q", words)
			}
			if locale == "zh-TW" && strings.ContainsFunc(words, unicode.IsLower) {
				t.Errorf("%s says %q", page, words)
			}
		})
	}
}

func TestStaffSetTheVolume(t *testing.T) {
	voice, kept := &fakeVoice{}, fakeVolumes(70)
	s, _, _ := aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Voice: voice, Volumes: &kept, Lock: &fakeLock{pin: "2580"}})
	knock(t, s, knocks)
	enter(t, s, "2580")
	touch(t, s, "語音 70%")
	if kept != 100 || voice.volume != 100 || !strings.Contains(voice.said[len(voice.said)-1], "語音提示") {
		t.Errorf("kept %d, %v", kept, voice)
	}
	touch(t, s, "語音 100%")
	says(t, s, "語音關")
	if kept != 0 || voice.volume != 0 {
		t.Errorf("kept %d", kept)
	}
	touch(t, s, "語音關")
	if kept != 40 {
		t.Errorf("kept %d", kept)
	}
	s, _, _ = aScreen(t, landscape, Feed{Counter: &fakeCounter{}, Lock: &fakeLock{pin: "2580"}})
	knock(t, s, knocks)
	enter(t, s, "2580")
	if strings.Contains(golden.Text(s.Content()), "語音") {
		t.Error("a machine without a voice has a volume")
	}
}

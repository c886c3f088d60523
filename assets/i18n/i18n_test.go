package i18n

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

var holes = regexp.MustCompile(`\{([^{}]*)\}`)

// spoken tells what is said in each language, by the beginnings of the keys.
var spoken = map[string][]string{
	Default: {""}, "en": {""},
	"vi": {"kiosk.", "locale.", "dose.", "word.vaccine"},
	"id": {"kiosk.", "locale.", "dose.", "word.vaccine"},
}

func TestEveryLanguageSaysTheSameThings(t *testing.T) {
	c, err := load(files)
	if err != nil {
		t.Fatalf("the catalogues have faults:\n%v", err)
	}
	for locale, texts := range c {
		if spoken[locale] == nil {
			t.Errorf("nobody says what is spoken in %s", locale)
		}
		for _, prefix := range spoken[locale] {
			for _, key := range c.lacking(locale, prefix) {
				t.Errorf("%s has no %q", locale, key)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			text := texts[key]
			if strings.TrimSpace(text) == "" {
				t.Errorf("%s %q is empty", locale, key)
			}
			if got, want := arguments(text), arguments(c[Default][key]); !slices.Equal(got, want) {
				t.Errorf("%s %q takes %v, %s takes %v", locale, key, got, Default, want)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(texts)) {
			if _, ok := c[Default][key]; !ok {
				t.Errorf("%s has no %q, %s does", Default, key, locale)
			}
		}
	}
}

// arguments lists the different placeholders of a text; each may stand more than once.
func arguments(text string) []string {
	names := map[string]bool{}
	for _, m := range holes.FindAllStringSubmatch(text, -1) {
		names[m[1]] = true
	}
	return slices.Sorted(maps.Keys(names))
}

func TestEveryPlaceholderIsOneWeCanFill(t *testing.T) {
	kinds := []string{"", "date", "datetime", "longdate", "shortdate", "record", "time", "age", "dose"}
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	for locale, texts := range embedded() {
		for key, text := range texts {
			if strings.Count(text, "{") != strings.Count(text, "}") {
				t.Errorf("%s %q: a brace is open", locale, key)
			}
			for _, a := range arguments(text) {
				n, kind, _ := strings.Cut(a, ":")
				if !slices.Contains(kinds, kind) || !name.MatchString(n) {
					t.Errorf("%s %q: {%s} is no placeholder", locale, key, a)
				}
			}
		}
	}
}

func TestTheWordsAreKind(t *testing.T) {
	for _, word := range []string{"！", "錯誤", "失敗", "非法", "無效", "系統", "你", "!"} {
		for key, text := range embedded()[Default] {
			if strings.Contains(text, word) {
				t.Errorf("%q says %q: %s", key, word, text)
			}
		}
	}
	for key, text := range embedded()[Default] {
		if strings.HasPrefix(key, "refusal.") && len([]rune(holes.ReplaceAllString(text, "00"))) > 45 {
			t.Errorf("%q is too long: %s", key, text)
		}
	}
}

func TestARefusalReadsAsAPersonWouldSayIt(t *testing.T) {
	for _, c := range []struct {
		locale, key string
		args        map[string]string
		want        string
	}{
		{"zh-TW", "refusal.too_young", map[string]string{"limit": "65y"}, "這項疫苗限 65 歲以上。接種當天未滿 65 歲，請改選其他疫苗。"},
		{"en", "refusal.too_young", map[string]string{"limit": "65y"}, "This vaccine is for people of 65 years and over on the day. Please choose another."},
		{"zh-TW", "refusal.too_old", map[string]string{"limit": "6m"}, "這項疫苗限未滿 6 個月。接種當天已滿 6 個月，請改選其他疫苗。"},
		{"zh-TW", "refusal.interval", map[string]string{"days": "84", "earliest": "2026-12-20"}, "距上一劑要滿 84 天。最早可預約 12/20（日）。"},
		{"en", "refusal.interval", map[string]string{"days": "84", "earliest": "2026-12-20"}, "84 days must pass after the last dose. Earliest date: 20 Dec."},
		{"zh-TW", "refusal.window_not_open", map[string]string{"period": "第48期", "period@en": "period 48", "opens": "2026-11-30T09:00:00+08:00"}, "第48期還沒開放預約。11/30（一）9:00 開放，到時再來。"},
		{"en", "refusal.window_not_open", map[string]string{"period": "第48期", "period@en": "period 48", "opens": "2026-11-30T01:00:00Z"}, "Booking for period 48 is not open yet. It opens 30 Nov, 9:00."},
		{"zh-TW", "refusal.dose_order", map[string]string{"before": "primary1", "dose": "primary2"}, "請先接種基礎劑 1，再預約基礎劑 2。在外地打過，請先到衛生所補登。"},
		{"zh-TW", "refusal.cancel_too_late", map[string]string{"phone": "(04)2300-0136"}, "線上取消只到接種前 2 日。請打電話給院所：(04)2300-0136。"},
		{"zh-TW", "format.longdate", map[string]string{"value": "2026-11-24"}, "115年11月24日"},
		{"en", "format.longdate", map[string]string{"value": "2026-11-24"}, "24 Nov 2026"},
		{"zh-TW", "staff.timestamp", map[string]string{"at": "2026-11-24T01:02:03Z"}, "115/11/24 09:02:03"},
		{"en", "staff.timestamp", map[string]string{"at": "2026-11-24T01:02:03Z"}, "2026-11-24 09:02:03"},
		{"vi", "kiosk.wrong_day.lead", map[string]string{"day": "2026-11-30", "time": "09:30"}, "Lịch của quý vị: thứ Hai 30/11, 09:30.\nXin đến đúng ngày, hoặc hỏi quầy."},
		{"id", "kiosk.wrong_day.lead", map[string]string{"day": "2026-08-01", "time": "09:30"}, "Janji Anda: Sabtu 1 Agu, 09:30.\nDatanglah hari itu, atau tanya loket."},
		{"zh-TW", "format.time", map[string]string{"value": "09:05"}, "9:05"},
		{"en", "format.age", map[string]string{"value": "1y"}, "1 year"},
	} {
		if got := T(c.locale, c.key, c.args); got != c.want {
			t.Errorf("%s %s\n got %s\nwant %s", c.locale, c.key, got, c.want)
		}
	}
}

func TestWhatIsMissingIsSeenAtOnce(t *testing.T) {
	for _, c := range []struct {
		locale, key string
		args        map[string]string
		want        string
	}{
		{"zh-TW", "no.such.key", nil, "⟦no.such.key⟧"},
		{"ja", "failure.internal", nil, "⟦failure.internal⟧"},
		{"zh-TW", "format.date", nil, "⟦value⟧"},
		{"zh-TW", "format.date", map[string]string{"value": "tomorrow"}, "⟦value⟧"},
		{"zh-TW", "format.datetime", map[string]string{"value": "2026-11-24"}, "⟦value⟧"},
		{"zh-TW", "format.age", map[string]string{"value": "65"}, "⟦value⟧"},
		{"zh-TW", "format.age", map[string]string{"value": "-3y"}, "⟦value⟧"},
	} {
		if got := T(c.locale, c.key, c.args); got != c.want {
			t.Errorf("%s %s %v: got %s, want %s", c.locale, c.key, c.args, got, c.want)
		}
	}
}

func TestABrowserGetsItsLanguage(t *testing.T) {
	for accept, want := range map[string]string{
		"":                          "zh-TW",
		"zh-TW,zh;q=0.9,en;q=0.8":   "zh-TW",
		"zh-Hant":                   "zh-TW",
		"zh":                        "zh-TW",
		"en-US,en;q=0.9":            "en",
		"de-DE,de;q=0.9,en;q=0.5":   "en",
		"fr":                        "en", // its readers know the letters, at least
		"ja":                        "zh-TW",
		"en;q=0.2, zh-TW;q=0.8":     "zh-TW",
		"*":                         "zh-TW",
		"\x00;;;q=q":                "zh-TW",
		strings.Repeat("en,", 5000): "en",
	} {
		if got := Match(accept); got != want {
			t.Errorf("Match(%.40q) = %s, want %s", accept, got, want)
		}
	}
	if l := Locales(); !slices.Equal(l, []string{Default, "en"}) {
		t.Errorf("Locales() = %v", l)
	}
	if l := Speaking("kiosk."); !slices.Equal(l, []string{Default, "en", "id", "vi"}) {
		t.Errorf("at the kiosk: %v", l)
	}
}

func TestAKeyThatStandsTwiceIsFound(t *testing.T) {
	for name, files := range map[string]fstest.MapFS{
		"in one file":   {"en.json": {Data: []byte(`{"a":"1","a":"2"}`)}},
		"in two files":  {"en.json": {Data: []byte(`{"a":"1"}`)}, "en.desk.json": {Data: []byte(`{"a":"1"}`)}},
		"not an object": {"en.json": {Data: []byte(`["a"]`)}},
		"not a text":    {"en.json": {Data: []byte(`{"a":{"b":"c"}}`)}},
		"cut short":     {"en.json": {Data: []byte(`{"a":"1"`)}},
		"goes on":       {"en.json": {Data: []byte(`{"a":"1"} {}`)}},
	} {
		if _, err := load(files); err == nil {
			t.Errorf("%s: nothing was said", name)
		}
	}
}

func TestTheRoomsOfALanguageAreMerged(t *testing.T) {
	c, err := load(fstest.MapFS{
		"en.json":      {Data: []byte(`{"a":"one"}`)},
		"en.desk.json": {Data: []byte(`{"b":"two"}`)},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.text("en", "a", nil) + c.text("en", "b", nil); got != "onetwo" {
		t.Errorf("got %q", got)
	}
}

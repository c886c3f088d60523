package nhicard

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

// invented is the record of an invented person.
func invented() []byte {
	name := append([]byte{0xB4, 0xFA, 0xB8, 0xD5, 0xA4, 0x48}, make([]byte, 14)...)
	return append(append([]byte("000012345678"), name...), "A1234567890790215M1120704"...)
}

// with puts bytes into a record.
func with(at int, b []byte) []byte {
	r := invented()
	copy(r[at:], b)
	return r
}

var today = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func TestARecordIsReadFieldByField(t *testing.T) {
	c, err := Parse(invented(), today)
	if err != nil {
		t.Fatal(err)
	}
	if c.Number.Reveal() != "000012345678" || c.Name.Reveal() != "測試人" || c.ID.Reveal() != "A123456789" ||
		c.Birth.ISO() != "1990-02-15" || c.Sex != Male || c.Issued.ISO() != "2023-07-04" || c.NameUncertain || c.NameCut {
		t.Fatalf("%s %s %s %s %s %s", c.Number.Reveal(), c.Name.Reveal(), c.ID.Reveal(), c.Birth.ISO(), c.Sex, c.Issued.ISO())
	}
	if y, m, d := c.Birth.Reveal(); y != 1990 || m != time.February || d != 15 {
		t.Error(y, m, d)
	}
	if raw := c.NameRaw.Reveal(); !bytes.Equal(raw[:], invented()[12:32]) {
		t.Errorf("% X", raw)
	}
}

func TestNamesAreReadHoweverTheyArePadded(t *testing.T) {
	for _, c := range []struct {
		name, bytes, want string
		uncertain, cut    bool
	}{
		{"NUL", "B4FAB8D5A448" + strings.Repeat("00", 14), "測試人", false, false},
		{"spaces", "B4FAB8D5A448" + strings.Repeat("20", 14), "測試人", false, false},
		{"wide spaces", "B4FAB8D5A448" + strings.Repeat("A140", 7), "測試人", false, false},
		{"something behind the NUL", "B4FAB8D5A44800" + strings.Repeat("41", 13), "測試人", false, false},
		{"foreign", hex.EncodeToString([]byte("KIM DEOKHAN")) + strings.Repeat("00", 9), "KIM DEOKHAN", false, false},
		{"ten characters", strings.Repeat("A448", 10), "人人人人人人人人人人", false, false},
		{"half a character at the end", "41" + strings.Repeat("A448", 9) + "A4", "A人人人人人人人人人", false, true},
		{"no such code", "8140" + strings.Repeat("00", 18), "\uFFFD", true, false},
		{"a byte that begins nothing", "A448FF41" + strings.Repeat("00", 16), "人\uFFFDA", true, false},
		{"own character, low", "8742" + strings.Repeat("00", 18), "\u4603", true, false},
		{"own character, high", "FA40" + strings.Repeat("00", 18), "\U00020547", true, false},
		{"own character, middle", "C6A1" + strings.Repeat("00", 18), "①", true, false},
		{"broken UTF-8 upstream", "EFBFBD" + strings.Repeat("00", 17), "嚙", true, true},
		{"ETEN", "F9D8" + strings.Repeat("00", 18), "裏", false, false},
		{"a control character", "411B5B" + strings.Repeat("00", 17), "A\uFFFD[", true, false},
		{"nothing", strings.Repeat("00", 20), "", true, false},
		{"only spaces", strings.Repeat("20", 20), "", true, false},
	} {
		b, err := hex.DecodeString(c.bytes)
		if err != nil || len(b) != 20 {
			t.Fatalf("%s: %d bytes, %v", c.name, len(b), err)
		}
		card, err := Parse(with(12, b), today)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := card.Name.Reveal(); got != c.want || card.NameUncertain != c.uncertain || card.NameCut != c.cut {
			t.Errorf("%s: %q uncertain %v cut %v", c.name, got, card.NameUncertain, card.NameCut)
		}
	}
}

func TestEveryUnsoundFieldIsNamed(t *testing.T) {
	for _, c := range []struct {
		name   string
		record []byte
		want   Field
	}{
		{"empty", nil, FieldLength},
		{"one byte short", invented()[:56], FieldLength},
		{"one byte more", append(invented(), 0), FieldLength},
		{"letter in the number", with(3, []byte("X")), FieldNumber},
		{"small letter in the ID", with(32, []byte("a")), FieldID},
		{"digit first in the ID", with(32, []byte("1")), FieldID},
		{"space in the ID", with(41, []byte(" ")), FieldID},
		{"letter third in the ID", with(34, []byte("A")), FieldID},
		{"month 13", with(42, []byte("0791315")), FieldBirth},
		{"30 February", with(42, []byte("0790230")), FieldBirth},
		{"year 0", with(42, []byte("0000215")), FieldBirth},
		{"day 0", with(42, []byte("0790200")), FieldBirth},
		{"no digits", with(42, []byte("       ")), FieldBirth},
		{"born tomorrow", with(42, []byte("1151125")), FieldBirth},
		{"sex", with(49, []byte("X")), FieldSex},
		{"issued next year", with(50, []byte("1160101")), FieldIssued},
		{"issued on 31 April", with(50, []byte("1120431")), FieldIssued},
	} {
		_, err := Parse(c.record, today)
		var at *RecordError
		if !errors.As(err, &at) || at.Field != c.want || !errors.Is(err, ErrRecord) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for name, r := range map[string][]byte{
		"a leap day": with(42, []byte("0850229")), "born today": with(42, []byte("1151124")),
		"an old resident certificate": with(32, []byte("AC03095424")), "a new one": with(32, []byte("A800000014")),
		"a woman": with(49, []byte("F")), "three digits of age": with(42, []byte("0090101")),
	} {
		if _, err := Parse(r, today); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Parse(with(50, []byte("1990101")), time.Time{}); err != nil {
		t.Errorf("a clock nobody trusts refused a date: %v", err)
	}
}

func TestAPersonHidesHoweverTheCardIsPrinted(t *testing.T) {
	c, err := Parse(invented(), today)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb+"\n", c)
		fmt.Fprintf(&out, verb+"\n", &c)
		fmt.Fprintf(&out, verb+verb+verb+"\n", c.ID, c.Birth, c.NameRaw)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("card", "card", c, "id", c.ID, "birth", c.Birth, "name", c.Name, "raw", c.NameRaw)
	}
	for _, secret := range []string{
		"000012345678", "測試人", "A123456789", "02-15", "0790215", "07-04", "B4FA", "b4fa", "180 250", "41313233",
	} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q stands in the output", secret)
		}
	}
	for _, mask := range []string{"測○人", "A1******89", "********5678", "1990-**-**"} {
		if !strings.Contains(out.String(), mask) {
			t.Errorf("%q does not", mask)
		}
	}
	for value, want := range map[string]string{"王": "王", "王明": "王○", "歐陽小明": "歐○○明", "": ""} {
		if got := (Text{value, 1, 1}).String(); value != "王" && got != want || value == "王" && got != "○" {
			t.Errorf("%s is masked as %s", value, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(invented())
	f.Add(with(12, bytes.Repeat([]byte{0xA4}, 20)))
	f.Add(with(12, []byte{0x87, 0x42, 0xC6, 0xA1, 0xFE}))
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Parse(b, today)
		if err != nil {
			if !errors.Is(err, ErrRecord) {
				t.Fatal(err)
			}
			return
		}
		y, m, d := c.Birth.Reveal()
		iy, im, id := c.Issued.Reveal()
		raw := c.NameRaw.Reveal()
		again := c.Number.Reveal() + string(raw[:]) + c.ID.Reveal() +
			fmt.Sprintf("%03d%02d%02d", y-1911, m, d) + c.Sex.String() + fmt.Sprintf("%03d%02d%02d", iy-1911, im, id)
		if again != string(b) {
			t.Fatalf("%q was read as %q", b, again)
		}
		for _, r := range c.Name.Reveal() {
			if r < 0x20 {
				t.Fatalf("control character in %q", c.Name.Reveal())
			}
		}
	})
}

package emulator

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestTheRecordHasEveryFieldInItsPlace(t *testing.T) {
	r, err := Sample().record(PadNUL, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(r) != RecordSize {
		t.Fatalf("%d bytes", len(r))
	}
	want := "000012345678\xB4\xFA\xB8\xD5\xA4\x48" + strings.Repeat("\x00", 14) + "A1234567890790215M1120704"
	if string(r) != want {
		t.Errorf("got  %q\nwant %q", r, want)
	}
}

func TestNamesArePaddedAndCutAsRealCardsDo(t *testing.T) {
	tests := []struct {
		name string
		pad  Padding
		raw  []byte
		want string
	}{
		{"王小明", PadNUL, nil, "\xA4\xFD\xA4\x70\xA9\xFA" + strings.Repeat("\x00", 14)},
		{"王小明", PadSpace, nil, "\xA4\xFD\xA4\x70\xA9\xFA" + strings.Repeat(" ", 14)},
		{"王小明", PadFullWidth, nil, "\xA4\xFD\xA4\x70\xA9\xFA" + strings.Repeat("\xA1\x40", 7)},
		{"KIM", PadFullWidth, nil, "KIM" + strings.Repeat("\xA1\x40", 8) + " "},
		{"A王王王王王王王王王王", PadNUL, nil, "A" + strings.Repeat("\xA4\xFD", 9) + "\xA4"},
		{"王", PadNUL, []byte{0xEF, 0xBF, 0xBD}, "\xEF\xBF\xBD" + strings.Repeat("\x00", 17)},
	}
	for _, tt := range tests {
		h := Sample()
		h.Name = tt.name
		r, err := h.record(tt.pad, tt.raw)
		if err != nil {
			t.Fatal(err)
		}
		if got := string(r[12:32]); got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.name, tt.pad, got, tt.want)
		}
	}
}

func TestWhatDoesNotFitOnACardIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Holder){
		"short number":   func(h *Holder) { h.Number = "123" },
		"letters":        func(h *Holder) { h.Number = "00001234567A" },
		"long ID":        func(h *Holder) { h.ID = "A1234567890" },
		"ID in Han":      func(h *Holder) { h.ID = "甲" },
		"sex":            func(h *Holder) { h.Sex = "X" },
		"no such day":    func(h *Holder) { h.Birth = Date{2023, 2, 29} },
		"before ROC 1":   func(h *Holder) { h.Birth = Date{1911, 12, 31} },
		"no issue date":  func(h *Holder) { h.Issued = Date{} },
		"name not Big5":  func(h *Holder) { h.Name = "𠮷" },
		"name not in it": func(h *Holder) { h.Name = "한" },
	} {
		h := Sample()
		change(&h)
		if _, err := NHI(h); err == nil {
			t.Errorf("%s was written on a card", name)
		}
	}
	if _, err := NHI(Sample(), WithPadding("dots")); err == nil {
		t.Error("an unknown padding was used")
	}
	if _, err := NHI(Sample(), WithChip("gold")); err == nil {
		t.Error("an unknown chip was used")
	}
	if _, err := NHI(Sample(), WithRecord(make([]byte, 255))); err == nil {
		t.Error("a record of 255 bytes was used")
	}
}

func TestTheDaysOfTheCardAreROC(t *testing.T) {
	for s, want := range map[string]string{"1990-02-15": "0790215", "2023-07-04": "1120704", "1912-01-01": "0010101", "2024-02-29": "1130229"} {
		d, err := ParseDate(s)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.ROC(); err != nil || got != want {
			t.Errorf("%s is %s, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "1990-2-15", "15/02/1990", "2023-02-29"} {
		if _, err := ParseDate(s); err == nil {
			t.Errorf("%q passed as a date", s)
		}
	}
}

func TestEveryChipHasASoundATR(t *testing.T) {
	chips := Chips()
	if len(chips) != 7 {
		t.Fatalf("%d chips", len(chips))
	}
	atrs := [][]byte{HPC().ATR(), Foreign().ATR()}
	for _, c := range chips {
		card, err := NHI(Sample(), WithChip(c))
		if err != nil {
			t.Fatal(err)
		}
		atrs = append(atrs, card.ATR())
	}
	for i, a := range atrs {
		if a[0] != 0x3B || lrc(a[1:]) != 0 {
			t.Errorf("% X: the check byte is wrong", a)
		}
		// TS T0 (TA1) TB1 TC1 TD1 TD2 TA3 TB3, the historical bytes, TCK.
		if want := 9 + int(a[1]>>4&1) + int(a[1]&0x0F); len(a) != want {
			t.Errorf("% X has %d bytes, T0 says %d", a, len(a), want)
		}
		for _, b := range atrs[:i] {
			if bytes.Equal(a, b) {
				t.Errorf("% X twice", a)
			}
		}
	}
}

func TestAHolderDoesNotShowItself(t *testing.T) {
	h := Sample()
	for _, s := range []string{fmt.Sprint(h), fmt.Sprintf("%+v", h), fmt.Sprintf("%#v", h), h.LogValue().String()} {
		if strings.Contains(s, "123") || strings.Contains(s, h.Name) {
			t.Errorf("it says %s", s)
		}
	}
	if s := (Message{Type: hostXfrBlock, Data: []byte(h.ID)}).String(); strings.Contains(s, "4131") {
		t.Errorf("a message says %s", s)
	}
}

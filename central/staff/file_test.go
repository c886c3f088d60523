package staff

import (
	"bytes"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/traditionalchinese"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/clinic"
)

func TestNoCellOfAnExportIsAFormula(t *testing.T) {
	for cell, want := range map[string]string{
		"=1+1": "'=1+1", "+886912345678": "'+886912345678", "-1": "-1", "-1+cmd": "'-1+cmd", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1",
		"＝1": "'＝1", "": "", "0912345678": "0912345678", "王=明": "王=明",
	} {
		if got := plain(cell); got != want {
			t.Errorf("%q became %q, want %q", cell, got, want)
		}
	}
	var out bytes.Buffer
	s, err := newSheet(&out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.row(`a"b`, "c,d", "e\nf"); err != nil {
		t.Fatal(err)
	}
	if err := s.close(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != "\ufeff\"a\"\"b\",\"c,d\",\"e\r\nf\"\r\n" {
		t.Errorf("%q", got)
	}
}

func TestDaysAndTimesAreReadAsPeopleTypeThem(t *testing.T) {
	for text, want := range map[string]string{
		"2026-12-01": "2026-12-01", "2026/12/1": "2026-12-01", "115/12/1": "2026-12-01", "115.12.01": "2026-12-01", "99/1/2": "2010-01-02",
		"": "", "12/1": "", "2026-02-30": "", "20261201": "", "2026-12-x": "", "02026-12-01": "",
	} {
		d, ok := readDay(text)
		if ok != (want != "") || ok && d.String() != want {
			t.Errorf("%q: %s %v", text, d, ok)
		}
	}
	for text, want := range map[string]string{"9:00": "09:00", "09:00": "09:00", "18:30:00": "18:30", "9:05:00": "09:05", "24:00": "", "9": "", "": "", "9:00:30": ""} {
		d, ok := readTime(text)
		if ok != (want != "") || ok && d.String() != want {
			t.Errorf("%q: %s %v", text, d, ok)
		}
	}
}

func TestEveryStateOfADeviceHasALook(t *testing.T) {
	source, err := os.ReadFile("../fleet/state.go")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`State = "([a-z_]+)"`).FindAllSubmatch(source, -1)
	for _, m := range found {
		if l, _ := lookOf(fleet.State(m[1])); string(l.state) != string(m[1]) {
			t.Errorf("a device that is %s would be shown as %s", m[1], l.state)
		}
	}
	if len(found) != len(looks)-1 {
		t.Errorf("%d states, %d looks", len(found), len(looks))
	}
}

func FuzzReadCapacity(f *testing.F) {
	c := &booking.Catalogue{
		Periods:    []clinic.Period{{ID: "2026-47", Label: clinic.Text{"zh-TW": "第47期"}}},
		Programmes: []clinic.Programme{{Code: "covid19", Vaccines: []clinic.Vaccine{{Code: "xbb", Name: clinic.Text{"zh-TW": "莫德納"}}}}},
	}
	whole := "機構代碼,期別,疫苗,日期,開始,結束,量能\r\n3536010011,第47期,莫德納,115/11/25,9:00,10:00,12\r\n"
	f.Add([]byte(whole))
	f.Add([]byte("\ufeff" + strings.ReplaceAll(whole, "12", "\"1\r\n2\"")))
	big5, err := traditionalchinese.Big5.NewEncoder().Bytes([]byte(whole))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(big5)
	f.Add([]byte(whole + "\""))
	f.Fuzz(func(t *testing.T, data []byte) {
		found, err := readCapacity(data, c)
		if err != nil {
			return
		}
		if len(found.Rows) > len(found.Lines) || len(found.Lines)+1 < len(found.Rows)+len(found.Problems) {
			t.Errorf("%d lines became %d rows and %d problems", len(found.Lines), len(found.Rows), len(found.Problems))
		}
		for _, l := range found.Lines {
			for _, cell := range l.Cells {
				if !utf8.ValidString(cell) {
					t.Errorf("a cell is no text: %q", cell)
				}
			}
		}
		for _, r := range found.Rows {
			if r.Line < 2 || r.Capacity < 0 || r.Start < 0 || r.End >= 24*60 || r.Date.IsZero() || len(r.Site) != 10 {
				t.Errorf("%+v", r)
			}
		}
	})
}

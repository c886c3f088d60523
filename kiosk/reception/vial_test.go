package reception_test

import (
	"testing"

	"ezhitong.tw/clinic"
	"ezhitong.tw/kiosk/reception"
)

func TestTheCodeOnAVialSaysLotAndLastDay(t *testing.T) {
	march := clinic.Date{Year: 2027, Month: 3, Day: 31}
	for text, want := range map[string]reception.Vial{
		"0104711234567895172703311" + "0MD24-118":         {Item: "04711234567895", Lot: "MD24-118", Expires: march},
		"]d20104711234567895" + "1727030010MD24\x1d21SN1": {Item: "04711234567895", Lot: "MD24", Expires: march},
		"\x1d010471123456789521SN7\x1d10MD24\x1d17270331": {Item: "04711234567895", Lot: "MD24", Expires: march},
		"010471123456789510MD24":                          {Item: "04711234567895", Lot: "MD24"},
	} {
		if got, err := reception.ParseVial(text); err != nil || got != want {
			t.Errorf("%q is read as %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "MD24-118", "ezt1:abc", "17270331", "0104711234567895", "01047112345678951727133110A", "0104711234567895991", "010471123456789X10A"} {
		if got, err := reception.ParseVial(text); err == nil {
			t.Errorf("%q is read as %+v", text, got)
		}
	}
}

func TestTheLastDayOfALotAsPeopleWriteIt(t *testing.T) {
	march := clinic.Date{Year: 2027, Month: 3, Day: 31}
	for _, text := range []string{"2027-03-31", "2027/3/31", "2027.3.31", "116/3/31", "116年3月31日", "1160331", "20270331", "2027/3", "116年3月", "１１６／３／３１", " 116-03-31 "} {
		if got, err := reception.ParseExpiry(text); err != nil || got != march {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "3/31", "27/3/31", "2027", "2027/13", "2027/2/30", "tomorrow", "1/2/3/4", "2027-3-x"} {
		if got, err := reception.ParseExpiry(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

func FuzzVial(f *testing.F) {
	f.Add("]d20104711234567895" + "1727030010MD24\x1d21SN1")
	f.Fuzz(func(t *testing.T, s string) {
		v, err := reception.ParseVial(s)
		if err == nil && (len(v.Item) != 14 || v.Lot == "" || len(v.Lot) > 20) {
			t.Errorf("%q is read as %+v", s, v)
		}
	})
}

func FuzzExpiry(f *testing.F) {
	f.Add("116年3月31日")
	f.Fuzz(func(t *testing.T, s string) {
		day, err := reception.ParseExpiry(s)
		if err != nil {
			return
		}
		if again, err := reception.ParseExpiry(day.String()); err != nil || again != day {
			t.Errorf("%q is read as %v and that as %v, %v", s, day, again, err)
		}
	})
}

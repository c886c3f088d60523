//go:build look

package public_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"ezhitong.tw/assets/city"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/booking/bookingtest"
	"ezhitong.tw/clinic"
)

// TestLook serves the door with the city's own clinics until it is interrupted, to look at the pages:
//
//	LOOK_AT=127.0.0.1:8099 go test -tags look -run TestLook -timeout 0 ./central/public
//
// The clock stands at Tuesday 2026-11-24, 09:41, as in the mock-ups. It prints the address of a booking's form.
func TestLook(t *testing.T) {
	c := bookingtest.Start(t, 20)
	c.Set(time.Date(2026, 11, 24, 9, 41, 0, 0, clinic.Taipei))
	if err := c.Install(t.Context(), profile(t)); err != nil {
		t.Fatal(err)
	}
	n := 1000
	for _, s := range c.Slots("3566110001", "") {
		for range int(s.ID[15]) % (s.Capacity + 3) {
			n++
			r := bookingtest.Ask(s, n)
			_, v, _ := c.Catalogue().Vaccine(s.Vaccine)
			r.Dose = v.Doses[0].Code
			if s.Vaccine == "influenza" {
				r.Person.Birth = clinic.NewBirth(clinic.Date{Year: 1950, Month: 1, Day: 1})
			}
			if _, err := c.Book(t.Context(), r); err != nil {
				break
			}
		}
	}
	fmt.Println("look at http://" + os.Getenv("LOOK_AT"))
	t.Fatal(http.ListenAndServe(os.Getenv("LOOK_AT"), serve(t, c, c, os.Stderr)))
}

func profile(t *testing.T) booking.Profile {
	var p booking.Profile
	for _, code := range []string{"covid19", "influenza", "mpox"} {
		raw, err := city.Files.ReadFile("programmes/" + code + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var prog clinic.Programme
		if err := json.Unmarshal(raw, &prog); err != nil {
			t.Fatal(err)
		}
		p.Programmes = append(p.Programmes, prog)
	}
	day := clinic.Date{Year: 2026, Month: 11, Day: 30}
	p.Periods = []clinic.Period{
		{
			ID: "47", Number: 47, Year: 2026, Kind: clinic.FixedPeriod, Label: clinic.Text{"zh-TW": "115年第47期", "en": "period 47 of 2026"},
			Programmes: []string{"covid19", "mpox"}, Opens: day.AddDays(-7).At(9 * 60), Closes: day.AddDays(-5).At(20 * 60), First: day, Last: day.AddDays(6), LeadDays: 1, CancelDays: 2,
		},
		{
			ID: "flu", Year: 2026, Kind: clinic.RollingPeriod, Label: clinic.Text{"zh-TW": "115年流感疫苗", "en": "influenza 2026"},
			Programmes: []string{"influenza"}, First: day.AddDays(-6), Last: day.AddDays(15), LeadDays: 1, CloseDays: 1, CloseAt: 720, CancelDays: 2,
		},
	}
	raw, err := city.Files.ReadFile("sites.json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct {
		Sites []struct {
			clinic.Site
			Sessions []struct {
				Days        []int
				From, Until string
				Places      int
				Vaccines    []string
			}
		}
	}
	if err := json.Unmarshal(raw, &list); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, s := range list.Sites {
		if !seen[s.District] {
			seen[s.District] = true
			p.Districts = append(p.Districts, s.District)
		}
		p.Sites = append(p.Sites, s.Site)
		for _, ses := range s.Sessions {
			from, _ := clinic.ParseTimeOfDay(ses.From)
			until, _ := clinic.ParseTimeOfDay(ses.Until)
			for d := day.AddDays(-6); d.Before(day.AddDays(15)); d = d.AddDays(1) {
				for _, wd := range ses.Days {
					if wd%7 != int(d.Weekday()) {
						continue
					}
					for _, vac := range ses.Vaccines {
						per, prog := "47", "covid19"
						if strings.HasPrefix(vac, "mpox") {
							prog = "mpox"
						}
						if vac == "influenza" {
							per, prog = "flu", "influenza"
						} else if d.Before(day) || d.After(day.AddDays(6)) {
							continue
						}
						for at := from; at+60 <= until; at += 60 {
							p.Slots = append(p.Slots, clinic.Slot{Site: s.Code, Period: per, Programme: prog, Vaccine: vac, Date: d, Start: at, End: at + 60, Capacity: ses.Places})
						}
					}
				}
			}
		}
	}
	return p
}

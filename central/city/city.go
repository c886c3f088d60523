// Package city makes a city for central to begin with: Taichung's profile from assets, or a city of any size out of a
// seed, made concrete for a day.
package city

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	assets "ezhitong.tw/assets/city"
	"ezhitong.tw/central/rules"
	"ezhitong.tw/clinic"
)

// Profile is all that a city offers on a day.
type Profile struct {
	Districts  []District
	Sites      []clinic.Site // health centres first, then contract clinics
	Programmes []clinic.Programme
	Periods    []clinic.Period
	Slots      []clinic.Slot // by site, date, start and vaccine
}

// District is one of the city's districts (行政區).
type District struct {
	Code         string `json:"code"` // eight digits, Ministry of the Interior
	Name         string `json:"name"`
	English      string `json:"english"`
	Postcode     string `json:"postcode"`
	HealthCentre string `json:"-"` // code of the site of its health centre; "" where the city has none
}

// session is a stretch of vaccination (診次) on each of some weekdays. Every hour of it is a slot for each vaccine.
type session struct {
	Days     []int            `json:"days"` // 1 Monday to 7 Sunday
	From     clinic.TimeOfDay `json:"from"`
	Until    clinic.TimeOfDay `json:"until"`
	Places   int              `json:"places"` // per hour and vaccine
	Vaccines []string         `json:"vaccines"`
}

// site is a site with its sessions, as it stands in the profile.
type site struct {
	clinic.Site
	Invented bool      `json:"invented"`
	Sessions []session `json:"sessions"`
}

// Load makes Taichung's profile concrete for today. The same day gives the same profile, ids included.
//
// Beside what the public can book it holds today's places and the period whose people come this week, so that clinics
// can take walk-ins from the first day.
func Load(today clinic.Date) (Profile, error) {
	p, sites, templates, err := read(assets.Files)
	if err != nil {
		return Profile{}, fmt.Errorf("load the city: %w", err)
	}
	if err := p.fill(sites, templates, today); err != nil {
		return Profile{}, fmt.Errorf("load the city: %w", err)
	}
	return p, nil
}

// fill adds what depends on the day and checks the whole.
func (p *Profile) fill(sites []site, templates []template, today clinic.Date) error {
	for _, s := range sites {
		p.Sites = append(p.Sites, s.Site)
	}
	for _, t := range templates {
		periods, err := t.periods(today)
		if err != nil {
			return err
		}
		p.Periods = append(p.Periods, periods...)
	}
	p.Slots = slots(p.Periods, p.Programmes, sites, today)
	return Validate(*p)
}

// read reads the files of a profile, without what depends on a day.
func read(files fs.FS) (Profile, []site, []template, error) {
	var p Profile
	var districts struct {
		Districts []struct {
			District
			HealthCentre *site `json:"health_centre"`
		} `json:"districts"`
	}
	var clinics struct {
		Sites []site `json:"sites"`
	}
	var periods struct {
		Templates []template `json:"templates"`
	}
	if err := errors.Join(
		decode(files, "districts.json", &districts),
		decode(files, "sites.json", &clinics),
		decode(files, "periods.json", &periods),
	); err != nil {
		return Profile{}, nil, nil, err
	}
	var err error
	if p.Programmes, err = programmes(files); err != nil {
		return Profile{}, nil, nil, err
	}
	var sites []site
	for _, d := range districts.Districts {
		if d.HealthCentre != nil {
			c := *d.HealthCentre
			c.District, c.Kind = d.Name, "health_centre"
			c.Offers = offers(c.Sessions, p.Programmes)
			d.District.HealthCentre = c.Code
			sites = append(sites, c)
		}
		p.Districts = append(p.Districts, d.District)
	}
	return p, append(sites, clinics.Sites...), periods.Templates, nil
}

// Programmes gives the programmes of the profile, in the order of the citizens' menu.
func Programmes() ([]clinic.Programme, error) { return programmes(assets.Files) }

// programmes reads the programme files and refuses them all for anything that is wrong with one.
func programmes(profile fs.FS) ([]clinic.Programme, error) {
	names, err := fs.Glob(profile, "programmes/*.json")
	if err != nil {
		return nil, err
	}
	var files []rules.File
	for _, name := range names {
		data, err := fs.ReadFile(profile, name)
		if err != nil {
			return nil, err
		}
		files = append(files, rules.File{Name: name, Data: data})
	}
	list, findings := rules.Check(files...)
	var faults []error
	for _, f := range findings {
		faults = append(faults, f)
	}
	return list, errors.Join(faults...)
}

func decode(files fs.FS, name string, into any) error {
	raw, err := fs.ReadFile(files, name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// offers lists the programmes that sessions serve, in the order of programmes.
func offers(sessions []session, programmes []clinic.Programme) []string {
	var codes []string
	for _, p := range programmes {
		if serves(sessions, p) {
			codes = append(codes, p.Code)
		}
	}
	return codes
}

func serves(sessions []session, p clinic.Programme) bool {
	for _, s := range sessions {
		for _, v := range s.Vaccines {
			if _, ok := p.Vaccine(v); ok {
				return true
			}
		}
	}
	return false
}

package city

import (
	"errors"
	"fmt"
	"slices"

	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

// Validate tells in words all that does not fit together in a profile; nil when everything does. What its programmes
// say package rules has checked when they were read.
func Validate(p Profile) error {
	v := validator{
		districts: make(map[string]bool), sites: make(map[string]clinic.Site),
		vaccines: make(map[string]string), periods: make(map[string]clinic.Period),
	}
	for _, d := range p.Districts {
		v.check(!v.districts[d.Name], "district %s stands twice", d.Name)
		v.check(twid.IsDistrict(d.Name), "%s is no district of Taichung", d.Name)
		v.districts[d.Name] = true
	}
	programmes := make(map[string]bool)
	for _, programme := range p.Programmes {
		programmes[programme.Code] = true
		for _, vaccine := range programme.Vaccines {
			v.vaccines[vaccine.Code] = programme.Code
		}
	}
	for _, s := range p.Sites {
		v.site(s, programmes)
	}
	for _, d := range p.Districts {
		if d.HealthCentre != "" {
			v.check(v.sites[d.HealthCentre].Kind == "health_centre", "district %s: its health centre %s is none", d.Name, d.HealthCentre)
		}
	}
	for _, period := range p.Periods {
		v.period(period, programmes)
	}
	ids := make(map[clinic.ID]bool, len(p.Slots))
	for _, s := range p.Slots {
		v.check(!ids[s.ID], "slot %s stands twice", s.ID)
		ids[s.ID] = true
		v.slot(s)
	}
	return errors.Join(v.faults...)
}

type validator struct {
	districts map[string]bool
	sites     map[string]clinic.Site
	vaccines  map[string]string // vaccine → programme
	periods   map[string]clinic.Period
	faults    []error
}

func (v *validator) check(ok bool, format string, args ...any) {
	if !ok {
		v.faults = append(v.faults, fmt.Errorf(format, args...))
	}
}

func (v *validator) text(t clinic.Text, of string, args ...any) {
	for _, locale := range []string{clinic.DefaultLocale, "en"} {
		v.check(t[locale] != "", "%s has no text in %s", fmt.Sprintf(of, args...), locale)
	}
}

func (v *validator) site(s clinic.Site, programmes map[string]bool) {
	_, twice := v.sites[s.Code]
	v.check(!twice, "site %s stands twice", s.Code)
	v.sites[s.Code] = s
	_, err := twid.ParseInstitution(s.Code)
	v.check(err == nil, "site %s: %v", s.Name, err)
	v.check(s.Name != "" && s.Address != "" && s.Hours != "", "site %s lacks a name, an address or its hours", s.Code)
	v.check(v.districts[s.District], "site %s lies in %q, which is no district", s.Code, s.District)
	v.check(slices.Contains([]string{"clinic", "hospital", "health_centre"}, s.Kind), "site %s: there is no kind %q", s.Code, s.Kind)
	_, err = twid.ParsePhone(s.Phone)
	v.check(err == nil, "site %s: its phone %q rings nowhere", s.Code, s.Phone)
	for _, code := range s.Offers {
		v.check(programmes[code], "site %s offers %q, which is no programme", s.Code, code)
	}
}

func (v *validator) period(p clinic.Period, programmes map[string]bool) {
	_, twice := v.periods[p.ID]
	v.check(!twice && p.ID != "", "period %q stands twice", p.ID)
	v.periods[p.ID] = p
	v.text(p.Label, "the label of period %s", p.ID)
	v.check(len(p.Programmes) > 0, "period %s is for no programme", p.ID)
	for _, code := range p.Programmes {
		v.check(programmes[code], "period %s is for %q, which is no programme", p.ID, code)
	}
	v.check(!p.First.IsZero() && !p.Last.Before(p.First), "period %s lasts from %s to %s", p.ID, p.First, p.Last)
	switch p.Kind {
	case clinic.FixedPeriod:
		v.check(!p.Opens.IsZero() && p.Opens.Before(p.Closes), "period %s opens at %s and closes at %s", p.ID, p.Opens, p.Closes)
	case clinic.RollingPeriod:
		v.check(p.Opens.IsZero() && p.Closes.IsZero(), "period %s is rolling and has a window", p.ID)
	default:
		v.check(false, "period %s: there is no kind %q", p.ID, p.Kind)
	}
	v.check(p.LeadDays >= 0 && p.CloseDays >= 0 && p.CancelDays >= 0, "period %s counts days below zero", p.ID)
}

func (v *validator) slot(s clinic.Slot) {
	site, ok := v.sites[s.Site]
	v.check(ok, "slot %s is at %q, which is no site", s.ID, s.Site)
	v.check(!ok || slices.Contains(site.Offers, s.Programme), "slot %s: site %s does not offer %s", s.ID, s.Site, s.Programme)
	programme, ok := v.vaccines[s.Vaccine]
	v.check(ok && programme == s.Programme, "slot %s: %s is no vaccine of programme %s", s.ID, s.Vaccine, s.Programme)
	period, ok := v.periods[s.Period]
	v.check(ok, "slot %s is in %q, which is no period", s.ID, s.Period)
	v.check(!ok || period.Covers(s.Programme), "slot %s: period %s is not for %s", s.ID, s.Period, s.Programme)
	v.check(!ok || !s.Date.Before(period.First) && !s.Date.After(period.Last), "slot %s: %s is no day of period %s", s.ID, s.Date, s.Period)
	v.check(s.Start >= 0 && s.Start < s.End && s.End <= 24*60, "slot %s lasts from %s to %s", s.ID, s.Start, s.End)
	v.check(s.Capacity > 0 && s.Taken >= 0 && s.Taken <= s.Capacity, "slot %s: %d of %d places are taken", s.ID, s.Taken, s.Capacity)
}

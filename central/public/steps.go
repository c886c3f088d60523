package public

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

type vaccinePage struct {
	web.Page
	Steps   []step
	Choice  choice
	Options []vaccineOption
}

type vaccineOption struct {
	Vaccine clinic.Vaccine
	Ages    string // of its first dose
	Left    int
	URL     string
}

// chooseVaccine is step 1. An address with ?site= comes from a list of sites and keeps that site.
func (d *Door) chooseVaccine(c *gin.Context) error {
	ch, err := d.choice(c)
	if err != nil {
		return err
	}
	page := &vaccinePage{Page: web.NewPage(c, ""), Choice: ch}
	page.Title, page.Steps = page.T("public.vaccine.question"), ch.steps(page.Page, 1, "")
	left := make(map[string]int)
	for _, v := range d.offer.Vacancies() {
		left[v.Vaccine] += v.Left
	}
	for _, v := range ch.Programme.Vaccines {
		next := ch
		next.Vaccine = v
		option := vaccineOption{Vaccine: v, Left: left[v.Code], URL: withSite(next.Path(2), c.Query("site"))}
		if len(v.Doses) > 0 {
			option.Ages = ages(page.Page, v.Doses[0])
		}
		page.Options = append(page.Options, option)
	}
	return d.pages.Render(c, http.StatusOK, "vaccine", page)
}

type dosePage struct {
	web.Page
	Steps   []step
	Choice  choice
	Options []doseOption
}

type doseOption struct {
	Dose  clinic.DoseRule
	Rules []string
	URL   string
}

// chooseDose is step 2.
func (d *Door) chooseDose(c *gin.Context) error {
	ch, err := d.choice(c)
	if err != nil {
		return err
	}
	page := &dosePage{Page: web.NewPage(c, ""), Choice: ch}
	page.Title, page.Steps = page.T("public.dose.question"), ch.steps(page.Page, 2, "")
	for _, dose := range ch.Vaccine.Doses {
		next := ch
		next.Dose = dose
		target := next.Path(3)
		if s, ok := d.offer.Catalogue().Site(c.Query("site")); ok {
			next.Site = s
			target = next.Path(4)
		}
		page.Options = append(page.Options, doseOption{dose, rulesOf(page.Page, ch.Vaccine, dose), target})
	}
	return d.pages.Render(c, http.StatusOK, "dose", page)
}

func withSite(path, site string) string {
	if site == "" {
		return path
	}
	return path + "?site=" + url.QueryEscape(site)
}

// ages puts the ages of a dose into words, empty when any age will do.
func ages(p web.Page, dose clinic.DoseRule) string {
	var out []string
	for _, band := range dose.Ages {
		switch {
		case band.Below.Months == 0:
			out = append(out, p.T("public.age.from", "from", band.From))
		case band.From.Months == 0:
			out = append(out, p.T("public.age.below", "below", band.Below))
		default:
			out = append(out, p.T("public.age.between", "from", band.From, "below", band.Below))
		}
	}
	return strings.Join(out, p.T("public.list.or"))
}

// rulesOf puts the rules of a dose into words: ages, the dose before it, the interval.
func rulesOf(p web.Page, v clinic.Vaccine, dose clinic.DoseRule) []string {
	var rules []string
	if a := ages(p, dose); a != "" {
		rules = append(rules, a)
	}
	var before []string
	for _, code := range dose.After {
		if b, ok := v.Dose(code); ok {
			before = append(before, p.DoseName(b))
		}
	}
	switch {
	case len(before) > 0 && dose.IntervalDays > 0:
		rules = append(rules, p.T("public.dose.after_days", "before", strings.Join(before, p.T("public.list.or")), "days", dose.IntervalDays))
	case len(before) > 0:
		rules = append(rules, p.T("public.dose.after", "before", strings.Join(before, p.T("public.list.or"))))
	case dose.IntervalDays > 0:
		rules = append(rules, p.T("public.dose.days", "days", dose.IntervalDays))
	}
	return rules
}

type sitePage struct {
	web.Page
	Steps     []step
	Choice    choice
	Districts []districtLeft
	District  string
	Query     string
	OnlyOpen  bool
	Sites     []siteLeft
	WithLeft  int
	Searched  bool
}

type districtLeft struct {
	Name  string
	Left  int
	Sites int // that have places
	URL   string
}

type siteLeft struct {
	Site   clinic.Site
	Places places
	URL    string
}

// chooseSite is step 3: the district, then the clinic.
func (d *Door) chooseSite(c *gin.Context) error {
	ch, err := d.choice(c)
	if err != nil {
		return err
	}
	page := &sitePage{
		Page: web.NewPage(c, ""), Choice: ch, District: c.Query("district"),
		Query: strings.TrimSpace(c.Query("q")), OnlyOpen: c.Query("open") == "1",
	}
	page.Title, page.Steps = page.T("public.site.question"), ch.steps(page.Page, 3, "")
	page.Searched = twid.IsDistrict(page.District) || page.Query != ""
	all := d.sitesLeft(ch.Programme.Code, ch.Vaccine.Code)
	page.Districts = byDistrict(all, ch.Path(3)+"?district=")
	for _, s := range all {
		if !page.Searched || !matches(s.Site, page.District, page.Query) || page.OnlyOpen && s.Places.Left == 0 {
			continue
		}
		next := ch
		next.Site = s.Site
		s.URL = next.Path(4)
		page.Sites = append(page.Sites, s)
		if s.Places.Left > 0 {
			page.WithLeft++
		}
	}
	return d.pages.Render(c, http.StatusOK, "site", page)
}

// sitesLeft counts what is left for a vaccine at every site that gives its programme.
func (d *Door) sitesLeft(programme, vaccine string) []siteLeft {
	cat, now := d.offer.Catalogue(), d.now()
	var out []siteLeft
	for _, s := range cat.Sites {
		if slices.Contains(s.Offers, programme) {
			out = append(out, siteLeft{Site: s, Places: d.placesAt(s.Code, vaccine, cat, now)})
		}
	}
	return out
}

// byDistrict sums up districts in their official order; base + name is where a district leads.
func byDistrict(sites []siteLeft, base string) []districtLeft {
	sums := make(map[string]districtLeft)
	for _, s := range sites {
		sum := sums[s.Site.District]
		sum.Left += s.Places.Left
		if s.Places.Left > 0 {
			sum.Sites++
		}
		sums[s.Site.District] = sum
	}
	var out []districtLeft
	for _, name := range twid.Districts() {
		if sum, ok := sums[name]; ok {
			sum.Name, sum.URL = name, base+url.QueryEscape(name)
			out = append(out, sum)
		}
	}
	return out
}

func matches(s clinic.Site, district, query string) bool {
	if district != "" && s.District != district {
		return false
	}
	text := strings.ToLower(s.Name + " " + s.Address + " " + s.District)
	return strings.Contains(text, strings.ToLower(query))
}

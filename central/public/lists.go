package public

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

type vacanciesPage struct {
	web.Page
	Programmes []clinic.Programme
	Vaccine    string // the one shown
	Name       string
	Districts  []districtLeft
	District   string
	Sites      []siteLeft
	Left       int
}

// vacancies tells where there is vaccine now: by district, then by site.
func (d *Door) vacancies(c *gin.Context) error {
	cat := d.offer.Catalogue()
	page := &vacanciesPage{Page: web.NewPage(c, ""), Programmes: cat.Programmes, Vaccine: c.Query("vaccine"), District: c.Query("district")}
	page.Title = page.T("public.vacancies.question")
	prog, vaccine := d.shown(cat, page.Vaccine)
	page.Vaccine, page.Name = vaccine, vaccineName(page.Locale, prog, vaccine)
	all := d.sitesLeft(prog.Code, vaccine)
	page.Districts = byDistrict(all, "/vacancies?vaccine="+url.QueryEscape(vaccine)+"&district=")
	for _, sum := range page.Districts {
		page.Left += sum.Left
	}
	for _, s := range all {
		if s.Site.District == page.District && s.Places.Left > 0 {
			s.URL = withSite("/book/"+url.PathEscape(prog.Code)+"/"+url.PathEscape(vaccine), s.Site.Code)
			page.Sites = append(page.Sites, s)
		}
	}
	slices.SortStableFunc(page.Sites, func(a, b siteLeft) int { return b.Places.Left - a.Places.Left })
	return d.pages.Render(c, http.StatusOK, "vacancies", page)
}

// shown finds the asked vaccine, or the one of which most is left.
func (d *Door) shown(cat *booking.Catalogue, asked string) (clinic.Programme, string) {
	if p, _, ok := cat.Vaccine(asked); ok {
		return p, asked
	}
	left, most := make(map[string]int), -1
	for _, v := range d.offer.Vacancies() {
		left[v.Vaccine] += v.Left
	}
	var prog clinic.Programme
	var vaccine string
	for _, p := range cat.Programmes {
		for _, v := range p.Vaccines {
			if left[v.Code] > most {
				prog, vaccine, most = p, v.Code, left[v.Code]
			}
		}
	}
	return prog, vaccine
}

type sitesPage struct {
	web.Page
	Programmes []clinic.Programme
	Districts  []string
	District   string
	Programme  string
	Query      string
	Sites      []clinic.Site
	Total      int
	Earlier    string
	Later      string
}

// sitesAtOnce is how many sites a page lists.
const sitesAtOnce = 50

// sites lists the contract clinics, with a filter.
func (d *Door) sites(c *gin.Context) error {
	cat := d.offer.Catalogue()
	page := &sitesPage{
		Page: web.NewPage(c, ""), Programmes: cat.Programmes, Districts: twid.Districts(), District: c.Query("district"),
		Programme: c.Query("programme"), Query: strings.TrimSpace(c.Query("q")),
	}
	page.Title = page.T("public.sites.title")
	var found []clinic.Site
	for _, s := range cat.Sites {
		if matches(s, page.District, page.Query) && (page.Programme == "" || slices.Contains(s.Offers, page.Programme)) {
			found = append(found, s)
		}
	}
	page.Total = len(found)
	n := pageNumber(c.Query("page"), page.Total)
	page.Sites = found[min(n*sitesAtOnce, len(found)):min((n+1)*sitesAtOnce, len(found))]
	if n > 0 {
		page.Earlier = page.turn(n - 1)
	}
	if (n+1)*sitesAtOnce < page.Total {
		page.Later = page.turn(n + 1)
	}
	return d.pages.Render(c, http.StatusOK, "sites", page)
}

func pageNumber(s string, total int) int {
	n := 0
	for _, r := range s {
		if r < '0' || r > '9' || n > total {
			return 0
		}
		n = n*10 + int(r-'0')
	}
	return n
}

func (p *sitesPage) turn(n int) string {
	q := url.Values{"page": {strconv.Itoa(n)}}
	for name, v := range map[string]string{"district": p.District, "programme": p.Programme, "q": p.Query} {
		if v != "" {
			q.Set(name, v)
		}
	}
	return "/sites?" + q.Encode()
}

// ProgrammeNames gives what a site offers, for people.
func (p *sitesPage) ProgrammeNames(s clinic.Site) string {
	var names []string
	for _, code := range s.Offers {
		for _, prog := range p.Programmes {
			if prog.Code == code {
				names = append(names, p.Say(prog.Name))
			}
		}
	}
	return strings.Join(names, p.T("public.list.and"))
}

// SiteAddress gives the address with the city before it.
func (p *sitesPage) SiteAddress(s clinic.Site) string { return fullAddress(s) }

type noticesPage struct {
	web.Page
	Items []noticeItem
}

type noticeItem struct {
	Programme clinic.Programme
	Periods   []clinic.Period
	Item      menuItem
	Rules     []ruleLine
}

type ruleLine struct {
	Name  string
	Rules []string
}

// notices lists what each programme asks one to know; notice shows one programme with its periods.
func (d *Door) notices(c *gin.Context) error {
	page := &noticesPage{Page: web.NewPage(c, "")}
	page.Title = page.T("public.notices.title")
	for _, p := range d.offer.Catalogue().Programmes {
		page.Items = append(page.Items, d.noticeOf(page.Page, p))
	}
	return d.pages.Render(c, http.StatusOK, "notices", page)
}

func (d *Door) notice(c *gin.Context) error {
	p, ok := d.offer.Catalogue().Programme(c.Param("programme"))
	if !ok {
		return web.ErrNotFound
	}
	page := &noticesPage{Page: web.NewPage(c, "")}
	page.Title = page.Say(p.Name)
	page.Items = []noticeItem{d.noticeOf(page.Page, p)}
	return d.pages.Render(c, http.StatusOK, "notices", page)
}

func (d *Door) noticeOf(page web.Page, p clinic.Programme) noticeItem {
	cat, now := d.offer.Catalogue(), d.now()
	n := noticeItem{Programme: p, Item: item(page, p, cat.Periods, leftByProgramme(d.offer.Vacancies())[p.Code], now)}
	for _, per := range cat.Periods {
		if per.Covers(p.Code) && !per.Last.Before(d.today()) {
			n.Periods = append(n.Periods, per)
		}
	}
	for _, v := range p.Vaccines {
		for _, dose := range v.Doses {
			n.Rules = append(n.Rules, ruleLine{page.Say(v.Name) + page.T("public.list.comma") + page.DoseName(dose), rulesOf(page, v, dose)})
		}
	}
	return n
}

type plainPage struct {
	web.Page
	Key string
}

func (d *Door) privacy(c *gin.Context) error       { return d.plain(c, "privacy", "12345") }
func (d *Door) accessibility(c *gin.Context) error { return d.plain(c, "accessibility", "1234") }

// Paragraphs gives the numbers of the page's paragraphs.
func (p *plainPage) Paragraphs() []string {
	return strings.Split(p.Key[strings.IndexByte(p.Key, ' ')+1:], "")
}

// Name is the page's part of the keys.
func (p *plainPage) Name() string { return p.Key[:strings.IndexByte(p.Key, ' ')] }

func (d *Door) plain(c *gin.Context, name, paragraphs string) error {
	page := &plainPage{Page: web.NewPage(c, ""), Key: name + " " + paragraphs}
	page.Title = page.T("public." + name + ".title")
	return d.pages.Render(c, http.StatusOK, "plain", page)
}

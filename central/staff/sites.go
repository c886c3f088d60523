package staff

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/clinic/twid"
)

type sitesPage struct {
	page
	Districts       []string
	District, Query string
	Rows            []siteRow
	Pager           pager
}

// siteRow is a site with what it offers from today on.
type siteRow struct {
	clinic.Site
	Slots, Places, Left int
}

const sitesAtOnce = 25

func (s *Staff) sites(c *gin.Context, who account.Account) error {
	p := &sitesPage{page: s.newPage(c, who, "staff.nav.sites"), District: c.Query("district"), Query: strings.TrimSpace(c.Query("q"))}
	sites := s.sitesOf(who)
	p.Districts = districtsOf(sites)
	sites = slices.DeleteFunc(sites, func(x clinic.Site) bool {
		return p.District != "" && x.District != p.District || p.Query != "" && !strings.Contains(x.Name+" "+x.Code, p.Query)
	})
	here := url.Values{}
	for k, v := range map[string]string{"district": p.District, "q": p.Query} {
		if v != "" {
			here.Set(k, v)
		}
	}
	p.Pager = pageOf("/staff/sites", here, number(c.Query("page")), len(sites), sitesAtOnce)
	today := clinic.DateOf(s.cfg.Now())
	for i := max(0, p.Pager.From-1); i < p.Pager.To; i++ {
		row := siteRow{Site: sites[i]}
		for _, slot := range s.cfg.Offer.Slots(sites[i].Code, "") {
			if !slot.Date.Before(today) {
				row.Slots++
				row.Places += slot.Capacity
				row.Left += slot.Left()
			}
		}
		p.Rows = append(p.Rows, row)
	}
	return s.pages.Render(c, http.StatusOK, "sites", p)
}

type sitePage struct {
	page
	Faults    []web.Fault
	Site      clinic.Site
	New       bool
	Own       bool // a clinic edits its own phone, hours and note only
	Districts []option
	Kinds     []option
	Offers    []option
	Fields    map[string]web.Field
	LAN       bool // its devices help each other while central is away
}

// kinds are what a site can be.
var kinds = []string{"clinic", "hospital", "health_centre"}

func (s *Staff) siteForm(c *gin.Context, who account.Account) error {
	site, err := s.editable(c, who)
	if err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.site.title")
	return s.renderSite(c, http.StatusOK, p, newForm(c, p, "staff.site."), site)
}

func (s *Staff) renderSite(c *gin.Context, status int, p page, f *form, site clinic.Site) (err error) {
	out := s.sitePage(p, f, site)
	if out.LAN, err = s.cfg.Fleet.LAN(c.Request.Context(), site.Code); err != nil {
		return err
	}
	return s.pages.Render(c, status, "site", out)
}

// setLAN turns the help among the devices of a site on or off.
func (s *Staff) setLAN(c *gin.Context, who account.Account) error {
	site, ok := s.site(who, c.Param("code"))
	if !ok {
		return web.ErrNotFound
	}
	if err := web.Form(c); err != nil {
		return err
	}
	to := c.PostForm("to")
	if to != "on" && to != "off" {
		return web.ErrMalformed
	}
	if err := s.cfg.Fleet.SetLAN(c.Request.Context(), who.Name, site.Code, to == "on"); err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.site.title")
	return s.done(c, "/staff/sites/"+site.Code, p.T("staff.site.lan."+to+".done", "site", site.Name))
}

// editable finds the site of the address; "new" is an empty one, for those who may add sites.
func (s *Staff) editable(c *gin.Context, who account.Account) (clinic.Site, error) {
	code := c.Param("code")
	if code == newID && who.Role != account.Site {
		return clinic.Site{Kind: "clinic", District: who.District}, nil
	}
	site, ok := s.site(who, code)
	if !ok {
		return site, web.ErrNotFound
	}
	return site, nil
}

func (s *Staff) sitePage(p page, f *form, site clinic.Site) *sitePage {
	out := &sitePage{page: p, Faults: f.list, Site: site, New: f.c.Param("code") == newID, Own: p.Who.Role == account.Site, Fields: map[string]web.Field{}}
	put := func(name, kind, value string) { out.Fields[name] = f.field(name, kind, value) }
	put("code", "text", site.Code)
	put("name", "text", site.Name)
	put("address", "text", site.Address)
	put("phone", "tel", site.Phone)
	put("hours", "text", site.Hours)
	put("note", "text", site.Note)
	put("walk_in_share", "number", strconv.Itoa(site.WalkInShare))
	put("overflow_cap", "number", strconv.Itoa(site.OverflowCap))
	for _, d := range s.cfg.Offer.Catalogue().Districts {
		if p.Who.District == "" || p.Who.District == d {
			out.Districts = append(out.Districts, option{d, d, d == site.District})
		}
	}
	for _, k := range kinds {
		out.Kinds = append(out.Kinds, option{k, p.T("staff.kind." + k), k == site.Kind})
	}
	for _, prog := range s.cfg.Offer.Catalogue().Programmes {
		out.Offers = append(out.Offers, option{prog.Code, p.Say(prog.Name), slices.Contains(site.Offers, prog.Code)})
	}
	return out
}

func (s *Staff) saveSite(c *gin.Context, who account.Account) error {
	site, err := s.editable(c, who)
	if err != nil {
		return err
	}
	p := s.newPage(c, who, "staff.site.title")
	f := newForm(c, p, "staff.site.")
	site = s.readSite(f, who, site)
	if !f.ok() {
		return s.renderSite(c, http.StatusUnprocessableEntity, p, f, site)
	}
	if err := s.cfg.Editor.SaveSite(c.Request.Context(), who.Actor(), site); err != nil {
		return err
	}
	return s.done(c, "/staff/sites", p.T("staff.site.done", "site", site.Name))
}

// readSite takes from the form what this account may change, and nothing else.
func (s *Staff) readSite(f *form, who account.Account, site clinic.Site) clinic.Site {
	if c := f.c.Param("code"); c == newID {
		code, err := twid.ParseInstitution(f.c.PostForm("code"))
		if err != nil {
			f.wrong("code", "code")
		} else if _, taken := s.cfg.Offer.Catalogue().Site(code); taken {
			f.wrong("code", "code_taken")
		}
		site.Code = code
	}
	if who.Role != account.Site {
		site.Name, site.Address = f.text("name", 60, true), f.text("address", 120, true)
		site.WalkInShare, site.OverflowCap = f.count("walk_in_share", 100), f.count("overflow_cap", 99)
		site.Kind, site.Offers = f.c.PostForm("kind"), f.c.PostFormArray("offers")
		if !slices.Contains(kinds, site.Kind) {
			f.wrong("kind", "kind")
		}
		for _, code := range site.Offers {
			if _, ok := s.cfg.Offer.Catalogue().Programme(code); !ok {
				f.wrong("offers", "programmes")
			}
		}
	}
	if who.Role == account.Bureau {
		if site.District = f.c.PostForm("district"); !slices.Contains(s.cfg.Offer.Catalogue().Districts, site.District) {
			f.wrong("district", "district")
		}
	}
	site.Phone, site.Hours, site.Note = f.text("phone", 30, true), f.text("hours", 120, false), f.text("note", 200, false)
	if _, err := twid.ParsePhone(site.Phone); err != nil && site.Phone != "" {
		f.wrong("phone", "phone")
	}
	return site
}

package staff

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/clinic"
)

type stockPage struct {
	page
	Districts           []string
	District, Site, Lot string
	All                 bool // lots that are used up, too
	Sites               []siteStock
	Pager               pager
	Export              string
}

// siteStock is a site with its lots.
type siteStock struct {
	clinic.Site
	Lots []stockRow
}

// stockRow is how a lot stands.
type stockRow struct {
	clinic.StockLot
	Name string // of the vaccine
	Note string // what is to be looked at, in words; empty for nothing
}

const stocksAtOnce = 20 // sites

// stock lists the lots of the jurisdiction's sites, as their desks wrote it.
func (s *Staff) stock(c *gin.Context, who account.Account) error {
	p, sites, err := s.stockPage(c, who)
	if err != nil {
		return err
	}
	query := c.Request.URL.Query()
	p.Pager = pageOf("/staff/stock", query, number(query.Get("page")), len(sites), stocksAtOnce)
	for i := max(0, p.Pager.From-1); i < p.Pager.To; i++ {
		one, err := s.stockOf(c.Request.Context(), p, sites[i])
		if err != nil {
			return err
		}
		p.Sites = append(p.Sites, one)
	}
	return s.pages.Render(c, http.StatusOK, "stock", p)
}

// stockPage reads what is asked for, and of which sites.
func (s *Staff) stockPage(c *gin.Context, who account.Account) (*stockPage, []clinic.Site, error) {
	p := &stockPage{
		page: s.newPage(c, who, "staff.nav.stock"), District: c.Query("district"), Site: strings.TrimSpace(c.Query("q")),
		Lot: clinic.LotNumber(c.Query("lot")), All: c.Query("all") != "", Districts: districtsOf(s.sitesOf(who)),
	}
	p.Export = query("/staff/stock.csv", "district", p.District, "q", p.Site, "lot", p.Lot, "all", c.Query("all"))
	sites, err := s.cfg.Counts.SitesWithStock(c.Request.Context(), who.Jurisdiction(), p.Lot)
	return p, slices.DeleteFunc(sites, func(x clinic.Site) bool {
		return p.District != "" && x.District != p.District || p.Site != "" && !strings.Contains(x.Name+" "+x.Code, p.Site)
	}), err
}

func (s *Staff) stockOf(ctx context.Context, p *stockPage, site clinic.Site) (siteStock, error) {
	out := siteStock{Site: site}
	lots, err := s.cfg.Counts.StockOf(ctx, site.Code)
	for _, lot := range lots {
		if p.Lot != "" && lot.Number != p.Lot {
			continue
		}
		row := stockRow{StockLot: lot, Note: s.stockNote(lot)}
		if row.Note == "" && lot.Left() == 0 && !p.All && p.Lot == "" {
			continue
		}
		if row.Note != "" {
			row.Note = p.T("staff.stock.note." + row.Note)
		}
		if lot.Vaccine != "" {
			row.Name = s.vaccineName(p.page, lot.Vaccine)
		}
		out.Lots = append(out.Lots, row)
	}
	return out, err
}

// stockNote is the key of what is to be looked at in a lot; empty for nothing.
func (s *Staff) stockNote(l clinic.StockLot) string {
	switch {
	case l.Left() > 0 && s.cfg.Offer.Catalogue().Recalled(l.Vaccine, l.Number):
		return "recalled"
	case l.Differs:
		return "differs"
	case l.Received == 0 && (l.Given > 0 || l.Opened > 0 || l.Wasted > 0):
		return "unknown"
	case l.Left() < 0:
		return "more_given"
	case l.InOpen() < 0:
		return "not_opened"
	case l.Left() > 0 && l.Expires.Before(clinic.DateOf(s.cfg.Now())):
		return "expired"
	}
	return ""
}

// Expiry writes the last day of a lot.
func (p *stockPage) Expiry(s stockRow) string {
	if s.Expires.IsZero() {
		return "—"
	}
	return p.T("staff.stock.day", "day", s.Expires.String())
}

// moveWords writes what a line of the stock says.
func (s *Staff) moveWords(p page, m clinic.StockMove) string {
	return p.T("staff.stock.move."+string(m.Kind), "vials", p.N(m.Vials), "doses", p.N(m.Doses), "vaccine", s.vaccineName(p, m.Vaccine), "day", m.Expires.String(), "why", m.Why)
}

// stockCSV gives the lots that the page would list, of all sites, as a file.
func (s *Staff) stockCSV(c *gin.Context, who account.Account) error {
	p, sites, err := s.stockPage(c, who)
	if err != nil {
		return err
	}
	out, err := s.download(c, "stock", s.cfg.Now())
	if err != nil {
		return err
	}
	err = out.row(heads(p.page, "district", "code", "site", "lot", "vaccine", "expires", "received", "per_vial", "opened", "given", "wasted", "left_doses", "note")...)
	for i := 0; err == nil && i < len(sites); i++ {
		var one siteStock
		one, err = s.stockOf(c.Request.Context(), p, sites[i])
		for _, r := range one.Lots {
			if err == nil {
				err = out.row(one.District, one.Code, one.Name, r.Number, r.Name, isoDay(r.Expires), strconv.Itoa(r.Received), strconv.Itoa(r.PerVial), strconv.Itoa(r.Opened),
					strconv.Itoa(r.Given), strconv.Itoa(r.Wasted), strconv.Itoa(r.Left()), r.Note)
			}
		}
	}
	if err != nil {
		return err
	}
	return out.close()
}

// isoDay writes a day for a file; none is empty.
func isoDay(d clinic.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.String()
}

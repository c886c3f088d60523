package staff

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type lotsPage struct {
	page
	Faults   []web.Fault
	Vaccines []option
	Lot      web.Field
	Sure     *lotRow // to be confirmed
	Rows     []lotRow
}

// lotRow is a recalled lot, or one about to be.
type lotRow struct {
	booking.Recall
	Name string // of the vaccine
}

// People counts to how many it has been given.
func (r lotRow) People() (n int) {
	for _, g := range r.Given {
		n += g.People
	}
	return n
}

// lotsPage lists the lots that were recalled.
func (s *Staff) lotsPage(c *gin.Context, who account.Account) (*lotsPage, error) {
	p := &lotsPage{page: s.newPage(c, who, "staff.nav.lots")}
	for _, prog := range s.cfg.Offer.Catalogue().Programmes {
		for _, v := range prog.Vaccines {
			p.Vaccines = append(p.Vaccines, option{v.Code, s.vaccineName(p.page, v.Code), v.Code == c.PostForm("vaccine")})
		}
	}
	p.Lot = fieldOf(p.page, "lot", "staff.lots.lot", "text", strings.ToUpper(strings.TrimSpace(c.PostForm("lot"))), "")
	p.Lot.Hint, p.Lot.Complete, p.Lot.Required = p.T("staff.lots.lot.hint"), "off", true
	recalls, err := s.cfg.Editor.Recalls(c.Request.Context(), who.Jurisdiction())
	for _, r := range recalls {
		p.Rows = append(p.Rows, lotRow{r, s.vaccineName(p.page, r.Vaccine)})
	}
	return p, err
}

// recallLot asks first, then recalls a lot.
func (s *Staff) recallLot(c *gin.Context, who account.Account) error {
	if err := web.Form(c); err != nil {
		return err
	}
	p, err := s.lotsPage(c, who)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(p.Vaccines, func(o option) bool { return o.On })
	if at < 0 {
		return web.ErrMalformed
	}
	vaccine := p.Vaccines[at]
	if c.PostForm("sure") == "" && booking.IsLot(p.Lot.Value) {
		p.Sure = &lotRow{booking.Recall{Vaccine: vaccine.Code, Lot: p.Lot.Value}, vaccine.Name}
		return s.pages.Render(c, http.StatusOK, "lots", p)
	}
	err = s.cfg.Editor.RecallLot(c.Request.Context(), who.Actor(), vaccine.Code, p.Lot.Value)
	var no *clinic.Refusal
	if errors.As(err, &no) && no.Code == booking.RefusedLot {
		p.Lot.Fault = p.Refusal(no)
		p.Faults = []web.Fault{{Field: p.Lot.Name, Text: p.Lot.Fault}}
		return s.pages.Render(c, http.StatusUnprocessableEntity, "lots", p)
	}
	if err != nil {
		return err
	}
	return s.done(c, "/staff/lots", p.T("staff.lots.done", "vaccine", vaccine.Name, "lot", p.Lot.Value))
}

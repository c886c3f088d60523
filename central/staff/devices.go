package staff

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/fleet"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

type devicesPage struct {
	page
	Faults []web.Fault
	Sites  []clinic.Site
	Query  string
	Rows   []deviceRow
	Pager  pager
	Form   map[string]web.Field
	Role   string

	Asking []fleet.Asking // who waits for approval

	Code    string // a new one, in groups, shown once
	QR      template.HTML
	Address string // of central, as in the QR code
	Expires time.Time
	For     string // where and what it is for
}

func (s *Staff) devicesPage(c *gin.Context, who account.Account) (*devicesPage, error) {
	p := &devicesPage{page: s.newPage(c, who, "staff.nav.devices"), Sites: s.sitesOf(who), Query: strings.TrimSpace(c.Query("q"))}
	rows, err := s.deviceRows(c, who, p.page)
	if err != nil {
		return nil, err
	}
	var found []deviceRow
	for _, d := range rows {
		if p.Query == "" || strings.Contains(d.Place.Name+" "+d.Site+" "+d.Label+" "+d.ID.String(), p.Query) {
			found = append(found, d)
		}
	}
	here := url.Values{}
	if p.Query != "" {
		here.Set("q", p.Query)
	}
	p.Pager = pageOf("/staff/devices", here, number(c.Query("page")), len(found), sitesAtOnce)
	if len(found) > 0 {
		p.Rows = found[p.Pager.From-1 : p.Pager.To]
	}
	if p.Asking, err = s.askingIn(c, who); err != nil {
		return nil, err
	}
	p.Role = c.PostForm("role")
	site := c.PostForm("site")
	if site == "" {
		site = c.Query("site")
	}
	if site == "" && len(p.Sites) == 1 {
		site = p.Sites[0].Code
	}
	p.Form = map[string]web.Field{
		"site":  fieldOf(p.page, "site", "staff.devices.site", "text", site, ""),
		"label": fieldOf(p.page, "label", "staff.devices.label", "text", c.PostForm("label"), ""),
	}
	return p, nil
}

// newCode draws an enrolment code and shows it, this once.
func (s *Staff) newCode(c *gin.Context, who account.Account) error {
	site, ok := s.siteNamed(who, c.PostForm("site"))
	if !ok {
		return s.refuseCode(c, who, clinic.Refuse(fleet.RefusedSite))
	}
	code, expires, err := s.cfg.Fleet.NewCode(c.Request.Context(), who.Name, site.Code, syncproto.Role(c.PostForm("role")), strings.TrimSpace(c.PostForm("label")))
	var no *clinic.Refusal
	if errors.As(err, &no) {
		return s.refuseCode(c, who, no)
	}
	if err != nil {
		return err
	}
	p, err := s.devicesPage(c, who)
	if err != nil {
		return err
	}
	p.Code, p.Expires, p.Address = code, expires, c.GetHeader("Origin") // what the browser reached is what a device can reach
	parsed, err := syncproto.ParseCode(code)
	if err != nil {
		return err
	}
	if p.QR, err = web.DrawQR(syncproto.Invite(parsed, p.Address), p.T("staff.devices.qr")); err != nil {
		return err
	}
	p.For = site.Name + p.T("staff.comma") + p.T("staff.device."+c.PostForm("role")) + p.T("staff.comma") + strings.TrimSpace(c.PostForm("label"))
	p.Form["label"] = fieldOf(p.page, "label", "staff.devices.label", "text", "", "")
	return s.pages.Render(c, http.StatusOK, "devices", p)
}

func (s *Staff) refuseCode(c *gin.Context, who account.Account, no *clinic.Refusal) error {
	p, err := s.devicesPage(c, who)
	if err != nil {
		return err
	}
	field := map[string]string{fleet.RefusedSite: "site", fleet.RefusedRole: "role", fleet.RefusedLabel: "label"}[no.Code]
	text := p.Refusal(no)
	p.Faults = []web.Fault{{Field: field, Text: text}}
	if f, ok := p.Form[field]; ok {
		f.Fault = text
		p.Form[field] = f
	}
	return s.pages.Render(c, http.StatusUnprocessableEntity, "devices", p)
}

// siteNamed finds a site of the jurisdiction by code, or by "name code" as the list of suggestions gives it.
func (s *Staff) siteNamed(who account.Account, typed string) (clinic.Site, bool) {
	fields := strings.Fields(typed)
	if len(fields) == 0 {
		return clinic.Site{}, false
	}
	return s.site(who, fields[len(fields)-1])
}

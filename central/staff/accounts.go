package staff

import (
	"errors"
	"net/http"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type accountsPage struct {
	page
	Faults    []web.Fault
	Rows      []accountRow
	Roles     []option
	Districts []string
	Form      map[string]web.Field
	District  string

	Password string // of a new or reset account, shown once
	For      string
}

type accountRow struct {
	account.Account
	Place            string
	State, Icon, Tag string
}

func (s *Staff) accountsPage(c *gin.Context, who account.Account) (*accountsPage, error) {
	p := &accountsPage{page: s.newPage(c, who, "staff.nav.accounts"), Districts: s.cfg.Offer.Catalogue().Districts, District: c.PostForm("district")}
	list, err := s.cfg.Manager.List(c.Request.Context())
	if err != nil {
		return nil, err
	}
	for _, a := range list {
		p.Rows = append(p.Rows, s.accountRow(p.page, a, s.cfg.Now()))
	}
	for _, r := range account.Roles() {
		p.Roles = append(p.Roles, option{string(r), p.T("staff.role." + string(r)), string(r) == c.PostForm("role")})
	}
	p.Form = map[string]web.Field{}
	for _, name := range []string{"name", "display", "site"} {
		p.Form[name] = fieldOf(p.page, name, "staff.accounts."+name, "text", c.PostForm(name), "")
	}
	return p, nil
}

func (s *Staff) accountRow(p page, a account.Account, now time.Time) accountRow {
	row := accountRow{Account: a, Place: s.place(p, a), State: "on", Icon: "check", Tag: "ok"}
	switch {
	case !a.Disabled.IsZero():
		row.State, row.Icon, row.Tag = "off", "stop", ""
	case !now.Before(a.Expires):
		row.State, row.Icon, row.Tag = "expired", "clock", "warn"
	case now.Before(a.Locked):
		row.State, row.Icon, row.Tag = "locked", "lock", "warn"
	}
	row.State = p.T("staff.accounts.state." + row.State)
	return row
}

// accountsCSV gives all accounts as a file.
func (s *Staff) accountsCSV(c *gin.Context, who account.Account) error {
	p, err := s.accountsPage(c, who)
	if err != nil {
		return err
	}
	if err := s.note(c, who, "account.export", "all accounts", ""); err != nil {
		return err
	}
	out, err := s.download(c, "accounts", s.cfg.Now())
	if err != nil {
		return err
	}
	err = out.row(p.T("staff.accounts.name"), p.T("staff.accounts.display"), p.T("staff.accounts.role"), p.T("staff.accounts.place"), p.T("staff.head.state"),
		p.T("staff.accounts.expires"), p.T("staff.accounts.last"))
	for i := 0; err == nil && i < len(p.Rows); i++ {
		a := p.Rows[i]
		err = out.row(a.Name, a.Display, p.T("staff.role."+string(a.Role)), a.Place, a.State, isoTime(a.Expires), isoTime(a.Login))
	}
	if err != nil {
		return err
	}
	return out.close()
}

// addAccount makes an account and shows its password, this once.
func (s *Staff) addAccount(c *gin.Context, who account.Account) error {
	n := account.NewAccount{
		Name: c.PostForm("name"), Display: c.PostForm("display"), Role: account.Role(c.PostForm("role")),
		District: c.PostForm("district"), Site: c.PostForm("site"),
	}
	password, err := s.cfg.Manager.Add(c.Request.Context(), who.Name, n)
	var no *clinic.Refusal
	if !errors.As(err, &no) && err != nil {
		return err
	}
	p, err := s.accountsPage(c, who)
	if err != nil {
		return err
	}
	if no != nil {
		field := map[string]string{
			account.RefusedName: "name", account.RefusedTaken: "name", account.RefusedDisplay: "display", account.RefusedRole: "role",
			account.RefusedDistrict: "district", account.RefusedSite: "site",
		}[no.Code]
		text := p.Refusal(no)
		p.Faults = []web.Fault{{Field: field, Text: text}}
		if f, ok := p.Form[field]; ok {
			f.Fault = text
			p.Form[field] = f
		}
		return s.pages.Render(c, http.StatusUnprocessableEntity, "accounts", p)
	}
	p.Password, p.For = password, n.Name
	p.District = ""
	for name, f := range p.Form { // an empty form for the next one
		f.Value = ""
		p.Form[name] = f
	}
	return s.pages.Render(c, http.StatusOK, "accounts", p)
}

// changeAccount switches an account on or off, renews it or gives it a new password.
func (s *Staff) changeAccount(c *gin.Context, who account.Account) error {
	ctx, name, m := c.Request.Context(), c.Param("name"), s.cfg.Manager
	var err error
	password := ""
	do := c.PostForm("do")
	switch do {
	case "enable", "disable":
		err = m.Enable(ctx, who.Name, name, do == "enable")
	case "renew":
		err = m.Renew(ctx, who.Name, name)
	case "reset":
		password, err = m.Reset(ctx, who.Name, name)
	default:
		return web.ErrMalformed
	}
	if err != nil {
		return err
	}
	if password == "" {
		p := s.newPage(c, who, "staff.nav.accounts")
		return s.done(c, "/staff/accounts", p.T("staff.accounts.done."+do, "name", name))
	}
	p, err := s.accountsPage(c, who)
	if err != nil {
		return err
	}
	p.Password, p.For = password, name
	return s.pages.Render(c, http.StatusOK, "accounts", p)
}

package staff

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type passwordPage struct {
	page
	Faults []web.Fault
	Fields []web.Field
}

// passwordFields are the inputs and what browsers and password stores call them.
var passwordFields = []struct{ name, complete string }{{"present", "current-password"}, {"next", "new-password"}, {"again", "new-password"}}

func (s *Staff) passwordForm(c *gin.Context, who account.Account) error {
	return s.askPassword(c, http.StatusOK, who, "", "")
}

// askPassword shows the form, with what is wrong with a field. No password comes back to the page.
func (s *Staff) askPassword(c *gin.Context, status int, who account.Account, field, text string) error {
	p := &passwordPage{page: s.newPage(c, who, "staff.password.title")}
	for _, f := range passwordFields {
		in := fieldOf(p.page, f.name, "staff.password."+f.name, "password", "", "")
		in.Complete, in.Required = f.complete, true
		if f.name == "next" {
			in.Hint = p.T("staff.password.next.hint", "least", account.LeastPassword)
		}
		if f.name == field {
			in.Fault = text
			p.Faults = []web.Fault{{Field: field, Text: text}}
		}
		p.Fields = append(p.Fields, in)
	}
	return s.pages.Render(c, status, "password", p)
}

// password gives whoever is logged in the password of their choice. Their other sessions end, this one goes on.
func (s *Staff) password(c *gin.Context, who account.Account) error {
	if err := web.Form(c); err != nil {
		return err
	}
	ctx := c.Request.Context()
	p := s.newPage(c, who, "staff.password.title")
	if c.PostForm("next") != c.PostForm("again") {
		return s.askPassword(c, http.StatusUnprocessableEntity, who, "again", p.T("staff.password.differ"))
	}
	now, err := s.cfg.Accounts.ChangePassword(ctx, who.Name, c.PostForm("present"), c.PostForm("next"))
	var no *clinic.Refusal
	if errors.As(err, &no) {
		switch no.Code {
		case account.RefusedWrong:
			return s.askPassword(c, http.StatusUnprocessableEntity, who, "present", p.T("staff.password.wrong"))
		case account.RefusedLocked:
			return s.askPassword(c, http.StatusUnprocessableEntity, who, "present", p.Refusal(no))
		case account.RefusedPassword, account.RefusedSame:
			return s.askPassword(c, http.StatusUnprocessableEntity, who, "next", p.Refusal(no))
		}
	}
	if err != nil {
		return err
	}
	if err := s.cfg.Sessions.RenewToken(ctx); err != nil {
		return err
	}
	s.cfg.Sessions.Put(ctx, keyStamp, now.Stamp)
	return s.done(c, home, p.T("staff.password.done"))
}

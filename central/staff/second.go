package staff

import (
	"errors"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// What a session holds between the right password and the code.
const (
	keyHalf      = "half" // the account's name
	keyHalfStamp = "half-stamp"
	keyHalfUntil = "half-until" // Unix seconds
)

// halfFor is how long the code may take after the password.
const halfFor = 5 * time.Minute

type secondPage struct {
	page
	Faults []web.Fault
	Code   web.Field
	Next   string // after a login

	Since    time.Time // zero while there is no second step
	Left     int       // recovery codes
	QR       template.HTML
	Secret   string   // as an app takes it by hand, in groups
	Recovery []string // shown once
}

func (s *Staff) secondPage(c *gin.Context, who account.Account, title, fault string) *secondPage {
	p := &secondPage{page: s.newPage(c, who, title)}
	p.Code = fieldOf(p.page, "code", "staff.second.code", "text", "", fault)
	p.Code.Complete, p.Code.Required, p.Code.Focus = "one-time-code", true, true
	if fault != "" {
		p.Faults = []web.Fault{{Field: "code", Text: fault}}
	}
	return p
}

// half keeps that somebody's password was right.
func (s *Staff) half(c *gin.Context, who account.Account) {
	ctx := c.Request.Context()
	s.cfg.Sessions.Put(ctx, keyHalf, who.Name)
	s.cfg.Sessions.Put(ctx, keyHalfStamp, who.Stamp)
	s.cfg.Sessions.Put(ctx, keyHalfUntil, s.cfg.Now().Add(halfFor).Unix())
	seeOther(c, query("/staff/login/code", "next", inside(c.PostForm("next"))))
}

// halfway gives the account whose password was right just now; empty for nobody.
func (s *Staff) halfway(c *gin.Context) (name string, stamp int64) {
	ctx := c.Request.Context()
	if s.cfg.Now().Unix() >= s.cfg.Sessions.GetInt64(ctx, keyHalfUntil) {
		return "", 0
	}
	return s.cfg.Sessions.GetString(ctx, keyHalf), s.cfg.Sessions.GetInt64(ctx, keyHalfStamp)
}

func (s *Staff) codeForm(c *gin.Context) error {
	if name, _ := s.halfway(c); name == "" {
		seeOther(c, "/staff/login")
		return nil
	}
	return s.askCode(c, http.StatusOK, "", c.Query("next"))
}

func (s *Staff) askCode(c *gin.Context, status int, fault, next string) error {
	p := s.secondPage(c, account.Account{}, "staff.second.login", fault)
	p.Next = inside(next)
	return s.pages.Render(c, status, "code", p)
}

// code ends a login with the second step.
func (s *Staff) code(c *gin.Context) error {
	name, stamp := s.halfway(c)
	if name == "" {
		seeOther(c, "/staff/login")
		return nil
	}
	who, err := s.cfg.Accounts.LoginSecond(c.Request.Context(), name, stamp, c.PostForm("code"))
	var no *clinic.Refusal
	if errors.As(err, &no) {
		return s.askCode(c, web.StatusOf(no), refusalText(web.Locale(c), no), c.PostForm("next"))
	}
	if err != nil {
		return err
	}
	return s.enter(c, who)
}

// enter begins the session of somebody who has proved who they are.
func (s *Staff) enter(c *gin.Context, who account.Account) error {
	ctx := c.Request.Context()
	if err := s.cfg.Sessions.RenewToken(ctx); err != nil {
		return err
	}
	for _, key := range []string{keyHalf, keyHalfStamp, keyHalfUntil} {
		s.cfg.Sessions.Remove(ctx, key)
	}
	s.cfg.Sessions.Put(ctx, keyName, who.Name)
	s.cfg.Sessions.Put(ctx, keyStamp, who.Stamp)
	seeOther(c, inside(c.PostForm("next")))
	return nil
}

// secondForm tells whoever is logged in of their second step.
func (s *Staff) secondForm(c *gin.Context, who account.Account) error {
	return s.showSecond(c, http.StatusOK, who, "")
}

func (s *Staff) showSecond(c *gin.Context, status int, who account.Account, fault string) (err error) {
	p := s.secondPage(c, who, "staff.second.title", fault)
	if p.Since, p.Left, err = s.cfg.Accounts.SecondStep(c.Request.Context(), who.Name); err != nil {
		return err
	}
	return s.pages.Render(c, status, "second", p)
}

// second begins, confirms or ends the second step of whoever is logged in.
func (s *Staff) second(c *gin.Context, who account.Account) error {
	if err := web.Form(c); err != nil {
		return err
	}
	var err error
	switch ctx := c.Request.Context(); c.PostForm("do") {
	case "begin":
		return s.beginSecond(c, who)
	case "confirm":
		p := s.secondPage(c, who, "staff.second.title", "")
		if p.Recovery, err = s.cfg.Accounts.ConfirmSecondStep(ctx, who.Name, c.PostForm("code")); err == nil {
			return s.pages.Render(c, http.StatusOK, "second", p)
		}
	case "end":
		if err = s.cfg.Accounts.EndSecondStep(ctx, who.Name, c.PostForm("code")); err == nil {
			return s.done(c, "/staff/second", s.newPage(c, who, "staff.second.title").T("staff.second.ended"))
		}
	default:
		return web.ErrMalformed
	}
	var no *clinic.Refusal
	if errors.As(err, &no) && (no.Code == account.RefusedCode || no.Code == account.RefusedLocked) {
		return s.showSecond(c, http.StatusUnprocessableEntity, who, refusalText(web.Locale(c), no))
	}
	return err
}

func (s *Staff) beginSecond(c *gin.Context, who account.Account) error {
	address, err := s.cfg.Accounts.BeginSecondStep(c.Request.Context(), who.Name)
	if err != nil {
		return err
	}
	p := s.secondPage(c, who, "staff.second.title", "")
	if p.QR, err = web.DrawQR(address, p.T("staff.second.qr")); err != nil {
		return err
	}
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	for i, r := range u.Query().Get("secret") {
		if i > 0 && i%4 == 0 {
			p.Secret += " "
		}
		p.Secret += string(r)
	}
	return s.pages.Render(c, http.StatusOK, "second", p)
}

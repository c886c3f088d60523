package staff

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

// What a session holds.
const (
	keyName  = "name"
	keyStamp = "stamp"
	keyDone  = "done" // what was just done, to be said on the next page
)

const home = "/staff/monitor"

type loginPage struct {
	page
	Faults     []web.Fault
	Name, Next string
}

func (s *Staff) loginForm(c *gin.Context) error {
	if _, in, err := s.who(c); err != nil || in {
		seeOther(c, inside(c.Query("next")))
		return err
	}
	p := &loginPage{page: s.newPage(c, account.Account{}, "staff.login.title"), Next: inside(c.Query("next"))}
	return s.pages.Render(c, http.StatusOK, "login", p)
}

// login starts a session, or asks for the second step.
func (s *Staff) login(c *gin.Context) error {
	ctx := c.Request.Context()
	who, err := s.cfg.Accounts.Login(ctx, c.PostForm("name"), c.PostForm("password"))
	var no *clinic.Refusal
	if errors.As(err, &no) {
		p := &loginPage{page: s.newPage(c, account.Account{}, "staff.login.title"), Name: c.PostForm("name"), Next: inside(c.PostForm("next"))}
		p.Faults = []web.Fault{{Field: "password", Text: p.Refusal(no)}}
		return s.pages.Render(c, web.StatusOf(no), "login", p)
	}
	if err != nil {
		return err
	}
	if who.Second {
		s.half(c, who)
		return nil
	}
	return s.enter(c, who)
}

func (s *Staff) logout(c *gin.Context) error {
	ctx := c.Request.Context()
	name := s.cfg.Sessions.GetString(ctx, keyName)
	if err := s.cfg.Sessions.Destroy(ctx); err != nil {
		return err
	}
	if name != "" {
		if err := s.note(c, account.Account{Name: name}, "logout", name, ""); err != nil {
			return err
		}
	}
	seeOther(c, "/staff/login")
	return nil
}

// who tells who is logged in. A session ends with the account's year, when it is switched off and when its password
// changes.
func (s *Staff) who(c *gin.Context) (account.Account, bool, error) {
	ctx := c.Request.Context()
	name := s.cfg.Sessions.GetString(ctx, keyName)
	if name == "" {
		return account.Account{}, false, nil
	}
	a, ok, err := s.cfg.Accounts.Find(ctx, name)
	if err != nil {
		return account.Account{}, false, err
	}
	if !ok || a.Stamp != s.cfg.Sessions.GetInt64(ctx, keyStamp) || a.Usable(s.cfg.Now()) != nil {
		return account.Account{}, false, s.cfg.Sessions.Destroy(ctx)
	}
	return a, true, nil
}

// guard lets those in who are logged in and have a right; others go to the login, or are refused.
func (s *Staff) guard(r right, h handler) gin.HandlerFunc {
	return web.Handle(func(c *gin.Context) error {
		who, in, err := s.who(c)
		if err != nil {
			return err
		}
		if !in {
			next := ""
			if c.Request.Method == http.MethodGet {
				next = "?next=" + url.QueryEscape(c.Request.URL.RequestURI())
			}
			seeOther(c, "/staff/login"+next)
			c.Abort()
			return nil
		}
		if !may(who, r) {
			return web.ErrForbidden
		}
		return s.explain(c, who, h(c, who))
	})
}

// inside gives an address on this door, or its first page.
func inside(next string) string {
	u, err := url.Parse(next)
	if err != nil || u.Host != "" || u.Scheme != "" || !strings.HasPrefix(u.Path, "/staff/") || strings.Contains(next, "\\") || u.Path == "/staff/login" {
		return home
	}
	return u.RequestURI()
}

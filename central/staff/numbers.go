package staff

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/central/booking"
	"ezhitong.tw/central/web"
	"ezhitong.tw/clinic"
)

type numbersPage struct {
	page
	Faults   []web.Fault
	Old, New web.Field
	Doubt    string // why the two may not be one person's
}

// numbersForm asks for the two numbers of a resident.
func (s *Staff) numbersForm(c *gin.Context, who account.Account) error {
	return s.pages.Render(c, http.StatusOK, "numbers", s.numbersPage(c, who))
}

func (s *Staff) numbersPage(c *gin.Context, who account.Account) *numbersPage {
	p := &numbersPage{page: s.newPage(c, who, "staff.numbers.title")}
	field := func(name string) web.Field {
		f := fieldOf(p.page, name, "staff.numbers."+name, "text", c.PostForm(name), "")
		f.Hint, f.Complete, f.Required = p.T("staff.numbers."+name+".hint"), "off", true
		return f
	}
	p.Old, p.New = field("old"), field("new")
	return p
}

// numbers joins two numbers, or takes them apart.
func (s *Staff) numbers(c *gin.Context, who account.Account) error {
	if err := web.Form(c); err != nil {
		return err
	}
	p := s.numbersPage(c, who)
	n := booking.Numbers{Old: clinic.NewIDNumber(p.Old.Value), New: clinic.NewIDNumber(p.New.Value), Seen: c.PostForm("seen") == "1"}
	var err error
	var done string
	switch c.PostForm("do") {
	case "join":
		var bookings int
		bookings, err = s.cfg.Numbers.JoinNumbers(c.Request.Context(), who.Actor(), n)
		done = p.T("staff.numbers.joined", "count", p.N(bookings))
	case "split":
		err = s.cfg.Numbers.SplitNumbers(c.Request.Context(), who.Actor(), n)
		done = p.T("staff.numbers.separated")
	default:
		return web.ErrMalformed
	}
	var no *clinic.Refusal
	if errors.As(err, &no) && no.Code != clinic.RefusedBusy {
		p.say(no)
		return s.pages.Render(c, http.StatusUnprocessableEntity, "numbers", p)
	}
	if err != nil {
		return err
	}
	return s.done(c, "/staff/numbers", done)
}

// say puts a refusal where it can be mended.
func (p *numbersPage) say(r *clinic.Refusal) {
	text := p.Refusal(r)
	field := &p.New
	switch r.Code {
	case booking.RefusedOtherPerson:
		p.Doubt = text
		return
	case booking.RefusedNewNumber:
	default:
		field = &p.Old
	}
	field.Fault, field.Focus = text, true
	p.Faults = append(p.Faults, web.Fault{Field: field.Name, Text: text})
}

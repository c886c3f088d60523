package staff

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"ezhitong.tw/central/account"
	"ezhitong.tw/clinic"
	"ezhitong.tw/syncproto"
)

// resetPIN answers the challenge that a device of the jurisdiction shows, and shows the
// code this once.
func (s *Staff) resetPIN(c *gin.Context, who account.Account) error {
	p, err := s.devicePage(c, who)
	if err != nil {
		return err
	}
	p.Challenge = fieldOf(p.page, "challenge", "staff.device.reset.challenge", "text", c.PostForm("challenge"), "")
	code, err := s.cfg.Fleet.ResetCode(c.Request.Context(), who.Name, p.Device.ID, c.PostForm("challenge"))
	var no *clinic.Refusal
	if errors.As(err, &no) {
		p.Challenge.Fault = p.Refusal(no)
		return s.pages.Render(c, http.StatusUnprocessableEntity, "device", p)
	}
	if err != nil {
		return err
	}
	p.Reset = syncproto.ReadOut(code)
	return s.pages.Render(c, http.StatusOK, "device", p)
}
